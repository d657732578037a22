/* Thresholds and dates of the rules about one certificate; tests/rules/real.c has real ones. */
#include "tests/rules/build.h"

#define AT(seconds) ((int64_t)(seconds)*1000000)

/* BR 6.3.2: the longest lifetime by the day of issue, both ends included. */
static void test_validity(void **state)
{
    (void)state;
    static const struct {
        int64_t from; /* seconds since 1970 */
        int days;     /* 0: nothing to say */
    } rows[] = {{1598918399, 0}, {1598918400, 398}, {1773532799, 398}, {1773532800, 200},
            {1805068799, 200}, {1805068800, 100}, {1868227199, 100}, {1868227200, 47}};
    static const char ID[] = "cert-validity-too-long";
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world w;
        world_init(&w);
        world_public(&w, KNOWN_YES);
        w.certs[0].not_before_us = AT(rows[i].from);
        w.certs[0].not_after_us = w.certs[0].not_before_us + rows[i].days * DAY - AT(1);
        CHECK(&w, ID, rows[i].days > 0 ? RULE_PASS : RULE_NA);
        w.certs[0].not_after_us++;
        CHECK(&w, ID, rows[i].days > 0 ? RULE_HIT : RULE_NA);
        w.certs[0].not_after_us = INT64_MAX;
        CHECK(&w, ID, rows[i].days > 0 ? RULE_HIT : RULE_NA);
        w.certs[0].is_ca = true;
        CHECK(&w, ID, RULE_NA);
    }
    struct world w;
    world_init(&w);
    w.certs[0].not_before_us = AT(1773532800);
    w.certs[0].not_after_us = w.certs[0].not_before_us + 300 * DAY;
    CHECK(&w, ID, RULE_UNDETERMINED);
    w.certs[0].self_signed = SELF_SIGNED_YES; /* no public root above it */
    CHECK(&w, ID, RULE_NA);
    check_without_certificate(ID);
    world_init(&w);
    w.certs[0].not_after_us = w.certs[0].not_before_us;
    CHECK(&w, "cert-validity-nonpositive", RULE_HIT);
    w.certs[0].not_after_us++;
    CHECK(&w, "cert-validity-nonpositive", RULE_PASS);
    check_without_certificate("cert-validity-nonpositive");
}

static void test_keys(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    w.certs[1].key_type = KEY_EC; /* an intermediate */
    w.certs[1].curve = "secp192k1";
    w.certs[1].key_bits = 223;
    CHECK(&w, "cert-key-ec-weak-curve", RULE_HIT);
    assert_ptr_equal(w.answer.certificate, &w.certs[1]);
    w.certs[1].key_bits = 224;
    CHECK(&w, "cert-key-ec-weak-curve", RULE_NA);
    w.certs[2].key_type = KEY_EC; /* a root */
    w.certs[2].key_bits = 160;
    CHECK(&w, "cert-key-ec-weak-curve", RULE_NA);
    w.certs[0].key_type = KEY_EC;
    w.certs[0].key_bits = 0; /* a curve without a name */
    w.certs[0].curve = "1.2.3";
    CHECK(&w, "cert-key-ec-weak-curve", RULE_UNDETERMINED);
    w.certs[0].key_type = KEY_ED25519;
    CHECK(&w, "cert-key-ec-weak-curve", RULE_NA);
    check_without_certificate("cert-key-ec-weak-curve");
    check_without_certificate("cert-key-dsa");
    /* A root that the server sent: what CVE-2020-0601 needs. */
    world_init(&w);
    w.certs[2].key_type = KEY_EC;
    CHECK(&w, "cert-explicit-ec-params", RULE_PASS);
    w.certs[2].has_explicit_curve = true;
    CHECK(&w, "cert-explicit-ec-params", RULE_HIT);
    assert_ptr_equal(w.answer.certificate, &w.certs[2]);
    check_without_certificate("cert-explicit-ec-params");
}

