#include "history/protocols.h"

#include <string.h>

#include "base/alloc.h"
#include "base/map.h"

enum { KEY_BYTES = 16 + 4 + 4 };

struct protocols {
    struct map *servers;
};

struct protocols *protocols_new(void)
{
    struct protocols *p = xcalloc(1, sizeof *p);
    p->servers = map_new(&(struct map_options){.cap = PROTOCOLS_CAP, .on_evict = map_xfree});
    return p;
}

void protocols_free(struct protocols *p)
{
    if (p == NULL)
        return;
    map_free(p->servers);
    xfree(p);
}

static struct bytes key_of(const struct handshake *h, uint8_t out[KEY_BYTES])
{
    const struct endpoint *server = &h->sides[SIDE_SERVER].endpoint;
    uint32_t port = server->port;
    memcpy(out, server->address.ip, 16);
    memcpy(out + 16, &h->vantage, 4);
    memcpy(out + 20, &port, 4);
    return (struct bytes){out, KEY_BYTES};
}

const struct protocol_list *protocols_of(struct protocols *p, const struct handshake *h)
{
    uint8_t key[KEY_BYTES];
    return p != NULL ? map_get(p->servers, key_of(h, key)) : NULL;
}

void protocols_learn(struct protocols *p, const struct handshake *h)
{
    uint8_t key[KEY_BYTES];
    if (h->server_hello == NULL || !h->server_hello->has_alpn)
        return;
    struct bytes name = h->server_hello->alpn;
    if (name.n == 0 || name.n > PROTOCOL_BYTES)
        return;
    struct protocol_list *list = map_get(p->servers, key_of(h, key));
    if (list == NULL) {
        list = xcalloc(1, sizeof *list);
        map_put(p->servers, key_of(h, key), list);
    }
    for (size_t i = 0; i < list->n; i++)
        if (bytes_equal(name, (struct bytes){list->items[i].name, list->items[i].len}))
            return;
    if (list->n == PROTOCOLS_OF_ONE)
        return;
    list->items[list->n].len = (uint8_t)name.n;
    memcpy(list->items[list->n].name, name.p, name.n);
    list->n++;
}
