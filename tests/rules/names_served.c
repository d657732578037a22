/* Rules about what the addresses behind names answer: a default certificate, other protocols. */
#include "history/alpn_choices.h"
#include "history/default_leaves.h"
#include "tests/rules/build.h"

#define MINUTE INT64_C(60000000)

static const char DEFAULT[] = "name-default-cert-served", DIVERGENT[] = "name-alpn-divergent";

static void start(struct world *w)
{
    world_init(w);
    w->history = w->facts.history = history_new();
    w->hs.resumption = RESUMPTION_FULL;
    w->server_hello.version = w->server_hello.legacy_version = TLS_1_2;
}

/* A client of a name gets a leaf, its own or not. */
static enum verdict ask(struct world *w, int64_t service, uint8_t client, bool is_own, int64_t us)
{
    w->hs.id++;
    w->hs.first_us = w->hs.last_us = w->facts.at_us = us;
    w->hs.sides[SIDE_CLIENT].endpoint.address.ip[15] = client;
    w->service.id = service;
    w->facts.name_match = is_own ? NAME_FACT_MATCH : NAME_FACT_MISMATCH;
    w->certs[0].sha256[0] = is_own ? (uint8_t)service : 200;
    enum verdict v = world_check(w, DEFAULT);
    world_learn(w, &w->certs[0], us);
    return v;
}

/* Three names, of which `had` had a leaf of their own; then so many clients of each get the
 * default.
 */
static enum verdict fall_back(struct world *w, int had, int clients, int64_t step_us)
{
    enum verdict v = RULE_NA;
    int64_t us = NOW;
    start(w);
    for (int i = 0; i < had; i++)
        assert_int_equal(ask(w, 1 + i, 1, true, us++), RULE_PASS);
    for (int k = 0; k < clients; k++)
        for (int i = 0; i < 3; i++)
            v = ask(w, 1 + i, (uint8_t)(1 + k), false, us += step_us);
    return v;
}

static void test_default(void **state)
{
    struct world w;
    (void)state;
    assert_int_equal(fall_back(&w, 3, 2, MINUTE), RULE_HIT);
    assert_int_equal(w.answer.severity, SEV_HIGH);
    assert_int_equal(w.answer.n_evidence, 2);
    assert_int_equal(ask(&w, 3, 1, true, NOW + HOUR), RULE_PASS);
    history_free(w.history);
    assert_int_equal(fall_back(&w, 2, 2, MINUTE), RULE_NA); /* the third never had one */
    history_free(w.history);
    assert_int_equal(fall_back(&w, 3, 1, MINUTE), RULE_NA); /* one client */
    w.hs.prints.ja4[0] = 'x';                               /* and another behind its address */
    assert_int_equal(ask(&w, 1, 1, false, NOW + HOUR), RULE_NA);
    assert_int_equal(ask(&w, 2, 1, false, NOW + HOUR), RULE_NA);
    assert_int_equal(ask(&w, 3, 1, false, NOW + HOUR), RULE_HIT);
    history_free(w.history);
    assert_int_equal(fall_back(&w, 3, 2, 13 * HOUR), RULE_NA); /* not within a day */
    history_free(w.history);
    start(&w);
    w.facts.name_match = NAME_FACT_NOT_COMPARABLE;
    CHECK(&w, DEFAULT, RULE_NA);
    w.facts.name_match = NAME_FACT_MISMATCH;
    w.certs[0].n_sans_dropped = 1;
    CHECK(&w, DEFAULT, RULE_UNDETERMINED);
    history_free(w.history);
    check_without_certificate(DEFAULT);
}

static enum verdict choose(struct world *w, uint8_t server, const char *alpn, int64_t us)
{
    w->hs.id++;
    w->hs.first_us = w->hs.last_us = us;
    w->hs.sides[SIDE_SERVER].endpoint.address.ip[15] = server;
    w->client_hello.has_alpn = true;
    w->client_hello.alpn = text_bytes("\x02h2\x08http/1.1");
    w->server_hello.alpn = text_bytes(alpn);
    enum verdict v = world_check(w, DIVERGENT);
    world_learn(w, NULL, us);
    return v;
}

static void test_divergent(void **state)
{
    struct world w;
    (void)state;
    start(&w);
    assert_int_equal(choose(&w, 1, "h2", NOW), RULE_PASS);
    assert_int_equal(choose(&w, 2, "http/1.1", NOW + 1), RULE_PASS); /* may be a change */
    assert_int_equal(choose(&w, 1, "h2", NOW + 2), RULE_HIT);
    assert_string_equal(w.answer.subject, "h2 / http/1.1");
    assert_int_equal(w.answer.evidence[1].handshake_id, w.hs.id - 1);
    assert_int_equal(choose(&w, 2, "", NOW + 3), RULE_PASS);
    assert_int_equal(choose(&w, 1, "h2", NOW + 4), RULE_HIT);
    assert_string_equal(w.answer.subject, "h2 / none");
    assert_int_equal(choose(&w, 2, "h2", NOW + 5), RULE_PASS);
    assert_int_equal(choose(&w, 1, "h2", NOW + 6), RULE_PASS);
    assert_int_equal(choose(&w, 2, "http/1.1", NOW + 7), RULE_PASS);
    w.hs.prints.ja4[0] = 'q'; /* another offer */
    assert_int_equal(choose(&w, 1, "h2", NOW + 8), RULE_PASS);
    w.hs.prints.ja4[0] = 't';
    assert_int_equal(choose(&w, 1, "h2", NOW + 6 + ALPN_WINDOW_US + 1), RULE_PASS);
    w.hs.version = TLS_1_3;
    assert_int_equal(choose(&w, 2, "http/1.1", NOW + 9), RULE_NA);
    w.hs.version = TLS_1_2;
    w.hs.resumption = RESUMPTION_RESUMED;
    assert_int_equal(choose(&w, 2, "http/1.1", NOW + 9), RULE_NA);
    history_free(w.history);
    check_without_hello(DIVERGENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_default), cmocka_unit_test(test_divergent)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
