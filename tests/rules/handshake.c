/* Rules about what was negotiated and how it ended, and about the capture itself. */
#include "tests/rules/build.h"

static void test_versions(void **state)
{
    (void)state;
    static const struct {
        uint16_t version;
        const char *hit;
    } rows[] = {{TLS_SSLV2, "proto-sslv2"}, {TLS_SSLV3, "proto-sslv3"}, {TLS_1_0, "proto-tls10"},
            {TLS_1_1, "proto-tls11"}, {TLS_1_2, ""}, {TLS_1_3, ""}};
    static const char *const ids[] = {"proto-sslv2", "proto-sslv3", "proto-tls10", "proto-tls11"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t k = 0; k < sizeof ids / sizeof *ids; k++) {
            struct world w;
            world_init(&w);
            w.hs.version = rows[i].version;
            bool is_hit = strcmp(ids[k], rows[i].hit) == 0;
            CHECK(&w, ids[k], is_hit ? RULE_HIT : RULE_PASS);
        }
    for (size_t k = 0; k < sizeof ids / sizeof *ids; k++)
        check_without_hello(ids[k]);
}

/* Suites by their IANA numbers, and which of the rules they break. */
static void test_suites(void **state)
{
    (void)state;
    static const struct {
        uint16_t suite;
        const char *hits;
        enum severity severity; /* of the last one named */
    } rows[] = {
            {0xc02f, "", SEV_INFO},
            {0x1301, "", SEV_INFO},
            {0x0000, "cipher-null", SEV_CRITICAL},
            {0x0002, "kex-static-rsa cipher-null", SEV_CRITICAL},
            {0xc006, "cipher-null", SEV_CRITICAL},
            {0xc0b4, "cipher-null", SEV_MEDIUM},
            {0xc019, "cipher-anon", SEV_CRITICAL},
            {0x0018, "cipher-rc4 cipher-anon", SEV_CRITICAL},
            {0x0003, "kex-static-rsa cipher-rc4 cipher-export", SEV_CRITICAL},
            {0x0014, "cipher-des-3des cipher-export", SEV_CRITICAL},
            {0x0005, "kex-static-rsa cipher-rc4", SEV_HIGH},
            {0xc011, "cipher-rc4", SEV_HIGH},
            {0x000a, "kex-static-rsa cipher-des-3des", SEV_MEDIUM},
            {0x0009, "kex-static-rsa cipher-des-3des", SEV_HIGH},
            {0x0007, "kex-static-rsa cipher-des-3des", SEV_HIGH},
            {0x0016, "cipher-des-3des", SEV_MEDIUM},
            {0x009c, "kex-static-rsa", SEV_HIGH},
            {0x009e, "", SEV_INFO},
    };
    static const char *const ids[] = {"cipher-null", "cipher-anon", "cipher-export", "cipher-rc4",
            "cipher-des-3des", "kex-static-rsa"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t k = 0; k < sizeof ids / sizeof *ids; k++) {
            struct world w;
            world_init(&w);
            w.hs.cipher_suite = rows[i].suite;
            const char *at = strstr(rows[i].hits, ids[k]);
            enum verdict v = world_check(&w, ids[k]);
            if (v != (at != NULL ? RULE_HIT : RULE_PASS))
                fail_msg("suite 0x%04x: %s gives %d", rows[i].suite, ids[k], (int)v);
            if (at != NULL && strcmp(at, ids[k]) == 0)
                assert_int_equal(w.answer.severity, rows[i].severity);
        }
    for (size_t k = 0; k < sizeof ids / sizeof *ids; k++)
        check_without_hello(ids[k]);
}

static void test_suites_others(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    w.hs.cipher_suite = 0xfefe; /* not assigned */
    CHECK(&w, "cipher-null", RULE_NA);
    CHECK(&w, "kex-static-rsa", RULE_NA);
    world_init(&w);
    w.hs.version = TLS_1_3;
    CHECK(&w, "kex-static-rsa", RULE_NA);
    world_init(&w);
    w.hs.version = TLS_SSLV2; /* its ciphers are no suites: 0 is not NULL_WITH_NULL_NULL */
    w.hs.cipher_suite = 0;
    CHECK(&w, "cipher-null", RULE_NA);
    CHECK(&w, "kex-static-rsa", RULE_NA);
    world_init(&w);
    w.hs.cipher_suite = 0xc019;
    w.hs.sides[SIDE_SERVER].endpoint.port = 25; /* opportunistic */
    CHECK(&w, "cipher-anon", RULE_HIT);
    assert_int_equal(w.answer.severity, SEV_MEDIUM);
}

