#include "engine/keep_ring.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/test.h"

/* What a lane would have been given: frames filled with the low byte of their number. */
struct wire {
    struct keep_ring *ring;
    uint64_t number;
    uint32_t input;
    struct keep_taken taken;
};

enum { WIRE_MOST = 300000 };

static uint8_t bytes_of_wire[WIRE_MOST];

static void wire_init(struct wire *w, size_t bytes, size_t flows, uint16_t packets, uint32_t share)
{
    *w = (struct wire){
            .ring = keep_ring_new(&(struct keep_ring_options){bytes, flows, packets, share})};
}

static void wire_fini(struct wire *w)
{
    keep_taken_fini(&w->taken);
    keep_ring_free(w->ring);
}

/* A hash of a small number; larger ones are hashes. */
static uint64_t hash_of(uint64_t flow)
{
    return flow <= UINT32_MAX ? flow * UINT64_C(0x9e3779b97f4a7c15) : flow;
}

static uint64_t send(struct wire *w, uint64_t flow, uint8_t tcp_flags, size_t len)
{
    struct frame f = {.number = ++w->number,
            .ts_us = (int64_t)w->number * 1000,
            .link_type = 1,
            .wire_len = (uint32_t)len + 4,
            .data = {bytes_of_wire, len}};
    struct packet p = {
            .number = f.number, .input = w->input, .flow = hash_of(flow), .tcp_flags = tcp_flags};
    memset(bytes_of_wire, (int)(w->number & 0xff), len);
    keep_ring_add(w->ring, &p, &f);
    return w->number;
}

static size_t take(struct wire *w, uint64_t flow, uint64_t first, uint64_t last, uint64_t end)
{
    const struct keep_question q = {.flow = hash_of(flow),
            .input = w->input,
            .last_input = w->input,
            .end_input = w->input,
            .first_packet = first,
            .last_packet = last,
            .end_packet = end};
    keep_ring_take(w->ring, &q, &w->taken);
    for (size_t i = 0; i < w->taken.n; i++) {
        const struct frame *f = &w->taken.frames[i];
        assert_true(f->number >= first && (end == 0 || f->number <= end));
        assert_int_equal(f->ts_us, (int64_t)f->number * 1000);
        assert_int_equal(f->wire_len, f->data.n + 4);
        assert_int_equal(f->link_type, 1);
        for (size_t k = 0; k < f->data.n; k++)
            assert_int_equal(f->data.p[k], f->number & 0xff);
        assert_true(i == 0 || f->number > f[-1].number);
    }
    return w->taken.n;
}

/* Hashes with chains and shares of their own. */
#define EACH UINT64_C(0x100000001)

/* Flows between each other are told apart, and given in order. */
static void flows(void **state)
{
    struct wire w;
    (void)state;
    wire_init(&w, 1 << 20, 64, 64, 65536);
    for (uint64_t flow = 1; flow <= 9; flow++)
        assert_int_equal(send(&w, flow * EACH, TCP_SYN, 60), flow);
    for (int i = 0; i < 20; i++)
        for (uint64_t flow = 1; flow <= 9; flow++)
            (void)send(&w, flow * EACH, TCP_ACK, 100 + (size_t)i * 7);
    for (uint64_t flow = 1; flow <= 9; flow++) {
        assert_int_equal(take(&w, flow * EACH, flow, flow + 20 * 9, 0), 21);
        assert_true(w.taken.is_whole);
        assert_int_equal(w.taken.gone, 0);
        assert_int_equal(w.taken.frames[1].number, flow + 9);
    }
    assert_int_equal(take(&w, 10 * EACH, 1, 100, 0), 0);
    assert_false(w.taken.is_whole);
    /* Flows with the same chain but another hash. */
    (void)send(&w, (1ULL << 32) + 2, TCP_SYN, 60);
    assert_int_equal(take(&w, EACH, 1, 1, 0), 21);
    wire_fini(&w);
}

