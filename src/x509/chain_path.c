/* From the edges to paths, and from each path to OpenSSL's answer. */
#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <string.h>

#include "base/alloc.h"
#include "x509/chain_engine.h"

enum {
    STEPS_MOST = 512, /* certificates visited in one search */
    CHECKS_MOST = 24, /* paths given to OpenSSL in one call */
};

struct answer {
    uint8_t n;
    uint8_t path[PATH_MOST];
    int error; /* X509_V_ERR_ */
    int depth;
};

struct path_memo {
    struct chain_engine *e;
    const struct graph *g;
    int64_t at_us;
    size_t n_answers;
    struct answer answers[CHECKS_MOST];
};

/* How a walk along the edges ended. */
enum end { END_ANCHOR, END_ROOT, END_ROOT_UNVERIFIED, END_NO_ISSUER };

struct found {
    unsigned rank; /* the smaller the better; 0 nothing found yet */
    enum chain_status status;
    enum end end;
    const char *reason;
    int reason_at;
    size_t n;
    uint8_t path[PATH_MOST];
};

struct search {
    struct path_memo *m;
    size_t store;
    bool is_repaired, is_cut;
    unsigned steps;
    size_t n;
    uint8_t path[PATH_MOST];
    struct found best;
};

struct path_memo *path_memo_new(struct chain_engine *e, const struct graph *g, int64_t at_us)
{
    struct path_memo *m = xcalloc(1, sizeof *m);
    m->e = e;
    m->g = g;
    m->at_us = at_us;
    return m;
}

void path_memo_free(struct path_memo *m)
{
    xfree(m);
}

static const struct graph_node *node_at(const struct search *s, size_t i)
{
    return &s->m->g->nodes[s->path[i]];
}

/* No purpose is set, so none is checked. */
static void set_options(X509_STORE_CTX *ctx, bool is_partial)
{
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);
    unsigned long flags = X509_V_FLAG_TRUSTED_FIRST | X509_V_FLAG_NO_CHECK_TIME;
    if (is_partial)
        flags |= X509_V_FLAG_PARTIAL_CHAIN;
    (void)X509_VERIFY_PARAM_set_flags(param, flags);
    X509_VERIFY_PARAM_set_depth(param, PATH_MOST);
    X509_VERIFY_PARAM_set_auth_level(param, 0);
}

/* OpenSSL gets the certificates of this path alone, the last as the only anchor. */
static void ask_openssl(const struct search *s, struct answer *out)
{
    const struct graph_node *last = node_at(s, s->n - 1);
    STACK_OF(X509) *between = sk_X509_new_null();
    STACK_OF(X509) *anchors = sk_X509_new_null();
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    out->error = X509_V_ERR_OUT_OF_MEM;
    bool ok = between != NULL && anchors != NULL && ctx != NULL &&
              sk_X509_push(anchors, last->node->x) > 0;
    for (size_t i = 1; ok && i + 1 < s->n; i++)
        ok = sk_X509_push(between, node_at(s, i)->node->x) > 0;
    if (ok && X509_STORE_CTX_init(ctx, NULL, node_at(s, 0)->node->x, between) == 1) {
        set_options(ctx, !last->is_end);
        X509_STORE_CTX_set0_trusted_stack(ctx, anchors);
        bool is_valid = X509_verify_cert(ctx) == 1;
        out->error = X509_STORE_CTX_get_error(ctx);
        out->depth = X509_STORE_CTX_get_error_depth(ctx);
        if (!is_valid && out->error == X509_V_OK)
            out->error = X509_V_ERR_UNSPECIFIED;
    }
    X509_STORE_CTX_free(ctx);
    sk_X509_free(between);
    sk_X509_free(anchors);
    ERR_clear_error();
}

static const struct answer *answer_of(struct search *s)
{
    struct path_memo *m = s->m;
    for (size_t i = 0; i < m->n_answers; i++)
        if (m->answers[i].n == s->n && memcmp(m->answers[i].path, s->path, s->n) == 0)
            return &m->answers[i];
    if (m->n_answers == CHECKS_MOST) {
        s->is_cut = true;
        return NULL;
    }
    struct answer *a = &m->answers[m->n_answers++];
    a->n = (uint8_t)s->n;
    memcpy(a->path, s->path, s->n);
    ask_openssl(s, a);
    m->e->counts.paths++;
    return a;
}

