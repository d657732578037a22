#include "x509/ocsp.h"

#include <string.h>

#include "crypto/digest.h"
#include "x509/signed.h"

enum {
    DER_ENUMERATED = 0x0a,
    RESPONDER_CERTS_CAP = 16, /* looked at; a response needs one */
};

static const uint8_t OID_BASIC[] = {0x2b, 6, 1, 5, 5, 7, 0x30, 1, 1};
static const uint8_t OID_SHA1[] = {0x2b, 0x0e, 3, 2, 0x1a};
static const uint8_t OID_SHA256[] = {0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1};
static const uint8_t OID_SCTS[] = {0x2b, 6, 1, 4, 1, 0xd6, 0x79, 2, 4, 5};
static const uint8_t OID_EKU[] = {0x55, 0x1d, 37};
static const uint8_t OID_OCSP_SIGNING[] = {0x2b, 6, 1, 5, 5, 7, 3, 9};
static const uint8_t OID_TLS_FEATURE[] = {0x2b, 6, 1, 5, 5, 7, 1, 24};

#define OID(array) ((struct bytes){array, sizeof array})

/* BasicOCSPResponse (RFC 6960 4.2.1). */
struct basic {
    struct signed_object object;
    struct cur certs;
    struct bytes by_name, by_key; /* one of them is empty */
    struct cur singles;
    bool has_critical; /* an extension that must be understood, and is not */
};

/* SingleResponse. */
struct single {
    struct bytes hash, name_hash, key_hash, serial;
    enum ocsp_cert_status status;
    int64_t revoked_us, this_update_us, next_update_us;
    int reason;
    struct bytes scts;
    bool has_critical;
};

/* The leaf and its issuer, as far as they are there. */
struct subject {
    struct cert_view leaf, issuer;
    bool has_leaf, has_issuer;
    const char *no_issuer; /* why not */
};

static bool read_time(struct cur *c, int64_t *us)
{
    uint8_t tag = 0;
    struct cur body = der_any(c, &tag, NULL);
    return tag == DER_GENERALIZED_TIME && der_time(tag, body, us);
}

/* The extensions of RFC 6960 4.4 change nothing that is read here. */
static bool is_known(struct bytes oid)
{
    static const uint8_t pkix_ocsp[] = {0x2b, 6, 1, 5, 5, 7, 0x30, 1};
    return bytes_equal(oid, OID(OID_SCTS)) ||
           (oid.n == sizeof pkix_ocsp + 1 && memcmp(oid.p, pkix_ocsp, sizeof pkix_ocsp) == 0);
}

/* Extensions within [1]. */
static bool read_extensions(struct cur tagged, bool *has_critical, struct bytes *scts)
{
    struct cur list = der_get(&tagged, DER_SEQUENCE);
    struct extension e;
    while (extension_next(&list, &e)) {
        *has_critical |= e.is_critical && !is_known(e.oid);
        if (scts == NULL || !bytes_equal(e.oid, OID(OID_SCTS)))
            continue;
        struct cur value = cur_of(e.value);
        struct cur inner = der_get(&value, DER_OCTET_STRING);
        *scts = cur_rest(&inner);
    }
    return cur_done(&list) && cur_done(&tagged);
}

static bool read_cert_id(struct cur id, struct single *out)
{
    struct cur algorithm = der_get(&id, DER_SEQUENCE);
    struct cur hash = der_get(&algorithm, DER_OID);
    struct cur name_hash = der_get(&id, DER_OCTET_STRING);
    struct cur key_hash = der_get(&id, DER_OCTET_STRING);
    struct cur serial = der_get(&id, DER_INTEGER);
    out->hash = cur_rest(&hash);
    out->name_hash = cur_rest(&name_hash);
    out->key_hash = cur_rest(&key_hash);
    out->serial = cur_rest(&serial);
    return !algorithm.bad && cur_done(&id) && out->serial.n > 0;
}

static bool read_status(struct cur *c, struct single *out)
{
    uint8_t tag = 0;
    struct cur body = der_any(c, &tag, NULL);
    switch (tag) {
    case DER_CONTEXT_PRIMITIVE:
        out->status = OCSP_CERT_GOOD;
        return cur_done(&body);
    case DER_CONTEXT_PRIMITIVE | 2:
        out->status = OCSP_CERT_UNKNOWN;
        return cur_done(&body);
    case DER_CONTEXT | 1:
        out->status = OCSP_CERT_REVOKED;
        if (!read_time(&body, &out->revoked_us))
            return false;
        if (der_next_is(&body, DER_CONTEXT)) {
            struct cur tagged = der_get(&body, DER_CONTEXT);
            out->reason = der_uint(der_get(&tagged, DER_ENUMERATED));
            if (out->reason < 0 || !cur_done(&tagged))
                return false;
        }
        return cur_done(&body);
    default:
        return false;
    }
}

