/* Who may have issued whom. Every edge is a signature, so that a path over edges is no guess. */
#include <string.h>

#include "x509/chain_engine.h"

static struct anchor *first_anchor(struct chain_engine *e, unsigned long subject_hash)
{
    size_t from = 0;
    size_t to = e->n_anchors;
    while (from < to) {
        size_t mid = from + (to - from) / 2;
        if (e->anchors[mid].node->subject_hash < subject_hash)
            from = mid + 1;
        else
            to = mid;
    }
    return &e->anchors[from]; /* behind the last one when there is none */
}

static bool is_anchor_left(const struct chain_engine *e, const struct anchor *a, unsigned long hash)
{
    return a < e->anchors + e->n_anchors && a->node->subject_hash == hash;
}

int graph_find(const struct graph *g, const uint8_t sha256[SHA256_LEN])
{
    for (size_t i = 0; i < g->n; i++)
        if (memcmp(g->nodes[i].node->sha256, sha256, SHA256_LEN) == 0)
            return (int)i;
    return -1;
}

/* Gives the index of the node, -1 when there is no room. */
static int add(struct chain_engine *e, struct graph *g, struct chain_node *n, int sent_at)
{
    int at = graph_find(g, n->sha256);
    if (at >= 0 || g->n == GRAPH_CAP)
        return at;
    struct graph_node *gn = &g->nodes[g->n];
    *gn = (struct graph_node){.node = chain_node_hold(n), .sent_at = sent_at};
    struct anchor *a = first_anchor(e, n->subject_hash);
    for (; n->x != NULL && is_anchor_left(e, a, n->subject_hash); a++) {
        if (memcmp(a->node->sha256, n->sha256, SHA256_LEN) != 0)
            continue;
        gn->stores = a->stores[g->role];
        gn->subject = a->subject;
    }
    return (int)g->n++;
}

static void reach(struct graph *g, int at)
{
    if (g->nodes[at].is_reached)
        return;
    g->nodes[at].is_reached = true;
    g->reached[g->n_reached++] = (uint8_t)at;
}

static bool spend(struct graph *g, const struct chain_node *issuer)
{
    unsigned cost = chain_link_cost(issuer);
    if (cost > g->budget)
        return false;
    g->budget -= cost;
    return true;
}

static void cap(struct graph *g)
{
    *(g->is_pool_stage ? &g->is_pool_capped : &g->is_capped) = true;
}

static void note_bad(struct graph *g, size_t child, const struct chain_node *issuer)
{
    struct graph_node *gn = &g->nodes[child];
    bool is_by_key_id = chain_node_names_key(gn->node, issuer);
    int at = graph_find(g, issuer->sha256);
    gn->has_bad_link |= is_by_key_id;
    struct chain_bad_link *bad = &g->bad_link;
    if (bad->is_seen && (bad->is_by_key_id || !is_by_key_id))
        return;
    *bad = (struct chain_bad_link){
            true, is_by_key_id, gn->sent_at, at >= 0 ? g->nodes[at].sent_at : -1, {0}, {0}};
    memcpy(bad->child, gn->node->sha256, sizeof bad->child);
    memcpy(bad->issuer, issuer->sha256, sizeof bad->issuer);
}

/* What came from the pool never proves a signature wrong: anybody can send a certificate with
 * another's name and key identifier. */
static void try_issuer(struct chain_engine *e, struct graph *g, size_t child,
        struct chain_node *issuer, enum chain_fit wanted, bool is_pool)
{
    struct graph_node *gn = &g->nodes[child];
    if (issuer == gn->node || chain_node_fit(gn->node, issuer) != wanted)
        return;
    if (gn->n_tried == EDGES_CAP || !spend(g, issuer)) {
        cap(g);
        return;
    }
    gn->n_tried++;
    enum chain_link link = chain_links_verify(e->links, gn->node, issuer);
    if (link == LINK_BAD) {
        if (!is_pool && wanted == FIT_YES)
            note_bad(g, child, issuer);
        return;
    }
    if (link != LINK_GOOD && wanted == FIT_KEY_ID_OFF)
        return;
    int to = add(e, g, issuer, -1);
    if (to < 0) {
        cap(g);
        return;
    }
    gn->edges[gn->n_edges++] =
            (struct graph_edge){(uint8_t)to, link == LINK_GOOD, wanted == FIT_KEY_ID_OFF};
    reach(g, to);
}

static bool is_used_here(const struct anchor *a, const struct graph *g)
{
    return a->stores[g->role] != 0;
}

