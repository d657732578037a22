#ifndef TLSWIRE_BASE_FETCH_H
#define TLSWIRE_BASE_FETCH_H

#include <stddef.h>

enum { FETCH_LINE = 64 };

/* fetch has n bytes at p brought into the cache while other work goes on; p may be NULL or stale,
 * nothing is read. */
static inline void fetch(const void *p, size_t n)
{
    for (size_t at = 0; p != NULL && at < n; at += FETCH_LINE)
        __builtin_prefetch((const char *)p + at);
}

#endif