static bool read_single(struct cur one, struct single *out)
{
    *out = (struct single){
            .revoked_us = INT64_MIN, .next_update_us = INT64_MIN, .reason = REVOKED_NO_REASON};
    if (!read_cert_id(der_get(&one, DER_SEQUENCE), out) || !read_status(&one, out) ||
            !read_time(&one, &out->this_update_us))
        return false;
    if (der_next_is(&one, DER_CONTEXT)) {
        struct cur tagged = der_get(&one, DER_CONTEXT);
        if (!read_time(&tagged, &out->next_update_us) || !cur_done(&tagged))
            return false;
    }
    if (der_next_is(&one, DER_CONTEXT | 1) &&
            !read_extensions(der_get(&one, DER_CONTEXT | 1), &out->has_critical, &out->scts))
        return false;
    return cur_done(&one);
}

/* ResponseData. */
static bool read_data(struct cur data, struct basic *out, int64_t *produced_us)
{
    if (der_next_is(&data, DER_CONTEXT)) { /* v1 is the default and the only one */
        struct cur version = der_get(&data, DER_CONTEXT);
        if (der_uint(der_get(&version, DER_INTEGER)) != 0)
            return false;
    }
    uint8_t tag = 0;
    struct cur id = der_any(&data, &tag, NULL);
    if (tag == (DER_CONTEXT | 1)) {
        out->by_name = cur_rest(&id);
    } else if (tag == (DER_CONTEXT | 2)) {
        struct cur key = der_get(&id, DER_OCTET_STRING);
        out->by_key = cur_rest(&key);
    } else {
        return false;
    }
    if (!read_time(&data, produced_us))
        return false;
    out->singles = der_get(&data, DER_SEQUENCE);
    if (der_next_is(&data, DER_CONTEXT | 1) &&
            !read_extensions(der_get(&data, DER_CONTEXT | 1), &out->has_critical, NULL))
        return false;
    return cur_done(&data);
}

static bool read_basic(struct cur bytes, struct basic *out, int64_t *produced_us)
{
    struct cur all = der_get(&bytes, DER_SEQUENCE);
    if (!signed_read(&all, &out->object))
        return false;
    if (der_next_is(&all, DER_CONTEXT)) {
        struct cur tagged = der_get(&all, DER_CONTEXT);
        out->certs = der_get(&tagged, DER_SEQUENCE);
        if (!cur_done(&tagged))
            return false;
    }
    struct cur tbs = cur_of(out->object.tbs);
    return cur_done(&all) && cur_done(&bytes) &&
           read_data(der_get(&tbs, DER_SEQUENCE), out, produced_us);
}

/* OCSPResponse; false when a is not successful or does not parse: see its problem. */
static bool read_response(struct bytes response, struct basic *out, struct ocsp_answer *a)
{
    struct cur all = cur_of(response);
    struct cur outer = der_get(&all, DER_SEQUENCE);
    a->problem = "outer structure";
    int status = der_uint(der_get(&outer, DER_ENUMERATED));
    if (status < 0 || !cur_done(&all))
        return false;
    a->response_status = status;
    if (status != OCSP_SUCCESSFUL) {
        a->is_parsed = true;
        a->problem = NULL;
        return false;
    }
    struct cur tagged = der_get(&outer, DER_CONTEXT);
    struct cur bytes = der_get(&tagged, DER_SEQUENCE);
    struct cur type = der_get(&bytes, DER_OID);
    struct cur basic = der_get(&bytes, DER_OCTET_STRING);
    a->problem = "response bytes";
    if (!cur_done(&bytes) || !cur_done(&tagged) || !cur_done(&outer))
        return false;
    a->problem = "response type is not basic";
    if (!bytes_equal(cur_rest(&type), OID(OID_BASIC)))
        return false;
    a->problem = "basic response";
    return read_basic(basic, out, &a->produced_us);
}

static bool is_hash_of(const struct single *s, struct bytes what, struct bytes hash)
{
    uint8_t sum[SHA256_LEN];
    bool is_sha1 = bytes_equal(s->hash, OID(OID_SHA1));
    if (is_sha1)
        digest_sha1(what, sum);
    else
        digest_sha256(what, sum);
    return bytes_equal(hash, (struct bytes){sum, is_sha1 ? SHA1_LEN : SHA256_LEN});
}

