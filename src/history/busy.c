#include "history/busy.h"

#include <string.h>

#include "base/map.h"
#include "base/slot.h"
#include "history/services.h"
#include "model/derived.h"

#define MINUTE_US (60 * (int64_t)1000000)
#define FIVE_US (5 * MINUTE_US)
#define DAY_US (1440 * MINUTE_US)

enum { MINUTES = 10, FIVES = 14, DAYS = 9, KNOWN_PAIRS = 32, KNOWN_LEAVES = 8 };

enum count {
    SUCCESS,
    SUCCESS_INFERRED,
    FAILED,
    FAILED_INFERRED,
    UNDETERMINED,
    FULL,
    BELOW_BEST,
    BELOW_SOUND,
    RESUMED,
    OFFERED,
    GROUP_RETRIES,
    TLS13,
    UNUSED,
    COUNTS
};

struct cell {
    int64_t index; /* minutes, five minutes or days since 1970 */
    uint64_t bytes, gap_bytes;
    uint32_t counts[COUNTS];
    struct spread16 latency, server_think, client_think;
};

/* Values that were seen, the latest of them. */
struct known_values {
    uint64_t values[KNOWN_PAIRS];
    uint32_t n, next;
};

struct busy {
    int64_t since_us;
    struct cell minutes[MINUTES], fives[FIVES], days[DAYS];
    struct known_values offers, pairs, leaves, keys;
    struct busy_change changes[BUSY_CHANGES];
    struct busy_stall stall;
};

struct key {
    int64_t vantage, service;
};

static struct busy *recall(struct history *h, int64_t vantage, const struct service *s)
{
    const struct key key = {vantage, s->id};
    struct memory *m = history_topic(h, TOPIC_busy);
    return m != NULL ? memory_get(m, (struct bytes){(const uint8_t *)&key, sizeof key}) : NULL;
}

/* The cell of the time, emptied when it was of an older one; NULL when a newer one is there. */
static struct cell *cell_at(struct cell *cells, size_t n, int64_t index)
{
    struct cell *c = &cells[slot_in_ring(index, n)];
    if (c->index > index)
        return NULL;
    if (c->index < index || c->index == 0) {
        *c = (struct cell){.index = index};
    }
    return c;
}

/* What one attempt adds to each of its cells. */
struct addition {
    uint32_t counts[COUNTS];
    uint64_t bytes, gap_bytes;
    int64_t latency_us, server_think_us, client_think_us; /* negative: none */
};

static void add_to(struct cell *c, const struct addition *a)
{
    if (c == NULL)
        return;
    for (int i = 0; i < COUNTS; i++)
        c->counts[i] += a->counts[i];
    c->bytes += a->bytes;
    c->gap_bytes += a->gap_bytes;
    spread16_add(&c->latency, a->latency_us);
    spread16_add(&c->server_think, a->server_think_us);
    spread16_add(&c->client_think, a->client_think_us);
}

static void add_success(struct addition *a, const struct lesson *l)
{
    const struct handshake *h = l->handshake;
    a->counts[h->outcome == OUTCOME_SUCCESS && h->basis == BASIS_SEEN ? SUCCESS
                                                                      : SUCCESS_INFERRED] = 1;
    a->counts[FULL] = h->resumption == RESUMPTION_FULL;
    a->counts[BELOW_BEST] = a->counts[FULL] && l->is_below_best;
    a->counts[BELOW_SOUND] = a->counts[BELOW_BEST] && !handshake_is_sound(h);
    a->counts[RESUMED] = h->resumption == RESUMPTION_RESUMED;
    a->counts[OFFERED] = h->client_hello != NULL && handshake_offers_resumption(h);
    const struct server_hello *retry = h->hello_retry_request;
    a->counts[GROUP_RETRIES] = a->counts[FULL] && retry != NULL && retry->has_key_share;
    a->counts[TLS13] = tls_is_13(h->version);
}

static void add_times(struct addition *a, const struct handshake *h)
{
    struct durations d = durations_of(&h->times, h->outcome);
    int64_t latency = handshake_latency(h);
    bool has_rtt = d.rtt_client_us != TIME_NONE && d.rtt_server_us != TIME_NONE;
    if (a->counts[FULL] && h->hello_retry_request == NULL && has_rtt && latency != TIME_NONE) {
        latency -= d.rtt_client_us + d.rtt_server_us;
        a->latency_us = latency > 0 ? latency : 0;
    }
    /* What was not lessened by the round trip is not thinking alone. */
    if (d.rtt_server_us != TIME_NONE)
        a->server_think_us = d.server_think_us;
    if (d.rtt_client_us != TIME_NONE)
        a->client_think_us = d.client_think_us;
}

