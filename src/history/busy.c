#include "history/busy.h"

#include <string.h>

#include "base/map.h"
#include "base/slot.h"
#include "history/attempts.h"

#define MINUTE_US (60 * (int64_t)1000000)
#define FIVE_US (5 * MINUTE_US)
#define HALF_HOUR_US (30 * MINUTE_US)
#define HOUR_US (60 * MINUTE_US)
#define DAY_US (1440 * MINUTE_US)

enum { MINUTES = 10, FIVES = 14, DAYS = 9, KNOWN_PAIRS = 32, KNOWN_LEAVES = 8 };

struct cell {
    int64_t index; /* minutes, five minutes or days since 1970 */
    uint64_t bytes, gap_bytes;
    uint32_t counts[ATTEMPT_COUNTS];
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
    int64_t place, service;
};

static struct busy *recall(struct history *h, int64_t place, const struct service *s)
{
    const struct key key = {place, s->id};
    struct memory *m = history_topic(h, TOPIC_busy);
    return m != NULL ? memory_get(m, (struct bytes){(const uint8_t *)&key, sizeof key}) : NULL;
}

/* When an attempt began, and what the clock says: a cell of a later time is of a wrong clock. */
struct when {
    int64_t us, now_us;
};

/* The cell of the time, emptied when it was of an older one, or of one that never was; NULL when a
 * newer one is there. */
static struct cell *cell_at(struct cell *cells, size_t n, const struct when *at, int64_t unit_us)
{
    int64_t index = slot_of_time(at->us, unit_us);
    struct cell *c = &cells[slot_in_ring(index, n)];
    if (c->index > index && c->index <= slot_of_time(at->now_us, unit_us))
        return NULL;
    if (c->index != index || c->index == 0) {
        *c = (struct cell){.index = index};
    }
    return c;
}