/* RFC 6960 4.1.1: the name hashed is the issuer in the certificate that is asked about. */
static enum ocsp_match match(const struct single *s, const struct subject *who)
{
    if (!who->has_leaf)
        return OCSP_MATCH_UNTOLD;
    if (!bytes_equal(integer_minimal(s->serial), integer_minimal(who->leaf.serial)))
        return OCSP_MATCH_NO;
    if (!bytes_equal(s->hash, OID(OID_SHA1)) && !bytes_equal(s->hash, OID(OID_SHA256)))
        return OCSP_MATCH_UNTOLD;
    if (!is_hash_of(s, who->leaf.issuer, s->name_hash))
        return OCSP_MATCH_NO;
    if (!who->has_issuer)
        return OCSP_MATCH_WITHOUT_KEY;
    return is_hash_of(s, who->issuer.key, s->key_hash) ? OCSP_MATCH_YES : OCSP_MATCH_NO;
}

/* How much a match is preferred, when a response answers about several certificates. */
static int rank(enum ocsp_match m)
{
    static const int ranks[] = {
            [OCSP_MATCH_NO] = 0,
            [OCSP_MATCH_UNTOLD] = 1,
            [OCSP_MATCH_WITHOUT_KEY] = 2,
            [OCSP_MATCH_YES] = 3,
    };
    return ranks[m];
}

static bool pick_single(
        struct cur list, const struct subject *who, struct single *best, struct ocsp_answer *a)
{
    while (cur_more(&list)) {
        struct single s;
        struct cur one = der_get(&list, DER_SEQUENCE);
        if (!read_single(one, &s))
            return false;
        enum ocsp_match m = match(&s, who);
        if (a->n_responses++ == 0 || rank(m) > rank(a->match)) {
            *best = s;
            a->match = m;
        }
    }
    return cur_done(&list) && a->n_responses > 0;
}

static bool may_sign_ocsp(const struct cert_view *c)
{
    struct extension e;
    if (!extension_find(c->extensions, OID(OID_EKU), &e))
        return false;
    struct cur value = cur_of(e.value);
    struct cur list = der_get(&value, DER_SEQUENCE);
    while (cur_more(&list)) {
        struct cur oid = der_get(&list, DER_OID);
        if (bytes_equal(cur_rest(&oid), OID(OID_OCSP_SIGNING)))
            return true;
    }
    return false;
}

/* RFC 6960 4.2.1: by the subject, or by the SHA-1 of the key. */
static bool is_responder(const struct basic *b, const struct cert_view *c)
{
    if (b->by_name.n > 0)
        return bytes_equal(b->by_name, c->subject);
    uint8_t sum[SHA1_LEN];
    digest_sha1(c->key, sum);
    return bytes_equal(b->by_key, (struct bytes){sum, sizeof sum});
}

static void conclude(struct ocsp_answer *a, enum signed_verdict verdict, const char *reason)
{
    a->verdict = verdict;
    a->reason = reason;
}

static enum signed_verdict verify_by(
        const struct basic *b, struct bytes spki, const char **reason, struct ocsp_answer *a)
{
    enum signed_verdict verdict = signed_verify(&b->object, spki, reason);
    if (verdict != SIGNED_VALID)
        return verdict;
    a->has_signer = true;
    digest_sha256(spki, a->signer_spki_sha256);
    a->signed_part = b->object.tbs;
    a->signature = b->object.signature;
    return verdict;
}

/* A certificate in the response that has the name or key of the responder. */
static void try_delegate(const struct basic *b, const struct subject *who,
        const struct cert_view *c, struct ocsp_answer *a)
{
    const char *reason = NULL;
    a->responder_from_us = c->not_before_us;
    a->responder_until_us = c->not_after_us;
    if (!who->has_issuer) {
        conclude(a, SIGNED_UNVERIFIED, who->no_issuer);
        return;
    }
    enum signed_verdict response = verify_by(b, c->spki, &reason, a);
    if (response != SIGNED_VALID) {
        conclude(a, response, reason);
        return;
    }
    if (bytes_equal(c->spki, who->issuer.spki)) { /* the issuer with another certificate */
        a->responder = OCSP_RESPONDER_ISSUER;
        conclude(a, SIGNED_VALID, NULL);
        return;
    }
    enum signed_verdict certificate = cert_view_issued(c, &who->issuer, &reason);
    if (certificate == SIGNED_UNVERIFIED) {
        conclude(a, SIGNED_UNVERIFIED, reason);
    } else if (certificate == SIGNED_INVALID) {
        a->responder = OCSP_RESPONDER_OTHER;
        conclude(a, SIGNED_INVALID, "the responder's certificate is not from the issuer");
    } else if (!may_sign_ocsp(c)) {
        a->responder = OCSP_RESPONDER_DELEGATED_NO_EKU;
        conclude(a, SIGNED_INVALID, "the responder's certificate lacks id-kp-OCSPSigning");
    } else {
        a->responder = OCSP_RESPONDER_DELEGATED;
        conclude(a, SIGNED_VALID, NULL);
    }
}

