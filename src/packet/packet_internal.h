#ifndef TLSWIRE_PACKET_PACKET_INTERNAL_H
#define TLSWIRE_PACKET_PACKET_INTERNAL_H

#include "base/cursor.h"
#include "packet/packet.h"

enum { ETHERTYPE_IPV4 = 0x0800, ETHERTYPE_IPV6 = 0x86dd };

/* link_strip goes from the link-layer header to the IP header; false when the frame holds no IP. */
enum packet_result link_strip(const struct frame *frame, struct cur *c, struct packet *out);

/* ethernet_strip does so for an Ethernet frame inside another packet. */
enum packet_result ethernet_strip(struct cur *c, struct packet *out);

/* What a packet carries instead of a payload. */
enum tunnel { TUNNEL_NONE, TUNNEL_IP, TUNNEL_ETHERNET };
enum { TUNNELS_MOST = 4 };
/* tunnel_strip moves c, the payload of outer, to the packet or frame inside when there is one. */
enum tunnel tunnel_strip(uint8_t protocol, const struct packet *outer, struct cur *c);

/* One fragment of an IP datagram. */
struct fragment {
    const uint8_t *src, *dst; /* 16 bytes each */
    uint32_t id;
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
 * once nothing is missing (valid until the next call). Overlaps: the first copy wins, other bytes
 * drop the datagram.
 */
bool defrag_add(struct defrag *d, struct fragment *f, int64_t now_us, struct bytes *whole);

/* transport_decode reads the TCP or UDP header of a whole datagram of wire_len bytes. */
enum packet_result transport_decode(
        uint8_t protocol, struct bytes payload, uint32_t wire_len, struct packet *out);

#endif
