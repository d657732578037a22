/* Rules ask the policy for their numbers: both sides of what it says, and of what holds without. */
#include <stdlib.h>
#include <unistd.h>

#include "policy/policy_internal.h"
#include "rules/support.h"
#include "tests/rules/busy.h"

static struct policy *of(const char *text)
{
    struct err err;
    struct policy *p = policy_parse(bytes_of_text(text), "p.yaml", NULL, NULL, &err);
    if (p == NULL)
        fail_msg("%s", err.text);
    return p;
}

static void expect(struct world *w, const char *policy, const char *id, enum verdict verdict)
{
    struct policy *p = policy != NULL ? of(policy) : NULL;
    w->facts.policy = p;
    if (world_check(w, id) != verdict)
        fail_msg("%s: %s", policy != NULL ? policy : "no policy", id);
    w->facts.policy = NULL;
    policy_free(p);
}

static void test_key_sizes(void **state)
{
    static const struct {
        const char *policy;
        unsigned bits;
        enum verdict verdict;
        enum severity severity;
    } rows[] = {
            {NULL, 2047, RULE_HIT, SEV_HIGH},
            {NULL, 2048, RULE_PASS, SEV_INFO},
            {"profile: default", 2048, RULE_PASS, SEV_INFO},
            {"profile: bsi", 2047, RULE_HIT, SEV_HIGH},
            {"profile: bsi", 2999, RULE_HIT, SEV_MEDIUM},
            {"profile: bsi", 3000, RULE_PASS, SEV_INFO},
            {"profile: cnsa2", 3071, RULE_HIT, SEV_MEDIUM},
            {"profile: cnsa2", 3072, RULE_PASS, SEV_INFO},
            {"thresholds: {rsa-short-bits: 1024}", 1024, RULE_PASS, SEV_INFO},
            {"thresholds: {rsa-short-bits: 1024}", 1023, RULE_HIT, SEV_HIGH},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world w;
        world_init(&w);
        for (int k = 0; k < 3; k++)
            w.certs[k].key_bits = rows[i].bits;
        expect(&w, rows[i].policy, "cert-key-rsa-short", rows[i].verdict);
        if (rows[i].verdict == RULE_HIT)
            assert_int_equal(w.answer.severity, rows[i].severity);
    }
}

static void test_curves(void **state)
{
    static const struct {
        const char *policy, *curve;
        unsigned bits;
        enum verdict verdict;
        enum severity severity;
    } rows[] = {
            {NULL, "P-192", 192, RULE_HIT, SEV_HIGH},
            {NULL, "P-256", 256, RULE_PASS, SEV_INFO},
            {NULL, "brainpoolP256r1", 256, RULE_HIT, SEV_MEDIUM},
            {"profile: bsi", "brainpoolP256r1", 256, RULE_PASS, SEV_INFO},
            {"profile: bsi", "secp256k1", 256, RULE_HIT, SEV_MEDIUM},
            {"profile: bsi", "P-224", 224, RULE_HIT, SEV_MEDIUM},
            {"profile: bsi", "P-192", 192, RULE_HIT, SEV_HIGH},
            {"profile: cnsa2", "P-256", 256, RULE_HIT, SEV_MEDIUM},
            {"profile: cnsa2", "P-384", 384, RULE_PASS, SEV_INFO},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world w;
        world_init(&w);
        w.facts.n_chain = 1;
        world_public(&w, KNOWN_YES);
        w.certs[0].key_type = KEY_EC;
        w.certs[0].key_bits = rows[i].bits;
        w.certs[0].curve = rows[i].curve;
        expect(&w, rows[i].policy, "cert-key-ec-weak-curve", rows[i].verdict);
        if (rows[i].verdict == RULE_HIT)
            assert_int_equal(w.answer.severity, rows[i].severity);
    }
}

static void test_dh(void **state)
{
    static const struct {
        const char *policy;
        size_t bytes;
        enum verdict verdict;
        enum severity severity;
    } rows[] = {
            {NULL, 127, RULE_HIT, SEV_CRITICAL},
            {NULL, 128, RULE_HIT, SEV_HIGH},
            {NULL, 256, RULE_PASS, SEV_INFO},
            {"profile: bsi", 256, RULE_HIT, SEV_MEDIUM},
            {"profile: bsi", 374, RULE_HIT, SEV_MEDIUM},
            {"profile: bsi", 375, RULE_PASS, SEV_INFO},
            {"thresholds: {dh-critical-bits: 2048, dh-short-bits: 2048}", 255, RULE_HIT,
                    SEV_CRITICAL},
    };
    static const uint8_t PRIME[384] = {0xff};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world w;
        world_init(&w);
        w.exchange.kind = SKE_DHE;
        w.exchange.dh_p = (struct bytes){PRIME, rows[i].bytes};
        w.hs.server_key_exchange = &w.exchange;
        expect(&w, rows[i].policy, "kex-dh-weak-size", rows[i].verdict);
        if (rows[i].verdict == RULE_HIT)
            assert_int_equal(w.answer.severity, rows[i].severity);
    }
}

