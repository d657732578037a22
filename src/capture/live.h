#ifndef TLSWIRE_CAPTURE_LIVE_H
#define TLSWIRE_CAPTURE_LIVE_H

#include "base/err.h"
#include "base/frame.h"

/*
 * What one thread (a lane) captures: one socket per interface, each in the fanout group of its
 * interface when there are several lanes.
 *
 * One thread calls live_read; live_is_taking, live_stop, live_is_drained, live_look, live_stats,
 * live_is_lost and live_reopen may be called by another one meanwhile. live_read opens no file and
 * no socket, so that a sandbox may forbid both to its thread.
 *
 * A socket takes nothing until the live_read that comes LIVE_HANDOVER_MS after it was opened: lanes
 * opened one after the other then begin with the same flows on each, and what came in before the
 * filter was set is thrown away and counted nowhere.
 */
struct live;
struct fanout; /* capture/fanout.h */

enum {
    LIVE_RING_BYTES = 64 << 20, /* ring of one socket when none is asked for */
    LIVE_SNAP_LEN = 262144,     /* holds every super-frame that offloads make */
    LIVE_HANDOVER_MS = 80,      /* after which the kernel has surely handed over a packet */
    LIVE_INTERFACES = 32,       /* interfaces of one lane at most */
};

struct live_options {
    const char *const *interfaces; /* names; "any" is one */
    size_t n_interfaces;
    unsigned lane, n_lanes; /* lanes are opened, and reopened, in this order from 0 */
    struct fanout *fanout; /* of all lanes, for as many interfaces; borrowed; one lane needs none */
    size_t ring_bytes;     /* of each socket; 0: LIVE_RING_BYTES. What lanes with several interfaces
                              hold back for the order of time lies in it: LIVE_HANDOVER_MS at line rate
                            */
    int snap_len;          /* 0: LIVE_SNAP_LEN */
    bool is_promiscuous;
    const char *filter; /* pcap-filter expression, NULL none */
};

/* frame lives until fn returns; frame->interface is the index of its interface in the options;
 * frame->number counts what the lane handed over, from 1. */
typedef void live_frame_fn(void *ctx, const struct frame *frame);

/* live_open opens all interfaces. False with err when one of them is missing, down or not
 * permitted, or the filter is wrong. Copies what options point at. */
bool live_open(const struct live_options *o, struct live **out, struct err *err);
/* live_close closes; NULL is fine. No other thread may still use l. */
void live_close(struct live *l);
/*
 * live_read waits at most timeout_ms (0: not at all) for packets and hands over what is there, at
 * most `most` frames, in order of time over the interfaces of the lane: a frame of one interface
 * waits until the others have a later one, or for LIVE_HANDOVER_MS. Gives the number of frames. An
 * interface that is gone is marked, not an error: what its ring held is handed over all the same.
 */
size_t live_read(struct live *l, int timeout_ms, size_t most, live_frame_fn *fn, void *ctx);
/* live_is_taking says whether live_read came so far that the kernel takes packets in on every
 * interface that is there. */
bool live_is_taking(struct live *l);
/* live_stop lets the kernel take no more packets in; live_read still gives what is in the rings. */
void live_stop(struct live *l);
/* live_is_drained says whether, after live_stop, live_read has given everything: then received =
 * read + kernel_drops + own_drops on each interface. */
bool live_is_drained(struct live *l);

/* Counters of one interface of the lane, over reopenings. */
struct live_stats {
    uint64_t received; /* packets that passed the filter, as libpcap counts: with those dropped */
    uint64_t kernel_drops;    /* of these, found no room in the ring */
    uint64_t own_drops;       /* of these, in no other counter: 0 unless something went wrong */
    uint64_t interface_drops; /* lost by the interface before the kernel (missed, fifo); it has one
                                 counter for all lanes, so only lane 0 gives it */
    uint64_t read;            /* taken from the ring; live_read may hold the latest one back */
    bool is_up;               /* open, and for lane 0 the interface is up with a carrier */
    const char *name;         /* lives as long as the lane */
};
/* live_look asks the kernel how the interfaces of lane 0 are and what they lost; nothing for other
 * lanes. It may wait for long, while a driver resets its hardware, but nobody waits for it. */
void live_look(struct live *l);
/* live_stats gives the counters as of now, and what live_look saw last. */
void live_stats(struct live *l, size_t interface, struct live_stats *out);
/* live_is_lost says whether the interface is gone (deleted; one that is only down comes back by
 * itself), with why (may be NULL) for the log. */
bool live_is_lost(const struct live *l, size_t interface, struct err *why);
/* live_reopen opens an interface that was lost once more; counters go on. False with err when it is
 * not there yet; true when it is open, also when it was never lost. */
bool live_reopen(struct live *l, size_t interface, struct err *err);

#endif