/* The ring goes around many times: what is left of a flow is right, and what is not is counted. */
static void wraps(void **state)
{
    struct wire w;
    (void)state;
    for (size_t bytes = 8192; bytes < 8192 + 400; bytes += 24) {
        uint64_t first = 0;
        wire_init(&w, bytes, 64, UINT16_MAX, UINT32_MAX);
        first = send(&w, 7, TCP_SYN, 60);
        for (int i = 0; i < 3000; i++) {
            (void)send(&w, 7, TCP_ACK, (size_t)(rand() % 300));
            if (i % 10 != 0)
                continue;
            size_t n = take(&w, 7, first, w.number, 0);
            assert_true(n > 0);
            assert_int_equal(w.taken.frames[n - 1].number, w.number);
            assert_int_equal(w.taken.frames[0].number, w.number - n + 1);
            assert_int_equal(w.taken.gone, w.number - n);
            assert_int_equal(w.taken.is_whole, n == w.number);
            int64_t span_us = keep_ring_span_us(w.ring);
            assert_true(span_us == (n == w.number ? INT64_MAX : (int64_t)(n - 1) * 1000));
        }
        /* Another flow pushes it out. */
        for (int i = 0; i < 300; i++)
            (void)send(&w, 8, TCP_ACK, 100);
        assert_int_equal(take(&w, 7, first, w.number, 0), 0);
        wire_fini(&w);
    }
}

static void caps(void **state)
{
    struct wire w;
    (void)state;
    wire_init(&w, 1 << 20, 64, 10, 5000);
    /* So many packets, and no more until another connection begins. */
    uint64_t first = send(&w, 7, TCP_SYN, 60);
    for (int i = 0; i < 50; i++)
        (void)send(&w, 7, TCP_ACK, 60);
    assert_int_equal(take(&w, 7, first, first + 9, 0), 10);
    assert_true(w.taken.is_whole);
    assert_int_equal(take(&w, 7, first, first + 10, 0), 10);
    assert_false(w.taken.is_whole);
    uint64_t again = send(&w, 7, TCP_SYN, 60);
    (void)send(&w, 7, TCP_ACK, 60);
    assert_int_equal(take(&w, 7, first, first + 9, 0), 10); /* not those of the next one */
    assert_int_equal(take(&w, 7, first, again + 1, 0), 12); /* unless it is the same */
    assert_false(w.taken.is_whole);
    assert_int_equal(take(&w, 7, again, again + 1, 0), 2);
    assert_true(w.taken.is_whole);
    /* So many bytes; one that fits behind one that did not is a hole. */
    first = send(&w, 9, TCP_SYN, 60);
    (void)send(&w, 9, TCP_ACK, 4000);
    (void)send(&w, 9, TCP_ACK, 2000);
    (void)send(&w, 9, TCP_ACK, 60);
    assert_int_equal(take(&w, 9, first, first + 3, 0), 2);
    assert_false(w.taken.is_whole);
    /* The end of the connection. */
    first = send(&w, 11, TCP_SYN, 60);
    (void)send(&w, 11, TCP_ACK, 60);
    uint64_t end = send(&w, 11, TCP_ACK, 60);
    (void)send(&w, 11, TCP_ACK, 60);
    assert_int_equal(take(&w, 11, first, first + 1, end), 3);
    /* Numbers begin anew with each input. */
    first = send(&w, 12, TCP_SYN, 60);
    w.input++;
    w.number = 0;
    (void)send(&w, 12, TCP_SYN, 60);
    (void)send(&w, 12, TCP_ACK, 60);
    assert_int_equal(take(&w, 12, 1, 2, 0), 2);
    assert_true(w.taken.is_whole);
    wire_fini(&w);
}

/* Frames of any size, from nothing to more than the ring. */
static void sizes(void **state)
{
    static const size_t SIZES[] = {
            0, 1, 7, 8, 9, 1500, 8000, 30000, 32000, 32768, 65000, 65536, 70000, 262144};
    struct wire w;
    (void)state;
    wire_init(&w, 65536, 64, 64, UINT32_MAX);
    for (size_t i = 0; i < 500; i++) {
        size_t len = SIZES[(size_t)rand() % (sizeof SIZES / sizeof *SIZES)];
        uint64_t first = send(&w, 100 + i, TCP_SYN, len);
        size_t n = take(&w, 100 + i, first, first, 0);
        assert_int_equal(n, len < 32700);
        assert_true(n == 0 || w.taken.frames[0].data.n == len);
        assert_true(keep_ring_span_us(w.ring) >= 0);
    }
    wire_fini(&w);
    /* Shares as they are usually. */
    w = (struct wire){.ring = keep_ring_new(NULL)};
    for (size_t i = 0; i < 4000; i++) {
        size_t len = SIZES[(size_t)rand() % (sizeof SIZES / sizeof *SIZES)];
        uint64_t first = send(&w, 100 + i, TCP_SYN, len);
        assert_int_equal(take(&w, 100 + i, first, first, 0), len <= KEEP_RING_FLOW_BYTES);
    }
    /* More than is given of one connection: its beginning is. */
    uint64_t first = send(&w, 7, TCP_SYN, 60);
    for (int i = 0; i < 2000; i++)
        (void)send(&w, 7, TCP_SYN, 60);
    assert_int_equal(take(&w, 7, first, w.number, 0), KEEP_TAKEN_FRAMES);
    assert_int_equal(w.taken.frames[0].number, first);
    first = send(&w, 8, TCP_SYN, 60);
    for (int i = 0; i < 20; i++)
        (void)send(&w, 8, TCP_SYN, 65536);
    assert_int_equal(take(&w, 8, first, w.number, 0), 4);
    wire_fini(&w);
}

