/* Rules about server_name, and about the certificates of clients. */
#include "tests/rules/build.h"

/* A hello whose server_name extension has this body. */
static void set_sni(struct world *w, uint8_t *block, const void *body, size_t n, struct bytes name)
{
    block[0] = block[1] = 0; /* server_name */
    block[2] = (uint8_t)(n >> 8);
    block[3] = (uint8_t)n;
    memcpy(block + 4, body, n);
    w->client_hello.extensions = (struct bytes){block, n + 4};
    w->client_hello.has_sni = true;
    w->client_hello.sni = name;
}

/* One host_name as RFC 6066 3 frames it. */
static void set_name(struct world *w, uint8_t *block, const char *name, size_t n)
{
    static uint8_t body[1024];
    body[0] = (uint8_t)((n + 3) >> 8);
    body[1] = (uint8_t)(n + 3);
    body[2] = 0;
    body[3] = (uint8_t)(n >> 8);
    body[4] = (uint8_t)n;
    memcpy(body + 5, name, n);
    set_sni(w, block, body, n + 5, (struct bytes){body + 5, n});
}

static void test_sni_invalid(void **state)
{
    (void)state;
    static char long_name[256];
    memset(long_name, 'a', sizeof long_name);
    static const struct {
        const char *name;
        size_t n;
        enum verdict verdict;
        enum severity severity;
    } rows[] = {
            {"www.example.test", 16, RULE_PASS, SEV_INFO},
            {"a_b.example.test", 16, RULE_PASS, SEV_INFO},
            {"WWW.EXAMPLE.TEST", 16, RULE_PASS, SEV_INFO},
            {"xn--bcher-kva.example", 21, RULE_PASS, SEV_INFO},
            {"1.2.3", 5, RULE_PASS, SEV_INFO}, /* a name of digits, not an address */
            {"www.example.test.", 17, RULE_HIT, SEV_LOW},
            {"192.0.2.1", 9, RULE_HIT, SEV_MEDIUM},
            {"2001:db8::1", 11, RULE_HIT, SEV_MEDIUM},
            {"example.test:443", 16, RULE_HIT, SEV_MEDIUM},
            {"b\xc3\xbc"
             "cher.example",
                    15, RULE_HIT, SEV_MEDIUM},
            {"www\0.example", 12, RULE_HIT, SEV_MEDIUM},
            {"www\x7f.example", 12, RULE_HIT, SEV_MEDIUM},
            {"", 0, RULE_HIT, SEV_MEDIUM},
            {long_name, 255, RULE_PASS, SEV_INFO},
            {long_name, 256, RULE_HIT, SEV_MEDIUM},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world w;
        uint8_t block[1024];
        world_init(&w);
        set_name(&w, block, rows[i].name, rows[i].n);
        if (world_check(&w, "name-sni-invalid") != rows[i].verdict)
            fail_msg("row %zu", i);
        if (rows[i].verdict == RULE_HIT)
            assert_int_equal(w.answer.severity, rows[i].severity);
    }
    struct world w;
    uint8_t block[64];
    world_init(&w);
    set_sni(&w, block, "\0\0", 2, (struct bytes){NULL, 0}); /* an empty list */
    CHECK(&w, "name-sni-invalid", RULE_HIT);
    set_sni(&w, block, "\0\x08\0\0\1a\0\0\1b", 10, text_bytes("a")); /* two names */
    CHECK(&w, "name-sni-invalid", RULE_HIT);
    set_sni(&w, block, "\0\x04\0\0\1a", 6, text_bytes("a"));
    CHECK(&w, "name-sni-invalid", RULE_PASS);
    w.client_hello.has_sni = false;
    CHECK(&w, "name-sni-invalid", RULE_NA);
    w.hs.client_hello = NULL;
    CHECK(&w, "name-sni-invalid", RULE_NA);
}

