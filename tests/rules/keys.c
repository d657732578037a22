/* Rules about the keys of certificates, whoever serves them, and about back-dating. */
#include "tests/rules/judged.h"

static void check_rsa_rule(const char *id, unsigned flag, enum severity severity)
{
    struct judged d;
    for (int at = 0; at < 2; at++) {
        judged_init(&d);
        d.keys[at].rsa.weak = flag;
        CHECK(&d.w, id, RULE_HIT);
        assert_int_equal(d.w.answer.severity, severity);
        assert_ptr_equal(d.w.answer.certificate, &d.w.certs[at]);
    }
    judged_init(&d);
    d.keys[2].rsa.weak = flag; /* a root */
    CHECK(&d.w, id, RULE_PASS);
    d.keys[0].rsa.tested = ~flag;
    CHECK(&d.w, id, RULE_UNDETERMINED);
}

static void test_rsa(void **state)
{
    (void)state;
    static const unsigned exponents[] = {RSA_WEAK_E_NEGATIVE, RSA_WEAK_E_ONE | RSA_WEAK_E_BELOW_3,
            RSA_WEAK_E_EVEN, RSA_WEAK_E_BELOW_3};
    static const unsigned moduli[] = {RSA_WEAK_N_NEGATIVE, RSA_WEAK_N_EVEN, RSA_WEAK_N_SMALL_FACTOR,
            RSA_WEAK_N_POWER, RSA_WEAK_N_EVEN | RSA_WEAK_N_LENGTH};
    static const char *const ids[] = {"cert-rsa-exponent-bad", "cert-rsa-modulus-malformed"};
    struct judged d;
    for (size_t i = 0; i < sizeof exponents / sizeof *exponents; i++)
        check_rsa_rule(ids[0], exponents[i], SEV_HIGH);
    check_rsa_rule(ids[0], RSA_WEAK_E_SMALL, SEV_LOW);
    for (size_t i = 0; i < sizeof moduli / sizeof *moduli; i++)
        check_rsa_rule(ids[1], moduli[i], SEV_HIGH);
    check_rsa_rule(ids[1], RSA_WEAK_N_LENGTH, SEV_LOW);
    for (size_t i = 0; i < 2; i++) {
        check_without_certificate(ids[i]);
        judged_unjudged(ids[i]);
        judged_init(&d);
        CHECK(&d.w, ids[i], RULE_PASS);
        for (int at = 0; at < 3; at++)
            d.w.certs[at].key_type = KEY_EC;
        CHECK(&d.w, ids[i], RULE_NA);
    }
    /* The worse one speaks, wherever it stands. */
    judged_init(&d);
    d.w.certs[1].rsa_modulus = text_bytes("modulus");
    d.w.certs[1].rsa_exponent = text_bytes("e");
    d.keys[0].rsa.weak = RSA_WEAK_E_SMALL;
    d.keys[1].rsa.weak = RSA_WEAK_E_EVEN;
    CHECK(&d.w, ids[0], RULE_HIT);
    assert_int_equal(d.w.answer.severity, SEV_HIGH);
    assert_memory_equal(d.w.answer.evidence[0].bytes, "modulus", 7);
    assert_memory_equal(d.w.answer.evidence[1].bytes, "e", 1);
}

static void test_blocklisted(void **state)
{
    (void)state;
    const char *id = "cert-key-blocklisted";
    struct judged d;
    check_without_certificate(id);
    judged_unjudged(id);
    judged_init(&d);
    CHECK(&d.w, id, RULE_PASS);
    d.keys[2].is_blocked = true;
    d.keys[2].blocked =
            (struct blocklist_hit){"debian.txt", 12, "Debian 2008", BLOCKLIST_SPKI, false};
    CHECK(&d.w, id, RULE_HIT);
    assert_int_equal(d.w.answer.severity, SEV_CRITICAL);
    assert_true(d.w.answer.confidence > 0.99);
    assert_non_null(strstr(d.w.answer.summary, "debian.txt, line 12: Debian 2008"));
    d.keys[2].blocked.is_truncated = true;
    CHECK(&d.w, id, RULE_HIT);
    assert_true(d.w.answer.confidence <= 0.7);
    assert_non_null(
            strstr(d.w.answer.summary, "likely in debian.txt, line 12: Debian 2008; the list "
                                       "has only 80 bits"));
    d.j.has_blocklist = false;
    CHECK(&d.w, id, RULE_UNDETERMINED);
    assert_non_null(strstr(d.w.answer.why, "--blocklist"));
    judged_init(&d);
    d.key_list[0] = NULL;
    CHECK(&d.w, id, RULE_UNDETERMINED);
}

static void test_duplicate_serial(void **state)
{
    (void)state;
    const char *id = "cert-duplicate-serial";
    struct judged d;
    check_without_certificate(id);
    judged_unjudged(id);
    judged_init(&d);
    CHECK(&d.w, id, RULE_PASS);
    d.keys[0].duplicate_serial = (struct cert_ref){true, {0xab}, "CN=Twin"};
    CHECK(&d.w, id, RULE_UNDETERMINED); /* which key issued the other is not known */
    d.keys[0].is_duplicate_of_issuer = KNOWN_NO;
    CHECK(&d.w, id, RULE_PASS);
    d.keys[0].is_duplicate_of_issuer = KNOWN_YES;
    CHECK(&d.w, id, RULE_HIT);
    assert_int_equal(d.w.answer.severity, SEV_HIGH);
    assert_non_null(strstr(d.w.answer.summary, "CN=Twin"));
    d.w.certs[0].is_self_issued = true; /* appliances: every one has serial number 1 */
    CHECK(&d.w, id, RULE_PASS);
    d.w.certs[1].is_self_issued = d.w.certs[2].is_self_issued = true;
    CHECK(&d.w, id, RULE_NA);
}