static void test_sig_match(void **state)
{
    (void)state;
    static const char ID[] = "cert-sig-alg-mismatch";
    struct world w;
    world_init(&w);
    CHECK(&w, ID, RULE_NA);
    w.certs[0].sig_match = SIG_MATCH_SAME;
    CHECK(&w, ID, RULE_PASS);
    w.certs[0].sig_match = SIG_MATCH_NULL_ONLY;
    CHECK(&w, ID, RULE_HIT);
    assert_int_equal(w.answer.severity, SEV_LOW);
    w.certs[1].sig_match = SIG_MATCH_DIFFERENT;
    CHECK(&w, ID, RULE_HIT);
    assert_int_equal(w.answer.severity, SEV_MEDIUM);
    assert_ptr_equal(w.answer.certificate, &w.certs[1]);
    check_without_certificate(ID);
}

static void test_names(void **state)
{
    (void)state;
    static const struct {
        enum name_problem problem;
        const char *rule;
        enum verdict unknown;
        enum severity severity; /* when public */
    } rows[] = {
            {NAME_CONTROL, "cert-name-malformed", RULE_HIT, SEV_HIGH},
            {NAME_CN_CONTROL, "cert-name-malformed", RULE_HIT, SEV_HIGH},
            {NAME_SPACE, "cert-name-malformed", RULE_HIT, SEV_LOW},
            {NAME_DOT_FIRST, "cert-name-malformed", RULE_HIT, SEV_LOW},
            {NAME_DOT_LAST, "cert-name-malformed", RULE_HIT, SEV_LOW},
            {NAME_LABEL_LONG, "cert-name-malformed", RULE_HIT, SEV_LOW},
            {NAME_NON_ASCII, "cert-name-malformed", RULE_HIT, SEV_LOW},
            {NAME_UNDERSCORE, "cert-name-malformed", RULE_UNDETERMINED, SEV_LOW},
            {NAME_CN_NOT_IN_SAN, "cert-name-malformed", RULE_UNDETERMINED, SEV_LOW},
            {NAME_WILDCARD_PLACE, "cert-wildcard-misuse", RULE_HIT, SEV_MEDIUM},
            {NAME_WILDCARD_MANY, "cert-wildcard-misuse", RULE_HIT, SEV_MEDIUM},
            {NAME_WILDCARD_SUFFIX, "cert-wildcard-misuse", RULE_HIT, SEV_MEDIUM},
            {NAME_WILDCARD_TLD, "cert-wildcard-misuse", RULE_HIT, SEV_MEDIUM},
            {NAME_INTERNAL_IP, "cert-internal-name-public-ca", RULE_UNDETERMINED, SEV_MEDIUM},
            {NAME_INTERNAL_LABEL, "cert-internal-name-public-ca", RULE_UNDETERMINED, SEV_MEDIUM},
            {NAME_INTERNAL_TLD, "cert-internal-name-public-ca", RULE_UNDETERMINED, SEV_MEDIUM},
    };
    static const char *const ids[] = {
            "cert-name-malformed", "cert-wildcard-misuse", "cert-internal-name-public-ca"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world w;
        world_init(&w);
        w.certs[0].name_problems[rows[i].problem] = 1;
        CHECK(&w, rows[i].rule, rows[i].unknown);
        world_public(&w, KNOWN_YES);
        for (size_t k = 0; k < 3; k++)
            CHECK(&w, ids[k], strcmp(ids[k], rows[i].rule) == 0 ? RULE_HIT : RULE_PASS);
        CHECK(&w, rows[i].rule, RULE_HIT);
        assert_int_equal(w.answer.severity, rows[i].severity);
        w.certs[0].problem = "extensions";
        CHECK(&w, rows[i].rule, RULE_UNDETERMINED);
    }
    for (size_t k = 0; k < 3; k++)
        check_without_certificate(ids[k]);
    /* Internal names were allowed until 2015-11-01 and had to be gone by 2016-10-01. */
    struct world w;
    world_init(&w);
    world_public(&w, KNOWN_YES);
    w.certs[0].name_problems[NAME_INTERNAL_LABEL] = 1;
    w.facts.at_us = AT(1475280000) - 1;
    w.certs[0].not_before_us = AT(1341100800);
    w.certs[0].not_after_us = AT(1446336000);
    CHECK(&w, ids[2], RULE_NA);
    w.certs[0].not_after_us++;
    CHECK(&w, ids[2], RULE_HIT);
    w.certs[0].not_before_us--;
    CHECK(&w, ids[2], RULE_NA);
    w.facts.at_us++;
    CHECK(&w, ids[2], RULE_HIT);
}

