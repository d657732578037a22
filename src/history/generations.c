#include "history/generations.h"

#include "history/leaf_key.h"

struct node {
    uint64_t server; /* a hash, 0 free */
    uint64_t leaf;
    int64_t us;
    uint64_t has_newest; /* it has shown the newest leaf at some time */
};

struct line {
    uint64_t newest;
    int64_t not_before_us, first_us, last_us;
    int64_t handshake;
    uint64_t n_old;
    uint64_t old[GENERATIONS_OLD]; /* leaves that the newest took the place of at an address */
    struct node nodes[GENERATIONS_NODES];
};

struct key {
    int64_t vantage, service;
    uint64_t names, key_type;
};

static struct key key_of(int64_t vantage, const struct service *s, const struct certificate *leaf)
{
    return (struct key){vantage, s->id, leaf_key_names(leaf), (uint64_t)leaf->key_type};
}

static struct bytes bytes_of(const struct key *key)
{
    return (struct bytes){(const uint8_t *)key, sizeof *key};
}

static uint64_t server_of(const struct handshake *h)
{
    uint64_t hash = host_key_hash(&h->sides[SIDE_SERVER].endpoint);
    return hash != 0 ? hash : 1;
}

static struct node *node_of(struct line *l, uint64_t server)
{
    struct node *oldest = &l->nodes[0];
    for (size_t i = 0; i < GENERATIONS_NODES; i++) {
        if (l->nodes[i].server == server)
            return &l->nodes[i];
        if (l->nodes[i].server == 0 || (oldest->server != 0 && l->nodes[i].us < oldest->us))
            oldest = &l->nodes[i];
        if (l->nodes[i].server == 0)
            break;
    }
    *oldest = (struct node){.server = server};
    return oldest;
}

static bool is_old(const struct line *l, uint64_t leaf)
{
    for (size_t i = 0; i < GENERATIONS_OLD && i < l->n_old; i++)
        if (l->old[i] == leaf)
            return true;
    return false;
}

static void begin(struct line *l, uint64_t id, const struct certificate *leaf, int64_t us)
{
    l->newest = id;
    l->not_before_us = leaf->not_before_us;
    l->first_us = us;
    l->n_old = 0;
    for (size_t i = 0; i < GENERATIONS_NODES; i++)
        l->nodes[i].has_newest = 0;
}

static void learn(struct memory *m, const struct lesson *lesson)
{
    const struct certificate *leaf = lesson->leaf;
    if (leaf == NULL || !leaf->is_parsed || leaf->not_before_us > lesson->at_us)
        return;
    const struct key key = key_of(lesson->vantage, lesson->service, leaf);
    struct line *l = memory_make(m, bytes_of(&key), lesson->at_us);
    uint64_t id = leaf_key_id(leaf);
    if (l->newest == 0 || (id != l->newest && leaf->not_before_us > l->not_before_us))
        begin(l, id, leaf, lesson->at_us);
    struct node *n = node_of(l, server_of(lesson->handshake));
    if (id == l->newest) {
        l->last_us = lesson->at_us;
        l->handshake = lesson->handshake->id;
        if (n->leaf != 0 && n->leaf != id && !is_old(l, n->leaf))
            l->old[l->n_old++ % GENERATIONS_OLD] = n->leaf;
        n->has_newest = 1;
    }
    n->leaf = id;
    n->us = lesson->at_us;
}

bool history_newer(struct history *history, int64_t vantage, const struct service *s,
        const struct handshake *h, const struct certificate *leaf, struct generation *out)
{
    struct memory *m = history_topic(history, TOPIC_generations);
    const struct key key = key_of(vantage, s, leaf);
    const struct line *l = m != NULL ? memory_get(m, bytes_of(&key)) : NULL;
    uint64_t id = leaf_key_id(leaf), server = server_of(h);
    if (l == NULL || l->newest == id || l->not_before_us <= leaf->not_before_us)
        return false;
    *out = (struct generation){.first_us = l->first_us,
            .last_us = l->last_us,
            .not_before_us = l->not_before_us,
            .handshake = l->handshake,
            .is_successor = is_old(l, id),
            .n_old = 1};
    for (size_t i = 0; i < GENERATIONS_NODES; i++) {
        const struct node *n = &l->nodes[i];
        if (n->server == server)
            out->is_here = n->has_newest != 0;
        else if (n->server != 0)
            *(n->leaf == l->newest ? &out->n_new : &out->n_old) += 1;
    }
    return true;
}

const struct topic topic_generations = {
        .kind = {.name = "generations",
                .version = 1,
                .value_size = sizeof(struct line),
                .cap = GENERATIONS_CAP},
        .learn = learn,
};
