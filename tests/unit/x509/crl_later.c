/* A revocation that only a CRL of later than the capture tells, beside one of its time. */
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include "tests/unit/test.h"
#include "x509/crl.h"

enum { CA_SERIAL = 1, LEAF_SERIAL = 0x1002 };
#define SECOND_US INT64_C(1000000)
#define DAY_US (86400 * SECOND_US)
#define FIRST_US (INT64_C(1795651200) * SECOND_US) /* 2026-11-26 */
#define SECOND_CRL_US (FIRST_US + DAY_US)
#define REVOKED_US (FIRST_US + DAY_US / 2)

static ASN1_TIME *at(int64_t us)
{
    ASN1_TIME *t = ASN1_TIME_set(NULL, (time_t)(us / SECOND_US));
    assert_non_null(t);
    return t;
}

static X509_NAME *name_of(const char *cn)
{
    X509_NAME *n = X509_NAME_new();
    assert_true(X509_NAME_add_entry_by_txt(
            n, "CN", MBSTRING_ASC, (const unsigned char *)cn, -1, -1, 0));
    return n;
}

static struct bytes make_cert(EVP_PKEY *key, long serial, const char *cn, unsigned char **der)
{
    X509 *x = X509_new();
    X509_NAME *subject = name_of(cn), *issuer = name_of("Test CA");
    ASN1_TIME *from = at(FIRST_US - 10 * DAY_US), *to = at(FIRST_US + 100 * DAY_US);
    X509_set_version(x, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x), serial);
    X509_set_subject_name(x, subject);
    X509_set_issuer_name(x, issuer);
    X509_set1_notBefore(x, from);
    X509_set1_notAfter(x, to);
    X509_set_pubkey(x, key);
    assert_true(X509_sign(x, key, EVP_sha256()));
    int n = i2d_X509(x, der);
    X509_NAME_free(subject);
    X509_NAME_free(issuer);
    ASN1_TIME_free(from);
    ASN1_TIME_free(to);
    X509_free(x);
    return (struct bytes){*der, (size_t)n};
}

static struct bytes make_crl(EVP_PKEY *key, int64_t us, bool is_listed, unsigned char **der)
{
    X509_CRL *c = X509_CRL_new();
    X509_NAME *issuer = name_of("Test CA");
    ASN1_TIME *from = at(us), *to = at(us + 30 * DAY_US), *revoked = at(REVOKED_US);
    ASN1_INTEGER *serial = ASN1_INTEGER_new();
    ASN1_INTEGER_set(serial, LEAF_SERIAL);
    X509_CRL_set_version(c, 1);
    X509_CRL_set_issuer_name(c, issuer);
    X509_CRL_set1_lastUpdate(c, from);
    X509_CRL_set1_nextUpdate(c, to);
    if (is_listed) {
        X509_REVOKED *r = X509_REVOKED_new();
        X509_REVOKED_set_serialNumber(r, serial);
        X509_REVOKED_set_revocationDate(r, revoked);
        X509_CRL_add0_revoked(c, r);
    }
    assert_true(X509_CRL_sign(c, key, EVP_sha256()));
    int n = i2d_X509_CRL(c, der);
    ASN1_INTEGER_free(serial);
    ASN1_TIME_free(from);
    ASN1_TIME_free(to);
    ASN1_TIME_free(revoked);
    X509_NAME_free(issuer);
    X509_CRL_free(c);
    return (struct bytes){*der, (size_t)n};
}

static void later(void **state)
{
    (void)state;
    static const struct {
        int64_t at_us;
        enum crl_status status;
        enum at_time period;
        int64_t from_us, until_us;
    } rows[] = {
            {FIRST_US, CRL_NOT_LISTED, AT_TIME_VALID, FIRST_US, REVOKED_US},
            {REVOKED_US - 1, CRL_NOT_LISTED, AT_TIME_VALID, FIRST_US, REVOKED_US},
            {REVOKED_US, CRL_REVOKED, AT_TIME_EARLY, REVOKED_US, SECOND_CRL_US},
            {SECOND_CRL_US - 1, CRL_REVOKED, AT_TIME_EARLY, REVOKED_US, SECOND_CRL_US},
            {SECOND_CRL_US, CRL_REVOKED, AT_TIME_VALID, SECOND_CRL_US, INT64_MAX},
            {FIRST_US - 1, CRL_REVOKED, AT_TIME_EARLY, INT64_MIN, FIRST_US},
    };
    unsigned char *der[4] = {0};
    EVP_PKEY *key = EVP_EC_gen("P-256");
    struct bytes ca = make_cert(key, CA_SERIAL, "Test CA", &der[0]);
    struct bytes leaf = make_cert(key, LEAF_SERIAL, "leaf", &der[1]);
    struct crl_set *s = crl_set_new();
    const char *reason = NULL;
    assert_true(crl_set_add(s, make_crl(key, FIRST_US, false, &der[2]), "first", &reason));
    assert_true(crl_set_add(s, make_crl(key, SECOND_CRL_US, true, &der[3]), "second", &reason));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct crl_answer a;
        crl_set_find(s, leaf, ca, rows[i].at_us, &a);
        if (a.status != rows[i].status || a.period != rows[i].period ||
                a.from_us != rows[i].from_us || a.until_us != rows[i].until_us)
            fail_msg("row %zu: status %d, period %d", i, a.status, a.period);
    }
    crl_set_free(s);
    for (int i = 0; i < 4; i++)
        OPENSSL_free(der[i]);
    EVP_PKEY_free(key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(later)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
