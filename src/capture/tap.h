#ifndef TLSWIRE_CAPTURE_TAP_H
#define TLSWIRE_CAPTURE_TAP_H

#include "capture/live.h"

/*
 * One packet socket with its ring. It begins quiet: its filter takes nothing. tap_read and
 * tap_is_quiet belong to one thread; tap_stop and tap_counts may be called by another.
 */
struct tap;

struct tap_counts {
    uint64_t received, drops, read, own_drops; /* as in struct live_stats */
};
/* tap_balance makes counters of a tap that has nothing more to give add up: what was received and
 * is in no other counter is lost; what was read was received. */
void tap_balance(struct tap_counts *c);

/* ns: its time in nanoseconds since 1970; frame->number is not set. */
typedef void tap_frame_fn(void *ctx, const struct frame *frame, int64_t ns);

/* tap_open opens interface number `interface` of the options and joins its fanout group. */
bool tap_open(const struct live_options *o, size_t interface, struct tap **out, struct err *err);
/* tap_close closes; NULL is fine. */
void tap_close(struct tap *t);
/* tap_fd is what to poll for packets. */
int tap_fd(const struct tap *t);
/* tap_read hands over at most `most` (> 0) frames without waiting; false when the ring is empty or
 * the tap quiet. It is what opens a quiet tap after LIVE_HANDOVER_MS. */
bool tap_read(struct tap *t, size_t most, tap_frame_fn *fn, void *ctx);
bool tap_is_quiet(const struct tap *t);
/* tap_is_gone says whether the interface is gone; why may be NULL. */
bool tap_is_gone(const struct tap *t, struct err *why);
/* tap_stop: nothing more comes in. */
void tap_stop(struct tap *t);
/* tap_is_drained: stopped or gone, and everything in the ring was given. */
bool tap_is_drained(const struct tap *t);
void tap_counts(struct tap *t, struct tap_counts *out);
/* tap_now_ms is a clock for waiting, in milliseconds from any point. */
int64_t tap_now_ms(void);

#endif
