#ifndef TLSWIRE_ENGINE_MINUTES_H
#define TLSWIRE_ENGINE_MINUTES_H

#include "model/finding.h"

/*
 * Which minutes of which services are to be judged: those with attempts, when the packet time of
 * their vantage is a minute past their end (an attempt that is silent is concluded in 30 s).
 */
struct minutes;

#define MINUTE_US (INT64_C(60) * 1000000)
enum { MINUTES_CAP = 200000 }; /* waiting at once; the rest is counted */

struct due_minute {
    int64_t minute_us;      /* its start */
    int64_t vantage, place; /* as in struct lesson */
    const char *region;     /* lives longer; NULL none */
    struct service service;
};

struct minutes *minutes_new(void);
/* minutes_free frees; NULL is fine. */
void minutes_free(struct minutes *m);
/* minutes_touch notes an attempt that began at at->minute_us, any time of its minute, when that
 * minute does not wait already for this service and place. */
void minutes_touch(struct minutes *m, const struct due_minute *at);
/* minutes_next gives a minute of the vantage that ended a minute before now_us, in order of time,
 * then of service and place, and drops it; false when there is none. */
bool minutes_next(struct minutes *m, int64_t vantage, int64_t now_us, struct due_minute *out);
/* minutes_set_back forgets, and counts as dropped, those of the vantage that begin after now_us:
 * the clock was wrong, and set back. */
void minutes_set_back(struct minutes *m, int64_t vantage, int64_t now_us);
uint64_t minutes_dropped(const struct minutes *m);

#endif