static void test_usages(void **state)
{
    (void)state;
    static const struct {
        uint16_t suite;
        unsigned usage;
        enum verdict verdict;
    } rows[] = {
            {0x009c, KU_KEY_ENCIPHERMENT, RULE_PASS}, /* TLS_RSA */
            {0x009c, KU_DIGITAL_SIGNATURE, RULE_HIT},
            {0x009c, KU_KEY_ENCIPHERMENT | KU_DIGITAL_SIGNATURE, RULE_PASS},
            {0xc02f, KU_DIGITAL_SIGNATURE, RULE_PASS}, /* ECDHE_RSA */
            {0xc02f, KU_KEY_ENCIPHERMENT, RULE_HIT},
            {0xc02b, KU_KEY_AGREEMENT, RULE_HIT},    /* ECDHE_ECDSA */
            {0x009e, KU_KEY_ENCIPHERMENT, RULE_HIT}, /* DHE_RSA */
            {0xc00e, KU_KEY_AGREEMENT, RULE_NA},     /* static ECDH */
            {0x0003, KU_DIGITAL_SIGNATURE, RULE_NA}, /* export */
            {0xc019, KU_KEY_ENCIPHERMENT, RULE_NA},  /* anonymous */
    };
    struct world w;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        world_init(&w);
        w.hs.cipher_suite = rows[i].suite;
        CHECK(&w, "cert-keyusage-mismatch", RULE_NA); /* none: no limit */
        w.certs[0].has_key_usage = true;
        w.certs[0].key_usage = (uint16_t)rows[i].usage;
        if (world_check(&w, "cert-keyusage-mismatch") != rows[i].verdict)
            fail_msg("row %zu", i);
    }
    world_init(&w);
    w.certs[0].problem = "extensions";
    CHECK(&w, "cert-keyusage-mismatch", RULE_UNDETERMINED);
    check_without_certificate("cert-keyusage-mismatch");
    check_without_certificate("cert-eku-missing-serverauth");
    check_without_certificate("cert-eku-clientauth-public");
    check_without_certificate("cert-ca-used-as-leaf");
    /* Chrome's date. */
    world_init(&w);
    world_public(&w, KNOWN_YES);
    w.certs[0].has_eku = true;
    w.certs[0].eku = EKU_SERVER_AUTH | EKU_CLIENT_AUTH;
    w.certs[0].not_before_us = AT(1805068800) - 1;
    CHECK(&w, "cert-eku-clientauth-public", RULE_HIT);
    assert_int_equal(w.answer.severity, SEV_LOW);
    w.certs[0].not_before_us++;
    CHECK(&w, "cert-eku-clientauth-public", RULE_HIT);
    assert_int_equal(w.answer.severity, SEV_MEDIUM);
    w.certs[0].eku = EKU_ANY;
    CHECK(&w, "cert-eku-missing-serverauth", RULE_PASS);
    w.certs[0].eku = 0;
    CHECK(&w, "cert-eku-missing-serverauth", RULE_HIT);
}

