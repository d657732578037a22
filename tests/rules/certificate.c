/* Rules about the certificates that a server sent. */
#include "tests/rules/build.h"

static void test_expired(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    CHECK(&w, "cert-expired", RULE_PASS);
    w.certs[0].not_after_us = NOW; /* RFC 5280 4.1.2.5: inclusive */
    CHECK(&w, "cert-expired", RULE_PASS);
    w.certs[0].not_after_us = NOW - 1;
    CHECK(&w, "cert-expired", RULE_HIT);
    assert_int_equal(w.answer.severity, SEV_CRITICAL);
    assert_ptr_equal(w.answer.certificate, &w.certs[0]);
    w.certs[0].not_after_us = INT64_MAX;
    CHECK(&w, "cert-expired", RULE_PASS);
    w.certs[0].is_parsed = false;
    CHECK(&w, "cert-expired", RULE_UNDETERMINED);
    check_without_certificate("cert-expired");
    world_init(&w);
    w.certs[1].not_after_us = NOW - DAY; /* not the leaf */
    CHECK(&w, "cert-expired", RULE_PASS);
}

/* Which of the three steps answers, for a lifetime and what is left of it. */
static void test_expiring(void **state)
{
    (void)state;
    static const struct {
        int64_t lifetime, left;
        const char *hit;
    } rows[] = {
            {365 * DAY, 31 * DAY, NULL},
            {365 * DAY, 30 * DAY, NULL},
            {365 * DAY, 30 * DAY - 1, "cert-expiring-30d"},
            {365 * DAY, 7 * DAY, "cert-expiring-30d"},
            {365 * DAY, 7 * DAY - 1, "cert-expiring-7d"},
            {365 * DAY, DAY, "cert-expiring-7d"},
            {365 * DAY, DAY - 1, "cert-expiring-1d"},
            {365 * DAY, 0, "cert-expiring-1d"},
            {91 * DAY, 29 * DAY, "cert-expiring-30d"},
            {90 * DAY, 29 * DAY, NULL},
            {90 * DAY, 27 * DAY, NULL},
            {90 * DAY, 27 * DAY - 1, "cert-expiring-30d"},
            {90 * DAY, 6 * DAY, "cert-expiring-7d"},
            {48 * DAY, 7 * DAY - 1, "cert-expiring-7d"},
            {36 * DAY, 6 * DAY, NULL}, /* a sixth of the lifetime */
            {36 * DAY, 6 * DAY - 1, "cert-expiring-7d"},
            {47 * DAY, 13 * DAY, NULL},
            {45 * DAY, 12 * DAY - 1, "cert-expiring-30d"},
            {6 * DAY, 3 * DAY, NULL},
            {10 * DAY, DAY, "cert-expiring-7d"},
            {10 * DAY, DAY - 1, "cert-expiring-1d"},
            {6 * DAY, 20 * HOUR, NULL}, /* below a day, above a tenth */
            {6 * DAY, 14 * HOUR, "cert-expiring-1d"},
    };
    static const char *const ids[] = {"cert-expiring-1d", "cert-expiring-7d", "cert-expiring-30d"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world w;
        world_init(&w);
        w.certs[0].not_after_us = NOW + rows[i].left;
        w.certs[0].not_before_us = w.certs[0].not_after_us - rows[i].lifetime;
        for (size_t k = 0; k < 3; k++) {
            bool is_hit = rows[i].hit != NULL && strcmp(rows[i].hit, ids[k]) == 0;
            if (world_check(&w, ids[k]) != (is_hit ? RULE_HIT : RULE_PASS))
                fail_msg("row %zu: %s", i, ids[k]);
        }
    }
}

/* NOW is 2026-09-21 14:13:20 UTC. */
static void test_how_long(void **state)
{
    (void)state;
    static const struct {
        int64_t left;
        const char *text;
    } rows[] = {
            {-1000000, "on 2026-09-21 14:13:19 UTC, less than a minute before 2026-09-21 14:13:20"},
            {-90 * INT64_C(1000000), "expired on 2026-09-21 14:11:50 UTC, a minute before"},
            {-DAY, "on 2026-09-20 14:13:20 UTC, 24 hours before 2026-09-21 14:13:20 UTC"},
            {-2 * DAY + 1, "47 hours before 2026-09-21 14:13:20 UTC"},
            {-2 * DAY, "expired on 2026-09-19, 2 days before 2026-09-21"},
            {0, "expires on 2026-09-21 14:13:20 UTC, in less than a minute"},
            {40 * HOUR / 60, "expires on 2026-09-21 14:53:20 UTC, in 40 minutes"},
            {2 * HOUR - 1, "in 119 minutes"},
            {2 * HOUR, "in 2 hours"},
            {2 * DAY - 1, "expires on 2026-09-23 14:13:19 UTC, in 47 hours"},
            {2 * DAY, "expires on 2026-09-23, in 2 days"},
    };
    static const char *const ids[] = {"cert-expired", "cert-expiring-1d", "cert-expiring-7d"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world w;
        world_init(&w);
        w.certs[0].not_after_us = NOW + rows[i].left;
        CHECK(&w, ids[rows[i].left < 0 ? 0 : rows[i].left < DAY ? 1 : 2], RULE_HIT);
        if (strstr(w.answer.summary, rows[i].text) == NULL)
            fail_msg("row %zu: %s", i, w.answer.summary);
    }
}

