#include "engine/certs.h"

#include <string.h>

#include "base/alloc.h"
#include "base/map.h"
#include "store/segment.h"
#include "x509/x509.h"

struct entry {
    struct cert cert;
    struct entry *next, **link; /* all entries, for flushing */
};

struct certs {
    struct store *store;
    struct map *by_hash;
    struct entry *all;
    struct entry *evicted; /* until certs_bury: somebody may still look at them */
    uint64_t count;
    bool has_failed; /* a write on eviction failed; told at the next call */
    struct err err;
};

static bool write_seen(struct certs *c, struct cert *cert, struct err *err)
{
    if (!cert->is_dirty)
        return true;
    int64_t id = 0;
    if (!store_certificate(c->store, cert->facts, cert->first_us, cert->last_us, &id, err))
        return false;
    cert->id = id;
    cert->is_dirty = false;
    return true;
}

static void drop(void *ctx, void *value)
{
    struct certs *c = ctx;
    struct entry *e = value;
    if (!write_seen(c, &e->cert, &c->err) && !store_lose_update(c->store))
        c->has_failed = true;
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

struct certs *certs_new(struct store *store)
{
    struct certs *c = xcalloc(1, sizeof *c);
    c->store = store;
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
    e->cert = (struct cert){x509_parse(der), 0, us, us, false};
    e->next = c->all;
    e->link = &c->all;
    if (c->all != NULL)
        c->all->link = &e->next;
    c->all = e;
    c->count++;
    map_put(c->by_hash, key, e);
    return e;
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
    if (e == NULL)
        e = make(c, key, der, us);
    if (us < e->cert.first_us)
        e->cert.first_us = us;
    if (us > e->cert.last_us)
        e->cert.last_us = us;
    e->cert.is_dirty = true;
    /* A store that waits for its disk gives no id: then it is asked again. */
    return e->cert.id != 0 || write_seen(c, &e->cert, err) ? &e->cert : NULL;
}

bool certs_chain(struct certs *c, const struct cert_message *m, int64_t us,
        const struct certificate *out[TLS_CHAIN_CAP], int64_t ids[TLS_CHAIN_CAP], int64_t *chain_id,
        struct err *err)
{
    *chain_id = 0;
    for (size_t i = 0; i < m->n_certs; i++) {
        struct cert *cert = find(c, m->certs[i].der, us, err);
        if (cert == NULL)
            return false;
        out[i] = cert->facts;
        ids[i] = cert->id;
    }
    if (c->has_failed) {
        *err = c->err;
        return false;
    }
    if (m->n_certs == 0)
        return true;
    return store_chain(c->store, ids, m->n_certs, chain_id, err);
}

bool certs_flush(struct certs *c, struct err *err)
{
    for (struct entry *e = c->all; e != NULL; e = e->next)
        if (!write_seen(c, &e->cert, err))
            return false;
    return true;
}

uint64_t certs_count(const struct certs *c)
{
    return c->count;
}
