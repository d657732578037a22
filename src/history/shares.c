#include "history/shares.h"

#include "base/cursor.h"
#include "base/map.h"

enum { RANDOM = 32, SHORTEST = 16 }; /* bytes; no group has shorter keys, GREASE has one byte */

struct use {
    int64_t first_us, first_handshake;
    uint64_t client_random; /* hash of that of the first */
    uint64_t n;
};

struct key {
    uint64_t hash[2];
    uint32_t len;
    uint16_t group, side;
};

static bool is_grease(uint16_t group)
{
    return (group & 0x0f0f) == 0x0a0a && group >> 8 == (group & 0xff);
}

static bool of_client(const struct client_hello *ch, struct public_value *out)
{
    struct cur list = cur_of(ch->key_shares);
    while (cur_more(&list)) {
        uint16_t group = cur_u16(&list);
        struct bytes share = cur_vec(&list, 2);
        if (cur_ok(&list) && !is_grease(group) && share.n >= SHORTEST) {
            *out = (struct public_value){group, share, &ch->at};
            return true;
        }
    }
    return false;
}

static bool of_server(const struct handshake *h, struct public_value *out)
{
    const struct server_key_exchange *x = h->server_key_exchange;
    if (x != NULL && !x->is_malformed && x->kind == SKE_DHE)
        *out = (struct public_value){0, x->dh_ys, &x->at};
    else if (x != NULL && !x->is_malformed && x->kind == SKE_ECDHE)
        *out = (struct public_value){x->group, x->ec_point, &x->at};
    else if (h->server_hello != NULL && h->server_hello->has_key_share)
        *out = (struct public_value){
                h->server_hello->group, h->server_hello->key_exchange, &h->server_hello->at};
    else
        return false;
    return out->value.n >= SHORTEST;
}

bool history_public_value(const struct handshake *h, enum side side, struct public_value *out)
{
    if (side == SIDE_SERVER)
        return of_server(h, out);
    return h->client_hello != NULL && of_client(h->client_hello, out);
}

static struct key key_of(const struct public_value *v, enum side side)
{
    struct key k = {.len = (uint32_t)v->value.n, .group = v->group, .side = (uint16_t)side};
    hash_wide(v->value.p, v->value.n, k.hash);
    return k;
}

static bool client_random(const struct handshake *h, uint64_t *out)
{
    const struct client_hello *ch = h->client_hello;
    if (ch == NULL || ch->random.n != RANDOM)
        return false;
    *out = hash_fixed(ch->random.p, ch->random.n);
    return true;
}

struct value_reuse history_value_reuse(struct history *history, const struct handshake *h,
        enum side side, const struct public_value *v)
{
    struct value_reuse r = {0};
    struct memory *m = history_topic(history, TOPIC_shares);
    uint64_t random;
    if (m == NULL || !client_random(h, &random))
        return r;
    struct key key = key_of(v, side);
    const struct use *u = memory_get(m, (struct bytes){(const uint8_t *)&key, sizeof key});
    if (u == NULL)
        return r;
    r.is_reused = u->client_random != random && u->first_handshake != h->id;
    r.first_us = u->first_us;
    r.first_handshake = u->first_handshake;
    r.n = u->n;
    return r;
}

static void learn_side(struct memory *m, const struct lesson *l, enum side side, uint64_t random)
{
    struct public_value v;
    if (!history_public_value(l->handshake, side, &v))
        return;
    struct key key = key_of(&v, side);
    struct use *u = memory_make(m, (struct bytes){(const uint8_t *)&key, sizeof key}, l->at_us);
    if (u->n == 0) {
        u->first_us = l->handshake->first_us;
        u->first_handshake = l->handshake->id;
        u->client_random = random;
    }
    u->n++;
}

static void learn(struct memory *m, const struct lesson *l)
{
    uint64_t random;
    if (l->handshake->is_ambiguous || !client_random(l->handshake, &random))
        return;
    learn_side(m, l, SIDE_CLIENT, random);
    learn_side(m, l, SIDE_SERVER, random);
}

const struct topic topic_shares = {
        .kind = {.name = "shares",
                .version = 1,
                .value_size = sizeof(struct use),
                .cap = HISTORY_SHARES},
        .learn = learn,
};