/* More flows than are counted at a time: a hole that this may make is known. */
static void many(void **state)
{
    struct wire w;
    (void)state;
    wire_init(&w, 1 << 20, 4, 3, 65536);
    uint64_t first = send(&w, 1, TCP_SYN, 60);
    for (int i = 0; i < 5; i++)
        (void)send(&w, 1, TCP_ACK, 60);
    for (uint64_t flow = 2; flow < 20; flow++)
        (void)send(&w, flow, TCP_SYN, 60);
    (void)send(&w, 1, TCP_ACK, 60); /* counted anew */
    assert_int_equal(take(&w, 1, first, first + 1, 0), 4);
    assert_true(w.taken.is_whole); /* of the handshake */
    assert_int_equal(take(&w, 1, first, w.number, 0), 4);
    assert_false(w.taken.is_whole);
    wire_fini(&w);
}

/* Fragments come before the packet that tells whose they are. */
static void fragments(void **state)
{
    struct wire w;
    (void)state;
    wire_init(&w, 1 << 20, 64, 64, 65536);
    uint64_t first = send(&w, 5, TCP_SYN, 60);
    for (uint16_t datagram = 1; datagram <= 2; datagram++) {
        struct frame f = {.number = ++w.number,
                .ts_us = (int64_t)w.number * 1000,
                .link_type = 1,
                .wire_len = 104,
                .data = {bytes_of_wire, 100}};
        memset(bytes_of_wire, (int)(w.number & 0xff), 100);
        keep_ring_fragment(w.ring, &(struct packet){.datagram = datagram}, &f);
    }
    struct frame f = {.number = ++w.number,
            .ts_us = (int64_t)w.number * 1000,
            .link_type = 1,
            .wire_len = 104,
            .data = {bytes_of_wire, 100}};
    memset(bytes_of_wire, (int)(w.number & 0xff), 100);
    keep_ring_add(w.ring,
            &(struct packet){
                    .number = w.number, .flow = hash_of(5), .datagram = 2, .tcp_flags = TCP_ACK},
            &f);
    assert_int_equal(take(&w, 5, first, w.number, 0), 3);
    assert_int_equal(w.taken.frames[1].number, 3);
    assert_true(w.taken.is_whole);
    wire_fini(&w);
}

static void *add_all(void *arg)
{
    struct wire *w = arg;
    for (int i = 0; i < 200000; i++) {
        uint64_t flow = 1 + (uint64_t)(i / 4);
        (void)send(w, flow, i % 4 == 0 ? TCP_SYN : TCP_ACK, (size_t)(i * 37 % 1400));
    }
    return NULL;
}

/* Taken while it is added to: each frame that is given is right. */
static void threads(void **state)
{
    struct wire w;
    static struct wire reader;
    pthread_t thread;
    (void)state;
    wire_init(&w, 1 << 20, 1024, 64, 65536);
    reader = (struct wire){.ring = w.ring};
    assert_int_equal(pthread_create(&thread, NULL, add_all, &w), 0);
    for (uint64_t flow = 1; flow <= 50000; flow++)
        (void)take(&reader, flow, flow * 4 - 3, flow * 4, 0);
    (void)keep_ring_span_us(w.ring);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(take(&reader, 50000, 199997, 200000, 0), 4);
    assert_true(reader.taken.is_whole);
    keep_taken_fini(&reader.taken);
    wire_fini(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(flows),
            cmocka_unit_test(wraps),
            cmocka_unit_test(caps),
            cmocka_unit_test(sizes),
            cmocka_unit_test(many),
            cmocka_unit_test(fragments),
            cmocka_unit_test(threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
