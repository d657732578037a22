/* What a refused client offers, and what the server took from others. Numbers are IANA's. */
#include "history/accepted.h"
#include "tests/rules/build.h"

#define ID "cipher-no-overlap"

static const uint8_t TWO_VERSIONS[] = {0x03, 0x04, 0x03, 0x03};
static const uint8_t ONLY_13[] = {0x7a, 0x7a, 0x03, 0x04};
static const uint8_t MODERN[] = {0x13, 0x01, 0xc0, 0x2f};
static const uint8_t OLD[] = {0x00, 0x2f, 0x00, 0x35, 0x00, 0xff};
static const uint8_t ECDHE_ONLY[] = {0xc0, 0x2f};
static const uint8_t X25519[] = {0x00, 0x1d};
static const uint8_t P384[] = {0x00, 0x18};
static const uint8_t RSA_SHA256[] = {0x04, 0x01};
static const uint8_t ECDSA_SHA256[] = {0x04, 0x03};
static const uint8_t USUAL_GROUPS[] = {0x00, 0x1d, 0x00, 0x17};
static const uint8_t USUAL_SCHEMES[] = {0x04, 0x01, 0x04, 0x03};

#define BYTES(x) ((struct bytes){(x), sizeof(x)})

/* A client that speaks TLS 1.2 and 1.3. */
static void init(struct world *w)
{
    world_init(w);
    struct client_hello *ch = &w->client_hello;
    ch->legacy_version = TLS_1_2;
    ch->has_supported_versions = true;
    ch->supported_versions = BYTES(TWO_VERSIONS);
    ch->cipher_suites = BYTES(MODERN);
    ch->groups = BYTES(X25519);
    ch->has_signature_algorithms = true;
    ch->signature_algorithms = BYTES(RSA_SHA256);
    w->history = w->facts.history = history_new();
}

/* The server chose these for somebody at us. */
static void teach(struct world *w, uint16_t version, uint16_t suite, uint16_t group,
        uint16_t scheme, int64_t us)
{
    struct handshake before = w->hs;
    w->hs.server_hello = &w->server_hello;
    w->hs.outcome = OUTCOME_SUCCESS;
    w->hs.version = version;
    w->hs.cipher_suite = suite;
    w->hs.group = group;
    w->exchange.has_scheme = scheme != 0;
    w->exchange.scheme = scheme;
    w->hs.server_key_exchange = &w->exchange;
    world_learn(w, NULL, us);
    w->hs = before;
}

static void refuse(struct world *w, uint8_t alert)
{
    w->hs.server_hello = NULL;
    w->hs.version = w->hs.cipher_suite = w->hs.group = 0;
    w->hs.outcome = alert != 0 ? OUTCOME_FAIL_ALERT_SERVER : OUTCOME_FAIL_CLOSED_SERVER;
    w->hs.sides[SIDE_SERVER].n_alerts = alert != 0;
    w->alerts[SIDE_SERVER][0] = (struct alert){.level = 2, .description = alert};
}

