#include "history/randoms.h"

#include "base/cursor.h"
#include "base/map.h"

enum { RANDOM = 32, TIME = 4 }; /* bytes */

struct sight {
    uint64_t hash;  /* with the bucket's number 76 bits; 0: empty */
    uint64_t other; /* hash of the other side's random */
    int64_t first_handshake;
};

struct bucket {
    uint64_t next;                       /* slot for the next random */
    uint16_t tags[HISTORY_RANDOM_SLOTS]; /* of the hashes: nearly always the only ones looked at */
    struct sight sights[HISTORY_RANDOM_SLOTS];
};

struct key {
    uint64_t bucket, hash;
};

static bool is_constant(struct bytes random)
{
    struct cur c = cur_of(random);
    cur_skip(&c, TIME);
    uint8_t first = cur_peek_u8(&c, 0);
    while (cur_more(&c))
        if (cur_u8(&c) != first)
            return false;
    return true;
}

static struct bytes random_of(const struct handshake *h, enum side side)
{
    if (side == SIDE_CLIENT)
        return h->client_hello != NULL ? h->client_hello->random : (struct bytes){NULL, 0};
    return h->server_hello != NULL ? h->server_hello->random : (struct bytes){NULL, 0};
}

bool history_random(const struct handshake *h, enum side side, struct bytes *out)
{
    *out = random_of(h, side);
    if (h->is_ambiguous || h->version == TLS_SSLV2 || out->n != RANDOM || is_constant(*out))
        return false;
    return side == SIDE_CLIENT || !h->server_hello->is_hrr;
}

/* A client that never finishes, as scanners do, has no secrets to lose. */
static bool counts(const struct handshake *h, enum side side, struct bytes *out)
{
    return history_random(h, side, out) && (side == SIDE_SERVER || outcome_is_success(h->outcome));
}

/* Without the place of the time, which goes on when nothing else does. */
static struct key key_of(struct bytes random, enum side side)
{
    uint64_t hash[2];
    struct cur c = cur_of(random);
    cur_skip(&c, TIME);
    hash_wide(cur_rest(&c).p, cur_rest(&c).n, hash);
    hash[0] ^= (uint64_t)side;
    return (struct key){hash[1] % HISTORY_RANDOM_BUCKETS, hash[0] != 0 ? hash[0] : 2};
}

static uint16_t tag_of(uint64_t hash)
{
    return (uint16_t)(hash >> 48);
}

static const struct sight *find(const struct bucket *b, uint64_t hash)
{
    for (size_t i = 0; b != NULL && i < HISTORY_RANDOM_SLOTS; i++)
        if (b->tags[i] == tag_of(hash) && b->sights[i].hash == hash)
            return &b->sights[i];
    return NULL;
}

/* Whether both hellos are there, so that a copy is known as one. */
static bool other_of(const struct handshake *h, enum side side, uint64_t *out)
{
    struct bytes other = random_of(h, side == SIDE_CLIENT ? SIDE_SERVER : SIDE_CLIENT);
    if (other.n != RANDOM)
        return false;
    *out = hash_fixed(other.p, other.n);
    return true;
}

struct random_repeat history_random_repeat(
        struct history *history, const struct handshake *h, enum side side)
{
    struct random_repeat r = {0};
    struct memory *m = history_topic(history, TOPIC_randoms);
    struct bytes random;
    uint64_t other;
    if (m == NULL || !counts(h, side, &random))
        return r;
    struct key key = key_of(random, side);
    const struct sight *s = find(memory_get(m, memory_number(&key.bucket)), key.hash);
    if (s == NULL || !other_of(h, side, &other))
        return r;
    r.is_repeated = s->other != other && s->first_handshake != h->id;
    r.first_handshake = s->first_handshake;
    return r;
}

static void learn(struct memory *m, const struct lesson *l)
{
    const struct handshake *h = l->handshake;
    for (int side = 0; side < 2; side++) {
        struct bytes random;
        uint64_t other;
        if (!counts(h, (enum side)side, &random) || !other_of(h, (enum side)side, &other))
            continue;
        struct key key = key_of(random, (enum side)side);
        struct bucket *b = memory_make(m, memory_number(&key.bucket), l->at_us);
        if (find(b, key.hash) != NULL)
            continue;
        size_t slot = b->next++ % HISTORY_RANDOM_SLOTS;
        b->tags[slot] = tag_of(key.hash);
        b->sights[slot] = (struct sight){key.hash, other, h->id};
    }
}

const struct topic topic_randoms = {
        .kind = {.name = "randoms",
                .version = 2,
                .value_size = sizeof(struct bucket),
                .cap = HISTORY_RANDOM_BUCKETS,
                .is_numbered = true},
        .learn = learn,
};
