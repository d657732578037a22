/*
 * What carries a whole packet inside another one: IP in IP (RFC 2003), IPv6 in IP (RFC 4213), GRE
 * (RFC 2784, 2890) with ERSPAN, VXLAN (RFC 7348), Geneve (RFC 8926), GTP-U (3GPP TS 29.281), CAPWAP
 * data (RFC 5415), Teredo (RFC 4380). A port alone proves nothing: the header behind it must fit.
 */
#include "packet/packet_internal.h"

enum {
    PROTOCOL_IPIP = 4,
    PROTOCOL_IPV6 = 41,
    PROTOCOL_GRE = 47,
    PORT_GTP_U = 2152,
    PORT_TEREDO = 3544,
    PORT_VXLAN = 4789,
    PORT_CAPWAP_DATA = 5247,
    PORT_GENEVE = 6081,
    PORT_VXLAN_LINUX = 8472,
    TYPE_TRANSPARENT_ETHERNET = 0x6558,
    TYPE_ERSPAN_I_II = 0x88be,
    TYPE_ERSPAN_III = 0x22eb,
    GTP_HEADERS_MOST = 8,
};

static enum tunnel inner_ip(const struct cur *c)
{
    unsigned version = cur_peek_u8(c, 0) >> 4;
    return version == 4 || version == 6 ? TUNNEL_IP : TUNNEL_NONE;
}

static enum tunnel by_ethertype(const struct cur *c, uint16_t type)
{
    if (type == TYPE_TRANSPARENT_ETHERNET)
        return TUNNEL_ETHERNET;
    return type == ETHERTYPE_IPV4 || type == ETHERTYPE_IPV6 ? inner_ip(c) : TUNNEL_NONE;
}

static enum tunnel gre(struct cur *c)
{
    uint16_t flags = cur_u16(c);
    uint16_t type = cur_u16(c);
    bool has_sequence = (flags & 0x1000) != 0;
    if ((flags & 0x4007) != 0) /* source routing, or version 1 (PPTP) */
        return TUNNEL_NONE;
    cur_skip(c, ((flags & 0x8000) != 0 ? 4U : 0) + ((flags & 0x2000) != 0 ? 4U : 0) +
                        (has_sequence ? 4U : 0));
    if (type == TYPE_ERSPAN_I_II) { /* type I has neither a sequence number nor a header */
        cur_skip(c, has_sequence ? 8 : 0);
        return TUNNEL_ETHERNET;
    }
    if (type == TYPE_ERSPAN_III) {
        cur_skip(c, 11);
        cur_skip(c, (cur_u8(c) & 1) != 0 ? 8 : 0); /* O: a platform-specific subheader */
        return TUNNEL_ETHERNET;
    }
    return by_ethertype(c, type);
}

static enum tunnel vxlan(struct cur *c)
{
    uint8_t flags = cur_u8(c);
    uint32_t reserved = cur_u24(c);
    cur_skip(c, 3);
    uint8_t last = cur_u8(c);
    return flags == 0x08 && reserved == 0 && last == 0 ? TUNNEL_ETHERNET : TUNNEL_NONE;
}

static enum tunnel geneve(struct cur *c)
{
    uint8_t first = cur_u8(c);
    cur_skip(c, 1);
    uint16_t type = cur_u16(c);
    cur_skip(c, 3);
    uint8_t last = cur_u8(c);
    cur_skip(c, (size_t)(first & 0x3f) * 4);
    return (first & 0xc0) == 0 && last == 0 ? by_ethertype(c, type) : TUNNEL_NONE;
}

static enum tunnel gtp_u(struct cur *c)
{
    uint8_t flags = cur_u8(c);
    uint8_t message = cur_u8(c);
    size_t len = cur_u16(c);
    cur_skip(c, 4);
    if ((flags & 0xf0) != 0x30 || message != 0xff || len < 20)
        return TUNNEL_NONE;
    if ((flags & 7) == 0)
        return inner_ip(c);
    cur_skip(c, 3);
    uint8_t next = cur_u8(c);
    for (int i = 0; i < GTP_HEADERS_MOST && (flags & 4) != 0 && next != 0; i++) {
        size_t words = cur_u8(c);
        if (words == 0)
            return TUNNEL_NONE;
        cur_skip(c, words * 4 - 2);
        next = cur_u8(c);
    }
    return inner_ip(c);
}

