#include "x509/signed.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/x509.h>

#include "x509/x509.h"

bool signed_read(struct cur *c, struct signed_object *out)
{
    uint8_t tbs_tag = 0, algorithm_tag = 0;
    (void)der_any(c, &tbs_tag, &out->tbs);
    (void)der_any(c, &algorithm_tag, &out->algorithm);
    struct cur bits = der_get(c, DER_BIT_STRING);
    bool is_whole = cur_u8(&bits) == 0; /* no unused bits in any signature that we know */
    out->signature = cur_rest(&bits);
    return is_whole && !bits.bad && tbs_tag == DER_SEQUENCE && algorithm_tag == DER_SEQUENCE;
}

static bool set(ASN1_STRING *s, struct bytes b)
{
    return s != NULL && b.n <= INT_MAX && ASN1_STRING_set(s, b.p, (int)b.n) == 1;
}

/* OpenSSL's verification takes a structure; an element of any type is one. */
static int verify(const struct signed_object *o, EVP_PKEY *key)
{
    const unsigned char *p = o->algorithm.p;
    X509_ALGOR *algorithm = d2i_X509_ALGOR(NULL, &p, (long)o->algorithm.n);
    ASN1_BIT_STRING *signature = ASN1_BIT_STRING_new();
    ASN1_STRING *body = ASN1_STRING_type_new(V_ASN1_SEQUENCE);
    ASN1_TYPE *any = ASN1_TYPE_new();
    int ok = -1;
    if (algorithm != NULL && any != NULL && set(signature, o->signature) && set(body, o->tbs)) {
        ASN1_TYPE_set(any, V_ASN1_SEQUENCE, body); /* takes body */
        body = NULL;
        ok = ASN1_item_verify(ASN1_ITEM_rptr(ASN1_ANY), algorithm, signature, any, key);
    }
    ASN1_STRING_free(body);
    ASN1_TYPE_free(any);
    ASN1_BIT_STRING_free(signature);
    X509_ALGOR_free(algorithm);
    return ok;
}

enum signed_verdict signed_verify(
        const struct signed_object *o, struct bytes spki, const char **reason)
{
    const unsigned char *p = spki.p;
    EVP_PKEY *key = spki.n <= LONG_MAX ? d2i_PUBKEY(NULL, &p, (long)spki.n) : NULL;
    int ok = key != NULL && o->algorithm.n <= LONG_MAX ? verify(o, key) : -1;
    *reason = ok == 1       ? NULL
              : ok == 0     ? "the signature does not verify"
              : key == NULL ? "the signer's key is of an unknown kind"
                            : "the signature could not be checked: algorithm or form";
    EVP_PKEY_free(key);
    ERR_clear_error();
    return ok == 1 ? SIGNED_VALID : ok == 0 ? SIGNED_INVALID : SIGNED_UNVERIFIED;
}

static bool read_validity(struct cur pair, struct cert_view *out)
{
    uint8_t tag = 0;
    struct cur before = der_any(&pair, &tag, NULL);
    bool ok = der_time(tag, before, &out->not_before_us);
    struct cur after = der_any(&pair, &tag, NULL);
    ok &= der_time(tag, after, &out->not_after_us);
    return ok && cur_done(&pair);
}

static bool read_key(struct cur spki, struct cert_view *out)
{
    (void)der_get(&spki, DER_SEQUENCE);
    struct cur bits = der_get(&spki, DER_BIT_STRING);
    (void)cur_u8(&bits);
    out->key = cur_rest(&bits);
    return !bits.bad && cur_done(&spki);
}

