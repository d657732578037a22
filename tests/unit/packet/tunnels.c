/* Encapsulations, byte by byte from their documents. */
#include <string.h>

#include "packet/packet.h"
#include "tests/unit/test.h"

enum { RAW = 101, ETHERNET = 1 };

/* clang-format off */
#define MAC 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12
#define OUTER(total, proto) 0x45, 0, (total) >> 8, (total) & 255, 0, 9, 0, 0, 64, proto, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2
#define OUTER6(len, next) 0x60, 0, 0, 0, 0, len, next, 61, 0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8, \
        0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9
#define UDP(dport, len) 0xc3, 0x50, (dport) >> 8, (dport) & 255, (len) >> 8, (len) & 255, 0, 0
#define TCP 0xc0, 0, 1, 0xbb, 0, 0, 0, 9, 0, 0, 0, 7, 0x50, 0x18, 1, 0, 0, 0, 0, 0
/* 43 bytes, from 192.0.2.1:49152 to 192.0.2.2:443; its header's checksum is right */
#define INNER 0x45, 0, 0, 43, 0, 1, 0, 0, 64, 6, 0xf6, 0xc8, 192, 0, 2, 1, 192, 0, 2, 2, TCP, 'a', 'b', 'c'
/* 63 bytes, from 2001:db8::1 */
#define INNER6 0x60, 0, 0, 0, 0, 23, 6, 61, 0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, \
        0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, TCP, 'a', 'b', 'c'
#define FRAME MAC, 8, 0, INNER /* 57 bytes */
#define TAGGED MAC, 0x81, 0, 0x20, 77, 8, 0, INNER /* 61 bytes */
#define GRE(flags, type) (flags) >> 8, (flags) & 255, (type) >> 8, (type) & 255
/* clang-format on */

struct sample {
    const char *name;
    uint16_t link;
    enum tunnel_kind kind;
    int64_t id;   /* -1 none */
    uint8_t vlan; /* outermost */
    uint8_t tunnels, depth;
    size_t n;
    uint8_t b[220];
};

