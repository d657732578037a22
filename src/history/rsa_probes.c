#include "history/rsa_probes.h"

#include <string.h>

#include "base/slot.h"
#include "model/derived.h"

#define TEN_US ((int64_t)600 * 1000000)

enum { CELLS = 6 };

struct cell {
    int64_t index;
    uint32_t n, padding;
};

struct probes {
    struct cell cells[CELLS];
};

struct key {
    int64_t vantage;
    uint8_t client[16], server[16];
    uint64_t port;
};

static struct key key_of(int64_t vantage, const struct handshake *h)
{
    struct key k = {.vantage = vantage, .port = h->sides[SIDE_SERVER].endpoint.port};
    memcpy(k.client, h->sides[SIDE_CLIENT].endpoint.address.ip, sizeof k.client);
    memcpy(k.server, h->sides[SIDE_SERVER].endpoint.address.ip, sizeof k.server);
    return k;
}

static int64_t index_of(int64_t us)
{
    return slot_of_time(us, TEN_US);
}

static void learn(struct memory *m, const struct lesson *l)
{
    const struct handshake *h = l->handshake;
    if (handshake_rsa_exchange(h) != RSA_EXCHANGE_FAILED)
        return;
    const struct key key = key_of(l->vantage, h);
    struct probes *p = memory_make(m, (struct bytes){(const uint8_t *)&key, sizeof key}, l->at_us);
    int64_t index = index_of(h->first_us);
    struct cell *c = &p->cells[slot_in_ring(index, CELLS)];
    if (c->index < index)
        *c = (struct cell){.index = index};
    c->n += c->index == index;
}

uint64_t history_rsa_probes(struct history *history, int64_t vantage, const struct handshake *h)
{
    const struct key key = key_of(vantage, h);
    struct memory *m = history_topic(history, TOPIC_rsa_probes);
    const struct probes *p =
            m != NULL ? memory_get(m, (struct bytes){(const uint8_t *)&key, sizeof key}) : NULL;
    int64_t now = index_of(h->first_us);
    uint64_t n = 0;
    for (int i = 0; p != NULL && i < CELLS; i++)
        if (p->cells[i].index > now - CELLS && p->cells[i].index <= now)
            n += p->cells[i].n;
    return n;
}

const struct topic topic_rsa_probes = {
        .kind = {.name = "rsa-probes",
                .version = 1,
                .value_size = sizeof(struct probes),
                .cap = RSA_PROBES_CAP},
        .learn = learn,
};
