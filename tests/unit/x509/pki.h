#ifndef TLSWIRE_TESTS_UNIT_X509_PKI_H
#define TLSWIRE_TESTS_UNIT_X509_PKI_H

/* Certificates made while the test runs, through OpenSSL. */
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
/* OpenSSL has macros of these names */
#undef KU_DIGITAL_SIGNATURE
#undef KU_KEY_ENCIPHERMENT
#undef KU_KEY_AGREEMENT
#undef KU_KEY_CERT_SIGN
#undef KU_CRL_SIGN
#include "tests/unit/test.h"
#include "x509/x509.h"

#define DAY_S INT64_C(86400)
#define BASE_S INT64_C(1767225600) /* 2026-01-01T00:00:00Z */
#define AT_US ((BASE_S + 100 * DAY_S) * 1000000)

struct made {
    X509 *x;
    EVP_PKEY *key;
    struct certificate *c;
};

struct spec {
    const char *name;          /* CN */
    const struct made *issuer; /* NULL: itself */
    const struct made *key_of; /* takes over its key */
    int from_day, to_day;      /* after BASE_S; 0, 0 gives 0 to 365 */
    const char *constraints, *usage, *extended, *names, *name_constraints, *aia;
    bool is_v1, has_no_ids, is_rsa1024, is_sha1;
    const char *wrong_issuer; /* another issuer name in the certificate */
};

static const char pki_ca[] = "critical,CA:TRUE";
static const char pki_sign[] = "critical,keyCertSign,cRLSign";
static int64_t pki_serial = 1000;

static void pki_extension(X509 *x, const struct made *issuer, int nid, const char *value)
{
    if (value == NULL)
        return;
    X509V3_CTX ctx;
    X509V3_set_ctx_nodb(&ctx);
    X509V3_set_ctx(&ctx, issuer != NULL ? issuer->x : x, x, NULL, NULL, 0);
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    assert_non_null(e);
    assert_int_equal(X509_add_ext(x, e, -1), 1);
    X509_EXTENSION_free(e);
}

static X509_NAME *pki_name(const char *cn)
{
    X509_NAME *n = X509_NAME_new();
    assert_int_equal(X509_NAME_add_entry_by_txt(
                             n, "CN", MBSTRING_UTF8, (const unsigned char *)cn, -1, -1, 0),
            1);
    return n;
}

static void pki_names(X509 *x, const struct spec *s)
{
    X509_NAME *subject = pki_name(s->name);
    X509_NAME *issuer = s->wrong_issuer != NULL ? pki_name(s->wrong_issuer)
                        : s->issuer != NULL     ? X509_NAME_dup(X509_get_subject_name(s->issuer->x))
                                                : X509_NAME_dup(subject);
    assert_int_equal(X509_set_subject_name(x, subject), 1);
    assert_int_equal(X509_set_issuer_name(x, issuer), 1);
    X509_NAME_free(subject);
    X509_NAME_free(issuer);
}

static struct certificate *pki_facts(X509 *x)
{
    unsigned char *der = NULL;
    int n = i2d_X509(x, &der);
    assert_true(n > 0);
    struct certificate *c = x509_parse((struct bytes){der, (size_t)n});
    OPENSSL_free(der);
    return c;
}

static void pki_extensions(X509 *x, const struct spec *s)
{
    if (s->is_v1)
        return;
    pki_extension(x, s->issuer, NID_basic_constraints, s->constraints);
    pki_extension(x, s->issuer, NID_key_usage, s->usage);
    pki_extension(x, s->issuer, NID_ext_key_usage, s->extended);
    pki_extension(x, s->issuer, NID_subject_alt_name, s->names);
    pki_extension(x, s->issuer, NID_name_constraints, s->name_constraints);
    pki_extension(x, s->issuer, NID_info_access, s->aia);
    if (s->has_no_ids)
        return;
    pki_extension(x, s->issuer, NID_subject_key_identifier, "hash");
    if (s->issuer == NULL || X509_get0_subject_key_id(s->issuer->x) != NULL)
        pki_extension(x, s->issuer, NID_authority_key_identifier, "keyid");
}

static struct made pki_make(const struct spec *s)
{
    struct made m = {X509_new(), NULL, NULL};
    m.key = s->key_of != NULL ? s->key_of->key
            : s->is_rsa1024   ? EVP_RSA_gen(1024)
                              : EVP_EC_gen("P-256");
    if (s->key_of != NULL)
        EVP_PKEY_up_ref(m.key);
    assert_int_equal(X509_set_version(m.x, s->is_v1 ? X509_VERSION_1 : X509_VERSION_3), 1);
    ASN1_INTEGER_set_int64(X509_get_serialNumber(m.x), pki_serial++);
    int to = s->from_day == 0 && s->to_day == 0 ? 365 : s->to_day;
    ASN1_TIME_set(X509_getm_notBefore(m.x), (time_t)(BASE_S + s->from_day * DAY_S));
    ASN1_TIME_set(X509_getm_notAfter(m.x), (time_t)(BASE_S + to * DAY_S));
    pki_names(m.x, s);
    assert_int_equal(X509_set_pubkey(m.x, m.key), 1);
    pki_extensions(m.x, s);
    EVP_PKEY *signer = s->issuer != NULL ? s->issuer->key : m.key;
    assert_true(X509_sign(m.x, signer, s->is_sha1 ? EVP_sha1() : EVP_sha256()) > 0);
    m.c = pki_facts(m.x);
    return m;
}

/* A CA of this name. */
static inline struct made pki_authority(const char *name, const struct made *issuer)
{
    struct spec s = {.name = name, .issuer = issuer, .constraints = pki_ca, .usage = pki_sign};
    return pki_make(&s);
}

static inline struct made pki_leaf(const char *name, const struct made *issuer)
{
    char san[128];
    (void)snprintf(san, sizeof san, "DNS:%s", name);
    struct spec s = {.name = name, .issuer = issuer, .names = san, .extended = "serverAuth"};
    return pki_make(&s);
}

/* Gives m the key identifier of another and signs it again. */
static inline void pki_key_id(struct made *m, const struct made *other, EVP_PKEY *signer)
{
    ASN1_OCTET_STRING *id = X509_get_ext_d2i(other->x, NID_subject_key_identifier, NULL, NULL);
    assert_int_equal(
            X509_add1_ext_i2d(m->x, NID_subject_key_identifier, id, 0, X509V3_ADD_DEFAULT), 1);
    ASN1_OCTET_STRING_free(id);
    assert_true(X509_sign(m->x, signer, EVP_sha256()) > 0);
}

/* The same certificate with one bit of its signature turned. */
static inline struct certificate *pki_spoil(const struct made *m)
{
    unsigned char *der = NULL;
    int n = i2d_X509(m->x, &der);
    assert_true(n > 8);
    der[n - 1] ^= 1;
    struct certificate *c = x509_parse((struct bytes){der, (size_t)n});
    OPENSSL_free(der);
    return c;
}

static inline void pki_free(struct made *m)
{
    X509_free(m->x);
    EVP_PKEY_free(m->key);
    certificate_free(m->c);
    *m = (struct made){NULL, NULL, NULL};
}

/* Writes certificates as PEM into a new file and gives its name, valid until the next call. */
static inline const char *pki_file(const struct made *const *list, size_t n)
{
    static char path[64];
    (void)snprintf(path, sizeof path, "/tmp/tlswire-pki-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    FILE *f = fdopen(fd, "wb");
    assert_non_null(f);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(PEM_write_X509(f, list[i]->x), 1);
    assert_int_equal(fclose(f), 0);
    return path;
}

#endif
