/*
 * What hostile senders repeat costs in proportion: twice as much of it takes at most 2.5 times as
 * long, by the CPU time of this thread and the best of several runs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/worker.h"
#include "tests/unit/test.h"

enum { RUNS = 5, RECORD = 16384, HELLO_FIXED = 43, MOST = 200000 };

struct script {
    struct worker *worker;
    uint16_t port; /* of the client */
    uint32_t next[2];
    uint64_t number;
    int64_t now;
};

static void segment(struct script *s, int dir, uint8_t flags, uint32_t seq, struct bytes payload)
{
    struct packet p = {.number = ++s->number,
            .ts_us = s->now,
            .transport = PACKET_TCP,
            .ip_version = 4,
            .ttl = 64,
            .src = {[10] = 0xff, [11] = 0xff, [12] = 10, [15] = (uint8_t)(dir + 1)},
            .dst = {[10] = 0xff, [11] = 0xff, [12] = 10, [15] = (uint8_t)(2 - dir)},
            .src_port = dir == 0 ? s->port : 443,
            .dst_port = dir == 0 ? 443 : s->port,
            .tcp_flags = flags,
            .seq = seq,
            .ack = s->next[1 - dir],
            .payload = payload,
            .payload_wire_len = (uint32_t)payload.n};
    worker_packet(s->worker, 0, &p, s->now++);
}

static void begin(struct script *s, uint16_t port)
{
    const struct bytes none = {NULL, 0};
    s->port = port;
    s->next[0] = 1000;
    s->next[1] = 77;
    segment(s, 0, TCP_SYN, 999, none);
    segment(s, 1, TCP_SYN | TCP_ACK, 76, none);
    segment(s, 0, TCP_ACK, 1000, none);
}

static void send(struct script *s, int dir, struct bytes b, size_t piece)
{
    for (size_t at = 0; at < b.n; at += piece) {
        size_t n = b.n - at < piece ? b.n - at : piece;
        segment(s, dir, TCP_ACK, s->next[dir], (struct bytes){b.p + at, n});
        s->next[dir] += (uint32_t)n;
    }
}

static size_t put(uint8_t *to, size_t at, unsigned long value, unsigned len)
{
    while (len > 0)
        to[at++] = (uint8_t)(value >> 8 * --len);
    return at;
}

/* A ClientHello with n empty extensions of different types, in records. */
static size_t hello_of(uint8_t *out, size_t n)
{
    static uint8_t body[4 + HELLO_FIXED + 4 * RECORD];
    size_t at = put(body, 0, 1, 1);
    at = put(body, at, HELLO_FIXED + (n > 0 ? 2 + 4 * n : 0), 3);
    at = put(body, at, 0x0303, 2);
    memset(body + at, 7, 32);
    at = put(body, at + 32, 0, 1);
    at = put(body, at, 4, 2);
    at = put(body, at, 0xc02f002f, 4);
    at = put(body, at, 0x0100, 2);
    at = n > 0 ? put(body, at, 4 * n, 2) : at;
    for (size_t i = 0; i < n; i++)
        at = put(body, at, (300 + i) << 16, 4);
    size_t used = 0;
    for (size_t from = 0; from < at; from += RECORD) {
        size_t len = at - from < RECORD ? at - from : RECORD;
        used = put(out, used, 0x160301, 3);
        used = put(out, used, len, 2);
        memcpy(out + used, body + from, len);
        used += len;
    }
    return used;
}

static void many_extensions(struct script *s, size_t n)
{
    static uint8_t stream[5 * RECORD];
    size_t len = hello_of(stream, n);
    for (uint16_t i = 0; i < 8; i++) {
        begin(s, (uint16_t)(40000 + i));
        send(s, 0, (struct bytes){stream, len}, RECORD);
    }
}

static void hello(struct script *s)
{
    uint8_t stream[100];
    begin(s, 40000);
    send(s, 0, (struct bytes){stream, hello_of(stream, 0)}, sizeof stream);
}

/* HelloRequest in records of one byte, each in six segments of one byte. */
static void tiny_records(struct script *s, size_t n)
{
    static const uint8_t record[] = {22, 3, 3, 0, 1, 0};
    hello(s);
    for (size_t i = 0; i < n; i++)
        send(s, 1, (struct bytes){record, sizeof record}, 1);
}

/* A record as long as can be that comes byte by byte, and holds messages of four bytes. */
static void long_record(struct script *s, size_t n)
{
    static uint8_t record[5 + 16000];
    (void)put(record, 0, 0x1603033e80, 5);
    hello(s);
    for (size_t i = 0; i < n; i++)
        send(s, 1, (struct bytes){record, sizeof record}, 1);
}

/* Behind a hole, byte by byte: in order, and backwards. */
static void behind_hole(struct script *s, size_t n)
{
    static const uint8_t byte[] = {9};
    hello(s);
    for (size_t i = 0; i < n; i++)
        segment(s, 0, TCP_ACK, s->next[0] + 5 + (uint32_t)i, (struct bytes){byte, 1});
}

static void backwards(struct script *s, size_t n)
{
    static const uint8_t byte[] = {9};
    hello(s);
    for (size_t i = n; i > 0; i--)
        segment(s, 0, TCP_ACK, s->next[0] + 5 + (uint32_t)i, (struct bytes){byte, 1});
}

/* Every other byte, so that each is a piece of its own, front and back in turn. */
static void many_holes(struct script *s, size_t n)
{
    static const uint8_t byte[] = {9};
    hello(s);
    for (size_t i = 0; i < n; i++) {
        uint32_t at = (uint32_t)(i % 2 == 0 ? i : n * 2 - i);
        segment(s, 0, TCP_ACK, s->next[0] + 5 + 2 * at, (struct bytes){byte, 1});
    }
}

static double seconds(void (*what)(struct script *s, size_t n), size_t n)
{
    double best = 1e9;
    for (int run = 0; run < RUNS; run++) {
        struct script s = {.now = INT64_C(1000000000000000)};
        struct timespec from, to;
        s.worker = worker_new(APP_LABEL_OFF, 64);
        (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
        what(&s, n);
        (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
        worker_end_vantage(s.worker, 0);
        batch_free(worker_take(s.worker));
        worker_free(s.worker);
        double took = (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
        best = took < best ? took : best;
    }
    return best;
}

static void all_linear(void **state)
{
    static const struct {
        const char *name;
        void (*what)(struct script *s, size_t n);
        size_t n;
    } rows[] = {{"many extensions", many_extensions, 8000}, {"tiny records", tiny_records, 10000},
            {"long record", long_record, 2}, {"behind a hole", behind_hole, 30000},
            {"backwards", backwards, 30000}, {"many holes", many_holes, 30000}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double once = seconds(rows[i].what, rows[i].n);
        double twice = seconds(rows[i].what, 2 * rows[i].n);
        print_message("%-16s %.4f s, twice as much %.4f s\n", rows[i].name, once, twice);
        if (twice > 2.5 * once)
            fail_msg("%s is not linear", rows[i].name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(all_linear)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
