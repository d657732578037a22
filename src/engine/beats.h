#ifndef TLSWIRE_ENGINE_BEATS_H
#define TLSWIRE_ENGINE_BEATS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * How the control thread of a live capture cuts time: each beat ends an epoch of every lane at the
 * same packet time. One thread says beats, any may read them.
 */
struct beats;

struct beat {
    int64_t end_us;  /* packets of before belong to the epoch that it ends */
    int64_t said_us; /* CLOCK_MONOTONIC */
    uint32_t input;  /* index of the input that the next epoch's packets belong to */
    bool is_last;    /* nothing follows */
};

enum { BEATS_KEPT = 1024 }; /* how far a lane may lag behind */

struct beats *beats_new(void);
/* beats_free frees; NULL is fine. */
void beats_free(struct beats *b);
/* beats_say adds one; the caller takes care that no lane lags by BEATS_KEPT. */
void beats_say(struct beats *b, const struct beat *beat);
/* beats_get gives beat number i, from 0; false when it was not said yet. */
bool beats_get(const struct beats *b, uint64_t i, struct beat *out);

#endif
