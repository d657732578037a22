#include "engine/verifier.h"

#include <string.h>

#include "base/alloc.h"
#include "base/map.h"
#include "base/text.h"
#include "engine/verify_keys.h"
#include "engine/verify_proofs.h"
#include "engine/verify_status.h"
#include "store/judgement.h"
#include "store/remember.h"
#include "x509/blocklist.h"
#include "x509/chain.h"
#include "x509/x509.h"

enum { DOMAINS_CAP = 100000, DOMAIN_TEXT = 256 };

struct verifier {
    struct verify_options o;
    struct trust_set trust;
    struct store_info stores[CHAIN_STORE_CAP];
    bool is_trust_loaded;
    struct chain_engine *chains; /* NULL until the first chain */
    struct blocklist *list;      /* NULL: none was given */
    struct verify_keys *keys;
    struct verify_nonces *nonces;
    struct verify_proofs *proofs;
    struct verify_status *status;
    struct map *domains;          /* registrable domain by service id */
    size_t n_given[VERIFY_FILES]; /* certificates of each of o.intermediates */
    struct judgement j;
    const struct key_facts *key_facts[TLS_CHAIN_CAP];
    const struct key_facts *client_key_facts[TLS_CHAIN_CAP];
    struct key_use key_use;
    struct chain_facts client; /* a copy: those of the engine live until the server's are judged */
    struct chain_store_facts client_stores[CHAIN_STORE_CAP];
};

bool file_list_add(struct file_list *list, const char *path)
{
    if (list->n >= VERIFY_FILES)
        return false;
    list->paths[list->n++] = path;
    return true;
}

/* [NAME=]PATH */
static bool load_store(struct verifier *v, const char *given, struct err *err)
{
    struct trust_store *s = NULL;
    const char *path = strchr(given, '=');
    struct text name = {0};
    for (const char *p = given; path != NULL && p < path; p++)
        text_addf(&name, "%c", *p);
    bool is_ok = trust_load(path != NULL ? text_str(&name) : NULL, path != NULL ? path + 1 : given,
                         &s, err) &&
                 trust_set_add(&v->trust, s, err);
    if (is_ok)
        v->trust.stores[v->trust.n - 1]->is_named = true; /* whoever names a file means it */
    text_fini(&name);
    return is_ok;
}

static void describe_stores(struct verifier *v)
{
    for (size_t i = 0; i < v->trust.n; i++) {
        const struct trust_store *s = v->trust.stores[i];
        v->stores[i] =
                (struct store_info){s->name, s->is_public, s->is_named, s->newest_not_before_us};
    }
    v->is_trust_loaded = true;
}

static bool load_files(struct verifier *v, struct err *err)
{
    bool is_ok = true;
    for (size_t i = 0; is_ok && i < v->o.trust.n; i++)
        is_ok = load_store(v, v->o.trust.paths[i], err);
    if (is_ok && v->o.trust.n > 0)
        describe_stores(v);
    for (size_t i = 0; is_ok && i < v->o.blocklists.n; i++) {
        if (v->list == NULL)
            v->list = blocklist_new();
        is_ok = blocklist_load(v->list, v->o.blocklists.paths[i], err);
    }
    return is_ok && verify_status_load(v->status, &v->o, err);
}

/* The system's store is large: it is read when the first chain comes. */
static bool open_chains(struct verifier *v, struct err *err)
{
    struct trust_store *s = NULL;
    if (v->chains != NULL)
        return true;
    if (!v->is_trust_loaded) {
        if (trust_load(NULL, NULL, &s, err))
            (void)trust_set_add(&v->trust, s, err);
        describe_stores(v); /* without one, nothing is public and nothing is trusted */
    }
    v->chains = chain_engine_new(&v->trust);
    for (size_t i = 0; i < v->o.intermediates.n; i++) {
        if (!chain_engine_give(v->chains, v->o.intermediates.paths[i], &v->n_given[i], err))
            return false;
    }
    return true;
}

bool verifier_new(const struct verify_options *o, struct verifier **out, struct err *err)
{
    struct verifier *v = xcalloc(1, sizeof *v);
    v->o = *o;
    v->status = verify_status_new();
    v->domains = map_new(&(struct map_options){.cap = DOMAINS_CAP, .on_evict = map_xfree});
    if (!load_files(v, err) || (o->intermediates.n > 0 && !open_chains(v, err))) {
        verifier_free(v);
        return false;
    }
    v->keys = verify_keys_new(v->list);
    v->nonces = verify_nonces_new();
    v->proofs = verify_proofs_new(o->level, v->nonces);
    *out = v;
    return true;
}

bool verifier_prepare(struct verifier *v, struct err *err)
{
    return open_chains(v, err);
}

