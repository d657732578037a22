#ifndef TLSWIRE_ENGINE_FORGET_H
#define TLSWIRE_ENGINE_FORGET_H

#include <stdint.h>

/* Before which time counts are to go. All 0 at the start. */
struct forget {
    int64_t before_us;
    int64_t since_us; /* CLOCK_MONOTONIC when it became that */
};

/* forget_before gives the beginning of a day, or TIME_NONE. A clock that was set to another day is
 * believed when it has been there for an hour of clock_us (CLOCK_MONOTONIC): what is removed does
 * not come back. */
int64_t forget_before(struct forget *f, int64_t now_us, int64_t keep_us, int64_t clock_us);

#endif