static struct addition addition_of(const struct lesson *l)
{
    const struct handshake *h = l->handshake;
    struct addition a = {.latency_us = -1, .server_think_us = -1, .client_think_us = -1};
    if (outcome_is_success(h->outcome))
        add_success(&a, l);
    else if (outcome_is_failure(h->outcome))
        a.counts[h->basis == BASIS_SEEN ? FAILED : FAILED_INFERRED] = 1;
    else if (h->outcome == OUTCOME_UNDETERMINED)
        a.counts[UNDETERMINED] = 1;
    else
        return a;
    add_times(&a, h);
    for (int i = 0; i < 2; i++) {
        a.bytes += h->sides[i].payload_bytes;
        a.gap_bytes += h->sides[i].gap_bytes;
    }
    return a;
}

static bool knows(const struct known_values *k, uint64_t value)
{
    for (uint32_t i = 0; i < k->n; i++)
        if (k->values[i] == value)
            return true;
    return false;
}

static void come_to_know(struct known_values *k, uint64_t value, uint32_t most)
{
    k->values[k->next] = value;
    k->next = (k->next + 1) % most;
    if (k->n < most)
        k->n++;
}

static void note_change(struct busy *b, enum busy_change_kind kind, uint64_t value, int64_t us)
{
    memmove(&b->changes[0], &b->changes[1], (BUSY_CHANGES - 1) * sizeof b->changes[0]);
    b->changes[BUSY_CHANGES - 1] = (struct busy_change){us, value, kind, 0};
}

static uint64_t first8(const uint8_t sha256[32])
{
    uint64_t v = 0;
    for (int i = 0; i < 8; i++)
        v = v << 8 | sha256[i];
    return v;
}

static void learn_value(struct busy *b, struct known_values *k, enum busy_change_kind kind,
        uint64_t value, int64_t us)
{
    if (knows(k, value))
        return;
    if (k->n > 0)
        note_change(b, kind, value, us);
    come_to_know(k, value, KNOWN_LEAVES);
}

/* Which server fingerprint answered which ClientHello. The fourth letter tells full handshakes from
 * resumed ones, which are answered differently. */
static void learn_server(struct busy *b, const struct handshake *h)
{
    const char *print = h->prints.server;
    size_t n = strnlen(print, sizeof h->prints.server);
    if (h->prints.offer == 0 || n < 4)
        return;
    const uint64_t offer[2] = {(uint64_t)h->prints.offer, (uint64_t)print[3]};
    uint64_t question = hash_fixed(offer, sizeof offer);
    uint64_t answer = hash_fixed(print, n);
    const uint64_t both[2] = {question, answer};
    uint64_t pair = hash_fixed(both, sizeof both);
    if (knows(&b->pairs, pair))
        return;
    if (knows(&b->offers, question))
        note_change(b, CHANGE_SERVER, answer, h->first_us);
    else
        come_to_know(&b->offers, question, KNOWN_PAIRS);
    come_to_know(&b->pairs, pair, KNOWN_PAIRS);
}

static void learn_stall(struct busy *b, const struct handshake *h, int64_t think_us)
{
    int64_t from = h->times.server_flight_end_us;
    if (think_us < BUSY_STALL_US || from == TIME_NONE)
        return;
    memcpy(b->stall.client, h->sides[SIDE_CLIENT].endpoint.address.ip, sizeof b->stall.client);
    memcpy(b->stall.server, h->sides[SIDE_SERVER].endpoint.address.ip, sizeof b->stall.server);
    b->stall.from_us = from;
    b->stall.to_us = from + think_us;
}

static void learn(struct memory *m, const struct lesson *l)
{
    const struct handshake *h = l->handshake;
    const struct key key = {l->vantage, l->service->id};
    struct bytes bytes = {(const uint8_t *)&key, sizeof key};
    if (h->outcome == OUTCOME_SCAN || h->outcome == OUTCOME_ABANDONED ||
            (l->n_recent + 1 < BUSY_ATTEMPTS && memory_get(m, bytes) == NULL))
        return;
    struct busy *b = memory_make(m, bytes, l->at_us);
    const struct addition a = addition_of(l);
    if (b->since_us == 0)
        b->since_us = h->first_us;
    add_to(cell_at(b->minutes, MINUTES, slot_of_time(h->first_us, MINUTE_US)), &a);
    add_to(cell_at(b->fives, FIVES, slot_of_time(h->first_us, FIVE_US)), &a);
    add_to(cell_at(b->days, DAYS, slot_of_time(h->first_us, DAY_US)), &a);
    learn_stall(b, h, a.client_think_us);
    learn_server(b, h);
    if (l->leaf == NULL)
        return;
    learn_value(b, &b->leaves, CHANGE_LEAF, first8(l->leaf->sha256), h->first_us);
    if (l->leaf->is_parsed)
        learn_value(b, &b->keys, CHANGE_KEY, first8(l->leaf->spki_sha256), h->first_us);
}

