#include "history/keys.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/map.h"

enum { DOMAIN_TEXT = 256, SUBJECT_SHOWN = 160 };

/* Domains by hash; of the first two the text as well, so that another one can be named. */
struct seen_key {
    unsigned n_domains;
    uint64_t domains[KEYS_DOMAINS];
    char names[2][DOMAIN_TEXT];
    bool is_tls_seen;
    unsigned n_recalled; /* leaves for which earlier runs were asked, at most 2 */
    uint64_t recalled;   /* the first of them, by hash */
};

struct serial {
    uint8_t sha256[32];
    char subject[SUBJECT_SHOWN];
};

struct keys {
    struct map *by_spki, *by_serial;
};

struct keys *keys_new(void)
{
    struct keys *k = xcalloc(1, sizeof *k);
    const struct map_options o = {.cap = KEYS_CAP, .on_evict = map_xfree};
    k->by_spki = map_new(&o);
    k->by_serial = map_new(&o);
    return k;
}

void keys_free(struct keys *k)
{
    if (k == NULL)
        return;
    map_free(k->by_spki);
    map_free(k->by_serial);
    xfree(k);
}

void keys_use(
        struct keys *k, const uint8_t spki_sha256[32], const char *domain, struct key_use *out)
{
    *out = (struct key_use){0};
    const struct seen_key *s = map_get(k->by_spki, (struct bytes){spki_sha256, 32});
    if (s == NULL)
        return;
    out->n_domains = s->n_domains;
    out->is_tls_seen = s->is_tls_seen;
    for (unsigned i = 0; i < 2 && i < s->n_domains && out->other == NULL; i++)
        if (domain == NULL || strcmp(s->names[i], domain) != 0)
            out->other = s->names[i];
}

static void add_domain(struct seen_key *s, const char *domain)
{
    uint64_t hash = hash_bytes(domain, strlen(domain));
    for (unsigned i = 0; i < s->n_domains; i++)
        if (s->domains[i] == hash)
            return;
    if (s->n_domains >= KEYS_DOMAINS)
        return;
    if (s->n_domains < 2)
        (void)snprintf(s->names[s->n_domains], DOMAIN_TEXT, "%s", domain);
    s->domains[s->n_domains++] = hash;
}

static struct seen_key *get(struct keys *k, const uint8_t spki_sha256[32])
{
    struct bytes key = {spki_sha256, 32};
    struct seen_key *s = map_get(k->by_spki, key);
    if (s == NULL) {
        s = xcalloc(1, sizeof *s);
        map_put(k->by_spki, key, s);
    }
    return s;
}

bool keys_recall(struct keys *k, const struct certificate *c)
{
    struct seen_key *s = get(k, c->spki_sha256);
    uint64_t leaf = hash_bytes(c->sha256, sizeof c->sha256);
    bool is_same = s->n_recalled > 0 && s->recalled == leaf;
    if (is_same || s->n_recalled == 2)
        return false;
    if (s->n_recalled++ == 0)
        s->recalled = leaf;
    return true;
}

void keys_learn(struct keys *k, const uint8_t spki_sha256[32], const char *domain, bool is_tls)
{
    struct seen_key *s = get(k, spki_sha256);
    s->is_tls_seen |= is_tls;
    if (domain != NULL)
        add_domain(s, domain);
}

struct cert_ref keys_serial(struct keys *k, const struct certificate *c)
{
    struct cert_ref ref = {0};
    if (!c->is_parsed || c->serial.n == 0)
        return ref;
    const uint64_t key[3] = {hash_bytes(c->issuer_der.p, c->issuer_der.n),
            hash_bytes(c->authority_key_id.p, c->authority_key_id.n),
            hash_bytes(c->serial.p, c->serial.n)};
    struct bytes bytes = {(const uint8_t *)key, sizeof key};
    struct serial *s = map_get(k->by_serial, bytes);
    if (s == NULL) {
        s = xcalloc(1, sizeof *s);
        memcpy(s->sha256, c->sha256, sizeof s->sha256);
        (void)snprintf(s->subject, sizeof s->subject, "%s", c->subject != NULL ? c->subject : "");
        map_put(k->by_serial, bytes, s);
        return ref;
    }
    ref.is_seen = memcmp(s->sha256, c->sha256, sizeof s->sha256) != 0;
    memcpy(ref.sha256, s->sha256, sizeof ref.sha256);
    ref.subject = s->subject;
    return ref;
}
