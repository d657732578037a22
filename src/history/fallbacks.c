#include "history/fallbacks.h"

#include <string.h>

#include "base/map.h"

#define DAY_US (INT64_C(86400) * 1000000)

enum { LATERS = 4 };

/* A success without TLS 1.3, for a failure that is judged after it. */
struct later {
    int64_t us; /* 0: none */
    uint16_t versions, suite;
    uint8_t version, has_scsv; /* bit of the version that was chosen */
    uint8_t padding[2];
};

struct attempt {
    int64_t failed_first_us, failed_last_us, failed_handshake;
    int64_t intolerant_us; /* the latest case, of all clients: see sum_of */
    uint32_t n;            /* cases, likewise */
    uint16_t versions;     /* offered by what failed: bit of each minor version; 0 nothing failed */
    uint16_t is_broken_off;
    uint16_t n_suites;
    uint16_t suites[HISTORY_FALLBACK_SUITES];
    uint16_t next; /* of laters, that is written next */
    uint16_t padding[2];
    struct later laters[LATERS];
};

/* A failure and what came after it. */
struct pair {
    struct attempt failed;
    struct later later;
    size_t slot; /* of laters; LATERS: it is the handshake that was asked about */
};

struct key {
    int64_t vantage;
    uint8_t client[16], server[16];
    uint64_t name;
    uint64_t port;
};

static bool key_of(int64_t vantage, const struct handshake *h, struct key *out)
{
    const struct client_hello *ch = h->client_hello;
    if (ch == NULL || ch->is_sslv2_format)
        return false;
    const struct endpoint *server = &h->sides[SIDE_SERVER].endpoint;
    *out = (struct key){.vantage = vantage, .port = server->port};
    memcpy(out->client, h->sides[SIDE_CLIENT].endpoint.address.ip, sizeof out->client);
    memcpy(out->server, server->address.ip, sizeof out->server);
    out->name = ch->has_sni && ch->sni.n > 0 ? hash_fixed(ch->sni.p, ch->sni.n) : 0;
    return true;
}

/* Where the cases of all clients of the server and name are counted: no port is that high. */
static struct key sum_of(const struct key *key)
{
    struct key sum = {.vantage = key->vantage, .name = key->name, .port = key->port | 1 << 16};
    memcpy(sum.server, key->server, sizeof sum.server);
    return sum;
}

static struct bytes bytes_of(const struct key *key)
{
    return (struct bytes){(const uint8_t *)key, sizeof *key};
}

static uint16_t bit_of(uint16_t version)
{
    if (tls_is_13(version))
        return 1 << 4;
    return version >= TLS_SSLV3 && version <= TLS_1_2 ? (uint16_t)(1 << (version & 7)) : 0;
}

/* Without supported_versions a hello offers everything up to its legacy_version. */
static uint16_t versions_of(const struct client_hello *ch)
{
    uint16_t bits = 0;
    if (!ch->has_supported_versions) {
        uint16_t most = ch->legacy_version < TLS_1_2 ? ch->legacy_version : TLS_1_2;
        for (uint16_t v = TLS_SSLV3; v <= most; v++)
            bits |= bit_of(v);
    }
    for (size_t i = 0; i < u16_count(ch->supported_versions); i++)
        bits |= bit_of(u16_at(ch->supported_versions, i));
    return bits;
}

static uint16_t highest(uint16_t bits)
{
    for (int minor = 4; minor >= 0; minor--)
        if ((bits >> minor & 1) != 0)
            return (uint16_t)(TLS_SSLV3 + minor);
    return 0;
}

static bool has_suite(const struct attempt *t, uint16_t suite)
{
    for (size_t i = 0; i < t->n_suites && i < HISTORY_FALLBACK_SUITES; i++)
        if (t->suites[i] == suite)
            return true;
    return false;
}

static bool is_failure(const struct handshake *h)
{
    return outcome_is_failure(h->outcome) || h->outcome == OUTCOME_ABANDONED;
}

/* The client gave up waiting: nothing of the server had come. */
static bool has_waited(const struct handshake *h)
{
    const struct timings *t = &h->times;
    return h->sides[SIDE_SERVER].payload_bytes == 0 && t->client_hello_last_us != TIME_NONE &&
           t->end_us != TIME_NONE &&
           t->end_us - t->client_hello_last_us >= HISTORY_FALLBACK_WAIT_US;
}

/* Nobody was there to choose a version, and it was not the client that left without need. A server
 * that refuses the fallback itself does what it should (RFC 7507 3). */
static bool is_broken_off(const struct handshake *h)
{
    if (h->server_hello != NULL || h->client_hello->has_fallback_scsv || !handshake_is_complete(h))
        return false;
    switch (h->outcome) {
    case OUTCOME_FAIL_ALERT_SERVER:
    case OUTCOME_FAIL_RESET_SERVER:
    case OUTCOME_FAIL_RESET_THIRD_PARTY:
    case OUTCOME_FAIL_CLOSED_SERVER:
    case OUTCOME_FAIL_TIMEOUT_SERVER:
    case OUTCOME_FAIL_TIMEOUT_PATH:
        return true;
    case OUTCOME_FAIL_CLOSED_CLIENT:
    case OUTCOME_FAIL_RESET_CLIENT:
        return has_waited(h);
    default:
        return false;
    }
}

