/*
 * MPLS (RFC 3032). Nothing says what stands behind the last label: IP, or Ethernet (RFC 4448), with
 * a control word (RFC 4385) or without.
 */
#include "packet/packet_internal.h"

enum {
    LABELS_MOST = 16,
    LABEL_IPV4_NULL = 0,
    LABEL_IPV6_NULL = 2,
    LABEL_ENTROPY = 7,    /* RFC 6790: the next one is a hash */
    LABEL_EXTENSION = 15, /* RFC 7274: the next one is a special one */
    LABEL_SPECIAL_MOST = 15,
    TYPE_AT = 12, /* in an Ethernet frame */
    CONTROL_WORD = 4,
};

static uint16_t peek_u16(const struct cur *c, size_t at)
{
    return (uint16_t)((unsigned)cur_peek_u8(c, at) << 8 | cur_peek_u8(c, at + 1));
}

/* Whether what is there may be an Ethernet frame that carries IP. */
static bool is_ethernet(const struct cur *c)
{
    size_t at = TYPE_AT;
    uint16_t type = peek_u16(c, at);
    for (int i = 0; i < 2 && (type == 0x8100 || type == 0x88a8); i++)
        type = peek_u16(c, at += 4);
    at += 2;
    bool has_version = at < c->n;
    unsigned version = cur_peek_u8(c, at) >> 4;
    if (at > c->n) /* the type itself is cut off */
        return true;
    return (type == ETHERTYPE_IPV4 && (version == 4 || !has_version)) ||
           (type == ETHERTYPE_IPV6 && (version == 6 || !has_version)) ||
           (type == ETHERTYPE_PPPOE && peek_u16(c, at) == 0x1100);
}

/* RFC 791 3.1: the sum over the header is all ones. */
static bool is_checksum_right(const struct cur *c)
{
    uint32_t sum = 0;
    size_t len = (size_t)(cur_peek_u8(c, 0) & 15) * 4;
    for (size_t at = 0; at < len; at += 2)
        sum += peek_u16(c, at);
    while (sum > 0xffff)
        sum = (sum >> 16) + (sum & 0xffff);
    return len >= 20 && len <= c->n && sum == 0xffff;
}

/* A MAC address may begin with 4 or 6 as well (RFC 4928 3). */
enum guess link_guess(const struct cur *c)
{
    unsigned first = cur_peek_u8(c, 0) >> 4;
    bool is_frame = is_ethernet(c);
    if ((first == 4 && c->n < 20) || (first == 6 && c->n < 40)) /* cut off, whatever it was */
        return GUESS_IP;
    if (first == 4 && (!is_frame || is_checksum_right(c)))
        return GUESS_IP;
    if (is_frame)
        return GUESS_ETHERNET;
    return first == 6 ? GUESS_IP : GUESS_NEITHER;
}

/* RFC 4385 3, RFC 4448 4.6: no flags, no fragment, a length below 64. */
static bool is_control_word(const struct cur *c)
{
    return cur_peek_u8(c, 0) == 0 && cur_peek_u8(c, 1) < 64;
}

static enum packet_result behind_labels(struct cur *c, uint32_t last, struct packet *out)
{
    unsigned version = cur_peek_u8(c, 0) >> 4;
    if (last == LABEL_IPV4_NULL || last == LABEL_IPV6_NULL)
        return version == (last == LABEL_IPV4_NULL ? 4 : 6) ? PACKET_OK : PACKET_MALFORMED;
    switch (link_guess(c)) {
    case GUESS_IP:
        return PACKET_OK;
    case GUESS_ETHERNET:
        return ethernet_strip(c, out);
    case GUESS_NEITHER:
        break;
    }
    /* Another first nibble belongs to an associated channel (RFC 5586) or to no Ethernet with IP.
     */
    if (!is_control_word(c))
        return PACKET_OTHER;
    cur_skip(c, CONTROL_WORD);
    return ethernet_strip(c, out);
}

enum packet_result mpls_strip(struct cur *c, struct packet *out)
{
    bool is_last = false, is_special = false;
    uint32_t label = 0;
    if (!packet_enter(out))
        return PACKET_OTHER;
    packet_set_tunnel(out, TUNNEL_MPLS);
    for (int i = 0; i < LABELS_MOST && !is_last; i++) {
        uint32_t entry = cur_u32(c);
        label = entry >> 12;
        is_last = (entry & 0x100) != 0;
        if (cur_ok(c) && !is_special && label > LABEL_SPECIAL_MOST)
            packet_set_tunnel_id(out, TUNNEL_MPLS, label);
        is_special = !is_special && (label == LABEL_ENTROPY || label == LABEL_EXTENSION);
    }
    if (!cur_more(c))
        return PACKET_TRUNCATED;
    if (!is_last)
        return PACKET_OTHER;
    return behind_labels(c, label, out);
}
