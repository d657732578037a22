#ifndef TLSWIRE_BASE_SLAB_H
#define TLSWIRE_BASE_SLAB_H

#include <stddef.h>

/*
 * Small objects that come and go with every connection: each thread keeps what was given back, by
 * size, and gives it out again. Under AddressSanitizer these are xcalloc and xfree.
 */

/* slab_get gives size zeroed bytes (at most SLAB_MOST); they are given back with slab_put. */
void *slab_get(size_t size);
/* slab_put takes back what slab_get gave, in any thread; NULL is fine. */
void slab_put(void *p, size_t size);

enum { SLAB_MOST = 1024 };

#endif
