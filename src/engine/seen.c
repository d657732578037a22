#include "engine/seen.h"

#include <string.h>

#include "base/alloc.h"
#include "base/map.h"

/*
 * Two generations of 64-bit keyed hashes in open addressing: when the young one is full it becomes
 * the old one. No allocation per handshake.
 */
enum { FIRST_SLOTS = 1 << 12, MOST_SLOTS = 1 << 21 };

struct generation {
    uint64_t *slots;
    size_t n_slots, n;
};

struct seen {
    struct generation young, old;
};

struct seen *seen_new(void)
{
    struct seen *s = xcalloc(1, sizeof *s);
    s->young.n_slots = FIRST_SLOTS;
    s->young.slots = xcalloc(FIRST_SLOTS, sizeof(uint64_t));
    return s;
}

void seen_free(struct seen *s)
{
    if (s == NULL)
        return;
    xfree(s->young.slots);
    xfree(s->old.slots);
    xfree(s);
}

static uint64_t *slot_of(const struct generation *g, uint64_t key)
{
    size_t at = (size_t)key & (g->n_slots - 1);
    while (g->slots[at] != 0 && g->slots[at] != key)
        at = (at + 1) & (g->n_slots - 1);
    return &g->slots[at];
}

static void make_room(struct seen *s)
{
    if (s->young.n * 2 < s->young.n_slots)
        return;
    if (s->young.n_slots == MOST_SLOTS) {
        xfree(s->old.slots);
        s->old = s->young;
        s->young = (struct generation){xcalloc(MOST_SLOTS, sizeof(uint64_t)), MOST_SLOTS, 0};
        return;
    }
    struct generation grown = {NULL, s->young.n_slots * 2, s->young.n};
    grown.slots = xcalloc(grown.n_slots, sizeof(uint64_t));
    for (size_t i = 0; i < s->young.n_slots; i++)
        if (s->young.slots[i] != 0)
            *slot_of(&grown, s->young.slots[i]) = s->young.slots[i];
    xfree(s->young.slots);
    s->young = grown;
}

static bool has(const struct seen *s, uint64_t key)
{
    key += key == 0;
    return (s->old.slots != NULL && *slot_of(&s->old, key) != 0) || *slot_of(&s->young, key) != 0;
}

static bool add(struct seen *s, uint64_t key)
{
    key += key == 0;
    if (has(s, key))
        return true;
    *slot_of(&s->young, key) = key;
    s->young.n++;
    make_room(s);
    return false;
}

/* Another key for the same handshake, when how it ended is not known. */
static uint64_t half_of(uint64_t key)
{
    return hash_bytes(&key, sizeof key);
}

/* The key within one window of time. */
static uint64_t key_at(uint64_t key, int64_t window)
{
    const uint64_t both[2] = {key, (uint64_t)window};
    return hash_bytes(both, sizeof both);
}

/* A copy whose ending was seen is worth more than an earlier one whose ending was not. The same
 * randoms at another time are a poor random number generator. */
static bool add_handshake(struct seen *s, uint64_t key, const struct handshake *h)
{
    int64_t window = h->first_us / SEEN_WINDOW_US;
    uint64_t now = key_at(key, window);
    if (has(s, key_at(key, window - 1)) || has(s, key_at(key, window + 1)))
        return true;
    if (h->outcome != OUTCOME_UNDETERMINED)
        return add(s, now);
    return has(s, now) || add(s, half_of(now));
}

/* SSL 2.0 has shorter ones (challenge, connection id). */
static void put_random(uint8_t *to, struct bytes random)
{
    size_t n = random.n < 32 ? random.n : 32;
    if (n > 0)
        memcpy(to, random.p, n);
}

/* A hello alone says less than both: its endpoints and ports must be equal too. */
static uint64_t one_sided_key(const struct handshake *h, char side, struct bytes random)
{
    uint8_t key[1 + 32 + 36] = {0};
    key[0] = (uint8_t)side;
    put_random(key + 1, random);
    for (int i = 0; i < 2; i++) {
        memcpy(key + 33 + i * 18, h->sides[i].endpoint.address.ip, 16);
        memcpy(key + 33 + i * 18 + 16, &h->sides[i].endpoint.port, 2);
    }
    return hash_bytes(key, sizeof key);
}

bool seen_add(struct seen *s, const struct handshake *h)
{
    const struct client_hello *ch = h->client_hello;
    const struct server_hello *sh = h->server_hello;
    if (ch != NULL && sh != NULL) {
        uint8_t key[64] = {0};
        put_random(key, ch->random);
        put_random(key + 32, sh->random);
        return add_handshake(s, hash_bytes(key, sizeof key), h);
    }
    if (ch != NULL)
        return add_handshake(s, one_sided_key(h, 'c', ch->random), h);
    if (sh != NULL)
        return add_handshake(s, one_sided_key(h, 's', sh->random), h);
    return false;
}