/* Each carries the packet INNER or INNER6. */
static const struct sample SAMPLES[] = {
        {"IP in IP (RFC 2003)", RAW, TUNNEL_IPIP, -1, 0, 1, 1, 63, {OUTER(63, 4), INNER}},
        {"two deep", RAW, TUNNEL_IPIP, -1, 0, 2, 2, 83, {OUTER(83, 4), OUTER(63, 4), INNER}},
        {"four deep", RAW, TUNNEL_IPIP, -1, 0, 4, 4, 123,
                {OUTER(123, 4), OUTER(103, 4), OUTER(83, 4), OUTER(63, 4), INNER}},
        {"6in4 (RFC 4213)", RAW, TUNNEL_6IN4, -1, 0, 1, 1, 83, {OUTER(83, 41), INNER6}},
        {"4in6 (RFC 2473)", RAW, TUNNEL_4IN6, -1, 0, 1, 1, 83, {OUTER6(43, 4), INNER}},
        {"4in6 with a tunnel encapsulation limit (RFC 2473 4.1.1)", RAW, TUNNEL_4IN6, -1, 0, 1, 1,
                91, {OUTER6(51, 60), 4, 0, 4, 1, 4, 1, 1, 0, INNER}},
        {"6in6", RAW, TUNNEL_6IN6, -1, 0, 1, 1, 103, {OUTER6(63, 41), INNER6}},
        {"GRE (RFC 2784)", RAW, TUNNEL_GRE, -1, 0, 1, 1, 67,
                {OUTER(67, 47), GRE(0, 0x0800), INNER}},
        {"GRE of IPv6 (RFC 7676)", RAW, TUNNEL_GRE, -1, 0, 1, 1, 87,
                {OUTER(87, 47), GRE(0, 0x86dd), INNER6}},
        {"GRE with checksum (RFC 2784 2.5)", RAW, TUNNEL_GRE, -1, 0, 1, 1, 71,
                {OUTER(71, 47), GRE(0x8000, 0x0800), 0x12, 0x34, 0, 0, INNER}},
        {"GRE with key (RFC 2890 2.1)", RAW, TUNNEL_GRE, 0x01020304, 0, 1, 1, 71,
                {OUTER(71, 47), GRE(0x2000, 0x0800), 1, 2, 3, 4, INNER}},
        {"GRE with all three", RAW, TUNNEL_GRE, 42, 0, 1, 1, 79,
                {OUTER(79, 47), GRE(0xb000, 0x0800), 0x12, 0x34, 0, 0, 0, 0, 0, 42, 0, 0, 0, 2,
                        INNER}},
        {"GRE, reserved bits that receivers ignore (RFC 2784 2.3)", RAW, TUNNEL_GRE, -1, 0, 1, 1,
                67, {OUTER(67, 47), GRE(0x03f8, 0x0800), INNER}},
        {"GRE in IPv6", RAW, TUNNEL_GRE, 7, 0, 1, 1, 91,
                {OUTER6(51, 47), GRE(0x2000, 0x0800), 0, 0, 0, 7, INNER}},
        {"GRE, Ethernet", RAW, TUNNEL_GRE, -1, 0, 1, 1, 81, {OUTER(81, 47), GRE(0, 0x6558), FRAME}},
        {"GRE, Ethernet, a key whose subnet is reserved (RFC 7637 3.2)", RAW, TUNNEL_GRE, 0x0fffff,
                0, 1, 1, 85, {OUTER(85, 47), GRE(0x2000, 0x6558), 0, 0x0f, 0xff, 0xff, FRAME}},
        {"GRE of MPLS (RFC 4023)", RAW, TUNNEL_MPLS, 16, 0, 1, 2, 71,
                {OUTER(71, 47), GRE(0, 0x8847), 0, 1, 1, 64, INNER}},
        {"NVGRE (RFC 7637)", RAW, TUNNEL_NVGRE, 0x123456, 0, 1, 1, 85,
                {OUTER(85, 47), GRE(0x2000, 0x6558), 0x12, 0x34, 0x56, 9, FRAME}},
        {"ERSPAN I", RAW, TUNNEL_ERSPAN, -1, 0, 1, 1, 81, {OUTER(81, 47), GRE(0, 0x88be), FRAME}},
        {"ERSPAN II, session 514, the tag in the frame", RAW, TUNNEL_ERSPAN, 514, 77, 1, 1, 97,
                {OUTER(97, 47), GRE(0x1000, 0x88be), 0, 0, 0, 7, 0x10, 77, 0x1a, 2, 0, 0, 0, 3,
                        TAGGED}},
        {"ERSPAN II, the tag in the header", RAW, TUNNEL_ERSPAN, 2, 99, 1, 1, 93,
                {OUTER(93, 47), GRE(0x1000, 0x88be), 0, 0, 0, 7, 0x10, 99, 0x10, 2, 0, 0, 0, 3,
                        FRAME}},
        {"ERSPAN II, no tag, but the VLAN of the port", RAW, TUNNEL_ERSPAN, 2, 0, 1, 1, 93,
                {OUTER(93, 47), GRE(0x1000, 0x88be), 0, 0, 0, 7, 0x10, 99, 0, 2, 0, 0, 0, 3,
                        FRAME}},
        {"ERSPAN III", RAW, TUNNEL_ERSPAN, 1023, 0, 1, 1, 97,
                {OUTER(97, 47), GRE(0x1000, 0x22eb), 0, 0, 0, 7, 0x20, 1, 3, 0xff, 0, 0, 0, 3, 0, 0,
                        0, 0x0e, FRAME}},
        {"ERSPAN III with a platform-specific subheader", RAW, TUNNEL_ERSPAN, 5, 0, 1, 1, 105,
                {OUTER(105, 47), GRE(0x1000, 0x22eb), 0, 0, 0, 7, 0x20, 1, 0, 5, 0, 0, 0, 3, 0, 0,
                        0, 0x0f, 0x14, 1, 2, 3, 4, 5, 6, 7, FRAME}},
        {"ERSPAN III, frame type IP", RAW, TUNNEL_ERSPAN, 5, 0, 1, 1, 83,
                {OUTER(83, 47), GRE(0x1000, 0x22eb), 0, 0, 0, 7, 0x20, 1, 0, 5, 0, 0, 0, 3, 0, 0, 8,
                        0, INNER}},
        {"VXLAN (RFC 7348)", RAW, TUNNEL_VXLAN, 0x0a0b0c, 0, 1, 1, 93,
                {OUTER(93, 17), UDP(4789, 73), 8, 0, 0, 0, 0x0a, 0x0b, 0x0c, 0, FRAME}},
        {"VXLAN, the port that Linux had first", RAW, TUNNEL_VXLAN, 0, 77, 1, 1, 97,
                {OUTER(97, 17), UDP(8472, 77), 8, 0, 0, 0, 0, 0, 0, 0, TAGGED}},
        {"VXLAN with group policy", RAW, TUNNEL_VXLAN, 1, 0, 1, 1, 93,
                {OUTER(93, 17), UDP(4789, 73), 0x88, 0x48, 1, 2, 0, 0, 1, 0, FRAME}},
        {"VXLAN in IPv6", RAW, TUNNEL_VXLAN, 1, 0, 1, 1, 113,
                {OUTER6(73, 17), UDP(4789, 73), 8, 0, 0, 0, 0, 0, 1, 0, FRAME}},
        {"VXLAN-GPE, IPv4", RAW, TUNNEL_VXLAN_GPE, 1, 0, 1, 1, 79,
                {OUTER(79, 17), UDP(4790, 59), 0x0c, 0, 0, 1, 0, 0, 1, 0, INNER}},
        {"VXLAN-GPE, IPv6", RAW, TUNNEL_VXLAN_GPE, 1, 0, 1, 1, 99,
                {OUTER(99, 17), UDP(4790, 79), 0x0c, 0, 0, 2, 0, 0, 1, 0, INNER6}},
        {"VXLAN-GPE, Ethernet", RAW, TUNNEL_VXLAN_GPE, 1, 0, 1, 1, 93,
                {OUTER(93, 17), UDP(4790, 73), 0x0c, 0, 0, 3, 0, 0, 1, 0, FRAME}},
        {"VXLAN-GPE, MPLS", RAW, TUNNEL_MPLS, 16, 0, 1, 2, 83,
                {OUTER(83, 17), UDP(4790, 63), 0x0c, 0, 0, 5, 0, 0, 1, 0, 0, 1, 1, 64, INNER}},
        {"VXLAN-GPE that names no protocol", RAW, TUNNEL_VXLAN_GPE, 1, 0, 1, 1, 93,
                {OUTER(93, 17), UDP(4790, 73), 0x08, 0, 0, 0, 0, 0, 1, 0, FRAME}},
        {"Geneve (RFC 8926)", RAW, TUNNEL_GENEVE, 0xffffff, 0, 1, 1, 93,
                {OUTER(93, 17), UDP(6081, 73), 0, 0, 0x65, 0x58, 255, 255, 255, 0, FRAME}},
        {"Geneve with options, one critical", RAW, TUNNEL_GENEVE, 256, 0, 1, 1, 105,
                {OUTER(105, 17), UDP(6081, 85), 3, 0x40, 0x65, 0x58, 0, 1, 0, 0, 1, 2, 0x80, 1, 9,
                        9, 9, 9, 1, 2, 3, 0, FRAME}},
        {"Geneve of IPv4", RAW, TUNNEL_GENEVE, 1, 0, 1, 1, 79,
                {OUTER(79, 17), UDP(6081, 59), 0, 0, 8, 0, 0, 0, 1, 0, INNER}},
        {"GTP-U (TS 29.281)", RAW, TUNNEL_GTP_U, 0xdeadbeef, 0, 1, 1, 79,
                {OUTER(79, 17), UDP(2152, 59), 0x30, 0xff, 0, 43, 0xde, 0xad, 0xbe, 0xef, INNER}},
        {"GTP-U with a sequence number", RAW, TUNNEL_GTP_U, 1, 0, 1, 1, 83,
                {OUTER(83, 17), UDP(2152, 63), 0x32, 0xff, 0, 47, 0, 0, 0, 1, 0, 9, 0, 0x85,
                        INNER}},
        {"GTP-U with a PDU session container (TS 38.415)", RAW, TUNNEL_GTP_U, 1, 0, 1, 1, 87,
                {OUTER(87, 17), UDP(2152, 67), 0x34, 0xff, 0, 51, 0, 0, 0, 1, 0, 0, 0, 0x85, 1, 0,
                        9, 0, INNER}},
        {"GTP-U with two extension headers", RAW, TUNNEL_GTP_U, 1, 0, 1, 1, 95,
                {OUTER(95, 17), UDP(2152, 75), 0x36, 0xff, 0, 59, 0, 0, 0, 1, 0, 9, 0, 0xc0, 1, 1,
                        2, 0x85, 2, 0, 9, 0, 0, 0, 0, 0, INNER}},
        {"GTP-U of IPv6", RAW, TUNNEL_GTP_U, 1, 0, 1, 1, 99,
                {OUTER(99, 17), UDP(2152, 79), 0x30, 0xff, 0, 63, 0, 0, 0, 1, INNER6}},
        {"GTP-U of Ethernet", RAW, TUNNEL_GTP_U, 1, 0, 1, 1, 93,
                {OUTER(93, 17), UDP(2152, 73), 0x30, 0xff, 0, 57, 0, 0, 0, 1, FRAME}},
        {"Teredo", RAW, TUNNEL_TEREDO, -1, 0, 1, 1, 91, {OUTER(91, 17), UDP(3544, 71), INNER6}},
        {"CAPWAP, Ethernet (RFC 5415 4.3)", RAW, TUNNEL_CAPWAP, -1, 0, 1, 1, 93,
                {OUTER(93, 17), UDP(5247, 73), 0, 0x10, 2, 0, 0, 0, 0, 0, FRAME}},
        {"CAPWAP, IEEE 802.11 with quality of service", RAW, TUNNEL_CAPWAP, -1, 0, 1, 1, 113,
                {OUTER(113, 17), UDP(5247, 93), 0, 0x10, 3, 0, 0, 0, 0, 0, 0x88, 1, 0, 0, MAC, 1, 2,
                        3, 4, 5, 6, 0, 0, 0, 0, 0xaa, 0xaa, 3, 0, 0, 0, 8, 0, INNER}},
        {"MPLS (RFC 3032), two labels", ETHERNET, TUNNEL_MPLS, 0x21, 0, 0, 1, 65,
                {MAC, 0x88, 0x47, 0, 1, 0x10, 64, 0, 2, 0x11, 64, INNER}},
        {"MPLS of IPv6 behind its explicit null", ETHERNET, TUNNEL_MPLS, 0x11, 0, 0, 1, 85,
                {MAC, 0x88, 0x47, 0, 1, 0x10, 64, 0, 0, 0x21, 64, INNER6}},
        {"MPLS with an entropy label (RFC 6790)", ETHERNET, TUNNEL_MPLS, 0x11, 0, 0, 1, 69,
                {MAC, 0x88, 0x47, 0, 1, 0x10, 64, 0, 0, 0x70, 64, 0xff, 0xff, 0xf1, 0, INNER}},
        {"MPLS, nothing but a special label", ETHERNET, TUNNEL_MPLS, -1, 0, 0, 1, 61,
                {MAC, 0x88, 0x47, 0, 0, 1, 64, INNER}},
        {"Ethernet over MPLS with a control word (RFC 4448)", ETHERNET, TUNNEL_MPLS, 0x21, 0, 0, 1,
                79, {MAC, 0x88, 0x47, 0, 2, 0x11, 64, 0, 0, 0, 5, FRAME}},
        {"without a control word", ETHERNET, TUNNEL_MPLS, 0x21, 0, 0, 1, 75,
                {MAC, 0x88, 0x47, 0, 2, 0x11, 64, FRAME}},
        {"without one, the frame has a tag", ETHERNET, TUNNEL_MPLS, 0x21, 77, 0, 1, 79,
                {MAC, 0x88, 0x47, 0, 2, 0x11, 64, TAGGED}},
        {"without one, the address begins with 4 (RFC 4928)", ETHERNET, TUNNEL_MPLS, 0x21, 0, 0, 1,
                75,
                {MAC, 0x88, 0x47, 0, 2, 0x11, 64, 0x45, 0, 0, 60, 5, 6, 7, 8, 9, 6, 11, 12, 8, 0,
                        INNER}},
        {"without one, the address begins with 6", ETHERNET, TUNNEL_MPLS, 0x21, 0, 0, 1, 75,
                {MAC, 0x88, 0x47, 0, 2, 0x11, 64, 0x60, 0, 0, 60, 0, 23, 6, 8, 9, 10, 11, 12, 8, 0,
                        INNER}},
        {"VLAN, MPLS, VLAN", ETHERNET, TUNNEL_MPLS, 0x21, 5, 0, 1, 87,
                {MAC, 0x81, 0, 0, 5, 0x88, 0x47, 0, 2, 0x11, 64, 0, 0, 0, 0, TAGGED}},
        {"PPPoE (RFC 2516)", ETHERNET, TUNNEL_PPPOE, 0x1234, 0, 0, 1, 65,
                {MAC, 0x88, 0x64, 0x11, 0, 0x12, 0x34, 0, 45, 0, 0x21, INNER}},
        {"PPPoE of IPv6", ETHERNET, TUNNEL_PPPOE, 1, 0, 0, 1, 85,
                {MAC, 0x88, 0x64, 0x11, 0, 0, 1, 0, 65, 0, 0x57, INNER6}},
        {"PPPoE with padding behind it", ETHERNET, TUNNEL_PPPOE, 1, 0, 0, 1, 70,
                {MAC, 0x88, 0x64, 0x11, 0, 0, 1, 0, 45, 0, 0x21, INNER, 0, 0, 0, 0, 0}},
        {"ERSPAN II of VXLAN: the inner id", RAW, TUNNEL_VXLAN, 7, 0, 2, 2, 143,
                {OUTER(143, 47), GRE(0x1000, 0x88be), 0, 0, 0, 7, 0x10, 1, 0, 2, 0, 0, 0, 3, MAC, 8,
                        0, OUTER(93, 17), UDP(4789, 73), 8, 0, 0, 0, 0, 0, 7, 0, FRAME}},
        {"VXLAN of IP in IP: the one that has an id", RAW, TUNNEL_VXLAN, 7, 0, 2, 2, 113,
                {OUTER(113, 17), UDP(4789, 93), 8, 0, 0, 0, 0, 0, 7, 0, MAC, 8, 0, OUTER(63, 4),
                        INNER}},
};

