#ifndef TLSWIRE_PACKET_PACKET_H
#define TLSWIRE_PACKET_PACKET_H

#include "base/frame.h"
#include "base/tunnel.h"

enum { PACKET_TCP = 6, PACKET_UDP = 17 };
enum { TCP_FIN = 1, TCP_SYN = 2, TCP_RST = 4, TCP_PSH = 8, TCP_ACK = 16, TCP_URG = 32 };

/* One IP packet (or reassembled datagram) down to its transport payload. Views borrow from the
 * frame or from the defragmenter. */
struct packet {
    uint64_t number; /* of the frame that completed it */
    int64_t ts_us;
    uint64_t flow;     /* its flow_hash, 0 not computed; set by the caller */
    uint32_t input;    /* set by the caller */
    uint8_t transport; /* PACKET_TCP or PACKET_UDP */
    uint8_t ip_version;
    uint8_t tunnels; /* how many packets were around it; addresses and ports are the innermost ones
                      */
    uint8_t depth;   /* how many encapsulations: these, MPLS and PPPoE */
    uint8_t ttl;     /* or hop limit */
    uint16_t ip_id;  /* 0 for IPv6 without a fragment header */
    uint16_t vlan;   /* outermost VLAN id, 0 none */
    uint32_t vlans;  /* the two outermost ones, 12 bits each, when they tell flows apart; else 0 */
    struct tunnel tunnel;     /* the innermost one that has an id; the innermost when none has */
    uint8_t src[16], dst[16]; /* IPv4 as IPv4-mapped */
    uint16_t src_port, dst_port;
    uint8_t tcp_flags;
    uint16_t datagram; /* when it came in fragments: the same for all of them, and for no other that
                          is not much older; 0 it did not */
    uint32_t seq, ack;
    uint16_t window;
    struct bytes payload;      /* what was captured of it */
    uint32_t payload_wire_len; /* what was on the wire; more than payload.n when cut by the snap
                                  length */
    struct bytes ip; /* from the IP header to the captured end (for nDPI); of the last fragment's
                        datagram when reassembled */
};

enum packet_result {
    PACKET_OK,
    PACKET_FRAGMENT,    /* kept, waiting for the rest */
    PACKET_OTHER,       /* no IP, or another transport: counted, of no interest */
    PACKET_UNSUPPORTED, /* a link type that is not known */
    PACKET_MALFORMED,   /* headers that contradict themselves */
    PACKET_TRUNCATED,   /* the snap length cut the headers */
};

struct packet_counters {
    uint64_t ok, fragments, reassembled, other, unsupported, malformed, truncated;
    uint64_t fragments_dropped; /* by cap, time-out or overlap with different bytes */
    uint64_t too_deep;          /* of other: encapsulated more than PACKET_DEPTH_MOST times */
};

/* packet_counters_add adds c to sum. */
void packet_counters_add(struct packet_counters *sum, const struct packet_counters *c);

/* Caps of the defragmenter: PACKET_DEFRAG_DATAGRAMS at once, PACKET_DEFRAG_BYTES in all, 30 s of
 * packet time. */
enum { PACKET_DEFRAG_DATAGRAMS = 1024, PACKET_DEFRAG_BYTES = 16 << 20, PACKET_DEFRAG_SECONDS = 30 };

/* What is encapsulated more often is left alone. */
enum { PACKET_DEPTH_MOST = 4 };

/* Decoder state of one vantage: the fragments that wait, and counters. */
struct decoder;
struct decoder *decoder_new(void);
/* decoder_key_vlan has the VLANs of packets tell flows and fragments apart: packet.vlans is set. */
void decoder_key_vlan(struct decoder *d, bool is_on);
void decoder_free(struct decoder *d);
/*
 * packet_decode reads one frame: Ethernet, 802.1Q, QinQ, MPLS, PPPoE, raw IP, Linux cooked v1 and
 * v2, null/loop, PPP; IPv4 (RFC 791), IPv6 with extension headers (RFC 8200), fragments of both;
 * and what tunnels carry (tunnel.c), PACKET_DEPTH_MOST deep. Checksums are not
 * required. A zero IPv4 total length means offload: the frame's length counts. The views in *out
 * are valid until the next call.
 */
enum packet_result packet_decode(struct decoder *d, const struct frame *frame, struct packet *out);
const struct packet_counters *decoder_counters(const struct decoder *d);

#endif
