#include "flow/flow.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/test.h"

enum { STREAM = 6000 };

/* The client's numbers wrap. */
static const uint32_t CLIENT_ISN = 0xfffffff0;
static const uint32_t SERVER_ISN = 5000;

/* What the owner saw of both directions. Missing bytes stand as 0xEE. */
struct seen {
    struct flow_table *table;
    uint8_t data[2][STREAM * 2];
    size_t n[2];
    uint64_t n_gaps, gap_bytes;
    unsigned n_open, n_close, n_fin, n_rst, n_deadline;
    enum flow_close why;
    int64_t closed_at, deadline_at;
    struct flow_info info;
    size_t keep; /* bytes left unconsumed at each call */
    size_t skip; /* bytes skipped beyond what came, once */
    size_t hold; /* bytes kept for a flow from then on; less at its second call */
    bool is_refusing, is_dropped, is_relaxed;
    int64_t now;
    uint64_t number;
    uint32_t vlans; /* of the packets */
};

static enum flow_probe probe(void *ctx, const struct packet *p, bool is_start)
{
    struct seen *s = ctx;
    (void)is_start;
    return s->is_refusing || p->payload.p[0] == 'N' ? FLOW_NO : FLOW_YES;
}

static void *open_one(void *ctx, struct flow *f)
{
    struct seen *s = ctx;
    (void)f;
    s->n_open++;
    return s;
}

static size_t data(void *user, struct flow *f, int dir, struct bytes view, uint64_t offset,
        const struct origin *o)
{
    struct seen *s = user;
    if (s->is_dropped)
        flow_drop(f);
    if (s->is_relaxed)
        flow_relax(f);
    flow_hold(f, offset == 0 ? s->hold : 1);
    struct span at = origin_span(o, offset, view.n);
    assert_true(at.first_packet > 0);
    size_t used = view.n > s->keep ? view.n - s->keep : 0;
    assert_true(offset + used <= sizeof s->data[dir]);
    memcpy(s->data[dir] + offset, view.p, view.n);
    s->n[dir] = (size_t)offset + used;
    if (s->skip > 0) {
        used = view.n + s->skip;
        s->n[dir] = (size_t)offset + used;
        s->skip = 0;
    }
    return used;
}

static void gap(void *user, struct flow *f, int dir, uint64_t offset, uint64_t len)
{
    struct seen *s = user;
    (void)f;
    s->n_gaps++;
    s->gap_bytes += len;
    memset(s->data[dir] + offset, 0xee, (size_t)len);
}

static void event(void *user, struct flow *f, const struct flow_event *e)
{
    struct seen *s = user;
    (void)f;
    s->n_fin += e->kind == FLOW_EVENT_FIN;
    s->n_rst += e->kind == FLOW_EVENT_RST;
}

static void deadline(void *user, struct flow *f, int64_t at_us)
{
    struct seen *s = user;
    (void)f;
    s->n_deadline++;
    s->deadline_at = at_us;
}

static void closed(void *user, struct flow *f, enum flow_close why, int64_t at_us)
{
    struct seen *s = user;
    s->n_close++;
    s->why = why;
    s->closed_at = at_us;
    s->info = *flow_info(f);
}

static void begin(struct seen *s)
{
    struct flow_options o;
    flow_options_default(&o);
    o.syn_slots = 64;
    *s = (struct seen){.now = 1700000000000000};
    s->table = flow_table_new(&o,
            &(struct flow_handler){s, probe, open_one, data, gap, event, deadline, closed, NULL});
}

static void finish(struct seen *s)
{
    flow_table_end(s->table);
    flow_table_free(s->table);
}

static void send(
        struct seen *s, int dir, uint32_t seq, uint32_t ack, uint8_t flags, struct bytes payload)
{
    struct packet p = {.number = ++s->number,
            .ts_us = s->now,
            .transport = PACKET_TCP,
            .ttl = 64,
            .src_port = 40000,
            .dst_port = 443,
            .tcp_flags = flags,
            .seq = seq,
            .ack = ack,
            .payload = payload,
            .payload_wire_len = (uint32_t)payload.n,
            .vlan = 5,
            .vlans = s->vlans,
            .tunnel = {TUNNEL_VXLAN, true, 7}};
    p.src[15] = 1;
    p.dst[15] = 2;
    if (dir == 1) {
        p.src[15] = 2;
        p.dst[15] = 1;
        p.src_port = 443;
        p.dst_port = 40000;
    }
    flow_table_packet(s->table, &p, s->now);
    s->now += 1000;
}