/* The curve that a key exchange uses. */
static void test_groups(void **state)
{
    static const struct {
        const char *policy;
        uint16_t group;
        enum verdict verdict;
    } rows[] = {
            {NULL, 21, RULE_PASS},
            {NULL, 23, RULE_PASS},
            {NULL, 19, RULE_HIT},
            {"profile: bsi", 21, RULE_HIT},
            {"profile: bsi", 23, RULE_PASS},
            {"profile: bsi", 29, RULE_PASS},
            {"profile: cnsa2", 23, RULE_HIT},
            {"profile: cnsa2", 29, RULE_HIT},
            {"profile: cnsa2", 24, RULE_PASS},
            {"profile: cnsa2", 0x11ed, RULE_PASS},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world w;
        world_init(&w);
        w.hs.group = rows[i].group;
        expect(&w, rows[i].policy, "kex-weak-group", rows[i].verdict);
    }
}

static void test_suites(void **state)
{
    static const struct {
        const char *policy;
        uint16_t suite;
        enum verdict verdict;
        enum severity severity;
    } rows[] = {
            {NULL, 0x1301, RULE_PASS, SEV_INFO}, /* AES-128-GCM */
            {NULL, 0xcca8, RULE_PASS, SEV_INFO}, /* ChaCha20 */
            {NULL, 0xc0ac, RULE_PASS, SEV_INFO}, /* AES-128-CCM */
            {NULL, 0xc0ae, RULE_HIT, SEV_LOW},   /* AES-128-CCM-8 */
            {"profile: nist", 0x1301, RULE_PASS, SEV_INFO},
            {"profile: nist", 0xcca8, RULE_HIT, SEV_MEDIUM},
            {"profile: nist", 0x1303, RULE_HIT, SEV_MEDIUM},
            {"profile: nist", 0xc0ae, RULE_HIT, SEV_LOW},
            {"profile: nist", 0xc086, RULE_HIT, SEV_MEDIUM}, /* CAMELLIA-128-GCM */
            {"profile: nist", 0x000a, RULE_PASS, SEV_INFO},  /* 3DES: cipher-des-3des */
            {"profile: cnsa2", 0x1302, RULE_PASS, SEV_INFO},
            {"profile: cnsa2", 0xc030, RULE_PASS, SEV_INFO},
            {"profile: cnsa2", 0x1301, RULE_HIT, SEV_MEDIUM},
            {"profile: cnsa2", 0x1303, RULE_HIT, SEV_MEDIUM},
            {"thresholds: {cipher-key-bits: 128}", 0x1301, RULE_PASS, SEV_INFO},
            {"thresholds: {cipher-key-bits: 129}", 0x1301, RULE_HIT, SEV_MEDIUM},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world w;
        world_init(&w);
        w.hs.cipher_suite = rows[i].suite;
        expect(&w, rows[i].policy, "cipher-weak-misc", rows[i].verdict);
        if (rows[i].verdict == RULE_HIT)
            assert_int_equal(w.answer.severity, rows[i].severity);
    }
}

/* A client that offers P-256 with ML-KEM-768 and P-384 with ML-KEM-1024. */
static void test_post_quantum(void **state)
{
    static const uint8_t BOTH[] = {0x11, 0xeb, 0x11, 0xed}, SMALL[] = {0x11, 0xeb};
    static const struct {
        const char *policy;
        struct bytes offer;
        uint16_t group;
        enum verdict verdict;
    } rows[] = {
            {NULL, {BOTH, sizeof BOTH}, 0x11eb, RULE_PASS},
            {NULL, {BOTH, sizeof BOTH}, 24, RULE_HIT},
            {"profile: cnsa2", {BOTH, sizeof BOTH}, 0x11eb, RULE_HIT},
            {"profile: cnsa2", {BOTH, sizeof BOTH}, 0x11ed, RULE_PASS},
            {"profile: cnsa2", {SMALL, sizeof SMALL}, 24, RULE_NA},
            {"profile: cnsa2", {BOTH, sizeof BOTH}, 0x6399, RULE_HIT},
            {"profile: bsi", {SMALL, sizeof SMALL}, 24, RULE_HIT},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world w;
        world_init(&w);
        w.hs.version = TLS_1_3;
        w.server_hello.has_key_share = true;
        w.client_hello.groups = rows[i].offer;
        w.hs.group = rows[i].group;
        expect(&w, rows[i].policy, "kex-no-pq", rows[i].verdict);
    }
}