static void test_sni_missing(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    CHECK(&w, "name-sni-missing", RULE_PASS);
    w.client_hello.has_sni = false;
    CHECK(&w, "name-sni-missing", RULE_HIT);
    assert_string_equal(w.answer.subject, w.hs.prints.ja4);
    w.hs.outcome = OUTCOME_SCAN;
    CHECK(&w, "name-sni-missing", RULE_NA);
    w.hs.outcome = OUTCOME_SUCCESS;
    w.hs.sides[SIDE_SERVER].endpoint.port = 587;
    CHECK(&w, "name-sni-missing", RULE_NA);
    w.hs.sides[SIDE_SERVER].endpoint.port = 443;
    w.hs.version = TLS_SSLV3;
    CHECK(&w, "name-sni-missing", RULE_NA);
    w.hs.version = TLS_1_2;
    w.facts.n_chain = 0; /* TLS 1.3, resumed: nobody knows what the client was given */
    CHECK(&w, "name-sni-missing", RULE_UNDETERMINED);
    w.facts.n_chain = 3;
    /* The certificate is for the address that the client connected to. */
    static const uint8_t ip[] = {192, 0, 2, 7}, other[] = {192, 0, 2, 8};
    struct san sans[] = {{SAN_DNS, text_bytes("www.example.test")}, {SAN_IP, {ip, 4}}};
    struct address *server = &w.hs.sides[SIDE_SERVER].endpoint.address;
    memcpy(server->ip, "\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\0\2\7", 16);
    w.certs[0].sans = sans;
    w.certs[0].n_sans = 2;
    CHECK(&w, "name-sni-missing", RULE_NA);
    sans[1].value.p = other;
    CHECK(&w, "name-sni-missing", RULE_HIT);
    w.certs[0].n_sans = 0;
    CHECK(&w, "name-sni-missing", RULE_NA);
    w.hs.client_hello = NULL;
    CHECK(&w, "name-sni-missing", RULE_NA);
}

/* What others get who ask the same server for a name. */
static void test_sni_missing_where_others_ask(void **state)
{
    struct san other = {SAN_DNS, text_bytes("default.example.test")};
    struct world w;
    (void)state;
    world_init(&w);
    w.history = w.facts.history = history_new();
    w.hs.version = TLS_1_3;
    w.facts.n_chain = 0;
    w.client_hello.has_sni = false;
    CHECK(&w, "name-sni-missing", RULE_UNDETERMINED);
    world_learn(&w, NULL, NOW);
    CHECK(&w, "name-sni-missing", RULE_UNDETERMINED); /* itself asked for none */
    w.client_hello.has_sni = true;
    world_learn(&w, NULL, NOW);
    w.client_hello.has_sni = false;
    CHECK(&w, "name-sni-missing", RULE_HIT);
    assert_int_equal(w.answer.severity, SEV_LOW);
    w.hs.last_us = NOW + DAY + 1;
    CHECK(&w, "name-sni-missing", RULE_UNDETERMINED);
    w.hs.last_us = NOW;
    w.hs.version = TLS_1_2;
    w.facts.n_chain = 3;
    w.client_hello.has_sni = true;
    world_learn(&w, &w.certs[0], NOW);
    w.client_hello.has_sni = false;
    CHECK(&w, "name-sni-missing", RULE_HIT); /* the same certificate */
    assert_int_equal(w.answer.severity, SEV_LOW);
    w.certs[0].sans = &other;
    CHECK(&w, "name-sni-missing", RULE_HIT);
    assert_int_equal(w.answer.severity, SEV_MEDIUM);
    history_free(w.history);
}

/* A world whose client sent a certificate that the server asked for. */
struct mutual {
    struct world w;
    struct cert_request request;
    struct cert_message message;
    struct cert_entry entry;
    struct certificate client;
    const struct certificate *chain[1];
};

static void mutual_init(struct mutual *m)
{
    memset(m, 0, sizeof *m);
    world_init(&m->w);
    world_certificate(&m->client, 9, "CN=alice");
    m->client.has_eku = true;
    m->client.eku = EKU_CLIENT_AUTH;
    m->chain[0] = &m->client;
    m->message = (struct cert_message){.n_certs = 1, .certs = &m->entry};
    m->w.hs.cert_request = &m->request;
    m->w.hs.client_certs = &m->message;
    m->w.facts.client_chain = m->chain;
    m->w.facts.n_client_chain = 1;
}

