#include "history/protocols.h"

#include <string.h>

struct key {
    int64_t vantage;
    uint8_t ip[16];
    uint64_t port;
};

static struct key key_of(int64_t vantage, const struct handshake *h)
{
    const struct endpoint *server = &h->sides[SIDE_SERVER].endpoint;
    struct key key = {.vantage = vantage, .port = server->port};
    memcpy(key.ip, server->address.ip, sizeof key.ip);
    return key;
}

const struct protocol_list *protocols_of(
        struct history *history, int64_t vantage, const struct handshake *h)
{
    struct key key = key_of(vantage, h);
    struct memory *m = history_topic(history, TOPIC_protocols);
    return m != NULL ? memory_get(m, (struct bytes){(const uint8_t *)&key, sizeof key}) : NULL;
}

static void learn(struct memory *m, const struct lesson *l)
{
    const struct server_hello *sh = l->handshake->server_hello;
    if (sh == NULL || !sh->has_alpn || sh->alpn.n == 0 || sh->alpn.n > PROTOCOL_BYTES)
        return;
    struct key key = key_of(l->vantage, l->handshake);
    struct protocol_list *list =
            memory_make(m, (struct bytes){(const uint8_t *)&key, sizeof key}, l->at_us);
    for (size_t i = 0; i < list->n; i++)
        if (bytes_equal(sh->alpn, (struct bytes){list->items[i].name, list->items[i].len}))
            return;
    if (list->n == PROTOCOLS_OF_ONE)
        return;
    list->items[list->n].len = (uint8_t)sh->alpn.n;
    memcpy(list->items[list->n].name, sh->alpn.p, sh->alpn.n);
    list->n++;
}

const struct topic topic_protocols = {
        .kind = {.name = "protocols",
                .version = 1,
                .value_size = sizeof(struct protocol_list),
                .cap = PROTOCOLS_CAP},
        .learn = learn,
};
