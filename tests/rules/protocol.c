/* Rules about what the hellos offer and choose. */
#include "tests/rules/build.h"

#define B(s) ((struct bytes){(const uint8_t *)(s), sizeof(s) - 1})

static uint8_t sentinel[32] = {[24] = 'D', 'O', 'W', 'N', 'G', 'R', 'D', 1};

static void test_sentinel(void **state)
{
    (void)state;
    const struct {
        const char *name;
        struct bytes offered; /* n 0: legacy_version alone */
        uint16_t legacy, chosen;
        enum downgrade sentinel;
        enum verdict verdict;
    } rows[] = {
            {"1.3 offered, 1.2 chosen", B("\x0a\x0a\x03\x04\x03\x03"), TLS_1_2, TLS_1_2,
                    DOWNGRADE_TLS12, RULE_HIT},
            {"no sentinel", B("\x03\x04\x03\x03"), TLS_1_2, TLS_1_2, DOWNGRADE_NONE, RULE_PASS},
            {"1.3 not offered", {NULL, 0}, TLS_1_2, TLS_1_2, DOWNGRADE_TLS12, RULE_PASS},
            {"only a draft offered", B("\x7f\x1c\x03\x03"), TLS_1_2, TLS_1_2, DOWNGRADE_TLS12,
                    RULE_PASS},
            {"1.2 offered, 1.1 chosen", {NULL, 0}, TLS_1_2, TLS_1_1, DOWNGRADE_TLS11, RULE_HIT},
            {"1.1 offered, 1.0 chosen", {NULL, 0}, TLS_1_1, TLS_1_0, DOWNGRADE_TLS11, RULE_PASS},
            {"1.3 offered, 1.0 chosen", B("\x03\x04\x03\x03"), TLS_1_2, TLS_1_0, DOWNGRADE_TLS11,
                    RULE_HIT},
            {"1.3 chosen", B("\x03\x04\x03\x03"), TLS_1_2, TLS_1_3, DOWNGRADE_TLS12, RULE_NA},
            {"SSL 2.0", {NULL, 0}, TLS_1_2, TLS_SSLV2, DOWNGRADE_TLS11, RULE_NA},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world w;
        world_init(&w);
        w.client_hello.has_supported_versions = rows[i].offered.n > 0;
        w.client_hello.supported_versions = rows[i].offered;
        w.client_hello.legacy_version = rows[i].legacy;
        w.hs.version = rows[i].chosen;
        w.server_hello.downgrade = rows[i].sentinel;
        w.server_hello.random = (struct bytes){sentinel, 32};
        if (world_check(&w, "proto-downgrade-sentinel") != rows[i].verdict)
            fail_msg("%s", rows[i].name);
        if (rows[i].verdict == RULE_HIT)
            assert_memory_equal(w.answer.evidence[0].bytes, "DOWNGRD\1", 8);
    }
}

/* What needs both hellos says nothing without them, and nothing about hellos that do not parse. */
static void test_hellos_missing(void **state)
{
    (void)state;
    static const char *const ids[] = {"proto-downgrade-sentinel", "proto-no-secure-renegotiation",
            "proto-no-ems", "proto-compression"};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        struct world w;
        check_without_hello(ids[i]);
        world_init(&w);
        w.hs.client_hello = NULL;
        CHECK(&w, ids[i], RULE_UNDETERMINED);
        world_init(&w);
        w.server_hello.is_malformed = true;
        CHECK(&w, ids[i], RULE_UNDETERMINED);
        world_init(&w);
        w.client_hello.is_malformed = true;
        CHECK(&w, ids[i], RULE_UNDETERMINED);
        world_init(&w);
        w.hs.is_ambiguous = true;
        CHECK(&w, ids[i], RULE_UNDETERMINED);
        world_init(&w);
        w.hs.version = TLS_SSLV2;
        CHECK(&w, ids[i], RULE_NA);
        w.hs.version = TLS_1_3;
        CHECK(&w, ids[i], RULE_NA);
    }
}

static void test_fallback(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    CHECK(&w, "proto-fallback-scsv", RULE_NA);
    w.client_hello.has_fallback_scsv = true;
    w.client_hello.legacy_version = TLS_1_1;
    CHECK(&w, "proto-fallback-scsv", RULE_PASS);
    w.hs.sides[SIDE_SERVER].n_alerts = 1;
    w.alerts[SIDE_SERVER][0] = (struct alert){.level = 2, .description = 40};
    CHECK(&w, "proto-fallback-scsv", RULE_PASS);
    w.alerts[SIDE_SERVER][0].description = 86;
    CHECK(&w, "proto-fallback-scsv", RULE_HIT);
    assert_int_equal(w.answer.severity, SEV_HIGH);
    assert_string_equal(w.answer.subject, w.hs.prints.ja4);
    w.client_hello.has_fallback_scsv =
            false; /* an alert without the value is about something else */
    CHECK(&w, "proto-fallback-scsv", RULE_NA);
    w.hs.client_hello = NULL;
    CHECK(&w, "proto-fallback-scsv", RULE_NA);
}