/* No certificate of a client: not asked for, or lost in the capture. */
static void check_without_client(const char *id)
{
    struct mutual m;
    mutual_init(&m);
    m.w.facts.n_client_chain = 0;
    m.w.hs.client_certs = NULL;
    CHECK(&m.w, id, RULE_NA);
    m.w.hs.sides[SIDE_CLIENT].n_gaps = 1;
    CHECK(&m.w, id, RULE_UNDETERMINED);
    m.w.hs.cert_request = NULL;
    CHECK(&m.w, id, RULE_NA);
    mutual_init(&m);
    m.client.is_parsed = false;
    CHECK(&m.w, id, RULE_UNDETERMINED);
}

static void test_client_expired(void **state)
{
    (void)state;
    struct mutual m;
    mutual_init(&m);
    CHECK(&m.w, "mtls-cert-expired", RULE_PASS);
    m.client.not_after_us = NOW;
    CHECK(&m.w, "mtls-cert-expired", RULE_PASS);
    m.client.not_after_us = NOW - 1;
    CHECK(&m.w, "mtls-cert-expired", RULE_HIT);
    assert_int_equal(m.w.answer.severity, SEV_HIGH);
    assert_ptr_equal(m.w.answer.certificate, &m.client);
    CHECK(&m.w, "mtls-cert-expiring", RULE_NA);
    m.client.not_after_us = INT64_MAX; /* a device */
    CHECK(&m.w, "mtls-cert-expired", RULE_PASS);
    CHECK(&m.w, "mtls-cert-expiring", RULE_NA);
    check_without_client("mtls-cert-expired");
}

/* 7/30 of the lifetime, whatever it is. */
static void test_client_expiring(void **state)
{
    (void)state;
    struct mutual m;
    static const int64_t lifetimes[] = {30 * HOUR, 30 * DAY, 360 * DAY};
    for (size_t i = 0; i < 3; i++) {
        mutual_init(&m);
        int64_t left = lifetimes[i] / 30 * 7;
        m.client.not_after_us = NOW + left;
        m.client.not_before_us = m.client.not_after_us - lifetimes[i];
        CHECK(&m.w, "mtls-cert-expiring", RULE_PASS);
        m.w.facts.at_us++;
        CHECK(&m.w, "mtls-cert-expiring", RULE_HIT);
        m.w.facts.at_us = m.client.not_after_us;
        CHECK(&m.w, "mtls-cert-expiring", RULE_HIT);
    }
    check_without_client("mtls-cert-expiring");
}

static void test_client_eku(void **state)
{
    (void)state;
    struct mutual m;
    mutual_init(&m);
    CHECK(&m.w, "mtls-eku-missing-clientauth", RULE_PASS);
    m.client.eku = EKU_ANY;
    CHECK(&m.w, "mtls-eku-missing-clientauth", RULE_PASS);
    m.client.eku = EKU_SERVER_AUTH;
    CHECK(&m.w, "mtls-eku-missing-clientauth", RULE_HIT);
    assert_int_equal(m.w.answer.severity, SEV_MEDIUM);
    m.w.hs.outcome = OUTCOME_FAIL_ALERT_SERVER;
    CHECK(&m.w, "mtls-eku-missing-clientauth", RULE_HIT);
    assert_int_equal(m.w.answer.severity, SEV_HIGH);
    m.client.problem = "extensions";
    CHECK(&m.w, "mtls-eku-missing-clientauth", RULE_UNDETERMINED);
    m.client.problem = NULL;
    m.client.has_eku = false;
    CHECK(&m.w, "mtls-eku-missing-clientauth", RULE_NA);
    check_without_client("mtls-eku-missing-clientauth");
}

