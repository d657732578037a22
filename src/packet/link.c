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
    LABELS_MOST = 8,
    ETHERTYPE_CMD = 0x8909,
};

static bool is_tag(uint16_t type)
{
    return type == 0x8100 || type == 0x88a8 || type == 0x9100 || type == 0x9200;
}

/* Skips 802.1Q and QinQ tags; gives the type behind them. */
static uint16_t skip_tags(struct cur *c, uint16_t type, struct packet *out)
{
    for (int i = 0; i < TAGS_MOST && is_tag(type); i++) {
        uint16_t tag = cur_u16(c);
        if (out->vlan == 0)
            out->vlan = tag & 0x0fff;
        type = cur_u16(c);
    }
    if (type ==
            ETHERTYPE_CMD) { /* Cisco MetaData with a security group tag: 6 bytes, then the type */
        cur_skip(c, 6);
        type = cur_u16(c);
    }
    return type;
}

/* Behind the last label: IP, or Ethernet (RFC 4448) with or without a control word. */
static enum packet_result mpls(struct cur *c, struct packet *out)
{
    bool is_last = false;
    for (int i = 0; i < LABELS_MOST && !is_last; i++)
        is_last = (cur_u32(c) & 0x100) != 0;
    if (!cur_more(c))
        return PACKET_TRUNCATED;
    if (!is_last)
        return PACKET_OTHER;
    unsigned first = cur_peek_u8(c, 0) >> 4;
    if (first == 4 || first == 6)
        return PACKET_OK;
    if (first == 0)
        cur_skip(c, 4);
    return ethernet_strip(c, out);
}

static enum packet_result by_type(struct cur *c, uint16_t type, struct packet *out)
{
    type = skip_tags(c, type, out);
    if (type == 0x8847 || type == 0x8848) /* MPLS (RFC 3032) */
        return mpls(c, out);
    if (type == 0x8864) { /* PPPoE session (RFC 2516) */
        cur_skip(c, 6);
        uint16_t protocol = cur_u16(c);
        type = protocol == 0x0021 ? ETHERTYPE_IPV4 : protocol == 0x0057 ? ETHERTYPE_IPV6 : 0;
    }
    if (!cur_ok(c))
        return PACKET_TRUNCATED;
    return type == ETHERTYPE_IPV4 || type == ETHERTYPE_IPV6 ? PACKET_OK : PACKET_OTHER;
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

static enum packet_result ppp(struct cur *c)
{
    if (cur_peek_u8(c, 0) == 0xff)
        cur_skip(c, 2); /* HDLC-like framing (RFC 1662) */
    uint16_t protocol = cur_peek_u8(c, 0) & 1 ? cur_u8(c) : cur_u16(c);
    if (!cur_ok(c))
        return PACKET_TRUNCATED;
    return protocol == 0x0021 || protocol == 0x0057 ? PACKET_OK : PACKET_OTHER;
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
        return ppp(c);
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
