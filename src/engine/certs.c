#include "engine/certs.h"

#include <string.h>

#include "base/alloc.h"
#include "base/map.h"
#include "base/now.h"
#include "engine/allowance.h"
#include "store/segment.h"
#include "x509/x509.h"

struct entry {
    struct cert cert;
    size_t weight;
    struct entry *next, **link; /* all entries, for flushing */
};

struct certs {
    struct store *store;
    struct map *by_hash;
    struct entry *all;
    struct entry *due;     /* the next one to be written; NULL: none is */
    struct entry *evicted; /* until certs_bury: somebody may still look at them */
    bool is_limited;
    struct allowance names, bytes; /* when is_limited */
    size_t weight;                 /* of all */
    uint64_t count, n_not_stored, n_nameless;
    bool has_failed; /* a write on eviction failed; told at the next call */
    struct err err;
};

static bool write_seen(struct certs *c, struct cert *cert, struct err *err)
{
    if (!cert->is_dirty)
        return true;
    cert->is_dirty = cert->id != 0 && !store_certificate(c->store, cert->facts, cert->first_us,
                                              cert->last_us, &cert->id, err);
    return !cert->is_dirty;
}

static void drop(void *ctx, void *value)
{
    struct certs *c = ctx;
    struct entry *e = value;
    if (!write_seen(c, &e->cert, &c->err) && !store_lose_update(c->store))
        c->has_failed = true;
    if (c->due == e)
        c->due = e->next;
    c->weight -= e->weight;
    *e->link = e->next;
    if (e->next != NULL)
        e->next->link = e->link;
    e->next = c->evicted;
    c->evicted = e;
}

void certs_bury(struct certs *c)
{
    while (c->evicted != NULL) {
        struct entry *e = c->evicted;
        c->evicted = e->next;
        certificate_free(e->cert.facts);
        xfree(e);
    }
}

/* A name costs about a microsecond and 40 bytes of the file, a byte of DER 15 nanoseconds: a tenth
 * of the analyst's time, which ordinary networks are far from. */
const struct certs_limits certs_live_limits = {.names_a_second = 50000,
        .names_saved = 500000,
        .bytes_a_second = 4 << 20,
        .bytes_saved = 64 << 20};

struct certs *certs_new(struct store *store, const struct certs_limits *limits)
{
    struct certs *c = xcalloc(1, sizeof *c);
    c->store = store;
    c->is_limited = limits != NULL;
    if (limits != NULL) {
        int64_t now_us = now_of(CLOCK_MONOTONIC);
        c->names = allowance_new(limits->names_a_second, limits->names_saved, now_us);
        c->bytes = allowance_new(limits->bytes_a_second, limits->bytes_saved, now_us);
    }
    struct map_options o = {.cap = CERTS_CAP, .on_evict = drop, .ctx = c};
    c->by_hash = map_new(&o);
    return c;
}

void certs_free(struct certs *c)
{
    if (c == NULL)
        return;
    for (struct entry *e = c->all; e != NULL; e = e->next)
        e->cert.is_dirty = false; /* certs_flush was the time to write */
    map_free(c->by_hash);
    certs_bury(c);
    xfree(c);
}

static struct entry *make(struct certs *c, struct bytes key, struct bytes der, int64_t us)
{
    struct entry *e = xcalloc(1, sizeof *e);
    e->cert = (struct cert){.facts = x509_parse(der), .first_us = us, .last_us = us};
    e->weight = der.n + e->cert.facts->n_sans * sizeof(struct san);
    c->weight += e->weight;
    e->next = c->all;
    e->link = &c->all;
    if (c->all != NULL)
        c->all->link = &e->next;
    c->all = e;
    c->count++;
    map_put(c->by_hash, key, e);
    while (c->weight > CERTS_BYTES && map_count(c->by_hash) > 1)
        map_evict(c->by_hash);
    return e;
}

