#include "history/prints.h"

#include <string.h>

#include "base/slot.h"
#include "history/busy.h"

#define HALF_HOUR_US ((int64_t)30 * 60 * 1000000)
#define HOUR_US (2 * HALF_HOUR_US)

enum { KNOWN_KEYS = 8, BAD_CERTIFICATE = 42, CERTIFICATE_UNKNOWN = 46 };

struct half {
    int64_t index; /* half hours since 1970 */
    uint32_t n, failed, done, unused, refused, padding;
};

struct print {
    char name[PRINT_TEXT];
    int64_t last_us;
    struct half halves[2]; /* by the last bit of the index */
    uint32_t old_done, old_unused;
    uint32_t after_n, after_refused, before_n, before_refused;
};

struct prints {
    struct print all[PRINTS_OF_SERVICE];
    uint64_t keys[KNOWN_KEYS];
    int64_t key_us; /* 0: no key was new */
    uint32_t n_keys, next_key;
};

struct key {
    int64_t vantage, service;
};

static int64_t half_of(int64_t us)
{
    return slot_of_time(us, HALF_HOUR_US);
}

/* The entry of the handshake's fingerprint; the one that was not used for longest makes room. NULL
 * when there is no fingerprint. */
static struct print *print_of(struct prints *p, const struct handshake *h)
{
    const char *name = h->prints.ja4[0] != '\0' ? h->prints.ja4 : h->prints.ja3;
    struct print *oldest = &p->all[0];
    size_t n = strnlen(name, PRINT_TEXT - 1);
    if (n == 0)
        return NULL;
    for (size_t i = 0; i < PRINTS_OF_SERVICE; i++) {
        struct print *one = &p->all[i];
        if (strncmp(one->name, name, PRINT_TEXT - 1) == 0)
            return one;
        if (one->last_us < oldest->last_us)
            oldest = one;
    }
    *oldest = (struct print){0};
    memcpy(oldest->name, name, n);
    return oldest;
}

/* The half hour of the time; what is pushed out goes to the old counts. NULL when it is older than
 * both. */
static struct half *half_at(struct print *p, int64_t us)
{
    int64_t index = half_of(us);
    struct half *h = &p->halves[index & 1];
    if (h->index > index)
        return NULL;
    if (h->index < index) {
        p->old_done += h->done;
        p->old_unused += h->unused;
        *h = (struct half){.index = index};
    }
    return h;
}

/* Whether the client refused the certificate, or did something that looks like it. */
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

/* A new key starts the comparison anew. */
static void learn_key(struct prints *p, const struct certificate *leaf, int64_t us)
{
    uint64_t key = 0;
    memcpy(&key, leaf->spki_sha256, sizeof key);
    for (uint32_t i = 0; i < p->n_keys; i++)
        if (p->keys[i] == key)
            return;
    bool is_first = p->n_keys == 0;
    p->keys[p->next_key] = key;
    p->next_key = (p->next_key + 1) % KNOWN_KEYS;
    p->n_keys += p->n_keys < KNOWN_KEYS;
    if (is_first)
        return;
    p->key_us = us;
    for (size_t i = 0; i < PRINTS_OF_SERVICE; i++) {
        struct print *one = &p->all[i];
        one->before_n = one->before_refused = one->after_n = one->after_refused = 0;
        for (int k = 0; k < 2; k++) {
            one->before_n += one->halves[k].n;
            one->before_refused += one->halves[k].refused;
        }
    }
}

static void learn(struct memory *m, const struct lesson *l)
{
    const struct handshake *h = l->handshake;
    const struct key key = {l->vantage, l->service->id};
    struct bytes bytes = {(const uint8_t *)&key, sizeof key};
    bool has_failed = outcome_is_failure(h->outcome);
    if ((!has_failed && !outcome_is_success(h->outcome)) ||
            (l->n_recent + 1 < BUSY_ATTEMPTS && memory_get(m, bytes) == NULL))
        return;
    struct prints *p = memory_make(m, bytes, l->at_us);
    if (l->leaf != NULL && l->leaf->is_parsed)
        learn_key(p, l->leaf, h->first_us);
    struct print *one = print_of(p, h);
    struct half *half = one != NULL ? half_at(one, h->first_us) : NULL;
    if (half == NULL)
        return;
    one->last_us = h->first_us;
    half->n++;
    half->failed += has_failed;
    half->refused += is_refused(h);
    if (p->key_us != 0 && h->first_us >= p->key_us && h->first_us - p->key_us < HOUR_US) {
        one->after_n++;
        one->after_refused += is_refused(h);
    }
}

/* Whether the client said nothing before it left. In TLS 1.3 that is what success-inferred is. */
static bool is_unused(const struct handshake *h, const struct connection_end *e)
{
    bool is_left = e->ending == ENDING_FIN_CLIENT || e->ending == ENDING_RST_CLIENT;
    if (!is_left || e->gap_bytes[SIDE_CLIENT] > 0)
        return false;
    return tls_is_13(h->version) ? h->outcome == OUTCOME_SUCCESS_INFERRED
                                 : e->records[SIDE_CLIENT].n_data == 0;
}

static void learn_end(struct memory *m, const struct lesson *l)
{
    const struct handshake *h = l->handshake;
    const struct key key = {l->vantage, l->service->id};
    struct bytes bytes = {(const uint8_t *)&key, sizeof key};
    if (!outcome_is_success(h->outcome) || l->end->ending == ENDING_NONE ||
            memory_get(m, bytes) == NULL)
        return;
    struct prints *p = memory_make(m, bytes, l->at_us);
    struct print *one = print_of(p, h);
    struct half *half = one != NULL ? half_at(one, h->first_us) : NULL;
    if (half == NULL)
        return;
    one->last_us = h->first_us > one->last_us ? h->first_us : one->last_us;
    half->done++;
    half->unused += is_unused(h, l->end);
}

static struct print_counts counts_of(const struct print *p, int64_t now)
{
    struct print_counts c = {.from_us = (now - 1) * HALF_HOUR_US,
            .old_done = p->old_done,
            .old_unused = p->old_unused,
            .after_n = p->after_n,
            .after_refused = p->after_refused,
            .before_n = p->before_n,
            .before_refused = p->before_refused};
    memcpy(c.name, p->name, sizeof c.name);
    for (int i = 0; i < 2; i++) {
        const struct half *h = &p->halves[i];
        if (h->index < now - 1) {
            c.old_done += h->done;
            c.old_unused += h->unused;
            continue;
        }
        c.n += h->n;
        c.failed += h->failed;
        c.done += h->done;
        c.unused += h->unused;
    }
    return c;
}

size_t history_prints(struct history *h, int64_t vantage, const struct service *s, int64_t at_us,
        struct print_counts out[PRINTS_OF_SERVICE], int64_t *key_us)
{
    const struct key key = {vantage, s->id};
    struct memory *m = history_topic(h, TOPIC_prints);
    const struct prints *p =
            m != NULL ? memory_get(m, (struct bytes){(const uint8_t *)&key, sizeof key}) : NULL;
    size_t n = 0;
    *key_us = p != NULL && p->key_us != 0 ? p->key_us : TIME_NONE;
    for (size_t i = 0; p != NULL && i < PRINTS_OF_SERVICE; i++)
        if (p->all[i].name[0] != '\0')
            out[n++] = counts_of(&p->all[i], half_of(at_us));
    return n;
}

const struct topic topic_prints = {
        .kind = {.name = "prints",
                .version = 1,
                .value_size = sizeof(struct prints),
                .cap = PRINTS_SERVICES},
        .learn = learn,
        .learn_end = learn_end,
};