static void test_expiring_others(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    w.certs[0].not_after_us = NOW - DAY;
    CHECK(&w, "cert-expiring-1d", RULE_NA); /* has expired */
    w.certs[0].not_after_us = INT64_MAX;
    CHECK(&w, "cert-expiring-1d", RULE_NA);
    check_without_certificate("cert-expiring-1d");
    check_without_certificate("cert-expiring-7d");
    check_without_certificate("cert-expiring-30d");
    /* The service has shown a newer one already. */
    world_init(&w);
    w.history = w.facts.history = history_new();
    world_learn(&w, &w.certs[0], NOW - HOUR);
    w.certs[0].not_after_us = NOW + HOUR;
    CHECK(&w, "cert-expiring-1d", RULE_PASS);
    w.certs[0].key_type = KEY_EC; /* the other of a pair is not renewed by that */
    CHECK(&w, "cert-expiring-1d", RULE_HIT);
    w.certs[0].key_type = KEY_RSA;
    w.san.value = text_bytes("www.example.org"); /* nor one by a default certificate */
    CHECK(&w, "cert-expiring-1d", RULE_HIT);
    history_free(w.history);
}

static void test_not_yet_valid(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    CHECK(&w, "cert-not-yet-valid", RULE_PASS);
    w.certs[0].not_before_us = NOW + 300 * INT64_C(1000000);
    CHECK(&w, "cert-not-yet-valid", RULE_PASS);
    w.certs[0].not_before_us++;
    CHECK(&w, "cert-not-yet-valid", RULE_HIT);
    assert_true(w.answer.confidence > 0.99);
    w.certs[0].not_before_us = NOW + 366 * DAY;
    CHECK(&w, "cert-not-yet-valid", RULE_HIT);
    assert_int_equal(w.answer.severity, SEV_HIGH);
    w.certs[0].not_before_us++; /* whose clock is wrong? */
    CHECK(&w, "cert-not-yet-valid", RULE_HIT);
    assert_int_equal(w.answer.severity, SEV_LOW);
    assert_true(w.answer.confidence < 0.5);
    check_without_certificate("cert-not-yet-valid");
}

static void test_self_signed(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    CHECK(&w, "cert-self-signed", RULE_PASS);
    w.certs[0].self_signed = SELF_SIGNED_YES;
    CHECK(&w, "cert-self-signed", RULE_HIT);
    assert_int_equal(w.answer.severity, SEV_MEDIUM);
    w.certs[0].self_signed = SELF_SIGNED_UNVERIFIED;
    CHECK(&w, "cert-self-signed", RULE_UNDETERMINED);
    w.certs[0].self_signed = SELF_SIGNED_YES;
    w.server_hello.has_alpn = true;
    w.server_hello.alpn = text_bytes("acme-tls/1");
    CHECK(&w, "cert-self-signed", RULE_NA);
    check_without_certificate("cert-self-signed");
    /* High when the service had a CA's certificate before. */
    world_init(&w);
    w.history = w.facts.history = history_new();
    world_learn(&w, &w.certs[0], NOW - HOUR);
    w.certs[0].self_signed = SELF_SIGNED_YES;
    CHECK(&w, "cert-self-signed", RULE_HIT);
    assert_int_equal(w.answer.severity, SEV_HIGH);
    history_free(w.history);
}

static void test_rsa_short(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    CHECK(&w, "cert-key-rsa-short", RULE_PASS);
    w.certs[0].key_bits = 2047;
    CHECK(&w, "cert-key-rsa-short", RULE_HIT);
    world_init(&w);
    w.certs[1].key_bits = 1024; /* an intermediate */
    CHECK(&w, "cert-key-rsa-short", RULE_HIT);
    assert_ptr_equal(w.answer.certificate, &w.certs[1]);
    world_init(&w);
    w.certs[2].key_bits = 1024; /* a root */
    CHECK(&w, "cert-key-rsa-short", RULE_PASS);
    for (int i = 0; i < 3; i++)
        w.certs[i].key_type = KEY_EC;
    CHECK(&w, "cert-key-rsa-short", RULE_NA);
    check_without_certificate("cert-key-rsa-short");
}

