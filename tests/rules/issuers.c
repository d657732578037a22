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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_issuer_changed),
            cmocka_unit_test(test_divided), cmocka_unit_test(test_in_order),
            cmocka_unit_test(test_key_reused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