static const struct bytes none = {NULL, 0};

static void syn(struct seen *s)
{
    send(s, 0, CLIENT_ISN, 0, TCP_SYN, none);
    send(s, 1, SERVER_ISN, CLIENT_ISN + 1, TCP_SYN | TCP_ACK, none);
    send(s, 0, CLIENT_ISN + 1, SERVER_ISN + 1, TCP_ACK, none);
}

static void bytes(struct seen *s, int dir, uint32_t offset, const char *text)
{
    send(s, dir, (dir == 0 ? CLIENT_ISN : SERVER_ISN) + 1 + offset,
            dir == 0 ? SERVER_ISN + 1 : CLIENT_ISN + 1, TCP_ACK, bytes_of_text(text));
}

static void check(struct seen *s, int dir, const char *text)
{
    assert_int_equal(s->n[dir], strlen(text));
    assert_memory_equal(s->data[dir], text, strlen(text));
}

static void in_order_and_reordered(void **state)
{
    (void)state;
    struct seen s;
    begin(&s);
    syn(&s);
    bytes(&s, 0, 3, "def"); /* the first segment comes last */
    bytes(&s, 0, 6, "ghi");
    bytes(&s, 0, 0, "abc");
    bytes(&s, 1, 0, "xyz");
    bytes(&s, 0, 0, "abc"); /* again, the same */
    check(&s, 0, "abcdefghi");
    check(&s, 1, "xyz");
    assert_int_equal(s.n_open, 1);
    finish(&s);
    assert_int_equal(s.why, FLOW_CLOSE_END);
    assert_true(s.info.is_syn_seen && s.info.is_syn_ack_seen && !s.info.is_midstream);
    assert_int_equal(s.info.syn_ack_us - s.info.syn_us, 1000);
    assert_int_equal(s.info.ack_us - s.info.syn_us, 2000);
    assert_int_equal(s.info.first_packet, 1);
    assert_int_equal(s.info.sides[0].n_retransmits, 1);
    assert_int_equal(s.info.sides[0].n_conflicts, 0);
    assert_int_equal(s.n_gaps, 0);
    assert_int_equal(s.info.vlan, 5);
    assert_int_equal(s.info.tunnel.kind, TUNNEL_VXLAN);
    assert_int_equal(s.info.tunnel.id, 7);
}

/* The same endpoints in two VLANs, when these count; each has a SYN of its own. */
static void vlans(void **state)
{
    (void)state;
    for (uint32_t other = 5; other <= 6; other++) {
        struct seen s;
        begin(&s);
        s.vlans = 5;
        syn(&s);
        bytes(&s, 0, 0, "abc");
        s.vlans = other;
        bytes(&s, 0, 3, "def");
        assert_int_equal(s.n_open, other == 5 ? 1 : 2);
        finish(&s);
        assert_int_equal(s.n_close, s.n_open);
        assert_true(s.info.is_midstream == (other != 5));
    }
}

/* What is sent again without ever being acknowledged, and copies that the capture makes. */
static void stuck(void **state)
{
    (void)state;
    struct seen s;
    begin(&s);
    syn(&s);
    bytes(&s, 1, 0, "abcdef");
    for (int i = 0; i < 3; i++) {
        s.now += 200 * 1000;
        bytes(&s, 1, 0, "abcdef");
        bytes(&s, 1, 0, "abcdef"); /* a millisecond later */
    }
    finish(&s);
    const struct flow_side *server = &s.info.sides[1];
    assert_int_equal(server->n_retransmits, 6);
    assert_int_equal(server->n_stuck, 3);
    assert_int_equal(server->stuck_len, 6);
    assert_true(server->acked <= server->stuck_at);
    begin(&s);
    syn(&s);
    bytes(&s, 1, 0, "abcdef");
    s.now += 200 * 1000;
    bytes(&s, 1, 0, "abcdef");
    send(&s, 0, CLIENT_ISN + 1, SERVER_ISN + 7, TCP_ACK, none);
    s.now += 200 * 1000;
    bytes(&s, 1, 0, "abcdef"); /* acknowledged meanwhile */
    finish(&s);
    assert_int_equal(s.info.sides[1].n_stuck, 1);
    assert_true(s.info.sides[1].acked > s.info.sides[1].stuck_at);
}

