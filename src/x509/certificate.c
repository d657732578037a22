#include "base/alloc.h"
#include "crypto/digest.h"
#include "x509/parse.h"
#include "x509/x509.h"

#define NO_EXPIRY_US INT64_C(253402300799000000) /* 99991231235959Z, RFC 5280 4.1.2.5 */
#define YEAR_2000_US (INT64_C(946684800) * 1000000)

enum { ROOM_FOR_TEXT = 1536 }; /* names and lists of a usual certificate */

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
    if (!der_time(tag, before, &c->not_before_us))
        return false;
    x509_lint_time(c, tag, before, c->not_before_us);
    struct cur after = der_any(&pair, &tag, NULL);
    if (!der_time(tag, after, &c->not_after_us))
        return false;
    x509_lint_time(c, tag, after, c->not_after_us);
    /* 50 to 99 stand for 1950 to 1999 (RFC 5280 4.1.2.5.1). */
    if (tag == DER_UTC_TIME && c->not_after_us < c->not_before_us && c->not_after_us < YEAR_2000_US)
        x509_lint(c, LINT_STRUCTURE, "time-utc-after-2049",
                "notAfter is a UTCTime, which cannot say a year after 2049", 0);
    if (c->not_after_us == NO_EXPIRY_US)
        c->not_after_us = INT64_MAX;
    return cur_done(&pair);
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

/* issuerUniqueID [1] and subjectUniqueID [2] are only noted; extensions are [3]. False when what
 * stands there cannot be told apart. */
static bool rest(struct certificate *c, struct cur *tbs)
{
    while (cur_more(tbs)) {
        uint8_t tag = 0;
        struct cur body = der_any(tbs, &tag, NULL);
        if (tbs->bad)
            return problem(c, "after the key");
        if ((tag & 0x1f) == 1 || (tag & 0x1f) == 2)
            c->has_unique_id = true;
        if (tag != (DER_CONTEXT | 3))
            continue;
        struct cur list = der_get(&body, DER_SEQUENCE);
        if (!x509_extensions(c, list) || !cur_done(&body))
            (void)problem(c, "extensions");
        if (c->version < 3)
            x509_lint(c, LINT_STRUCTURE, "extensions-before-v3",
                    "extensions in a certificate that is not of version 3", 0);
    }
    if (c->has_unique_id)
        x509_lint(c, c->version < 2 ? LINT_STRUCTURE : LINT_PROFILE,
                c->version < 2 ? "unique-id-before-v2" : "unique-id",
                "a unique identifier of issuer or subject", 0);
    return true;
}

static bool version(struct certificate *c, struct cur *tbs)
{
    c->version = 1;
    if (!der_next_is(tbs, DER_CONTEXT))
        return true;
    struct cur tagged = der_get(tbs, DER_CONTEXT);
    int number = der_uint(der_get(&tagged, DER_INTEGER));
    if (number < 0 || number > 2) {
        x509_lint(c, LINT_STRUCTURE, "version-unknown", "a version that does not exist", 0);
        return problem(c, "version");
    }
    if (number == 0)
        x509_lint(c, LINT_PROFILE, "version-default-encoded",
                "version 1 is written out, DER leaves it away", 0);
    c->version = (uint8_t)(number + 1);
    return true;
}

static bool to_be_signed(struct certificate *c, struct cur tbs)
{
    uint8_t tag = 0;
    if (!version(c, &tbs))
        return false;
    struct cur serial = der_get(&tbs, DER_INTEGER);
    c->serial = cur_rest(&serial);
    struct cur algorithm = der_any(&tbs, &tag, &c->tbs_sig_alg);
    if (tbs.bad || tag != DER_SEQUENCE || !x509_signature_algorithm(c, algorithm))
        return problem(c, "signature algorithm");
    if (!names(c, &tbs))
        return false;
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
    uint8_t tag = 0;
    struct bytes whole = {NULL, 0};
    struct cur outer = der_any(&all, &tag, &whole);
    x509_lint_der(c, whole.n > 0 ? whole : c->der);
    if (tag != DER_SEQUENCE || all.bad)
        return problem(c, "outer structure");
    struct cur tbs = der_get(&outer, DER_SEQUENCE);
    if (outer.bad)
        return problem(c, "outer structure");
    if (!to_be_signed(c, tbs))
        return false;
    (void)der_any(&outer, &tag, &c->outer_sig_alg);
    (void)der_get(&outer, DER_BIT_STRING);
    if (!cur_done(&outer) || tag != DER_SEQUENCE)
        return problem(c, "signature");
    c->sig_match = x509_sig_match(c->tbs_sig_alg, c->outer_sig_alg);
    if (cur_more(&all)) {
        x509_lint(c, LINT_STRUCTURE, "trailing-bytes", "bytes behind the certificate", 0);
        (void)problem(c, "bytes after the certificate");
    }
    return true;
}

struct certificate *x509_parse(struct bytes der)
{
    struct certificate *c = xcalloc(1, sizeof *c);
    arena_expect(&c->arena, der.n + ROOM_FOR_TEXT);
    c->der = arena_dup(&c->arena, der);
    c->path_len = -1;
    digest_sha256(c->der, c->sha256);
    digest_sha1(c->der, c->sha1);
    c->is_parsed = parse(c);
    if (c->is_parsed) {
        x509_names(c);
        x509_lint_profile(c);
    }
    c->self_signed = SELF_SIGNED_NO;
    if (c->is_self_issued)
        c->self_signed = c->is_parsed ? x509_verify_self(c->der) : SELF_SIGNED_UNVERIFIED;
    return c;
}
