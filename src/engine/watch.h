#ifndef TLSWIRE_ENGINE_WATCH_H
#define TLSWIRE_ENGINE_WATCH_H

#include "engine/run.h"
#include "flow/flow.h"
#include "packet/packet.h"
#include "store/segment.h"

/*
 * `tlswire watch`: the engine on interfaces instead of files, for as long as it is let. One thread
 * per lane, the analyst, one for reloads, and the thread that calls run_watch, which cuts time into
 * epochs, reopens interfaces, answers signals and watches that the others get on.
 */

/* What was captured since the start. received = analysed + skipped + waiting + own_drops +
 * kernel_drops. */
struct watch_counts {
    uint64_t received;        /* packets that passed the filter, as libpcap counts them */
    uint64_t kernel_drops;    /* of these, found no room in the ring */
    uint64_t interface_drops; /* lost by an interface before */
    uint64_t own_drops;       /* of these, in no other counter when their socket was closed */
    uint64_t analysed, skipped;
    uint64_t waiting; /* of these, not looked at yet, or in an epoch that is not over; 0 at the end
                       */
    uint64_t frames, bytes, truncated, tunnelled;
    uint64_t clock_jumps;
    int64_t first_us, last_us; /* TIME_NONE without packets */
    uint16_t link_type;
    unsigned interfaces_up, interfaces;
    struct packet_counters packets;
    struct flow_counters flows;
};

/* watch_drops is all that was lost, wherever. */
static inline uint64_t watch_drops(const struct watch_counts *c)
{
    return c->kernel_drops + c->interface_drops + c->own_drops;
}

/* Told each minute, in the analyst's thread. */
struct watch_minute {
    int64_t at_us; /* end of the minute */
    struct watch_counts counts;
    uint64_t handshakes, succeeded, failed, duplicates, capped, not_verified; /* since the start */
    uint64_t certs_not_stored, certs_nameless; /* see engine/certs.h */
    uint64_t open_findings[SEV_COUNT];         /* now, but muted ones */
    struct store_losses lost;
    bool is_waiting; /* the database cannot be written at the moment */
    uint64_t segments_removed;
};

/* What is judged by, as a reload brings it. */
struct watch_means {
    struct policy *policy;
    struct inventory *inventory; /* NULL none */
    struct verifier *verifier;
};

/* The threads of a run: the calling one; those that parse packets; those that write. */
enum watch_thread { WATCH_CONTROL, WATCH_LANE, WATCH_WRITER };

struct watch_options {
    struct run_options run; /* inputs NULL, n_workers threads */
    const char *const *interfaces;
    size_t n_interfaces;
    size_t ring_bytes; /* of each socket; 0: as live.h says */
    int snap_len;      /* likewise */
    bool is_promiscuous;
    bool is_one_socket; /* threads behind one socket, steered by the innermost flow */
    uint64_t rotate_bytes;
    int64_t rotate_us; /* 0: by size alone */
    struct store_keep keep;
    int64_t keep_counts_us; /* of minutes, hours and servers; 0: for good */
    int64_t duration_us;    /* stop by itself after so long; 0 never */
    /* Called first thing in each thread that is made, and as WATCH_CONTROL in the calling thread
     * once everything is open and before another one is made. May be NULL. */
    void (*enter)(void *ctx, enum watch_thread kind);
    unsigned hang_s; /* a thread that does not get on for so long hangs; 0: a minute */
    /* Everything runs; once a second while all threads get on; it ends. In the calling thread; may
     * be NULL. */
    void (*ready)(void *ctx);
    void (*alive)(void *ctx);
    void (*stopping)(void *ctx);
    void (*ending)(void *ctx); /* the process ends at once: what waits is given away. May be NULL */
    /* A finding was opened, changed or closed: finding->life.events tells; in the analyst's thread.
     * May be NULL. */
    void (*on_finding)(void *ctx, const struct finding *finding);
    void (*on_minute)(void *ctx, const struct watch_minute *m); /* may be NULL */
    /* SIGHUP, in the calling thread: reopen the files that are written; a reload begins, or it is
     * over. Both may be NULL. */
    void (*reopen)(void *ctx);
    void (*reloading)(void *ctx, bool is_over);
    /* In a thread of its own, one at a time: what is given takes the place of what run names; it is
     * freed when its turn is over. False: all stays as it is. NULL: nothing is read again. */
    bool (*reload)(void *ctx, struct watch_means *out);
};

/* run_watch captures until SIGINT or SIGTERM, drains, and gives 0; 1 when an interface cannot be
 * opened, 4 when the database failed for good, both with err. result is filled as by run_inputs.
 * When a thread hangs at the end, it says so and ends the program with 4. */
int run_watch(const struct watch_options *o, struct run_result *result, struct err *err);

/* One interface that can be watched. */
struct watch_interface {
    const char *name, *flags, *link_type, *addresses;
};
/* watch_interfaces calls fn for each of them; false with err when the kernel does not tell. */
bool watch_interfaces(
        void (*fn)(void *ctx, const struct watch_interface *i), void *ctx, struct err *err);

#endif
