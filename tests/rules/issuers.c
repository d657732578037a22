/* Rules about who issued the certificates of a name, and with which keys. */
#include "tests/rules/build.h"

#define MINUTE INT64_C(60000000)

static struct judgement PUBLIC = {.is_public = KNOWN_YES}, PRIVATE = {.is_public = KNOWN_NO},
                        UNKNOWN = {.is_public = KNOWN_UNKNOWN};

static void start(struct world *w)
{
    world_init(w);
    w->history = w->facts.history = history_new();
    w->facts.judgement = &PUBLIC;
}

static void issued(struct world *w, const char *by)
{
    w->certs[0].issuer = by;
    w->certs[0].issuer_der = text_bytes(by);
}

static enum verdict meet(struct world *w, const char *id, uint8_t client, int64_t us)
{
    w->hs.id++;
    w->hs.first_us = w->hs.last_us = w->facts.at_us = us;
    w->hs.sides[SIDE_CLIENT].endpoint.address.ip[15] = client;
    enum verdict v = world_check(w, id);
    world_learn(w, &w->certs[0], us);
    return v;
}

static void test_issuer_changed(void **state)
{
    static const char ID[] = "cert-issuer-changed";
    struct world w;
    (void)state;
    start(&w);
    issued(&w, "CN=Old");
    assert_int_equal(meet(&w, ID, 1, NOW), RULE_PASS);
    issued(&w, "CN=New");
    assert_int_equal(meet(&w, ID, 1, NOW + 1), RULE_HIT);
    assert_int_equal(w.answer.severity, SEV_INFO);
    assert_string_equal(w.answer.subject, "CN=New");
    assert_non_null(strstr(w.answer.summary, "CN=Old"));
    assert_int_equal(meet(&w, ID, 1, NOW + 2), RULE_PASS);
    w.certs[0].authority_key_id = text_bytes("key 2"); /* same name, another key */
    assert_int_equal(meet(&w, ID, 1, NOW + 3), RULE_HIT);
    w.certs[0].key_type = KEY_EC; /* the other one of a pair */
    issued(&w, "CN=For EC");
    assert_int_equal(meet(&w, ID, 1, NOW + 4), RULE_PASS);
    issued(&w, "CN=Other");
    w.facts.name_match = NAME_FACT_MISMATCH;
    assert_int_equal(meet(&w, ID, 1, NOW + 5), RULE_NA);
    w.facts.name_match = NAME_FACT_MATCH;
    w.certs[0].is_self_issued = true;
    assert_int_equal(meet(&w, ID, 1, NOW + 6), RULE_NA);
    history_free(w.history);
    check_without_certificate(ID);
}

/* Who meets what: clients 1 and 2 one issuer, 3 and 4 the other, in turn, n rounds; spoil changes
 * one thing in the last round but one. The last verdict, of a client of the second kind. */
static enum verdict divided(
        struct world *w, const char *id, int n, int64_t step_us, void (*spoil)(struct world *w))
{
    enum verdict v = RULE_NA;
    start(w);
    for (int i = 0; i < 4 * n; i++) {
        bool is_second = i % 2 == 1;
        issued(w, is_second ? "CN=Second" : "CN=First");
        w->facts.judgement = is_second ? &PRIVATE : &PUBLIC;
        if (spoil != NULL && i == 4 * n - 4)
            spoil(w);
        uint8_t client = (uint8_t)(1 + i % 4);
        v = meet(w, id, client, NOW + i * step_us);
    }
    return v;
}

static void mix(struct world *w)
{
    issued(w, "CN=Second");
    w->facts.judgement = &PRIVATE;
}

