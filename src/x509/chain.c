/* The engine: what it keeps between two lists of certificates. */
#include "x509/chain.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "x509/chain_engine.h"
#include "x509/chain_file.h"

enum { VERDICTS_CAP = 20000, VERDICTS_BYTES = 96 << 20 };

/* A verdict and what it depends on: times, and for what is not trusted, the issuers' names that
 * were looked up in the pool. */
struct verdict {
    struct chain_facts facts;
    bool is_settled;     /* every store trusts the list as sent: the pool changes nothing */
    uint64_t generation; /* of the pool when it was judged or last found unchanged */
    size_t n_looked;
    unsigned long *looked; /* hashes of names */
};

static void verdict_free(void *ctx, void *value)
{
    (void)ctx;
    struct verdict *v = value;
    union {
        const char *borrowed;
        char *owned;
    } issuer = {.borrowed = v->facts.missing.issuer}, url = {.borrowed = v->facts.missing.url};
    xfree(issuer.owned);
    xfree(url.owned);
    xfree(v->facts.stores);
    xfree(v->looked);
    xfree(v);
}

static int by_subject(const void *a, const void *b)
{
    const struct chain_node *x = ((const struct anchor *)a)->node;
    const struct chain_node *y = ((const struct anchor *)b)->node;
    if (x->subject_hash != y->subject_hash)
        return x->subject_hash < y->subject_hash ? -1 : 1;
    return memcmp(x->sha256, y->sha256, sizeof x->sha256);
}

static struct anchor anchor_of(const struct trust_anchor *from, size_t store)
{
    uint16_t bit = (uint16_t)(1U << store);
    struct anchor a = {.node = from->node, .subject = from->subject};
    a.stores[CHAIN_SERVER] = from->roles & CHAIN_FOR_SERVER ? bit : 0;
    a.stores[CHAIN_CLIENT] = from->roles & CHAIN_FOR_CLIENT ? bit : 0;
    return a;
}

static void merge_anchors(struct chain_engine *e)
{
    size_t n = 0;
    for (size_t i = 0; i < e->n_anchors; i++) {
        struct anchor *last = n > 0 ? &e->anchors[n - 1] : NULL;
        if (last != NULL && by_subject(last, &e->anchors[i]) == 0) {
            last->stores[CHAIN_SERVER] |= e->anchors[i].stores[CHAIN_SERVER];
            last->stores[CHAIN_CLIENT] |= e->anchors[i].stores[CHAIN_CLIENT];
        } else {
            e->anchors[n++] = e->anchors[i];
        }
    }
    e->n_anchors = n;
}

static void index_anchors(struct chain_engine *e)
{
    size_t n = 0;
    for (size_t i = 0; i < e->trust->n; i++)
        n += e->trust->stores[i]->n_anchors;
    e->anchors = xcalloc(n + 1, sizeof *e->anchors);
    for (size_t i = 0; i < e->trust->n; i++) {
        const struct trust_store *s = e->trust->stores[i];
        if (!s->is_public)
            e->partial |= (uint16_t)(1U << i);
        for (size_t k = 0; k < s->n_anchors; k++)
            e->anchors[e->n_anchors++] = anchor_of(&s->anchors[k], i);
    }
    qsort(e->anchors, e->n_anchors, sizeof *e->anchors, by_subject);
    merge_anchors(e);
}

struct chain_engine *chain_engine_new(const struct trust_set *trust)
{
    struct chain_engine *e = xcalloc(1, sizeof *e);
    e->trust = trust;
    index_anchors(e);
    e->nodes = chain_nodes_new();
    e->links = chain_links_new();
    e->pool = chain_pool_new();
    size_t one = sizeof(struct verdict) + trust->n * sizeof(struct chain_store_facts);
    size_t cap = VERDICTS_BYTES / one;
    struct map_options o = {
            .cap = cap < VERDICTS_CAP ? cap : VERDICTS_CAP, .on_evict = verdict_free};
    e->verdicts = map_new(&o);
    return e;
}

void chain_engine_free(struct chain_engine *e)
{
    if (e == NULL)
        return;
    map_free(e->verdicts);
    chain_pool_free(e->pool);
    chain_links_free(e->links);
    chain_nodes_free(e->nodes);
    xfree(e->anchors);
    xfree(e);
}

struct giver {
    struct chain_engine *e;
    size_t n;
};

