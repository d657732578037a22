/*
 * One connection from its packets to its handshake: a list of a flag byte, a two-byte length and
 * that many bytes of payload. The same bytes in small segments must give the same handshake, as
 * long as no framing was lost and the start was seen (where framing is found in mid-stream depends
 * on the segments).
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "engine/worker.h"
#include "tests/fuzz/look.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define START_US INT64_C(1000000000000000)

/* Bits of the flag byte; the two highest choose how long before the packet nothing happens. */
enum {
    IS_SERVER = 1,
    HAS_FIN = 2,
    HAS_RST = 4,
    AFTER_HOLE = 8,
    IS_AGAIN = 16,
    IS_ACK_ONLY = 32,
    PAYLOAD_MOST = 20000
};

/* What must not depend on how the streams were cut. */
struct summary {
    size_t n_handshakes;
    bool is_framing_lost;
    enum outcome outcome;
    enum undetermined undetermined;
    enum cert_visibility visibility;
    uint16_t version, suite;
    size_t n_certs, n_alerts[2];
    struct timings times;
    char history[TLS_HISTORY_CAP + 1];
    struct fingerprints prints;
};

struct sender {
    uint32_t next, before; /* sequence numbers of the next byte, and of the latest payload */
};

struct script {
    struct worker *worker;
    struct sender sides[2];
    int64_t now;
    uint64_t number;
    size_t piece;
};

static void send(struct script *s, int dir, uint8_t flags, uint32_t seq, struct bytes payload)
{
    struct packet p = {.number = ++s->number,
            .ts_us = s->now,
            .transport = PACKET_TCP,
            .ip_version = 4,
            .ttl = 64,
            .src = {[10] = 0xff, [11] = 0xff, [12] = 10, [15] = (uint8_t)(dir + 1)},
            .dst = {[10] = 0xff, [11] = 0xff, [12] = 10, [15] = (uint8_t)(2 - dir)},
            .src_port = dir == 0 ? 40000 : 443,
            .dst_port = dir == 0 ? 443 : 40000,
            .tcp_flags = flags,
            .seq = seq,
            .ack = s->sides[1 - dir].next,
            .window = 1000,
            .payload = payload,
            .payload_wire_len = (uint32_t)payload.n};
    worker_packet(s->worker, 0, &p, s->now);
}

static void send_pieces(struct script *s, uint8_t op, struct bytes payload)
{
    int dir = op & IS_SERVER;
    struct sender *side = &s->sides[dir];
    if (op & AFTER_HOLE)
        side->next += 100;
    if (op & IS_ACK_ONLY)
        payload.n = 0;
    if (!(op & IS_AGAIN))
        side->before = side->next;
    uint32_t seq = side->before;
    uint8_t last = (uint8_t)(TCP_ACK | (op & HAS_FIN ? TCP_FIN : 0) | (op & HAS_RST ? TCP_RST : 0));
    for (; payload.n > s->piece; payload.p += s->piece, payload.n -= s->piece) {
        send(s, dir, TCP_ACK, seq, (struct bytes){payload.p, s->piece});
        seq += (uint32_t)s->piece;
    }
    send(s, dir, last, seq, payload);
    seq += (uint32_t)payload.n;
    if ((int32_t)(seq - side->next) > 0)
        side->next = seq;
}

static void sum_up(struct summary *sum, const struct event *e)
{
    if (e->kind == EVENT_END)
        sum->is_framing_lost |=
                e->ended->end.is_framing_lost[0] || e->ended->end.is_framing_lost[1];
    if (e->kind != EVENT_HANDSHAKE)
        return;
    const struct handshake *h = e->handshake;
    fuzz_look(h);
    /* No end is told of a connection whose handshake ended with it. */
    sum->is_framing_lost |= h->n_malformed > 0 || h->undetermined == UNDETERMINED_GAP ||
                            h->sides[0].n_gaps > 0 || h->sides[1].n_gaps > 0 ||
                            !h->sides[0].is_start_known || !h->sides[1].is_start_known;
    sum->n_handshakes++;
    sum->outcome = h->outcome;
    sum->undetermined = h->undetermined;
    sum->visibility = h->cert_visibility;
    sum->version = h->version;
    sum->suite = h->cipher_suite;
    sum->n_certs = h->server_certs != NULL ? h->server_certs->n_certs : 0;
    sum->n_alerts[0] = h->sides[0].n_alerts;
    sum->n_alerts[1] = h->sides[1].n_alerts;
    sum->times = h->times;
    memcpy(sum->history, h->history, sizeof sum->history);
    sum->prints = h->prints;
}

static void run(struct summary *sum, const uint8_t *data, size_t size, size_t piece)
{
    static const int64_t WAITS[] = {0, 1000, 1000000, 40000000};
    struct script s = {.now = START_US, .piece = piece, .sides = {{1000, 0}, {77, 0}}};
    struct bytes none = {NULL, 0};
    memset(sum, 0, sizeof *sum);
    s.worker = worker_new(APP_LABEL_OFF, 64);
    send(&s, 0, TCP_SYN, 999, none);
    send(&s, 1, TCP_SYN | TCP_ACK, 76, none);
    s.now += 1000;
    send(&s, 0, TCP_ACK, 1000, none);
    while (size >= 3) {
        uint8_t op = data[0];
        size_t n = (size_t)(data[1] << 8 | data[2]) % PAYLOAD_MOST;
        data += 3;
        size -= 3;
        n = n < size ? n : size;
        s.now += WAITS[op >> 6];
        send_pieces(&s, op, (struct bytes){data, n});
        data += n;
        size -= n;
    }
    worker_end_vantage(s.worker, 0);
    struct batch *b = worker_take(s.worker);
    for (size_t i = 0; i < b->n; i++)
        sum_up(sum, &b->events[i]);
    batch_free(b);
    worker_free(s.worker);
}

static void tell(const struct summary *s)
{
    (void)fprintf(stderr,
            "%zu handshakes, outcome %d, undetermined %d, visibility %d, version %x, suite %x, %zu "
            "certificates, %zu+%zu alerts, history %s, %s %s %s, lost %d\n",
            s->n_handshakes, (int)s->outcome, (int)s->undetermined, (int)s->visibility, s->version,
            s->suite, s->n_certs, s->n_alerts[0], s->n_alerts[1], s->history, s->prints.ja3,
            s->prints.ja3s, s->prints.ja4, s->is_framing_lost);
    const struct timings *t = &s->times;
    const int64_t all[] = {t->syn_us, t->syn_ack_us, t->ack_us, t->client_hello_first_us,
            t->client_hello_last_us, t->server_hello_us, t->server_flight_end_us,
            t->client_finished_us, t->server_finished_us, t->complete_us, t->client_data_us,
            t->server_data_us, t->end_us};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        (void)fprintf(stderr, "%s%lld", i > 0 ? " " : "  ",
                all[i] == TIME_NONE ? -1LL : (long long)all[i] - START_US);
    (void)fprintf(stderr, "\n");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct summary whole, cut;
    if (size < 1)
        return 0;
    size_t piece = 1 + (size_t)data[0] * 2;
    run(&whole, data + 1, size - 1, SIZE_MAX);
    run(&cut, data + 1, size - 1, piece);
    if (whole.is_framing_lost || cut.is_framing_lost || memcmp(&whole, &cut, sizeof whole) == 0)
        return 0;
    tell(&whole);
    tell(&cut);
    __builtin_trap();
}
