#ifndef TLSWIRE_HISTORY_HOST_KEY_H
#define TLSWIRE_HISTORY_HOST_KEY_H

#include <string.h>

#include "base/map.h"
#include "history/history.h"

/* Keys that several topics use. */

/* A host as one vantage sees it. Without padding: it is compared as bytes. */
struct host_key {
    int64_t vantage;
    int64_t service; /* id, or 0 */
    uint8_t ip[16];
    uint32_t port; /* 0: of a client, whose ports mean nothing */
    uint32_t side;
};

/* host_key_of names a side of h; service may be NULL. */
static inline struct host_key host_key_of(
        int64_t vantage, const struct service *s, const struct handshake *h, enum side side)
{
    const struct endpoint *e = &h->sides[side].endpoint;
    struct host_key k = {.vantage = vantage,
            .service = s != NULL ? s->id : 0,
            .port = side == SIDE_SERVER ? e->port : 0,
            .side = (uint32_t)side};
    memcpy(k.ip, e->address.ip, sizeof k.ip);
    return k;
}

static inline struct bytes host_key_bytes(const struct host_key *k)
{
    return (struct bytes){(const uint8_t *)k, sizeof *k};
}

static inline uint64_t host_key_hash(const struct endpoint *e)
{
    uint8_t text[18];
    memcpy(text, e->address.ip, 16);
    text[16] = (uint8_t)(e->port >> 8);
    text[17] = (uint8_t)e->port;
    return hash_fixed(text, sizeof text);
}

#endif
