#include "engine/verify_keys.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/map.h"
#include "base/pulse.h"
#include "history/keys.h"
#include "proof/rsa_key.h"
#include "proof/shared_primes.h"
#include "store/remember.h"
#include "x509/x509.h"

enum {
    RECALLED_AT_ONCE = 1000,
    SUBJECT_SHOWN = 160,
    DOMAIN_TEXT = 256,
    AT_ONCE = 512,
    LATE_CAP = SHARED_PRIMES_HIT_CAP
};

/* Who had a modulus, by its number in shared_primes. */
struct owner {
    uint8_t sha256[32];
    bool is_stored; /* of an earlier run; the rest is empty */
    struct key_place place;
    char *subject;
};

/* A pair that was found after the later one's handshakes were judged. */
struct late_pair {
    uint64_t id, other;
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
    struct map *by_spki; /* keys that are among them, or can not be; values are no matter */
    int64_t recalled;    /* the id of the last certificate that was read from the database */
    struct owner *owners;
    size_t n_owners, cap_owners;
    struct late_pair late[LATE_CAP];
    size_t n_late, n_late_given;
    uint64_t late_dropped;
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
    v->by_spki = map_new(&(struct map_options){.cap = SHARED_PRIMES_CAP});
    return v;
}

void verify_keys_free(struct verify_keys *v)
{
    if (v == NULL)
        return;
    map_free(v->facts);
    keys_free(v->keys);
    shared_primes_free(v->primes);
    map_free(v->by_spki);
    for (size_t i = 0; i < v->n_owners; i++)
        xfree(v->owners[i].subject);
    xfree(v->owners);
    xfree(v);
}

static uint64_t own(struct verify_keys *v, const uint8_t sha256[32], const char *subject,
        const struct key_place *place)
{
    if (v->n_owners == v->cap_owners) {
        v->cap_owners = v->cap_owners > 0 ? v->cap_owners * 2 : 64;
        v->owners = xrealloc(v->owners, v->cap_owners, sizeof *v->owners);
    }
    struct owner *o = &v->owners[v->n_owners];
    size_t n = subject != NULL ? strnlen(subject, SUBJECT_SHOWN - 1) : 0;
    *o = (struct owner){.is_stored = place == NULL, .subject = xcalloc(1, n + 1)};
    memcpy(o->sha256, sha256, sizeof o->sha256);
    memcpy(o->subject, n > 0 ? subject : "", n);
    if (place != NULL)
        o->place = *place;
    return v->n_owners++;
}

static void refer(struct cert_ref *ref, const struct owner *o)
{
    ref->is_seen = true;
    memcpy(ref->sha256, o->sha256, sizeof ref->sha256);
    ref->subject = o->subject;
}

static struct known_key *known(struct verify_keys *v, const struct owner *o)
{
    return map_get(v->facts, (struct bytes){o->sha256, sizeof o->sha256});
}

/* Of two certificates that share, the one of this run is spoken of; of two of this run the later
 * one. now is the one in work. */
static void take_pairs(struct verify_keys *v, uint64_t now, struct key_facts *f)
{
    struct shared_prime pair;
    while (shared_primes_next(v->primes, &pair)) {
        struct late_pair p = {pair.id, pair.other};
        if (v->owners[p.id].is_stored)
            p = (struct late_pair){pair.other, pair.id};
        if (v->owners[p.id].is_stored)
            continue; /* an earlier run told */
        struct known_key *k = known(v, &v->owners[p.id]);
        if (k != NULL)
            refer(&k->facts.shared_prime, &v->owners[p.other]);
        if (f != NULL && p.id == now)
            refer(&f->shared_prime, &v->owners[p.other]);
        else if (v->n_late < LATE_CAP)
            v->late[v->n_late++] = p;
        else
            v->late_dropped++;
    }
}

/* False when the modulus is not kept: nobody will ask for its owner. place and facts are NULL for
 * one of an earlier run. */
static bool add_modulus(struct verify_keys *v, const struct certificate *c,
        const struct key_place *place, const struct rsa_key_facts *facts, uint64_t *id)
{
    if (c->is_parsed)
        map_put(v->by_spki, (struct bytes){c->spki_sha256, sizeof c->spki_sha256}, v);
    *id = own(v, c->sha256, c->subject, place);
    bool is_kept = shared_primes_add(v->primes, c->rsa_modulus, *id, facts);
    if (!is_kept)
        xfree(v->owners[--v->n_owners].subject);
    return is_kept;
}