/* Days left of a certificate of 365 or 60 days. */
static void test_expiring(void **state)
{
    static const struct {
        const char *policy;
        int64_t left, lifetime;
        const char *hit;
    } rows[] = {
            {NULL, 30 * DAY, 365 * DAY, ""},
            {NULL, 30 * DAY - 1, 365 * DAY, "cert-expiring-30d"},
            {NULL, 7 * DAY, 365 * DAY, "cert-expiring-30d"},
            {NULL, 7 * DAY - 1, 365 * DAY, "cert-expiring-7d"},
            {NULL, DAY, 365 * DAY, "cert-expiring-7d"},
            {NULL, DAY - 1, 365 * DAY, "cert-expiring-1d"},
            {NULL, 17 * DAY, 60 * DAY, ""}, /* a third less three days */
            {NULL, 17 * DAY - 1, 60 * DAY, "cert-expiring-30d"},
            {"thresholds: {expiring-medium-days: 14}", 14 * DAY, 365 * DAY, ""},
            {"thresholds: {expiring-medium-days: 14}", 14 * DAY - 1, 365 * DAY,
                    "cert-expiring-30d"},
            {"thresholds: {expiring-high-days: 10}", 10 * DAY - 1, 365 * DAY, "cert-expiring-7d"},
            {"thresholds: {expiring-high-days: 10}", 10 * DAY, 365 * DAY, "cert-expiring-30d"},
            {"thresholds: {expiring-critical-hours: 48}", 2 * DAY - 1, 365 * DAY,
                    "cert-expiring-1d"},
            {"thresholds: {expiring-critical-hours: 48}", 2 * DAY, 365 * DAY, "cert-expiring-7d"},
            {"thresholds: {expiring-long-part: 2}", 27 * DAY - 1, 60 * DAY, "cert-expiring-30d"},
            {"thresholds: {expiring-long-part: 2}", 27 * DAY, 60 * DAY, ""},
            {"thresholds: {expiring-long-life-days: 59}", 20 * DAY, 60 * DAY, "cert-expiring-30d"},
            {"thresholds: {expiring-tiny-part: 2}", 3 * DAY - 1, 6 * DAY, "cert-expiring-1d"},
    };
    static const char *const ids[] = {"cert-expiring-1d", "cert-expiring-7d", "cert-expiring-30d"};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t k = 0; k < 3; k++) {
            struct world w;
            world_init(&w);
            w.certs[0].not_after_us = NOW + rows[i].left;
            w.certs[0].not_before_us = w.certs[0].not_after_us - rows[i].lifetime;
            expect(&w, rows[i].policy, ids[k],
                    strcmp(ids[k], rows[i].hit) == 0 ? RULE_HIT : RULE_PASS);
        }
}

static void test_not_yet_valid(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    w.certs[0].not_before_us = NOW + HOUR;
    expect(&w, NULL, "cert-not-yet-valid", RULE_HIT);
    expect(&w, "thresholds: {not-yet-valid-seconds: 3600}", "cert-not-yet-valid", RULE_PASS);
    expect(&w, "thresholds: {not-yet-valid-seconds: 3599}", "cert-not-yet-valid", RULE_HIT);
}

static void test_capture(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    w.facts.coverage = &w.coverage;
    w.coverage = (struct coverage){.input_name = "a.pcap",
            .n_connections = 10,
            .n_one_sided = 3,
            .payload_bytes = 1000,
            .gap_bytes = 10};
    expect(&w, NULL, "ops-one-sided-capture", RULE_HIT);
    expect(&w, "thresholds: {one-sided-ratio: 0.3}", "ops-one-sided-capture", RULE_PASS);
    expect(&w, "thresholds: {one-sided-ratio: 0.29}", "ops-one-sided-capture", RULE_HIT);
    expect(&w, NULL, "ops-capture-loss", RULE_HIT);
    expect(&w, "thresholds: {loss-ratio: 0.01}", "ops-capture-loss", RULE_PASS);
    expect(&w, "thresholds: {loss-ratio: 0.009}", "ops-capture-loss", RULE_HIT);
    w.coverage.n_one_sided = 2;
    expect(&w, NULL, "ops-one-sided-capture", RULE_PASS);
}