static void test_serial(void **state)
{
    (void)state;
    static const char ID[] = "cert-serial-bad";
    static const struct {
        const char *octets;
        size_t n;
        enum verdict unknown, public;
    } rows[] = {
            {"\x12\x34\x56\x78\x12\x34\x56\x78", 8, RULE_PASS, RULE_PASS},
            {"\x80\x34\x56\x78\x12\x34\x56\x78", 8, RULE_HIT, RULE_HIT},
            {"\0\x80\x34\x56\x78\x12\x34\x56\x78", 9, RULE_PASS, RULE_PASS},
            {"\x00\x80\x34\x56\x78\x12\x34\x56", 8, RULE_PASS, RULE_PASS},    /* 56 bits */
            {"\x7f\x34\x56\x78\x12\x34\x56", 7, RULE_UNDETERMINED, RULE_HIT}, /* 55 */
            {"\x01", 1, RULE_UNDETERMINED, RULE_HIT},
            {"\0", 1, RULE_HIT, RULE_HIT},
            {"", 0, RULE_HIT, RULE_HIT},
    };
    struct world w;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        world_init(&w);
        w.certs[0].serial = (struct bytes){(const uint8_t *)rows[i].octets, rows[i].n};
        CHECK(&w, ID, rows[i].unknown);
        world_public(&w, KNOWN_YES);
        CHECK(&w, ID, rows[i].public);
        world_public(&w, KNOWN_NO);
        CHECK(&w, ID, rows[i].unknown == RULE_HIT ? RULE_HIT : RULE_PASS);
    }
    world_init(&w);
    world_public(&w, KNOWN_YES);
    w.certs[0].serial = text_bytes("\x01");
    w.certs[0].not_before_us = AT(1475193600) - 1;
    CHECK(&w, ID, RULE_PASS);
    w.certs[0].not_before_us++;
    CHECK(&w, ID, RULE_HIT);
    check_without_certificate(ID);
}

static void test_lints(void **state)
{
    (void)state;
    static struct lint lints[2] = {
            {LINT_STRUCTURE, "der-boolean", "a BOOLEAN", 0}, {LINT_PROFILE, "eku-any", "any", NOW}};
    struct world w;
    world_init(&w);
    CHECK(&w, "cert-structure-invalid", RULE_PASS);
    w.certs[0].lints = lints;
    w.certs[0].n_lints = 2;
    CHECK(&w, "cert-structure-invalid", RULE_HIT);
    assert_int_equal(w.answer.severity, SEV_MEDIUM);
    w.certs[0].is_parsed = false; /* why it does not parse is known */
    CHECK(&w, "cert-structure-invalid", RULE_HIT);
    w.certs[0].n_lints = 0;
    CHECK(&w, "cert-structure-invalid", RULE_UNDETERMINED);
    check_without_certificate("cert-structure-invalid");
    world_init(&w);
    world_public(&w, KNOWN_YES);
    w.certs[0].lints = lints;
    w.certs[0].n_lints = 2;
    w.certs[0].not_before_us = NOW - 1; /* issued before the rule held */
    CHECK(&w, "cert-lint", RULE_PASS);
    w.certs[0].not_before_us = NOW;
    CHECK(&w, "cert-lint", RULE_HIT);
    world_public(&w, KNOWN_UNKNOWN);
    CHECK(&w, "cert-lint", RULE_UNDETERMINED);
    w.certs[0].not_before_us = NOW - 1;
    CHECK(&w, "cert-lint", RULE_PASS); /* whatever its root is */
    check_without_certificate("cert-lint");
}