static void test_dh(void **state)
{
    (void)state;
    static const struct {
        size_t zeros, bytes; /* leading zero bytes do not count */
        uint8_t top;
        enum verdict verdict;
        enum severity severity;
    } rows[] = {
            {0, 256, 0x80, RULE_PASS, SEV_HIGH},
            {1, 256, 0x80, RULE_PASS, SEV_HIGH},
            {0, 256, 0x40, RULE_HIT, SEV_HIGH},
            {1, 128, 0x80, RULE_HIT, SEV_HIGH},
            {0, 128, 0x7f, RULE_HIT, SEV_CRITICAL},
            {0, 64, 0xff, RULE_HIT, SEV_CRITICAL},
            {0, 384, 0x80, RULE_PASS, SEV_HIGH},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t p[512] = {0};
        struct world w;
        world_init(&w);
        p[rows[i].zeros] = rows[i].top;
        w.exchange.kind = SKE_DHE;
        w.exchange.dh_p = (struct bytes){p, rows[i].zeros + rows[i].bytes};
        w.hs.server_key_exchange = &w.exchange;
        CHECK(&w, "kex-dh-weak-size", rows[i].verdict);
        if (rows[i].verdict == RULE_HIT)
            assert_int_equal(w.answer.severity, rows[i].severity);
        w.exchange.is_malformed = true;
        CHECK(&w, "kex-dh-weak-size", RULE_UNDETERMINED);
        w.exchange.kind = SKE_ECDHE;
        CHECK(&w, "kex-dh-weak-size", RULE_NA);
    }
}

/* An ending that is undetermined, abandoned or a scan is nobody's failure. */
static void check_endings(const char *id)
{
    struct world w;
    world_init(&w);
    CHECK(&w, id, RULE_PASS);
    w.hs.outcome = OUTCOME_ABANDONED;
    CHECK(&w, id, RULE_NA);
    w.hs.outcome = OUTCOME_SCAN;
    CHECK(&w, id, RULE_NA);
    w.hs.outcome = OUTCOME_UNDETERMINED;
    w.hs.undetermined = UNDETERMINED_GAP;
    CHECK(&w, id, RULE_UNDETERMINED);
}

static void test_alert(void **state)
{
    (void)state;
    struct world w;
    check_endings("interop-fatal-alert");
    world_init(&w);
    w.hs.outcome = OUTCOME_FAIL_ALERT_CLIENT;
    w.hs.sides[SIDE_CLIENT].n_alerts = 2;
    w.alerts[SIDE_CLIENT][0] = (struct alert){.level = 1, .description = 0};
    w.alerts[SIDE_CLIENT][1] = (struct alert){.level = 2, .description = 48};
    CHECK(&w, "interop-fatal-alert", RULE_HIT);
    assert_non_null(strstr(w.answer.summary, "48"));
    assert_non_null(strstr(w.answer.summary, "unknown_ca"));
    assert_non_null(strstr(w.answer.subject, "client 48"));
    assert_int_equal(w.answer.evidence[0].bytes[1], 48);
    /* close_notify and user_canceled alone are no failure. */
    w.hs.sides[SIDE_CLIENT].n_alerts = 1;
    CHECK(&w, "interop-fatal-alert", RULE_PASS);
    w.alerts[SIDE_CLIENT][0].description = 90;
    CHECK(&w, "interop-fatal-alert", RULE_PASS);
}

static void test_reset(void **state)
{
    (void)state;
    struct world w;
    check_endings("interop-reset-mid-handshake");
    static const enum outcome broken[] = {OUTCOME_FAIL_RESET_CLIENT, OUTCOME_FAIL_RESET_SERVER,
            OUTCOME_FAIL_CLOSED_CLIENT, OUTCOME_FAIL_CLOSED_SERVER, OUTCOME_FAIL_RESET_THIRD_PARTY};
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        world_init(&w);
        w.hs.outcome = broken[i];
        CHECK(&w, "interop-reset-mid-handshake", RULE_HIT);
    }
    world_init(&w); /* an answer in another language is named */
    w.hs.outcome = OUTCOME_FAIL_CLOSED_SERVER;
    w.hs.server_hello = NULL;
    w.hs.malformed = TLS_NO_RECORD;
    w.hs.malformed_side = SIDE_SERVER;
    w.hs.malformed_bytes = text_bytes("<!DOCTYPE HTML>");
    CHECK(&w, "interop-reset-mid-handshake", RULE_HIT);
    assert_non_null(strstr(w.answer.summary, "of the server bytes that are no TLS"));
    w.hs.malformed_side = SIDE_CLIENT;
    CHECK(&w, "interop-reset-mid-handshake", RULE_HIT);
    assert_null(strstr(w.answer.summary, "no TLS"));
    world_init(&w);
    w.hs.outcome = OUTCOME_FAIL_ALERT_SERVER;
    CHECK(&w, "interop-reset-mid-handshake", RULE_PASS);
    /* One in a hundred is tolerated, more is not; ten minutes later the good ones are forgotten. */
    w.history = w.facts.history = history_new();
    w.hs.outcome = OUTCOME_SUCCESS;
    for (int i = 0; i < 98; i++)
        world_learn(&w, NULL, NOW);
    w.hs.outcome = OUTCOME_FAIL_RESET_SERVER;
    CHECK(&w, "interop-reset-mid-handshake", RULE_HIT); /* 1 of 99 */
    w.hs.outcome = OUTCOME_SUCCESS;
    world_learn(&w, NULL, NOW);
    w.hs.outcome = OUTCOME_FAIL_RESET_SERVER;
    CHECK(&w, "interop-reset-mid-handshake", RULE_PASS); /* 1 of 100 */
    w.hs.last_us = NOW + 11 * 60 * INT64_C(1000000);
    CHECK(&w, "interop-reset-mid-handshake", RULE_HIT);
    history_free(w.history);
}

