#include "history/rsa_failures.h"

#include <string.h>

#include "base/map.h"
#include "model/derived.h"

static uint8_t add(uint64_t *values, uint8_t n, uint8_t most, uint64_t value)
{
    for (uint8_t i = 0; i < n; i++)
        if (values[i] == value)
            return n;
    if (n == most)
        return n;
    values[n] = value;
    return (uint8_t)(n + 1);
}

static void count(struct rsa_failures *r, const struct handshake *h)
{
    const struct address *a = &h->sides[SIDE_CLIENT].endpoint.address;
    const char *print = h->prints.ja3;
    const uint64_t who[2] = {hash_fixed(a->ip, sizeof a->ip), hash_fixed(print, strlen(print))};
    r->n++;
    r->n_clients = add(r->clients, r->n_clients, 3, hash_fixed(who, sizeof who));
    if (print[0] != '\0')
        r->n_prints = add(r->prints, r->n_prints, 2, who[1]);
}

static void learn(struct memory *m, const struct lesson *l)
{
    enum rsa_exchange what =
            l->leaf != NULL ? handshake_rsa_exchange(l->handshake) : RSA_EXCHANGE_NONE;
    if (what == RSA_EXCHANGE_NONE)
        return;
    struct bytes key = {l->leaf->sha256, sizeof l->leaf->sha256};
    if (what == RSA_EXCHANGE_DONE && memory_get(m, key) == NULL)
        return;
    struct rsa_failures *r = memory_make(m, key, l->at_us);
    if (what == RSA_EXCHANGE_DONE)
        *r = (struct rsa_failures){0};
    else
        count(r, l->handshake);
}

struct rsa_failures history_rsa_failures(
        struct history *history, const struct certificate *leaf, const struct handshake *h)
{
    struct memory *m = history_topic(history, TOPIC_rsa_failures);
    struct rsa_failures r = {0};
    const struct rsa_failures *known =
            m != NULL ? memory_get(m, (struct bytes){leaf->sha256, sizeof leaf->sha256}) : NULL;
    if (known != NULL)
        r = *known;
    count(&r, h);
    return r;
}

const struct topic topic_rsa_failures = {
        .kind = {.name = "rsa-failures",
                .version = 2,
                .value_size = sizeof(struct rsa_failures),
                .cap = RSA_FAILURES_CAP},
        .learn = learn,
};
