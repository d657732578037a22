/* Rules about refusals: names, protocols, client certificates, and what TLS 1.3 lets be guessed. */
#include "history/tls_ports.h"
#include "tests/rules/build.h"

#define B(s) ((struct bytes){(const uint8_t *)(s), sizeof(s) - 1})
#define MINUTE INT64_C(60000000)

static void alert_of(struct world *w, enum side by, uint8_t level, uint8_t description)
{
    w->hs.outcome = by == SIDE_CLIENT ? OUTCOME_FAIL_ALERT_CLIENT : OUTCOME_FAIL_ALERT_SERVER;
    w->hs.sides[by].n_alerts = 1;
    w->alerts[by][0] = (struct alert){.level = level, .description = description};
}

static void again(struct world *w, unsigned times)
{
    w->history = w->facts.history;
    for (unsigned i = 0; i < times; i++)
        world_learn(w, NULL, w->hs.last_us);
}

static void test_name(void **state)
{
    (void)state;
    static const char *const id = "name-unrecognized";
    struct world w;
    world_init(&w);
    w.facts.history = history_new();
    CHECK(&w, id, RULE_PASS);
    alert_of(&w, SIDE_SERVER, 2, 112);
    CHECK(&w, id, RULE_PASS); /* once */
    again(&w, 1);
    CHECK(&w, id, RULE_PASS); /* twice */
    again(&w, 1);
    CHECK(&w, id, RULE_HIT);
    assert_int_equal(w.answer.severity, SEV_MEDIUM);
    assert_string_equal(w.answer.subject, "www.example.test");
    w.alerts[SIDE_SERVER][0].level = 1;
    CHECK(&w, id, RULE_HIT);
    assert_int_equal(w.answer.severity, SEV_LOW);
    w.hs.outcome = OUTCOME_SCAN;
    CHECK(&w, id, RULE_NA);
    w.hs.outcome = OUTCOME_SUCCESS; /* which a warning does not hinder */
    CHECK(&w, id, RULE_HIT);
    w.client_hello.sni = text_bytes("another.example.test");
    CHECK(&w, id, RULE_PASS);
    w.client_hello.sni = text_bytes("www.example.test");
    w.hs.last_us = NOW + 11 * MINUTE; /* forgotten */
    CHECK(&w, id, RULE_PASS);
    w.hs.client_hello = NULL;
    CHECK(&w, id, RULE_NA);
    history_free(w.facts.history);
    w.facts.history = NULL; /* without memory nothing is often */
    w.hs.client_hello = &w.client_hello;
    CHECK(&w, id, RULE_PASS);
}

static void test_alpn(void **state)
{
    (void)state;
    static const char *const id = "name-alpn-none";
    struct world w;
    world_init(&w);
    w.facts.history = history_new();
    CHECK(&w, id, RULE_NA);
    w.client_hello.has_alpn = true;
    w.client_hello.alpn = B("\2h2\x08http/1.1");
    CHECK(&w, id, RULE_PASS);
    alert_of(&w, SIDE_SERVER, 2, 120);
    CHECK(&w, id, RULE_HIT);
    assert_non_null(strstr(w.answer.summary, "(h2, http/1.1); what it speaks was not seen"));
    w.server_hello.has_alpn = true; /* with somebody else */
    w.server_hello.alpn = B("mqtt");
    again(&w, 1);
    CHECK(&w, id, RULE_HIT);
    assert_non_null(strstr(w.answer.summary, "with others it chose mqtt"));
    w.client_hello.alpn = B("\x0a"
                            "acme-tls/1");
    CHECK(&w, id, RULE_NA);
    w.hs.outcome = OUTCOME_SCAN;
    w.client_hello.alpn = B("\2h2");
    CHECK(&w, id, RULE_NA);
    w.hs.client_hello = NULL;
    CHECK(&w, id, RULE_NA);
    history_free(w.facts.history);
}

/* A world whose client showed a certificate. */
struct shown {
    struct world w;
    struct cert_message message;
    struct cert_entry entry;
    struct cert_request request;
    struct certificate cert;
    const struct certificate *chain[1];
};