static void overlaps(void **state)
{
    (void)state;
    struct seen s;
    begin(&s);
    syn(&s);
    bytes(&s, 0, 0, "abcdef");
    bytes(&s, 0, 2, "XXXXgh"); /* first copy wins, counted */
    bytes(&s, 0, 12, "mno");
    bytes(&s, 0, 10, "klYYYp"); /* over a held one */
    bytes(&s, 0, 8, "ij");
    check(&s, 0, "abcdefghijklmnop");
    finish(&s);
    assert_int_equal(s.info.sides[0].n_conflicts, 2);
}

static void holes(void **state)
{
    (void)state;
    struct seen s;
    begin(&s);
    syn(&s);
    bytes(&s, 0, 0, "abc");
    bytes(&s, 0, 5, "fgh");
    check(&s, 0, "abc");
    s.now += 3000000; /* past the two seconds a hole may stay open */
    bytes(&s, 1, 0, "x");
    check(&s, 0,
            "abc\xee\xee"
            "fgh");
    assert_int_equal(s.gap_bytes, 2);
    bytes(&s, 0, 20, "late");
    finish(&s); /* what stands behind a hole at the end is still delivered */
    assert_int_equal(s.n_gaps, 2);
    assert_int_equal(s.gap_bytes, 2 + 12);
    assert_int_equal(s.n[0], 24);
}

static void skipping(void **state)
{
    (void)state;
    struct seen s;
    begin(&s);
    syn(&s);
    s.skip = 7;
    bytes(&s, 0, 0, "abc");    /* skips to offset 10 */
    bytes(&s, 0, 9, "jklm");   /* three of its bytes are wanted */
    bytes(&s, 0, 3, "defghi"); /* skipped: neither data nor a hole */
    assert_int_equal(s.n[0], 13);
    assert_memory_equal(s.data[0] + 10, "klm", 3);
    finish(&s);
    assert_int_equal(s.n_gaps, 0);
}

static void skipped_again(void **state)
{
    (void)state;
    struct seen s;
    begin(&s);
    syn(&s);
    s.skip = 7;
    bytes(&s, 0, 0, "abc");  /* skips to offset 10 */
    bytes(&s, 0, 3, "defg"); /* new, though nobody wants it */
    bytes(&s, 0, 7, "hij");
    bytes(&s, 0, 3, "defg"); /* again */
    bytes(&s, 0, 10, "klm");
    finish(&s);
    assert_int_equal(s.info.sides[0].n_retransmits, 1);
}

static void endings(void **state)
{
    (void)state;
    struct seen s;
    begin(&s);
    syn(&s);
    bytes(&s, 0, 0, "abc");
    send(&s, 1, SERVER_ISN + 1 + (1 << 24), 0, TCP_RST, none); /* far outside the window */
    assert_int_equal(s.n_rst, 0);
    assert_int_equal(flow_table_counters(s.table)->bad_rst, 1);
    send(&s, 0, CLIENT_ISN + 4, SERVER_ISN + 1, TCP_FIN | TCP_ACK, none);
    send(&s, 0, CLIENT_ISN + 4, SERVER_ISN + 1, TCP_FIN | TCP_ACK, none);
    assert_int_equal(s.n_fin, 1);
    int64_t end = s.now;
    send(&s, 1, SERVER_ISN + 1, CLIENT_ISN + 5, TCP_FIN | TCP_ACK, none);
    bytes(&s, 0, 0, "abc"); /* late copy: no new flow */
    assert_int_equal(s.n_close, 0);
    flow_table_advance(s.table, s.now + 3000000);
    assert_int_equal(s.n_close, 1);
    assert_int_equal(s.why, FLOW_CLOSE_FIN);
    assert_int_equal(s.closed_at, end);
    assert_int_equal(s.n_open, 1);
    finish(&s);
    begin(&s);
    syn(&s);
    bytes(&s, 0, 0, "abc");
    end = s.now;
    send(&s, 0, CLIENT_ISN + 900, 0, TCP_SYN, none); /* the ports again, another number */
    assert_int_equal(s.why, FLOW_CLOSE_REUSED);
    finish(&s);
    begin(&s);
    syn(&s);
    bytes(&s, 0, 0, "abc");
    end = s.now - 1000;
    flow_table_advance(s.table, s.now + 500 * (int64_t)1000000);
    assert_int_equal(s.why, FLOW_CLOSE_IDLE);
    assert_int_equal(s.closed_at, end + 120 * (int64_t)1000000); /* not when it was noticed */
    finish(&s);
}

