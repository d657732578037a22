#include "x509/x509.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "tests/unit/test.h"
#include "x509/parse.h"

static struct bytes file(const char *name)
{
    static uint8_t data[4096];
    char path[512];
    (void)snprintf(path, sizeof path, "%s/%s", TEST_DATA, name);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    size_t n = fread(data, 1, sizeof data, f);
    (void)fclose(f);
    assert_true(n > 0 && n < sizeof data);
    return (struct bytes){data, n};
}

/* Expected values: openssl x509 -text on the same files. */
static void a_self_signed_certificate(void **state)
{
    (void)state;
    struct bytes der = file("selfsigned-rsa1024-md5.der");
    struct certificate *c = x509_parse(der);
    assert_true(c->is_parsed);
    assert_int_equal(c->version, 3);
    assert_string_equal(c->subject, "C=DE, O=Example\\, Inc., CN=www.example.com");
    assert_true(bytes_equal(c->common_name, bytes_of_text("www.example.com")));
    assert_int_equal(c->not_before_us, INT64_C(1795507315000000));
    assert_int_equal(c->not_after_us, INT64_C(1803283315000000));
    assert_int_equal(c->key_type, KEY_RSA);
    assert_int_equal(c->key_bits, 1024);
    assert_string_equal(c->sig_alg, "md5WithRSAEncryption");
    assert_int_equal(c->sig_hash, SIG_MD5);
    assert_int_equal(c->n_sans, 4);
    assert_int_equal(c->sans[2].type, SAN_IP);
    assert_int_equal(c->sans[3].type, SAN_URI);
    assert_true(c->is_ca);
    assert_int_equal(c->key_usage, KU_DIGITAL_SIGNATURE | KU_KEY_CERT_SIGN);
    assert_int_equal(c->eku, EKU_SERVER_AUTH | EKU_CLIENT_AUTH);
    assert_int_equal(c->self_signed, SELF_SIGNED_YES);
    struct text t = {0};
    text_add_hex(&t, (struct bytes){c->sha256, 32});
    assert_string_equal(
            text_str(&t), "fb092d47a29a1a17167e75b96c398e6068b2d19cc4f575d15a4d2e811292cfb5");
    text_clear(&t);
    text_add_hex(&t, c->serial);
    assert_string_equal(text_str(&t), "00c0ffee");
    text_fini(&t);
    certificate_free(c);
    /* every cut names its problem, and nothing is read behind it */
    for (size_t n = 0; n < der.n; n++) {
        c = x509_parse((struct bytes){der.p, n});
        assert_non_null(c->problem);
        assert_false(c->is_parsed);
        certificate_free(c);
    }
    /* a broken signature is not self-signed */
    static uint8_t changed[4096];
    memcpy(changed, der.p, der.n);
    changed[der.n - 1] ^= 1;
    c = x509_parse((struct bytes){changed, der.n});
    assert_true(c->is_self_issued);
    assert_int_equal(c->self_signed, SELF_SIGNED_NO);
    certificate_free(c);
}

static void a_leaf(void **state)
{
    (void)state;
    struct certificate *c = x509_parse(file("leaf-p384-sha1.der"));
    assert_true(c->is_parsed);
    assert_string_equal(c->issuer, "C=DE, O=Example\\, Inc., CN=www.example.com");
    assert_int_equal(c->key_type, KEY_EC);
    assert_int_equal(c->key_bits, 384);
    assert_string_equal(c->curve, "P-384");
    assert_int_equal(c->sig_hash, SIG_SHA1);
    assert_false(c->has_san);
    assert_int_equal(c->self_signed, SELF_SIGNED_NO);
    certificate_free(c);
}

