/* From a frame to a transport payload: IPv4 (RFC 791), IPv6 with extension headers (RFC 8200). */
#include <string.h>

#include "base/alloc.h"
#include "packet/packet_internal.h"

enum { EXTENSIONS_MOST = 16, ETHERNET = 1, ETHERNET_LEAST = 60, PADDING_MOST = 6 };

struct decoder {
    struct packet_counters counters;
    struct defrag *defrag;
    bool is_vlan_key;
};

struct decoder *decoder_new(void)
{
    struct decoder *d = xcalloc(1, sizeof *d);
    d->defrag = defrag_new(&d->counters);
    return d;
}

void decoder_key_vlan(struct decoder *d, bool is_on)
{
    d->is_vlan_key = is_on;
}

void decoder_free(struct decoder *d)
{
    if (d == NULL)
        return;
    defrag_free(d->defrag);
    xfree(d);
}

const struct packet_counters *decoder_counters(const struct decoder *d)
{
    return &d->counters;
}

void packet_counters_add(struct packet_counters *sum, const struct packet_counters *c)
{
    sum->ok += c->ok;
    sum->fragments += c->fragments;
    sum->reassembled += c->reassembled;
    sum->other += c->other;
    sum->unsupported += c->unsupported;
    sum->malformed += c->malformed;
    sum->truncated += c->truncated;
    sum->fragments_dropped += c->fragments_dropped;
    sum->too_deep += c->too_deep;
}

void packet_add_vlan(struct packet *p, uint16_t id)
{
    if (id == 0) /* a priority only (IEEE 802.1Q 9.6) */
        return;
    if (p->vlan == 0) {
        p->vlan = id;
        p->vlans = id;
    } else if (p->vlans <= 0x0fff) {
        p->vlans |= (uint32_t)id << 12;
    }
}

bool packet_enter(struct packet *p)
{
    p->depth++;
    return p->depth <= PACKET_DEPTH_MOST;
}

void packet_set_tunnel(struct packet *p, enum tunnel_kind kind)
{
    if (!p->tunnel.has_id)
        p->tunnel = (struct tunnel){.kind = (uint8_t)kind};
}

void packet_set_tunnel_id(struct packet *p, enum tunnel_kind kind, uint32_t id)
{
    p->tunnel = (struct tunnel){(uint8_t)kind, true, id};
}

static void set_v4(uint8_t to[16], struct bytes from)
{
    memset(to, 0, 10);
    to[10] = to[11] = 0xff;
    if (from.n == 4)
        memcpy(to + 12, from.p, 4);
}

static void set_v6(uint8_t to[16], struct bytes from)
{
    if (from.n == 16)
        memcpy(to, from.p, 16);
}

static enum packet_result ip(
        struct decoder *d, struct cur c, uint32_t wire_len, struct packet *out);

/* From what a tunnel carries to the IP header. */
static enum packet_result strip(enum carried carried, struct cur *c, struct packet *out)
{
    switch (carried) {
    case CARRIED_IP:
        return PACKET_OK;
    case CARRIED_ETHERNET:
        return ethernet_strip(c, out);
    case CARRIED_MPLS:
        return mpls_strip(c, out);
    case CARRIED_NONE:
    case CARRIED_OTHER:
        return PACKET_OTHER;
    case CARRIED_BAD:
        break;
    }
    return PACKET_MALFORMED;
}

/* The packet inside a tunnel takes the place of the one around it, of wire_len bytes; false when
 * that is no tunnel. */
static bool inside(struct decoder *d, uint8_t protocol, struct bytes payload, uint32_t wire_len,
        struct packet *out, enum packet_result *result)
{
    struct packet inner = *out;
    struct cur c = cur_of(payload);
    enum carried carried = tunnel_strip(protocol, out, &c, &inner);
    if (carried == CARRIED_NONE)
        return false;
    bool is_cut = payload.n < wire_len;
    inner.tunnels++;
    inner.payload = (struct bytes){NULL, 0};
    *result = PACKET_OTHER;
    if (packet_enter(&inner) && cur_ok(&c))
        *result = strip(carried, &c, &inner);
    bool is_empty = *result == PACKET_OK && !cur_more(&c);
    if (!cur_ok(&c) || is_empty)
        *result = is_cut ? PACKET_TRUNCATED : PACKET_MALFORMED;
    if (*result == PACKET_OK) {
        uint32_t used = (uint32_t)(payload.n - c.n);
        *result = ip(d, c, wire_len > used ? wire_len - used : 0, &inner);
    }
    *out = inner;
    return true;
}