static void sum(struct busy_counts *out, const struct cell *c)
{
    uint64_t *const to[COUNTS] = {[SUCCESS] = &out->success,
            [SUCCESS_INFERRED] = &out->success_inferred,
            [FAILED] = &out->failed,
            [FAILED_INFERRED] = &out->failed_inferred,
            [UNDETERMINED] = &out->undetermined,
            [FULL] = &out->full,
            [BELOW_BEST] = &out->below_best,
            [BELOW_SOUND] = &out->below_sound,
            [RESUMED] = &out->resumed,
            [OFFERED] = &out->resumption_offered,
            [GROUP_RETRIES] = &out->group_retries,
            [TLS13] = &out->tls13};
    for (int i = 0; i < COUNTS; i++)
        if (to[i] != NULL)
            *to[i] += c->counts[i];
    out->bytes += c->bytes;
    out->gap_bytes += c->gap_bytes;
    spread_merge(&out->latency, &c->latency);
    spread_merge(&out->server_think, &c->server_think);
    spread_merge(&out->client_think, &c->client_think);
}

/* Sums the cells from index `from` up to but without `to`. */
static void sum_cells(const struct busy *b, const struct cell *cells, size_t n, int64_t from,
        int64_t to, int64_t unit_us, struct busy_counts *out)
{
    *out = (struct busy_counts){.from_us = from * unit_us, .to_us = to * unit_us};
    if (out->from_us < b->since_us)
        out->from_us = b->since_us < out->to_us ? b->since_us : out->to_us;
    for (size_t i = 0; i < n; i++)
        if (cells[i].index >= from && cells[i].index < to && cells[i].index != 0)
            sum(out, &cells[i]);
}

uint64_t busy_failures(const struct busy_counts *c)
{
    return c->failed + c->failed_inferred;
}

uint64_t busy_attempts(const struct busy_counts *c)
{
    return c->success + c->success_inferred + busy_failures(c);
}

bool history_minutes(struct history *h, int64_t vantage, const struct service *s, int64_t end_us,
        unsigned minutes, struct busy_counts *out)
{
    const struct busy *b = recall(h, vantage, s);
    int64_t end = slot_of_time(end_us, MINUTE_US);
    if (b != NULL)
        sum_cells(b, b->minutes, MINUTES, end - minutes, end, MINUTE_US, out);
    return b != NULL;
}

bool history_span(struct history *h, int64_t vantage, const struct service *s, int64_t from_us,
        int64_t to_us, struct busy_counts *out)
{
    const struct busy *b = recall(h, vantage, s);
    if (b != NULL)
        sum_cells(b, b->fives, FIVES, slot_of_time(from_us + FIVE_US - 1, FIVE_US),
                slot_of_time(to_us, FIVE_US), FIVE_US, out);
    return b != NULL;
}

bool history_baseline(struct history *h, int64_t vantage, const struct service *s, int64_t at_us,
        struct busy_counts *out)
{
    const struct busy *b = recall(h, vantage, s);
    int64_t today = slot_of_time(at_us, DAY_US);
    if (b != NULL)
        sum_cells(b, b->days, DAYS, today - 7, today, DAY_US, out);
    return b != NULL;
}

bool history_day(struct history *h, int64_t vantage, const struct service *s, int64_t at_us,
        unsigned ago, struct busy_counts *out)
{
    const struct busy *b = recall(h, vantage, s);
    int64_t day = slot_of_time(at_us, DAY_US) - ago;
    if (b != NULL)
        sum_cells(b, b->days, DAYS, day, day + 1, DAY_US, out);
    return b != NULL;
}

size_t history_changes(struct history *h, int64_t vantage, const struct service *s,
        struct busy_change out[BUSY_CHANGES])
{
    const struct busy *b = recall(h, vantage, s);
    size_t n = 0;
    for (size_t i = 0; b != NULL && i < BUSY_CHANGES; i++)
        if (b->changes[i].kind != CHANGE_NONE)
            out[n++] = b->changes[i];
    return n;
}

bool history_stall(
        struct history *h, int64_t vantage, const struct service *s, struct busy_stall *out)
{
    const struct busy *b = recall(h, vantage, s);
    if (b == NULL || b->stall.to_us == 0)
        return false;
    *out = b->stall;
    return true;
}

const struct topic topic_busy = {
        .kind = {.name = "busy",
                .version = 2,
                .value_size = sizeof(struct busy),
                .cap = BUSY_SERVICES},
        .learn = learn,
};
