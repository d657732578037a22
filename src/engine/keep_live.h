#ifndef TLSWIRE_ENGINE_KEEP_LIVE_H
#define TLSWIRE_ENGINE_KEEP_LIVE_H

#include "engine/keep_ring.h"
#include "engine/run.h"
#include "store/store.h"

/*
 * The packets of connections whose handshake led to a finding, for `watch --evidence`. The analyst
 * notes which handshakes these are; at the next ticks their packets are copied from the rings of
 * the lanes and written, one file each. Kept are the handshakes that findings name, and as long as
 * half of the directory is free those that page or make a ticket. All in the analyst's thread.
 */
struct keep_live;

enum {
    KEEP_LIVE_WAITING = 16384,     /* handshakes noted at a time */
    KEEP_LIVE_NAMED_A_SECOND = 64, /* files of handshakes that findings name */
    KEEP_LIVE_OTHERS_A_SECOND = 8,
};

struct keep_live_options {
    const struct run_options *run;  /* evidence, evidence_size and notice; borrowed */
    const char *name;               /* of the interfaces, for comments; borrowed */
    struct keep_ring *const *rings; /* by lane; borrowed */
    unsigned n_rings;
    uint32_t snap_len;
};

/* keep_live_new makes it; trouble with the directory is noticed now and later, never an error. */
struct keep_live *keep_live_new(const struct keep_live_options *o);
/* keep_live_free frees; NULL is fine. */
void keep_live_free(struct keep_live *k);
/* keep_live_want notes a judged handshake, or one whose connection has ended (end is not NULL), in
 * which these defects were found; is_told: they page or make a ticket. */
void keep_live_want(struct keep_live *k, const struct handshake *h, const char *defects,
        bool is_told, const struct connection_end *end);
/* keep_live_end notes that the connection of a handshake is over. */
void keep_live_end(struct keep_live *k, const struct connection_end *end);
/* keep_live_name notes that a finding names the handshake. */
void keep_live_name(struct keep_live *k, int64_t handshake_id);
/* keep_live_tick writes what is due; with is_last, everything. False with err when the store
 * failed. */
bool keep_live_tick(
        struct keep_live *k, int64_t now_us, bool is_last, struct store *store, struct err *err);
/* keep_live_counters writes what was counted. */
bool keep_live_counters(const struct keep_live *k, struct store *store, struct err *err);
/* keep_live_result fills what result says about evidence. */
void keep_live_result(const struct keep_live *k, struct run_result *result);

#endif