static void give(void *ctx, struct bytes der, unsigned for_roles)
{
    (void)for_roles;
    struct giver *g = ctx;
    struct chain_node *node = chain_node_new(der);
    g->n += node->x != NULL && node->is_ca;
    chain_pool_add(g->e->pool, node, der, true);
    chain_node_drop(node);
}

bool chain_engine_give(struct chain_engine *e, const char *path, size_t *n, struct err *err)
{
    struct giver g = {e, 0};
    struct chain_file facts;
    if (!chain_file_read(path, give, &g, &facts, err))
        return false;
    *n = g.n;
    if (g.n == 0)
        err_set(err, "%s: no CA certificate that can be read; give certificates in PEM or DER form",
                path);
    return g.n > 0;
}

static void key_of(uint8_t key[SHA256_LEN], const struct certificate *const *chain, size_t n,
        enum chain_role role)
{
    uint8_t list[(CHAIN_SENT_CAP + 1) * SHA256_LEN] = {0};
    size_t kept = n < CHAIN_SENT_CAP ? n : CHAIN_SENT_CAP;
    for (size_t i = 0; i < kept; i++)
        memcpy(list + (i + 1) * SHA256_LEN, chain[i]->sha256, SHA256_LEN);
    list[0] = (uint8_t)role;
    list[1] = n > CHAIN_SENT_CAP;
    digest_sha256((struct bytes){list, (kept + 1) * SHA256_LEN}, key);
}

static bool is_pool_same(struct chain_engine *e, struct verdict *v)
{
    uint64_t now = chain_pool_generation(e->pool);
    if (v->is_settled || v->generation == now)
        return true;
    for (size_t i = 0; i < v->n_looked; i++)
        if (chain_pool_changed(e->pool, v->looked[i]) > v->generation)
            return false;
    v->generation = now;
    return true;
}

static bool holds(struct chain_engine *e, struct verdict *v, int64_t at_us)
{
    return at_us >= v->facts.valid_from_us && at_us <= v->facts.valid_until_us &&
           is_pool_same(e, v);
}

static void interval(const struct graph *g, int64_t at_us, struct chain_facts *f)
{
    f->valid_from_us = INT64_MIN;
    f->valid_until_us = INT64_MAX;
    for (size_t i = 0; i < g->n; i++) {
        const struct chain_node *n = g->nodes[i].node;
        if (n->x == NULL)
            continue;
        int64_t starts = n->not_before_us;
        int64_t ends = n->not_after_us < INT64_MAX ? n->not_after_us + 1 : INT64_MAX;
        if (starts <= at_us && starts > f->valid_from_us)
            f->valid_from_us = starts;
        if (starts > at_us && starts - 1 < f->valid_until_us)
            f->valid_until_us = starts - 1;
        if (ends <= at_us && ends > f->valid_from_us)
            f->valid_from_us = ends;
        if (ends > at_us && ends - 1 < f->valid_until_us && ends < INT64_MAX)
            f->valid_until_us = ends - 1;
    }
}

static bool judge_as_sent(struct path_memo *m, struct chain_facts *f)
{
    bool is_fine = f->n_stores > 0;
    for (size_t i = 0; i < f->n_stores; i++) {
        struct chain_verdict *v = &f->stores[i].as_sent;
        if (v->n_path == 0 || v->status != CHAIN_TRUSTED)
            path_judge(m, i, false, v);
        is_fine &= v->status == CHAIN_TRUSTED;
    }
    return is_fine;
}

/* A certificate that was not valid yet, or no longer, would not have helped. */
static bool would_help(const struct graph *g, const struct chain_verdict *repaired, int64_t at_us)
{
    for (size_t i = 0; i < repaired->n_path; i++) {
        const struct chain_node *n = g->nodes[graph_find(g, repaired->path[i].sha256)].node;
        bool is_late = at_us < n->not_before_us || at_us > n->not_after_us;
        if (repaired->path[i].sent_at < 0 && is_late)
            return false;
    }
    return repaired->path_status == CHAIN_TRUSTED;
}

/* Whether what the repaired path adds was sent in another form: the same name and key under
 * another issuer. Then it is not missing, the root that was meant is. */
static bool is_variant_sent(const struct graph *g, const struct chain_verdict *repaired)
{
    for (size_t i = 0; i < repaired->n_path; i++) {
        const struct chain_node *n = g->nodes[graph_find(g, repaired->path[i].sha256)].node;
        if (repaired->path[i].sent_at >= 0)
            continue;
        for (size_t k = 0; k < g->n_sent; k++) {
            const struct chain_node *sent = g->nodes[g->of_sent[k]].node;
            if (sent->subject_hash == n->subject_hash &&
                    memcmp(sent->spki_sha256, n->spki_sha256, SHA256_LEN) == 0)
                return true;
        }
    }
    return false;
}

