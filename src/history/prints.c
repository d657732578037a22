#include "history/prints.h"

#include <string.h>

#include "base/slot.h"
#include "history/attempts.h"
#include "history/busy.h"

#define HALF_HOUR_US ((int64_t)30 * 60 * 1000000)
#define HOUR_US (2 * HALF_HOUR_US)

enum { KNOWN_KEYS = 8 };

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
    int64_t place, service;
};

static int64_t half_of(int64_t us)
{
    return slot_of_time(us, HALF_HOUR_US);
}

/* The entry of a fingerprint; the one that was not used for longest makes room. NULL
 * when there is no fingerprint. */
static struct print *print_of(struct prints *p, const char *name)
{
    struct print *oldest = &p->all[0];
    if (name[0] == '\0')
        return NULL;
    for (size_t i = 0; i < PRINTS_OF_SERVICE; i++) {
        struct print *one = &p->all[i];
        if (strncmp(one->name, name, PRINT_TEXT - 1) == 0)
            return one;
        if (one->last_us < oldest->last_us)
            oldest = one;
    }
    *oldest = (struct print){0};
    memcpy(oldest->name, name, PRINT_TEXT);
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

/* A new key starts the comparison anew. */
static void learn_key(struct prints *p, uint64_t key, int64_t us)
{
    if (key == 0)
        return;
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

static void take(struct prints *p, const struct attempt *a)
{
    if (!attempt_is_success(a) && !attempt_is_failure(a))
        return;
    learn_key(p, a->key, a->first_us);
    struct print *one = print_of(p, a->print);
    struct half *half = one != NULL ? half_at(one, a->first_us) : NULL;
    if (half == NULL)
        return;
    bool is_refused = attempt_is(a, ATTEMPT_REFUSED);
    one->last_us = a->first_us;
    half->n++;
    half->failed += attempt_is_failure(a);
    half->refused += is_refused;
    half->done += a->is_done;
    half->unused += a->is_unused;
    if (p->key_us != 0 && a->first_us >= p->key_us && a->first_us - p->key_us < HOUR_US) {
        one->after_n++;
        one->after_refused += is_refused;
    }
}

static void learn(struct memory *m, const struct lesson *l)
{
    const struct key key = {l->place, l->service->id};
    struct bytes bytes = {(const uint8_t *)&key, sizeof key};
    bool is_new = memory_get(m, bytes) == NULL;
    if (l->attempt == NULL || attempt_is(l->attempt, ATTEMPT_UNDETERMINED) ||
            (is_new && l->n_recent + 1 < BUSY_ATTEMPTS))
        return;
    struct prints *p = memory_make(m, bytes, l->at_us);
    for (size_t i = 0; is_new && i < l->before->n; i++)
        take(p, &l->before->all[i]);
    take(p, l->attempt);
}

static void learn_end(struct memory *m, const struct lesson *l)
{
    const struct handshake *h = l->handshake;
    const struct key key = {l->place, l->service->id};
    struct bytes bytes = {(const uint8_t *)&key, sizeof key};
    char name[PRINT_TEXT];
    if (!outcome_is_success(h->outcome) || l->end->ending == ENDING_NONE ||
            memory_get(m, bytes) == NULL || !attempt_print(h, name))
        return;
    struct prints *p = memory_make(m, bytes, l->at_us);
    struct print *one = print_of(p, name);
    struct half *half = one != NULL ? half_at(one, h->first_us) : NULL;
    if (half == NULL)
        return;
    one->last_us = h->first_us > one->last_us ? h->first_us : one->last_us;
    half->done++;
    half->unused += attempt_is_unused(h, l->end);
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

size_t history_prints(struct history *h, int64_t place, const struct service *s, int64_t at_us,
        struct print_counts out[PRINTS_OF_SERVICE], int64_t *key_us)
{
    const struct key key = {place, s->id};
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
                .version = 2,
                .value_size = sizeof(struct prints),
                .cap = PRINTS_SERVICES},
        .learn = learn,
        .learn_end = learn_end,
};