/* Stores what is new of it, as far as it may. */
static bool store_new(struct certs *c, struct cert *cert, bool may_name, struct err *err)
{
    const struct certificate *f = cert->facts;
    cert->has_names = may_name;
    if (!store_certificate_new(
                c->store, f, cert->first_us, cert->last_us, &cert->has_names, &cert->id, err)) {
        cert->id = 0; /* a store that waits for its disk is asked again */
        return false;
    }
    allowance_take(&c->bytes, (int64_t)f->der.n);
    allowance_take(&c->names, cert->has_names ? (int64_t)f->n_sans : 0);
    return true;
}

static bool complete(struct certs *c, struct cert *cert, struct err *err)
{
    int64_t now_us = c->is_limited ? now_of(CLOCK_MONOTONIC) : 0;
    bool may_name = !c->is_limited || allowance_has(&c->names, now_us);
    bool may_store = !c->is_limited || allowance_has(&c->bytes, now_us);
    if (cert->id == 0 && !store_certificate_seen(c->store, cert->facts->sha256, cert->first_us,
                                 cert->last_us, &cert->has_names, &cert->id, err))
        return false;
    if (cert->id == 0 && may_store && !store_new(c, cert, may_name, err))
        return false;
    if (cert->id != 0 && !cert->has_names && may_name) {
        if (!store_certificate_names(c->store, cert->facts, cert->id, &cert->has_names, err))
            return false;
        allowance_take(&c->names, cert->has_names ? (int64_t)cert->facts->n_sans : 0);
    }
    c->n_not_stored += cert->id == 0 && !cert->is_told;
    c->n_nameless += cert->id != 0 && !cert->has_names && !cert->is_told;
    cert->is_told |= cert->id == 0 || !cert->has_names;
    return true;
}

/* The keyed hash finds; only equal bytes are the same certificate. */
static struct cert *find(struct certs *c, struct bytes der, int64_t us, struct err *err)
{
    uint64_t hash = hash_bytes(der.p, der.n);
    struct bytes key = {(const uint8_t *)&hash, sizeof hash};
    struct entry *e = map_get(c->by_hash, key);
    if (e != NULL) {
        struct bytes have = e->cert.facts->der;
        if (have.n != der.n || memcmp(have.p, der.p, der.n) != 0)
            e = NULL; /* a collision: the newer one takes the place */
    }
    if (e == NULL) {
        e = make(c, key, der, us);
        return complete(c, &e->cert, err) ? &e->cert : NULL;
    }
    if (us < e->cert.first_us)
        e->cert.first_us = us;
    if (us > e->cert.last_us)
        e->cert.last_us = us;
    e->cert.is_dirty = true;
    bool is_complete = e->cert.id != 0 && e->cert.has_names;
    return is_complete || complete(c, &e->cert, err) ? &e->cert : NULL;
}

bool certs_chain(struct certs *c, const struct cert_message *m, int64_t us,
        const struct certificate *out[TLS_CHAIN_CAP], int64_t ids[TLS_CHAIN_CAP], int64_t *chain_id,
        struct err *err)
{
    bool is_stored = m->n_certs > 0;
    *chain_id = 0;
    for (size_t i = 0; i < m->n_certs; i++) {
        struct cert *cert = find(c, m->certs[i].der, us, err);
        if (cert == NULL)
            return false;
        out[i] = cert->facts;
        ids[i] = cert->id;
        is_stored &= cert->id != 0;
    }
    if (c->has_failed) {
        *err = c->err;
        return false;
    }
    return !is_stored || store_chain(c->store, ids, m->n_certs, chain_id, err);
}

bool certs_flush(struct certs *c, struct err *err)
{
    for (struct entry *e = c->all; e != NULL; e = e->next)
        if (!write_seen(c, &e->cert, err))
            return false;
    return true;
}

void certs_flush_begin(struct certs *c)
{
    if (c->due == NULL)
        c->due = c->all;
}

bool certs_flush_some(struct certs *c, size_t most, struct err *err)
{
    for (; c->due != NULL && most > 0; c->due = c->due->next) {
        most -= c->due->cert.is_dirty;
        if (!write_seen(c, &c->due->cert, err))
            return false;
    }
    return true;
}

uint64_t certs_count(const struct certs *c)
{
    return c->count;
}

uint64_t certs_not_stored(const struct certs *c)
{
    return c->n_not_stored;
}

uint64_t certs_nameless(const struct certs *c)
{
    return c->n_nameless;
}