/* Only what RFC 5280 6.1 forbids is a violation; what OpenSSL does not understand is unverified. */
static enum chain_status status_of(int error)
{
    switch (error) {
    case X509_V_OK:
        return CHAIN_TRUSTED;
    case X509_V_ERR_INVALID_CA:
    case X509_V_ERR_PATH_LENGTH_EXCEEDED:
    case X509_V_ERR_KEYUSAGE_NO_CERTSIGN:
    case X509_V_ERR_PERMITTED_VIOLATION:
    case X509_V_ERR_EXCLUDED_VIOLATION:
    case X509_V_ERR_UNNESTED_RESOURCE:
        return CHAIN_CONSTRAINT_VIOLATION;
    default:
        return CHAIN_UNVERIFIED;
    }
}

static const struct graph_edge *edge(const struct search *s, size_t i)
{
    const struct graph_node *child = node_at(s, i);
    for (size_t k = 0; k < child->n_edges; k++)
        if (child->edges[k].to == s->path[i + 1])
            return &child->edges[k];
    return NULL;
}

/* A link of the path that OpenSSL cannot or would not follow. */
static const char *doubt(const struct search *s, int *at)
{
    for (size_t i = 0; i + 1 < s->n; i++) {
        const struct graph_edge *e = edge(s, i);
        *at = (int)i;
        if (e != NULL && !e->is_good)
            return "the signature is of a kind that could not be verified";
        if (e != NULL && e->is_key_id_off)
            return "the issuer's key verifies it, but its key identifier names another key";
    }
    *at = -1;
    return NULL;
}

/* OpenSSL calls every reason why a certificate is no CA the same. */
static void explain(const struct search *s, const struct answer *a, struct found *f)
{
    int error = a->error;
    bool is_inside = a->depth >= 0 && a->depth < (int)s->n;
    if (error == X509_V_ERR_INVALID_CA && is_inside &&
            node_at(s, (size_t)a->depth)->node->is_ca_without_sign)
        error = X509_V_ERR_KEYUSAGE_NO_CERTSIGN;
    f->reason = error == X509_V_ERR_PROXY_CERTIFICATES_NOT_ALLOWED
                        ? "a proxy certificate (RFC 3820), which is not followed"
                        : X509_verify_cert_error_string(error);
    f->reason_at = is_inside ? a->depth : -1;
}

static void judge_end(struct search *s, enum end end, struct found *f)
{
    const char *unsure = doubt(s, &f->reason_at);
    if (end == END_NO_ISSUER) {
        bool is_bad = node_at(s, s->n - 1)->has_bad_link;
        f->status = is_bad ? CHAIN_SIGNATURE_INVALID : CHAIN_INCOMPLETE;
        f->reason_at = (int)s->n - 1;
        return;
    }
    f->status = CHAIN_UNVERIFIED;
    f->reason = unsure;
    if (unsure != NULL)
        return;
    if (end == END_ROOT_UNVERIFIED) {
        f->reason = "the last certificate names itself as issuer, which could not be verified";
        f->reason_at = (int)s->n - 1;
        return;
    }
    const struct answer *a = end == END_ROOT && s->n == 1 ? NULL : answer_of(s);
    if (a != NULL && a->error != X509_V_OK)
        explain(s, a, f);
    if (end == END_ROOT)
        f->status = s->n == 1 ? CHAIN_SELF_SIGNED : CHAIN_UNTRUSTED_ROOT;
    else if (a != NULL)
        f->status = status_of(a->error);
}