static void judge_repaired(
        const struct graph *g, struct path_memo *m, int64_t at_us, struct chain_facts *f)
{
    for (size_t i = 0; i < f->n_stores; i++) {
        struct chain_store_facts *s = &f->stores[i];
        if (s->as_sent.status == CHAIN_TRUSTED)
            s->as_repaired = s->as_sent;
        else
            path_judge(m, i, true, &s->as_repaired);
        if (s->as_sent.path_status == CHAIN_INCOMPLETE && would_help(g, &s->as_repaired, at_us) &&
                !is_variant_sent(g, &s->as_repaired))
            s->as_sent.status = s->as_sent.path_status = CHAIN_MISSING_INTERMEDIATE;
    }
}

static bool has_unreached(const struct graph *g)
{
    for (size_t i = 0; i < g->n_sent; i++)
        if (!g->nodes[g->of_sent[i]].is_reached)
            return true;
    return false;
}

static void name_anchors(const struct graph *g, struct chain_facts *f)
{
    for (size_t i = 0; i < f->n_stores; i++) {
        const struct chain_verdict *v = &f->stores[i].as_repaired;
        if (v->has_anchor)
            f->stores[i].anchor_subject =
                    g->nodes[graph_find(g, v->path[v->n_path - 1].sha256)].subject;
    }
}

static void note_looked(const struct graph *g, struct verdict *v)
{
    v->looked = xcalloc(g->n_reached, sizeof *v->looked);
    for (size_t i = 0; i < g->n_reached; i++) {
        const struct graph_node *gn = &g->nodes[g->reached[i]];
        if (gn->node->x != NULL && !gn->is_end)
            v->looked[v->n_looked++] = gn->node->issuer_hash;
    }
}

static struct verdict *judge(struct chain_engine *e, const struct certificate *const *chain,
        size_t n, enum chain_role role, int64_t at_us)
{
    struct graph *g = xcalloc(1, sizeof *g);
    struct verdict *v = xcalloc(1, sizeof *v);
    struct chain_facts *f = &v->facts;
    f->n_stores = e->trust->n;
    f->stores = xcalloc(f->n_stores + 1, sizeof *f->stores);
    for (size_t i = 0; i < f->n_stores; i++) {
        const struct trust_store *s = e->trust->stores[i];
        f->stores[i] = (struct chain_store_facts){
                .store = i, .is_public = s->is_public, .is_named = s->is_named};
    }
    graph_build(e, g, chain, n, role);
    v->generation = chain_pool_generation(e->pool);
    struct path_memo *m = path_memo_new(e, g, at_us);
    v->is_settled = judge_as_sent(m, f);
    if (!v->is_settled || has_unreached(g)) {
        graph_add_pool(e, g);
        (void)judge_as_sent(m, f);
    }
    judge_repaired(g, m, at_us, f);
    path_memo_free(m);
    chain_list_facts(e, g, chain, at_us, f);
    interval(g, at_us, f);
    name_anchors(g, f);
    if (!v->is_settled)
        note_looked(g, v);
    e->counts.capped += f->is_capped;
    graph_fini(g);
    xfree(g);
    return v;
}

const struct chain_facts *chain_judge(struct chain_engine *e,
        const struct certificate *const *chain, size_t n, enum chain_role role, int64_t at_us)
{
    if (n == 0)
        return NULL;
    uint8_t key[SHA256_LEN];
    key_of(key, chain, n, role);
    struct bytes k = {key, sizeof key};
    struct verdict *v = map_get(e->verdicts, k);
    e->counts.judged++;
    if (v != NULL && holds(e, v, at_us)) {
        e->counts.cached++;
        return &v->facts;
    }
    v = judge(e, chain, n, role, at_us);
    map_put(e->verdicts, k, v);
    return &v->facts;
}

struct chain_counts chain_engine_counts(const struct chain_engine *e)
{
    struct chain_counts c = e->counts;
    c.parsed = chain_nodes_parsed(e->nodes);
    c.signatures = chain_links_verified(e->links);
    c.pool = chain_pool_count(e->pool);
    c.pool_dropped = chain_pool_dropped(e->pool);
    c.evicted = map_evicted(e->verdicts);
    return c;
}