static void test_reset(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    w.hs.outcome = OUTCOME_FAIL_RESET_SERVER;
    expect(&w, NULL, "interop-reset-mid-handshake", RULE_HIT);
    expect(&w, "thresholds: {reset-ratio: 1}", "interop-reset-mid-handshake", RULE_PASS);
}

/* What a profile or a default names exists: a slip would be without effect. */
static void test_names(void **state)
{
    (void)state;
    for (size_t i = 0; policy_profile_name(i) != NULL; i++) {
        const struct profile *p = profile_at(i);
        for (size_t k = 0; k < p->n_severities; k++) {
            enum severity s;
            if (rule_find(p->severities[k].rule) == NULL)
                fail_msg("profile %s: no rule %s", p->name, p->severities[k].rule);
            assert_true(severity_parse(p->severities[k].severity, &s));
        }
    }
    struct policy *p = policy_default();
    for (size_t i = 0; i < p->n_paging + p->n_tickets; i++) {
        const struct rule_glob *g = i < p->n_paging ? &p->paging[i] : &p->tickets[i - p->n_paging];
        bool is_known = false;
        for (size_t k = 0; rules_all[k] != NULL; k++)
            is_known |= glob_match(g->glob, rules_all[k]->id);
        if (!is_known)
            fail_msg("no rule %s", g->text);
    }
    policy_free(p);
}

/* Rules about windows of time, with numbers of the policy. */
static void test_windows(void **state)
{
    struct world w;
    (void)state;
    busy_init(&w);
    busy_many(&w, 97, OUTCOME_SUCCESS, MINUTE0);
    busy_many(&w, 3, OUTCOME_FAIL_ALERT_SERVER, MINUTE0 + MINUTE / 2);
    expect(&w, NULL, "ops-success-rate-low", RULE_HIT);
    expect(&w, "thresholds: {success-rate-slo: 0.97}", "ops-success-rate-low", RULE_PASS);
    expect(&w, "thresholds: {success-rate-slo: 0.971}", "ops-success-rate-low", RULE_HIT);
    expect(&w, "thresholds: {window-min-attempts: 100}", "ops-success-rate-low", RULE_HIT);
    expect(&w, "thresholds: {window-min-attempts: 101}", "ops-success-rate-low", RULE_NA);
    expect(&w, NULL, "ops-latency-p95", RULE_PASS);
    expect(&w, "thresholds: {latency-p95-ms: 1}", "ops-latency-p95", RULE_HIT);
    expect(&w, NULL, "ops-server-stall", RULE_PASS);
    expect(&w, "thresholds: {server-stall-median-ms: 1}", "ops-server-stall", RULE_HIT);
    expect(&w, NULL, "ops-client-stall", RULE_PASS);
    expect(&w, "thresholds: {client-stall-p95-ms: 1}", "ops-client-stall", RULE_HIT);
    expect(&w, "thresholds: {window-min-attempts: 101, client-stall-p95-ms: 1, stall-min: 100}",
            "ops-client-stall", RULE_HIT);
    expect(&w, "thresholds: {window-min-attempts: 102, client-stall-p95-ms: 1, stall-min: 101}",
            "ops-client-stall", RULE_NA);
    busy_fini(&w);
}

static void test_shares(void **state)
{
    (void)state;
    assert_int_equal(rule_share(1, 100, 0.01), 0);
    assert_int_equal(rule_share(7, 700, 0.01), 0);
    assert_int_equal(rule_share(8, 700, 0.01), 1);
    assert_int_equal(rule_share(6, 700, 0.01), -1);
    assert_int_equal(rule_share(5, 10000, 1 - 0.9995), 0);
    assert_int_equal(rule_share(6, 10000, 1 - 0.9995), 1);
    assert_int_equal(rule_share(0, 0, 0.5), 0);
    assert_int_equal(rule_share(1, 1, 0), 1);
}

