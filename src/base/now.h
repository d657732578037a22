#ifndef TLSWIRE_BASE_NOW_H
#define TLSWIRE_BASE_NOW_H

#include <stdint.h>
#include <time.h>

/* now_of reads a clock in microseconds. What is judged goes by packet time, never by this. */
static inline int64_t now_of(clockid_t clock)
{
    struct timespec t = {0, 0};
    (void)clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

#endif
