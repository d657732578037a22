/* Per vantage, service and server address: what each node behind a name has shown. */
#include "history/servers.h"

#include "history/leaf_key.h"

enum { SERVERS = 100000 };

struct server_memory {
    int64_t is_known, latest_expiry_us;
};

struct key {
    struct host_key host;
    uint64_t names, key_type;
};

static struct key key_of(int64_t vantage, const struct service *s, const struct handshake *h,
        const struct certificate *leaf)
{
    return (struct key){host_key_of(vantage, s, h, SIDE_SERVER), leaf_key_names(leaf),
            (uint64_t)leaf->key_type};
}

int64_t history_latest_expiry(struct history *h, int64_t vantage, const struct service *s,
        const struct handshake *hs, const struct certificate *leaf)
{
    struct key key = key_of(vantage, s, hs, leaf);
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
    struct key key = key_of(l->vantage, l->service, l->handshake, l->leaf);
    struct server_memory *m =
            memory_make(memory, (struct bytes){(const uint8_t *)&key, sizeof key}, l->at_us);
    if (!m->is_known || l->leaf->not_after_us > m->latest_expiry_us)
        m->latest_expiry_us = l->leaf->not_after_us;
    m->is_known = 1;
}

const struct topic topic_servers = {
        .kind = {.name = "servers",
                .version = 2,
                .value_size = sizeof(struct server_memory),
                .cap = SERVERS},
        .learn = learn,
};
