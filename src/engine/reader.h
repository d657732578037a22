#ifndef TLSWIRE_ENGINE_READER_H
#define TLSWIRE_ENGINE_READER_H

#include "engine/analyst.h"
#include "engine/unanalysed.h"
#include "packet/packet.h"

/* Reads the inputs of a run one after the other into the pool, and tells the analyst. */
struct reader_options {
    const struct run_options *run;
    struct pool *pool;
    struct analyst *analyst;
    const bool *is_skipped;          /* by index: known inputs, and those that cannot be opened */
    const bool *is_again;            /* by index: was counted before */
    struct unanalysed *unanalysed;   /* where datagrams are counted */
    const struct input_facts *facts; /* by index: identity; the rest is filled while reading */
};

/* What came of reading. */
struct reader_result {
    struct packet_counters packets;
    uint64_t n_clock_jumps;
};

/* reader_run reads everything; counts go to result, notices to the run's callback. */
void reader_run(
        const struct reader_options *o, struct run_result *result, struct reader_result *counts);

#endif
