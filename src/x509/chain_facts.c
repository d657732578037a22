/* What a list of certificates is like, whoever trusts it. */
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "x509/chain_engine.h"

enum { RSA_LEAST = 2048, EC_LEAST = 224, TEXT_MOST = 1024 };

static bool is_first_of(const struct graph *g, size_t i)
{
    return g->nodes[g->of_sent[i]].sent_at == (int)i;
}

static void order(struct chain_engine *e, struct graph *g, struct chain_facts *f)
{
    for (size_t i = 0; i + 1 < g->n_sent; i++)
        if (!graph_certifies(e, g, i))
            f->order[f->n_order++] = (uint8_t)i;
}

/* RFC 5246 7.4.2 speaks of each certificate and the one before; extras behind the path harm
 * nobody. */
static bool is_in_order(const struct chain_facts *f)
{
    if (f->n_stores == 0)
        return f->n_order == 0;
    const struct chain_verdict *v = &f->stores[0].as_sent;
    for (size_t i = 1; i < f->n_stores && v->path_status != CHAIN_TRUSTED; i++)
        if (f->stores[i].as_sent.path_status == CHAIN_TRUSTED)
            v = &f->stores[i].as_sent;
    size_t n = v->has_anchor && v->n_path > 1 ? v->n_path - 1 : v->n_path; /* needs no anchor */
    for (size_t i = 0; i < n; i++)
        if (v->path[i].sent_at >= 0 && v->path[i].sent_at != (int)i)
            return false;
    return true;
}

static void entries(const struct graph *g, struct chain_facts *f)
{
    for (size_t i = 0; i < g->n_sent; i++) {
        const struct graph_node *gn = &g->nodes[g->of_sent[i]];
        if (gn->node->x == NULL)
            f->malformed[f->n_malformed++] = (uint8_t)i;
        if (!is_first_of(g, i))
            f->duplicates[f->n_duplicates++] = (uint8_t)i;
        else if (!gn->is_reached && gn->node->x != NULL && !g->is_capped)
            f->unrelated[f->n_unrelated++] = (uint8_t)i;
    }
}

/* A leaf that does not parse, or a link whose signature fails, leaves open what belongs to the
 * path. */
static void forget_unrelated(const struct graph *g, struct chain_facts *f)
{
    if (f->n_malformed > 0 || f->bad_link.is_seen || g->is_pool_capped)
        f->n_unrelated = 0;
}

static void root(const struct graph *g, struct chain_facts *f)
{
    f->root_at = -1;
    size_t last = g->n_sent - 1;
    const struct graph_node *gn = &g->nodes[g->of_sent[last]];
    if (last == 0 || g->of_sent[last] == 0 || !gn->is_end)
        return;
    f->root_at = (int)last;
    f->is_root_known = gn->stores != 0;
}

static bool is_on(const struct chain_verdict *v, const uint8_t sha256[SHA256_LEN])
{
    for (size_t i = 0; i < v->n_path; i++)
        if (memcmp(v->path[i].sha256, sha256, SHA256_LEN) == 0)
            return true;
    return false;
}

static const struct chain_verdict *working(const struct chain_facts *f)
{
    for (size_t i = 0; i < f->n_stores; i++)
        if (f->stores[i].as_repaired.status == CHAIN_TRUSTED)
            return &f->stores[i].as_repaired;
    return NULL;
}

static void expired_cross(const struct graph *g, int64_t at_us, struct chain_facts *f)
{
    const struct chain_verdict *v = working(f);
    for (size_t i = 1; v != NULL && i < g->n_sent; i++) {
        const struct graph_node *gn = &g->nodes[g->of_sent[i]];
        if (is_first_of(g, i) && gn->is_reached && gn->node->x != NULL &&
                at_us > gn->node->not_after_us && !is_on(v, gn->node->sha256))
            f->expired_cross[f->n_expired_cross++] = (uint8_t)i;
    }
}

static const char *text_of(struct bytes b)
{
    struct text t = {0};
    text_add_escaped(&t, (struct bytes){b.p, b.n < TEXT_MOST ? b.n : TEXT_MOST});
    const char *copy = xstrdup(text_str(&t));
    text_fini(&t);
    return copy;
}

/* The store to speak of: one that only lacks what was seen elsewhere before one that lacks more. */
static const struct chain_store_facts *lacking(const struct chain_facts *f)
{
    const struct chain_store_facts *found = NULL;
    for (size_t i = 0; i < f->n_stores; i++) {
        enum chain_status s = f->stores[i].as_sent.path_status;
        if (s == CHAIN_MISSING_INTERMEDIATE)
            return &f->stores[i];
        if (s == CHAIN_INCOMPLETE && found == NULL)
            found = &f->stores[i];
    }
    return found;
}

/* Of a path that can be repaired, the entry before the first gap; else the end of the path. */
static int child_of_gap(const struct chain_store_facts *s, struct chain_missing *m)
{
    const struct chain_verdict *v = &s->as_repaired;
    size_t last = v->has_anchor && v->n_path > 0 ? v->n_path - 1 : v->n_path;
    bool is_repaired = s->as_sent.path_status == CHAIN_MISSING_INTERMEDIATE;
    for (size_t i = 0; is_repaired && i + 1 < last; i++) {
        if (v->path[i + 1].sent_at >= 0)
            continue;
        m->is_found = true;
        memcpy(m->sha256, v->path[i + 1].sha256, sizeof m->sha256);
        return v->path[i].sent_at;
    }
    return s->as_sent.n_path > 0 ? s->as_sent.path[s->as_sent.n_path - 1].sent_at : -1;
}