static void set_failure(struct attempt *t, const struct handshake *h)
{
    struct bytes suites = h->client_hello->cipher_suites;
    t->failed_first_us = h->first_us;
    t->failed_last_us = h->last_us;
    t->failed_handshake = h->id;
    t->versions = versions_of(h->client_hello);
    t->is_broken_off = is_broken_off(h);
    t->n_suites = 0;
    for (size_t i = 0; i < u16_count(suites) && t->n_suites < HISTORY_FALLBACK_SUITES; i++)
        t->suites[t->n_suites++] = u16_at(suites, i);
}

static bool is_success(const struct handshake *h)
{
    return outcome_is_success(h->outcome) && h->server_hello != NULL;
}

static struct later later_of(const struct handshake *h)
{
    return (struct later){.us = h->first_us,
            .versions = versions_of(h->client_hello),
            .version = is_success(h) ? (uint8_t)bit_of(h->version) : 0,
            .suite = h->cipher_suite,
            .has_scsv = h->client_hello->has_fallback_scsv};
}

/* The first of the successes since us; LATERS when there is none. */
static size_t first_since(const struct attempt *t, int64_t us)
{
    size_t found = LATERS;
    for (size_t i = 0; i < LATERS; i++) {
        bool is_after = t->laters[i].us != 0 && t->laters[i].us >= us;
        if (is_after && (found == LATERS || t->laters[i].us < t->laters[found].us))
            found = i;
    }
    return found;
}

/* What is there and h, in the order of time: a failure and what came after it. */
static bool pair_of(const struct attempt *there, const struct handshake *h, struct pair *out)
{
    size_t slot = is_failure(h) ? first_since(there, h->first_us) : LATERS;
    if (slot == LATERS && (there->versions == 0 || there->failed_handshake == h->id))
        return false;
    *out = (struct pair){.failed = *there, .slot = slot};
    if (slot != LATERS) {
        set_failure(&out->failed, h);
        out->later = there->laters[slot];
    } else {
        out->later = later_of(h);
    }
    return highest(out->later.versions) != 0 &&
           highest(out->failed.versions) > highest(out->later.versions) &&
           out->later.us >= out->failed.failed_first_us &&
           out->later.us - out->failed.failed_last_us <= HISTORY_FALLBACK_US;
}

/* What did not fail and offers everything is no fallback: nearly every handshake. */
static bool may_pair(const struct handshake *h)
{
    return h->client_hello != NULL &&
           (is_failure(h) || highest(versions_of(h->client_hello)) < TLS_1_3);
}

static bool is_intolerance(const struct pair *p)
{
    return p->failed.is_broken_off != 0 && (p->failed.versions & p->later.version) != 0 &&
           has_suite(&p->failed, p->later.suite);
}

/* Cases less than a day apart, this one included. */
static uint32_t count(const struct attempt *sum, const struct pair *pair)
{
    bool is_recent = sum != NULL && sum->n > 0 && pair->later.us - sum->intolerant_us <= DAY_US;
    return is_recent ? sum->n + 1 : 1;
}

bool history_fell_back(
        struct history *history, int64_t vantage, const struct handshake *h, struct fell_back *out)
{
    struct key key;
    struct pair p;
    struct memory *m = history_topic(history, TOPIC_fallbacks);
    if (m == NULL || !may_pair(h) || !key_of(vantage, h, &key))
        return false;
    const struct attempt *t = memory_get(m, bytes_of(&key));
    if (t == NULL || !pair_of(t, h, &p))
        return false;
    *out = (struct fell_back){.from = highest(p.failed.versions),
            .to = highest(p.later.versions),
            .failed_us = p.failed.failed_last_us,
            .failed_handshake = p.failed.failed_handshake,
            .has_scsv = p.later.has_scsv,
            .is_intolerance = is_intolerance(&p)};
    const struct key sum = sum_of(&key);
    out->n = out->is_intolerance ? count(memory_get(m, bytes_of(&sum)), &p) : 0;
    return true;
}

/* One failure and one success count once. */
static void learn_pair(struct memory *m, const struct key *key, struct attempt *t,
        const struct pair *pair, int64_t us)
{
    const struct key at = sum_of(key);
    if (pair->slot != LATERS)
        t->laters[pair->slot] = (struct later){0};
    else
        t->versions = 0;
    struct attempt *sum = memory_make(m, bytes_of(&at), us);
    sum->n = count(sum, pair);
    if (pair->later.us > sum->intolerant_us)
        sum->intolerant_us = pair->later.us;
}

static void learn(struct memory *m, const struct lesson *l)
{
    struct key key;
    struct pair p;
    const struct handshake *h = l->handshake;
    if (!key_of(l->vantage, h, &key))
        return;
    bool is_lower = is_success(h) && highest(versions_of(h->client_hello)) < TLS_1_3;
    if (!is_failure(h) && !is_lower)
        return;
    struct attempt *t = memory_make(m, bytes_of(&key), l->at_us);
    if (pair_of(t, h, &p) && is_intolerance(&p))
        learn_pair(m, &key, t, &p, l->at_us);
    else if (is_failure(h))
        set_failure(t, h);
    else
        t->laters[t->next++ % LATERS] = later_of(h);
}

const struct topic topic_fallbacks = {
        .kind = {.name = "fallbacks",
                .version = 3,
                .value_size = sizeof(struct attempt),
                .cap = HISTORY_FALLBACKS},
        .learn = learn,
};
