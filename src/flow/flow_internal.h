#ifndef TLSWIRE_FLOW_FLOW_INTERNAL_H
#define TLSWIRE_FLOW_FLOW_INTERNAL_H

#include "flow/flow.h"

enum {
    FLOW_KEPT = 256 * 1024,
    FLOW_RELAXED_HOLD = 16 * 1024,
    SYN_WAYS = 4,
    FLOW_SIZES = 3,
    FLOW_SPARE = 1024, /* of each size */
    FLOW_RETRY_US = 100 * 1000
};

/* A segment that came before the one it follows. */
struct held {
    struct held *next;
    uint64_t offset;
    struct origin_segment from;
    uint32_t len;
    uint8_t data[];
};

/* Reassembly of one direction. Offsets count from the byte after the SYN (or the first byte seen).
 */
struct stream {
    bool has_base;
    bool is_base_acked; /* known only from what a SYN-ACK acknowledged, which may be data in the SYN
                           as well (RFC 7413) */
    bool is_ignored;
    uint32_t base; /* sequence number of offset 0 */
    uint64_t next; /* first byte still wanted; a skip moves it ahead of what has come */
    uint8_t *buf;  /* bytes from buf_offset on: consumed ones kept for comparison, then the rest */
    size_t n, cap, consumed;
    uint64_t buf_offset;
    struct origin_segment *segments; /* of what is in buf and not consumed, in order of offset */
    size_t n_segments, cap_segments;
    struct held *held, *held_last; /* in order of offset, without overlaps */
    size_t held_bytes;             /* what a piece takes beside its bytes counts */
    int64_t hole_since;            /* INT64_MAX: no hole */
};

struct flow {
    struct flow *chain;         /* same bucket, or free list */
    struct flow *newer, *older; /* by last packet */
    struct flow_table *table;
    uint64_t hash;
    size_t heap_at;                  /* 1-based place in the heap of due times */
    int64_t heap_due;                /* never later than the true due time */
    int64_t deadline_us, closing_us; /* by the clock */
    int64_t delta;                   /* clock less packet time, at the latest packet */
    enum flow_close closing;         /* valid when closing_us is set */
    int initiator_bit;               /* packet bit (see flow_bit) of FLOW_INITIATOR */
    bool has_preface;                /* bytes went by that were not wanted */
    bool is_relaxed, is_dropping, is_watched, wants_packets, is_closed;
    void *user;
    size_t held;                           /* see flow_hold */
    struct flow *held_before, *held_after; /* those with some, by when they began */
    struct flow_info info;
    struct stream streams[2];
};

/* What a SYN leaves: identity is the keyed hash of the endpoints. */
struct syn {
    uint64_t hash;   /* 0: free */
    int64_t syn_us;  /* packet time; INT64_MIN not seen */
    int64_t made_us; /* by the clock */
    uint64_t packet;
    uint32_t isn[2];                   /* by initiator, responder */
    uint32_t syn_ack_after, ack_after; /* microseconds after syn_us (or after each other) */
    uint32_t input;
    uint16_t preface[2]; /* bytes from the start on that went by in order and were not wanted */
    uint8_t initiator_bit;
    uint8_t ttl[2];
    bool has_isn[2];
    bool has_syn_ack : 1, has_ack : 1, is_rejected : 1;
    bool is_isn_acked : 1; /* isn[0] is known only from the SYN-ACK: see is_base_acked */
    bool is_ending : 1;    /* made by a FIN or RST, not by a SYN */
    bool is_tried : 1;     /* a flow was opened behind the preface, and dropped */
    bool has_passed : 1;   /* payload, FIN or RST went by that made no flow and was not its start */
};
_Static_assert(sizeof(struct syn) <= 64, "a flood of SYNs touches one cache line each");

/* Buffers of one size to use again. */
struct spare {
    uint8_t *buffers[FLOW_SPARE];
    size_t n;
};

struct flow_table {
    struct flow_options o;
    struct flow_handler h;
    struct flow_counters counters;
    int64_t clock_us;
    struct flow **buckets;
    size_t n_buckets, n_flows;
    struct flow *newest, *oldest, *free_list;
    struct flow **heap; /* 1-based, by (heap_due, first packet) */
    size_t n_heap, cap_heap;
    size_t buffered, held;
    struct flow *held_first, *held_last;
    struct syn *syns;
    size_t n_syns;
    struct spare spare[FLOW_SIZES];
};

/* syn.c */
struct syn *syn_find(struct flow_table *t, uint64_t hash);
/* syn_make gives the slot for hash, pushing out the oldest of its set. */
struct syn *syn_make(struct flow_table *t, uint64_t hash);

/* stream.c: bytes of one direction; may call the handler. reached: how far the direction had come
 * before, which a skip may be ahead of. */
void stream_segment(
        struct flow *f, int dir, const struct packet *p, uint32_t seq, uint64_t reached);
/* stream_give_up declares the first hole lost and delivers what stands behind it. */
void stream_give_up(struct flow *f, int dir);
/* stream_give_back gives up the buffers of both directions that hold nothing any more. */
void stream_give_back(struct flow *f);
void stream_fini(struct flow *f, int dir);
/* stream_offset maps a sequence number near the wanted byte to an offset; negative: before the
 * start. */
int64_t stream_offset(const struct stream *s, uint32_t seq);
/* stream_acked is what a packet of dir acknowledges of the other direction. */
uint64_t stream_acked(const struct flow *f, int dir, const struct packet *p);

/* table.c */
struct flow *table_find(struct flow_table *t, uint64_t hash, const struct packet *p);
struct flow *table_open(struct flow_table *t, uint64_t hash);
/* table_make_room closes flows when too much is held for all; not during a call of a handler. */
void table_make_room(struct flow_table *t);
void table_touch(struct flow *f);
/* table_due files f under its next due time. */
void table_due(struct flow *f);
/* table_sync brings what the owner reads up to the streams. */
void table_sync(struct flow *f);
void table_close(struct flow *f, enum flow_close why, int64_t at_us);
/* flow_bit is 0 when the source is the smaller endpoint of the packet, else 1. */
int flow_bit(const struct packet *p);

#endif
