/* What a policy file may say, and the one line about what it may not. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "policy/policy.h"
#include "tests/unit/test.h"

static const char *const RULES[] = {"cert-expired", "cert-expiring-1d", "cert-expiring-30d",
        "cert-expiring-7d", "cert-key-rsa-short", "chain-untrusted-root", "cipher-fallback-share",
        "kex-static-rsa", "proto-tls10", NULL};

static struct policy *parsed(const char *text, struct err *err)
{
    return policy_parse(bytes_of_text(text), "p.yaml", NULL, RULES, err);
}

static struct policy *of(const char *text)
{
    struct err err;
    struct policy *p = parsed(text, &err);
    if (p == NULL)
        fail_msg("%s", err.text);
    return p;
}

static void test_good(void **state)
{
    static const char *const ROWS[] = {
            "",
            "# nothing but a comment\n",
            "---\n",
            "---\nprofile: bsi\n",
            "{}",
            "profile: modern",
            "profile: \"cnsa2\"",
            "thresholds:",
            "thresholds: {burn-rate: 4}",
            "thresholds:\n  success-rate-slo: 1\n  outlier-p: 1e-6\n",
            "severities:\n  cert-expired: off\n  proto-tls10: \"medium\"\n",
            "exceptions:\n",
            "exceptions: []\n",
            "exceptions:\n- {rule: cert-*, reason: known, until: 2030-01-01}\n",
            "exceptions:\n- rule: '*'\n  service: \"*.example.test:443\"\n  server: 10.0.0.0/8\n"
            "  subject: 0123*\n  certificate: 0123456789abcdef\n  reason: why\n"
            "  until: 2026-12-31T12:00:00Z\n",
            "windows:\n- {scope: www.example.test, start: 2026-01-01, end: 2026-01-01, reason: "
            "move}",
            "windows:\n- {scope: '10.0.0.0/8', start: 2026-01-01T10:00:00+02:00, end: "
            "2026-01-01T10:00:00Z, reason: move}",
            "owned: [10.0.0.0/8, 2001:db8::/32, 192.0.2.1, '::1']",
            "regions:\n- {name: eu, prefixes: [10.1.0.0/16]}\ngroups:\n- {name: phones, prefixes: "
            "[10.2.0.0/16]}",
            "services:\n- {name: db, at: ['192.0.2.1:5432', '[2001:db8::1]:5432', 192.0.2.0/24]}",
            "roles:\n  no-0rtt: [pay.example.test]\n  inspection-cas: ['CN=Proxy*']\n  "
            "shared-keys:\n  - "
            "spki:00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n",
            "trust:\n- {name: corp, path: ca.pem}\n- {name: web, path: /etc/web.pem, public: true}",
            "inventory: owners.csv",
            "paging: []\ntickets: [cert-*, 'chain-*@high']",
            "fingerprints:\n- {kind: ja4, print: t13d1516h2, note: old}",
    };
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        policy_free(of(ROWS[i]));
}

#define EXCEPTION "exceptions:\n- {rule: cert-expired, reason: r, until: 2026-01-01"

static const struct {
    const char *text, *message;
} BAD[] = {
        /* YAML itself */
        {"owned: [", "p.yaml:2: not YAML: did not find expected node content"},
        {"\nprofile: c: d\n", "p.yaml:2: not YAML: mapping values are not allowed in this context"},
        {"\tprofile: x", "p.yaml:1: not YAML: found character that cannot start any token"},
        {"profile: \x80", "p.yaml:1: not YAML: invalid leading UTF-8 octet"},
        {"profile: bsi\n---\nprofile: pci\n", "p.yaml:2: a second document: one is read"},
        {"x: &a b", "p.yaml:1: x: unknown; the nearest is owned"},
        {"profile: &a bsi", "p.yaml:1: profile: anchors are not allowed"},
        {"owned: &a [10.0.0.1]", "p.yaml:1: owned: anchors are not allowed"},
        {"owned: [*a]", "p.yaml:1: owned[1]: aliases are not allowed"},
        {"profile: !!str bsi", "p.yaml:1: profile: tags are not allowed"},
        {"- profile", "p.yaml:1: keys with values are expected (key: value)"},
        {"bsi", "p.yaml:1: keys with values are expected (key: value)"},
        {"[a]: b", "p.yaml:1: a key is expected"},
        /* keys */
        {"\nprofil: bsi", "p.yaml:2: profil: unknown; the nearest is profile"},
        {"severity: {}", "p.yaml:1: severity: unknown; the nearest is severities"},
        {"thresholds:\n  sucess-rate-slo: 1",
                "p.yaml:2: thresholds.sucess-rate-slo: unknown; the nearest is success-rate-slo"},
        {"severities:\n  cert-expird: low",
                "p.yaml:2: severities.cert-expird: unknown; the nearest is cert-expired"},
        {"exceptions:\n- {rul: x}", "p.yaml:2: exceptions[1].rul: unknown; the nearest is rule"},
        {"profile: bsi\nprofile: pci", "p.yaml:2: profile: stands there twice, first on line 1"},
        {"severities:\n  proto-tls10: low\n\n  proto-tls10: off",
                "p.yaml:4: severities.proto-tls10: stands there twice, first on line 2"},
        {"exceptions:\n- {rule: cert-expired, until: 2026-01-01}",
                "p.yaml:2: exceptions[1].reason: is missing"},
        {"exceptions:\n- {rule: cert-expired, reason: x}",
                "p.yaml:2: exceptions[1].until: is missing"},
        {"exceptions:\n- {reason: x, until: 2026-01-01}",
                "p.yaml:2: exceptions[1].rule: is missing"},
        /* kinds of values */
        {"profile: [bsi]", "p.yaml:1: profile: one value is expected"},
        {"thresholds: 4", "p.yaml:1: thresholds: keys with values are expected (key: value)"},
        {"thresholds:\n- burn-rate",
                "p.yaml:2: thresholds: keys with values are expected (key: value)"},
        {"owned: 10.0.0.0/8", "p.yaml:1: owned: a list is expected (- entry, or [entry, entry])"},
        {"owned:\n- [10.0.0.1]", "p.yaml:2: owned[1]: one value is expected"},
        {"exceptions:\n- cert-expired",
                "p.yaml:2: exceptions[1]: keys with values are expected (key: value)"},
        {"profile: \"a\\0b\"", "p.yaml:1: profile: holds a NUL"},
        /* profile, thresholds, severities */
        {"profile: strict",
                "p.yaml:1: profile: strict is none of default, modern, intermediate, nist, bsi, "
                "pci, cnsa2"},
        {"profile:", "p.yaml:1: profile: is none of default, modern, intermediate, nist, bsi, pci, "
                     "cnsa2"},
        {"thresholds:\n  success-rate-slo: 2",
                "p.yaml:2: thresholds.success-rate-slo: 2 is not between 0 and 1"},
        {"thresholds:\n  success-rate-slo: -0.1",
                "p.yaml:2: thresholds.success-rate-slo: -0.1 is not between 0 and 1"},
        {"thresholds:\n  burn-rate: much", "p.yaml:2: thresholds.burn-rate: much is not a number"},
        {"thresholds:\n  burn-rate:", "p.yaml:2: thresholds.burn-rate: is not a number"},
        {"thresholds:\n  burn-rate: 4 times",
                "p.yaml:2: thresholds.burn-rate: 4 times is not a number"},
        {"thresholds:\n  burn-rate: 1e999",
                "p.yaml:2: thresholds.burn-rate: 1e999 is not a number"},
        {"thresholds:\n  burn-rate: nan", "p.yaml:2: thresholds.burn-rate: nan is not a number"},
        {"thresholds:\n  burn-rate: 0x4", "p.yaml:2: thresholds.burn-rate: 0x4 is not a number"},
        {"thresholds:\n  outlier-min: 2.5",
                "p.yaml:2: thresholds.outlier-min: 2.5 is not a whole number"},
        {"severities:\n  proto-tls10: none",
                "p.yaml:2: severities.proto-tls10: none is none of off, info, low, medium, high, "
                "critical"},
        {"severities:\n  proto-tls10: [low]",
                "p.yaml:2: severities.proto-tls10: one value is expected"},
        /* exceptions */
        {"exceptions:\n- {rule: cert-expird, reason: r, until: 2026-01-01}",
                "p.yaml:2: exceptions[1].rule: cert-expird fits no rule: list them with `tlswire "
                "rules`"},
        {"exceptions:\n- {rule: cert-expired, reason: r, until: 2026-02-30}",
                "p.yaml:2: exceptions[1].until: 2026-02-30 is no time: use 2026-01-31 or "
                "2026-01-31T12:00:00Z"},
        {"exceptions:\n- {rule: cert-expired, reason: r, until: 1790000000}",
                "p.yaml:2: exceptions[1].until: 1790000000 is no time: use 2026-01-31 or "
                "2026-01-31T12:00:00Z"},
        {"exceptions:\n- {rule: cert-expired, reason: '', until: 2026-01-01}",
                "p.yaml:2: exceptions[1].reason: is empty"},
        {EXCEPTION ", server: 10.0.0.1/8}",
                "p.yaml:2: exceptions[1].server: 10.0.0.1/8 has bits that are set behind the "
                "prefix"},
        {EXCEPTION ", certificate: 0123}",
                "p.yaml:2: exceptions[1].certificate: 0123 is no beginning of a SHA-256: 8 to 64 "
                "hexadecimal digits in lower case"},
        {"exceptions:\n- rule: cert-expired\n  reason: r\n  until: 2026-01-01\n- rule: "
         "cert-expired\n  reason: r\n  until: soon",
                "p.yaml:7: exceptions[2].until: soon is no time: use 2026-01-31 or "
                "2026-01-31T12:00:00Z"},
        /* windows */
        {"windows:\n- {scope: a, start: 2026-01-02, end: 2026-01-01, reason: r}",
                "p.yaml:2: windows[1].end: 2026-01-01 is not after the start"},
        {"windows:\n- {scope: 10.0.0.0/33, start: 2026-01-02, end: 2026-01-03, reason: r}",
                "p.yaml:2: windows[1].scope: 10.0.0.0/33 needs 0 to 32 bits behind /"},
        {"windows:\n- {scope: a, start: now, end: 2026-01-03, reason: r}",
                "p.yaml:2: windows[1].start: now is no time: use 2026-01-31 or "
                "2026-01-31T12:00:00Z"},
        {"windows:\n- {scope: a, start: 2026-01-02, reason: r}",
                "p.yaml:2: windows[1].end: is missing"},
        /* prefixes and names */
        {"owned:\n- 10.0.0.0/8\n- here",
                "p.yaml:3: owned[2]: here is no IPv4 or IPv6 address, alone or with /bits"},
        {"owned: ['']", "p.yaml:1: owned[1]: is no IPv4 or IPv6 address, alone or with /bits"},
        {"owned: ['2001:db8::/129']",
                "p.yaml:1: owned[1]: 2001:db8::/129 needs 0 to 128 bits behind /"},
        {"owned: [10.0.0.0/]", "p.yaml:1: owned[1]: 10.0.0.0/ needs 0 to 32 bits behind /"},
        {"regions:\n- {name: '', prefixes: []}", "p.yaml:2: regions[1].name: is empty"},
        {"regions:\n- {name: eu}", "p.yaml:2: regions[1].prefixes: is missing"},
        {"groups:\n- name: a\n  prefixes:\n  - b",
                "p.yaml:4: groups[1].prefixes[1]: b is no IPv4 or IPv6 address, alone or with "
                "/bits"},
        {"services:\n- {name: db, at: ['192.0.2.1:0']}",
                "p.yaml:2: services[1].at[1]: 192.0.2.1:0 needs a port from 1 to 65535 behind :"},
        {"services:\n- {name: db, at: ['[::1]']}",
                "p.yaml:2: services[1].at[1]: [::1] needs a port behind ]:"},
        {"services:\n- {name: db, at: [host]}",
                "p.yaml:2: services[1].at[1]: host is no IPv4 or IPv6 address, alone or with "
                "/bits"},
        {"roles: {shared-keys: ['spki:00']}", "p.yaml:1: roles.shared-keys[1]: spki:00 needs 64 "
                                              "hexadecimal digits in lower case"},
        {"roles: {no-0rtt: ['']}", "p.yaml:1: roles.no-0rtt[1]: is empty"},
        {"roles: {no-ortt: []}", "p.yaml:1: roles.no-ortt: unknown; the nearest is no-0rtt"},
        /* files */
        {"trust:\n- {name: 'a=b', path: x}", "p.yaml:2: trust[1].name: a=b has = or : in it"},
        {"trust:\n- {name: a, path: x}\n- {name: a, path: y}",
                "p.yaml:3: trust[2].name: a is the name of another store"},
        {"trust:\n- {name: a, path: x, public: yes}",
                "p.yaml:2: trust[1].public: yes is neither true nor false"},
        {"trust:\n- {name: a, path: ''}", "p.yaml:2: trust[1].path: is empty"},
        {"inventory: ''", "p.yaml:1: inventory: is empty"},
        {"paging: [cert-expired@worst]",
                "p.yaml:1: paging[1]: cert-expired@worst needs info, low, medium, high or critical "
                "behind @"},
        {"tickets: ['@high']",
                "p.yaml:1: tickets[1]: @high is empty: use the id of a rule, * stands for "
                "anything"},
        {"paging: [cert-expired, cert-expird]",
                "p.yaml:1: paging[2]: cert-expird fits no rule: list them with `tlswire rules`"},
        {"tickets:\n- cert-*\n- chian-*@high",
                "p.yaml:3: tickets[2]: chian-* fits no rule: list them with `tlswire rules`"},
        {"fingerprints:\n- {kind: ja5, print: x, note: y}",
                "p.yaml:2: fingerprints[1].kind: ja5 is none of ja3, ja4, server"},
        {"fingerprints:\n- {kind: ja3, print: '', note: y}",
                "p.yaml:2: fingerprints[1].print: is empty"},
        {"fingerprints:\n- {kind: ja3, print: x, note: ''}",
                "p.yaml:2: fingerprints[1].note: is empty"},
};