static void test_placeholder(void **state)
{
    (void)state;
    static const char ID[] = "cert-placeholder";
    static const struct {
        const char *subject, *issuer;
        bool is_self_signed;
        enum verdict verdict;
        enum severity severity;
    } rows[] = {
            {"CN=TRAEFIK DEFAULT CERT", "", true, RULE_HIT, SEV_HIGH},
            {"CN=TRAEFIK DEFAULT CERT", "CN=Test CA", false, RULE_PASS, SEV_HIGH},
            {"O=x, CN=TRAEFIK DEFAULT CERT 2", "", true, RULE_PASS, SEV_HIGH},
            {"O=y\\, CN=TRAEFIK DEFAULT CERT", "", true, RULE_HIT, SEV_HIGH},
            {"OCN=TRAEFIK DEFAULT CERT", "", true, RULE_PASS, SEV_HIGH},
            {"O=Acme Co", "O=Acme Co", true, RULE_HIT, SEV_HIGH},
            {"CN=a.example", "O=Acme Co", false, RULE_HIT, SEV_HIGH},
            {"CN=a.example", "O=Acme Corp", false, RULE_PASS, SEV_HIGH},
            {"O=Acme Co, CN=www.acme.example", "CN=R11", false, RULE_PASS, SEV_HIGH},
            {"C=XY, O=Snake Oil\\, Ltd", "C=XY, O=Snake Oil\\, Ltd, OU=x", false, RULE_HIT,
                    SEV_HIGH},
            {"C=AU, ST=Some-State, O=Internet Widgits Pty Ltd", "", true, RULE_HIT, SEV_MEDIUM},
            {"C=XX, L=Default City, O=Default Company Ltd", "", true, RULE_HIT, SEV_MEDIUM},
            {"O=Plesk, CN=Plesk", "", true, RULE_HIT, SEV_MEDIUM},
            {"O=Plesk, CN=www.plesk.com", "", true, RULE_PASS, SEV_MEDIUM},
            {"O=Parallels, CN=Parallels Panel", "", true, RULE_HIT, SEV_MEDIUM},
            {"O=Synology Inc., CN=synology", "O=Synology Inc., CN=Synology Inc. CA", false,
                    RULE_HIT, SEV_MEDIUM},
            {"O=Synology Inc., CN=*.synology.com", "O=DigiCert Inc", false, RULE_PASS, SEV_MEDIUM},
            {"CN=localhost", "", true, RULE_HIT, SEV_MEDIUM},
            {"CN=localhost", "CN=Test CA", false, RULE_PASS, SEV_MEDIUM},
            {"CN=www.example.org", "", true, RULE_PASS, SEV_MEDIUM},
    };
    struct world w;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        world_init(&w);
        w.certs[0].subject = rows[i].subject;
        w.certs[0].issuer = rows[i].issuer;
        w.certs[0].self_signed = rows[i].is_self_signed ? SELF_SIGNED_YES : SELF_SIGNED_NO;
        if (world_check(&w, ID) != rows[i].verdict)
            fail_msg("row %zu", i);
        if (rows[i].verdict != RULE_HIT)
            continue;
        assert_int_equal(w.answer.severity, rows[i].severity);
        assert_true(w.answer.confidence < 1);
    }
    /* On the machine itself; and where a CA's certificate was before. */
    world_init(&w);
    w.certs[0].subject = "CN=localhost";
    w.certs[0].self_signed = SELF_SIGNED_YES;
    memcpy(w.hs.sides[SIDE_SERVER].endpoint.address.ip, "\0\0\0\0\0\0\0\0\0\0\xff\xff\x7f\0\0\1",
            16);
    CHECK(&w, ID, RULE_NA);
    memset(w.hs.sides[SIDE_SERVER].endpoint.address.ip, 0x20, 16);
    w.history = w.facts.history = history_new();
    world_learn(&w, &w.certs[1], NOW - HOUR);
    CHECK(&w, ID, RULE_HIT);
    assert_int_equal(w.answer.severity, SEV_HIGH);
    history_free(w.history);
    check_without_certificate(ID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_validity), cmocka_unit_test(test_keys),
            cmocka_unit_test(test_sig_match), cmocka_unit_test(test_names),
            cmocka_unit_test(test_usages), cmocka_unit_test(test_serial),
            cmocka_unit_test(test_lints), cmocka_unit_test(test_placeholder)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