static enum packet_result decode_at(const struct sample *s, const uint8_t *b, size_t n,
        uint32_t wire_len, struct decoder *d, struct packet *p)
{
    struct frame f = {.number = 1, .link_type = s->link, .wire_len = wire_len, .data = {b, n}};
    return packet_decode(d, &f, p);
}

/* The packet that all of them carry, or its beginning. */
static bool is_inner(const struct packet *p)
{
    return p->transport == PACKET_TCP && p->src_port == 0xc000 && p->dst_port == 443 &&
           p->seq == 9 && p->payload.n <= 3 && p->payload_wire_len == 3 &&
           (p->payload.n == 0 || memcmp(p->payload.p, "abc", p->payload.n) == 0) &&
           p->src[15] == 1 && p->dst[15] == 2 && p->src[0] == (p->ip_version == 6 ? 0x20 : 0);
}

static void carried(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof SAMPLES / sizeof *SAMPLES; i++) {
        const struct sample *s = &SAMPLES[i];
        struct decoder *d = decoder_new();
        struct packet p;
        enum packet_result r = decode_at(s, s->b, s->n, (uint32_t)s->n, d, &p);
        if (r != PACKET_OK || !is_inner(&p) || p.payload.n != 3)
            fail_msg("%s: not the packet inside (%d)", s->name, (int)r);
        if (p.tunnel.kind != s->kind || p.tunnel.has_id != (s->id >= 0) ||
                (s->id >= 0 && p.tunnel.id != s->id))
            fail_msg("%s: tunnel %d:%u", s->name, p.tunnel.kind, p.tunnel.id);
        if (p.tunnels != s->tunnels || p.depth != s->depth || p.vlan != s->vlan || p.vlans != 0)
            fail_msg("%s: %d tunnels, depth %d, VLAN %d", s->name, p.tunnels, p.depth, p.vlan);
        assert_int_equal(decoder_counters(d)->ok, 1);
        decoder_free(d);
    }
}