static void test_bad(void **state)
{
    struct err err;
    (void)state;
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        struct policy *p = parsed(BAD[i].text, &err);
        if (p != NULL)
            fail_msg("accepted: %s", BAD[i].text);
        assert_string_equal(err.text, BAD[i].message);
    }
}

/* Every threshold takes both ends of its range, and nothing beyond. */
static void test_ranges(void **state)
{
    struct err err;
    (void)state;
    for (int t = 0; t < THRESHOLD_COUNT; t++) {
        const struct threshold_row *row = threshold_row((enum threshold)t);
        const double values[] = {row->least, row->most, row->preset, row->least - 1, row->most + 1};
        assert_true(
                row->least < row->most && row->what[0] != '\0' && unit_text(row->unit)[0] != '\0');
        for (int i = 0; i < 5; i++) {
            char text[256];
            (void)snprintf(text, sizeof text, "thresholds:\n  %s: %.12g\n", row->name, values[i]);
            struct policy *p = parsed(text, &err);
            if ((p != NULL) != (i < 3))
                fail_msg("%s", text);
            if (p != NULL)
                assert_float_equal(policy_threshold(p, (enum threshold)t), values[i], 1e-12);
            policy_free(p);
        }
    }
}

static void test_limits(void **state)
{
    struct err err;
    struct text t = {0};
    (void)state;
    text_add(&t, "owned:\n");
    for (int i = 0; i < POLICY_LIST_MOST; i++)
        text_add(&t, "- 192.0.2.1\n");
    policy_free(of(text_str(&t)));
    text_add(&t, "- 192.0.2.1\n");
    assert_null(parsed(text_str(&t), &err));
    assert_string_equal(err.text, "p.yaml:10002: owned: more than 10000 entries");
    text_clear(&t);
    text_add(&t, "profile: ");
    for (int i = 0; i < 1025; i++)
        text_add(&t, "x");
    assert_null(parsed(text_str(&t), &err));
    assert_string_equal(err.text, "p.yaml:1: profile: longer than 1024 bytes");
    text_clear(&t);
    for (int i = 0; i < (1 << 20) / 16 + 1; i++)
        text_add(&t, "# 345678901234\n\n");
    assert_null(parsed(text_str(&t), &err));
    assert_string_equal(err.text, "p.yaml: longer than 1 MiB: not a policy");
    text_clear(&t);
    text_add(&t, "trust:\n");
    for (int i = 0; i < 17; i++)
        text_addf(&t, "- {name: n%d, path: p}\n", i);
    assert_null(parsed(text_str(&t), &err));
    assert_string_equal(err.text, "p.yaml:18: trust: more than 16 entries");
    text_clear(&t);
    for (int i = 0; i < 5000; i++)
        text_add(&t, "[");
    assert_null(parsed(text_str(&t), &err));
    text_fini(&t);
}

