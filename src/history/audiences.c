#include "history/audiences.h"

#include "history/leaf_key.h"

struct client {
    uint64_t who, issuer;
    int64_t first_us, last_us;
    int64_t handshake;
    uint8_t key_type, root, is_mixed, spare;
    uint32_t n; /* 0 free */
};

struct clients {
    struct client kept[AUDIENCES_CLIENTS];
};

enum root_kind audience_root(const struct judgement *j)
{
    if (j == NULL)
        return ROOT_UNKNOWN;
    if (j->is_public != KNOWN_UNKNOWN)
        return j->is_public == KNOWN_YES ? ROOT_PUBLIC : ROOT_PRIVATE;
    const struct chain_facts *c = j->server_chain;
    for (size_t i = 0; c != NULL && i < c->n_stores; i++)
        if (!c->stores[i].is_public && c->stores[i].as_repaired.path_status == CHAIN_TRUSTED)
            return ROOT_PRIVATE;
    return ROOT_UNKNOWN;
}

static bool is_apt(const struct lesson *l)
{
    return l->leaf != NULL && l->leaf->is_parsed && l->is_name_match && !l->leaf->is_self_issued;
}

static struct client *place_of(struct clients *c, uint64_t who)
{
    struct client *oldest = &c->kept[0];
    for (size_t i = 0; i < AUDIENCES_CLIENTS; i++) {
        if (c->kept[i].n > 0 && c->kept[i].who == who)
            return &c->kept[i];
        if (oldest->n > 0 && (c->kept[i].n == 0 || c->kept[i].last_us < oldest->last_us))
            oldest = &c->kept[i];
    }
    oldest->n = 0;
    return oldest;
}

static const struct client *take(struct clients *c, const struct lesson *l)
{
    uint64_t who = leaf_key_who(l->handshake);
    uint64_t issuer = leaf_key_issuer(l->leaf);
    struct client *k = place_of(c, who);
    if (k->n == 0 || l->at_us - k->last_us > AUDIENCE_WINDOW_US)
        *k = (struct client){.who = who, .issuer = issuer, .first_us = l->at_us};
    k->is_mixed |= k->issuer != issuer;
    k->issuer = issuer;
    k->key_type = (uint8_t)l->leaf->key_type;
    k->root = (uint8_t)audience_root(l->judgement);
    k->last_us = l->at_us;
    k->handshake = l->handshake->id;
    k->n++;
    return k;
}

static struct bytes key_of(const struct lesson *l, struct host_key *room)
{
    *room = host_key_of(l->vantage, l->service, l->handshake, SIDE_SERVER);
    return host_key_bytes(room);
}

static void learn(struct memory *m, const struct lesson *l)
{
    struct host_key key;
    if (is_apt(l))
        (void)take(memory_make(m, key_of(l, &key), l->at_us), l);
}

struct group {
    unsigned n_clients, n_repeats;
    int64_t first_us, last_us, handshake;
};

static void add(struct group *g, const struct client *k)
{
    if (g->n_clients == 0 || k->first_us < g->first_us)
        g->first_us = k->first_us;
    if (g->n_clients == 0 || k->last_us >= g->last_us) {
        g->last_us = k->last_us;
        g->handshake = k->handshake;
    }
    g->n_clients++;
    g->n_repeats += k->n - 1;
}

/* -1: does not count; 0: on the side of own; 1: on the other. */
static int side_of(const struct client *k, const struct client *own, enum audience_by by)
{
    if (by == AUDIENCE_BY_ISSUER)
        return k->key_type != own->key_type ? -1 : k->issuer != own->issuer;
    return k->root == ROOT_UNKNOWN ? -1 : k->root != own->root;
}

static bool is_enough(const struct group *g)
{
    return g->n_clients >= AUDIENCE_CLIENTS && g->n_repeats >= AUDIENCE_REPEATS;
}

bool history_audience(
        struct history *history, const struct lesson *l, enum audience_by by, struct audience *out)
{
    struct host_key key;
    struct memory *m = history_topic(history, TOPIC_audiences);
    const struct clients *known = m != NULL && is_apt(l) ? memory_get(m, key_of(l, &key)) : NULL;
    if (known == NULL)
        return false;
    struct clients c = *known;
    struct group groups[2] = {{0}};
    const struct client *own = take(&c, l);
    for (size_t i = 0; i < AUDIENCES_CLIENTS; i++) {
        const struct client *k = &c.kept[i];
        if (k->n == 0 || k->last_us > l->at_us || l->at_us - k->last_us > AUDIENCE_WINDOW_US)
            continue;
        if (k->is_mixed)
            return false;
        int side = side_of(k, own, by);
        if (side >= 0)
            add(&groups[side], k);
    }
    *out = (struct audience){.n_own = groups[0].n_clients,
            .n_others = groups[1].n_clients,
            .from_us = groups[0].first_us < groups[1].first_us ? groups[0].first_us
                                                               : groups[1].first_us,
            .other = groups[1].handshake};
    return is_enough(&groups[0]) && is_enough(&groups[1]) &&
           groups[0].first_us < groups[1].last_us && groups[1].first_us < groups[0].last_us;
}

const struct topic topic_audiences = {
        .kind = {.name = "audiences",
                .version = 1,
                .value_size = sizeof(struct clients),
                .cap = AUDIENCES_CAP},
        .learn = learn,
};
