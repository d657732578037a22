#ifndef TLSWIRE_PACKET_PACKET_INTERNAL_H
#define TLSWIRE_PACKET_PACKET_INTERNAL_H

#include "base/cursor.h"
#include "packet/packet.h"

enum {
    ETHERTYPE_IPV4 = 0x0800,
    ETHERTYPE_IPV6 = 0x86dd,
    ETHERTYPE_MPLS = 0x8847,
    ETHERTYPE_MPLS_UPSTREAM = 0x8848, /* RFC 5332 */
    ETHERTYPE_PPPOE = 0x8864,
};

/* link_strip goes from the link-layer header to the IP header; PACKET_OTHER when the frame holds no
 * IP. */
enum packet_result link_strip(const struct frame *frame, struct cur *c, struct packet *out);

/* ethernet_strip does so for an Ethernet frame inside another packet, mpls_strip behind the
 * EtherType of MPLS. */
enum packet_result ethernet_strip(struct cur *c, struct packet *out);
enum packet_result mpls_strip(struct cur *c, struct packet *out);

/* What stands behind a header that does not say so. */
enum guess { GUESS_NEITHER, GUESS_IP, GUESS_ETHERNET };
/* link_guess tells IP from an Ethernet frame that carries IP. */
enum guess link_guess(const struct cur *c);

/* packet_add_vlan notes a VLAN id that stands inside those noted so far. */
void packet_add_vlan(struct packet *p, uint16_t id);
/* packet_enter counts an encapsulation; false when it is one too many, which depth then shows. */
bool packet_enter(struct packet *p);
/* packet_set_tunnel notes a tunnel that stands inside those noted so far. */
void packet_set_tunnel(struct packet *p, enum tunnel_kind kind);
void packet_set_tunnel_id(struct packet *p, enum tunnel_kind kind, uint32_t id);

/* What a packet carries instead of a payload. */
enum carried {
    CARRIED_NONE, /* it is no tunnel */
    CARRIED_IP,
    CARRIED_ETHERNET,
    CARRIED_MPLS,
    CARRIED_OTHER, /* it is one, and holds neither */
    CARRIED_BAD,   /* its header contradicts itself or what it carries */
};
/* tunnel_strip moves c, the payload of outer, to the packet or frame inside when there is one, and
 * notes the tunnel in inner. */
enum carried tunnel_strip(
        uint8_t protocol, const struct packet *outer, struct cur *c, struct packet *inner);

/* One fragment of an IP datagram. */
struct fragment {
    const uint8_t *src, *dst; /* 16 bytes each */
    uint32_t id;
    uint32_t vlans; /* as in the packet */
    uint8_t protocol;
    uint32_t offset; /* bytes */
    bool has_more;
    uint16_t datagram; /* filled by defrag_add */
    struct bytes data;
};

struct defrag;
struct defrag *defrag_new(struct packet_counters *counters);
void defrag_free(struct defrag *d);
/*
 * defrag_add keeps a fragment (RFC 791 3.2, RFC 8200 4.5); true with the whole payload in *whole
 * once nothing is missing (valid until defrag_forget). Overlaps: the first copy wins, other bytes
 * drop the datagram.
 */
bool defrag_add(struct defrag *d, struct fragment *f, int64_t now_us, struct bytes *whole);
/* defrag_forget frees what was put together. */
void defrag_forget(struct defrag *d);

/* transport_decode reads the TCP or UDP header of a whole datagram of wire_len bytes. */
enum packet_result transport_decode(
        uint8_t protocol, struct bytes payload, uint32_t wire_len, struct packet *out);

#endif