static void add_to(struct cell *c, const struct attempt *a)
{
    if (c == NULL)
        return;
    for (int i = 0; i < ATTEMPT_COUNTS; i++)
        c->counts[i] += attempt_is(a, (enum attempt_count)i);
    c->bytes += a->bytes;
    c->gap_bytes += a->gap_bytes;
    spread16_add(&c->latency, a->latency_us);
    spread16_add(&c->server_think, a->server_think_us);
    spread16_add(&c->client_think, a->client_think_us);
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

/* What the half hour before us was like, in blocks of five minutes. */
static struct busy_tally tally_before(const struct busy *b, int64_t us)
{
    struct busy_tally t = {0};
    int64_t to = slot_of_time(us, FIVE_US);
    int64_t from = slot_of_time(us - HALF_HOUR_US, FIVE_US);
    for (size_t i = 0; i < FIVES; i++) {
        const struct cell *c = &b->fives[i];
        if (c->index < from || c->index > to || c->index == 0)
            continue;
        t.bytes += c->bytes;
        t.gap_bytes += c->gap_bytes;
        t.success += c->counts[ATTEMPT_SUCCESS] + c->counts[ATTEMPT_SUCCESS_INFERRED];
        t.failed += c->counts[ATTEMPT_FAILED] + c->counts[ATTEMPT_FAILED_INFERRED];
        t.undetermined += c->counts[ATTEMPT_UNDETERMINED];
        t.tls13 += c->counts[ATTEMPT_TLS13];
    }
    return t;
}

/* The attempt that shows the change is not counted yet. */
static void note_change(struct busy *b, enum busy_change_kind kind, uint64_t value, int64_t us)
{
    memmove(&b->changes[0], &b->changes[1], (BUSY_CHANGES - 1) * sizeof b->changes[0]);
    b->changes[BUSY_CHANGES - 1] = (struct busy_change){
            .at_us = us, .value = value, .kind = kind, .before = tally_before(b, us)};
}

static void add_to_tally(struct busy_tally *t, const struct attempt *a)
{
    bool is_success = attempt_is_success(a);
    bool is_13 = attempt_is(a, ATTEMPT_TLS13);
    t->bytes += a->bytes;
    t->gap_bytes += a->gap_bytes;
    t->success += is_success;
    t->tls13 += is_13;
    t->failed += attempt_is_failure(a);
    t->undetermined += attempt_is(a, ATTEMPT_UNDETERMINED);
    if (attempt_is(a, ATTEMPT_UNDETERMINED))
        return;
    t->latest_failed = t->latest_failed << 1 | !is_success;
    t->latest_older = t->latest_older << 1 | (is_success && !is_13);
}

/* Attempts are learned when they end: one that began before a change belongs there. */
static void add_to_changes(struct busy *b, const struct attempt *a)
{
    for (size_t i = 0; i < BUSY_CHANGES; i++) {
        struct busy_change *c = &b->changes[i];
        int64_t since_us = a->first_us - c->at_us;
        if (c->kind == CHANGE_NONE || since_us >= HALF_HOUR_US || since_us < -HALF_HOUR_US)
            continue;
        add_to_tally(since_us < 0 ? &c->before : &c->after, a);
    }
}

static void learn_value(struct busy *b, struct known_values *k, enum busy_change_kind kind,
        uint64_t value, int64_t us)
{
    if (value == 0 || knows(k, value))
        return;
    if (k->n > 0)
        note_change(b, kind, value, us);
    come_to_know(k, value, KNOWN_LEAVES);
}

/* Which server fingerprint answered which ClientHello. */
static void learn_server(struct busy *b, const struct attempt *a)
{
    const uint64_t both[2] = {a->question, a->answer};
    uint64_t pair = hash_fixed(both, sizeof both);
    if (a->question == 0 || knows(&b->pairs, pair))
        return;
    if (knows(&b->offers, a->question))
        note_change(b, CHANGE_SERVER, a->answer, a->first_us);
    else
        come_to_know(&b->offers, a->question, KNOWN_PAIRS);
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

/* What is of a later time than now never was: the clock was wrong, and set back. */
static void follow(struct busy *b, int64_t now_us)
{
    if (b->since_us > now_us)
        b->since_us = 0;
    for (size_t i = 0; i < BUSY_CHANGES; i++)
        if (b->changes[i].at_us > now_us)
            b->changes[i] = (struct busy_change){.kind = CHANGE_NONE};
    if (b->stall.to_us > now_us)
        b->stall = (struct busy_stall){0};
}

static void take(struct busy *b, const struct attempt *a, int64_t now_us)
{
    const struct when at = {a->first_us, now_us};
    follow(b, now_us);
    if (b->since_us == 0)
        b->since_us = a->first_us;
    learn_server(b, a);
    learn_value(b, &b->leaves, CHANGE_LEAF, a->leaf, a->first_us);
    learn_value(b, &b->keys, CHANGE_KEY, a->key, a->first_us);
    add_to_changes(b, a);
    add_to(cell_at(b->minutes, MINUTES, &at, MINUTE_US), a);
    add_to(cell_at(b->fives, FIVES, &at, FIVE_US), a);
    add_to(cell_at(b->days, DAYS, &at, DAY_US), a);
}

static void learn(struct memory *m, const struct lesson *l)
{
    const struct key key = {l->place, l->service->id};
    struct bytes bytes = {(const uint8_t *)&key, sizeof key};
    bool is_new = memory_get(m, bytes) == NULL;
    int64_t now_us = l->now_us != 0 ? l->now_us : INT64_MAX;
    if (l->attempt == NULL || (is_new && l->n_recent + 1 < BUSY_ATTEMPTS))
        return;
    struct busy *b = memory_make(m, bytes, l->at_us);
    for (size_t i = 0; is_new && i < l->before->n; i++)
        take(b, &l->before->all[i], now_us);
    take(b, l->attempt, now_us);
    learn_stall(b, l->handshake, l->attempt->client_think_us);
}

static void sum(struct busy_counts *out, const struct cell *c)
{
    uint64_t *const to[ATTEMPT_COUNTS] = {[ATTEMPT_SUCCESS] = &out->success,
            [ATTEMPT_SUCCESS_INFERRED] = &out->success_inferred,
            [ATTEMPT_FAILED] = &out->failed,
            [ATTEMPT_FAILED_INFERRED] = &out->failed_inferred,
            [ATTEMPT_UNDETERMINED] = &out->undetermined,
            [ATTEMPT_FULL] = &out->full,
            [ATTEMPT_BELOW_BEST] = &out->below_best,
            [ATTEMPT_BELOW_SOUND] = &out->below_sound,
            [ATTEMPT_RESUMED] = &out->resumed,
            [ATTEMPT_OFFERED] = &out->resumption_offered,
            [ATTEMPT_GROUP_RETRIES] = &out->group_retries,
            [ATTEMPT_TLS13] = &out->tls13};
    for (int i = 0; i < ATTEMPT_COUNTS; i++)
        if (to[i] != NULL)
            *to[i] += c->counts[i];
    out->bytes += c->bytes;
    out->gap_bytes += c->gap_bytes;
    spread_merge(&out->latency, &c->latency);
    spread_merge(&out->server_think, &c->server_think);
    spread_merge(&out->client_think, &c->client_think);
}

/* Adds the cells from index `from` up to but without `to`. */
static void add_cells(
        const struct cell *cells, size_t n, int64_t from, int64_t to, struct busy_counts *out)
{
    for (size_t i = 0; i < n; i++)
        if (cells[i].index >= from && cells[i].index < to && cells[i].index != 0)
            sum(out, &cells[i]);
}

/* Nothing, in a span of time; its beginning is not known when the service was not busy yet. */
static struct busy_counts nothing(const struct busy *b, int64_t from_us, int64_t to_us)
{
    struct busy_counts c = {.from_us = from_us, .to_us = to_us};
    if (from_us < b->since_us)
        c.from_us = b->since_us < to_us ? b->since_us : to_us;
    return c;
}

static void sum_cells(const struct busy *b, const struct cell *cells, size_t n, int64_t from,
        int64_t to, int64_t unit_us, struct busy_counts *out)
{
    *out = nothing(b, from * unit_us, to * unit_us);
    add_cells(cells, n, from, to, out);
}

uint64_t busy_failures(const struct busy_counts *c)
{
    return c->failed + c->failed_inferred;
}

uint64_t busy_attempts(const struct busy_counts *c)
{
    return c->success + c->success_inferred + busy_failures(c);
}

bool history_minutes(struct history *h, int64_t place, const struct service *s, int64_t end_us,
        unsigned minutes, struct busy_counts *out)
{
    const struct busy *b = recall(h, place, s);
    int64_t end = slot_of_time(end_us, MINUTE_US);
    if (b != NULL)
        sum_cells(b, b->minutes, MINUTES, end - minutes, end, MINUTE_US, out);
    return b != NULL;
}

bool history_hour(struct history *h, int64_t place, const struct service *s, int64_t end_us,
        struct busy_counts *out)
{
    const struct busy *b = recall(h, place, s);
    int64_t block = slot_of_time(end_us, FIVE_US);
    int64_t from = slot_of_time(end_us - HOUR_US + FIVE_US - 1, FIVE_US);
    if (b == NULL)
        return false;
    *out = nothing(b, from * FIVE_US, end_us);
    add_cells(b->fives, FIVES, from, block, out);
    add_cells(b->minutes, MINUTES, slot_of_time(block * FIVE_US, MINUTE_US),
            slot_of_time(end_us, MINUTE_US), out);
    return true;
}

bool history_span(struct history *h, int64_t place, const struct service *s, int64_t from_us,
        int64_t to_us, struct busy_counts *out)
{
    const struct busy *b = recall(h, place, s);
    if (b != NULL)
        sum_cells(b, b->fives, FIVES, slot_of_time(from_us + FIVE_US - 1, FIVE_US),
                slot_of_time(to_us, FIVE_US), FIVE_US, out);
    return b != NULL;
}

bool history_baseline(struct history *h, int64_t place, const struct service *s, int64_t at_us,
        struct busy_counts *out)
{
    const struct busy *b = recall(h, place, s);
    int64_t today = slot_of_time(at_us, DAY_US);
    if (b != NULL)
        sum_cells(b, b->days, DAYS, today - 7, today, DAY_US, out);
    return b != NULL;
}

bool history_day(struct history *h, int64_t place, const struct service *s, int64_t at_us,
        unsigned ago, struct busy_counts *out)
{
    const struct busy *b = recall(h, place, s);
    int64_t day = slot_of_time(at_us, DAY_US) - ago;
    if (b != NULL)
        sum_cells(b, b->days, DAYS, day, day + 1, DAY_US, out);
    return b != NULL;
}

size_t history_changes(struct history *h, int64_t place, const struct service *s,
        struct busy_change out[BUSY_CHANGES])
{
    const struct busy *b = recall(h, place, s);
    size_t n = 0;
    for (size_t i = 0; b != NULL && i < BUSY_CHANGES; i++)
        if (b->changes[i].kind != CHANGE_NONE)
            out[n++] = b->changes[i];
    return n;
}

bool history_stall(
        struct history *h, int64_t place, const struct service *s, struct busy_stall *out)
{
    const struct busy *b = recall(h, place, s);
    if (b == NULL || b->stall.to_us == 0)
        return false;
    *out = b->stall;
    return true;
}

const struct topic topic_busy = {
        .kind = {.name = "busy",
                .version = 3,
                .value_size = sizeof(struct busy),
                .cap = BUSY_SERVICES},
        .learn = learn,
};
