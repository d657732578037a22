/*
 * What carries a whole packet inside another one: IP in IP (RFC 2003, 2473), IPv6 in IP (RFC 4213),
 * GRE (RFC 2784, 2890) with NVGRE (RFC 7637) and ERSPAN (draft-foschiano-erspan-03), MPLS in IP
 * (RFC 4023), VXLAN (RFC 7348) with group policy
 * (draft-smith-vxlan-group-policy-05) and GPE (draft-ietf-nvo3-vxlan-gpe-13), Geneve (RFC 8926),
 * GTP-U (3GPP TS 29.281), CAPWAP data (RFC 5415), Teredo (RFC 4380). A port alone proves nothing:
 * the header behind it must fit.
 */
#include "packet/packet_internal.h"

enum {
    PROTOCOL_IPIP = 4,
    PROTOCOL_IPV6 = 41,
    PROTOCOL_GRE = 47,
    PROTOCOL_MPLS = 137,
    TYPE_TRANSPARENT_ETHERNET = 0x6558,
    TYPE_ERSPAN_I_II = 0x88be,
    TYPE_ERSPAN_III = 0x22eb,
    GTP_HEADERS_MOST = 8,
};

static enum carried version_is(const struct cur *c, unsigned version)
{
    bool is_known = cur_more(c); /* the snap length may have cut it off */
    return !is_known || cur_peek_u8(c, 0) >> 4 == version ? CARRIED_IP : CARRIED_BAD;
}

static enum carried by_ethertype(const struct cur *c, uint16_t type)
{
    switch (type) {
    case TYPE_TRANSPARENT_ETHERNET:
        return CARRIED_ETHERNET;
    case ETHERTYPE_IPV4:
        return version_is(c, 4);
    case ETHERTYPE_IPV6:
        return version_is(c, 6);
    case ETHERTYPE_MPLS:
    case ETHERTYPE_MPLS_UPSTREAM:
        return CARRIED_MPLS;
    default:
        return CARRIED_OTHER;
    }
}

/* What the mirror took out of the frame: its 802.1Q tag, when En says so. */
static void erspan_vlan(uint32_t word, struct packet *inner)
{
    if ((word >> 11 & 3) == 2)
        packet_add_vlan(inner, word >> 16 & 0x0fff);
}

/* draft-foschiano-erspan-03 4.1, 4.2: type I has neither a sequence number nor a header. */
static enum carried erspan_i_ii(struct cur *c, bool has_sequence, struct packet *inner)
{
    packet_set_tunnel(inner, TUNNEL_ERSPAN);
    if (!has_sequence)
        return CARRIED_ETHERNET;
    uint32_t word = cur_u32(c);
    cur_skip(c, 4);
    if (word >> 28 != 1)
        return CARRIED_BAD;
    packet_set_tunnel_id(inner, TUNNEL_ERSPAN, word & 0x03ff);
    erspan_vlan(word, inner);
    return CARRIED_ETHERNET;
}

/* The same, 4.3: O announces a platform-specific subheader; frame type 0 is Ethernet, 2 IP. */
static enum carried erspan_iii(struct cur *c, struct packet *inner)
{
    uint32_t word = cur_u32(c);
    cur_skip(c, 6);
    uint16_t rest = cur_u16(c);
    cur_skip(c, (rest & 1) != 0 ? 8 : 0);
    if (word >> 28 != 2)
        return CARRIED_BAD;
    packet_set_tunnel_id(inner, TUNNEL_ERSPAN, word & 0x03ff);
    erspan_vlan(word, inner);
    unsigned type = rest >> 10 & 0x1f;
    return type == 0 ? CARRIED_ETHERNET : type == 2 ? CARRIED_IP : CARRIED_OTHER;
}

/* RFC 7637 3.2: a key and nothing else; subnets below 0x1000 are reserved, so such a key is none of
 * NVGRE. */
static void gre_key(uint16_t flags, uint16_t type, uint32_t key, struct packet *inner)
{
    bool is_nvgre =
            (flags & 0xb000) == 0x2000 && type == TYPE_TRANSPARENT_ETHERNET && key >> 8 >= 0x1000;
    if (is_nvgre)
        packet_set_tunnel_id(inner, TUNNEL_NVGRE, key >> 8);
    else
        packet_set_tunnel_id(inner, TUNNEL_GRE, key);
}

