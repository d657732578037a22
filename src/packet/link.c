/* Link layers by LINKTYPE_ value (tcpdump.org/linktypes.html) down to the IP header. */
#include "packet/packet_internal.h"

enum {
    LINK_NULL = 0,
    LINK_ETHERNET = 1,
    LINK_PPP = 9,
    LINK_RAW_OLD = 12,
    LINK_RAW_BSD = 14,
    LINK_PPP_HDLC = 50,
    LINK_RAW = 101,
    LINK_LOOP = 108,
    LINK_SLL = 113,
    LINK_IPV4 = 228,
    LINK_IPV6 = 229,
    LINK_SLL2 = 276,
    TAGS_MOST = 4,
    ETHERTYPE_CMD = 0x8909,
};
enum { PPP_IPV4 = 0x0021, PPP_IPV6 = 0x0057, PPP_MPLS = 0x0281 };

static bool is_tag(uint16_t type)
{
    return type == 0x8100 || type == 0x88a8 || type == 0x9100 || type == 0x9200;
}

/* Skips 802.1Q and QinQ tags; gives the type behind them. */
static uint16_t skip_tags(struct cur *c, uint16_t type, struct packet *out)
{
    for (int i = 0; i < TAGS_MOST && is_tag(type); i++) {
        packet_add_vlan(out, cur_u16(c) & 0x0fff);
        type = cur_u16(c);
    }
    if (type ==
            ETHERTYPE_CMD) { /* Cisco MetaData with a security group tag: 6 bytes, then the type */
        cur_skip(c, 6);
        type = cur_u16(c);
    }
    return type;
}

/* PPPoE in its session stage (RFC 2516 4): what is bridged before that carries no IP. */
static enum packet_result pppoe(struct cur *c, struct packet *out)
{
    uint8_t version_type = cur_u8(c);
    uint8_t code = cur_u8(c);
    uint16_t session = cur_u16(c);
    size_t len = cur_u16(c);
    if (!cur_ok(c))
        return PACKET_TRUNCATED;
    if (version_type != 0x11 || code != 0 || len < 2)
        return PACKET_MALFORMED;
    if (c->n > len) /* Ethernet padding */
        c->n = len;
    uint16_t protocol = cur_u16(c);
    if (!cur_ok(c))
        return PACKET_TRUNCATED;
    if (!packet_enter(out))
        return PACKET_OTHER;
    packet_set_tunnel_id(out, TUNNEL_PPPOE, session);
    if (protocol == PPP_MPLS)
        return mpls_strip(c, out);
    return protocol == PPP_IPV4 || protocol == PPP_IPV6 ? PACKET_OK : PACKET_OTHER;
}

static enum packet_result by_type(struct cur *c, uint16_t type, struct packet *out)
{
    type = skip_tags(c, type, out);
    if (!cur_ok(c))
        return PACKET_TRUNCATED;
    switch (type) {
    case ETHERTYPE_IPV4:
    case ETHERTYPE_IPV6:
        return PACKET_OK;
    case ETHERTYPE_MPLS:
    case ETHERTYPE_MPLS_UPSTREAM:
        return mpls_strip(c, out);
    case ETHERTYPE_PPPOE:
        return pppoe(c, out);
    default:
        return PACKET_OTHER;
    }
}

enum packet_result ethernet_strip(struct cur *c, struct packet *out)
{
    cur_skip(c, 12);
    uint16_t type = skip_tags(c, cur_u16(c), out);
    /* 802.3: a length; LLC with SNAP may still carry IP. */
    if (type < 0x0600) {
        if (cur_u24(c) != 0xaaaa03)
            return cur_ok(c) ? PACKET_OTHER : PACKET_TRUNCATED;
        cur_skip(c, 3);
        type = cur_u16(c);
    }
    return by_type(c, type, out);
}

static enum packet_result ppp(struct cur *c, struct packet *out)
{
    if (cur_peek_u8(c, 0) == 0xff)
        cur_skip(c, 2); /* HDLC-like framing (RFC 1662) */
    uint16_t protocol = cur_peek_u8(c, 0) & 1 ? cur_u8(c) : cur_u16(c);
    if (!cur_ok(c))
        return PACKET_TRUNCATED;
    if (protocol == PPP_MPLS)
        return mpls_strip(c, out);
    return protocol == PPP_IPV4 || protocol == PPP_IPV6 ? PACKET_OK : PACKET_OTHER;
}

/* Cooked: the protocol is in the header; loopback and tunnels put an Ethernet type there too. */
static enum packet_result cooked(struct cur *c, bool is_v2, struct packet *out)
{
    if (is_v2) {
        uint16_t type = cur_u16(c);
        cur_skip(c, 18);
        return by_type(c, type, out);
    }
    cur_skip(c, 14);
    return by_type(c, cur_u16(c), out);
}

enum packet_result link_strip(const struct frame *frame, struct cur *c, struct packet *out)
{
    switch (frame->link_type) {
    case LINK_ETHERNET:
        return ethernet_strip(c, out);
    case LINK_PPP:
    case LINK_PPP_HDLC:
        return ppp(c, out);
    case LINK_NULL:
    case LINK_LOOP:
        cur_skip(c, 4); /* an address family whose numbers differ by system: the IP version tells */
        return PACKET_OK;
    case LINK_RAW:
    case LINK_RAW_OLD:
    case LINK_RAW_BSD:
    case LINK_IPV4:
    case LINK_IPV6:
        return PACKET_OK;
    case LINK_SLL:
        return cooked(c, false, out);
    case LINK_SLL2:
        return cooked(c, true, out);
    default:
        return PACKET_UNSUPPORTED;
    }
}
