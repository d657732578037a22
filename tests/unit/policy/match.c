/* What covers what: globs, prefixes, dates, lists. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "policy/policy_internal.h"
#include "tests/unit/test.h"

#define AT(s) (INT64_C(s) * 1000000)

static struct policy *of(const char *text)
{
    struct err err;
    struct policy *p = policy_parse(bytes_of_text(text), "p.yaml", NULL, NULL, &err);
    if (p == NULL)
        fail_msg("%s", err.text);
    return p;
}

static struct address address(const char *text)
{
    struct prefix p;
    assert_null(prefix_parse(text, &p));
    return p.address;
}

static void test_globs(void **state)
{
    static const struct {
        const char *pattern, *text;
        bool is_match;
    } rows[] = {
            {"a", "a", true},
            {"a", "ab", false},
            {"", "", true},
            {"", "a", false},
            {"*", "", true},
            {"*", "anything", true},
            {"cert-*", "cert-expired", true},
            {"cert-*", "cert", false},
            {"*.example.test", "www.example.test", true},
            {"*.example.test", "example.test", false},
            {"*a*b", "xaaybab", true},
            {"*a*b", "xaayba", false},
            {"a**b", "ab", true},
            {"[::1]:443", "[::1]:443", true}, /* no classes of characters */
            {"a?", "ab", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (glob_match(rows[i].pattern, rows[i].text) != rows[i].is_match)
            fail_msg("%s %s", rows[i].pattern, rows[i].text);
}

static void test_prefixes(void **state)
{
    static const struct {
        const char *prefix, *address;
        bool is_in;
    } rows[] = {
            {"10.0.0.0/8", "10.255.255.255", true},
            {"10.0.0.0/8", "11.0.0.0", false},
            {"10.0.0.0/8", "9.255.255.255", false},
            {"192.0.2.128/25", "192.0.2.128", true},
            {"192.0.2.128/25", "192.0.2.127", false},
            {"0.0.0.0/0", "203.0.113.1", true},
            {"0.0.0.0/0", "2001:db8::1", false}, /* IPv4 only */
            {"::/0", "2001:db8::1", true},
            {"2001:db8::/32", "2001:db8:ffff::", true},
            {"2001:db8::/32", "2001:db9::", false},
            {"192.0.2.1", "192.0.2.1", true},
            {"192.0.2.1/32", "192.0.2.2", false},
            {"2001:db8::1", "2001:db8::1", true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct prefix p;
        struct address a = address(rows[i].address);
        assert_null(prefix_parse(rows[i].prefix, &p));
        if (prefix_contains(&p, &a) != rows[i].is_in)
            fail_msg("%s %s", rows[i].prefix, rows[i].address);
    }
}

static void test_prefix_text(void **state)
{
    static const char *const rows[] = {
            "10.0.0.0/8", "0.0.0.0/0", "192.0.2.1/32", "::/0", "2001:db8::/32", "2001:db8::1/128"};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct prefix p;
        char text[PREFIX_TEXT];
        assert_null(prefix_parse(rows[i], &p));
        prefix_text(&p, text);
        assert_string_equal(text, rows[i]);
    }
}

static struct sighting sighting(void)
{
    struct sighting s = {.defect = "cert-expired",
            .at_us = AT(1790000000), /* 2026-09-21T14:13:20Z */
            .has_certificate = true,
            .certificate = {0x01, 0x23, 0x45, 0x67, 0x89},
            .has_endpoints = true};
    (void)snprintf(s.service.name, sizeof s.service.name, "www.example.test");
    (void)snprintf(s.subject, sizeof s.subject, "subject 1");
    s.service.port = 443;
    s.server.address = address("192.0.2.1");
    s.server.port = 8443;
    return s;
}

