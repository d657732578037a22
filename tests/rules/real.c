/* Rules about one certificate over certificates that the openssl program made
 * (tests/unit/x509/data/make.sh). */
#include "tests/rules/build.h"
#include "x509/x509.h"

static struct certificate *load(const char *name)
{
    static uint8_t data[4096];
    char path[512];
    (void)snprintf(path, sizeof path, "%s/%s.der", TEST_DATA, name);
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        fail_msg("%s is missing", path);
    size_t n = f != NULL ? fread(data, 1, sizeof data, f) : 0;
    if (f != NULL)
        (void)fclose(f);
    assert_true(n > 0 && n < sizeof data);
    return x509_parse((struct bytes){data, n});
}

struct row {
    const char *file, *rule;
    enum known is_public;
    enum verdict verdict;
    enum severity severity;
};

/* NA, UNDETERMINED and PASS have no severity: any stands there. */
#define YES KNOWN_YES
#define NO KNOWN_NO
#define UNKNOWN KNOWN_UNKNOWN
#define NONE SEV_INFO

static const struct row rows[] = {
        {"good", "cert-validity-too-long", YES, RULE_PASS, NONE},
        {"long-200", "cert-validity-too-long", YES, RULE_PASS, NONE},
        {"long-201", "cert-validity-too-long", YES, RULE_HIT, SEV_MEDIUM},
        {"long-201", "cert-validity-too-long", NO, RULE_NA, NONE},
        {"long-201", "cert-validity-too-long", UNKNOWN, RULE_UNDETERMINED, NONE},
        {"backwards", "cert-validity-nonpositive", UNKNOWN, RULE_HIT, SEV_MEDIUM},
        {"good", "cert-validity-nonpositive", UNKNOWN, RULE_PASS, NONE},
        {"good", "cert-key-ec-weak-curve", YES, RULE_PASS, NONE},
        {"rsa", "cert-key-ec-weak-curve", YES, RULE_NA, NONE},
        {"ec-explicit", "cert-key-ec-weak-curve", YES, RULE_NA, NONE},
        {"ec-secp160r1", "cert-key-ec-weak-curve", NO, RULE_HIT, SEV_HIGH},
        {"ec-secp256k1", "cert-key-ec-weak-curve", YES, RULE_HIT, SEV_MEDIUM},
        {"ec-secp256k1", "cert-key-ec-weak-curve", NO, RULE_NA, NONE},
        {"ec-secp256k1", "cert-key-ec-weak-curve", UNKNOWN, RULE_UNDETERMINED, NONE},
        {"dsa", "cert-key-dsa", UNKNOWN, RULE_HIT, SEV_MEDIUM},
        {"rsa", "cert-key-dsa", UNKNOWN, RULE_PASS, NONE},
        {"good", "cert-sig-alg-mismatch", UNKNOWN, RULE_PASS, NONE},
        {"ec-explicit", "cert-explicit-ec-params", UNKNOWN, RULE_HIT, SEV_HIGH},
        {"good", "cert-explicit-ec-params", UNKNOWN, RULE_PASS, NONE},
        {"rsa", "cert-explicit-ec-params", UNKNOWN, RULE_NA, NONE},
        {"good", "cert-name-malformed", YES, RULE_PASS, NONE},
        {"names-low", "cert-name-malformed", UNKNOWN, RULE_HIT, SEV_LOW},
        {"names-cn", "cert-name-malformed", YES, RULE_HIT, SEV_LOW},
        {"names-cn", "cert-name-malformed", NO, RULE_PASS, NONE},
        {"names-cn", "cert-name-malformed", UNKNOWN, RULE_UNDETERMINED, NONE},
        {"wildcard-suffix", "cert-wildcard-misuse", UNKNOWN, RULE_HIT, SEV_MEDIUM},
        {"wildcard-place", "cert-wildcard-misuse", UNKNOWN, RULE_HIT, SEV_MEDIUM},
        {"wildcard-many", "cert-wildcard-misuse", UNKNOWN, RULE_HIT, SEV_MEDIUM},
        {"good", "cert-wildcard-misuse", UNKNOWN, RULE_PASS, NONE},
        {"internal", "cert-internal-name-public-ca", YES, RULE_HIT, SEV_MEDIUM},
        {"internal", "cert-internal-name-public-ca", NO, RULE_NA, NONE},
        {"internal", "cert-internal-name-public-ca", UNKNOWN, RULE_UNDETERMINED, NONE},
        {"good", "cert-internal-name-public-ca", YES, RULE_PASS, NONE},
        {"eku-client", "cert-eku-missing-serverauth", UNKNOWN, RULE_HIT, SEV_HIGH},
        {"eku-both", "cert-eku-missing-serverauth", UNKNOWN, RULE_PASS, NONE},
        {"bare", "cert-eku-missing-serverauth", UNKNOWN, RULE_NA, NONE},
        {"eku-both", "cert-eku-clientauth-public", YES, RULE_HIT, SEV_LOW},
        {"eku-both", "cert-eku-clientauth-public", NO, RULE_NA, NONE},
        {"eku-both", "cert-eku-clientauth-public", UNKNOWN, RULE_UNDETERMINED, NONE},
        {"good", "cert-eku-clientauth-public", YES, RULE_PASS, NONE},
        {"bare", "cert-eku-clientauth-public", YES, RULE_NA, NONE},
        {"ku-encipher", "cert-keyusage-mismatch", UNKNOWN, RULE_HIT, SEV_MEDIUM},
        {"good", "cert-keyusage-mismatch", UNKNOWN, RULE_PASS, NONE},
        {"eku-both", "cert-keyusage-mismatch", UNKNOWN, RULE_NA, NONE},
        {"ca-leaf", "cert-ca-used-as-leaf", UNKNOWN, RULE_HIT, SEV_HIGH},
        {"selfsigned-rsa1024-md5", "cert-ca-used-as-leaf", UNKNOWN, RULE_HIT, SEV_LOW},
        {"good", "cert-ca-used-as-leaf", UNKNOWN, RULE_PASS, NONE},
        {"serial-zero", "cert-serial-bad", UNKNOWN, RULE_HIT, SEV_LOW},
        {"serial-negative", "cert-serial-bad", UNKNOWN, RULE_HIT, SEV_LOW},
        {"serial-21", "cert-serial-bad", UNKNOWN, RULE_HIT, SEV_LOW},
        {"serial-20", "cert-serial-bad", UNKNOWN, RULE_PASS, NONE}, /* 21 octets with the sign */
        {"good", "cert-serial-bad", YES, RULE_PASS, NONE},
        {"good", "cert-structure-invalid", UNKNOWN, RULE_PASS, NONE},
        {"unknown-critical", "cert-structure-invalid", UNKNOWN, RULE_HIT, SEV_LOW},
        {"unknown-critical", "cert-structure-invalid", NO, RULE_HIT, SEV_LOW},
        {"unknown-critical", "cert-structure-invalid", YES, RULE_HIT, SEV_MEDIUM},
        {"poison", "cert-structure-invalid", UNKNOWN, RULE_HIT, SEV_MEDIUM},
        {"good", "cert-lint", YES, RULE_PASS, NONE},
        {"bare", "cert-lint", YES, RULE_HIT, SEV_LOW},
        {"bare", "cert-lint", NO, RULE_NA, NONE},
        {"bare", "cert-lint", UNKNOWN, RULE_UNDETERMINED, NONE},
        {"odd", "cert-lint", YES, RULE_HIT, SEV_LOW},
        {"fake-ingress", "cert-placeholder", UNKNOWN, RULE_HIT, SEV_HIGH},
        {"snakeoil", "cert-placeholder", UNKNOWN, RULE_HIT, SEV_MEDIUM},
        {"serial-zero", "cert-placeholder", UNKNOWN, RULE_PASS, NONE},
        {"good", "cert-placeholder", UNKNOWN, RULE_PASS, NONE},
};

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world w;
        struct certificate *c = load(rows[i].file);
        assert_true(c->is_parsed);
        world_init(&w);
        w.chain[0] = c;
        w.facts.n_chain = 1;
        world_public(&w, rows[i].is_public);
        enum verdict v = world_check(&w, rows[i].rule);
        if (v != rows[i].verdict)
            fail_msg("%s over %s gives %d: %s", rows[i].rule, rows[i].file, (int)v,
                    w.answer.summary);
        if (v == RULE_HIT && w.answer.severity != rows[i].severity)
            fail_msg("%s over %s is %d", rows[i].rule, rows[i].file, (int)w.answer.severity);
        if (v == RULE_HIT)
            assert_ptr_equal(w.answer.certificate, c);
        certificate_free(c);
    }
}

