#ifndef TLSWIRE_ENGINE_LANE_H
#define TLSWIRE_ENGINE_LANE_H

#include "base/pulse.h"
#include "capture/live.h"
#include "engine/beats.h"
#include "engine/keep_ring.h"
#include "engine/pool.h"
#include "engine/unanalysed.h"

/*
 * One thread that captures and analyses: its sockets, a decoder, and workers behind it: one in the
 * same thread, or several that packets are steered to by their innermost flow. It ends an epoch at
 * each beat.
 */
struct lane;

struct lane_options {
    struct live *live; /* borrowed */
    const struct beats *beats;
    unsigned number, n; /* of this lane, and of all */
    bool is_vlan_key;   /* as in run_options */
    struct pool_options pool;
    struct keep_ring *keep; /* gets copies of packets; borrowed; NULL none */
    /* Called in the lane's thread after each epoch of lane 0, before it waits; may be NULL.
     * now_us: the beat's end, TIME_NONE for an epoch that ended early because it was full. */
    void (*on_epoch)(void *ctx, int64_t now_us, bool is_last);
    void *ctx;
};

/* What a lane counted since its start. */
struct lane_counts {
    uint64_t frames, bytes, truncated; /* handed over by the capture */
    uint64_t analysed, skipped;        /* of the frames: TCP and UDP; everything else */
    uint64_t tunnelled;                /* of those analysed */
    int64_t first_us, last_us;         /* TIME_NONE without frames */
    uint64_t clock_jumps;
    uint64_t n_beats; /* epochs ended by beats */
    struct packet_counters packets;
    struct flow_counters flows; /* as of the epoch before, or what its workers have ended of it */
    uint16_t link_type;         /* of the first frame */
};

struct lane *lane_new(const struct lane_options *o);
/* lane_start starts the thread, which ends after the beat that is the last. */
void lane_start(struct lane *l);
/* lane_results gives the rings of its workers. */
struct ring *const *lane_results(const struct lane *l, unsigned *n);
/* lane_counts_of copies the counts as of its latest epoch; any thread. */
void lane_counts_of(struct lane *l, struct lane_counts *out);
/* lane_take gives datagrams that were counted since the last call, which the caller frees; NULL
 * when there are no more: they come at the call after the one that asked for them, and once the
 * lane was joined all at once. Any thread. */
struct unanalysed *lane_take(struct lane *l);
/* lane_pulse shows whether its thread gets on; it beats for each look at the rings. */
const struct pulse *lane_pulse(const struct lane *l);
/* lane_join waits for the thread. */
void lane_join(struct lane *l);
/* lane_free frees a lane that was joined or never started; NULL is fine. */
void lane_free(struct lane *l);

#endif
