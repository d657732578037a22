#ifndef TLSWIRE_MODEL_METRIC_H
#define TLSWIRE_MODEL_METRIC_H

#include "base/histogram.h"
#include "model/derived.h"
#include "model/judgement.h"

/*
 * What is counted per service and minute (docs/metrics.md says what each is for). The lists
 * are also the columns of the table metric_minute. Everything adds up.
 */
enum metric {
#define METRIC(name) METRIC_##name,
#include "model/metric.def"
#undef METRIC
    METRIC_COUNT
};

/* Durations, each a histogram. */
enum metric_time {
#define METRIC_TIME(name) METRIC_TIME_##name,
#include "model/metric_times.def"
#undef METRIC_TIME
    METRIC_TIME_COUNT
};

struct metrics_row {
    uint64_t counts[METRIC_COUNT];
    struct histogram times[METRIC_TIME_COUNT];
};

/* What an attempt is counted by, beside the handshake itself. */
struct metric_facts {
    const struct handshake *handshake;
    const struct certificate *leaf; /* that the server sent, parsed; NULL none */
    bool is_name_mismatch;
    const char *defects; /* found in it, separated by commas */
    bool is_below_best;  /* of what the service negotiated before */
    bool is_retry_lower; /* offered less than what failed before */
};

/* metrics_count adds one attempt to the row. */
void metrics_count(struct metrics_row *row, const struct metric_facts *f);
void metrics_row_fini(struct metrics_row *row);

#endif
