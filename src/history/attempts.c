#include "history/attempts.h"

#include <string.h>

#include "base/map.h"
#include "model/derived.h"

#define TEN_MINUTES_US ((int64_t)600 * 1000000)

enum { BAD_CERTIFICATE = 42, CERTIFICATE_UNKNOWN = 46 };

struct attempts {
    struct attempt all[ATTEMPTS_BEFORE];
    uint64_t n; /* ever; a circle */
};

struct key {
    int64_t place, service;
};

static void set(struct attempt *a, enum attempt_count c, bool is_set)
{
    a->counts |= (uint32_t)is_set << c;
}

bool attempt_is_success(const struct attempt *a)
{
    return attempt_is(a, ATTEMPT_SUCCESS) || attempt_is(a, ATTEMPT_SUCCESS_INFERRED);
}

bool attempt_is_failure(const struct attempt *a)
{
    return attempt_is(a, ATTEMPT_FAILED) || attempt_is(a, ATTEMPT_FAILED_INFERRED);
}

static void take_success(struct attempt *a, const struct lesson *l)
{
    const struct handshake *h = l->handshake;
    const struct server_hello *retry = h->hello_retry_request;
    bool is_seen = h->outcome == OUTCOME_SUCCESS && h->basis == BASIS_SEEN;
    bool is_full = h->resumption == RESUMPTION_FULL;
    bool is_below = is_full && l->is_below_best;
    set(a, is_seen ? ATTEMPT_SUCCESS : ATTEMPT_SUCCESS_INFERRED, true);
    set(a, ATTEMPT_FULL, is_full);
    set(a, ATTEMPT_BELOW_BEST, is_below);
    set(a, ATTEMPT_BELOW_SOUND, is_below && !handshake_is_sound(h));
    set(a, ATTEMPT_RESUMED, h->resumption == RESUMPTION_RESUMED);
    set(a, ATTEMPT_OFFERED, h->client_hello != NULL && handshake_offers_resumption(h));
    set(a, ATTEMPT_GROUP_RETRIES, is_full && retry != NULL && retry->has_key_share);
    set(a, ATTEMPT_TLS13, tls_is_13(h->version));
}

static void take_times(struct attempt *a, const struct handshake *h)
{
    struct durations d = durations_of(&h->times, h->outcome);
    int64_t latency = handshake_latency(h);
    bool has_rtt = d.rtt_client_us != TIME_NONE && d.rtt_server_us != TIME_NONE;
    a->latency_us = a->server_think_us = a->client_think_us = -1;
    if (attempt_is(a, ATTEMPT_FULL) && h->hello_retry_request == NULL && has_rtt &&
            latency != TIME_NONE) {
        latency -= d.rtt_client_us + d.rtt_server_us;
        a->latency_us = latency > 0 ? latency : 0;
    }
    /* What was not lessened by the round trip is not thinking alone. */
    if (d.rtt_server_us != TIME_NONE)
        a->server_think_us = d.server_think_us;
    if (d.rtt_client_us != TIME_NONE)
        a->client_think_us = d.client_think_us;
}

static bool is_refused(const struct handshake *h)
{
    const struct side_facts *client = &h->sides[SIDE_CLIENT];
    if (h->outcome == OUTCOME_FAIL_INFERRED_CLIENT)
        return true;
    for (size_t i = 0;
            h->outcome == OUTCOME_FAIL_ALERT_CLIENT && i < client->n_alerts && i < TLS_ALERT_CAP;
            i++)
        if (client->alerts[i].description == BAD_CERTIFICATE ||
                client->alerts[i].description == CERTIFICATE_UNKNOWN)
            return true;
    return false;
}

static uint64_t first8(const uint8_t sha256[32])
{
    uint64_t v = 0;
    for (int i = 0; i < 8; i++)
        v = v << 8 | sha256[i];
    return v;
}

/* The fourth letter of a server's fingerprint tells full handshakes from resumed ones, which are
 * answered differently. */
static void take_server(struct attempt *a, const struct handshake *h)
{
    const char *print = h->prints.server;
    size_t n = strnlen(print, sizeof h->prints.server);
    if (h->prints.offer == 0 || n < 4)
        return;
    const uint64_t offer[2] = {(uint64_t)h->prints.offer, (uint64_t)print[3]};
    a->question = hash_fixed(offer, sizeof offer);
    a->answer = hash_fixed(print, n);
}

