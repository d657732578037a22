#ifndef TLSWIRE_TESTS_UNIT_ATTEMPT_WORLD_H
#define TLSWIRE_TESTS_UNIT_ATTEMPT_WORLD_H

#include "attempt/attempt.h"
#include "tests/unit/test.h"

enum { MS = 1000, SECOND = 1000000 };

/* Stands for the flow: counts, times and acknowledgements as they would be. */
struct world {
    struct flow_info info;
    struct attempt *a;
    struct handshake *h; /* once it was given */
    int64_t now;
    uint32_t input;
    uint64_t offset[2];
    uint8_t ttl; /* of the packet of a flow event */
    uint16_t ip_id;
    bool is_unacked;  /* nobody acknowledges anything */
    bool is_crossing; /* the packet was sent before its sender heard of the other's latest */
    bool acks_fins;   /* what comes behind a FIN acknowledges it */
};

/* world_open begins a connection whose SYN and SYN-ACK were seen; world_free ends it. */
static inline void world_open(struct world *w)
{
    *w = (struct world){.now = 1700000000 * (int64_t)SECOND, .ttl = 64};
    for (int dir = 0; dir < 2; dir++) {
        w->info.sides[dir].ttl = w->info.sides[dir].ttl_last = 64;
        w->info.sides[dir].is_start_known = true;
    }
    w->info.syn_us = w->info.syn_ack_us = w->info.ack_us = w->info.last_us = w->now;
    w->info.is_syn_seen = true;
    w->info.sides[1].is_seen = true;
    w->a = attempt_new(&w->info);
}

static inline void world_free(struct world *w)
{
    handshake_free(w->h);
    attempt_free(w->a);
}

/* world_take takes the handshake when it is over. */
static inline void world_take(struct world *w)
{
    struct handshake *h = attempt_take(w->a, &w->info);
    if (h != NULL)
        w->h = h;
}

/* world_wait lets time pass. */
static inline void world_wait(struct world *w, int64_t us)
{
    w->now += us;
    int64_t due = attempt_deadline(w->a);
    if (due <= w->now)
        attempt_expire(w->a, &w->info, due);
    world_take(w);
}

/* world_next_file goes on in another file: packets count from 1 again. */
static inline void world_next_file(struct world *w)
{
    w->input++;
    w->info.last_packet = 0;
}

/* world_packet is a packet of dir, so long after the one before; facts and events are in it. */
static inline void world_packet(struct world *w, int dir, int64_t after_us)
{
    struct flow_side *other = &w->info.sides[1 - dir];
    world_wait(w, after_us);
    w->info.last_us = w->now;
    w->info.last_packet++;
    w->info.sides[dir].is_seen = true;
    w->info.sides[dir].packets++;
    uint64_t sent = w->offset[1 - dir] + (w->acks_fins && other->has_fin);
    if (!w->is_unacked && !w->is_crossing && other->acked < sent)
        other->acked = sent;
}

/* world_fact is a fact of dir that takes len bytes of the stream. */
static inline void world_fact(struct world *w, int dir, struct fact f, uint16_t len)
{
    f.side = dir == 0 ? SIDE_CLIENT : SIDE_SERVER;
    f.record.len = len;
    f.at = (struct span){w->info.last_packet, w->info.last_packet, w->now, w->now, w->offset[dir],
            len, w->input, w->info.sides[1 - dir].acked};
    w->offset[dir] += len;
    w->info.sides[dir].payload_bytes = w->info.sides[dir].seen = w->offset[dir];
    w->info.sides[dir].next = w->offset[dir];
    attempt_fact(w->a, dir, &f);
}

/* world_bytes are len bytes of dir that make no fact. */
static inline void world_bytes(struct world *w, int dir, uint16_t len)
{
    w->offset[dir] += len;
    w->info.sides[dir].payload_bytes = w->info.sides[dir].seen = w->offset[dir];
    w->info.sides[dir].next = w->offset[dir];
    attempt_bytes(w->a, dir, w->offset[dir], w->now);
}

static inline void world_event(struct world *w, int dir, enum flow_event_kind kind)
{
    struct flow_event e = {.kind = kind,
            .dir = dir,
            .packet = w->info.last_packet,
            .ts_us = w->now,
            .input = w->input,
            .ttl = w->ttl,
            .ip_id = w->ip_id,
            .acked = w->info.sides[1 - dir].acked};
    if (kind == FLOW_EVENT_FIN) {
        w->info.sides[dir].has_fin = true;
        w->info.sides[dir].fin_offset = w->offset[dir];
        w->info.sides[dir].seen = w->offset[dir] + 1;
    }
    attempt_event(w->a, &w->info, &e);
}

/* world_close ends the capture; the handshake, NULL when there is none. */
static inline const struct handshake *world_close(struct world *w)
{
    attempt_close(w->a, &w->info, FLOW_CLOSE_END, w->now);
    world_take(w);
    return w->h;
}

#endif