static enum chain_time time_of(const struct path_memo *m, const struct found *f, int *at)
{
    for (size_t i = 0; i < f->n; i++) {
        const struct graph_node *gn = &m->g->nodes[f->path[i]];
        *at = (int)i;
        if (m->at_us < gn->node->not_before_us)
            return CHAIN_TIME_NOT_YET_VALID;
        if (m->at_us <= gn->node->not_after_us)
            continue;
        if (i == 0)
            return CHAIN_TIME_EXPIRED_LEAF;
        bool is_last = i + 1 == f->n && f->end != END_NO_ISSUER;
        return is_last ? CHAIN_TIME_EXPIRED_ROOT : CHAIN_TIME_EXPIRED_INTERMEDIATE;
    }
    *at = -1;
    return CHAIN_TIME_OK;
}

/* A path that may be fine at this time says more than one that surely is not. */
static unsigned rank_of(const struct path_memo *m, const struct found *f)
{
    int at = -1;
    unsigned late = time_of(m, f, &at) != CHAIN_TIME_OK;
    switch (f->status) {
    case CHAIN_TRUSTED:
        return late ? 3 : 1;
    case CHAIN_UNVERIFIED:
        return late ? 4 : 2;
    case CHAIN_CONSTRAINT_VIOLATION:
        return 5 + late;
    case CHAIN_UNTRUSTED_ROOT:
    case CHAIN_SELF_SIGNED:
        return 7 + late;
    case CHAIN_SIGNATURE_INVALID:
        return 9 + late;
    default:
        return 11 + late;
    }
}

static bool is_done(const struct search *s)
{
    return s->best.rank == 1 || s->steps == STEPS_MOST;
}

static void offer(struct search *s, enum end end)
{
    struct found f = {.end = end, .reason_at = -1, .n = s->n};
    memcpy(f.path, s->path, s->n);
    judge_end(s, end, &f);
    f.rank = rank_of(s->m, &f);
    if (s->best.rank == 0 || f.rank < s->best.rank)
        s->best = f;
}

static bool is_anchor(const struct search *s, const struct graph_node *gn)
{
    bool is_partial = s->m->e->partial >> s->store & 1;
    return (gn->stores >> s->store & 1) && (gn->is_end || gn->is_end_unverified || is_partial);
}

/* As sent, a root need not be in the list (RFC 5246 7.4.2): knowing it from elsewhere only gives
 * the end of the path a name. */
static bool may_use(const struct search *s, size_t to)
{
    const struct graph_node *gn = &s->m->g->nodes[to];
    bool is_in_store = gn->stores >> s->store & 1;
    if (!s->is_repaired && gn->sent_at < 0 && !is_in_store && !gn->is_end)
        return false;
    return memchr(s->path, (int)to, s->n) == NULL;
}

static void walk(struct search *s, size_t at);

/* Anchors first, as X509_V_FLAG_TRUSTED_FIRST has it. */
static bool walk_issuers(struct search *s, const struct graph_node *gn)
{
    bool is_any = false;
    for (int is_second = 0; is_second < 2; is_second++) {
        for (size_t k = 0; k < gn->n_edges && !is_done(s); k++) {
            size_t to = gn->edges[k].to;
            bool is_first = is_anchor(s, &s->m->g->nodes[to]);
            if (is_first != (is_second == 0) || !may_use(s, to))
                continue;
            is_any = true;
            walk(s, to);
        }
    }
    return is_any;
}

/* At most PATH_MOST deep. */
static void walk(struct search *s, size_t at)
{
    s->is_cut |= s->n == PATH_MOST || ++s->steps == STEPS_MOST;
    if (s->n == PATH_MOST)
        return;
    const struct graph_node *gn = &s->m->g->nodes[at];
    s->path[s->n++] = (uint8_t)at;
    if (is_anchor(s, gn))
        offer(s, END_ANCHOR);
    else if (gn->is_end)
        offer(s, END_ROOT);
    else if (!walk_issuers(s, gn))
        offer(s, gn->is_end_unverified ? END_ROOT_UNVERIFIED : END_NO_ISSUER);
    s->n--;
}