/* IEEE 802.11 data frame, then LLC with SNAP: CAPWAP in its native form. */
static enum tunnel wlan(struct cur *c)
{
    /* The frame control field stands swapped in what access points send (RFC 5415 4.3 says only
     * "native"), so both orders are tried. */
    uint8_t first = cur_u8(c);
    uint8_t second = cur_u8(c);
    bool is_data = (first & 0x0c) == 0x08;
    bool is_swapped = !is_data && (second & 0x0c) == 0x08;
    uint8_t type = is_swapped ? second : first;
    uint8_t flags = is_swapped ? first : second;
    if ((!is_data && !is_swapped) || (flags & 0x40) != 0) /* not data, or encrypted */
        return TUNNEL_NONE;
    cur_skip(c, 22);
    cur_skip(c, (flags & 3) == 3 ? 6 : 0);   /* fourth address */
    cur_skip(c, (type & 0x80) != 0 ? 2 : 0); /* quality of service */
    uint32_t llc = cur_u24(c);
    uint32_t oui = cur_u24(c);
    if (llc != 0xaaaa03 || oui != 0)
        return TUNNEL_NONE;
    return by_ethertype(c, cur_u16(c));
}

static enum tunnel capwap(struct cur *c)
{
    struct cur start = *c;
    uint8_t preamble = cur_u8(c);
    size_t words = cur_u8(c) >> 3;
    uint16_t rest = cur_u16(c);
    bool is_native = (rest & 0x0100) != 0;
    bool is_fragment = (rest & 0x0080) != 0;
    if (preamble != 0 || words < 2 || is_fragment ||
            (rest & 0x0008) != 0) /* encrypted, keep-alive */
        return TUNNEL_NONE;
    *c = start;
    cur_skip(c, words * 4);
    return is_native ? wlan(c) : TUNNEL_ETHERNET;
}

static enum tunnel teredo(struct cur *c)
{
    if (cur_peek_u8(c, 0) == 0 && cur_peek_u8(c, 1) == 1) { /* authentication */
        cur_skip(c, 2);
        size_t ids = (size_t)cur_u8(c);
        ids += cur_u8(c);
        cur_skip(c, ids + 9);
    }
    if (cur_peek_u8(c, 0) == 0 && cur_peek_u8(c, 1) == 0) /* origin indication */
        cur_skip(c, 8);
    struct cur head = *c;
    uint32_t word = cur_u32(&head);
    uint16_t len = cur_u16(&head);
    return word >> 28 == 6 && len + 40U == c->n ? TUNNEL_IP : TUNNEL_NONE;
}

static enum tunnel in_udp(uint16_t port, struct cur *c)
{
    switch (port) {
    case PORT_GTP_U:
        return gtp_u(c);
    case PORT_TEREDO:
        return teredo(c);
    case PORT_VXLAN:
    case PORT_VXLAN_LINUX:
        return vxlan(c);
    case PORT_CAPWAP_DATA:
        return capwap(c);
    case PORT_GENEVE:
        return geneve(c);
    default:
        return TUNNEL_NONE;
    }
}

enum tunnel tunnel_strip(uint8_t protocol, const struct packet *outer, struct cur *c)
{
    enum tunnel t = TUNNEL_NONE;
    if (protocol == PROTOCOL_IPIP || protocol == PROTOCOL_IPV6)
        t = inner_ip(c);
    else if (protocol == PROTOCOL_GRE)
        t = gre(c);
    else if (protocol == PACKET_UDP)
        t = in_udp(outer->dst_port, c);
    /* CAPWAP and Teredo answer from their port. */
    if (t == TUNNEL_NONE && protocol == PACKET_UDP &&
            (outer->src_port == PORT_CAPWAP_DATA || outer->src_port == PORT_TEREDO)) {
        *c = cur_of(outer->payload);
        t = in_udp(outer->src_port, c);
    }
    return cur_ok(c) && cur_more(c) ? t : TUNNEL_NONE;
}
