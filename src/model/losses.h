#ifndef TLSWIRE_MODEL_LOSSES_H
#define TLSWIRE_MODEL_LOSSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CAPTURE(name) CAPTURE_##name,
#define CAPTURE_LEVEL(name) CAPTURE(name)
enum capture_count {
#include "model/capture.def"
    CAPTURE_COUNT
};
#undef CAPTURE
#undef CAPTURE_LEVEL

/* What a live capture counted in a span of time; see the table capture_minute. */
struct capture_counts {
    uint64_t n[CAPTURE_COUNT];
};

/* When a live capture lost packets: the latest minutes with how many, and the latest moments. */
enum { LOSSES_MINUTES = 80, LOSSES_SPANS = 64 };

struct losses_minute {
    int64_t minute_us;         /* its start */
    uint64_t packets, drops;   /* packets: with those dropped */
    int64_t first_us, last_us; /* around its first and last drop, when there are any */
};

struct losses {
    struct losses_minute minutes[LOSSES_MINUTES]; /* in a ring by time */
    struct {
        int64_t from_us, to_us;
    } spans[LOSSES_SPANS]; /* in a ring by n_spans */
    size_t n_spans;        /* since the start */
};

/* losses_add notes what came and what of it was lost between two looks at the counters, in order of
 * time. It belongs to the minute that it began in. */
void losses_add(struct losses *l, int64_t from_us, int64_t to_us, uint64_t packets, uint64_t drops);
/* losses_sum adds up the minutes that touch the span; times are TIME_NONE without drops. */
struct losses_minute losses_sum(const struct losses *l, int64_t from_us, int64_t to_us);
/* losses_any says whether packets may have been lost in the span. */
bool losses_any(const struct losses *l, int64_t from_us, int64_t to_us);

#endif
