/* Per vantage, service and server address: what each node behind a name has shown. */
#include "history/servers.h"

#include <string.h>

enum { SERVERS = 100000 };

struct server_memory {
    int64_t is_known, latest_expiry_us;
};

struct key {
    int64_t vantage, service;
    uint8_t ip[16];
    uint64_t port;
};

static struct key key_of(int64_t vantage, const struct service *s, const struct endpoint *server)
{
    struct key key = {.vantage = vantage, .service = s->id, .port = server->port};
    memcpy(key.ip, server->address.ip, sizeof key.ip);
    return key;
}

int64_t history_latest_expiry(
        struct history *h, int64_t vantage, const struct service *s, const struct endpoint *server)
{
    struct key key = key_of(vantage, s, server);
    struct memory *memory = history_topic(h, TOPIC_servers);
    if (memory == NULL)
        return INT64_MIN;
    const struct server_memory *m =
            memory_get(memory, (struct bytes){(const uint8_t *)&key, sizeof key});
    return m != NULL ? m->latest_expiry_us : INT64_MIN;
}

static void learn(struct memory *memory, const struct lesson *l)
{
    if (l->leaf == NULL || !l->leaf->is_parsed)
        return;
    struct key key = key_of(l->vantage, l->service, &l->handshake->sides[SIDE_SERVER].endpoint);
    struct server_memory *m =
            memory_make(memory, (struct bytes){(const uint8_t *)&key, sizeof key}, l->at_us);
    if (!m->is_known || l->leaf->not_after_us > m->latest_expiry_us)
        m->latest_expiry_us = l->leaf->not_after_us;
    m->is_known = 1;
}

const struct topic topic_servers = {
        .kind = {.name = "servers",
                .version = 1,
                .value_size = sizeof(struct server_memory),
                .cap = SERVERS},
        .learn = learn,
};