static void names(void **state)
{
    (void)state;
    static const struct {
        const char *san, *host;
        enum name_match want;
    } rows[] = {{"a.example", "a.example", NAME_MATCH}, {"A.Example", "a.eXAMPLE", NAME_MATCH},
            {"a.example", "a.example.", NAME_MATCH}, {"a.example", "b.example", NAME_MISMATCH},
            {"a.example", "a.example.org", NAME_MISMATCH},
            {"a.example", "xa.example", NAME_MISMATCH},
            {"*.example.org", "www.example.org", NAME_MATCH},
            {"*.example.org", "WWW.EXAMPLE.ORG", NAME_MATCH},
            {"*.example.org", "example.org", NAME_MISMATCH},
            {"*.example.org", "a.b.example.org", NAME_MISMATCH},
            {"*.example.org", ".example.org", NAME_NOT_COMPARABLE},
            {"w*.example.org", "www.example.org", NAME_MISMATCH},
            {"*w.example.org", "www.example.org", NAME_MISMATCH},
            {"www.*.org", "www.example.org", NAME_MISMATCH}, {"*", "example", NAME_MISMATCH},
            {"*", "a.lan", NAME_MISMATCH}, {"*.", "lan", NAME_MISMATCH},
            {"*.org", "example.org", NAME_MISMATCH}, /* a public suffix of one label */
            {"*.org.", "example.org", NAME_MISMATCH}, {"*.lan", "a.lan", NAME_MATCH},
            {"*.LAN", "A.lan.", NAME_MATCH}, /* RFC 9525 6.3 */
            {"*.lan.", "a.lan", NAME_MATCH}, {"*.lan", "lan", NAME_MISMATCH},
            {"*.lan", "a.b.lan", NAME_MISMATCH}, {"*.lan", "a.home", NAME_MISMATCH},
            {"*.lan", ".lan", NAME_NOT_COMPARABLE},
            {"*.*.example.org", "a.b.example.org", NAME_MISMATCH},
            {"*.co.uk", "example.co.uk", NAME_MISMATCH}, /* a public suffix */
            {"*.co.uk.", "example.co.uk", NAME_MISMATCH},
            {"*.example.co.uk", "www.example.co.uk", NAME_MATCH},
            {"*.github.io", "example.github.io", NAME_MATCH}, /* a private one */
            {"*.example.test", "www.example.test", NAME_MATCH},
            {"*.example.org", "xn--bcher-kva.example.org", NAME_MATCH},
            {"xn--*.example.org", "xn--bcher-kva.example.org", NAME_MISMATCH},
            {"*.example.org", "*.example.org", NAME_NOT_COMPARABLE},
            {"*.0.2.1", "192.0.2.1", NAME_MISMATCH}, {"a.example.", "a.example", NAME_MATCH},
            {"a.example", "a.example..", NAME_NOT_COMPARABLE},
            {"a_b.example", "a_b.example", NAME_MATCH},
            {"xn--bcher-kva.example", "xn--bcher-kva.example", NAME_MATCH},
            {"a.example", "", NAME_NOT_COMPARABLE},
            {"a.example", "a..example", NAME_NOT_COMPARABLE},
            {"a.example", "a b.example", NAME_NOT_COMPARABLE},
            {"192.0.2.1", "192.0.2.1", NAME_MISMATCH}, {"a.example", "192.0.2.1", NAME_MISMATCH},
            {"a.example", "2001:db8::1", NAME_MISMATCH}, {"", "a.example", NAME_MISMATCH}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct san san = {SAN_DNS, bytes_of_text(rows[i].san)};
        struct certificate c = {.is_parsed = true, .has_san = true, .n_sans = 1, .sans = &san};
        x509_names(&c); /* notes names below a public suffix */
        if (x509_match_name(&c, bytes_of_text(rows[i].host)) != rows[i].want)
            fail_msg("%s against %s", rows[i].host, rows[i].san);
    }
    static const uint8_t ip[] = {192, 0, 2, 7};
    struct san san = {SAN_IP, {ip, 4}};
    struct certificate c = {.is_parsed = true, .n_sans = 1, .sans = &san};
    assert_int_equal(x509_match_name(&c, bytes_of_text("192.0.2.7")), NAME_MATCH);
    assert_int_equal(x509_match_name(&c, bytes_of_text("192.0.2.8")), NAME_MISMATCH);
    static const uint8_t ip6[16] = {0x20, 1, 0x0d, 0xb8, [15] = 7};
    san.value = (struct bytes){ip6, 16};
    assert_int_equal(x509_match_name(&c, bytes_of_text("2001:db8::7")), NAME_MATCH);
    assert_int_equal(x509_match_name(&c, bytes_of_text("2001:db8::8")), NAME_MISMATCH);
    /* what was not kept may match */
    c.n_sans_dropped = 1;
    assert_int_equal(x509_match_name(&c, bytes_of_text("2001:db8::7")), NAME_MATCH);
    assert_int_equal(x509_match_name(&c, bytes_of_text("2001:db8::8")), NAME_NOT_COMPARABLE);
    c.n_sans_dropped = 0;
    /* a NUL in either name never matches */
    san = (struct san){SAN_DNS, {(const uint8_t *)"a.example\0.evil", 15}};
    assert_int_equal(x509_match_name(&c, bytes_of_text("a.example")), NAME_MISMATCH);
    assert_int_equal(x509_match_name(&c, san.value), NAME_NOT_COMPARABLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_self_signed_certificate),
            cmocka_unit_test(a_leaf), cmocka_unit_test(names)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
