#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/map.h"
#include "crypto/digest.h"
#include "x509/crl_internal.h"
#include "x509/parse.h"

static const uint8_t OID_SUBJECT_KEY[] = {0x55, 0x1d, 14};
static const uint8_t OID_REASON[] = {0x55, 0x1d, 21};
static const uint8_t OID_DELTA[] = {0x55, 0x1d, 27};
static const uint8_t OID_SCOPE[] = {0x55, 0x1d, 28};
static const uint8_t OID_CERTIFICATE_ISSUER[] = {0x55, 0x1d, 29};
static const uint8_t OID_AUTHORITY_KEY[] = {0x55, 0x1d, 35};

enum { DER_ENUMERATED = 0x0a };

static bool is_oid(struct bytes oid, const uint8_t want[3])
{
    return oid.n == 3 && memcmp(oid.p, want, 3) == 0;
}

static void leave_out(struct crl *c, const char *why)
{
    if (c->facts.left_out == NULL)
        c->facts.left_out = why;
}

/* RFC 5280 5.3. c may be NULL, else it is left out for what makes an entry unusable. */
static bool read_entry_extensions(struct cur list, struct crl_entry *out, struct crl *c)
{
    struct extension e;
    while (extension_next(&list, &e)) {
        if (is_oid(e.oid, OID_REASON)) {
            struct cur value = cur_of(e.value);
            out->reason = der_uint(der_get(&value, DER_ENUMERATED));
            if (out->reason < 0 || !cur_done(&value))
                return false;
        } else if (c != NULL && is_oid(e.oid, OID_CERTIFICATE_ISSUER)) {
            leave_out(c, "is an indirect CRL");
        } else if (c != NULL && e.is_critical) {
            leave_out(c, "an entry has a critical extension that is not understood");
        }
    }
    return cur_done(&list);
}

static bool read_entry(struct cur entry, struct crl_entry *out, struct crl *c)
{
    uint8_t tag = 0;
    out->reason = REVOKED_NO_REASON;
    struct cur serial = der_get(&entry, DER_INTEGER);
    out->serial = integer_minimal(cur_rest(&serial));
    struct cur date = der_any(&entry, &tag, NULL);
    if (serial.bad || serial.n == 0 || !der_time(tag, date, &out->revoked_us))
        return false;
    if (cur_more(&entry) && !read_entry_extensions(der_get(&entry, DER_SEQUENCE), out, c))
        return false;
    return cur_done(&entry);
}

static uint64_t index_key(struct bytes serial, size_t place)
{
    return hash_bytes(serial.p, serial.n) << 32 | (uint32_t)place;
}

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static bool read_entries(struct crl *c, struct cur list, size_t max)
{
    size_t cap = 0;
    c->entries = cur_rest(&list);
    while (cur_more(&list)) {
        struct crl_entry e;
        size_t place = c->entries.n - list.n;
        if (!read_entry(der_get(&list, DER_SEQUENCE), &e, c))
            return false;
        if (c->n_index == max) {
            leave_out(c, "more entries than can be kept");
            break;
        }
        if (c->n_index == cap) {
            cap = cap > 0 ? cap * 2 : 16;
            c->index = xrealloc(c->index, cap, sizeof *c->index);
        }
        c->index[c->n_index++] = index_key(e.serial, place);
    }
    c->facts.n_entries = c->n_index;
    if (c->n_index > 0)
        qsort(c->index, c->n_index, sizeof *c->index, by_value);
    return !list.bad;
}

/* RFC 5280 5.2.5: every element of it narrows what the CRL covers. */
static bool read_scope(struct crl *c, struct bytes value)
{
    c->scope_der = value;
    c->facts.is_scoped = true;
    if (!crl_scope_read(value, &c->scope))
        return false;
    if (c->scope.is_indirect)
        leave_out(c, "is an indirect CRL");
    return true;
}

/* RFC 5280 5.2.1: only the keyIdentifier is looked at. */
static void read_key_id(struct crl *c, struct bytes value)
{
    struct cur all = cur_of(value);
    struct cur parts = der_get(&all, DER_SEQUENCE);
    if (!der_next_is(&parts, DER_CONTEXT_PRIMITIVE))
        return;
    struct cur id = der_get(&parts, DER_CONTEXT_PRIMITIVE);
    c->key_id = cur_rest(&id);
}

static bool read_extensions(struct crl *c, struct cur tagged)
{
    struct cur list = der_get(&tagged, DER_SEQUENCE);
    struct extension e;
    while (extension_next(&list, &e)) {
        if (is_oid(e.oid, OID_DELTA))
            leave_out(c, "is a delta CRL");
        else if (is_oid(e.oid, OID_SCOPE) && !read_scope(c, e.value))
            return false;
        else if (is_oid(e.oid, OID_AUTHORITY_KEY))
            read_key_id(c, e.value);
        else if (e.is_critical && !is_oid(e.oid, OID_SCOPE))
            leave_out(c, "has a critical extension that is not understood");
    }
    return cur_done(&list) && cur_done(&tagged);
}

static bool read_time(struct cur *c, int64_t *us)
{
    uint8_t tag = 0;
    struct cur body = der_any(c, &tag, NULL);
    return der_time(tag, body, us);
}

