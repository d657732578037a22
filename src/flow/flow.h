#ifndef TLSWIRE_FLOW_FLOW_H
#define TLSWIRE_FLOW_FLOW_H

#include "base/origin.h"
#include "packet/packet.h"

/*
 * TCP flows with lazy state. A SYN costs one slot of a fixed-size cache; a flow exists from the
 * first payload that its owner wants. In-order bytes of each direction are offered as one view that
 * starts at the first byte not yet consumed, so parsers above need no buffer of their own; holes
 * are explicit events.
 */
struct flow;
struct flow_table;

/* Directions: 0 is the side that opened the connection when that was seen (the sender of the first
 * packet otherwise). */
enum { FLOW_INITIATOR = 0, FLOW_RESPONDER = 1 };

enum flow_probe {
    FLOW_NO,   /* not interesting: no flow */
    FLOW_YES,  /* make a flow */
    FLOW_MORE, /* too short to tell (only at the start of a stream): make a flow, ask again with
                  more */
};

enum flow_close {
    FLOW_CLOSE_FIN, /* both sides sent FIN */
    FLOW_CLOSE_RST,
    FLOW_CLOSE_IDLE,    /* no packet for the idle time-out */
    FLOW_CLOSE_REUSED,  /* a new SYN with another sequence number took the ports */
    FLOW_CLOSE_EVICTED, /* pushed out by a cap */
    FLOW_CLOSE_END,     /* the capture ended */
    FLOW_CLOSE_DROPPED, /* the owner gave it up */
};

/* What flow knows of the start and of each direction; owned by the flow, read by the handler. */
struct flow_side {
    uint8_t ip[16];
    uint16_t port;
    bool is_seen; /* a packet of this direction was seen */
    bool has_fin, has_rst;
    uint8_t ttl;         /* of its first packet */
    uint8_t ttl_last;    /* of its latest packet that is no reset */
    uint16_t ip_id_last; /* of the same */
    uint64_t packets;
    uint64_t payload_bytes; /* on the wire, retransmissions included */
    uint64_t n_retransmits; /* segments that brought nothing new */
    uint64_t n_conflicts;   /* overlapping copies with other bytes; the first copy was used */
    uint64_t n_gaps, gap_bytes;
    uint64_t n_reordered;
    bool is_start_known; /* offset 0 is the byte after the SYN */
    int64_t last_us;     /* its latest packet */
    uint64_t acked;      /* highest stream offset that the other side acknowledged */
    uint64_t seen; /* highest stream offset that a packet of this side reached, FIN included */
    uint64_t next; /* first stream offset that is still wanted: all before it came, was given up, or
                      is of no interest */
    uint64_t fin_offset, rst_offset; /* where they stand in the stream; with has_fin, has_rst */
    /* The segment that was sent again and again although the other side has not acknowledged it:
     * where it begins, its latest length, how often, and since and until when. */
    uint64_t stuck_at;
    int64_t stuck_since_us, stuck_us;
    uint32_t stuck_len, n_stuck;
    uint64_t n_late; /* packets that brought what had been acknowledged before: the capture shows
                        the directions in another order than they were sent */
};

struct flow_info {
    struct flow_side sides[2];
    int64_t syn_us, syn_ack_us, ack_us; /* INT64_MIN where not seen */
    bool is_syn_seen, is_syn_ack_seen;
    bool is_midstream;
    bool has_passed; /* packets that matter went by before the flow was known: they are not in it */
    uint64_t first_packet; /* SYN when it was seen, else the first packet with payload */
    int64_t first_us;
    uint64_t last_packet;
    int64_t last_us;
    uint32_t input;      /* of the first packet */
    uint32_t last_input; /* of the last packet: rotated files go on with another */
    uint16_t vlan;
    uint32_t vlans; /* as in packet.h: part of its key */
    struct tunnel
            tunnel; /* around the packet that opened it; the other direction's id may differ */
    bool is_capped;
};

enum flow_event_kind {
    FLOW_EVENT_FIN, /* in order or not: the flag was seen */
    FLOW_EVENT_RST, /* a reset whose sequence number lies in the window of that direction */

    FLOW_EVENT_PACKET, /* any packet, before its payload is offered (only while flow_watch is on) */
};

struct flow_event {
    enum flow_event_kind kind;
    int dir; /* of the packet */
    uint64_t packet;
    int64_t ts_us;
    uint32_t input;
    uint8_t ttl;
    uint16_t ip_id;
    uint64_t acked; /* what the packet acknowledges of the other direction */
};

