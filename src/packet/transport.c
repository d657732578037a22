/* TCP (RFC 9293 3.1) and UDP (RFC 768) headers. */
#include "packet/packet_internal.h"

static enum packet_result tcp(struct bytes b, uint32_t wire_len, struct packet *out)
{
    struct cur c = cur_of(b);
    out->src_port = cur_u16(&c);
    out->dst_port = cur_u16(&c);
    out->seq = cur_u32(&c);
    out->ack = cur_u32(&c);
    size_t header = (size_t)(cur_u8(&c) >> 4) * 4;
    out->tcp_flags = cur_u8(&c);
    out->window = cur_u16(&c);
    cur_skip(&c, 4);
    if (!cur_ok(&c))
        return wire_len > b.n ? PACKET_TRUNCATED : PACKET_MALFORMED;
    if (header < 20 || header > wire_len)
        return PACKET_MALFORMED;
    cur_skip(&c, header - 20);
    if (!cur_ok(&c)) /* the snap length cut the options: no payload was captured */
        c = (struct cur){NULL, 0, false};
    out->payload = cur_rest(&c);
    out->payload_wire_len = wire_len - (uint32_t)header;
    return PACKET_OK;
}

static enum packet_result udp(struct bytes b, uint32_t wire_len, struct packet *out)
{
    struct cur c = cur_of(b);
    out->src_port = cur_u16(&c);
    out->dst_port = cur_u16(&c);
    uint32_t len = cur_u16(&c);
    cur_skip(&c, 2);
    if (!cur_ok(&c))
        return wire_len > b.n ? PACKET_TRUNCATED : PACKET_MALFORMED;
    if (len == 0) /* offload or a jumbogram (RFC 2675 4) */
        len = wire_len;
    if (len < 8 || len > wire_len)
        return PACKET_MALFORMED;
    out->payload = cur_rest(&c);
    out->payload_wire_len = len - 8;
    if (out->payload.n > out->payload_wire_len)
        out->payload.n = out->payload_wire_len;
    return PACKET_OK;
}

enum packet_result transport_decode(
        uint8_t protocol, struct bytes payload, uint32_t wire_len, struct packet *out)
{
    out->transport = protocol;
    if (protocol == PACKET_TCP)
        return tcp(payload, wire_len, out);
    if (protocol == PACKET_UDP)
        return udp(payload, wire_len, out);
    return PACKET_OTHER;
}