static void test_divided(void **state)
{
    static const char *const ids[] = {"cert-issuer-changed", "interop-interception"};
    struct world w;
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(divided(&w, ids[i], 2, MINUTE, NULL), RULE_PASS);
        history_free(w.history);
        assert_int_equal(divided(&w, ids[i], 3, MINUTE, NULL), RULE_HIT);
        assert_int_equal(w.answer.severity, SEV_MEDIUM);
        assert_string_equal(w.answer.subject, "CN=Second");
        assert_int_equal(w.answer.evidence[1].handshake_id, w.hs.id - 1);
        issued(&w, "CN=First");
        w.facts.judgement = &PUBLIC;
        assert_int_equal(meet(&w, ids[i], 1, NOW + 13 * MINUTE), RULE_NA);
        history_free(w.history);
        assert_int_equal(divided(&w, ids[i], 4, MINUTE, mix), RULE_PASS);
        history_free(w.history);
        assert_int_equal(divided(&w, ids[i], 4, 20 * MINUTE, NULL), RULE_PASS); /* too slow */
        history_free(w.history);
        check_without_certificate(ids[i]);
    }
    start(&w);
    w.facts.judgement = &UNKNOWN;
    CHECK(&w, "interop-interception", RULE_UNDETERMINED);
    history_free(w.history);
}

/* First one kind, then the other: a change, nobody is divided. */
static void test_in_order(void **state)
{
    struct world w;
    (void)state;
    start(&w);
    for (int i = 0; i < 20; i++) {
        issued(&w, i < 10 ? "CN=First" : "CN=Second");
        w.facts.judgement = i < 10 ? &PUBLIC : &PRIVATE;
        enum verdict v =
                meet(&w, "interop-interception", (uint8_t)(i / 10 * 2 + i % 2), NOW + i * MINUTE);
        assert_int_equal(v, i < 10 ? RULE_NA : RULE_PASS);
    }
    history_free(w.history);
}

static void test_key_reused(void **state)
{
    static const char ID[] = "cert-key-reused-long";
    static struct judgement revoked = {.has_crls = true,
            .crl = {.status = CRL_REVOKED, .verdict = SIGNED_VALID, .revoked_reason = 1}};
    struct world w;
    (void)state;
    start(&w);
    struct certificate *c = &w.certs[0];
    c->not_before_us = NOW - 398 * DAY;
    assert_int_equal(meet(&w, ID, 1, NOW - 300 * DAY), RULE_PASS);
    assert_int_equal(meet(&w, ID, 1, NOW + 300 * DAY), RULE_PASS); /* one long life */
    c->sha256[0] = 99;
    c->not_before_us = NOW - 10 * DAY;
    assert_int_equal(meet(&w, ID, 1, NOW), RULE_PASS);
    w.facts.vantage = 9;
    assert_int_equal(meet(&w, ID, 1, NOW + 1), RULE_HIT);
    assert_int_equal(w.answer.severity, SEV_LOW);
    c->is_self_issued = true;
    assert_int_equal(meet(&w, ID, 1, NOW + 1), RULE_NA);
    c->is_self_issued = false;
    c->spki_sha256[0] = 1; /* a new key */
    assert_int_equal(meet(&w, ID, 1, NOW + 1), RULE_PASS);
    w.facts.judgement = &revoked;
    (void)meet(&w, ID, 1, NOW + 2);
    w.facts.judgement = &PUBLIC;
    c->sha256[0] = 100;
    c->not_before_us = NOW;
    assert_int_equal(meet(&w, ID, 1, NOW + 3), RULE_HIT);
    assert_int_equal(w.answer.severity, SEV_HIGH);
    history_free(w.history);
    check_without_certificate(ID);
}

static struct alert REFUSED = {.level = 2, .description = 48};

/* A client with a certificate of this issuer and age is accepted or refused. */
static enum verdict show(struct world *w, const char *issuer, int64_t days, bool is_refused)
{
    struct certificate *c = &w->certs[1];
    c->issuer = issuer;
    c->issuer_der = text_bytes(issuer);
    c->not_before_us = NOW - days * DAY;
    w->hs.outcome = is_refused ? OUTCOME_FAIL_ALERT_SERVER : OUTCOME_SUCCESS;
    w->hs.sides[SIDE_SERVER].n_alerts = is_refused;
    w->hs.sides[SIDE_SERVER].alerts = &REFUSED;
    return meet(w, "mtls-ca-generation-skew", 1, NOW + w->hs.id);
}