struct flow_handler {
    void *ctx;
    /* Asked with the first payload of a direction of an unknown flow. is_start: it is the first
     * byte after the SYN. */
    enum flow_probe (*probe)(void *ctx, const struct packet *p, bool is_start);
    /* A flow was made; what it returns is the flow's user pointer. */
    void *(*open)(void *ctx, struct flow *f);
    /*
     * In-order bytes of one direction, from the first one not yet consumed (stream offset `offset`)
     * on. Returns how many are consumed: fewer keeps the rest for the next call; more skips bytes
     * that have not come yet (they are neither buffered nor missed). `o` maps the offsets of the
     * view to packets.
     */
    size_t (*data)(void *user, struct flow *f, int dir, struct bytes view, uint64_t offset,
            const struct origin *o);
    /* len bytes at offset are missing for good; the next data starts behind them. Bytes kept by
     * data before the hole are gone. */
    void (*gap)(void *user, struct flow *f, int dir, uint64_t offset, uint64_t len);
    void (*event)(void *user, struct flow *f, const struct flow_event *e);
    /* A deadline set by flow_deadline has passed in packet time. at_us is the deadline itself. */
    void (*deadline)(void *user, struct flow *f, int64_t at_us);
    /* The flow ends; user must be released. at_us is packet time. After this call f is gone. */
    void (*close)(void *user, struct flow *f, enum flow_close why, int64_t at_us);
    /* A payload packet of a flow that wants raw packets (flow_want_packets), or NULL. */
    void (*raw)(void *user, struct flow *f, int dir, const struct packet *p);
};

struct flow_options {
    size_t max_flows;    /* default 262144 */
    size_t syn_slots;    /* default 1 << 18, rounded up to a power of two */
    size_t flow_buffer;  /* bytes buffered per flow, default 1 MiB */
    size_t total_buffer; /* bytes buffered in all, default 512 MiB */
    size_t total_held;   /* bytes of flow_hold in all, default 1 GiB */
    size_t hold_bytes;   /* out-of-order bytes per direction before a hole is declared, each piece
                            with some 70 more; default 64 KiB while the stream is wanted, with skip
                            16 KiB */
    int64_t hold_us;     /* how long a hole may stay open, default 2 s of packet time */
    int64_t idle_us;     /* default 120 s (flows), also for SYN slots */
    int64_t close_us;    /* how long a closed flow lingers for late segments, default 2 s */
};

struct flow_counters {
    uint64_t packets, flows, syns, midstream, evicted_flows, evicted_syns, capped_buffers;
    uint64_t reused, gaps, gap_bytes, conflicts, retransmits, reordered, duplicates;
    uint64_t no_flow; /* payload packets that belong to nothing of interest */
    uint64_t bad_rst; /* resets outside the window, ignored */
};

/* flow_options_default fills in the defaults named above. */
void flow_options_default(struct flow_options *o);
struct flow_table *flow_table_new(const struct flow_options *o, const struct flow_handler *h);
/* flow_table_free closes nothing: call flow_table_end first. NULL is fine. */
void flow_table_free(struct flow_table *t);
/*
 * flow_table_packet takes one TCP packet. clock_us is the packet clock (never runs backwards);
 * first everything that was due by then (deadlines, holes, idle flows) happens in order of its due
 * time.
 */
void flow_table_packet(struct flow_table *t, const struct packet *p, int64_t clock_us);
/* flow_table_fetch has the memory that the packet will need brought near, step by step, each step
 * for some packets at once: the cost of a packet is waiting for memory. */
enum { FLOW_FETCH_STEPS = 2 };
void flow_table_fetch(const struct flow_table *t, const struct packet *p, int step);
/* flow_table_advance moves the packet clock without a packet. */
void flow_table_advance(struct flow_table *t, int64_t clock_us);
/* flow_table_end closes every flow with FLOW_CLOSE_END, in order of their first packet. */
void flow_table_end(struct flow_table *t);
const struct flow_counters *flow_table_counters(const struct flow_table *t);
/* flow_counters_add adds c to sum. */
void flow_counters_add(struct flow_counters *sum, const struct flow_counters *c);

const struct flow_info *flow_info(const struct flow *f);
/* flow_clock is the packet clock of the table that the flow is in, microseconds. */
int64_t flow_clock(const struct flow *f);
/* flow_deadline asks for a deadline call once the packet clock reaches at_us; INT64_MAX cancels.
 * One per flow. */
void flow_deadline(struct flow *f, int64_t at_us);
/* flow_ignore stops data of one direction for good: nothing is buffered any more, events go on. */
void flow_ignore(struct flow *f, int dir);
/* flow_relax says the handshake is over: delivered bytes need not be kept for comparison any more,
 * and little is held. */
void flow_relax(struct flow *f);
/* flow_hold tells how many bytes the caller keeps for the flow now. When all flows together keep
 * too many, those that have kept some for the longest are closed. */
void flow_hold(struct flow *f, size_t bytes);
/* flow_drop closes the flow with FLOW_CLOSE_DROPPED once the current call returns; its packets
 * count as no_flow then. */
void flow_drop(struct flow *f);
/* flow_want_packets turns the raw callback on or off. */
void flow_want_packets(struct flow *f, bool on);
/* flow_watch turns FLOW_EVENT_PACKET on or off (off after the handshake). */
void flow_watch(struct flow *f, bool on);
/* flow_hash is a symmetric hash of addresses, ports, transport and packet.vlans, the same for both
 * directions and never 0: steers packets to workers. */
uint64_t flow_hash(const struct packet *p);

#endif