static bool read_tbs(struct bytes der, struct cert_view *out)
{
    struct cur all = cur_of(der);
    struct cur tbs = der_get(&all, DER_SEQUENCE);
    if (der_next_is(&tbs, DER_CONTEXT))
        (void)der_get(&tbs, DER_CONTEXT);
    struct cur serial = der_get(&tbs, DER_INTEGER);
    out->serial = cur_rest(&serial);
    (void)der_get(&tbs, DER_SEQUENCE);
    uint8_t issuer_tag = 0, subject_tag = 0, key_tag = 0;
    (void)der_any(&tbs, &issuer_tag, &out->issuer);
    bool ok = read_validity(der_get(&tbs, DER_SEQUENCE), out);
    (void)der_any(&tbs, &subject_tag, &out->subject);
    struct cur spki = der_any(&tbs, &key_tag, &out->spki);
    ok &= read_key(spki, out) && out->serial.n > 0;
    ok &= issuer_tag == DER_SEQUENCE && subject_tag == DER_SEQUENCE && key_tag == DER_SEQUENCE;
    while (cur_more(&tbs)) {
        uint8_t tag = 0;
        struct cur body = der_any(&tbs, &tag, NULL);
        if (tag != (DER_CONTEXT | 3)) /* issuerUniqueID, subjectUniqueID */
            continue;
        out->extensions = der_get(&body, DER_SEQUENCE);
        ok &= cur_done(&body);
    }
    return ok && cur_done(&tbs) && cur_done(&all);
}

bool cert_view_read(struct bytes der, struct cert_view *out)
{
    *out = (struct cert_view){0};
    struct cur all = cur_of(der);
    struct cur outer = der_get(&all, DER_SEQUENCE);
    if (!signed_read(&outer, &out->object) || !cur_done(&outer) || !cur_done(&all) ||
            !read_tbs(out->object.tbs, out))
        return false;
    struct cur extensions = out->extensions;
    struct extension ignored;
    while (extension_next(&extensions, &ignored))
        ;
    return cur_done(&extensions);
}

enum signed_verdict cert_view_issued(
        const struct cert_view *c, const struct cert_view *issuer, const char **reason)
{
    *reason = "the names differ";
    if (!bytes_equal(c->issuer, issuer->subject))
        return SIGNED_INVALID;
    return signed_verify(&c->object, issuer->spki, reason);
}

bool x509_signature(struct bytes der, struct bytes *tbs, struct bytes *signature)
{
    struct signed_object o = {.tbs = {NULL, 0}};
    struct cur all = cur_of(der);
    struct cur outer = der_get(&all, DER_SEQUENCE);
    bool is_ok = signed_read(&outer, &o) && cur_done(&outer) && cur_done(&all);
    *tbs = o.tbs;
    *signature = o.signature;
    return is_ok;
}

bool x509_is_issued(struct bytes der, struct bytes issuer_der)
{
    struct cert_view c, issuer;
    const char *reason = NULL;
    return cert_view_read(der, &c) && cert_view_read(issuer_der, &issuer) &&
           cert_view_issued(&c, &issuer, &reason) == SIGNED_VALID;
}

bool extension_next(struct cur *list, struct extension *out)
{
    if (!cur_more(list))
        return false;
    struct cur one = der_get(list, DER_SEQUENCE);
    struct cur oid = der_get(&one, DER_OID);
    out->is_critical = false;
    if (der_next_is(&one, DER_BOOLEAN)) {
        struct cur flag = der_get(&one, DER_BOOLEAN);
        out->is_critical = cur_u8(&flag) != 0;
    }
    struct cur value = der_get(&one, DER_OCTET_STRING);
    out->oid = cur_rest(&oid);
    out->value = cur_rest(&value);
    if (!cur_done(&one))
        cur_fail(list);
    return cur_ok(list);
}

bool extension_find(struct cur list, struct bytes oid, struct extension *out)
{
    while (extension_next(&list, out))
        if (bytes_equal(out->oid, oid))
            return true;
    return false;
}

struct bytes integer_minimal(struct bytes content)
{
    struct cur c = cur_of(content);
    while (c.n > 1) {
        uint8_t sign = cur_peek_u8(&c, 0);
        bool is_next_negative = cur_peek_u8(&c, 1) >= 0x80;
        if ((sign == 0 && !is_next_negative) || (sign == 0xff && is_next_negative))
            cur_skip(&c, 1);
        else
            break;
    }
    return cur_rest(&c);
}