/* Two certificates may have one name, so a later candidate may do better than an earlier one. */
static void verify(const struct basic *b, const struct subject *who, struct ocsp_answer *a)
{
    struct cur certs = b->certs;
    const char *reason = NULL;
    conclude(a, SIGNED_UNVERIFIED,
            who->has_issuer ? "the responder's certificate is not there" : who->no_issuer);
    if (who->has_issuer && is_responder(b, &who->issuer)) {
        enum signed_verdict verdict = verify_by(b, who->issuer.spki, &reason, a);
        conclude(a, verdict, reason);
        a->responder = a->verdict == SIGNED_VALID ? OCSP_RESPONDER_ISSUER : OCSP_RESPONDER_UNTOLD;
    }
    for (int i = 0; i < RESPONDER_CERTS_CAP && cur_more(&certs) && a->verdict != SIGNED_VALID;
            i++) {
        uint8_t tag = 0;
        struct bytes der = {NULL, 0};
        struct cert_view c;
        (void)der_any(&certs, &tag, &der);
        if (cert_view_read(der, &c) && is_responder(b, &c))
            try_delegate(b, who, &c, a);
    }
}

static void subject_read(struct bytes leaf, struct bytes issuer, struct subject *out)
{
    const char *reason = NULL;
    *out = (struct subject){.no_issuer = "the issuer's certificate is missing"};
    out->has_leaf = cert_view_read(leaf, &out->leaf);
    if (issuer.n == 0 || !cert_view_read(issuer, &out->issuer))
        return;
    if (!out->has_leaf)
        out->no_issuer = "the certificate asked about is missing";
    else if (cert_view_issued(&out->leaf, &out->issuer, &reason) == SIGNED_VALID)
        out->has_issuer = true;
    else
        out->no_issuer = "the issuer's certificate that is there does not verify this one";
}

void ocsp_read(struct bytes response, struct bytes leaf, struct bytes issuer, int64_t at_us,
        struct ocsp_answer *out)
{
    struct basic b = {0};
    struct single s = {0};
    struct subject who;
    *out = (struct ocsp_answer){.response_status = -1,
            .revoked_us = INT64_MIN,
            .revoked_reason = REVOKED_NO_REASON,
            .this_update_us = INT64_MIN,
            .next_update_us = INT64_MIN,
            .produced_us = INT64_MIN,
            .responder_from_us = INT64_MIN,
            .responder_until_us = INT64_MIN};
    if (!read_response(response, &b, out))
        return;
    subject_read(leaf, issuer, &who);
    out->problem = "single response";
    if (!pick_single(b.singles, &who, &s, out))
        return;
    out->problem = NULL;
    out->is_parsed = true;
    out->cert_status = s.status;
    out->revoked_us = s.revoked_us;
    out->revoked_reason = s.reason;
    out->this_update_us = s.this_update_us;
    out->next_update_us = s.next_update_us;
    out->period = at_time_of(at_us, s.this_update_us, s.next_update_us);
    out->scts = s.scts;
    verify(&b, &who, out);
    out->responder_period = at_time_of(at_us, out->responder_from_us, out->responder_until_us);
    if (out->verdict == SIGNED_VALID && (b.has_critical || s.has_critical))
        conclude(out, SIGNED_UNVERIFIED, "a critical extension is not understood");
}

bool ocsp_serials(struct bytes response, void (*each)(void *ctx, struct bytes serial), void *ctx)
{
    struct basic b = {0};
    struct ocsp_answer a;
    size_t n = 0;
    if (!read_response(response, &b, &a))
        return false;
    struct cur list = b.singles;
    while (cur_more(&list)) {
        struct single s;
        if (!read_single(der_get(&list, DER_SEQUENCE), &s))
            return false;
        n++;
    }
    for (list = b.singles; cur_more(&list);) {
        struct single s;
        if (read_single(der_get(&list, DER_SEQUENCE), &s))
            each(ctx, integer_minimal(s.serial));
    }
    return n > 0;
}

bool ocsp_multi_next(struct cur *list, struct bytes *response)
{
    if (!cur_more(list))
        return false;
    *response = cur_vec(list, 3);
    return cur_ok(list);
}

unsigned ocsp_must_staple(struct bytes der)
{
    struct cert_view c;
    struct extension e;
    unsigned flags = 0;
    if (!cert_view_read(der, &c) || !extension_find(c.extensions, OID(OID_TLS_FEATURE), &e))
        return 0;
    struct cur value = cur_of(e.value);
    struct cur list = der_get(&value, DER_SEQUENCE);
    while (cur_more(&list)) {
        int feature = der_uint(der_get(&list, DER_INTEGER));
        flags |= feature == 5 ? TLS_FEATURE_STATUS_REQUEST : 0;
        flags |= feature == 17 ? TLS_FEATURE_STATUS_REQUEST_V2 : 0;
    }
    return cur_done(&list) && cur_done(&value) ? flags : 0;
}