static void test_exceptions(void **state)
{
    static const struct {
        const char *fields; /* beside reason */
        bool is_covered, is_past;
    } rows[] = {
            {"rule: cert-expired, until: 2026-09-22", true, false},
            {"rule: cert-expired, until: 2026-09-21", true, false}, /* the whole day */
            {"rule: cert-expired, until: 2026-09-20", false, true},
            {"rule: cert-expired, until: '2026-09-21T14:13:21Z'", true, false},
            {"rule: cert-expired, until: '2026-09-21T14:13:20Z'", false, true},
            {"rule: 'cert-*', until: 2027-01-01", true, false},
            {"rule: 'chain-*', until: 2027-01-01", false, false},
            {"rule: 'chain-*', until: 2020-01-01", false, false}, /* it would not have covered it */
            {"rule: '*', service: www.example.test, until: 2027-01-01", true, false},
            {"rule: '*', service: 'www.example.test:443', until: 2027-01-01", true, false},
            {"rule: '*', service: 'www.example.test:8443', until: 2027-01-01", false, false},
            {"rule: '*', service: '*.test', until: 2027-01-01", true, false},
            {"rule: '*', service: '*.org', until: 2027-01-01", false, false},
            {"rule: '*', service: 'WWW.Example.test:443', until: 2027-01-01", true, false},
            {"rule: '*', server: 192.0.2.0/24, until: 2027-01-01", true, false},
            {"rule: '*', server: 198.51.100.0/24, until: 2027-01-01", false, false},
            {"rule: '*', server: 192.0.2.1, until: 2027-01-01", true, false},
            {"rule: '*', server: '192.0.2.1:8443', until: 2027-01-01", true, false},
            {"rule: '*', server: '192.0.2.1:443', until: 2027-01-01", false, false},
            {"rule: '*', server: '192.0.2.*', until: 2027-01-01", true, false},
            {"rule: '*', subject: 'subject *', until: 2027-01-01", true, false},
            {"rule: '*', subject: 'other *', until: 2027-01-01", false, false},
            {"rule: '*', certificate: '01234567', until: 2027-01-01", true, false},
            {"rule: '*', certificate: '0123456789', until: 2027-01-01", true, false},
            {"rule: '*', certificate: '01234568', until: 2027-01-01", false, false},
            {"rule: '*', service: '*.test', certificate: '01234568', until: 2027-01-01", false,
                    false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[256];
        const struct exception *past = NULL;
        struct sighting s = sighting();
        (void)snprintf(text, sizeof text, "exceptions:\n- {reason: r, %s}\n", rows[i].fields);
        struct policy *p = of(text);
        const struct exception *e = policy_exception(p, &s, &past);
        if ((e != NULL) != rows[i].is_covered || (past != NULL) != rows[i].is_past)
            fail_msg("%s", rows[i].fields);
        policy_free(p);
    }
}

static void test_exception_order(void **state)
{
    const struct exception *past = NULL;
    struct sighting s = sighting();
    struct policy *p = of("exceptions:\n"
                          "- {rule: cert-expired, reason: old, until: 2026-01-01}\n"
                          "- {rule: 'cert-*', reason: new, until: 2027-01-01}\n");
    (void)state;
    const struct exception *e = policy_exception(p, &s, &past);
    assert_non_null(e);
    assert_string_equal(e->reason, "new");
    assert_int_equal(e->line, 3);
    assert_int_equal(e->position, 1);
    assert_null(past); /* it is covered: the old one does not matter */
    s.has_endpoints = false;
    s.has_certificate = false;
    assert_non_null(policy_exception(p, &s, &past));
    policy_free(p);
    assert_null(policy_exception(NULL, &s, &past));
}

static void test_windows(void **state)
{
    struct policy *p = of("windows:\n"
                          "- {scope: 'www.*', start: 2026-09-21, end: 2026-09-21, reason: day}\n"
                          "- {scope: 10.0.0.0/8, start: '2026-01-01T10:00:00Z', end: "
                          "'2026-01-01T11:00:00Z', reason: hour}\n");
    struct service www = {.name = "www.example.test", .port = 443};
    struct address in = address("10.1.2.3"), out = address("192.0.2.1");
    (void)state;
    const struct maintenance *w = policy_window_at(p, &www, NULL, AT(1790000000));
    assert_non_null(w);
    assert_string_equal(w->reason, "day");
    assert_null(policy_window_at(p, &www, NULL, AT(1789948799)));
    assert_non_null(policy_window_at(p, &www, NULL, AT(1789948800))); /* 2026-09-21 */
    assert_non_null(policy_window_at(p, &www, NULL, AT(1790035199)));
    assert_null(policy_window_at(p, &www, NULL, AT(1790035200)));
    assert_non_null(policy_window_at(p, NULL, &in, AT(1767261600))); /* 2026-01-01T10:00:00Z */
    assert_null(policy_window_at(p, &www, &out, AT(1767261600)));
    assert_null(policy_window_at(p, NULL, &in, AT(1767265200)));
    policy_free(p);
    assert_null(policy_window_at(NULL, &www, &in, 0));
}

static void test_networks(void **state)
{
    struct policy *p = of("owned: [10.0.0.0/8, '2001:db8::/32']\n"
                          "regions:\n- {name: world, prefixes: ['0.0.0.0/0', '::/0']}\n"
                          "- {name: eu, prefixes: [10.1.0.0/16]}\n"
                          "groups:\n- {name: phones, prefixes: [10.2.0.0/16]}\n"
                          "services:\n- {name: db, at: ['10.1.0.5:5432']}\n"
                          "- {name: rack, at: [10.1.0.0/24]}\n- {name: host, at: [10.1.0.5]}\n"
                          "- {name: six, at: ['[2001:db8::1]:443']}\n");
    struct address eu = address("10.1.0.5"), phone = address("10.2.0.1"),
                   foreign = address("192.0.2.1"), six = address("2001:db8::1");
    (void)state;
    assert_true(policy_owned(p, &eu));
    assert_true(policy_owned(p, &six));
    assert_false(policy_owned(p, &foreign));
    assert_string_equal(policy_region(p, &eu), "eu"); /* the longest prefix */
    assert_string_equal(policy_region(p, &foreign), "world");
    assert_string_equal(policy_region(p, &six), "world");
    assert_string_equal(policy_group(p, &phone), "phones");
    assert_null(policy_group(p, &eu));
    assert_string_equal(policy_service(p, &(struct endpoint){eu, 5432}), "db");
    assert_string_equal(policy_service(p, &(struct endpoint){eu, 443}), "host");
    assert_string_equal(policy_service(p, &(struct endpoint){address("10.1.0.6"), 443}), "rack");
    assert_string_equal(policy_service(p, &(struct endpoint){six, 443}), "six");
    assert_null(policy_service(p, &(struct endpoint){six, 8443}));
    policy_free(p);
    p = policy_default();
    assert_true(policy_owned(p, &foreign)); /* nobody said what is ours */
    assert_null(policy_region(p, &eu));
    policy_free(p);
}

static void test_roles(void **state)
{
    struct policy *p =
            of("roles:\n  no-0rtt: [pay.example.test]\n  inspection-cas: ['CN=Proxy CA*']\n"
               "  shared-keys: "
               "['spki:abab000000000000000000000000000000000000000000000000000000000000']\n");
    struct certificate c = {.subject = "CN=Proxy CA 2, O=Example", .spki_sha256 = {0xab, 0xab}};
    struct certificate other = {.subject = "CN=Other", .spki_sha256 = {0xab}};
    struct certificate nameless = {.subject = NULL};
    (void)state;
    assert_true(policy_no_zero_rtt(p, &(struct service){.name = "pay.example.test"}));
    assert_false(policy_no_zero_rtt(p, &(struct service){.name = "www.example.test"}));
    assert_true(policy_inspection(p, &c));
    assert_false(policy_inspection(p, &other));
    assert_false(policy_inspection(p, &nameless));
    assert_true(policy_shared_key(p, &c));
    assert_false(policy_shared_key(p, &other));
    policy_free(p);
}

static void test_paging(void **state)
{
    struct policy *p = policy_default();
    (void)state;
    assert_true(policy_is_paging(p, "cert-expired", SEV_CRITICAL));
    assert_true(policy_is_paging(p, "entropy-rsa-fault", SEV_CRITICAL));
    assert_false(policy_is_paging(p, "entropy-cbc-iv-repeat", SEV_MEDIUM));
    assert_true(policy_is_paging(p, "mtls-cert-rejected", SEV_HIGH));
    assert_false(policy_is_paging(p, "mtls-cert-rejected", SEV_MEDIUM));
    assert_false(policy_is_paging(p, "cert-expiring-7d", SEV_HIGH));
    assert_true(policy_is_ticket(p, "cert-expiring-7d", SEV_HIGH));
    assert_true(policy_is_ticket(p, "chain-too-large", SEV_LOW));
    assert_false(policy_is_ticket(p, "cert-expired", SEV_CRITICAL));
    policy_free(p);
    p = of("paging: [proto-*@high]\ntickets: []\n");
    assert_true(policy_is_paging(p, "proto-tls10", SEV_HIGH));
    assert_false(policy_is_paging(p, "proto-tls10", SEV_MEDIUM));
    assert_false(policy_is_paging(p, "cert-expired", SEV_CRITICAL));
    assert_false(policy_is_ticket(p, "chain-too-large", SEV_LOW));
    policy_free(p);
}

static void test_prints(void **state)
{
    struct policy *p = of("fingerprints:\n- {kind: ja4, print: t10d, note: old phone}\n");
    (void)state;
    assert_string_equal(policy_fingerprint(p, PRINT_JA4, "t10d"), "old phone");
    assert_null(policy_fingerprint(p, PRINT_JA3, "t10d"));
    assert_null(policy_fingerprint(p, PRINT_JA4, "t10"));
    policy_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_globs),
            cmocka_unit_test(test_prefixes),
            cmocka_unit_test(test_prefix_text),
            cmocka_unit_test(test_exceptions),
            cmocka_unit_test(test_exception_order),
            cmocka_unit_test(test_windows),
            cmocka_unit_test(test_networks),
            cmocka_unit_test(test_roles),
            cmocka_unit_test(test_paging),
            cmocka_unit_test(test_prints),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
