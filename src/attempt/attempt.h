#ifndef TLSWIRE_ATTEMPT_ATTEMPT_H
#define TLSWIRE_ATTEMPT_ATTEMPT_H

#include "flow/flow.h"
#include "model/handshake.h"

/*
 * One connection's state: joins what the flow did with what the messages said into timings, a
 * history string and exactly one outcome (defects.md section 3). Directions come from the flow,
 * sides from the TLS messages.
 */
struct attempt;

enum {
    ATTEMPT_TIMEOUT_US = 10 * 1000000,  /* silence after which somebody failed to answer */
    ATTEMPT_GIVE_UP_US = 120 * 1000000, /* silence after which an open attempt is concluded for
                                           good: what comes later is no more looked at */
    ATTEMPT_SETTLE_US = 1000000,        /* after a fatal alert, for what crosses it */
    ATTEMPT_ABANDON_US = 300 * 1000, /* a client that leaves this soon raced another connection */
};

/* attempt_new starts with the first payload of a flow; the caller frees with attempt_free. */
struct attempt *attempt_new(const struct flow_info *info);
/* attempt_free frees it and a handshake that was not taken; NULL is fine. */
void attempt_free(struct attempt *a);
/* attempt_arena is where facts are kept; it changes when the handshake is taken. */
struct arena *attempt_arena(struct attempt *a);
/* attempt_held is how many bytes of memory its facts take. */
size_t attempt_held(const struct attempt *a);
/* attempt_fact takes one fact of direction dir. */
void attempt_fact(struct attempt *a, int dir, const struct fact *f);
/* attempt_begin is told that the client of direction dir has begun a hello, whole or not: from then
 * on there is an attempt. Once is enough. */
void attempt_begin(struct attempt *a, int dir);
/* attempt_bytes notes that the bytes of dir up to offset end had come by us, whether or not they
 * made a fact. */
void attempt_bytes(struct attempt *a, int dir, uint64_t end, int64_t us);
/* attempt_gap notes bytes of dir that are missing for good. */
void attempt_gap(struct attempt *a, const struct flow_info *info, int dir);
/* attempt_event takes FIN and RST. */
void attempt_event(struct attempt *a, const struct flow_info *info, const struct flow_event *e);
/* attempt_deadline is the packet time at which attempt_expire wants to be called; INT64_MAX never.
 */
int64_t attempt_deadline(const struct attempt *a);
/* attempt_expire concludes an attempt that has been silent until at_us. */
void attempt_expire(struct attempt *a, const struct flow_info *info, int64_t at_us);
/* attempt_close concludes whatever is open; at_us is the packet time of the closing. */
void attempt_close(
        struct attempt *a, const struct flow_info *info, enum flow_close why, int64_t at_us);
/*
 * attempt_take gives the handshake once it has been concluded, else NULL. The caller owns it. NULL
 * as well when no TLS message was seen: such a connection makes no row.
 */
struct handshake *attempt_take(struct attempt *a, const struct flow_info *info);
/* attempt_is_over says whether the handshake has been concluded and waits to be taken. */
bool attempt_is_over(const struct attempt *a);
/*
 * attempt_end fills what the connection did after its handshake was taken; false when it was
 * taken at the close (nothing came after) or there was none. out->handshake_id is left to the
 * caller.
 */
bool attempt_end(const struct attempt *a, const struct flow_info *info, struct connection_end *out);

#endif