/* A few keys are compared at once, many in blocks. */
static void look_for_primes(struct verify_keys *v, const struct certificate *c,
        const struct key_place *place, struct key_facts *f)
{
    uint64_t id = 0;
    if (!add_modulus(v, c, place, &f->rsa, &id))
        return;
    if (shared_primes_count(v->primes) <= AT_ONCE)
        shared_primes_flush(v->primes);
    take_pairs(v, id, f);
}

/* A key that is known is not looked at again: parsing a certificate takes its time. */
static void add_stored(void *ctx, const struct stored_certificate *stored, struct bytes der)
{
    struct verify_keys *v = ctx;
    struct bytes spki = {stored->spki_sha256, sizeof stored->spki_sha256};
    pulse_beat();
    if (map_get(v->facts, (struct bytes){stored->sha256, sizeof stored->sha256}) != NULL ||
            map_get(v->by_spki, spki) != NULL)
        return;
    struct certificate *c = x509_parse(der);
    uint64_t id = 0;
    (void)add_modulus(v, c, NULL, NULL, &id);
    certificate_free(c);
}

bool verify_keys_recall(
        struct verify_keys *v, struct store *memory, int most, bool *is_done, struct err *err)
{
    *is_done = true; /* nobody is there to be compared with */
    return shared_primes_count(v->primes) == 0 ||
           store_rsa_certificates(memory, &v->recalled, most, is_done, add_stored, v, err);
}

bool verify_keys_end(struct verify_keys *v, struct store *memory, struct err *err)
{
    bool is_done = false;
    while (!is_done)
        if (!verify_keys_recall(v, memory, RECALLED_AT_ONCE, &is_done, err))
            return false;
    shared_primes_flush(v->primes);
    take_pairs(v, 0, NULL);
    return true;
}

size_t verify_keys_n_moduli(const struct verify_keys *v)
{
    return shared_primes_count(v->primes);
}

bool verify_keys_late(struct verify_keys *v, struct late_key *out)
{
    if (v->n_late_given == v->n_late)
        return false;
    struct late_pair p = v->late[v->n_late_given++];
    *out = (struct late_key){.sha256 = v->owners[p.id].sha256, .place = &v->owners[p.id].place};
    out->facts.is_rsa = true;
    refer(&out->facts.shared_prime, &v->owners[p.other]);
    return true;
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
        keys_learn(l->keys, l->spki_sha256, domain, true);
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
    if (keys_recall(v->keys, c))
        (void)store_key_names(memory, c, remember_name, &l, &unused);
    if (k->facts.duplicate_serial.is_seen || c->serial.n == 0 ||
            !store_find_serial(memory, c, &k->same_serial, &found, &unused) || !found)
        return;
    k->facts.duplicate_serial.is_seen = true;
    memcpy(k->facts.duplicate_serial.sha256, k->same_serial.sha256, 32);
    k->facts.duplicate_serial.subject = k->same_serial.subject;
}

const struct key_facts *verify_keys_of(struct verify_keys *v, const struct certificate *c,
        const struct key_place *place, struct store *memory, bool *is_new)
{
    struct bytes key = {c->sha256, sizeof c->sha256};
    struct known_key *k = map_get(v->facts, key);
    *is_new = k == NULL;
    if (k != NULL)
        return &k->facts;
    k = xcalloc(1, sizeof *k);
    struct key_facts *f = &k->facts;
    f->duplicate_serial = keys_serial(v->keys, c); /* of equal authorityKeyIdentifiers only */
    f->is_duplicate_of_issuer = c->authority_key_id.n > 0 ? KNOWN_YES : KNOWN_UNKNOWN;
    f->is_rsa = c->rsa_modulus.n > 0;
    if (f->is_rsa) {
        f->rsa = rsa_key_check(c->rsa_modulus, c->rsa_exponent);
        look_for_primes(v, c, place, f);
    }
    if (v->list != NULL && c->is_parsed)
        f->is_blocked = blocklist_find_cert(v->list, c->der, &f->blocked);
    remember(v, c, memory, k);
    map_put(v->facts, key, k);
    return f;
}

void verify_keys_use(struct verify_keys *v, const struct certificate *leaf, const char *domain,
        bool is_tls, struct key_use *out)
{
    *out = (struct key_use){0};
    if (!leaf->is_parsed)
        return;
    keys_use(v->keys, leaf->spki_sha256, domain, out);
    keys_learn(v->keys, leaf->spki_sha256, domain, is_tls);
}

struct verify_keys_counts verify_keys_count(const struct verify_keys *v)
{
    return (struct verify_keys_counts){.moduli_dropped = shared_primes_dropped(v->primes),
            .primes_untold = shared_primes_unnamed(v->primes) + v->late_dropped};
}
