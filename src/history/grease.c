#include "history/grease.h"

#include "history/hellos.h"
#include "history/host_key.h"

enum { THIRD = 3 };

struct key {
    struct host_key server;
    uint64_t client;
};

static struct key key_of(int64_t vantage, const struct service *s, const struct handshake *h)
{
    return (struct key){host_key_of(vantage, s, h, SIDE_SERVER),
            hash_fixed(h->prints.ja4, strnlen(h->prints.ja4, sizeof h->prints.ja4))};
}

bool grease_is_failed(const struct handshake *h)
{
    bool is_before = h->server_hello == NULL && h->hello_retry_request == NULL;
    return is_before &&
           (h->outcome == OUTCOME_FAIL_ALERT_SERVER || hello_is_failed(h, HELLO_LARGE));
}

struct grease_counts history_grease(struct history *history, int64_t vantage,
        const struct service *s, const struct handshake *h)
{
    struct memory *m = history_topic(history, TOPIC_grease);
    struct key key = key_of(vantage, s, h);
    const struct grease_counts *c =
            m != NULL ? memory_get(m, (struct bytes){(const uint8_t *)&key, sizeof key}) : NULL;
    if (c == NULL || h->last_us - c->last_us > GREASE_US)
        return (struct grease_counts){0};
    if (h->last_us <= c->last_us && (c->third_us == 0 || h->last_us < c->third_us))
        return (struct grease_counts){0};
    return *c;
}

static void learn(struct memory *memory, const struct lesson *l)
{
    const struct handshake *h = l->handshake;
    if (h->client_hello == NULL || h->prints.ja4[0] == '\0')
        return;
    bool is_failed = grease_is_failed(h);
    bool is_passed = h->server_hello != NULL;
    bool has_grease = h->client_hello->grease != 0;
    struct key key = key_of(l->vantage, l->service, h);
    struct bytes bytes = {(const uint8_t *)&key, sizeof key};
    bool is_news = has_grease ? is_failed : is_passed;
    if (!is_news && memory_get(memory, bytes) == NULL)
        return;
    struct grease_counts *c = memory_make(memory, bytes, l->at_us);
    if (l->at_us - c->last_us > GREASE_US)
        *c = (struct grease_counts){0};
    c->last_us = l->at_us;
    c->n_failed += is_failed && has_grease;
    c->n_passed += is_passed && has_grease;
    c->n_plain_failed += is_failed && !has_grease;
    c->n_plain_passed += is_passed && !has_grease;
    if (c->third_us == 0 && c->n_failed >= THIRD && c->n_plain_passed >= THIRD)
        c->third_us = l->at_us;
}

const struct topic topic_grease = {
        .kind = {.name = "grease",
                .version = 1,
                .value_size = sizeof(struct grease_counts),
                .cap = GREASE_PAIRS},
        .learn = learn,
};