static void test_dimensions(void **state)
{
    (void)state;
    const struct {
        const char *name;
        struct bytes versions, suites, groups, schemes;
        uint16_t version, suite, group, scheme; /* of the others */
        const char *empty;                      /* NULL: all overlap */
    } rows[] = {
            {"version", BYTES(ONLY_13), BYTES(MODERN), BYTES(X25519), BYTES(RSA_SHA256), TLS_1_2,
                    0xc02f, 0x1d, 0x0401, "protocol version"},
            {"suite", BYTES(TWO_VERSIONS), BYTES(OLD), BYTES(X25519), BYTES(RSA_SHA256), TLS_1_2,
                    0xc02f, 0x1d, 0x0401, "cipher suite"},
            {"suite of another version", BYTES(ONLY_13), BYTES(ECDHE_ONLY), BYTES(X25519),
                    BYTES(RSA_SHA256), TLS_1_3, 0x1301, 0x1d, 0, "cipher suite"},
            {"group", BYTES(TWO_VERSIONS), BYTES(ECDHE_ONLY), BYTES(P384), BYTES(RSA_SHA256),
                    TLS_1_2, 0xc02f, 0x1d, 0x0401, "group"},
            {"scheme", BYTES(TWO_VERSIONS), BYTES(ECDHE_ONLY), BYTES(X25519), BYTES(ECDSA_SHA256),
                    TLS_1_2, 0xc02f, 0x1d, 0x0401, "signature algorithm"},
            {"all in common", BYTES(TWO_VERSIONS), BYTES(MODERN), BYTES(X25519), BYTES(RSA_SHA256),
                    TLS_1_2, 0xc02f, 0x1d, 0x0401, NULL},
            {"static RSA needs no group", BYTES(TWO_VERSIONS), BYTES(OLD), BYTES(P384),
                    BYTES(RSA_SHA256), TLS_1_2, 0x002f, 0x1d, 0x0401, NULL},
            {"schemes of TLS 1.3 are not seen", BYTES(TWO_VERSIONS), BYTES(MODERN), BYTES(X25519),
                    BYTES(ECDSA_SHA256), TLS_1_3, 0x1301, 0x1d, 0x0401, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world w;
        init(&w);
        w.client_hello.supported_versions = rows[i].versions;
        w.client_hello.cipher_suites = rows[i].suites;
        w.client_hello.groups = rows[i].groups;
        w.client_hello.signature_algorithms = rows[i].schemes;
        teach(&w, rows[i].version, rows[i].suite, rows[i].group, rows[i].scheme, NOW - HOUR);
        refuse(&w, 40);
        enum verdict v = world_check(&w, ID);
        if (v != (rows[i].empty != NULL ? RULE_HIT : RULE_NA))
            fail_msg("%s: %d", rows[i].name, (int)v);
        if (rows[i].empty != NULL) {
            assert_int_equal(strncmp(w.answer.subject, rows[i].empty, strlen(rows[i].empty)), 0);
            assert_int_equal(w.answer.severity, SEV_HIGH);
        }
        history_free(w.history);
    }
}

static void test_summary(void **state)
{
    (void)state;
    struct world w;
    init(&w);
    w.client_hello.cipher_suites = BYTES(OLD);
    teach(&w, TLS_1_2, 0xc02f, 0x1d, 0x0401, NOW - HOUR);
    refuse(&w, 40);
    CHECK(&w, ID, RULE_HIT);
    assert_string_equal(w.answer.summary,
            "no cipher suite in common: the client offers only TLS_RSA_WITH_AES_128_CBC_SHA, "
            "TLS_RSA_WITH_AES_256_CBC_SHA, the server chose "
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 in 1 handshake with others");
    history_free(w.history);
}

/* A client without supported_versions offers everything up to its version. */
static void test_old_client(void **state)
{
    (void)state;
    struct world w;
    init(&w);
    w.client_hello.has_supported_versions = false;
    w.client_hello.supported_versions = (struct bytes){NULL, 0};
    w.client_hello.legacy_version = TLS_1_0;
    teach(&w, TLS_1_2, 0xc02f, 0x1d, 0x0401, NOW - HOUR);
    refuse(&w, 70);
    CHECK(&w, ID, RULE_HIT);
    assert_non_null(strstr(w.answer.summary, "only up to TLSv1.0, the server chose TLSv1.2"));
    teach(&w, TLS_1_0, 0xc02f, 0x1d, 0, NOW - HOUR);
    CHECK(&w, ID, RULE_NA); /* another reason */
    history_free(w.history);
}

static void test_never_seen(void **state)
{
    (void)state;
    static const struct {
        uint8_t alert;
        enum verdict verdict;
    } rows[] = {{40, RULE_HIT}, {70, RULE_HIT}, {71, RULE_HIT}, {80, RULE_NA}, {112, RULE_NA},
            {0, RULE_NA}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world w;
        init(&w);
        refuse(&w, rows[i].alert);
        CHECK(&w, ID, rows[i].verdict);
        if (rows[i].verdict == RULE_HIT) {
            assert_int_equal(w.answer.severity, SEV_MEDIUM);
            assert_true(w.answer.confidence <= 0.5);
        }
        history_free(w.history);
    }
}

/* Who offers what nearly everybody takes was refused for another reason. */
static void test_broad(void **state)
{
    (void)state;
    static const uint8_t four[] = {0x13, 0x01, 0x13, 0x02, 0xc0, 0x2f, 0xc0, 0x30};
    for (size_t n = 3; n <= 4; n++) {
        struct world w;
        init(&w);
        w.client_hello.cipher_suites = (struct bytes){four, n * 2};
        w.client_hello.groups = BYTES(USUAL_GROUPS);
        w.client_hello.signature_algorithms = BYTES(USUAL_SCHEMES);
        refuse(&w, 40);
        CHECK(&w, ID, n == 4 ? RULE_NA : RULE_HIT);
        refuse(&w, 70);
        CHECK(&w, ID, RULE_HIT);
        history_free(w.history);
    }
}

/* Many suites do not help where groups or signatures are few. */
static void test_broad_suites_alone(void **state)
{
    (void)state;
    static const uint8_t many[] = {0x13, 0x01, 0x13, 0x02, 0xc0, 0x2f, 0xc0, 0x30};
    static const uint8_t pss[] = {0x08, 0x04, 0x04, 0x03};
    const struct {
        struct bytes groups, schemes;
        const char *what; /* NULL: broad */
    } rows[] = {{BYTES(X25519), BYTES(USUAL_SCHEMES), "offers the groups x25519;"},
            {BYTES(USUAL_GROUPS), BYTES(USUAL_SCHEMES), NULL},
            {{NULL, 0}, BYTES(USUAL_SCHEMES), NULL}, {BYTES(USUAL_GROUPS), BYTES(pss), NULL},
            {BYTES(USUAL_GROUPS), BYTES(ECDSA_SHA256),
                    "offers the signature algorithms ecdsa_secp256r1_sha256;"},
            {BYTES(USUAL_GROUPS), BYTES(RSA_SHA256),
                    "offers the signature algorithms rsa_pkcs1_sha256;"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world w;
        init(&w);
        w.client_hello.cipher_suites = BYTES(many);
        w.client_hello.groups = rows[i].groups;
        w.client_hello.signature_algorithms = rows[i].schemes;
        refuse(&w, 40);
        CHECK(&w, ID, rows[i].what != NULL ? RULE_HIT : RULE_NA);
        if (rows[i].what != NULL && strstr(w.answer.summary, rows[i].what) == NULL)
            fail_msg("row %zu: %s", i, w.answer.summary);
        history_free(w.history);
    }
}

static void test_seven_days(void **state)
{
    (void)state;
    struct world w;
    init(&w);
    w.client_hello.cipher_suites = BYTES(OLD);
    teach(&w, TLS_1_2, 0xc02f, 0x1d, 0x0401, NOW - 7 * DAY);
    refuse(&w, 40);
    CHECK(&w, ID, RULE_HIT);
    assert_int_equal(w.answer.severity, SEV_HIGH);
    w.hs.last_us = NOW + INT64_C(60000000); /* a minute more: it was not seen to accept anybody */
    CHECK(&w, ID, RULE_HIT);
    assert_int_equal(w.answer.severity, SEV_MEDIUM);
    history_free(w.history);
}

/* Another node, service or vantage tells nothing about this server. */
static void test_elsewhere(void **state)
{
    (void)state;
    struct world w;
    init(&w);
    w.client_hello.cipher_suites = BYTES(OLD);
    w.hs.sides[SIDE_SERVER].endpoint.address.ip[15] = 9;
    teach(&w, TLS_1_2, 0xc02f, 0x1d, 0x0401, NOW - HOUR);
    w.hs.sides[SIDE_SERVER].endpoint.address.ip[15] = 0;
    refuse(&w, 0); /* closed: only with something to compare */
    CHECK(&w, ID, RULE_NA);
    teach(&w, TLS_1_2, 0xc02f, 0x1d, 0x0401, NOW - HOUR);
    CHECK(&w, ID, RULE_HIT);
    assert_true(w.answer.confidence <= 0.5);
    w.facts.vantage = 3;
    CHECK(&w, ID, RULE_NA);
    history_free(w.history);
}

static void test_others(void **state)
{
    (void)state;
    struct world w;
    init(&w);
    CHECK(&w, ID, RULE_PASS);                 /* a handshake that succeeds */
    w.hs.outcome = OUTCOME_FAIL_ALERT_SERVER; /* behind a ServerHello: a client certificate, say */
    w.hs.sides[SIDE_SERVER].n_alerts = 1;
    w.alerts[SIDE_SERVER][0] = (struct alert){.level = 2, .description = 40};
    CHECK(&w, ID, RULE_NA);
    refuse(&w, 40);
    w.hs.outcome = OUTCOME_SCAN;
    CHECK(&w, ID, RULE_NA);
    refuse(&w, 40);
    w.hs.outcome = OUTCOME_UNDETERMINED;
    CHECK(&w, ID, RULE_UNDETERMINED);
    refuse(&w, 40);
    w.hs.sides[SIDE_SERVER].n_gaps = 1;
    CHECK(&w, ID, RULE_UNDETERMINED);
    w.client_hello.is_malformed = true;
    CHECK(&w, ID, RULE_NA);
    history_free(w.history);
}

/* The list of a server is bounded: what was not chosen for longest goes. */
static void test_bounds(void **state)
{
    (void)state;
    struct world w;
    struct accepted got;
    init(&w);
    for (uint16_t i = 0; i < ACCEPTED_CODES + 1; i++)
        teach(&w, TLS_1_2, (uint16_t)(0x1000 + i), 0, 0, NOW + i * INT64_C(60000000));
    history_accepted(w.history, 0, &w.service, &w.hs, NOW + HOUR, &got);
    assert_int_equal(got.n_hellos, ACCEPTED_CODES + 1);
    assert_int_equal(got.lists[ACCEPTED_SUITES].n, ACCEPTED_CODES);
    for (size_t i = 0; i < ACCEPTED_CODES; i++)
        assert_int_not_equal(got.lists[ACCEPTED_SUITES].codes[i], 0x1000);
    w.server_hello.has_alpn = true;
    w.server_hello.alpn = bytes_of_text("h2");
    teach(&w, TLS_1_2, 0x1000, 0, 0, NOW + HOUR);
    teach(&w, TLS_1_2, 0x1000, 0, 0, NOW + HOUR);
    history_accepted(w.history, 0, &w.service, &w.hs, NOW + HOUR, &got);
    assert_int_equal(got.n_names, 1);
    assert_int_equal(got.names[0].n, 2);
    assert_memory_equal(got.names[0].bytes, "h2", 2);
    history_free(w.history);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_dimensions),
            cmocka_unit_test(test_summary), cmocka_unit_test(test_old_client),
            cmocka_unit_test(test_never_seen), cmocka_unit_test(test_broad),
            cmocka_unit_test(test_broad_suites_alone), cmocka_unit_test(test_seven_days),
            cmocka_unit_test(test_elsewhere), cmocka_unit_test(test_others),
            cmocka_unit_test(test_bounds)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
