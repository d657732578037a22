#include "history/clients.h"

#include <string.h>

struct client {
    struct client_visit visits[CLIENT_VISITS];
    uint64_t next;
};

struct key {
    int64_t vantage;
    uint8_t address[16];
};

static struct key key_of(int64_t vantage, const uint8_t address[16])
{
    struct key k = {.vantage = vantage};
    memcpy(k.address, address, sizeof k.address);
    return k;
}

static void learn(struct memory *m, const struct lesson *l)
{
    const struct handshake *h = l->handshake;
    const struct endpoint *server = &h->sides[SIDE_SERVER].endpoint;
    const struct key key = key_of(l->vantage, h->sides[SIDE_CLIENT].endpoint.address.ip);
    struct client *c = memory_make(m, (struct bytes){(const uint8_t *)&key, sizeof key}, l->at_us);
    struct client_visit *v = &c->visits[c->next % CLIENT_VISITS];
    *v = (struct client_visit){
            .first_us = h->first_us, .last_us = h->last_us, .port = server->port};
    memcpy(v->server, server->address.ip, sizeof v->server);
    c->next = (c->next + 1) % CLIENT_VISITS;
}

size_t history_visits(struct history *h, int64_t vantage, const struct stay *stay,
        struct client_visit out[CLIENT_VISITS])
{
    const struct key key = key_of(vantage, stay->client);
    struct memory *m = history_topic(h, TOPIC_clients);
    const struct client *c =
            m != NULL ? memory_get(m, (struct bytes){(const uint8_t *)&key, sizeof key}) : NULL;
    size_t n = 0;
    for (size_t i = 0; c != NULL && i < CLIENT_VISITS; i++) {
        const struct client_visit *v = &c->visits[i];
        bool is_same =
                v->port == stay->port && memcmp(v->server, stay->server, sizeof v->server) == 0;
        if (v->last_us != 0 && v->first_us <= stay->to_us && v->last_us >= stay->from_us &&
                !is_same)
            out[n++] = *v;
    }
    return n;
}

const struct topic topic_clients = {
        .kind = {.name = "clients",
                .version = 1,
                .value_size = sizeof(struct client),
                .cap = CLIENTS_CAP},
        .learn = learn,
};