/* Private PKIs have a handful of roots; lists of public ones have more than this. */
static bool looks_public(const struct trust_store *s)
{
    enum { PRIVATE_MOST = 80 };
    return !s->is_public && s->n_anchors > PRIVATE_MOST;
}

bool verifier_remark(const struct verifier *v, size_t i, struct text *t)
{
    for (size_t k = 0; k < v->trust.n; k++) {
        const struct trust_store *s = v->trust.stores[k];
        if (!looks_public(s) || i-- > 0)
            continue;
        text_addf(t,
                "--trust %s: %zu roots, but not declared public: rules for public certificates "
                "do not judge under it; if they are public roots, use --trust public:%s=%s",
                s->name, s->n_anchors, s->name, s->path);
        return true;
    }
    size_t n = v->list != NULL ? blocklist_count_truncated(v->list) : 0;
    if (n == 0 || i > 0)
        return false;
    text_addf(t,
            "--blocklist: %zu of %zu keys are known by 80 bits of their hash only: what they match "
            "is "
            "reported with confidence 0.7",
            n, blocklist_count(v->list));
    return true;
}

void verifier_free(struct verifier *v)
{
    if (v == NULL)
        return;
    chain_engine_free(v->chains);
    trust_set_fini(&v->trust);
    verify_keys_free(v->keys);
    verify_proofs_free(v->proofs);
    verify_nonces_free(v->nonces);
    verify_status_free(v->status);
    blocklist_free(v->list);
    map_free(v->domains);
    xfree(v);
}

/* A root that is declared public; unknown when there is no such store, or when the path could not
 * be followed to its end. */
static enum known is_public(const struct chain_facts *f)
{
    bool has_public = false;
    bool is_open = false;
    for (size_t i = 0; f != NULL && i < f->n_stores; i++) {
        const struct chain_store_facts *s = &f->stores[i];
        if (!s->is_public)
            continue;
        has_public = true;
        if (s->as_repaired.path_status == CHAIN_TRUSTED)
            return KNOWN_YES;
        is_open |= s->as_repaired.path_status == CHAIN_INCOMPLETE ||
                   s->as_repaired.path_status == CHAIN_UNVERIFIED ||
                   s->as_repaired.path_status == CHAIN_MALFORMED;
    }
    return !has_public || is_open ? KNOWN_UNKNOWN : KNOWN_NO;
}

/* The registrable domain of a service that is named, or NULL. */
static const char *domain_of(struct verifier *v, const struct service *s)
{
    struct bytes key = {(const uint8_t *)&s->id, sizeof s->id};
    if (s->is_address || s->is_unanswered)
        return NULL;
    char *domain = map_get(v->domains, key);
    if (domain == NULL) {
        domain = xcalloc(1, DOMAIN_TEXT);
        x509_registrable_domain(s->name, domain, DOMAIN_TEXT);
        map_put(v->domains, key, domain);
    }
    return domain[0] != '\0' ? domain : NULL;
}

static void judge_keys(struct verifier *v, const struct verify_question *q)
{
    const struct handshake *h = q->handshake;
    const struct key_place place = {.handshake_id = h->id,
            .service_id = q->service->id,
            .us = h->first_us,
            .input = h->input,
            .transport = h->transport,
            .client = h->sides[SIDE_CLIENT].endpoint,
            .server = h->sides[SIDE_SERVER].endpoint};
    for (size_t i = 0; i < q->n_server; i++) {
        bool is_new = false;
        v->key_facts[i] = verify_keys_of(v->keys, q->server[i], &place, q->memory, &is_new);
        if (is_new)
            verify_nonces_certificate(
                    v->nonces, q, SIDE_SERVER, i, &v->j.nonces[NONCE_CERTIFICATE]);
    }
    for (size_t i = 0; i < q->n_client; i++) {
        bool is_new = false;
        v->client_key_facts[i] = verify_keys_of(v->keys, q->client[i], &place, q->memory, &is_new);
        if (is_new)
            verify_nonces_certificate(
                    v->nonces, q, SIDE_CLIENT, i, &v->j.nonces[NONCE_CERTIFICATE]);
    }
    v->j.keys = v->key_facts;
    v->j.client_keys = v->client_key_facts;
    if (q->n_server == 0)
        return;
    verify_keys_use(v->keys, q->server[0], q->is_name_match ? domain_of(v, q->service) : NULL,
            h->version >= TLS_1_0, &v->key_use);
    v->j.key_use = &v->key_use;
}

/* What is kept of the client's chain while the server's is judged: not the texts about what is
 * missing. */
static const struct chain_facts *copy_client(struct verifier *v, const struct chain_facts *f)
{
    v->client = *f;
    for (size_t i = 0; i < f->n_stores; i++)
        v->client_stores[i] = f->stores[i];
    v->client.stores = v->client_stores;
    v->client.missing.issuer = v->client.missing.url = NULL;
    return &v->client;
}