/* TBSCertList (RFC 5280 5.1.2). */
static bool read_list(struct crl *c, struct cur list, size_t max_entries)
{
    uint8_t tag = 0;
    if (der_next_is(&list, DER_INTEGER) && der_uint(der_get(&list, DER_INTEGER)) != 1)
        return false;
    struct bytes algorithm = {NULL, 0};
    (void)der_any(&list, &tag, &algorithm);
    if (tag != DER_SEQUENCE || !bytes_equal(algorithm, c->object.algorithm))
        leave_out(c, "names two different signature algorithms");
    (void)der_any(&list, &tag, &c->issuer);
    if (tag != DER_SEQUENCE || !read_time(&list, &c->facts.this_update_us))
        return false;
    if ((der_next_is(&list, DER_UTC_TIME) || der_next_is(&list, DER_GENERALIZED_TIME)) &&
            !read_time(&list, &c->facts.next_update_us))
        return false;
    struct cur entries = {0};
    if (der_next_is(&list, DER_SEQUENCE))
        entries = der_get(&list, DER_SEQUENCE);
    if (der_next_is(&list, DER_CONTEXT) && !read_extensions(c, der_get(&list, DER_CONTEXT)))
        return false;
    return cur_done(&list) && read_entries(c, entries, max_entries);
}

bool crl_parse(struct crl *c, struct bytes der, struct arena *a, size_t max_entries)
{
    c->copy = xcalloc(der.n + 1, 1);
    if (der.n > 0)
        memcpy(c->copy, der.p, der.n);
    struct cur all = cur_make(c->copy, der.n);
    struct cur outer = der_get(&all, DER_SEQUENCE);
    c->facts.this_update_us = INT64_MIN;
    c->facts.next_update_us = INT64_MIN;
    c->scope.reasons = CRL_ALL_REASONS;
    if (!signed_read(&outer, &c->object) || !cur_done(&outer) || !cur_done(&all))
        return false;
    struct cur tbs = cur_of(c->object.tbs);
    if (!read_list(c, der_get(&tbs, DER_SEQUENCE), max_entries))
        return false;
    struct bytes ignored = {NULL, 0};
    c->facts.issuer = x509_name_text(a, cur_of(c->issuer), &ignored);
    return true;
}

bool crl_lookup(const struct crl *c, struct bytes serial, struct crl_entry *out)
{
    uint64_t key = index_key(serial, 0);
    size_t from = 0, to = c->n_index;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (c->index[middle] < key)
            from = middle + 1;
        else
            to = middle;
    }
    for (; from < c->n_index && c->index[from] >> 32 == key >> 32; from++) {
        struct cur at = cur_of(c->entries);
        cur_skip(&at, (uint32_t)c->index[from]);
        if (read_entry(der_get(&at, DER_SEQUENCE), out, NULL) && bytes_equal(out->serial, serial))
            return true;
    }
    return false;
}

/* Whether the CRL names the key of this certificate as the one that signed it. */
static bool names_key(const struct crl *c, const struct cert_view *issuer)
{
    struct extension e;
    if (c->key_id.n == 0 ||
            !extension_find(issuer->extensions, (struct bytes){OID_SUBJECT_KEY, 3}, &e))
        return false;
    struct cur value = cur_of(e.value);
    struct cur id = der_get(&value, DER_OCTET_STRING);
    return bytes_equal(cur_rest(&id), c->key_id);
}

/* What a signature check that was made before means for this certificate. */
static enum signed_verdict conclude(const struct crl *c, enum signed_verdict checked,
        const struct cert_view *issuer, const char **reason)
{
    bool is_its_own = names_key(c, issuer);
    *reason = checked == SIGNED_VALID        ? NULL
              : checked == SIGNED_UNVERIFIED ? "the CRL's signature could not be checked"
              : is_its_own
                      ? "the CRL's signature does not verify"
                      : "the CRL is signed by another key than that of the issuer's certificate";
    return checked == SIGNED_INVALID && !is_its_own ? SIGNED_UNVERIFIED : checked;
}

enum signed_verdict crl_verify(struct crl *c, const struct cert_view *issuer, const char **reason)
{
    uint8_t key[SHA256_LEN];
    digest_sha256(issuer->spki, key);
    if (c->has_key) { /* one signature has one key */
        bool is_it = memcmp(c->keys[c->n_keys - 1].sha256, key, sizeof key) == 0;
        *reason = is_it ? NULL : "the CRL of this issuer is signed by another key";
        return is_it ? SIGNED_VALID : SIGNED_UNVERIFIED;
    }
    for (size_t i = 0; i < c->n_keys; i++)
        if (memcmp(c->keys[i].sha256, key, sizeof key) == 0)
            return conclude(c, c->keys[i].verdict, issuer, reason);
    *reason = "the CRL was tried with too many keys";
    if (c->n_keys == CRL_KEYS_CAP)
        return SIGNED_UNVERIFIED;
    if (c->keys == NULL)
        c->keys = xcalloc(CRL_KEYS_CAP, sizeof *c->keys);
    struct crl_key *k = &c->keys[c->n_keys++];
    memcpy(k->sha256, key, sizeof k->sha256);
    k->verdict = signed_verify(&c->object, issuer->spki, reason);
    c->has_key = k->verdict == SIGNED_VALID;
    return conclude(c, k->verdict, issuer, reason);
}

void crl_free(struct crl *c)
{
    xfree(c->copy);
    xfree(c->index);
    xfree(c->keys);
    xfree(c);
}
