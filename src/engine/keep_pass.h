#ifndef TLSWIRE_ENGINE_KEEP_PASS_H
#define TLSWIRE_ENGINE_KEEP_PASS_H

#include "base/map.h"
#include "base/text.h"
#include "engine/keep_dir.h"
#include "engine/run.h"

/* A packet of a run: inputs are read in the order of their index. */
struct place {
    uint32_t input;
    uint64_t packet;
};

/* A connection whose packets are wanted. */
struct wanted {
    uint32_t vantage, vlans;
    struct place first, last;
    struct place handshake_last;
    struct endpoint sides[2];
    char *defects;
    bool is_named;       /* a finding names it */
    bool is_cut;         /* a packet of its handshake was left out */
    bool is_whole;       /* its handshake was kept to the end, without a cut */
    struct wanted *next; /* with the same endpoints, later */
    struct kept kept;
};

/* The second reading. items are put in order of their first packet. */
struct keep_pass {
    const struct run_options *o;
    struct wanted **items;
    size_t n;
    const uint32_t *vantages; /* by input */
    size_t n_inputs;
};

/* keep_pass_run reads the inputs again and keeps the packets of the items; false with err when
 * the directory failed. */
bool keep_pass_run(const struct keep_pass *pass, struct err *err);

#endif