static enum carried gre(struct cur *c, struct packet *inner)
{
    uint16_t flags = cur_u16(c);
    uint16_t type = cur_u16(c);
    bool has_key = (flags & 0x2000) != 0;
    bool has_sequence = (flags & 0x1000) != 0;
    /* Source routing and RFC 1701's recursion control (RFC 2784 2.3 has these discarded), or a
     * version other than 0 (PPTP). */
    if ((flags & 0x4c07) != 0)
        return CARRIED_NONE;
    cur_skip(c, (flags & 0x8000) != 0 ? 4 : 0);
    uint32_t key = has_key ? cur_u32(c) : 0;
    cur_skip(c, has_sequence ? 4 : 0);
    if (!cur_ok(c))
        return CARRIED_BAD;
    if (type == TYPE_ERSPAN_I_II)
        return erspan_i_ii(c, has_sequence, inner);
    if (type == TYPE_ERSPAN_III)
        return erspan_iii(c, inner);
    packet_set_tunnel(inner, TUNNEL_GRE);
    if (has_key)
        gre_key(flags, type, key, inner);
    return by_ethertype(c, type);
}

/* The flags of group policy say that some of what RFC 7348 5 reserves is in use. */
static enum carried vxlan(struct cur *c, struct packet *inner)
{
    uint8_t flags = cur_u8(c);
    uint32_t reserved = cur_u24(c);
    uint32_t vni = cur_u24(c);
    uint8_t last = cur_u8(c);
    bool is_plain = flags == 0x08 && reserved == 0;
    bool has_policy = flags == 0x88 && (reserved >> 16 & ~0x48U) == 0;
    if ((!is_plain && !has_policy) || last != 0)
        return CARRIED_NONE;
    packet_set_tunnel_id(inner, TUNNEL_VXLAN, vni);
    return CARRIED_ETHERNET;
}

static enum carried vxlan_gpe(struct cur *c, struct packet *inner)
{
    uint8_t flags = cur_u8(c);
    uint16_t reserved = cur_u16(c);
    uint8_t next = cur_u8(c);
    uint32_t vni = cur_u24(c);
    uint8_t last = cur_u8(c);
    bool has_next = (flags & 0x04) != 0;
    /* No version but 0, a VNI, no management; B is of no interest. */
    if ((flags & 0xf9) != 0x08 || reserved != 0 || last != 0)
        return CARRIED_NONE;
    packet_set_tunnel_id(inner, TUNNEL_VXLAN_GPE, vni);
    switch (has_next ? next : 3) {
    case 1:
        return version_is(c, 4);
    case 2:
        return version_is(c, 6);
    case 3:
        return CARRIED_ETHERNET;
    case 5:
        return CARRIED_MPLS;
    default:
        return CARRIED_OTHER;
    }
}

/* RFC 8926 3.4: what O marks is for the end point itself. */
static enum carried geneve(struct cur *c, struct packet *inner)
{
    uint8_t first = cur_u8(c);
    bool is_control = (cur_u8(c) & 0x80) != 0;
    uint16_t type = cur_u16(c);
    uint32_t vni = cur_u24(c);
    cur_skip(c, 1 + (size_t)(first & 0x3f) * 4);
    if ((first & 0xc0) != 0 || is_control)
        return CARRIED_NONE;
    packet_set_tunnel_id(inner, TUNNEL_GENEVE, vni);
    enum carried carried = by_ethertype(c, type);
    return carried == CARRIED_OTHER ? CARRIED_NONE : carried;
}

/* TS 29.281 5.2: extension headers say their length in words of four bytes and end with the type of
 * the next one. */
static bool gtp_extensions(struct cur *c, bool has_any)
{
    cur_skip(c, 3);
    uint8_t next = cur_u8(c);
    if (!has_any)
        return cur_ok(c);
    for (int i = 0; i < GTP_HEADERS_MOST && next != 0 && cur_ok(c); i++) {
        size_t words = cur_u8(c);
        if (words == 0)
            return false;
        cur_skip(c, words * 4 - 2);
        next = cur_u8(c);
    }
    return next == 0;
}

/* The same, 5.1: version 1, GTP and not GTP'; what a session carries was agreed elsewhere. */
static enum carried gtp_u(struct cur *c, struct packet *inner)
{
    uint8_t flags = cur_u8(c);
    uint8_t message = cur_u8(c);
    size_t len = cur_u16(c);
    uint32_t session = cur_u32(c);
    if ((flags & 0xf0) != 0x30 || message != 0xff || len < 20)
        return CARRIED_NONE;
    if (c->n > len)
        c->n = len;
    if ((flags & 7) != 0 && !gtp_extensions(c, (flags & 4) != 0))
        return CARRIED_BAD;
    packet_set_tunnel_id(inner, TUNNEL_GTP_U, session);
    switch (link_guess(c)) {
    case GUESS_IP:
        return CARRIED_IP;
    case GUESS_ETHERNET:
        return CARRIED_ETHERNET;
    case GUESS_NEITHER:
        break;
    }
    return CARRIED_OTHER;
}

