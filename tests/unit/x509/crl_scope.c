/* Which certificates a CRL speaks about: RFC 5280 6.3.3, and what OpenSSL's verification says. */
#include <openssl/conf.h>

#include "tests/unit/x509/pki.h"
#include "x509/crl.h"

enum said { REVOKED, NOTHING };

/* Sections that the rows refer to. */
static const char SECTIONS[] =
        "[cdp-a]\nfullname=URI:http://crl.test/a.crl\n"
        "[cdp-a-reasons]\nfullname=URI:http://crl.test/a.crl\n"
        "reasons=keyCompromise,superseded\n"
        "[cdp-a-others]\nfullname=URI:http://crl.test/a.crl\n"
        "CRLissuer=dirName:other\n"
        "[cdp-relative]\nrelativename=part\n"
        "[other]\nCN=Other\n[part]\nOU=Part\n[rest]\nOU=Rest\n[ca]\nCN=CA\n"
        "[empty]\n"
        "[idp-a]\nfullname=URI:http://crl.test/a.crl\n"
        "[idp-ab]\nfullname=URI:http://crl.test/b.crl,URI:http://crl.test/a.crl\n"
        "[idp-issuer]\nfullname=dirName:ca\n"
        "[idp-part]\nrelativename=part\n"
        "[idp-rest]\nrelativename=rest\n"
        "[idp-user]\nonlyuser=TRUE\n"
        "[idp-ca]\nonlyCA=TRUE\n"
        "[idp-attributes]\nonlyAA=TRUE\n"
        "[idp-a-user]\nfullname=URI:http://crl.test/a.crl\nonlyuser=TRUE\n"
        "[idp-some]\nonlysomereasons=keyCompromise\n"
        "[idp-hold]\nonlysomereasons=certificateHold\n"
        "[idp-indirect]\nindirectCRL=TRUE\n";

static CONF *conf;

static void setup_conf(void)
{
    BIO *b = BIO_new_mem_buf(SECTIONS, -1);
    conf = NCONF_new(NULL);
    assert_int_equal(NCONF_load_bio(conf, b, NULL), 1);
    BIO_free(b);
}

static X509_EXTENSION *extension(int nid, const char *value)
{
    X509V3_CTX ctx;
    X509V3_set_ctx(&ctx, NULL, NULL, NULL, NULL, 0);
    X509V3_set_nconf(&ctx, conf);
    X509_EXTENSION *e = X509V3_EXT_nconf_nid(conf, &ctx, nid, value);
    if (e == NULL)
        fail_msg("extension %s", value);
    return e;
}

/* A certificate of the CA with these distribution points. */
static struct made make_leaf(const struct made *ca, const char *points, bool is_ca)
{
    struct spec s = {.name = "leaf", .issuer = ca, .constraints = is_ca ? pki_ca : NULL};
    struct made m = pki_make(&s);
    if (points != NULL) {
        X509_EXTENSION *e = extension(NID_crl_distribution_points, points);
        assert_int_equal(X509_add_ext(m.x, e, -1), 1);
        X509_EXTENSION_free(e);
        assert_true(X509_sign(m.x, ca->key, EVP_sha256()) > 0);
    }
    certificate_free(m.c);
    m.c = pki_facts(m.x);
    return m;
}

/* A CRL that lists this serial number (NULL: none). */
static X509_CRL *make_crl(const struct made *ca, const char *scope, const ASN1_INTEGER *serial)
{
    X509_CRL *crl = X509_CRL_new();
    ASN1_TIME *from = ASN1_TIME_set(NULL, (time_t)(AT_US / 1000000 - DAY_S));
    ASN1_TIME *until = ASN1_TIME_set(NULL, (time_t)(AT_US / 1000000 + DAY_S));
    X509_CRL_set_version(crl, 1);
    X509_CRL_set_issuer_name(crl, X509_get_subject_name(ca->x));
    X509_CRL_set1_lastUpdate(crl, from);
    X509_CRL_set1_nextUpdate(crl, until);
    if (serial != NULL) {
        X509_REVOKED *r = X509_REVOKED_new();
        ASN1_INTEGER *copy = ASN1_INTEGER_dup(serial);
        X509_REVOKED_set_serialNumber(r, copy);
        X509_REVOKED_set_revocationDate(r, from);
        X509_CRL_add0_revoked(crl, r);
        ASN1_INTEGER_free(copy);
    }
    if (scope != NULL) {
        char value[64];
        (void)snprintf(value, sizeof value, "critical,@%s", scope);
        X509_EXTENSION *e = extension(NID_issuing_distribution_point, value);
        X509_CRL_add_ext(crl, e, -1);
        X509_EXTENSION_free(e);
    }
    assert_true(X509_CRL_sign(crl, ca->key, EVP_sha256()) > 0);
    ASN1_TIME_free(from);
    ASN1_TIME_free(until);
    /* OpenSSL looks into extensions of a CRL only when it reads one. */
    unsigned char *der = NULL;
    int n = i2d_X509_CRL(crl, &der);
    const unsigned char *at = der;
    X509_CRL *read = d2i_X509_CRL(NULL, &at, n);
    assert_non_null(read);
    OPENSSL_free(der);
    X509_CRL_free(crl);
    return read;
}

/* What X509_verify_cert ends with. */
static int verify(const struct made *ca, const struct made *leaf, X509_CRL *crl)
{
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    X509_STORE_add_cert(store, ca->x);
    X509_STORE_add_crl(store, crl);
    X509_STORE_CTX_init(ctx, store, leaf->x, NULL);
    X509_VERIFY_PARAM *p = X509_STORE_CTX_get0_param(ctx);
    X509_VERIFY_PARAM_set_flags(p, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_EXTENDED_CRL_SUPPORT);
    X509_VERIFY_PARAM_set_time(p, (time_t)(AT_US / 1000000));
    (void)X509_verify_cert(ctx);
    int error = X509_STORE_CTX_get_error(ctx);
    X509_STORE_CTX_free(ctx);
    X509_STORE_free(store);
    ERR_clear_error();
    return error;
}