static void test_shared(void **state)
{
    (void)state;
    const char *id = "cert-key-shared";
    struct judged d;
    check_without_certificate(id);
    judged_unjudged(id);
    judged_init(&d);
    CHECK(&d.w, id, RULE_PASS); /* seen for the first time */
    d.j.key_use = &d.use;
    d.use.n_domains = 1;
    CHECK(&d.w, id, RULE_PASS); /* only its own domain so far */
    d.use.n_domains = 2;
    d.use.other = "elsewhere.test";
    CHECK(&d.w, id, RULE_HIT);
    assert_int_equal(d.w.answer.severity, SEV_MEDIUM);
    assert_non_null(strstr(d.w.answer.summary, "elsewhere.test (2 domains"));
    /* The certificate names the other domain too: on purpose. */
    static const char *const named[] = {"elsewhere.test", "www.Elsewhere.test"};
    for (size_t i = 0; i < 2; i++) {
        d.w.san.value = text_bytes(named[i]);
        CHECK(&d.w, id, RULE_PASS);
    }
    d.w.san.type = SAN_URI;
    CHECK(&d.w, id, RULE_HIT);
    d.w.san.type = SAN_DNS;
    d.w.san.value = text_bytes("notelsewhere.test");
    CHECK(&d.w, id, RULE_HIT);
    d.w.certs[0].n_sans_dropped = 1;
    CHECK(&d.w, id, RULE_UNDETERMINED);
    d.w.certs[0].n_sans_dropped = 0;
    d.w.facts.name_match = NAME_FACT_MISMATCH; /* a default certificate */
    CHECK(&d.w, id, RULE_NA);
    d.w.facts.name_match = NAME_FACT_MATCH;
    d.w.service.is_address = true;
    CHECK(&d.w, id, RULE_NA);
}

static void test_backdated(void **state)
{
    (void)state;
    const char *id = "cert-backdated";
    static const int64_t DUTY = INT64_C(1694736000000000); /* 2023-09-15 */
    static const struct {
        int64_t from, logged;
        enum verdict verdict;
    } rows[] = {{DUTY, HOUR, RULE_PASS}, {DUTY, 48 * HOUR, RULE_PASS},
            {DUTY, 48 * HOUR + 1, RULE_HIT}, {DUTY - 1, 90 * HOUR, RULE_NA}};
    struct judged d;
    check_without_certificate(id);
    judged_unjudged(id);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        judged_init(&d);
        d.w.certs[0].not_before_us = rows[i].from;
        for (size_t k = 0; k < 3; k++)
            d.scts.scts[k].timestamp_us = rows[i].from + rows[i].logged + (int64_t)k;
        if (world_check(&d.w, id) != rows[i].verdict)
            fail_msg("row %zu", i);
    }
    judged_init(&d);
    for (size_t k = 0; k < 3; k++)
        d.scts.scts[k].timestamp_us = d.w.certs[0].not_before_us + 5 * DAY;
    CHECK(&d.w, id, RULE_HIT);
    assert_int_equal(d.w.answer.severity, SEV_LOW);
    /* Only embedded ones tell when it was issued; one that may be earlier leaves it open. */
    d.scts.scts[0].timestamp_us = d.w.certs[0].not_before_us;
    d.scts.scts[0].channel = SCT_IN_TLS;
    CHECK(&d.w, id, RULE_HIT);
    d.scts.scts[0].channel = SCT_IN_CERTIFICATE;
    CHECK(&d.w, id, RULE_PASS);
    d.scts.scts[0].verdict = SIGNED_UNVERIFIED;
    CHECK(&d.w, id, RULE_UNDETERMINED);
    d.scts.scts[0].timestamp_us = d.w.certs[0].not_before_us + 2 * DAY;
    CHECK(&d.w, id, RULE_UNDETERMINED);
    d.scts.scts[0].timestamp_us++;
    CHECK(&d.w, id, RULE_HIT);
    d.scts.scts[0].verdict = SIGNED_INVALID;
    CHECK(&d.w, id, RULE_HIT);
    d.j.is_public = KNOWN_UNKNOWN;
    CHECK(&d.w, id, RULE_UNDETERMINED);
    d.j.is_public = KNOWN_NO;
    CHECK(&d.w, id, RULE_NA);
    d.j.is_public = KNOWN_YES;
    for (size_t k = 0; k < 3; k++)
        d.scts.scts[k].verdict = SIGNED_UNVERIFIED;
    CHECK(&d.w, id, RULE_UNDETERMINED);
    d.j.has_ct_logs = false;
    CHECK(&d.w, id, RULE_UNDETERMINED);
    d.w.certs[0].sct_list.n = 0;
    CHECK(&d.w, id, RULE_NA);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rsa),
            cmocka_unit_test(test_blocklisted), cmocka_unit_test(test_duplicate_serial),
            cmocka_unit_test(test_shared), cmocka_unit_test(test_backdated)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
