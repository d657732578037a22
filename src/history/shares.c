#include "history/shares.h"

#include "base/cursor.h"
#include "base/map.h"

enum { RANDOM = 32, SHORTEST = 16 }; /* bytes; no group has shorter keys, GREASE has one byte */

struct use {
    uint64_t hash; /* with the bucket's number 76 bits; 0: empty */
    int64_t first_us, first_handshake;
    uint32_t client_random; /* hash of that of the first */
    uint32_t n;
};

struct bucket {
    uint64_t next;                      /* slot that is looked at for the next value */
    uint16_t tags[HISTORY_SHARE_SLOTS]; /* of the hashes: nearly always the only ones looked at */
    struct use uses[HISTORY_SHARE_SLOTS];
};

struct key {
    uint64_t bucket, hash;
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
    uint64_t hash[2];
    const uint64_t what = (uint64_t)v->value.n << 32 | (uint64_t)v->group << 1 | (uint64_t)side;
    hash_wide(v->value.p, v->value.n, hash);
    hash[0] ^= hash_fixed(&what, sizeof what);
    return (struct key){hash[1] % HISTORY_SHARE_BUCKETS, hash[0] != 0 ? hash[0] : 1};
}

static uint16_t tag_of(uint64_t hash)
{
    return (uint16_t)(hash >> 48);
}

static struct use *find(struct bucket *b, uint64_t hash)
{
    for (size_t i = 0; b != NULL && i < HISTORY_SHARE_SLOTS; i++)
        if (b->tags[i] == tag_of(hash) && b->uses[i].hash == hash)
            return &b->uses[i];
    return NULL;
}

/* Values that were used again stay for as long as others are there to go. */
static struct use *replace(struct bucket *b)
{
    for (size_t i = 0; i < HISTORY_SHARE_SLOTS; i++) {
        struct use *u = &b->uses[b->next++ % HISTORY_SHARE_SLOTS];
        if (u->n <= 1)
            return u;
    }
    return &b->uses[b->next++ % HISTORY_SHARE_SLOTS];
}

static bool client_random(const struct handshake *h, uint32_t *out)
{
    const struct client_hello *ch = h->client_hello;
    if (ch == NULL || ch->random.n != RANDOM)
        return false;
    *out = (uint32_t)hash_fixed(ch->random.p, ch->random.n);
    return true;
}

struct value_reuse history_value_reuse(struct history *history, const struct handshake *h,
        enum side side, const struct public_value *v)
{
    struct value_reuse r = {0};
    struct memory *m = history_topic(history, TOPIC_shares);
    uint32_t random;
    if (m == NULL)
        return r;
    struct key key = key_of(v, side);
    const struct use *u = find(memory_get(m, memory_number(&key.bucket)), key.hash);
    if (u == NULL || !client_random(h, &random))
        return r;
    r.is_reused = u->client_random != random && u->first_handshake != h->id;
    r.first_us = u->first_us;
    r.first_handshake = u->first_handshake;
    r.n = u->n;
    return r;
}

static void learn_side(struct memory *m, const struct lesson *l, enum side side, uint32_t random)
{
    struct public_value v;
    if (!history_public_value(l->handshake, side, &v))
        return;
    struct key key = key_of(&v, side);
    struct bucket *b = memory_make(m, memory_number(&key.bucket), l->at_us);
    struct use *u = find(b, key.hash);
    if (u == NULL) {
        u = replace(b);
        b->tags[u - b->uses] = tag_of(key.hash);
        *u = (struct use){key.hash, l->handshake->first_us, l->handshake->id, random, 0};
    }
    u->n += u->n < UINT32_MAX;
}

static void learn(struct memory *m, const struct lesson *l)
{
    uint32_t random;
    if (l->handshake->is_ambiguous || !client_random(l->handshake, &random))
        return;
    learn_side(m, l, SIDE_CLIENT, random);
    learn_side(m, l, SIDE_SERVER, random);
}

const struct topic topic_shares = {
        .kind = {.name = "shares",
                .version = 2,
                .value_size = sizeof(struct bucket),
                .cap = HISTORY_SHARE_BUCKETS,
                .is_numbered = true},
        .learn = learn,
};