static struct crl_answer ask(const struct made *ca, const struct made *leaf, X509_CRL *crl)
{
    unsigned char *der = NULL;
    const char *reason = NULL;
    struct crl_answer a;
    struct crl_set *s = crl_set_new();
    int n = i2d_X509_CRL(crl, &der);
    assert_true(crl_set_add(s, (struct bytes){der, (size_t)n}, "a.crl", &reason));
    OPENSSL_free(der);
    crl_set_find(s, leaf->c->der, ca->c->der, AT_US, &a);
    a.source = NULL; /* goes with the set */
    crl_set_free(s);
    return a;
}

static void scopes(void **state)
{
    (void)state;
    static const struct {
        const char *points, *scope;
        bool is_ca;
        enum said listed;
        bool is_cleared; /* when it is not listed */
    } rows[] = {
            {NULL, NULL, false, REVOKED, true},
            {"cdp-a", NULL, false, REVOKED, true},
            {NULL, "idp-a", false, NOTHING, false},
            {"cdp-a", "idp-a", false, REVOKED, true},
            {"cdp-a", "idp-ab", false, REVOKED, true},
            {"URI:http://crl.test/b.crl", "idp-ab", false, REVOKED, true},
            {"URI:http://crl.test/c.crl", "idp-ab", false, NOTHING, false},
            {"URI:http://crl.test/c.crl,URI:http://crl.test/a.crl", "idp-a", false, REVOKED, true},
            {"cdp-a", "idp-user", false, REVOKED, true},
            {"cdp-a", "idp-user", true, NOTHING, false},
            {"cdp-a", "idp-ca", false, NOTHING, false},
            {"cdp-a", "idp-ca", true, REVOKED, true},
            {"cdp-a", "idp-attributes", false, NOTHING, false},
            {"cdp-a", "idp-attributes", true, NOTHING, false},
            {"cdp-a", "idp-a-user", false, REVOKED, true},
            {"cdp-a", "idp-a-user", true, NOTHING, false},
            {"cdp-a", "idp-some", false, REVOKED, false},
            {"cdp-a-reasons", "idp-a", false, REVOKED, false},
            {"cdp-a-others", "idp-a", false, NOTHING, false},
            {"cdp-relative", "idp-part", false, REVOKED, true},
            {"cdp-relative", "idp-rest", false, NOTHING, false},
            {"cdp-a", "idp-indirect", false, NOTHING, false},
    };
    struct made ca = pki_authority("CA", NULL);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct made leaf = make_leaf(&ca, rows[i].points, rows[i].is_ca);
        X509_CRL *with = make_crl(&ca, rows[i].scope, X509_get0_serialNumber(leaf.x));
        X509_CRL *without = make_crl(&ca, rows[i].scope, NULL);
        struct crl_answer a = ask(&ca, &leaf, with);
        struct crl_answer b = ask(&ca, &leaf, without);
        bool is_cleared = b.status == CRL_NOT_LISTED && !b.is_partial;
        if (a.status != (rows[i].listed == REVOKED ? CRL_REVOKED : CRL_SILENT) ||
                is_cleared != rows[i].is_cleared || a.verdict == SIGNED_INVALID)
            fail_msg("row %zu: listed %d (%s), not listed %d (%s)", i, a.status, a.reason, b.status,
                    b.reason);
        /* OpenSSL follows indirect CRLs, which are left out here. */
        bool is_known = rows[i].scope == NULL || strcmp(rows[i].scope, "idp-indirect") != 0;
        if (is_known && ((verify(&ca, &leaf, with) == X509_V_ERR_CERT_REVOKED) !=
                                        (rows[i].listed == REVOKED) ||
                                (verify(&ca, &leaf, without) == X509_V_OK) != rows[i].is_cleared))
            fail_msg("row %zu: OpenSSL says %d and %d", i, verify(&ca, &leaf, with),
                    verify(&ca, &leaf, without));
        X509_CRL_free(with);
        X509_CRL_free(without);
        pki_free(&leaf);
    }
    pki_free(&ca);
}

/* RFC 5280 6.3.3 where OpenSSL 3.0 does less: without a distribution point that fits, one is
 * assumed that has the name of the issuer; and reasons that do not meet are none (step e). */
static void fallback(void **state)
{
    (void)state;
    static const struct {
        const char *points, *scope;
        enum crl_status listed;
    } rows[] = {
            {NULL, "idp-issuer", CRL_REVOKED}, {"cdp-a", "idp-issuer", CRL_REVOKED},
            {"cdp-a-reasons", "idp-hold", CRL_REVOKED}, /* by the assumed one, which has all */
    };
    struct made ca = pki_authority("CA", NULL);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct made leaf = make_leaf(&ca, rows[i].points, false);
        X509_CRL *crl = make_crl(&ca, rows[i].scope, X509_get0_serialNumber(leaf.x));
        struct crl_answer a = ask(&ca, &leaf, crl);
        if (a.status != rows[i].listed)
            fail_msg("row %zu: %d (%s)", i, a.status, a.reason);
        X509_CRL_free(crl);
        pki_free(&leaf);
    }
    pki_free(&ca);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(scopes), cmocka_unit_test(fallback)};
    setup_conf();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    NCONF_free(conf);
    return failed;
}