static void test_timeout(void **state)
{
    (void)state;
    struct world w;
    check_endings("ops-handshake-timeout");
    static const struct {
        enum outcome outcome;
        const char *who;
    } rows[] = {{OUTCOME_FAIL_TIMEOUT_CLIENT, "client"}, {OUTCOME_FAIL_TIMEOUT_SERVER, "server"},
            {OUTCOME_FAIL_TIMEOUT_PATH, "path"}};
    for (size_t i = 0; i < 3; i++) {
        world_init(&w);
        w.hs.outcome = rows[i].outcome;
        CHECK(&w, "ops-handshake-timeout", RULE_HIT);
        assert_int_equal(strncmp(w.answer.subject, rows[i].who, strlen(rows[i].who)), 0);
    }
}

static void test_coverage(void **state)
{
    (void)state;
    static const struct {
        uint64_t connections, one_sided;
        enum verdict verdict;
    } sides[] = {{0, 0, RULE_NA}, {10, 0, RULE_PASS}, {10, 2, RULE_PASS}, {10, 3, RULE_HIT},
            {1, 1, RULE_HIT}};
    static const struct {
        uint64_t payload, gaps, frames, drops;
        bool has_drops;
        enum verdict verdict;
    } losses[] = {{1000000, 0, 1000, 0, false, RULE_PASS},
            {1000000, 1000, 1000, 0, false, RULE_PASS}, {1000000, 1100, 1000, 0, false, RULE_HIT},
            {1000000, 1002, 1000, 0, false, RULE_HIT}, {400, 600, 1000, 0, false, RULE_HIT},
            {1000000, 0, 999, 1, true, RULE_PASS}, {1000000, 0, 998, 2, true, RULE_HIT},
            {1000000, 0, 998, 2, false, RULE_PASS}};
    struct world w;
    world_init(&w);
    w.facts = (struct rule_facts){.at_us = NOW, .coverage = &w.coverage};
    snprintf(w.coverage.input_name, sizeof w.coverage.input_name, "x.pcap");
    for (size_t i = 0; i < sizeof sides / sizeof *sides; i++) {
        w.coverage.n_connections = sides[i].connections;
        w.coverage.n_one_sided = sides[i].one_sided;
        CHECK(&w, "ops-one-sided-capture", sides[i].verdict);
    }
    w.coverage.n_connections = 0;
    CHECK(&w, "ops-capture-loss", RULE_NA);
    w.coverage.n_connections = 5;
    for (size_t i = 0; i < sizeof losses / sizeof *losses; i++) {
        w.coverage.payload_bytes = losses[i].payload;
        w.coverage.gap_bytes = losses[i].gaps;
        w.coverage.frames = losses[i].frames;
        w.coverage.drops = losses[i].drops;
        w.coverage.has_drops = losses[i].has_drops;
        if (world_check(&w, "ops-capture-loss") != losses[i].verdict)
            fail_msg("loss row %zu", i);
        if (losses[i].gaps > losses[i].payload)
            assert_non_null(
                    strstr(w.answer.summary, "600 bytes of TLS connections are missing (60.00 %)"));
    }
    w.coverage.gap_bytes = w.coverage.payload_bytes;
    CHECK(&w, "ops-capture-loss", RULE_HIT);
    assert_false(w.answer.has_seen);
    w.coverage.has_lost = true;
    w.coverage.lost_from_us = NOW - HOUR;
    w.coverage.lost_to_us = NOW;
    CHECK(&w, "ops-capture-loss", RULE_HIT);
    assert_true(w.answer.has_seen);
    assert_true(w.answer.seen_from_us == NOW - HOUR && w.answer.seen_to_us == NOW);
    assert_true(w.answer.evidence[0].window_from_us == NOW - HOUR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_versions),
            cmocka_unit_test(test_suites), cmocka_unit_test(test_suites_others),
            cmocka_unit_test(test_dh), cmocka_unit_test(test_alert), cmocka_unit_test(test_reset),
            cmocka_unit_test(test_timeout), cmocka_unit_test(test_coverage)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
