#include "engine/verify_keys.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/map.h"
#include "history/keys.h"
#include "proof/rsa_key.h"
#include "proof/shared_primes.h"
#include "store/remember.h"
#include "x509/x509.h"

enum { SUBJECT_SHOWN = 160, DOMAIN_TEXT = 256 };

/* Who had a modulus, by its number in shared_primes. */
struct owner {
    uint8_t sha256[32];
    char subject[SUBJECT_SHOWN];
};

/* The facts of one certificate, with the text that they point to. */
struct known_key {
    struct key_facts facts;
    struct stored_certificate same_serial;
};

struct verify_keys {
    struct blocklist *list;
    struct map *facts; /* by SHA-256 of the certificate */
    struct keys *keys;
    struct shared_primes *primes;
    struct owner **owners;
    size_t n_owners, cap_owners;
};

struct learning {
    struct keys *keys;
    const uint8_t *spki_sha256;
};

struct verify_keys *verify_keys_new(struct blocklist *list)
{
    struct verify_keys *v = xcalloc(1, sizeof *v);
    v->list = list;
    v->facts = map_new(&(struct map_options){.cap = VERIFY_KEYS_CAP, .on_evict = map_xfree});
    v->keys = keys_new();
    v->primes = shared_primes_new(0);
    return v;
}

void verify_keys_free(struct verify_keys *v)
{
    if (v == NULL)
        return;
    map_free(v->facts);
    keys_free(v->keys);
    shared_primes_free(v->primes);
    for (size_t i = 0; i < v->n_owners; i++)
        xfree(v->owners[i]);
    xfree(v->owners);
    xfree(v);
}

static uint64_t own(struct verify_keys *v, const struct certificate *c)
{
    if (v->n_owners == v->cap_owners) {
        v->cap_owners = v->cap_owners > 0 ? v->cap_owners * 2 : 64;
        v->owners = xrealloc(v->owners, v->cap_owners, sizeof *v->owners);
    }
    struct owner *o = xcalloc(1, sizeof *o);
    memcpy(o->sha256, c->sha256, sizeof o->sha256);
    (void)snprintf(o->subject, sizeof o->subject, "%s", c->subject != NULL ? c->subject : "");
    v->owners[v->n_owners] = o;
    return v->n_owners++;
}

static void look_for_primes(struct verify_keys *v, const struct certificate *c, struct key_facts *f)
{
    uint64_t other = 0;
    size_t before = shared_primes_count(v->primes);
    uint64_t id = own(v, c);
    if (shared_primes_add(v->primes, c->rsa_modulus, id, &other)) {
        f->shared_prime.is_seen = true;
        memcpy(f->shared_prime.sha256, v->owners[other]->sha256, 32);
        f->shared_prime.subject = v->owners[other]->subject;
    }
    if (shared_primes_count(v->primes) == before) /* known, or beyond the cap: nobody asks for it */
        xfree(v->owners[--v->n_owners]);
}

/* A name that another leaf with the key was served for, in an earlier run; what is shown for any
 * name tells nothing. */
static void remember_name(void *ctx, const char *name, struct bytes der)
{
    const struct learning *l = ctx;
    char domain[DOMAIN_TEXT];
    struct certificate *other = x509_parse(der);
    x509_registrable_domain(name, domain, sizeof domain);
    if (domain[0] != '\0' && x509_match_name(other, bytes_of_text(name)) == NAME_MATCH)
        keys_learn(l->keys, l->spki_sha256, domain, false);
    certificate_free(other);
}

static void remember(struct verify_keys *v, const struct certificate *c, struct store *memory,
        struct known_key *k)
{
    struct err unused;
    bool found = false;
    struct learning l = {v->keys, c->spki_sha256};
    if (memory == NULL || !c->is_parsed)
        return;
    (void)store_key_names(memory, c, remember_name, &l, &unused);
    if (k->facts.duplicate_serial.is_seen || c->serial.n == 0 ||
            !store_find_serial(memory, c, &k->same_serial, &found, &unused) || !found)
        return;
    k->facts.duplicate_serial.is_seen = true;
    memcpy(k->facts.duplicate_serial.sha256, k->same_serial.sha256, 32);
    k->facts.duplicate_serial.subject = k->same_serial.subject;
}

const struct key_facts *verify_keys_of(
        struct verify_keys *v, const struct certificate *c, struct store *memory)
{
    struct bytes key = {c->sha256, sizeof c->sha256};
    struct known_key *k = map_get(v->facts, key);
    if (k != NULL)
        return &k->facts;
    k = xcalloc(1, sizeof *k);
    struct key_facts *f = &k->facts;
    f->duplicate_serial = keys_serial(v->keys, c); /* of equal authorityKeyIdentifiers only */
    f->is_duplicate_of_issuer = c->authority_key_id.n > 0 ? KNOWN_YES : KNOWN_UNKNOWN;
    f->is_rsa = c->rsa_modulus.n > 0;
    if (f->is_rsa) {
        f->rsa = rsa_key_check(c->rsa_modulus, c->rsa_exponent);
        look_for_primes(v, c, f);
    }
    if (v->list != NULL && c->is_parsed)
        f->is_blocked = blocklist_find_cert(v->list, c->der, &f->blocked);
    remember(v, c, memory, k);
    map_put(v->facts, key, k);
    return f;
}

void verify_keys_use(struct verify_keys *v, const struct certificate *leaf, const char *domain,
        bool is_sslv2, struct key_use *out)
{
    *out = (struct key_use){0};
    if (!leaf->is_parsed)
        return;
    keys_use(v->keys, leaf->spki_sha256, domain, out);
    keys_learn(v->keys, leaf->spki_sha256, domain, is_sslv2);
}