static void test_profiles(void **state)
{
    struct err err;
    enum severity s = SEV_INFO;
    struct policy *p = of("profile: bsi\nthresholds: {rsa-short-bits: 4096}\nseverities: "
                          "{kex-static-rsa: off}\n");
    (void)state;
    assert_string_equal(policy_profile(p), "bsi");
    assert_float_equal(policy_threshold(p, THRESHOLD_RSA_SHORT_BITS), 4096, 0);
    assert_float_equal(policy_threshold(p, THRESHOLD_DH_SHORT_BITS), 3000, 0);
    assert_float_equal(policy_threshold(p, THRESHOLD_BURN_RATE), 4, 0);
    assert_false(policy_severity(p, "kex-static-rsa", &s));
    assert_true(policy_severity(p, "kex-no-pq", &s));
    assert_int_equal(s, SEV_MEDIUM);
    s = SEV_HIGH;
    assert_true(policy_severity(p, "kex-ffdhe-tls12", &s));
    assert_int_equal(s, SEV_LOW);
    s = SEV_HIGH;
    assert_true(policy_severity(p, "cert-expired", &s));
    assert_int_equal(s, SEV_HIGH);
    policy_free(p);
    /* The command line wins; the file wins over its profile. */
    p = policy_parse(bytes_of_text("profile: bsi\nseverities: {proto-tls10: info}"), "p.yaml",
            "pci", RULES, &err);
    assert_non_null(p);
    assert_string_equal(policy_profile(p), "pci");
    assert_float_equal(policy_threshold(p, THRESHOLD_RSA_SHORT_BITS), 2048, 0);
    assert_true(policy_severity(p, "proto-tls10", &s));
    assert_int_equal(s, SEV_INFO);
    policy_free(p);
    for (size_t i = 0; policy_profile_name(i) != NULL; i++) {
        p = policy_load(NULL, policy_profile_name(i), RULES, &err);
        assert_non_null(p);
        for (int t = 0; t < THRESHOLD_COUNT; t++) {
            const struct threshold_row *row = threshold_row((enum threshold)t);
            double v = policy_threshold(p, (enum threshold)t);
            assert_true(v >= row->least && v <= row->most);
        }
        policy_free(p);
    }
    assert_null(policy_load(NULL, "strict", RULES, &err));
    assert_string_equal(err.text,
            "profile strict: none of default, modern, intermediate, nist, bsi, pci, cnsa2");
    assert_null(policy_parse(bytes_of_text(""), "p.yaml", "strict", RULES, &err));
}

