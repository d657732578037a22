#include "base/alloc.h"
#include "crypto/digest.h"
#include "x509/parse.h"
#include "x509/x509.h"

#define NO_EXPIRY_US INT64_C(253402300799000000) /* 99991231235959Z, RFC 5280 4.1.2.5 */

static bool problem(struct certificate *c, const char *what)
{
    if (c->problem == NULL)
        c->problem = what;
    return false;
}

static bool validity(struct certificate *c, struct cur pair)
{
    uint8_t tag = 0;
    c->validity_der = cur_rest(&pair);
    struct cur before = der_any(&pair, &tag, NULL);
    bool ok = der_time(tag, before, &c->not_before_us);
    struct cur after = der_any(&pair, &tag, NULL);
    ok &= der_time(tag, after, &c->not_after_us);
    if (c->not_after_us == NO_EXPIRY_US)
        c->not_after_us = INT64_MAX;
    return ok && cur_done(&pair);
}

static bool names(struct certificate *c, struct cur *tbs)
{
    uint8_t tag = 0;
    (void)der_any(tbs, &tag, &c->issuer_der);
    struct bytes ignored = {NULL, 0};
    c->issuer = x509_name_text(&c->arena, cur_of(c->issuer_der), &ignored);
    if (tbs->bad || c->issuer == NULL)
        return problem(c, "issuer name");
    if (!validity(c, der_get(tbs, DER_SEQUENCE)))
        return problem(c, "validity");
    (void)der_any(tbs, &tag, &c->subject_der);
    c->subject = x509_name_text(&c->arena, cur_of(c->subject_der), &c->common_name);
    if (tbs->bad || c->subject == NULL)
        return problem(c, "subject name");
    c->is_self_issued = bytes_equal(c->issuer_der, c->subject_der);
    return true;
}

/* issuerUniqueID and subjectUniqueID are passed over; extensions are [3]. */
static bool rest(struct certificate *c, struct cur *tbs)
{
    while (cur_more(tbs)) {
        uint8_t tag = 0;
        struct cur body = der_any(tbs, &tag, NULL);
        if (tbs->bad)
            return problem(c, "after the key");
        if (tag != (DER_CONTEXT | 3))
            continue;
        struct cur list = der_get(&body, DER_SEQUENCE);
        if (!x509_extensions(c, list) || !cur_done(&body))
            return problem(c, "extensions");
    }
    return true;
}

static bool to_be_signed(struct certificate *c, struct cur tbs)
{
    c->version = 1;
    if (der_next_is(&tbs, DER_CONTEXT)) {
        struct cur tagged = der_get(&tbs, DER_CONTEXT);
        int version = der_uint(der_get(&tagged, DER_INTEGER));
        if (version < 0 || version > 2)
            return problem(c, "version");
        c->version = (uint8_t)(version + 1);
    }
    struct cur serial = der_get(&tbs, DER_INTEGER);
    c->serial = cur_rest(&serial);
    struct cur algorithm = der_get(&tbs, DER_SEQUENCE);
    if (tbs.bad || !x509_signature_algorithm(c, algorithm))
        return problem(c, "signature algorithm");
    if (!names(c, &tbs))
        return false;
    uint8_t tag = 0;
    struct bytes spki = {NULL, 0};
    struct cur key = der_any(&tbs, &tag, &spki);
    if (tbs.bad || tag != DER_SEQUENCE || !x509_key(c, key))
        return problem(c, "public key");
    digest_sha256(spki, c->spki_sha256);
    return rest(c, &tbs);
}

static bool parse(struct certificate *c)
{
    struct cur all = cur_of(c->der);
    struct cur outer = der_get(&all, DER_SEQUENCE);
    struct cur tbs = der_get(&outer, DER_SEQUENCE);
    if (outer.bad)
        return problem(c, "outer structure");
    if (!to_be_signed(c, tbs))
        return false;
    (void)der_get(&outer, DER_SEQUENCE);
    (void)der_get(&outer, DER_BIT_STRING);
    if (!cur_done(&outer))
        return problem(c, "signature");
    return cur_done(&all) || problem(c, "bytes after the certificate");
}

struct certificate *x509_parse(struct bytes der)
{
    struct certificate *c = xcalloc(1, sizeof *c);
    c->der = arena_dup(&c->arena, der);
    c->path_len = -1;
    digest_sha256(c->der, c->sha256);
    digest_sha1(c->der, c->sha1);
    c->is_parsed = parse(c);
    c->self_signed = SELF_SIGNED_NO;
    if (c->is_self_issued)
        c->self_signed = c->is_parsed ? x509_verify_self(c->der) : SELF_SIGNED_UNVERIFIED;
    return c;
}