static void shown_init(struct shown *s)
{
    *s = (struct shown){.message = {.n_certs = 1}};
    world_init(&s->w);
    world_certificate(&s->cert, 9, "CN=client");
    s->message.certs = &s->entry;
    s->entry.der = B("certificate");
    s->chain[0] = &s->cert;
    s->w.hs.client_certs = &s->message;
    s->w.hs.cert_request = &s->request;
    s->w.facts.client_chain = s->chain;
    s->w.facts.n_client_chain = 1;
    s->w.facts.history = history_new();
}

static void client_is(struct shown *s, uint8_t last)
{
    s->w.hs.sides[SIDE_CLIENT].endpoint.address.ip[15] = last;
}

static void test_rejected(void **state)
{
    (void)state;
    static const char *const id = "mtls-cert-rejected";
    static const uint8_t codes[] = {42, 43, 44, 45, 46, 48, 49};
    struct shown s;
    shown_init(&s);
    CHECK(&s.w, id, RULE_PASS);
    for (size_t i = 0; i < sizeof codes; i++) {
        alert_of(&s.w, SIDE_SERVER, 2, codes[i]);
        CHECK(&s.w, id, RULE_HIT);
        assert_int_equal(s.w.answer.severity, SEV_MEDIUM);
    }
    alert_of(&s.w, SIDE_SERVER, 2, 40);
    CHECK(&s.w, id, RULE_PASS);
    alert_of(&s.w, SIDE_CLIENT, 2, 48); /* about the server's */
    CHECK(&s.w, id, RULE_PASS);
    alert_of(&s.w, SIDE_SERVER, 2, 48);
    s.w.hs.outcome = OUTCOME_UNDETERMINED;
    CHECK(&s.w, id, RULE_UNDETERMINED);
    s.w.hs.client_certs = NULL;
    CHECK(&s.w, id, RULE_NA);
    s.w.hs.sides[SIDE_CLIENT].n_gaps = 1;
    CHECK(&s.w, id, RULE_UNDETERMINED);
    history_free(s.w.facts.history);
}

static enum severity severity_now(struct shown *s)
{
    CHECK(&s->w, "mtls-cert-rejected", RULE_HIT);
    return s->w.answer.severity;
}

static void test_rejected_often(void **state)
{
    (void)state;
    struct shown s;
    shown_init(&s);
    alert_of(&s.w, SIDE_SERVER, 2, 48);
    client_is(&s, 1);
    again(&s.w, 50); /* one client that tries and tries */
    assert_int_equal(severity_now(&s), SEV_MEDIUM);
    client_is(&s, 2);
    assert_int_equal(severity_now(&s), SEV_MEDIUM);
    again(&s.w, 1);
    client_is(&s, 3);
    assert_int_equal(severity_now(&s), SEV_HIGH);
    s.w.hs.last_us = NOW + 11 * MINUTE;
    assert_int_equal(severity_now(&s), SEV_MEDIUM);
    history_free(s.w.facts.history);
    /* Two clients: 2 of 200 are one in a hundred, 2 of 199 are more, and 2 of 99 are too few. */
    static const struct {
        unsigned good;
        enum severity severity;
    } rows[] = {{198, SEV_MEDIUM}, {197, SEV_HIGH}, {98, SEV_HIGH}, {97, SEV_MEDIUM}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        shown_init(&s);
        again(&s.w, rows[i].good);
        alert_of(&s.w, SIDE_SERVER, 2, 48);
        client_is(&s, 1);
        again(&s.w, 1);
        s.entry.der = B("another"); /* the same address with another certificate */
        if (severity_now(&s) != rows[i].severity)
            fail_msg("%u good ones", rows[i].good);
        history_free(s.w.facts.history);
    }
}