/* What a hit says about the certificate. */
static void test_texts(void **state)
{
    (void)state;
    static const struct {
        const char *file, *rule, *text;
    } wanted[] = {{"long-201", "cert-validity-too-long", "valid for 201 days from 2026-04-01, 200"},
            {"internal", "cert-internal-name-public-ca", "\"10.1.2.3\""},
            {"wildcard-suffix", "cert-wildcard-misuse", "\"*.co.uk\""},
            {"bare", "cert-lint", "[eku-missing]"},
            {"bare", "cert-lint", "[key-usage-not-critical]"},
            {"bare", "cert-lint", "[country-form]"}, {"bare", "cert-lint", "[no-policies]"},
            {"bare", "cert-lint", "[cert-sign-without-ca]"},
            {"bare", "cert-lint", "(BR 7.1.4.2) since 2022-09-01 [subject-ou]"},
            {"bare", "cert-lint", "[no-revocation-url]"},
            {"odd", "cert-lint", "[name-constraints-in-leaf]"},
            {"unknown-critical", "cert-structure-invalid", "extension 1.2.3.4 is critical"},
            {"poison", "cert-structure-invalid", "[precertificate]"}};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        struct world w;
        struct certificate *c = load(wanted[i].file);
        world_init(&w);
        w.chain[0] = c;
        w.facts.n_chain = 1;
        world_public(&w, KNOWN_YES);
        CHECK(&w, wanted[i].rule, RULE_HIT);
        if (strstr(w.answer.summary, wanted[i].text) == NULL)
            fail_msg("%s: %s", wanted[i].text, w.answer.summary);
        certificate_free(c);
    }
}

/* A certificate of a client, for servers only. */
static void test_client(void **state)
{
    (void)state;
    struct certificate *client = load("client");
    struct certificate *server = load("good");
    struct world w;
    world_init(&w);
    const struct certificate *chain[1] = {client};
    w.facts.client_chain = chain;
    w.facts.n_client_chain = 1;
    w.hs.client_certs = &w.message;
    CHECK(&w, "mtls-eku-missing-clientauth", RULE_PASS);
    w.facts.at_us = client->not_after_us + 1;
    CHECK(&w, "mtls-cert-expired", RULE_HIT);
    w.facts.at_us = client->not_after_us;
    CHECK(&w, "mtls-cert-expired", RULE_PASS);
    CHECK(&w, "mtls-cert-expiring", RULE_HIT);
    chain[0] = server;
    CHECK(&w, "mtls-eku-missing-clientauth", RULE_HIT);
    certificate_free(client);
    certificate_free(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows), cmocka_unit_test(test_texts),
            cmocka_unit_test(test_client)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