static void try_sent_and_anchors(
        struct chain_engine *e, struct graph *g, size_t child, enum chain_fit wanted)
{
    unsigned long hash = g->nodes[child].node->issuer_hash;
    for (size_t i = 0; i < g->n_sent; i++) {
        int at = g->of_sent[i];
        if (g->nodes[at].sent_at == (int)i)
            try_issuer(e, g, child, g->nodes[at].node, wanted, false);
    }
    for (struct anchor *a = first_anchor(e, hash); is_anchor_left(e, a, hash); a++) {
        int at = graph_find(g, a->node->sha256);
        bool was_tried = at >= 0 && g->nodes[at].sent_at >= 0;
        if (is_used_here(a, g) && !was_tried)
            try_issuer(e, g, child, a->node, wanted, false);
    }
}

/* Self-signed certificates end a path, whether they are trusted or not. */
static void look_at_self(struct chain_engine *e, struct graph *g, size_t at)
{
    struct graph_node *gn = &g->nodes[at];
    if (gn->node->x == NULL || !gn->node->is_self_issued)
        return;
    if (!spend(g, gn->node)) {
        cap(g);
        return;
    }
    enum chain_link link = chain_links_verify(e->links, gn->node, gn->node);
    gn->is_end = link == LINK_GOOD;
    gn->is_end_unverified = link == LINK_UNVERIFIED;
    if (link == LINK_BAD && chain_node_names_key(gn->node, gn->node))
        note_bad(g, at, gn->node);
}

static void expand(struct chain_engine *e, struct graph *g)
{
    while (g->n_expanded < g->n_reached) {
        size_t at = g->reached[g->n_expanded++];
        look_at_self(e, g, at);
        if (g->nodes[at].is_end || g->nodes[at].node->x == NULL)
            continue;
        try_sent_and_anchors(e, g, at, FIT_YES);
        if (g->nodes[at].n_edges == 0)
            try_sent_and_anchors(e, g, at, FIT_KEY_ID_OFF);
    }
}

void graph_build(struct chain_engine *e, struct graph *g, const struct certificate *const *chain,
        size_t n, enum chain_role role)
{
    *g = (struct graph){.role = role, .n_sent = n, .budget = SENT_BUDGET};
    if (n > CHAIN_SENT_CAP) {
        g->n_sent = CHAIN_SENT_CAP;
        g->is_capped = true;
    }
    for (size_t i = 0; i < g->n_sent; i++) {
        struct chain_node *node = chain_nodes_get(e->nodes, chain[i]->der, chain[i]->sha256);
        if (i > 0)
            chain_pool_add(e->pool, node, chain[i]->der, false);
        g->of_sent[i] = add(e, g, node, (int)i);
        chain_node_drop(node);
    }
    reach(g, 0);
    expand(e, g);
}

static void try_pool(struct chain_engine *e, struct graph *g, size_t child, enum chain_fit wanted)
{
    unsigned long hash = g->nodes[child].node->issuer_hash;
    for (struct pool_entry *p = chain_pool_find(e->pool, hash); p != NULL; p = p->next) {
        int at = graph_find(g, p->sha256);
        if (at >= 0 && (g->nodes[at].sent_at >= 0 || g->nodes[at].stores != 0))
            continue; /* tried already */
        struct chain_node *issuer = chain_nodes_get(e->nodes, p->der, p->sha256);
        size_t before = g->nodes[child].n_edges;
        try_issuer(e, g, child, issuer, wanted, true);
        if (g->nodes[child].n_edges > before)
            chain_pool_touch(e->pool, p);
        chain_node_drop(issuer);
    }
}

void graph_add_pool(struct chain_engine *e, struct graph *g)
{
    g->budget += POOL_BUDGET;
    g->is_pool_stage = true;
    while (g->n_pooled < g->n_reached) {
        size_t at = g->reached[g->n_pooled++];
        if (g->nodes[at].is_end || g->nodes[at].node->x == NULL)
            continue;
        try_pool(e, g, at, FIT_YES);
        if (g->nodes[at].n_edges == 0)
            try_pool(e, g, at, FIT_KEY_ID_OFF);
        expand(e, g);
    }
}

void graph_fini(struct graph *g)
{
    for (size_t i = 0; i < g->n; i++)
        chain_node_drop(g->nodes[i].node);
    g->n = 0;
}

bool graph_certifies(struct chain_engine *e, struct graph *g, size_t i)
{
    struct graph_node *child = &g->nodes[g->of_sent[i]];
    const struct graph_node *issuer = &g->nodes[g->of_sent[i + 1]];
    for (size_t k = 0; k < child->n_edges; k++)
        if (child->edges[k].to == g->of_sent[i + 1])
            return true;
    if (child->node->x == NULL || issuer->node->x == NULL)
        return true; /* nobody knows */
    if (chain_node_fit(child->node, issuer->node) == FIT_NO)
        return false;
    if (!spend(g, issuer->node)) {
        g->is_capped = true;
        return true;
    }
    return chain_links_verify(e->links, child->node, issuer->node) != LINK_BAD;
}