static void test_inferred(void **state)
{
    (void)state;
    static const struct {
        uint16_t version;
        enum outcome outcome;
        bool is_sent, is_empty;
        enum verdict mtls, other;
    } rows[] = {
            {TLS_1_3, OUTCOME_SUCCESS, true, false, RULE_PASS, RULE_PASS},
            {TLS_1_3, OUTCOME_FAIL_INFERRED_SERVER, true, false, RULE_HIT, RULE_PASS},
            {TLS_1_3, OUTCOME_FAIL_CLOSED_SERVER, true, false, RULE_HIT, RULE_PASS},
            {TLS_1_3, OUTCOME_FAIL_RESET_SERVER, true, false, RULE_HIT, RULE_PASS},
            {TLS_1_3, OUTCOME_FAIL_INFERRED_SERVER, false, true, RULE_NA, RULE_PASS},
            {TLS_1_3, OUTCOME_FAIL_INFERRED_SERVER, false, false, RULE_NA, RULE_HIT},
            {TLS_1_3, OUTCOME_FAIL_INFERRED_CLIENT, false, false, RULE_NA, RULE_HIT},
            {TLS_1_2, OUTCOME_FAIL_INFERRED_CLIENT, false, false, RULE_NA, RULE_HIT},
            {TLS_1_3, OUTCOME_FAIL_CLOSED_CLIENT, false, false, RULE_NA, RULE_HIT},
            {TLS_1_2, OUTCOME_FAIL_CLOSED_CLIENT, false, false, RULE_NA, RULE_PASS},
            {TLS_1_3, OUTCOME_FAIL_RESET_CLIENT, false, false, RULE_NA, RULE_PASS},
            {TLS_1_3, OUTCOME_FAIL_ALERT_CLIENT, false, false, RULE_NA, RULE_PASS},
            {TLS_1_3, OUTCOME_UNDETERMINED, true, false, RULE_UNDETERMINED, RULE_UNDETERMINED},
            {TLS_1_3, OUTCOME_SCAN, true, false, RULE_NA, RULE_NA},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world w;
        world_init(&w);
        w.hs.version = rows[i].version;
        w.hs.outcome = rows[i].outcome;
        w.hs.confidence = 0.9;
        w.hs.is_client_cert_sent = rows[i].is_sent;
        w.hs.is_client_cert_empty = rows[i].is_empty;
        if (world_check(&w, "mtls-reject-inferred") != rows[i].mtls)
            fail_msg("mtls-reject-inferred, row %zu", i);
        if (rows[i].mtls == RULE_HIT)
            assert_true(w.answer.confidence <= 0.7 && w.answer.basis == BASIS_INFERRED);
        if (world_check(&w, "interop-reject-inferred") != rows[i].other)
            fail_msg("interop-reject-inferred, row %zu", i);
        if (rows[i].other == RULE_HIT)
            assert_true(
                    w.answer.basis == BASIS_INFERRED &&
                    (w.answer.confidence > 0.8 || rows[i].outcome == OUTCOME_FAIL_CLOSED_CLIENT));
        bool is_broken = rows[i].outcome >= OUTCOME_FAIL_RESET_CLIENT &&
                         rows[i].outcome <= OUTCOME_FAIL_CLOSED_SERVER;
        if (is_broken && rows[i].mtls != RULE_HIT && rows[i].other != RULE_HIT)
            CHECK(&w, "interop-reset-mid-handshake", RULE_HIT);
        else if (is_broken) /* said once */
            CHECK(&w, "interop-reset-mid-handshake", RULE_NA);
    }
}

static void test_clear_text(void **state)
{
    (void)state;
    static const char *const id = "proto-plaintext-on-tls-port";
    struct world w;
    world_init(&w);
    w.facts.history = history_new();
    CHECK(&w, id, RULE_PASS);
    w.hs.server_hello = NULL;
    w.hs.malformed = TLS_NO_RECORD;
    w.hs.malformed_side = SIDE_SERVER;
    w.hs.malformed_bytes = text_bytes("HTTP/1.1 400 Bad Request");
    again(&w, 1);
    CHECK(&w, id, RULE_PASS); /* twice */
    again(&w, 1);
    CHECK(&w, id, RULE_HIT);
    w.hs.malformed_bytes = text_bytes("<!DOCTYPE HTML>\n<html>"); /* of HTTP/0.9 */
    CHECK(&w, id, RULE_HIT);
    w.hs.malformed_bytes = text_bytes("SSH-2.0-server");
    CHECK(&w, id, RULE_PASS);
    w.hs.malformed_bytes = text_bytes("HTTP/1.1 400 Bad Request");
    w.hs.outcome = OUTCOME_SCAN;
    CHECK(&w, id, RULE_NA);
    w.hs.outcome = OUTCOME_FAIL_CLOSED_CLIENT;
    w.hs.last_us = NOW + 61 * MINUTE;
    CHECK(&w, id, RULE_PASS);
    w.hs.client_hello = NULL;
    CHECK(&w, id, RULE_NA);
    /* The other way round. */
    static const struct {
        const char *begin;
        enum verdict verdict;
    } rows[] = {{"GET / HTTP/1.1", RULE_HIT}, {"EHLO a.example", RULE_HIT},
            {"CONNECT www.example.test:443", RULE_PASS}, {"PROXY TCP4 192.0.2.1", RULE_PASS},
            {"SSH-2.0-", RULE_PASS}, {"GE", RULE_PASS}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct not_tls n = {.first_us = NOW, .server = {.port = 443}};
        n.begin[SIDE_CLIENT].n = strlen(rows[i].begin);
        memcpy(n.begin[SIDE_CLIENT].bytes, rows[i].begin, strlen(rows[i].begin));
        struct recent_event e = recent_clear_text(0, &n.client, &n.server);
        history_free(w.facts.history);
        w.facts.history = history_new();
        w.facts.handshake = NULL;
        w.facts.not_tls = &n;
        recent_add(w.facts.history, &e, NOW);
        CHECK(&w, id, RULE_PASS);
        recent_add(w.facts.history, &e, NOW);
        CHECK(&w, id, rows[i].verdict);
    }
    w.facts.not_tls = NULL;
    CHECK(&w, id, RULE_NA);
    history_free(w.facts.history);
}