/* A whole datagram: its transport header, or the packet that it carries. */
static enum packet_result datagram(struct decoder *d, uint8_t protocol, struct bytes payload,
        uint32_t wire_len, struct packet *out)
{
    enum packet_result inner;
    enum packet_result r = transport_decode(protocol, payload, wire_len, out);
    if (protocol == PACKET_TCP || r == PACKET_MALFORMED || r == PACKET_TRUNCATED)
        return r;
    if (protocol == PACKET_UDP)
        return inside(d, protocol, out->payload, out->payload_wire_len, out, &inner) ? inner : r;
    return inside(d, protocol, payload, wire_len, out, &inner) ? inner : r;
}

/* Whole datagrams go on to the transport; fragments wait. */
static enum packet_result finish(struct decoder *d, struct fragment *f, bool is_fragment,
        uint32_t wire_len, struct packet *out)
{
    if (!is_fragment)
        return datagram(d, f->protocol, f->data, wire_len, out);
    d->counters.fragments++;
    /* A fragment cut by the snap length can never be made whole. */
    if (f->data.n < wire_len) {
        d->counters.fragments_dropped++;
        return PACKET_FRAGMENT;
    }
    struct bytes whole = {NULL, 0};
    f->src = out->src;
    f->dst = out->dst;
    f->vlans = d->is_vlan_key ? out->vlans : 0;
    bool is_whole = defrag_add(d->defrag, f, out->ts_us, &whole);
    out->datagram = f->datagram;
    if (!is_whole)
        return PACKET_FRAGMENT;
    d->counters.reassembled++;
    return datagram(d, f->protocol, whole, (uint32_t)whole.n, out);
}

static enum packet_result ipv4(
        struct decoder *d, struct cur c, uint32_t frame_wire, struct packet *out)
{
    struct bytes all = cur_rest(&c);
    size_t header = (size_t)(cur_u8(&c) & 15) * 4;
    cur_skip(&c, 1);
    uint32_t total = cur_u16(&c);
    out->ip_id = cur_u16(&c);
    uint16_t flags = cur_u16(&c);
    out->ttl = cur_u8(&c);
    struct fragment f = {.id = out->ip_id, .protocol = cur_u8(&c)};
    cur_skip(&c, 2);
    set_v4(out->src, cur_take(&c, 4));
    set_v4(out->dst, cur_take(&c, 4));
    if (!cur_ok(&c))
        return PACKET_TRUNCATED;
    if (total == 0) /* segmentation offload: the length is not filled in */
        total = frame_wire;
    if (header < 20 || total < header)
        return PACKET_MALFORMED;
    struct cur body = cur_of(all);
    if (body.n > total) /* Ethernet padding */
        body.n = total;
    out->ip = cur_rest(&body);
    cur_skip(&body, header);
    if (!cur_ok(&body))
        return PACKET_TRUNCATED;
    f.data = cur_rest(&body);
    f.offset = (uint32_t)(flags & 0x1fff) * 8;
    f.has_more = (flags & 0x2000) != 0;
    return finish(d, &f, f.offset != 0 || f.has_more, total - (uint32_t)header, out);
}

/* Walks the extension headers; fills f and says whether a fragment header was among them. */
static bool ipv6_extensions(
        struct cur *c, uint32_t *wire_len, struct fragment *f, bool *is_fragment)
{
    for (int i = 0; i < EXTENSIONS_MOST; i++) {
        size_t before = c->n;
        uint8_t type = f->protocol;
        if (type == 0 || type == 43 || type == 60) {
            f->protocol = cur_u8(c);
            cur_skip(c, (size_t)cur_u8(c) * 8 + 6);
        } else if (type == 51) { /* RFC 4302 2.2: in 4-byte words, less two */
            f->protocol = cur_u8(c);
            cur_skip(c, ((size_t)cur_u8(c) + 2) * 4 - 2);
        } else if (type == 44) {
            f->protocol = cur_u8(c);
            cur_skip(c, 1);
            uint16_t where = cur_u16(c);
            f->offset = where & 0xfff8;
            f->has_more = where & 1;
            f->id = cur_u32(c);
            *is_fragment = f->offset != 0 || f->has_more;
        } else {
            return cur_ok(c);
        }
        size_t used = before - c->n;
        if (!cur_ok(c) || used > *wire_len)
            return false;
        *wire_len -= (uint32_t)used;
        if (*is_fragment && f->offset != 0)
            return true; /* what follows is not a header */
    }
    return false;
}