static void test_files(void **state)
{
    struct err err;
    char path[] = "/tmp/tlswire-policy.XXXXXX";
    const struct trust_entry *stores = NULL;
    const char text[] = "trust:\n- {name: corp, path: ca/corp.pem}\n- {name: web, path: "
                        "/srv/web.pem, public: true}\ninventory: owners.csv\n";
    (void)state;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, sizeof text - 1), (ssize_t)sizeof text - 1);
    assert_int_equal(close(fd), 0);
    struct policy *p = policy_load(path, NULL, RULES, &err);
    (void)unlink(path);
    assert_non_null(p);
    assert_string_equal(policy_path(p), path);
    assert_true(bytes_equal(policy_source(p), bytes_of_text(text)));
    assert_int_equal(policy_trust(p, &stores), 2);
    assert_string_equal(stores[0].option, "corp=/tmp/ca/corp.pem");
    assert_string_equal(stores[1].option, "public:web=/srv/web.pem");
    assert_string_equal(policy_inventory(p), "/tmp/owners.csv");
    policy_free(p);
    assert_null(policy_load("/nonexistent/p.yaml", NULL, RULES, &err));
    assert_string_equal(err.text, "/nonexistent/p.yaml: No such file or directory");
    assert_null(policy_load("/", NULL, RULES, &err));
    assert_string_equal(err.text, "/: Is a directory");
}