static void refused_and_midstream(void **state)
{
    (void)state;
    struct seen s;
    begin(&s);
    syn(&s);
    bytes(&s, 0, 0, "Not wanted");
    assert_int_equal(s.n_open, 0);
    bytes(&s, 0, 10, "abc"); /* later content is looked at by itself, and the SYN is remembered */
    assert_int_equal(s.n_open, 1);
    finish(&s);
    assert_true(s.info.is_syn_seen);
    begin(&s);
    bytes(&s, 0, 77, "abc");
    bytes(&s, 1, 0, "xyz");
    check(&s, 0, "abc");
    check(&s, 1, "xyz");
    finish(&s);
    assert_true(s.info.is_midstream);
}

/* Any cut, order (within what is held), copies and overlaps: the same bytes. */
/* A greeting and a command that nobody wants, then what is wanted: nothing is missing. */
static void preface(void **state)
{
    (void)state;
    struct seen s;
    begin(&s);
    syn(&s);
    send(&s, 1, SERVER_ISN + 1, CLIENT_ISN + 1, TCP_ACK, bytes_of_text("No greeting"));
    send(&s, 0, CLIENT_ISN + 1, SERVER_ISN + 12, TCP_ACK, bytes_of_text("NOOP"));
    send(&s, 1, SERVER_ISN + 12, CLIENT_ISN + 5, TCP_ACK, bytes_of_text("Now"));
    send(&s, 0, CLIENT_ISN + 5, SERVER_ISN + 15, TCP_ACK, bytes_of_text("hello"));
    send(&s, 1, SERVER_ISN + 15, CLIENT_ISN + 10, TCP_ACK, bytes_of_text("answer"));
    finish(&s);
    assert_int_equal(s.n_open, 1);
    assert_memory_equal(s.data[0], "hello", 5);
    assert_memory_equal(s.data[1], "answer", 6);
    assert_int_equal(s.n_gaps, 0);
    assert_int_equal(s.info.first_packet, 1);
    assert_int_equal(s.info.sides[0].n_late + s.info.sides[1].n_late, 0);
}

/* The same with the first wanted bytes behind later ones; and once nothing is found there, later
 * holes are not waited for. */
static void preface_reordered(void **state)
{
    (void)state;
    struct seen s;
    begin(&s);
    syn(&s);
    send(&s, 1, SERVER_ISN + 1, CLIENT_ISN + 1, TCP_ACK, bytes_of_text("No greeting"));
    send(&s, 0, CLIENT_ISN + 1, SERVER_ISN + 12, TCP_ACK, bytes_of_text("NOOP"));
    send(&s, 0, CLIENT_ISN + 7, SERVER_ISN + 12, TCP_ACK, bytes_of_text("Nello"));
    assert_int_equal(s.n_open, 1);
    send(&s, 0, CLIENT_ISN + 5, SERVER_ISN + 12, TCP_ACK, bytes_of_text("he"));
    finish(&s);
    assert_memory_equal(s.data[0], "heNello", 7);
    assert_int_equal(s.n_gaps, 0);
    begin(&s);
    s.is_refusing = true;
    syn(&s);
    send(&s, 0, CLIENT_ISN + 1, SERVER_ISN + 1, TCP_ACK, bytes_of_text("NOOP"));
    send(&s, 0, CLIENT_ISN + 5, SERVER_ISN + 1, TCP_ACK, bytes_of_text("NOOP"));
    assert_int_equal(s.n_open, 0);
    s.is_dropped = true;
    send(&s, 0, CLIENT_ISN + 19, SERVER_ISN + 1, TCP_ACK, bytes_of_text("NOOP"));
    send(&s, 0, CLIENT_ISN + 9, SERVER_ISN + 1, TCP_ACK, bytes_of_text("NOOP"));
    assert_int_equal(s.n_open, 1);
    assert_int_equal(s.why, FLOW_CLOSE_DROPPED);
    send(&s, 0, CLIENT_ISN + 39, SERVER_ISN + 1, TCP_ACK, bytes_of_text("NOOP"));
    finish(&s);
    assert_int_equal(s.n_open, 1);
}