static void start_clients(struct world *w)
{
    static struct cert_entry entry;
    static const struct cert_message message = {.n_certs = 1, .certs = &entry};
    static const struct cert_request request = {.n_authorities = 0};
    start(w);
    w->facts.client_chain = &w->chain[1];
    w->facts.n_client_chain = 1;
    w->hs.client_certs = &message;
    w->hs.cert_request = &request;
}

static void test_generations(void **state)
{
    static const char OLD[] = "CN=Client CA G1, O=Example", NEW[] = "CN=Client CA G2, O=Example";
    struct world w;
    (void)state;
    start_clients(&w);
    for (int i = 0; i < 10; i++)
        assert_int_equal(show(&w, OLD, 20, false), RULE_PASS);
    assert_int_equal(show(&w, NEW, 10, false), RULE_HIT); /* accepted */
    assert_int_equal(w.answer.severity, SEV_INFO);
    assert_string_equal(w.answer.subject, "CN=Client CA G2, O=Example (overlap)");
    assert_int_equal(show(&w, OLD, 20, false), RULE_NA);
    history_free(w.history);
    start_clients(&w);
    for (int i = 0; i < 10; i++)
        (void)show(&w, OLD, 20, false);
    /* With k of k refused against none of ten p is 1 / C(10 + k, k): below 0.0001 from 7 on. From 3
     * on the server's own word is enough for less confidence. */
    for (int i = 1; i <= 8; i++) {
        assert_int_equal(show(&w, NEW, 10, true), i < 3 ? RULE_NA : RULE_HIT);
        if (i >= 3)
            assert_true(w.answer.confidence < 0.75 ? i < 7 : i >= 7);
    }
    assert_int_equal(w.answer.severity, SEV_HIGH);
    assert_string_equal(w.answer.subject, NEW);
    assert_int_equal(show(&w, NEW, 10, false), RULE_NA);
    assert_int_equal(show(&w, "CN=Other CA, O=Example", 1, false), RULE_PASS);
    w.hs.cert_request = NULL;
    w.facts.n_client_chain = 0;
    CHECK(&w, "mtls-ca-generation-skew", RULE_NA);
    history_free(w.history);
    start_clients(&w); /* the older ones are refused: no skew of this kind */
    for (int i = 0; i < 20; i++)
        (void)show(&w, NEW, 10, false);
    for (int i = 0; i < 20; i++)
        assert_int_equal(show(&w, OLD, 20, true), RULE_NA);
    history_free(w.history);
}

/* Few of each: only when the server says unknown_ca, to all of the newer and to none of the older.
 */
static void test_few_of_each(void **state)
{
    static const struct {
        int older, accepted, refused;
        uint8_t alert;
        enum verdict verdict;
    } ROWS[] = {{3, 0, 3, 48, RULE_HIT}, {2, 0, 3, 48, RULE_NA}, {3, 1, 3, 48, RULE_NA},
            {3, 0, 2, 48, RULE_NA}, {3, 0, 3, 45, RULE_NA}};
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct world w;
        enum verdict v = RULE_NA;
        start_clients(&w);
        REFUSED.description = ROWS[i].alert;
        for (int k = 0; k < ROWS[i].older; k++)
            (void)show(&w, "CN=Client CA", 20, false);
        for (int k = 0; k < ROWS[i].accepted; k++)
            (void)show(&w, "CN=Client CA 2", 10, false);
        for (int k = 0; k < ROWS[i].refused; k++)
            v = show(&w, "CN=Client CA 2", 10, true);
        assert_int_equal(v, ROWS[i].verdict);
        history_free(w.history);
    }
    REFUSED.description = 48;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_issuer_changed),
            cmocka_unit_test(test_divided), cmocka_unit_test(test_in_order),
            cmocka_unit_test(test_key_reused), cmocka_unit_test(test_generations),
            cmocka_unit_test(test_few_of_each)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
