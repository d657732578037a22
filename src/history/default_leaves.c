#include "history/default_leaves.h"

#include "history/leaf_key.h"

struct name {
    int64_t service; /* 0 free */
    int64_t us;
    uint64_t clients[DEFAULT_LEAF_CLIENTS]; /* 0 free */
};

struct default_leaf {
    struct name names[DEFAULT_LEAF_NAMES];
};

struct key {
    struct host_key host;
    uint64_t leaf;
};

struct named_key {
    int64_t vantage, service;
};

static struct key key_of(const struct lesson *l)
{
    return (struct key){
            host_key_of(l->vantage, NULL, l->handshake, SIDE_SERVER), leaf_key_id(l->leaf)};
}

static bool is_stray(const struct lesson *l)
{
    return l->leaf != NULL && l->leaf->is_parsed && l->is_name_mismatch;
}

static struct name *place_of(struct default_leaf *d, int64_t service)
{
    struct name *oldest = &d->names[0];
    for (size_t i = 0; i < DEFAULT_LEAF_NAMES; i++) {
        if (d->names[i].service == service)
            return &d->names[i];
        if (oldest->service != 0 && (d->names[i].service == 0 || d->names[i].us < oldest->us))
            oldest = &d->names[i];
    }
    *oldest = (struct name){.service = service};
    return oldest;
}

/* By address and kind: behind one address may be many. */
static uint64_t client_of(const struct lesson *l)
{
    const uint64_t both[2] = {leaf_key_who(l->handshake), leaf_key_client(l->handshake)};
    uint64_t hash = hash_fixed(both, sizeof both);
    return hash != 0 ? hash : 1;
}

static void take(struct default_leaf *d, const struct lesson *l)
{
    struct name *n = place_of(d, l->service->id);
    uint64_t who = client_of(l);
    if (l->at_us - n->us > DEFAULT_LEAF_US)
        *n = (struct name){.service = l->service->id};
    n->us = l->at_us;
    for (size_t i = 0; i < DEFAULT_LEAF_CLIENTS; i++) {
        if (n->clients[i] == 0)
            n->clients[i] = who;
        if (n->clients[i] == who)
            return;
    }
}

static void learn(struct memory *m, const struct lesson *l)
{
    if (!is_stray(l))
        return;
    const struct key key = key_of(l);
    take(memory_make(m, (struct bytes){(const uint8_t *)&key, sizeof key}, l->at_us), l);
}

static void learn_named(struct memory *m, const struct lesson *l)
{
    if (l->leaf == NULL || !l->leaf->is_parsed || !l->is_name_match)
        return;
    const struct named_key key = {l->vantage, l->service->id};
    uint64_t *leaf = memory_make(m, (struct bytes){(const uint8_t *)&key, sizeof key}, l->at_us);
    *leaf = leaf_key_id(l->leaf);
}

bool history_was_named(struct history *history, int64_t vantage, const struct service *s)
{
    struct memory *m = history_topic(history, TOPIC_named_leaves);
    const struct named_key key = {vantage, s->id};
    return m != NULL && memory_get(m, (struct bytes){(const uint8_t *)&key, sizeof key}) != NULL;
}

unsigned history_default_names(struct history *history, const struct lesson *l, unsigned least)
{
    struct memory *m = history_topic(history, TOPIC_default_leaves);
    if (m == NULL || !is_stray(l))
        return 0;
    const struct key key = key_of(l);
    const struct default_leaf *known =
            memory_get(m, (struct bytes){(const uint8_t *)&key, sizeof key});
    struct default_leaf d = {0};
    if (known != NULL)
        d = *known;
    take(&d, l);
    unsigned n = 0;
    for (size_t i = 0; i < DEFAULT_LEAF_NAMES; i++) {
        const struct name *o = &d.names[i];
        const struct service s = {.id = o->service};
        unsigned clients = 0;
        for (size_t k = 0; k < DEFAULT_LEAF_CLIENTS; k++)
            clients += o->clients[k] != 0;
        n += o->service != 0 && l->at_us - o->us <= DEFAULT_LEAF_US && clients >= least &&
             history_was_named(history, l->vantage, &s);
    }
    return n;
}

const struct topic topic_default_leaves = {
        .kind = {.name = "default-leaves",
                .version = 1,
                .value_size = sizeof(struct default_leaf),
                .cap = DEFAULT_LEAVES_CAP},
        .learn = learn,
};

const struct topic topic_named_leaves = {
        .kind = {.name = "named-leaves",
                .version = 1,
                .value_size = sizeof(uint64_t),
                .cap = NAMED_LEAVES_CAP},
        .learn = learn_named,
};