/* What was sent before a reset counts when the reset was captured first; a FIN tells where it
 * stands; bytes acknowledged before they are captured are late. */
static void captured_out_of_order(void **state)
{
    (void)state;
    struct seen s;
    begin(&s);
    syn(&s);
    send(&s, 0, CLIENT_ISN + 1, SERVER_ISN + 1, TCP_ACK, bytes_of_text("hello"));
    send(&s, 1, SERVER_ISN + 1, CLIENT_ISN + 9, TCP_ACK | TCP_FIN, bytes_of_text("bye"));
    assert_int_equal(s.n_fin, 1);
    send(&s, 0, CLIENT_ISN + 9, SERVER_ISN + 5, TCP_ACK, none);
    send(&s, 1, SERVER_ISN + 1, CLIENT_ISN + 9, TCP_ACK | TCP_FIN, bytes_of_text("bye"));
    send(&s, 0, CLIENT_ISN + 9, SERVER_ISN + 5, TCP_RST | TCP_ACK, none);
    assert_int_equal(s.n_rst, 1);
    send(&s, 0, CLIENT_ISN + 6, SERVER_ISN + 1, TCP_ACK, bytes_of_text("and"));
    send(&s, 0, CLIENT_ISN + 9, SERVER_ISN + 1, TCP_ACK, bytes_of_text("after the reset"));
    finish(&s);
    assert_memory_equal(s.data[0], "helloand", 8);
    assert_int_equal(s.n[0], 8);
    assert_int_equal(s.info.sides[0].rst_offset, 8);
    assert_int_equal(s.info.sides[0].acked, 8);
    assert_true(s.info.sides[0].n_late > 0);
    assert_int_equal(s.info.sides[1].fin_offset, 3);
    assert_int_equal(s.info.sides[1].seen, 4);
    assert_int_equal(s.info.sides[1].n_late, 0);
}

/* Data in a SYN (RFC 7413) whose direction is captured behind the other: the answer acknowledges
 * that data, so where the client begins is known only from the SYN. */
static void data_in_late_syn(void **state)
{
    (void)state;
    static const char *const hello = "hello";
    const struct bytes in_syn = bytes_of_text(hello);
    for (int has_server_data = 0; has_server_data < 2; has_server_data++) {
        for (int is_syn = 0; is_syn < 2;
                is_syn++) { /* else the data sent again, the SYN not seen */
            struct seen s;
            begin(&s);
            send(&s, 1, SERVER_ISN, CLIENT_ISN + 6, TCP_SYN | TCP_ACK, none);
            if (has_server_data == 1)
                send(&s, 1, SERVER_ISN + 1, CLIENT_ISN + 6, TCP_ACK, bytes_of_text("answer"));
            if (is_syn == 1)
                send(&s, 0, CLIENT_ISN, 0, TCP_SYN, in_syn);
            else
                send(&s, 0, CLIENT_ISN + 1, SERVER_ISN + 1, TCP_ACK, in_syn);
            send(&s, 1, SERVER_ISN + 1, CLIENT_ISN + 6, TCP_ACK, bytes_of_text("answer"));
            send(&s, 0, CLIENT_ISN + 6, SERVER_ISN + 7, TCP_ACK, bytes_of_text("more"));
            check(&s, 0, "hellomore");
            check(&s, 1, "answer");
            finish(&s);
            assert_int_equal(s.n_open, 1);
            assert_int_equal(s.n_gaps, 0);
            assert_true(s.info.is_syn_ack_seen);
            assert_true(s.info.sides[1].is_start_known);
            assert_true(s.info.sides[0].is_start_known || is_syn == 0);
        }
    }
    /* In order, where nobody wanted what was in the SYN: it is before what comes next. */
    struct seen s;
    begin(&s);
    send(&s, 0, CLIENT_ISN, 0, TCP_SYN, bytes_of_text("NOOP"));
    send(&s, 1, SERVER_ISN, CLIENT_ISN + 5, TCP_SYN | TCP_ACK, none);
    send(&s, 0, CLIENT_ISN + 5, SERVER_ISN + 1, TCP_ACK, in_syn);
    assert_memory_equal(s.data[0], hello, 5);
    finish(&s);
    assert_int_equal(s.n_gaps, 0);
}

/* What the other side acknowledged is missing although nothing came behind it; one byte may be a
 * FIN, and what no window allows is no acknowledgement. */
