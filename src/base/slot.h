#ifndef TLSWIRE_BASE_SLOT_H
#define TLSWIRE_BASE_SLOT_H

#include <stddef.h>
#include <stdint.h>

/* Time cut into slots of equal length; right also before 1970, where division rounds up. */

/* slot_of_time is the number of the slot of len that us lies in. */
static inline int64_t slot_of_time(int64_t us, int64_t len)
{
    return us / len - (us % len < 0);
}

/* slot_start is the start of that slot. */
static inline int64_t slot_start(int64_t us, int64_t len)
{
    return us - ((us % len) + len) % len;
}

/* slot_in_ring is where slot number `slot` stands in a ring of n. */
static inline size_t slot_in_ring(int64_t slot, size_t n)
{
    int64_t places = (int64_t)n;
    return (size_t)(((slot % places) + places) % places);
}

#endif