/* IEEE 802.11 data frame, then LLC with SNAP: CAPWAP in its native form. */
static enum carried wlan(struct cur *c)
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
        return CARRIED_NONE;
    cur_skip(c, 22);
    cur_skip(c, (flags & 3) == 3 ? 6 : 0);   /* fourth address */
    cur_skip(c, (type & 0x80) != 0 ? 2 : 0); /* quality of service */
    uint32_t llc = cur_u24(c);
    uint32_t oui = cur_u24(c);
    if (llc != 0xaaaa03 || oui != 0)
        return CARRIED_NONE;
    return by_ethertype(c, cur_u16(c));
}

static enum carried capwap(struct cur *c, struct packet *inner)
{
    struct cur start = *c;
    uint8_t preamble = cur_u8(c);
    size_t words = cur_u8(c) >> 3;
    uint16_t rest = cur_u16(c);
    bool is_native = (rest & 0x0100) != 0;
    bool is_fragment = (rest & 0x0080) != 0;
    if (preamble != 0 || words < 2 || is_fragment ||
            (rest & 0x0008) != 0) /* encrypted, keep-alive */
        return CARRIED_NONE;
    *c = start;
    cur_skip(c, words * 4);
    packet_set_tunnel(inner, TUNNEL_CAPWAP);
    return is_native ? wlan(c) : CARRIED_ETHERNET;
}

static enum carried teredo(struct cur *c, struct packet *inner)
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
    if (word >> 28 != 6 || len + 40U != c->n)
        return CARRIED_NONE;
    packet_set_tunnel(inner, TUNNEL_TEREDO);
    return CARRIED_IP;
}

static enum carried in_udp(uint16_t port, struct cur *c, struct packet *inner)
{
    switch (port) {
    case TUNNEL_PORT_GTP_U:
        return gtp_u(c, inner);
    case TUNNEL_PORT_TEREDO:
        return teredo(c, inner);
    case TUNNEL_PORT_VXLAN:
    case TUNNEL_PORT_VXLAN_LINUX:
        return vxlan(c, inner);
    case TUNNEL_PORT_VXLAN_GPE:
        return vxlan_gpe(c, inner);
    case TUNNEL_PORT_CAPWAP_DATA:
        return capwap(c, inner);
    case TUNNEL_PORT_GENEVE:
        return geneve(c, inner);
    default:
        return CARRIED_NONE;
    }
}

/* RFC 2003 3.1, RFC 4213 3.5, RFC 2473 3: the protocol number says which version is inside. */
static enum carried in_ip(
        uint8_t protocol, const struct packet *outer, struct cur *c, struct packet *inner)
{
    bool is_6 = protocol == PROTOCOL_IPV6;
    if (outer->ip_version == 4)
        packet_set_tunnel(inner, is_6 ? TUNNEL_6IN4 : TUNNEL_IPIP);
    else
        packet_set_tunnel(inner, is_6 ? TUNNEL_6IN6 : TUNNEL_4IN6);
    return version_is(c, is_6 ? 6 : 4);
}

enum carried tunnel_strip(
        uint8_t protocol, const struct packet *outer, struct cur *c, struct packet *inner)
{
    enum carried carried;
    switch (protocol) {
    case PROTOCOL_IPIP:
    case PROTOCOL_IPV6:
        return in_ip(protocol, outer, c, inner);
    case PROTOCOL_GRE:
        return gre(c, inner);
    case PROTOCOL_MPLS:
        return CARRIED_MPLS;
    case PACKET_UDP:
        break;
    default:
        return CARRIED_NONE;
    }
    carried = in_udp(outer->dst_port, c, inner);
    /* CAPWAP and Teredo answer from their port. */
    if (carried == CARRIED_NONE &&
            (outer->src_port == TUNNEL_PORT_CAPWAP_DATA || outer->src_port == TUNNEL_PORT_TEREDO)) {
        *c = cur_of(outer->payload);
        carried = in_udp(outer->src_port, c, inner);
    }
    return cur_ok(c) ? carried : CARRIED_NONE; /* too short: another protocol's */
}
