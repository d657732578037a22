#include "engine/seen.h"

#include <string.h>

#include "base/alloc.h"
#include "base/map.h"

/*
 * Two generations of 64-bit keyed hashes in open addressing, each with a note: when the young one
 * is full it becomes the old one. No allocation per handshake.
 */
enum { FIRST_SLOTS = 1 << 12, MOST_SLOTS = 1 << 21 };

/* Who had the hellos first, as hashes: the addresses, and these with the ports. */
struct note {
    uint16_t hosts, ends;
};

struct generation {
    uint64_t *slots;
    struct note *notes;
    size_t n_slots, n;
};

struct seen {
    struct generation young, old;
};

static struct generation generation_new(size_t n_slots)
{
    return (struct generation){.slots = xcalloc(n_slots, sizeof(uint64_t)),
            .notes = xcalloc(n_slots, sizeof(struct note)),
            .n_slots = n_slots};
}

static void generation_free(struct generation *g)
{
    xfree(g->slots);
    xfree(g->notes);
}

struct seen *seen_new(void)
{
    struct seen *s = xcalloc(1, sizeof *s);
    s->young = generation_new(FIRST_SLOTS);
    return s;
}

void seen_free(struct seen *s)
{
    if (s == NULL)
        return;
    generation_free(&s->young);
    generation_free(&s->old);
    xfree(s);
}

static size_t slot_of(const struct generation *g, uint64_t key)
{
    size_t at = (size_t)key & (g->n_slots - 1);
    while (g->slots[at] != 0 && g->slots[at] != key)
        at = (at + 1) & (g->n_slots - 1);
    return at;
}

static void put(struct generation *g, uint64_t key, struct note note)
{
    size_t at = slot_of(g, key);
    g->slots[at] = key;
    g->notes[at] = note;
    g->n++;
}

static void make_room(struct seen *s)
{
    if (s->young.n * 2 < s->young.n_slots)
        return;
    if (s->young.n_slots == MOST_SLOTS) {
        generation_free(&s->old);
        s->old = s->young;
        s->young = generation_new(MOST_SLOTS);
        return;
    }
    struct generation grown = generation_new(s->young.n_slots * 2);
    for (size_t i = 0; i < s->young.n_slots; i++)
        if (s->young.slots[i] != 0)
            put(&grown, s->young.slots[i], s->young.notes[i]);
    generation_free(&s->young);
    s->young = grown;
}

/* NULL when the key is not there. */
static const struct note *find(const struct seen *s, uint64_t key)
{
    key += key == 0;
    const struct generation *all[2] = {&s->young, &s->old};
    for (int i = 0; i < 2; i++) {
        size_t at = all[i]->slots != NULL ? slot_of(all[i], key) : 0;
        if (all[i]->slots != NULL && all[i]->slots[at] == key)
            return &all[i]->notes[at];
    }
    return NULL;
}

static void add(struct seen *s, uint64_t key, struct note note)
{
    put(&s->young, key + (key == 0), note);
    make_room(s);
}

static uint64_t both_of(uint64_t a, uint64_t b)
{
    const uint64_t both[2] = {a, b};
    return hash_bytes(both, sizeof both);
}

/* Hellos as they are looked for. */
struct sight {
    uint64_t key;
    struct note note;
    int64_t window;
    bool is_cut; /* how it ended is not known */
};

/* Another key for the same handshake, when how it ended is not known. */
static uint64_t half_of(uint64_t key)
{
    return hash_bytes(&key, sizeof key);
}

/* A copy whose ending was seen is worth more than an earlier one whose ending was not. */
static const struct note *find_sight(const struct seen *s, const struct sight *x)
{
    uint64_t now = both_of(x->key, (uint64_t)x->window);
    const struct note *found = find(s, both_of(x->key, (uint64_t)(x->window - 1)));
    if (found == NULL)
        found = find(s, both_of(x->key, (uint64_t)(x->window + 1)));
    if (found == NULL)
        found = find(s, now);
    return found == NULL && x->is_cut ? find(s, half_of(now)) : found;
}

static void add_sight(struct seen *s, const struct sight *x)
{
    uint64_t now = both_of(x->key, (uint64_t)x->window);
    add(s, x->is_cut ? half_of(now) : now, x->note);
}

static enum seen_as look(struct seen *s, struct sight *x)
{
    const struct note *before = find_sight(s, x);
    if (before == NULL) {
        add_sight(s, x);
        return SEEN_NEW;
    }
    if (before->ends == x->note.ends || before->hosts != x->note.hosts)
        return SEEN_COPY;
    x->key = both_of(x->key, x->note.ends); /* its own copies are found by that */
    if (find_sight(s, x) != NULL)
        return SEEN_COPY;
    add_sight(s, x);
    return SEEN_REPEAT;
}

static uint64_t hash_of(struct bytes b)
{
    return b.n > 0 ? hash_bytes(b.p, b.n) : 0;
}

static struct note note_of(const struct handshake *h, uint64_t *ends)
{
    uint8_t hosts[32], ports[4];
    for (int i = 0; i < 2; i++) {
        memcpy(hosts + i * 16, h->sides[i].endpoint.address.ip, 16);
        memcpy(ports + i * 2, &h->sides[i].endpoint.port, 2);
    }
    uint64_t of_hosts = hash_bytes(hosts, sizeof hosts);
    *ends = both_of(of_hosts, hash_bytes(ports, sizeof ports));
    return (struct note){(uint16_t)of_hosts, (uint16_t)*ends};
}

/* All that the hellos have of chance; what was not seen is 0. */
static uint64_t key_of(const struct client_hello *ch, const struct server_hello *sh)
{
    uint64_t parts[8] = {ch != NULL, sh != NULL};
    if (ch != NULL) {
        parts[2] = hash_of(ch->random);
        parts[3] = hash_of(ch->session_id);
        parts[4] = hash_of(ch->key_shares);
    }
    if (sh != NULL) {
        parts[5] = hash_of(sh->random);
        parts[6] = hash_of(sh->session_id);
        parts[7] = hash_of(sh->key_exchange);
    }
    return hash_bytes(parts, sizeof parts);
}

enum seen_as seen_add(struct seen *s, const struct handshake *h)
{
    const struct client_hello *ch = h->client_hello;
    const struct server_hello *sh = h->server_hello;
    uint64_t ends;
    if (ch == NULL && sh == NULL)
        return SEEN_NEW;
    struct sight x = {.key = key_of(ch, sh),
            .note = note_of(h, &ends),
            .is_cut = h->outcome == OUTCOME_UNDETERMINED};
    bool is_poor = (ch != NULL && random_is_poor(ch->random)) ||
                   (sh != NULL && random_is_poor(sh->random));
    x.window = h->first_us / (is_poor ? SEEN_POOR_WINDOW_US : SEEN_WINDOW_US);
    if (is_poor || ch == NULL || sh == NULL)
        x.key = both_of(x.key, ends);
    return look(s, &x);
}