static enum packet_result ipv6(
        struct decoder *d, struct cur c, uint32_t frame_wire, struct packet *out)
{
    struct bytes all = cur_rest(&c);
    cur_skip(&c, 4);
    uint32_t wire_len = cur_u16(&c);
    struct fragment f = {.protocol = cur_u8(&c)};
    out->ttl = cur_u8(&c);
    set_v6(out->src, cur_take(&c, 16));
    set_v6(out->dst, cur_take(&c, 16));
    if (!cur_ok(&c))
        return PACKET_TRUNCATED;
    if (wire_len == 0) /* offload or a jumbogram */
        wire_len = frame_wire > 40 ? frame_wire - 40 : 0;
    if (c.n > wire_len)
        c.n = wire_len;
    out->ip = (struct bytes){all.p, 40 + c.n};
    bool is_fragment = false;
    bool was_cut = c.n < wire_len;
    if (!ipv6_extensions(&c, &wire_len, &f, &is_fragment))
        return was_cut ? PACKET_TRUNCATED : PACKET_MALFORMED;
    out->ip_id = (uint16_t)f.id;
    f.data = cur_rest(&c);
    return finish(d, &f, is_fragment, wire_len, out);
}

static enum packet_result ip(struct decoder *d, struct cur c, uint32_t wire_len, struct packet *out)
{
    out->ip_version = cur_peek_u8(&c, 0) >> 4;
    if (out->ip_version == 4)
        return ipv4(d, c, wire_len, out);
    if (out->ip_version == 6)
        return ipv6(d, c, wire_len, out);
    return PACKET_OTHER;
}

static enum packet_result decode(struct decoder *d, const struct frame *frame, struct packet *out)
{
    struct cur c = cur_of(frame->data);
    enum packet_result r = link_strip(frame, &c, out);
    if (r != PACKET_OK)
        return r;
    if (!cur_more(&c))
        return PACKET_TRUNCATED;
    uint32_t used = (uint32_t)(frame->data.n - c.n);
    return ip(d, c, frame->wire_len > used ? frame->wire_len - used : 0, out);
}

/*
 * Ethernet pads frames to 60 bytes (IEEE 802.3 3.2.7). Some devices rewrite the IP length so that
 * the padding of a bare acknowledgement looks like payload; taken for data it would hide what
 * really stands at that place of the stream.
 */
static void drop_padding(const struct frame *frame, struct packet *out)
{
    bool is_short = frame->link_type == ETHERNET && frame->wire_len <= ETHERNET_LEAST &&
                    out->payload.n <= PADDING_MOST;
    if (!is_short || out->transport != PACKET_TCP || (out->tcp_flags & (TCP_PSH | TCP_URG)))
        return;
    for (size_t i = 0; i < out->payload.n; i++)
        if (out->payload.p[i] != 0)
            return;
    out->payload.n = 0;
    out->payload_wire_len = 0;
}

enum packet_result packet_decode(struct decoder *d, const struct frame *frame, struct packet *out)
{
    *out = (struct packet){.number = frame->number, .ts_us = frame->ts_us};
    defrag_forget(d->defrag);
    enum packet_result r = decode(d, frame, out);
    if (!d->is_vlan_key)
        out->vlans = 0;
    if (r == PACKET_OK && out->payload.n > 0)
        drop_padding(frame, out);
    struct packet_counters *n = &d->counters;
    n->ok += r == PACKET_OK;
    n->other += r == PACKET_OTHER;
    n->unsupported += r == PACKET_UNSUPPORTED;
    n->malformed += r == PACKET_MALFORMED;
    n->truncated += r == PACKET_TRUNCATED;
    n->too_deep += out->depth > PACKET_DEPTH_MOST;
    return r;
}