static void test_renegotiation(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    CHECK(&w, "proto-no-secure-renegotiation", RULE_NA);
    w.client_hello.has_renegotiation_scsv = true;
    CHECK(&w, "proto-no-secure-renegotiation", RULE_HIT);
    w.client_hello.has_renegotiation_scsv = false;
    w.client_hello.has_renegotiation_info = true;
    CHECK(&w, "proto-no-secure-renegotiation", RULE_HIT);
    w.hs.sides[SIDE_SERVER].n_gaps = 1; /* behind whole hellos */
    CHECK(&w, "proto-no-secure-renegotiation", RULE_HIT);
    w.server_hello.has_renegotiation_info = true;
    CHECK(&w, "proto-no-secure-renegotiation", RULE_PASS);
}

static void test_ems(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    w.client_hello.has_extended_master_secret = true;
    w.server_hello.has_extended_master_secret = true;
    CHECK(&w, "proto-no-ems", RULE_PASS);
    w.server_hello.has_extended_master_secret = false;
    CHECK(&w, "proto-no-ems", RULE_HIT);
    assert_int_equal(w.answer.severity, SEV_MEDIUM);
    w.client_hello.has_extended_master_secret = false;
    CHECK(&w, "proto-no-ems", RULE_HIT);
    assert_int_equal(w.answer.severity, SEV_LOW);
    assert_string_equal(w.answer.subject, w.hs.prints.ja4);
    w.hs.outcome = OUTCOME_SCAN;
    CHECK(&w, "proto-no-ems", RULE_NA);
    w.hs.outcome = OUTCOME_SUCCESS;
    w.hs.version = TLS_SSLV3;
    CHECK(&w, "proto-no-ems", RULE_NA);
}

static void test_compression(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    CHECK(&w, "proto-compression", RULE_PASS);
    w.server_hello.compression = 1;
    CHECK(&w, "proto-compression", RULE_HIT);
    assert_non_null(strstr(w.answer.summary, "DEFLATE"));
}

static void test_legacy(void **state)
{
    (void)state;
    const struct {
        struct bytes offered;
        uint16_t legacy;
        enum verdict verdict;
    } rows[] = {
            {{NULL, 0}, TLS_1_2, RULE_PASS}, {{NULL, 0}, TLS_1_1, RULE_HIT},
            {{NULL, 0}, TLS_SSLV3, RULE_HIT}, {{NULL, 0}, TLS_SSLV2, RULE_HIT},
            {B("\x03\x02\x03\x01"), TLS_1_2, RULE_HIT},
            {B("\x5a\x5a\x03\x02"), TLS_1_2, RULE_HIT}, /* GREASE is no version */
            {B("\x03\x03"), TLS_1_1, RULE_PASS},
            {B("\x7f\x17"), TLS_1_0, RULE_PASS}, /* a draft of 1.3 */
    };
    struct world w;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        world_init(&w);
        w.client_hello.has_supported_versions = rows[i].offered.n > 0;
        w.client_hello.supported_versions = rows[i].offered;
        w.client_hello.legacy_version = rows[i].legacy;
        if (world_check(&w, "proto-client-legacy") != rows[i].verdict)
            fail_msg("row %zu", i);
    }
    world_init(&w);
    w.client_hello.legacy_version = TLS_1_0;
    w.client_hello.has_fallback_scsv = true;
    CHECK(&w, "proto-client-legacy", RULE_PASS);
}

static void test_client_says(void **state)
{
    (void)state;
    static const char *const ids[] = {"proto-zero-rtt", "proto-ech-offered", "proto-client-legacy"};
    struct world w;
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        world_init(&w);
        w.hs.outcome = OUTCOME_SCAN;
        CHECK(&w, ids[i], RULE_NA);
        w.hs.outcome = OUTCOME_ABANDONED;
        CHECK(&w, ids[i], RULE_NA);
        world_init(&w);
        w.hs.client_hello = NULL;
        CHECK(&w, ids[i], RULE_NA);
    }
    world_init(&w);
    CHECK(&w, "proto-zero-rtt", RULE_PASS);
    w.client_hello.has_early_data = true;
    w.hs.times.client_data_us = w.hs.times.server_hello_us = TIME_NONE;
    CHECK(&w, "proto-zero-rtt", RULE_HIT);
    assert_null(strstr(w.answer.summary, "sent"));
    w.hs.times.client_data_us = NOW;
    CHECK(&w, "proto-zero-rtt", RULE_HIT);
    assert_non_null(strstr(w.answer.summary, "sent"));
    w.hs.times.server_hello_us = NOW - 1;
    CHECK(&w, "proto-zero-rtt", RULE_HIT);
    assert_null(strstr(w.answer.summary, "sent"));
    /* A HelloRetryRequest ends them: the first hello had offered. */
    struct client_hello first = w.client_hello;
    w.client_hello.has_early_data = false;
    w.hs.client_hello_first = &first;
    CHECK(&w, "proto-zero-rtt", RULE_HIT);
    world_init(&w);
    CHECK(&w, "proto-ech-offered", RULE_PASS);
    w.client_hello.has_ech = true;
    CHECK(&w, "proto-ech-offered", RULE_HIT);
    w.client_hello.ech.is_inner = true; /* may only stand inside */
    CHECK(&w, "proto-ech-offered", RULE_PASS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_sentinel),
            cmocka_unit_test(test_hellos_missing), cmocka_unit_test(test_fallback),
            cmocka_unit_test(test_renegotiation), cmocka_unit_test(test_ems),
            cmocka_unit_test(test_compression), cmocka_unit_test(test_legacy),
            cmocka_unit_test(test_client_says)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