/* On any port, when the server spoke TLS there in the seven days before. */
static void test_clear_text_by_history(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    w.facts.history = history_new();
    w.facts.handshake = NULL;
    struct not_tls n = {.first_us = NOW, .server = {.port = 10443}};
    n.begin[SIDE_CLIENT].n = 4;
    memcpy(n.begin[SIDE_CLIENT].bytes, "GET ", 4);
    w.facts.not_tls = &n;
    struct recent_event e = recent_clear_text(0, &n.client, &n.server);
    for (int i = 0; i < 2; i++)
        recent_add(w.facts.history, &e, NOW);
    assert_true(history_spoke_tls(NULL, 0, &n.server, NOW) == INT64_MIN);
    assert_true(history_spoke_tls(w.facts.history, 0, &n.server, NOW) == INT64_MIN);
    CHECK(&w, "proto-plaintext-on-tls-port", RULE_HIT); /* by its port, as the engine says */
    assert_null(strstr(w.answer.summary, "spoke TLS"));
    int64_t us = NOW - HISTORY_TLS_PORT_US;
    history_note_tls(w.facts.history, 0, &n.server, us - 1);
    assert_true(history_spoke_tls(w.facts.history, 0, &n.server, NOW) == INT64_MIN);
    history_note_tls(w.facts.history, 0, &n.server, us + HOUR);
    assert_true(history_spoke_tls(w.facts.history, 0, &n.server, NOW) == us + HOUR);
    assert_true(history_spoke_tls(w.facts.history, 1, &n.server, NOW) == INT64_MIN);
    CHECK(&w, "proto-plaintext-on-tls-port", RULE_HIT);
    assert_non_null(strstr(w.answer.summary, "; the server spoke TLS there on "));
    n.server.port++;
    assert_true(history_spoke_tls(w.facts.history, 0, &n.server, NOW) == INT64_MIN);
    history_free(w.facts.history);
}

/* The general rule leads to the special one. */
static void test_see(void **state)
{
    (void)state;
    static const struct {
        enum side side;
        uint8_t description;
        const char *see;
    } rows[] = {{SIDE_SERVER, 112, "; see name-unrecognized"},
            {SIDE_SERVER, 120, "; see name-alpn"}, {SIDE_SERVER, 86, "; see proto-fallback-scsv"},
            {SIDE_CLIENT, 45, "; see cert-expired"}, {SIDE_SERVER, 45, "; see mtls-cert-rejected"},
            {SIDE_CLIENT, 47, "; see proto-illegal-selection"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world w;
        world_init(&w);
        alert_of(&w, rows[i].side, 2, rows[i].description);
        CHECK(&w, "interop-fatal-alert", RULE_HIT);
        assert_non_null(strstr(w.answer.summary, rows[i].see));
    }
    struct world w;
    world_init(&w);
    alert_of(&w, SIDE_CLIENT, 2, 49);
    CHECK(&w, "interop-fatal-alert", RULE_HIT);
    assert_null(strstr(w.answer.summary, "see"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_name), cmocka_unit_test(test_alpn),
            cmocka_unit_test(test_rejected), cmocka_unit_test(test_rejected_often),
            cmocka_unit_test(test_inferred), cmocka_unit_test(test_see),
            cmocka_unit_test(test_clear_text), cmocka_unit_test(test_clear_text_by_history)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
