#ifndef TLSWIRE_ENGINE_KEEP_RING_H
#define TLSWIRE_ENGINE_KEEP_RING_H

#include "packet/packet.h"

/*
 * Copies of the first packets of each TCP flow that a lane captured lately: what is known about a
 * handshake once it is judged may be worth its packets, and a wire is not read twice. Of fixed
 * size: what is new takes the place of what is oldest. The lane adds, the analyst takes; a mutex is
 * held only while bytes are copied.
 */
struct keep_ring;

enum {
    KEEP_RING_BYTES = 32 << 20,       /* of copies */
    KEEP_RING_FLOWS = 262144,         /* whose packets are counted at a time */
    KEEP_RING_FLOW_PACKETS = 64,      /* kept of one flow since its SYN */
    KEEP_RING_FLOW_BYTES = 128 << 10, /* likewise */
    KEEP_TAKEN_FRAMES = 512,          /* given of one connection */
    KEEP_TAKEN_BYTES = 256 << 10,
};

struct keep_ring_options {
    size_t bytes; /* at least 4096 */
    size_t flows; /* the least recently used is counted anew */
    uint16_t flow_packets;
    uint32_t flow_bytes;
};

/* keep_ring_new makes a ring; options NULL: as above. */
struct keep_ring *keep_ring_new(const struct keep_ring_options *o);
/* keep_ring_free frees; NULL is fine. */
void keep_ring_free(struct keep_ring *r);
/* keep_ring_add keeps a copy of the frame of a TCP packet, whose input and flow are set, unless its
 * flow has had its share. In the lane's thread, in order of the packets. */
void keep_ring_add(struct keep_ring *r, const struct packet *p, const struct frame *f);
/* keep_ring_fragment keeps a frame with a fragment until the packet comes that its datagram is
 * for. */
void keep_ring_fragment(struct keep_ring *r, const struct packet *p, const struct frame *f);

/* The connection that is asked for. Packets of a run are in order of input, then number. */
struct keep_question {
    uint64_t flow; /* flow_hash */
    uint32_t input, last_input, end_input;
    uint64_t first_packet; /* of the connection, in input */
    uint64_t last_packet;  /* of its handshake, in last_input */
    uint64_t end_packet;   /* of the connection, in end_input; 0 it goes on */
};

/* Packets that were taken; keep_taken_fini frees. */
struct keep_taken {
    struct frame frames[KEEP_TAKEN_FRAMES]; /* in the order they came; views on data */
    size_t n;
    uint8_t *data;
    uint64_t gone; /* packets of the connection before these that the ring no longer had; when there
                      are none left, 0 */
    bool is_whole; /* all of the handshake's */
};

/* keep_ring_take copies what the ring still has of a connection; any thread. */
void keep_ring_take(struct keep_ring *r, const struct keep_question *q, struct keep_taken *out);
void keep_taken_fini(struct keep_taken *t);
/* keep_ring_span_us is the packet time between the oldest copy and the newest; INT64_MAX as long as
 * nothing had to go. */
int64_t keep_ring_span_us(struct keep_ring *r);

#endif