/* What show writes as YAML says the same again. */
static void test_show(void **state)
{
    struct text first = {0}, second = {0}, json = {0}, text = {0};
    struct policy *p = of("profile: cnsa2\nthresholds: {outlier-p: 1e-7}\nseverities: "
                          "{proto-tls10: off}\nexceptions:\n- {rule: 'cert-*', server: "
                          "10.0.0.0/8, reason: \"a\\\"b\\n\", until: 2026-01-31}\nwindows:\n- "
                          "{scope: x, start: 2026-01-01, end: 2026-01-02, reason: r}\nowned: "
                          "[10.0.0.0/8, '::/0']\nregions:\n- {name: eu, prefixes: "
                          "['2001:db8::/32']}\nservices:\n- {name: db, at: "
                          "['192.0.2.1:5432']}\nroles: {no-0rtt: [pay]}\ntrust:\n- {name: c, path: "
                          "/c}\ninventory: /i\npaging: []\nfingerprints:\n- {kind: server, print: "
                          "x, note: y}\n");
    (void)state;
    policy_show(p, POLICY_YAML, &first);
    policy_show(p, POLICY_JSON, &json);
    policy_show(p, POLICY_TEXT, &text);
    policy_free(p);
    p = of(text_str(&first));
    policy_show(p, POLICY_YAML, &second);
    policy_free(p);
    /* Only where the values come from is different: they all stand in the file now. */
    const char *a = strstr(text_str(&first), "severities:");
    assert_non_null(a);
    assert_string_equal(a, strstr(text_str(&second), "severities:"));
    assert_non_null(strstr(text_str(&second), "  outlier-p: 1e-07 # probability, line "));
    assert_non_null(strstr(text_str(&json), "\"until\":\"2026-02-01T00:00:00.000000Z\""));
    text_fini(&first);
    text_fini(&second);
    text_fini(&json);
    text_fini(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_good),
            cmocka_unit_test(test_bad),
            cmocka_unit_test(test_ranges),
            cmocka_unit_test(test_limits),
            cmocka_unit_test(test_profiles),
            cmocka_unit_test(test_files),
            cmocka_unit_test(test_show),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