static void test_schemes(void **state)
{
    (void)state;
    static const struct {
        enum key_type key;
        const char *schemes;
        enum verdict verdict;
    } rows[] = {
            {KEY_RSA, "\x04\x03\x04\x01", RULE_PASS}, {KEY_RSA, "\x08\x04\x04\x03", RULE_PASS},
            {KEY_RSA, "\x04\x03\x08\x09", RULE_HIT}, {KEY_RSA_PSS, "\x08\x04\x04\x01", RULE_HIT},
            {KEY_RSA_PSS, "\x08\x09\x04\x01", RULE_PASS}, {KEY_EC, "\x06\x03\x04\x01", RULE_PASS},
            {KEY_EC, "\x08\x04\x04\x01", RULE_HIT}, {KEY_DSA, "\x02\x02\x04\x01", RULE_PASS},
            {KEY_DSA, "\x02\x03\x04\x01", RULE_HIT}, {KEY_ED25519, "\x08\x07\x04\x01", RULE_PASS},
            {KEY_ED25519, "\x08\x08\x04\x01", RULE_HIT}, {KEY_ED448, "\x08\x08\x04\x01", RULE_PASS},
            {KEY_GOST, "\x04\x01\x04\x03", RULE_PASS}, /* not known well enough */
    };
    struct mutual m;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        mutual_init(&m);
        m.client.key_type = rows[i].key;
        m.request.schemes = (struct bytes){(const uint8_t *)rows[i].schemes, 4};
        if (world_check(&m.w, "mtls-sigalg-mismatch") != rows[i].verdict)
            fail_msg("row %zu", i);
    }
    mutual_init(&m);
    CHECK(&m.w, "mtls-sigalg-mismatch", RULE_NA); /* TLS 1.2 without a list */
    m.request.schemes = (struct bytes){(const uint8_t *)"\x04\x03", 2};
    m.w.hs.version = TLS_1_1;
    CHECK(&m.w, "mtls-sigalg-mismatch", RULE_NA);
    check_without_client("mtls-sigalg-mismatch");
}

static void test_hint(void **state)
{
    (void)state;
    struct mutual m;
    mutual_init(&m);
    CHECK(&m.w, "mtls-ca-hint-mismatch", RULE_NA);
    m.w.facts.ca_hint = CA_HINT_MATCH;
    CHECK(&m.w, "mtls-ca-hint-mismatch", RULE_PASS);
    m.w.facts.ca_hint = CA_HINT_NOT_COMPARABLE;
    CHECK(&m.w, "mtls-ca-hint-mismatch", RULE_UNDETERMINED);
    m.w.facts.ca_hint = CA_HINT_MISMATCH;
    CHECK(&m.w, "mtls-ca-hint-mismatch", RULE_HIT);
    assert_int_equal(m.w.answer.severity, SEV_LOW); /* accepted all the same */
    m.w.hs.outcome = OUTCOME_FAIL_ALERT_SERVER;
    CHECK(&m.w, "mtls-ca-hint-mismatch", RULE_HIT);
    assert_int_equal(m.w.answer.severity, SEV_HIGH);
    m.w.hs.outcome = OUTCOME_UNDETERMINED;
    CHECK(&m.w, "mtls-ca-hint-mismatch", RULE_HIT);
    assert_int_equal(m.w.answer.severity, SEV_MEDIUM);
    check_without_client("mtls-ca-hint-mismatch");
}