static void acknowledged_unseen(void **state)
{
    static const struct {
        uint32_t acked; /* behind the five bytes that were seen */
        uint64_t gap;
    } cases[] = {{0, 0}, {1, 0}, {700, 700}, {40 << 20, 0}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct seen s;
        begin(&s);
        syn(&s);
        bytes(&s, 0, 0, "hello");
        bytes(&s, 1, 0, "world");
        send(&s, 0, CLIENT_ISN + 6, SERVER_ISN + 6 + cases[i].acked, TCP_ACK | TCP_RST, none);
        finish(&s);
        assert_int_equal(s.info.sides[1].gap_bytes, cases[i].gap);
        assert_int_equal(s.info.sides[1].n_gaps, cases[i].gap > 0);
        assert_int_equal(s.info.sides[0].gap_bytes, 0);
    }
}

/* A keep-alive is not where a client begins whose SYN was not seen. */
static void keep_alive_before_data(void **state)
{
    (void)state;
    struct seen s;
    begin(&s);
    send(&s, 1, SERVER_ISN, CLIENT_ISN + 1, TCP_SYN | TCP_ACK, none);
    send(&s, 1, SERVER_ISN + 1, CLIENT_ISN + 1, TCP_ACK, bytes_of_text("answer"));
    send(&s, 0, CLIENT_ISN, SERVER_ISN + 7, TCP_ACK, bytes_of_text("0"));
    send(&s, 0, CLIENT_ISN + 1, SERVER_ISN + 7, TCP_ACK, bytes_of_text("hello"));
    check(&s, 0, "hello");
    finish(&s);
    assert_true(s.info.sides[0].is_start_known);
}

static const uint8_t many_bytes[4000] = {'a'};

static void begin_with(struct seen *s, const struct flow_options *o)
{
    begin(s);
    flow_table_free(s->table);
    s->table = flow_table_new(o,
            &(struct flow_handler){s, probe, open_one, data, gap, event, deadline, closed, NULL});
}

static void send_of(struct seen *s, size_t client, uint32_t seq, size_t len)
{
    struct packet p = {.number = ++s->number,
            .ts_us = s->now,
            .transport = PACKET_TCP,
            .src_port = (uint16_t)(client + 1000),
            .dst_port = 443,
            .seq = seq,
            .tcp_flags = TCP_ACK,
            .payload = {many_bytes, len},
            .payload_wire_len = (uint32_t)len};
    flow_table_packet(s->table, &p, s->now);
}

/* A hello from each of n clients; how many flows had to go for want of buffers. */
static uint64_t evicted_of(size_t n, size_t len, size_t total_buffer, bool is_relaxed)
{
    struct seen s;
    struct flow_options o;
    flow_options_default(&o);
    o.syn_slots = 64;
    o.total_buffer = total_buffer;
    begin_with(&s, &o);
    s.is_relaxed = is_relaxed;
    for (size_t i = 0; i < n; i++)
        send_of(&s, i, 0, len);
    uint64_t evicted = flow_table_counters(s.table)->evicted_flows;
    finish(&s);
    return evicted;
}

/* Half-open connections take as much as they have sent, and nothing once nobody wants it. */
static void small_buffers(void **state)
{
    (void)state;
    assert_int_equal(evicted_of(2000, 517, 2000 * 700, false), 0);
    assert_int_equal(evicted_of(2000, 1800, 2000 * 2100, false), 0);
    assert_true(evicted_of(2000, 1800, 2000 * 1700, false) > 0);
    assert_int_equal(evicted_of(2000, 3000, 20000, true), 0);
}

/* What is kept for all flows has a bound, and is given back when a flow needs less, or ends. */
static void held(void **state)
{
    struct seen s;
    struct flow_options o;
    (void)state;
    flow_options_default(&o);
    o.total_held = 10000;
    begin_with(&s, &o);
    s.hold = 1000;
    for (size_t i = 0; i < 10; i++)
        send_of(&s, i, 0, 10);
    assert_int_equal(flow_table_counters(s.table)->evicted_flows, 0);
    for (size_t i = 10; i < 15; i++)
        send_of(&s, i, 0, 10);
    assert_int_equal(flow_table_counters(s.table)->evicted_flows, 5);
    assert_int_equal(s.why, FLOW_CLOSE_EVICTED);
    for (size_t i = 5; i < 15; i++) /* the older ones are gone */
        send_of(&s, i, 10, 10);
    for (size_t i = 20; i < 29; i++)
        send_of(&s, i, 0, 10);
    assert_int_equal(flow_table_counters(s.table)->evicted_flows, 5);
    s.hold = 0; /* those that keep nothing are left alone */
    for (size_t i = 60; i < 80; i++)
        send_of(&s, i, 0, 10);
    assert_int_equal(flow_table_counters(s.table)->evicted_flows, 5);
    s.hold = 20000; /* never the only one */
    send_of(&s, 40, 0, 10);
    assert_int_equal(s.n_open - s.n_close, 21);
    finish(&s);
}

