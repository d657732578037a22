#ifndef TLSWIRE_HISTORY_SPREAD_H
#define TLSWIRE_HISTORY_SPREAD_H

#include <stdint.h>

/*
 * Durations in 42 buckets whose edges are the preferred numbers 1, 1.25, 1.6, 2, 2.5, 3.15, 4, 5,
 * 6.3, 8 of each decade from 1 ms to 10 s, so that the usual limits are edges and shares above them
 * are exact. Small and without pointers, for values of history.
 */
enum { SPREAD_BUCKETS = 42 };

struct spread16 {
    uint16_t n[SPREAD_BUCKETS]; /* all are halved when one is full: shares stay */
};

struct spread {
    uint64_t n[SPREAD_BUCKETS];
};

void spread16_add(struct spread16 *s, int64_t us);
void spread_merge(struct spread *to, const struct spread16 *from);
uint64_t spread_count(const struct spread *s);
/* spread_above counts what is us or more; within the bucket that us lies in, in proportion. */
uint64_t spread_above(const struct spread *s, int64_t us);
/* spread_quantile gives the q-quantile in microseconds, in proportion within its bucket; -1 when it
 * is empty. */
int64_t spread_quantile(const struct spread *s, double q);

#endif