/* The value of O in a name as text, up to the next comma; empty without one. */
static struct bytes organisation_of(const char *name)
{
    const char *at = strncmp(name, "O=", 2) == 0 ? name : strstr(name, ", O=");
    if (at == NULL)
        return (struct bytes){0};
    at = strchr(at, '=') + 1;
    return (struct bytes){(const uint8_t *)at, strcspn(at, ",")};
}

/* An issuer of the organisation of an anchor, which is no anchor itself: most likely one of its
 * intermediates. */
static bool is_kin(const struct trust_set *trust, const char *issuer)
{
    struct bytes own = organisation_of(issuer);
    for (size_t i = 0; trust != NULL && own.n > 0 && i < trust->n; i++)
        for (size_t k = 0; k < trust->stores[i]->n_anchors; k++) {
            const char *subject = trust->stores[i]->anchors[k].subject;
            if (subject != NULL && bytes_equal(own, organisation_of(subject)))
                return true;
        }
    return false;
}

static void missing(const struct trust_set *trust, const struct certificate *const *chain,
        struct chain_facts *f)
{
    const struct chain_store_facts *s = lacking(f);
    struct chain_missing *m = &f->missing;
    m->child_at = s != NULL ? child_of_gap(s, m) : -1;
    if (m->child_at < 0)
        return;
    const struct certificate *child = chain[m->child_at];
    m->is_wanted = true;
    m->issuer = xstrdup(child->issuer != NULL ? child->issuer : "");
    m->is_kin = s->as_sent.path_status == CHAIN_INCOMPLETE && is_kin(trust, m->issuer);
    if (child->n_ca_issuers > 0)
        m->url = text_of(child->ca_issuers[0]);
    if (child->authority_key_id.n > 0 && child->authority_key_id.n <= sizeof m->key_id) {
        m->key_id_len = child->authority_key_id.n;
        memcpy(m->key_id, child->authority_key_id.p, m->key_id_len);
    }
}

static unsigned why_weak(const struct graph_node *gn)
{
    const struct chain_node *n = gn->node;
    unsigned why = 0;
    bool is_rsa = n->key_nid == EVP_PKEY_RSA || n->key_nid == EVP_PKEY_RSA_PSS;
    if (is_rsa && n->key_bits < RSA_LEAST)
        why |= CHAIN_WEAK_RSA;
    if (n->key_nid == EVP_PKEY_EC && n->key_bits > 0 && n->key_bits < EC_LEAST)
        why |= CHAIN_WEAK_EC;
    if (gn->is_end)
        return why;
    if (n->hash_nid == NID_sha1)
        why |= CHAIN_WEAK_SHA1;
    if (n->hash_nid == NID_md5 || n->hash_nid == NID_md4 || n->hash_nid == NID_md2)
        why |= CHAIN_WEAK_MD5;
    return why;
}

/* Nobody relies on the signature of an anchor; that of the last one of a path without an anchor may
 * be one, too: it is a root elsewhere, perhaps. */
static unsigned why_weak_in(const struct graph *g, const struct chain_verdict *v, size_t i)
{
    const struct graph_node *gn = &g->nodes[graph_find(g, v->path[i].sha256)];
    unsigned why = why_weak(gn);
    return i + 1 < v->n_path ? why : why & ~(unsigned)(CHAIN_WEAK_SHA1 | CHAIN_WEAK_MD5);
}

static bool is_root_in(const struct graph *g, const struct chain_verdict *v, size_t i)
{
    const struct graph_node *gn = &g->nodes[graph_find(g, v->path[i].sha256)];
    return gn->is_end || (v->has_anchor && i + 1 == v->n_path);
}

static bool is_clean(const struct graph *g, const struct chain_verdict *v)
{
    for (size_t i = 1; i < v->n_path; i++)
        if (why_weak_in(g, v, i) != 0 && !is_root_in(g, v, i))
            return false;
    return v->path_status == CHAIN_TRUSTED;
}

static void weak_of(const struct graph *g, const struct chain_verdict *v, struct chain_facts *f)
{
    for (size_t i = 1; i < v->n_path && f->n_weak < CHAIN_WEAK_CAP; i++) {
        unsigned why = why_weak_in(g, v, i);
        bool is_known = why == 0;
        for (size_t k = 0; k < f->n_weak; k++)
            is_known |= memcmp(f->weak[k].element.sha256, v->path[i].sha256, SHA256_LEN) == 0;
        if (!is_known)
            f->weak[f->n_weak++] = (struct chain_weak){v->path[i], why, is_root_in(g, v, i)};
    }
}

/* A store that has a path without weak elements shows that none is needed. */
static void weak(const struct graph *g, struct chain_facts *f)
{
    bool has_clean = false;
    for (size_t i = 0; i < f->n_stores; i++)
        has_clean |= is_clean(g, &f->stores[i].as_repaired);
    for (size_t i = 0; i < f->n_stores && !has_clean; i++)
        weak_of(g, &f->stores[i].as_repaired, f);
}

void chain_list_facts(struct chain_engine *e, struct graph *g,
        const struct certificate *const *chain, int64_t at_us, struct chain_facts *facts)
{
    facts->role = g->role;
    facts->n_sent = g->n_sent;
    facts->bad_link = g->bad_link;
    order(e, g, facts);
    facts->is_path_in_order = is_in_order(facts);
    entries(g, facts);
    forget_unrelated(g, facts);
    root(g, facts);
    expired_cross(g, at_us, facts);
    missing(e->trust, chain, facts);
    weak(g, facts);
    facts->is_capped = g->is_capped || g->is_pool_capped;
}