/* A direction goes from one size of buffer to the next with all that it holds. */
static void growing_buffers(void **state)
{
    (void)state;
    struct seen s;
    uint8_t want[STREAM * 2];
    for (size_t i = 0; i < sizeof want; i++)
        want[i] = (uint8_t)('a' + i % 17);
    for (uint32_t step = 100; step < 3000; step += 700) {
        begin(&s);
        syn(&s);
        s.keep = sizeof want; /* nothing is consumed */
        for (uint32_t at = 0; at < sizeof want; at += step)
            send(&s, 0, CLIENT_ISN + 1 + at, SERVER_ISN + 1, TCP_ACK,
                    (struct bytes){want + at, sizeof want - at < step ? sizeof want - at : step});
        assert_memory_equal(s.data[0], want, sizeof want);
        finish(&s);
    }
}

static void random_segments_give_the_same_bytes(void **state)
{
    (void)state;
    unsigned seed = 7;
    uint8_t want[STREAM];
    for (size_t i = 0; i < STREAM; i++)
        want[i] = (uint8_t)(rand_r(&seed) % 200);
    want[0] = 'a';
    for (int round = 0; round < 300; round++) {
        struct seen s;
        begin(&s);
        syn(&s);
        s.keep = round % 3 == 0 ? 17 : 0;
        uint32_t starts[STREAM];
        uint32_t lens[STREAM];
        size_t n = 0;
        for (uint32_t at = 0; at < STREAM;) {
            uint32_t len = 1 + (uint32_t)rand_r(&seed) % (round % 2 == 0 ? 30 : 1400);
            len = len < STREAM - at ? len : STREAM - at;
            uint32_t back = at > 20 && rand_r(&seed) % 4 == 0 ? (uint32_t)rand_r(&seed) % 20 : 0;
            starts[n] = at - back;
            lens[n++] = len + back;
            at += len;
        }
        for (size_t i = 0; i + 1 < n; i++) { /* swap neighbours near each other */
            size_t k = i + (size_t)rand_r(&seed) % (n - i < 6 ? n - i : 6);
            uint32_t a = starts[i], b = lens[i];
            starts[i] = starts[k];
            lens[i] = lens[k];
            starts[k] = a;
            lens[k] = b;
        }
        for (size_t i = 0; i < n; i++)
            for (int copies = rand_r(&seed) % 5 == 0 ? 2 : 1; copies > 0; copies--)
                send(&s, 0, CLIENT_ISN + 1 + starts[i], SERVER_ISN + 1, TCP_ACK,
                        (struct bytes){want + starts[i], lens[i]});
        assert_int_equal(s.n[0], STREAM - s.keep);
        assert_memory_equal(s.data[0], want, STREAM);
        finish(&s);
        assert_int_equal(s.info.sides[0].n_conflicts, 0);
        assert_int_equal(s.n_gaps, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(in_order_and_reordered),
            cmocka_unit_test(vlans), cmocka_unit_test(stuck), cmocka_unit_test(overlaps),
            cmocka_unit_test(holes), cmocka_unit_test(skipping), cmocka_unit_test(skipped_again),
            cmocka_unit_test(endings), cmocka_unit_test(refused_and_midstream),
            cmocka_unit_test(preface), cmocka_unit_test(preface_reordered),
            cmocka_unit_test(captured_out_of_order), cmocka_unit_test(data_in_late_syn),
            cmocka_unit_test(keep_alive_before_data), cmocka_unit_test(acknowledged_unseen),
            cmocka_unit_test(small_buffers), cmocka_unit_test(held),
            cmocka_unit_test(growing_buffers),
            cmocka_unit_test(random_segments_give_the_same_bytes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