bool attempt_print(const struct handshake *h, char out[ATTEMPT_PRINT])
{
    const char *name = h->prints.ja4[0] != '\0' ? h->prints.ja4 : h->prints.ja3;
    size_t n = strnlen(name, ATTEMPT_PRINT - 1);
    memset(out, 0, ATTEMPT_PRINT);
    memcpy(out, name, n);
    return n > 0;
}

bool attempt_of(const struct lesson *l, struct attempt *out)
{
    const struct handshake *h = l->handshake;
    *out = (struct attempt){.handshake = h->id, .first_us = h->first_us};
    if (outcome_is_success(h->outcome))
        take_success(out, l);
    else if (outcome_is_failure(h->outcome))
        set(out, h->basis == BASIS_SEEN ? ATTEMPT_FAILED : ATTEMPT_FAILED_INFERRED, true);
    else if (h->outcome == OUTCOME_UNDETERMINED)
        set(out, ATTEMPT_UNDETERMINED, true);
    else
        return false;
    set(out, ATTEMPT_REFUSED, is_refused(h));
    take_times(out, h);
    take_server(out, h);
    (void)attempt_print(h, out->print);
    for (int i = 0; i < 2; i++) {
        out->bytes += h->sides[i].payload_bytes;
        out->gap_bytes += h->sides[i].gap_bytes;
    }
    if (l->leaf != NULL)
        out->leaf = first8(l->leaf->sha256);
    if (l->leaf != NULL && l->leaf->is_parsed)
        out->key = first8(l->leaf->spki_sha256);
    return true;
}

bool attempt_is_unused(const struct handshake *h, const struct connection_end *e)
{
    bool is_left = e->ending == ENDING_FIN_CLIENT || e->ending == ENDING_RST_CLIENT;
    if (!is_left || e->gap_bytes[SIDE_CLIENT] > 0)
        return false;
    if (!tls_is_13(h->version))
        return e->records[SIDE_CLIENT].n_data == 0;
    return h->outcome == OUTCOME_SUCCESS_INFERRED ||
           (h->times.client_data_us == TIME_NONE && e->data_us[SIDE_CLIENT] == TIME_NONE);
}

static struct key key_of(int64_t place, const struct service *s)
{
    return (struct key){place, s->id};
}

void history_attempts(struct history *h, int64_t place, const struct service *s, int64_t at_us,
        struct attempts_before *out)
{
    const struct key key = key_of(place, s);
    struct memory *m = history_topic(h, TOPIC_attempts);
    const struct attempts *a =
            m != NULL ? memory_get(m, (struct bytes){(const uint8_t *)&key, sizeof key}) : NULL;
    out->n = 0;
    uint64_t n = a != NULL ? a->n : 0;
    for (uint64_t i = n < ATTEMPTS_BEFORE ? 0 : n - ATTEMPTS_BEFORE; i < n; i++) {
        const struct attempt *one = &a->all[i % ATTEMPTS_BEFORE];
        if (one->first_us <= at_us && at_us - one->first_us < TEN_MINUTES_US)
            out->all[out->n++] = *one;
    }
}

/* What is undetermined makes no service busy. */
static void learn(struct memory *m, const struct lesson *l)
{
    if (l->attempt == NULL || attempt_is(l->attempt, ATTEMPT_UNDETERMINED))
        return;
    const struct key key = key_of(l->place, l->service);
    struct attempts *all =
            memory_make(m, (struct bytes){(const uint8_t *)&key, sizeof key}, l->at_us);
    all->all[all->n++ % ATTEMPTS_BEFORE] = *l->attempt;
}

static void learn_end(struct memory *m, const struct lesson *l)
{
    const struct key key = key_of(l->place, l->service);
    struct bytes bytes = {(const uint8_t *)&key, sizeof key};
    struct attempts *all = memory_get(m, bytes);
    if (all == NULL || l->end->ending == ENDING_NONE || !outcome_is_success(l->handshake->outcome))
        return;
    for (size_t i = 0; i < ATTEMPTS_BEFORE && i < all->n; i++) {
        if (all->all[i].handshake != l->handshake->id)
            continue;
        all = memory_make(m, bytes, l->at_us);
        all->all[i].is_done = 1;
        all->all[i].is_unused = attempt_is_unused(l->handshake, l->end);
    }
}

const struct topic topic_attempts = {
        .kind = {.name = "attempts",
                .version = 1,
                .value_size = sizeof(struct attempts),
                .cap = ATTEMPTS_SERVICES},
        .learn = learn,
        .learn_end = learn_end,
};