/* How the handshake ended behind an empty Certificate. */
static void test_missing(void **state)
{
    (void)state;
    static const struct {
        enum outcome outcome;
        uint8_t alert;
        enum verdict verdict;
        enum severity severity;
        double confidence;
    } rows[] = {
            {OUTCOME_FAIL_ALERT_SERVER, 40, RULE_HIT, SEV_MEDIUM, 1},
            {OUTCOME_FAIL_ALERT_SERVER, 42, RULE_HIT, SEV_MEDIUM, 1},
            {OUTCOME_FAIL_ALERT_SERVER, 116, RULE_HIT, SEV_MEDIUM, 1},
            {OUTCOME_FAIL_ALERT_SERVER, 80, RULE_HIT, SEV_MEDIUM, 0.7},
            {OUTCOME_FAIL_CLOSED_SERVER, 0, RULE_HIT, SEV_MEDIUM, 0.6},
            {OUTCOME_FAIL_RESET_SERVER, 0, RULE_HIT, SEV_MEDIUM, 0.6},
            {OUTCOME_FAIL_ALERT_CLIENT, 0, RULE_NA, SEV_INFO, 1},
            {OUTCOME_FAIL_TIMEOUT_PATH, 0, RULE_NA, SEV_INFO, 1},
            {OUTCOME_SUCCESS, 0, RULE_HIT, SEV_INFO, 1},
            {OUTCOME_UNDETERMINED, 0, RULE_UNDETERMINED, SEV_INFO, 1},
            {OUTCOME_SCAN, 0, RULE_NA, SEV_INFO, 1},
    };
    struct mutual m;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        mutual_init(&m);
        m.message = (struct cert_message){.raw = {(const uint8_t *)"\0\0\0", 3}};
        m.w.facts.n_client_chain = 0;
        m.w.hs.outcome = rows[i].outcome;
        m.w.alerts[SIDE_SERVER][0].description = rows[i].alert;
        m.w.hs.sides[SIDE_SERVER].n_alerts = rows[i].alert != 0;
        if (world_check(&m.w, "mtls-cert-missing") != rows[i].verdict)
            fail_msg("row %zu", i);
        if (rows[i].verdict != RULE_HIT)
            continue;
        assert_int_equal(m.w.answer.severity, rows[i].severity);
        assert_true(m.w.answer.confidence == rows[i].confidence);
        assert_int_equal(m.w.answer.basis, rows[i].confidence < 1 ? BASIS_INFERRED : BASIS_SEEN);
    }
}

static void test_missing_others(void **state)
{
    (void)state;
    struct mutual m;
    mutual_init(&m);
    CHECK(&m.w, "mtls-cert-missing", RULE_PASS);
    m.w.hs.client_certs = NULL;
    CHECK(&m.w, "mtls-cert-missing", RULE_NA); /* the attempt ended before it */
    m.w.hs.sides[SIDE_CLIENT].n_gaps = 1;
    CHECK(&m.w, "mtls-cert-missing", RULE_UNDETERMINED);
    m.w.hs.sides[SIDE_CLIENT].n_gaps = 0;
    m.w.hs.version = TLS_SSLV3; /* says so with an alert */
    m.w.alerts[SIDE_CLIENT][0].description = 41;
    m.w.hs.sides[SIDE_CLIENT].n_alerts = 1;
    CHECK(&m.w, "mtls-cert-missing", RULE_HIT);
    m.w.hs.cert_request = NULL;
    CHECK(&m.w, "mtls-cert-missing", RULE_NA);
    /* TLS 1.3: by the size of a record */
    mutual_init(&m);
    m.w.hs.version = TLS_1_3;
    m.w.hs.cert_request = NULL;
    m.w.hs.client_certs = NULL;
    m.w.hs.outcome = OUTCOME_FAIL_INFERRED_SERVER;
    CHECK(&m.w, "mtls-cert-missing", RULE_NA);
    m.w.hs.is_client_cert_empty = true;
    CHECK(&m.w, "mtls-cert-missing", RULE_HIT);
    assert_int_equal(m.w.answer.severity, SEV_MEDIUM);
    assert_int_equal(m.w.answer.basis, BASIS_INFERRED);
    assert_true(m.w.answer.confidence <= 0.7);
    m.w.hs.outcome = OUTCOME_SUCCESS;
    CHECK(&m.w, "mtls-cert-missing", RULE_HIT);
    assert_int_equal(m.w.answer.severity, SEV_INFO);
    m.w.hs.outcome = OUTCOME_UNDETERMINED;
    CHECK(&m.w, "mtls-cert-missing", RULE_UNDETERMINED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_sni_invalid),
            cmocka_unit_test(test_sni_missing), cmocka_unit_test(test_sni_missing_where_others_ask),
            cmocka_unit_test(test_client_expired), cmocka_unit_test(test_client_expiring),
            cmocka_unit_test(test_client_eku), cmocka_unit_test(test_schemes),
            cmocka_unit_test(test_hint), cmocka_unit_test(test_missing),
            cmocka_unit_test(test_missing_others)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