/* Cut by the snap length: the beginning of the packet inside, the datagram around it where the cut
 * hides what it carries, or no packet; never another. */
static void cut_anywhere(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof SAMPLES / sizeof *SAMPLES; i++) {
        const struct sample *s = &SAMPLES[i];
        struct decoder *d = decoder_new();
        for (size_t n = 0; n < s->n; n++) {
            uint8_t *copy = test_malloc(n + 1);
            struct packet p;
            memcpy(copy, s->b, n);
            enum packet_result r = decode_at(s, copy, n, (uint32_t)s->n, d, &p);
            bool is_around = p.transport == PACKET_UDP && p.src_port == 0xc350;
            if (r != PACKET_TRUNCATED && (r != PACKET_OK || (!is_inner(&p) && !is_around)))
                fail_msg("%s: cut at %zu: %d", s->name, n, (int)r);
            test_free(copy);
        }
        decoder_free(d);
    }
}

static void put_u16(uint8_t *at, size_t v)
{
    at[0] = (uint8_t)(v >> 8);
    at[1] = (uint8_t)v;
}

/* The same as a whole datagram that ends there: what is missing was never sent. */
static void short_anywhere(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof SAMPLES / sizeof *SAMPLES; i++) {
        const struct sample *s = &SAMPLES[i];
        struct decoder *d = decoder_new();
        for (size_t n = 28; n < s->n && s->link == RAW && s->b[0] == 0x45; n++) {
            uint8_t *copy = test_malloc(n);
            struct packet p;
            memcpy(copy, s->b, n);
            put_u16(copy + 2, n);
            if (s->b[9] == PACKET_UDP)
                put_u16(copy + 24, n - 20);
            enum packet_result r = decode_at(s, copy, n, (uint32_t)n, d, &p);
            bool is_around = p.transport == PACKET_UDP && p.src_port == 0xc350;
            if (r == PACKET_OK && !is_inner(&p) && !is_around)
                fail_msg("%s: %zu bytes: %d", s->name, n, (int)r);
            test_free(copy);
        }
        decoder_free(d);
    }
}