/* Numbers of rules that look back. */
static void test_counts(void **state)
{
    static const uint8_t RC4[] = {0, 4, 0xc0, 0x2f};
    struct session_ticket ticket = {.lifetime_s = 7200};
    struct world w;
    (void)state;
    world_init(&w);
    w.hs.session_ticket = &ticket;
    expect(&w, NULL, "ticket-lifetime-excess", RULE_PASS);
    expect(&w, "thresholds: {ticket-lifetime-seconds: 7200}", "ticket-lifetime-excess", RULE_PASS);
    expect(&w, "thresholds: {ticket-lifetime-seconds: 7199}", "ticket-lifetime-excess", RULE_HIT);
    w.client_hello.cipher_suites = (struct bytes){RC4, sizeof RC4};
    expect(&w, NULL, "cipher-client-offers-broken", RULE_HIT);
    assert_int_equal(w.answer.severity, SEV_LOW);
}

static struct inventory *inventory_of(const char *text)
{
    char path[] = "/tmp/tlswire-owners-XXXXXX";
    struct err err;
    int fd = mkstemp(path);
    assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    (void)close(fd);
    struct inventory *inv = inventory_load(path, &err);
    (void)unlink(path);
    assert_non_null(inv);
    return inv;
}

static void test_unowned(void **state)
{
    static const char ID[] = "ops-unowned-certificate", OURS[] = "owned: [192.0.2.0/24]";
    static const uint8_t address[16] = {[10] = 0xff, 0xff, 192, 0, 2, 1};
    struct world w;
    (void)state;
    world_init(&w);
    memcpy(w.hs.sides[SIDE_SERVER].endpoint.address.ip, address, sizeof address);
    expect(&w, OURS, ID, RULE_NA); /* no inventory */
    struct inventory *other = inventory_of("other.test,them\n");
    w.facts.inventory = other;
    expect(&w, OURS, ID, RULE_HIT);
    assert_int_equal(w.answer.severity, SEV_INFO);
    expect(&w, NULL, ID, RULE_NA); /* whose addresses are ours? */
    expect(&w, "owned: [198.51.100.0/24]", ID, RULE_NA);
    w.certs[0].n_sans_dropped = 1;
    expect(&w, OURS, ID, RULE_UNDETERMINED);
    struct inventory *own = inventory_of("*.example.test,we\n");
    w.facts.inventory = own;
    expect(&w, OURS, ID, RULE_PASS);
    inventory_free(other);
    inventory_free(own);
    check_without_certificate(ID);
}

/* Services, CAs and fingerprints that the policy names. */
static void test_roles(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    (void)snprintf(w.hs.prints.ja3, sizeof w.hs.prints.ja3, "6734f37431670b3ab4292b8f60f29984");
    (void)snprintf(w.service.name, sizeof w.service.name, "www.example.test");
    w.facts.service = &w.service;
    expect(&w, NULL, "vuln-eol-stack-hint", RULE_NA);
    expect(&w, "fingerprints: [{kind: ja3, print: 6734f37431670b3ab4292b8f60f29984, note: old}]",
            "vuln-eol-stack-hint", RULE_HIT);
    assert_int_equal(w.answer.severity, SEV_INFO);
    expect(&w, "fingerprints: [{kind: ja4, print: 6734f37431670b3ab4292b8f60f29984, note: old}]",
            "vuln-eol-stack-hint", RULE_PASS);
    memset(&w.hs.prints, 0, sizeof w.hs.prints);
    expect(&w, "fingerprints: [{kind: ja3, print: 6734f37431670b3ab4292b8f60f29984, note: old}]",
            "vuln-eol-stack-hint", RULE_NA);
    w.client_hello.has_early_data = true;
    w.client_hello.has_supported_versions = true;
    expect(&w, "roles: {no-0rtt: [pay.example.test]}", "proto-zero-rtt", RULE_HIT);
    assert_int_equal(w.answer.severity, SEV_INFO);
    expect(&w, "roles: {no-0rtt: [www.example.test]}", "proto-zero-rtt", RULE_HIT);
    assert_int_equal(w.answer.severity, SEV_LOW);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_unowned),
            cmocka_unit_test(test_key_sizes),
            cmocka_unit_test(test_curves),
            cmocka_unit_test(test_dh),
            cmocka_unit_test(test_groups),
            cmocka_unit_test(test_suites),
            cmocka_unit_test(test_post_quantum),
            cmocka_unit_test(test_expiring),
            cmocka_unit_test(test_not_yet_valid),
            cmocka_unit_test(test_capture),
            cmocka_unit_test(test_reset),
            cmocka_unit_test(test_names),
            cmocka_unit_test(test_windows),
            cmocka_unit_test(test_shares),
            cmocka_unit_test(test_counts),
            cmocka_unit_test(test_roles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
