/*
 * Segments of one connection out of the input: whatever their order, loss and overlap, what the
 * table delivers is the stream that was sent, in order, with holes where it says so. Once a segment
 * came with other bytes, the order stays and the bytes may be either's.
 */
#include <stdint.h>
#include <string.h>

#include "flow/flow.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { STREAM = 4096, OTHER = 0xee };

/* Lengths of the input that mean something else. */
enum { OP_ALTERED = 250, OP_KEEP_ALIVE, OP_ACK_ALL, OP_FIN, OP_RST, OP_SYN };

struct check {
    uint64_t next[2]; /* the first byte of each direction that has not been consumed */
    uint8_t greed;    /* how much the handler consumes */
    bool is_altered;  /* a segment with other bytes was sent */
};

static uint8_t byte_at(int dir, uint64_t offset)
{
    return (uint8_t)(offset * 31 + (uint64_t)dir * 7 + (offset >> 8));
}

static enum flow_probe probe(void *ctx, const struct packet *p, bool is_start)
{
    (void)ctx;
    (void)p;
    return is_start ? FLOW_YES : FLOW_NO;
}

static void *opened(void *ctx, struct flow *f)
{
    (void)f;
    struct check *c = ctx;
    c->next[0] = c->next[1] = 0;
    return ctx;
}

static size_t on_data(void *user, struct flow *f, int dir, struct bytes view, uint64_t offset,
        const struct origin *o)
{
    struct check *c = user;
    (void)o;
    (void)f;
    if (offset != c->next[dir])
        __builtin_trap();
    for (size_t i = 0; i < view.n; i++)
        if (view.p[i] != byte_at(dir, offset + i) && !(c->is_altered && view.p[i] == OTHER))
            __builtin_trap();
    size_t used = c->greed % 4 == 0 ? view.n : c->greed % 4 == 1 ? view.n / 2 : view.n + c->greed;
    c->greed = (uint8_t)(c->greed * 5 + 1);
    c->next[dir] += used;
    return used;
}

static void on_gap(void *user, struct flow *f, int dir, uint64_t offset, uint64_t len)
{
    struct check *c = user;
    (void)f;
    if (offset < c->next[dir] || len == 0)
        __builtin_trap();
    c->next[dir] = offset + len;
}

static void on_event(void *user, struct flow *f, const struct flow_event *e)
{
    (void)user;
    (void)f;
    (void)e;
}

static void on_deadline(void *user, struct flow *f, int64_t at_us)
{
    (void)user;
    (void)f;
    (void)at_us;
}

static void on_close(void *user, struct flow *f, enum flow_close why, int64_t at_us)
{
    (void)user;
    (void)f;
    (void)why;
    (void)at_us;
}

static void send(struct flow_table *t, struct packet *p, int dir, uint64_t number)
{
    uint8_t a[16] = {[10] = 0xff, [11] = 0xff, [12] = 10, [15] = 1};
    uint8_t b[16] = {[10] = 0xff, [11] = 0xff, [12] = 10, [15] = 2};
    memcpy(p->src, dir == 0 ? a : b, 16);
    memcpy(p->dst, dir == 0 ? b : a, 16);
    p->src_port = dir == 0 ? 40000 : 443;
    p->dst_port = dir == 0 ? 443 : 40000;
    p->transport = PACKET_TCP;
    p->number = number;
    p->payload_wire_len = (uint32_t)p->payload.n;
    flow_table_packet(t, p, p->ts_us);
}

static void alter(struct packet *p, uint8_t op, uint32_t base, struct check *check)
{
    static uint8_t other[256];
    switch (op) {
    case OP_ALTERED:
        memset(other, OTHER, sizeof other);
        p->payload.p = other;
        check->is_altered = true;
        break;
    case OP_KEEP_ALIVE: /* RFC 9293 3.8.4: nothing, or a byte, one before */
        p->payload.n = 0;
        p->seq--;
        break;
    case OP_ACK_ALL: /* what the capture has not seen */
        p->payload.n = 0;
        p->ack += STREAM;
        break;
    case OP_FIN:
        p->payload.n = 0;
        p->seq = base + STREAM;
        p->tcp_flags |= TCP_FIN;
        break;
    case OP_RST:
        p->tcp_flags |= TCP_RST;
        p->payload.n = 0;
        break;
    case OP_SYN: /* sent again */
        p->tcp_flags = TCP_SYN;
        p->payload.n = 0;
        p->seq = base - 1;
        break;
    default:
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct check check = {{0, 0}, 0, false};
    struct flow_handler h = {
            &check, probe, opened, on_data, on_gap, on_event, on_deadline, on_close, NULL};
    struct flow_options o;
    uint8_t bytes[2][STREAM];
    uint32_t base[2] = {0xfffff000, 77}; /* the first one wraps */
    int64_t now = 1000000;
    flow_options_default(&o);
    o.hold_bytes = 1024;
    o.syn_slots = 64;
    for (int dir = 0; dir < 2; dir++)
        for (uint64_t i = 0; i < STREAM; i++)
            bytes[dir][i] = byte_at(dir, i);
    struct flow_table *t = flow_table_new(&o, &h);
    struct packet syn = {.tcp_flags = TCP_SYN, .seq = base[0] - 1, .ts_us = now, .ttl = 64};
    send(t, &syn, 0, 1);
    struct packet answer = {.tcp_flags = TCP_SYN | TCP_ACK,
            .seq = base[1] - 1,
            .ack = base[0],
            .ts_us = now,
            .ttl = 64};
    send(t, &answer, 1, 2);
    for (uint64_t number = 3; size >= 5; number++, data += 5, size -= 5) {
        int dir = data[0] & 1;
        uint64_t at = (uint64_t)(data[1] << 8 | data[2]) % STREAM;
        size_t n = 1 + (size_t)data[3] % 200;
        if (n > STREAM - at)
            n = STREAM - at;
        now += (int64_t)data[4] * 20000;
        check.greed = (uint8_t)(data[0] >> 1);
        struct packet p = {.tcp_flags = TCP_ACK,
                .seq = base[dir] + (uint32_t)at,
                .ack = base[1 - dir],
                .ts_us = now,
                .ttl = 64,
                .payload = {bytes[dir] + at, n}};
        /* A SYN of the server would begin another connection, with the roles changed. */
        if (data[3] != OP_SYN || dir == 0)
            alter(&p, data[3], base[dir], &check);
        send(t, &p, dir, number);
    }
    flow_table_end(t);
    flow_table_free(t);
    return 0;
}