/* What is no tunnel, or none that holds a packet. */
static void others(void **state)
{
    (void)state;
    static const struct {
        struct sample s;
        enum packet_result result;
        uint8_t transport;
        bool is_deep;
    } rows[] = {
            {{"five deep", RAW, 0, 0, 0, 0, 0, 143,
                     {OUTER(143, 4), OUTER(123, 4), OUTER(103, 4), OUTER(83, 4), OUTER(63, 4),
                             INNER}},
                    PACKET_OTHER, 0, true},
            {{"VXLAN five deep", RAW, 0, 0, 0, 0, 0, 173,
                     {OUTER(173, 4), OUTER(153, 4), OUTER(133, 4), OUTER(113, 4), OUTER(93, 17),
                             UDP(4789, 73), 8, 0, 0, 0, 0, 0, 1, 0, FRAME}},
                    PACKET_OTHER, 0, true},
            {{"Ethernet over MPLS five deep", ETHERNET, 0, 0, 0, 0, 0, 147,
                     {MAC, 0x88, 0x47, 0, 2, 0x11, 64, 0, 0, 0, 0, MAC, 0x88, 0x47, 0, 2, 0x11, 64,
                             0, 0, 0, 0, MAC, 0x88, 0x47, 0, 2, 0x11, 64, 0, 0, 0, 0, MAC, 0x88,
                             0x47, 0, 2, 0x11, 64, 0, 0, 0, 0, MAC, 0x88, 0x47, 0, 2, 0x11, 64,
                             INNER}},
                    PACKET_OTHER, 0, true},
            {{"protocol 4 around IPv6", RAW, 0, 0, 0, 0, 0, 83, {OUTER(83, 4), INNER6}},
                    PACKET_MALFORMED, 0, false},
            {{"protocol 41 around IPv4", RAW, 0, 0, 0, 0, 0, 63, {OUTER(63, 41), INNER}},
                    PACKET_MALFORMED, 0, false},
            {{"nothing inside", RAW, 0, 0, 0, 0, 0, 24, {OUTER(24, 47), GRE(0, 0x0800)}},
                    PACKET_MALFORMED, 0, false},
            {{"a packet inside that contradicts itself", RAW, 0, 0, 0, 0, 0, 63,
                     {OUTER(63, 4), 0x41, 0, 0, 43, 0, 1, 0, 0, 64, 6, 0, 0, 192, 0, 2, 1, 192, 0,
                             2, 2, TCP, 'a', 'b', 'c'}},
                    PACKET_MALFORMED, 0, false},
            {{"GRE with source routing", RAW, 0, 0, 0, 0, 0, 71,
                     {OUTER(71, 47), GRE(0x4000, 0x0800), 0, 0, 0, 0, INNER}},
                    PACKET_OTHER, 0, false},
            {{"GRE version 1 (RFC 2637)", RAW, 0, 0, 0, 0, 0, 75,
                     {OUTER(75, 47), GRE(0x2001, 0x880b), 0, 43, 0, 1, 0x21, INNER}},
                    PACKET_OTHER, 0, false},
            {{"GRE of ARP", RAW, 0, 0, 0, 0, 0, 67, {OUTER(67, 47), GRE(0, 0x0806), INNER}},
                    PACKET_OTHER, 0, false},
            {{"GRE says IPv6, holds IPv4", RAW, 0, 0, 0, 0, 0, 67,
                     {OUTER(67, 47), GRE(0, 0x86dd), INNER}},
                    PACKET_MALFORMED, 0, false},
            {{"ERSPAN II with the version of III", RAW, 0, 0, 0, 0, 0, 93,
                     {OUTER(93, 47), GRE(0x1000, 0x88be), 0, 0, 0, 7, 0x20, 1, 0, 2, 0, 0, 0, 3,
                             FRAME}},
                    PACKET_MALFORMED, 0, false},
            {{"ERSPAN III, another frame type", RAW, 0, 0, 0, 0, 0, 97,
                     {OUTER(97, 47), GRE(0x1000, 0x22eb), 0, 0, 0, 7, 0x20, 1, 0, 2, 0, 0, 0, 3, 0,
                             0, 4, 0, FRAME}},
                    PACKET_OTHER, 0, false},
            {{"VXLAN of ARP", RAW, 0, 0, 0, 0, 0, 93,
                     {OUTER(93, 17), UDP(4789, 73), 8, 0, 0, 0, 0, 0, 1, 0, MAC, 8, 6, INNER}},
                    PACKET_OTHER, 0, false},
            {{"VXLAN without a VNI", RAW, 0, 0, 0, 0, 0, 93,
                     {OUTER(93, 17), UDP(4789, 73), 0, 0, 0, 0, 0, 0, 1, 0, FRAME}},
                    PACKET_OK, PACKET_UDP, false},
            {{"VXLAN's port, other bytes", RAW, 0, 0, 0, 0, 0, 93,
                     {OUTER(93, 17), UDP(4789, 73), 9, 0, 0, 0, 0, 0, 1, 0, FRAME}},
                    PACKET_OK, PACKET_UDP, false},
            {{"VXLAN-GPE for management", RAW, 0, 0, 0, 0, 0, 79,
                     {OUTER(79, 17), UDP(4790, 59), 0x0d, 0, 0, 1, 0, 0, 1, 0, INNER}},
                    PACKET_OK, PACKET_UDP, false},
            {{"VXLAN-GPE of NSH", RAW, 0, 0, 0, 0, 0, 79,
                     {OUTER(79, 17), UDP(4790, 59), 0x0c, 0, 0, 4, 0, 0, 1, 0, INNER}},
                    PACKET_OTHER, 0, false},
            {{"Geneve for the end point", RAW, 0, 0, 0, 0, 0, 93,
                     {OUTER(93, 17), UDP(6081, 73), 0, 0x80, 0x65, 0x58, 0, 0, 1, 0, FRAME}},
                    PACKET_OK, PACKET_UDP, false},
            {{"Geneve, version 1", RAW, 0, 0, 0, 0, 0, 93,
                     {OUTER(93, 17), UDP(6081, 73), 0x40, 0, 0x65, 0x58, 0, 0, 1, 0, FRAME}},
                    PACKET_OK, PACKET_UDP, false},
            {{"Geneve, options longer than the datagram", RAW, 0, 0, 0, 0, 0, 93,
                     {OUTER(93, 17), UDP(6081, 73), 0x3f, 0, 0x65, 0x58, 0, 0, 1, 0, FRAME}},
                    PACKET_OK, PACKET_UDP, false},
            {{"GTP-U echo request", RAW, 0, 0, 0, 0, 0, 79,
                     {OUTER(79, 17), UDP(2152, 59), 0x32, 1, 0, 43, 0, 0, 0, 0, INNER}},
                    PACKET_OK, PACKET_UDP, false},
            {{"GTP-U, an extension header without a length", RAW, 0, 0, 0, 0, 0, 87,
                     {OUTER(87, 17), UDP(2152, 67), 0x34, 0xff, 0, 51, 0, 0, 0, 1, 0, 0, 0, 0x85, 0,
                             0, 9, 0, INNER}},
                    PACKET_MALFORMED, 0, false},
            {{"GTP-U, nine extension headers", RAW, 0, 0, 0, 0, 0, 119,
                     {OUTER(119, 17), UDP(2152, 99), 0x34, 0xff, 0, 83, 0, 0, 0, 1, 0, 0, 0, 0xc0,
                             1, 0, 0, 0xc0, 1, 0, 0, 0xc0, 1, 0, 0, 0xc0, 1, 0, 0, 0xc0, 1, 0, 0,
                             0xc0, 1, 0, 0, 0xc0, 1, 0, 0, 0xc0, 1, 0, 0, 0xc0, 1, 0, 0, 0, INNER}},
                    PACKET_MALFORMED, 0, false},
            {{"MPLS, an associated channel (RFC 5586)", ETHERNET, 0, 0, 0, 0, 0, 65,
                     {MAC, 0x88, 0x47, 0, 2, 0x11, 64, 0x10, 0, 0, 0x21, INNER}},
                    PACKET_OTHER, 0, false},
            {{"MPLS, a fragment (RFC 4623)", ETHERNET, 0, 0, 0, 0, 0, 79,
                     {MAC, 0x88, 0x47, 0, 2, 0x11, 64, 0, 0x80, 0, 5, FRAME}},
                    PACKET_OTHER, 0, false},
            {{"MPLS, the explicit null of the other version", ETHERNET, 0, 0, 0, 0, 0, 61,
                     {MAC, 0x88, 0x47, 0, 0, 0x21, 64, INNER}},
                    PACKET_MALFORMED, 0, false},
            {{"PPPoE discovery's code", ETHERNET, 0, 0, 0, 0, 0, 65,
                     {MAC, 0x88, 0x64, 0x11, 9, 0, 1, 0, 45, 0, 0x21, INNER}},
                    PACKET_MALFORMED, 0, false},
            {{"PPPoE, LCP", ETHERNET, 0, 0, 0, 0, 0, 65,
                     {MAC, 0x88, 0x64, 0x11, 0, 0, 1, 0, 45, 0xc0, 0x21, INNER}},
                    PACKET_OTHER, 0, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct sample *s = &rows[i].s;
        struct decoder *d = decoder_new();
        struct packet p;
        enum packet_result r = decode_at(s, s->b, s->n, (uint32_t)s->n, d, &p);
        const struct packet_counters *c = decoder_counters(d);
        if (r != rows[i].result || (r == PACKET_OK && p.transport != rows[i].transport))
            fail_msg("%s: %d", s->name, (int)r);
        if (c->too_deep != rows[i].is_deep || c->malformed != (r == PACKET_MALFORMED) ||
                c->other != (r == PACKET_OTHER))
            fail_msg("%s: counted wrong", s->name);
        if (r == PACKET_OK)
            assert_int_equal(p.tunnel.kind, TUNNEL_NONE);
        decoder_free(d);
    }
}

/* Frames with a service tag and a customer tag. */
static void vlan_keys(void **state)
{
    (void)state;
    struct sample s = {"QinQ", ETHERNET, 0, 0, 0, 0, 0, 65,
            {MAC, 0x88, 0xa8, 0, 100, 0x81, 0, 0, 7, 8, 0, INNER}};
    struct decoder *d = decoder_new();
    struct packet p;
    assert_int_equal(decode_at(&s, s.b, s.n, 65, d, &p), PACKET_OK);
    assert_int_equal(p.vlan, 100);
    assert_int_equal(p.vlans, 0);
    decoder_key_vlan(d, true);
    assert_int_equal(decode_at(&s, s.b, s.n, 65, d, &p), PACKET_OK);
    assert_int_equal(p.vlans, 100 | 7 << 12);
    s.b[15] = 0; /* a priority alone is no VLAN */
    assert_int_equal(decode_at(&s, s.b, s.n, 65, d, &p), PACKET_OK);
    assert_int_equal(p.vlan, 7);
    assert_int_equal(p.vlans, 7);
    decoder_free(d);
}

/* Fragments of the same datagram in two VLANs. */
static void vlan_fragments(void **state)
{
    (void)state;
    static const struct sample first = {"first half", ETHERNET, 0, 0, 0, 0, 0, 54,
            {MAC, 0x81, 0, 0, 5, 8, 0, 0x45, 0, 0, 36, 0, 1, 0x20, 0, 64, 6, 0, 0, 192, 0, 2, 1,
                    192, 0, 2, 2, 0xc0, 0, 1, 0xbb, 0, 0, 0, 9, 0, 0, 0, 7, 0x50, 0x18, 1, 0}};
    static const struct sample second = {"second half", ETHERNET, 0, 0, 0, 0, 0, 45,
            {MAC, 0x81, 0, 0, 6, 8, 0, 0x45, 0, 0, 27, 0, 1, 0, 2, 64, 6, 0, 0, 192, 0, 2, 1, 192,
                    0, 2, 2, 0, 0, 0, 0, 'a', 'b', 'c'}};
    for (int is_key = 0; is_key < 2; is_key++) {
        struct decoder *d = decoder_new();
        struct packet p;
        decoder_key_vlan(d, is_key);
        assert_int_equal(decode_at(&first, first.b, first.n, 54, d, &p), PACKET_FRAGMENT);
        assert_int_equal(decode_at(&second, second.b, second.n, 45, d, &p),
                is_key ? PACKET_FRAGMENT : PACKET_OK);
        decoder_free(d);
    }
}

/* A packet in fragments inside a tunnel packet in fragments: both were put together, and what is
 * said of them can be read. */
static void fragments_in_fragments(void **state)
{
    (void)state;
    static const uint8_t inner[2][36] = {
            {0x45, 0, 0, 36, 0, 1, 0x20, 0, 64, 6, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2, 0xc0, 0, 1,
                    0xbb, 0, 0, 0, 9, 0, 0, 0, 7, 0x50, 0x18, 1, 0},
            {0x45, 0, 0, 27, 0, 1, 0, 2, 64, 6, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2, 0, 0, 0, 0, 'a',
                    'b', 'c'}};
    static const size_t len[2] = {36, 27};
    struct decoder *d = decoder_new();
    struct packet p;
    enum packet_result r = PACKET_OTHER;
    for (int i = 0; i < 2; i++) {
        for (int part = 0; part < 2; part++) {
            size_t from = part == 0 ? 0 : 16;
            size_t n = part == 0 ? 16 : len[i] - 16;
            struct sample s = {"", RAW, 0, 0, 0, 0, 0, 0, {OUTER(0, 4)}};
            s.b[3] = (uint8_t)(20 + n);
            s.b[5] = (uint8_t)(1 + i);
            put_u16(s.b + 6, part == 0 ? 0x2000 : 2);
            memcpy(s.b + 20, inner[i] + from, n);
            r = decode_at(&s, s.b, 20 + n, (uint32_t)(20 + n), d, &p);
        }
    }
    assert_int_equal(r, PACKET_OK);
    assert_true(is_inner(&p));
    assert_int_equal(p.ip.n, 27);
    assert_memory_equal(p.ip.p, inner[1], 27);
    decoder_free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(carried), cmocka_unit_test(cut_anywhere),
            cmocka_unit_test(short_anywhere), cmocka_unit_test(others), cmocka_unit_test(vlan_keys),
            cmocka_unit_test(vlan_fragments), cmocka_unit_test(fragments_in_fragments)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