static void fill_times(const struct path_memo *m, const struct found *f, struct chain_verdict *out)
{
    bool has_end = f->end != END_NO_ISSUER;
    for (size_t i = 0; i < f->n; i++) {
        const struct chain_node *n = m->g->nodes[f->path[i]].node;
        if (i == 0 || n->not_before_us > out->not_before_us)
            out->not_before_us = n->not_before_us;
        if (i == 0 || n->not_after_us < out->not_after_us) {
            out->not_after_us = n->not_after_us;
            out->not_after_at = (int)i;
        }
        if (i == 0 || (has_end && i + 1 == f->n) || n->not_after_us >= out->ca_not_after_us)
            continue;
        out->ca_not_after_us = n->not_after_us;
        out->ca_not_after_at = (int)i;
    }
    out->time = time_of(m, f, &out->time_at);
}

static int eku_at(const struct path_memo *m, const struct found *f)
{
    size_t n = f->end == END_NO_ISSUER ? f->n : f->n - 1;
    for (size_t i = 1; i < n; i++)
        if (m->g->nodes[f->path[i]].node->forbids[m->g->role])
            return (int)i;
    return -1;
}

static enum chain_status whole(const struct chain_verdict *v)
{
    static const enum chain_status of_time[CHAIN_TIME_COUNT] = {
            [CHAIN_TIME_OK] = CHAIN_TRUSTED,
            [CHAIN_TIME_EXPIRED_LEAF] = CHAIN_EXPIRED_LEAF,
            [CHAIN_TIME_EXPIRED_INTERMEDIATE] = CHAIN_EXPIRED_INTERMEDIATE,
            [CHAIN_TIME_EXPIRED_ROOT] = CHAIN_EXPIRED_ROOT,
            [CHAIN_TIME_NOT_YET_VALID] = CHAIN_NOT_YET_VALID,
    };
    return v->path_status == CHAIN_TRUSTED ? of_time[v->time] : v->path_status;
}

/* A self-signed leaf is judged whole whatever was cut off; everything else might have had a better
 * path. */
static void note_cut(const struct search *s, struct chain_verdict *out)
{
    const struct graph *g = s->m->g;
    bool is_cut = s->is_cut || g->is_capped || (s->is_repaired && g->is_pool_capped);
    bool is_fine = out->path_status == CHAIN_TRUSTED && out->time == CHAIN_TIME_OK;
    if (!is_cut || is_fine || out->path_status == CHAIN_SELF_SIGNED)
        return;
    out->path_status = CHAIN_UNVERIFIED;
    out->reason = "too many certificates to try";
    out->reason_at = -1;
}

static bool has_malformed(const struct graph *g)
{
    for (size_t i = 0; i < g->n_sent; i++)
        if (g->nodes[g->of_sent[i]].node->x == NULL)
            return true;
    return false;
}

void path_judge(struct path_memo *m, size_t store, bool is_repaired, struct chain_verdict *out)
{
    *out = (struct chain_verdict){.time_at = -1,
            .reason_at = -1,
            .not_after_at = -1,
            .ca_not_after_us = INT64_MAX,
            .ca_not_after_at = -1,
            .eku_at = -1};
    if (m->g->nodes[0].node->x == NULL) {
        out->status = out->path_status = CHAIN_MALFORMED;
        return;
    }
    struct search s = {.m = m, .store = store, .is_repaired = is_repaired};
    walk(&s, 0);
    const struct found *f = &s.best;
    out->path_status = f->rank > 0 ? f->status : CHAIN_UNVERIFIED; /* cut before any end */
    out->reason = f->reason;
    out->reason_at = f->reason_at;
    out->has_anchor = f->n > 0 && f->end == END_ANCHOR;
    out->n_path = f->n;
    for (size_t i = 0; i < f->n; i++) {
        const struct graph_node *gn = &m->g->nodes[f->path[i]];
        memcpy(out->path[i].sha256, gn->node->sha256, SHA256_LEN);
        out->path[i].sent_at = gn->sent_at;
    }
    if (f->n > 0) {
        fill_times(m, f, out);
        out->eku_at = eku_at(m, f);
    }
    if (out->path_status == CHAIN_INCOMPLETE && has_malformed(m->g))
        out->path_status = CHAIN_MALFORMED;
    note_cut(&s, out);
    out->status = whole(out);
}