static void judge_chains(struct verifier *v, const struct verify_question *q)
{
    struct err unused;
    if ((q->n_server == 0 && q->n_client == 0) || !open_chains(v, &unused))
        return;
    v->j.n_stores = v->trust.n;
    v->j.stores = v->stores;
    if (q->n_client > 0)
        v->j.client_chain = copy_client(
                v, chain_judge(v->chains, q->client, q->n_client, CHAIN_CLIENT, q->at_us));
    if (q->n_server > 0)
        v->j.server_chain = chain_judge(v->chains, q->server, q->n_server, CHAIN_SERVER, q->at_us);
    v->j.is_public = is_public(v->j.server_chain);
}

const struct judgement *verifier_judge(struct verifier *v, const struct verify_question *q)
{
    v->j = (struct judgement){.has_blocklist = v->list != NULL};
    judge_chains(v, q);
    judge_keys(v, q);
    verify_status_judge(v->status, q, &v->j);
    if (v->j.n_staples > 0)
        verify_nonces_staple(v->nonces, q, &v->j.staples[0], &v->j.nonces[NONCE_STAPLE]);
    verify_proofs_judge(v->proofs, q, &v->j);
    return &v->j;
}

bool verifier_recall(
        struct verifier *v, struct store *memory, int most, bool *is_done, struct err *err)
{
    return verify_keys_recall(v->keys, memory, most, is_done, err);
}

bool verifier_end(struct verifier *v, struct store *memory, struct err *err)
{
    return verify_keys_end(v->keys, memory, err) &&
           store_nonces_trim(memory, VERIFY_NONCES_IN_STORE, err);
}

bool verifier_late(struct verifier *v, struct late_key *out)
{
    return verify_keys_late(v->keys, out);
}

static bool store_trust(const struct verifier *v, struct store *s, struct err *err)
{
    for (size_t i = 0; i < v->trust.n; i++) {
        const struct trust_store *t = v->trust.stores[i];
        const struct data_file f = {"trust", t->name, t->path, t->newest_not_before_us,
                t->n_anchors, t->n_broken + t->n_dropped, t->is_public, t->is_named};
        if (!store_data_file(s, &f, err))
            return false;
    }
    return true;
}

static bool store_intermediates(const struct verifier *v, struct store *s, struct err *err)
{
    for (size_t i = 0; i < v->o.intermediates.n; i++) {
        const struct data_file f = {.kind = "intermediates",
                .path = v->o.intermediates.paths[i],
                .date_us = TIME_NONE,
                .entries = v->n_given[i]};
        if (!store_data_file(s, &f, err))
            return false;
    }
    return true;
}

static bool store_list(const struct verifier *v, struct store *s, struct err *err)
{
    for (size_t i = 0; i < v->o.blocklists.n; i++) {
        const struct data_file f = {.kind = "blocklist",
                .path = v->o.blocklists.paths[i],
                .date_us = TIME_NONE,
                .entries = blocklist_count(v->list)};
        if (!store_data_file(s, &f, err))
            return false;
    }
    return true;
}

size_t verifier_n_moduli(const struct verifier *v)
{
    return verify_keys_n_moduli(v->keys);
}

bool verifier_store(const struct verifier *v, struct store *s, struct err *err)
{
    return store_trust(v, s, err) && store_intermediates(v, s, err) && store_list(v, s, err) &&
           verify_status_store(v->status, &v->o, s, err);
}

size_t verifier_counters(const struct verifier *v, struct counter out[VERIFIER_COUNTERS])
{
    struct verify_proofs_counts proofs = verify_proofs_count(v->proofs);
    size_t n = 0;
    out[n++] = (struct counter){"signatures-valid", proofs.valid};
    out[n++] = (struct counter){"signatures-invalid", proofs.invalid};
    out[n++] = (struct counter){"signatures-unverified", proofs.unverified};
    out[n++] = (struct counter){"signatures-left-out", proofs.left_out};
    struct verify_keys_counts keys = verify_keys_count(v->keys);
    out[n++] = (struct counter){"moduli-not-compared", keys.moduli_dropped};
    out[n++] = (struct counter){"shared-primes-untold", keys.primes_untold};
    if (v->chains == NULL)
        return n;
    struct chain_counts chains = chain_engine_counts(v->chains);
    out[n++] = (struct counter){"chains-judged", chains.judged - chains.cached};
    out[n++] = (struct counter){"chains-capped", chains.capped};
    out[n++] = (struct counter){"intermediates-dropped", chains.pool_dropped};
    return n;
}

const char *verifier_system_store(void)
{
    return trust_system_path();
}