static void test_weak_signature(void **state)
{
    (void)state;
    static const struct {
        enum sig_hash hash;
        enum verdict sha1, md5;
    } rows[] = {{SIG_SHA2, RULE_PASS, RULE_PASS}, {SIG_SHA1, RULE_HIT, RULE_PASS},
            {SIG_MD5, RULE_PASS, RULE_HIT}, {SIG_MD4, RULE_PASS, RULE_HIT},
            {SIG_MD2, RULE_PASS, RULE_HIT}, {SIG_INTRINSIC, RULE_PASS, RULE_PASS}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int at = 0; at < 2; at++) {
            struct world w;
            world_init(&w);
            w.certs[at].sig_hash = rows[i].hash;
            CHECK(&w, "cert-sig-sha1", rows[i].sha1);
            CHECK(&w, "cert-sig-md5", rows[i].md5);
        }
    struct world w;
    world_init(&w);
    w.certs[2].sig_hash = SIG_SHA1; /* a root */
    CHECK(&w, "cert-sig-sha1", RULE_PASS);
    w.facts.n_chain = 1;
    w.certs[0].self_signed = SELF_SIGNED_YES;
    w.certs[0].sig_hash = SIG_MD5;
    CHECK(&w, "cert-sig-sha1", RULE_NA);
    CHECK(&w, "cert-sig-md5", RULE_NA);
    check_without_certificate("cert-sig-sha1");
    check_without_certificate("cert-sig-md5");
}

static void test_no_san(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    CHECK(&w, "cert-no-san", RULE_PASS);
    w.san.type = SAN_IP;
    CHECK(&w, "cert-no-san", RULE_PASS);
    w.san.type = SAN_URI; /* SPIFFE */
    CHECK(&w, "cert-no-san", RULE_NA);
    w.san.type = SAN_EMAIL;
    CHECK(&w, "cert-no-san", RULE_HIT);
    w.certs[0].n_sans = 0;
    w.certs[0].has_san = false;
    CHECK(&w, "cert-no-san", RULE_HIT);
    w.certs[0].has_eku = true;
    w.certs[0].eku = EKU_SERVER_AUTH;
    CHECK(&w, "cert-no-san", RULE_HIT);
    w.certs[0].eku = EKU_CLIENT_AUTH;
    CHECK(&w, "cert-no-san", RULE_NA);
    w.certs[0].problem = "extensions";
    CHECK(&w, "cert-no-san", RULE_UNDETERMINED);
    check_without_certificate("cert-no-san");
}

static void test_name_mismatch(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    CHECK(&w, "name-mismatch", RULE_PASS);
    w.facts.name_match = NAME_FACT_MISMATCH;
    CHECK(&w, "name-mismatch", RULE_HIT);
    assert_int_equal(w.answer.severity, SEV_HIGH);
    w.client_hello.has_ech = true; /* cannot have been accepted */
    CHECK(&w, "name-mismatch", RULE_HIT);
    w.hs.version = TLS_1_3;
    CHECK(&w, "name-mismatch", RULE_UNDETERMINED);
    w.hs.version = TLS_1_2;
    w.hs.sides[SIDE_SERVER].endpoint.port = 25;
    CHECK(&w, "name-mismatch", RULE_HIT);
    assert_int_equal(w.answer.severity, SEV_MEDIUM);
    w.client_hello.sni = text_bytes("192.0.2.1");
    CHECK(&w, "name-mismatch", RULE_NA);
    w.client_hello.sni = text_bytes("2001:db8::1");
    CHECK(&w, "name-mismatch", RULE_NA);
    w.facts.name_match = NAME_FACT_NONE;
    CHECK(&w, "name-mismatch", RULE_NA);
    w.facts.name_match = NAME_FACT_NOT_COMPARABLE;
    CHECK(&w, "name-mismatch", RULE_NA);
    world_init(&w);
    w.facts.name_match = NAME_FACT_MISMATCH;
    w.certs[0].n_sans_dropped = 1;
    CHECK(&w, "name-mismatch", RULE_UNDETERMINED);
    w.certs[0].n_sans_dropped = 0;
    w.certs[0].n_sans = 0;
    CHECK(&w, "name-mismatch", RULE_NA); /* cert-no-san says it */
    check_without_certificate("name-mismatch");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_expired),
            cmocka_unit_test(test_expiring), cmocka_unit_test(test_how_long),
            cmocka_unit_test(test_expiring_others), cmocka_unit_test(test_not_yet_valid),
            cmocka_unit_test(test_self_signed), cmocka_unit_test(test_rsa_short),
            cmocka_unit_test(test_weak_signature), cmocka_unit_test(test_no_san),
            cmocka_unit_test(test_name_mismatch)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
