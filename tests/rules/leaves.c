/* Rules about which certificate an address shows from one handshake to the next. */
#include "tests/rules/build.h"

#define MINUTE INT64_C(60000000)

static struct san NAMES[] = {
        {SAN_DNS, {(const uint8_t *)"a.test", 6}}, {SAN_DNS, {(const uint8_t *)"b.test", 6}}};

static void start(struct world *w)
{
    world_init(w);
    w->history = w->facts.history = history_new();
    w->hs.resumption = RESUMPTION_FULL;
}

/* A leaf with this tag that is valid from days before NOW on, for so many days. */
static void wear(struct world *w, uint8_t tag, int64_t days, int64_t life)
{
    struct certificate *c = &w->certs[0];
    memset(c->sha256, tag, sizeof c->sha256);
    c->not_before_us = NOW - days * DAY;
    c->not_after_us = c->not_before_us + life * DAY;
}

/* One handshake with what the world wears. */
static enum verdict meet(struct world *w, const char *id, uint8_t server, int64_t us)
{
    w->hs.id++;
    w->hs.first_us = w->hs.last_us = w->facts.at_us = us;
    w->hs.sides[SIDE_SERVER].endpoint.address.ip[15] = server;
    enum verdict v = world_check(w, id);
    world_learn(w, &w->certs[0], us);
    return v;
}

struct step {
    uint8_t tag;
    int64_t minute;
    enum verdict verdict;
};

static void walk(struct world *w, const char *id, const struct step *steps, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        wear(w, steps[i].tag, 60 - 10 * steps[i].tag, 90);
        enum verdict v = meet(w, id, 1, NOW + steps[i].minute * MINUTE);
        if (v != steps[i].verdict)
            fail_msg("step %zu: %d", i, (int)v);
    }
}

#define WALK(w, id, steps) walk((w), (id), (steps), sizeof(steps) / sizeof *(steps))

static void test_flapping(void **state)
{
    static const struct step to_and_fro[] = {{1, 0, RULE_PASS}, {2, 5, RULE_PASS},
            {1, 10, RULE_PASS}, {2, 20, RULE_HIT}, {2, 21, RULE_NA}, {1, 22, RULE_HIT},
            {1, 90, RULE_PASS}};
    static const struct step rollout[] = {{1, 0, RULE_PASS}, {2, 100, RULE_PASS},
            {1, 105, RULE_PASS}, {2, 114, RULE_NA}, {1, 115, RULE_HIT}};
    static const struct step slow[] = {
            {1, 0, RULE_PASS}, {2, 20, RULE_PASS}, {1, 40, RULE_PASS}, {2, 81, RULE_PASS}};
    static const struct step within[] = {
            {1, 0, RULE_PASS}, {2, 20, RULE_PASS}, {1, 40, RULE_PASS}, {2, 80, RULE_HIT}};
    static const struct step onward[] = {{1, 0, RULE_PASS}, {2, 20, RULE_PASS}, {3, 30, RULE_PASS},
            {4, 40, RULE_PASS}, {5, 50, RULE_PASS}};
    struct world w;
    (void)state;
    start(&w);
    WALK(&w, "cert-flapping", to_and_fro);
    history_free(w.history);
    start(&w);
    WALK(&w, "cert-flapping", rollout);
    history_free(w.history);
    start(&w);
    WALK(&w, "cert-flapping", slow);
    history_free(w.history);
    start(&w);
    WALK(&w, "cert-flapping", within);
    assert_string_equal(w.answer.subject, "[::1]:443");
    assert_int_equal(w.answer.severity, SEV_HIGH);
    assert_int_equal(w.answer.n_evidence, 2);
    assert_int_equal(w.answer.evidence[1].handshake_id, w.hs.id - 1);
    history_free(w.history);
    start(&w);
    WALK(&w, "cert-flapping", onward);
    history_free(w.history);
    check_without_certificate("cert-flapping");
}

/* n handshakes ten minutes apart that change by turns whatever spoil does; the last verdict. */
static enum verdict by_turns(void (*spoil)(struct world *w, int i))
{
    struct world w;
    enum verdict v = RULE_NA;
    start(&w);
    for (int i = 0; i < 6; i++) {
        wear(&w, (uint8_t)(1 + i % 2), 10, 90);
        spoil(&w, i);
        v = meet(&w, "cert-flapping", w.hs.sides[SIDE_SERVER].endpoint.address.ip[15],
                NOW + i * 10 * MINUTE);
    }
    history_free(w.history);
    return v;
}

static void nothing(struct world *w, int i)
{
    (void)w;
    (void)i;
}

static void key_type(struct world *w, int i)
{
    w->certs[0].key_type = i % 2 ? KEY_EC : KEY_RSA;
}

static void key_type_and_names(struct world *w, int i)
{
    key_type(w, i);
    w->certs[0].sans = &NAMES[i % 2];
}

static void offer(struct world *w, int i)
{
    w->hs.prints.ja4[0] = i % 2 ? 'a' : 'b';
}

static void address(struct world *w, int i)
{
    w->hs.sides[SIDE_SERVER].endpoint.address.ip[15] = (uint8_t)(i % 2);
}

static void issuer(struct world *w, int i)
{
    w->certs[0].issuer_der = text_bytes(i % 2 ? "one" : "two");
}

static void issuer_and_client(struct world *w, int i)
{
    issuer(w, i);
    w->hs.sides[SIDE_CLIENT].endpoint.address.ip[15] = (uint8_t)(i % 2);
}

static void no_name(struct world *w, int i)
{
    (void)i;
    w->client_hello.has_sni = false;
}

static void test_no_flapping(void **state)
{
    (void)state;
    assert_int_equal(by_turns(nothing), RULE_HIT);
    assert_int_equal(by_turns(key_type), RULE_PASS);
    assert_int_equal(by_turns(key_type_and_names), RULE_HIT);
    assert_int_equal(by_turns(offer), RULE_PASS);
    assert_int_equal(by_turns(address), RULE_PASS);
    assert_int_equal(by_turns(issuer), RULE_HIT);
    assert_int_equal(by_turns(issuer_and_client), RULE_PASS);
    assert_int_equal(by_turns(no_name), RULE_NA);
    struct world w;
    world_init(&w);
    CHECK(&w, "cert-flapping", RULE_NA); /* no history */
}

/* To and fro within seconds, of leaves issued so long after each other. */
static enum verdict at_once(int64_t apart_us, int strays)
{
    struct world w;
    enum verdict v = RULE_NA;
    start(&w);
    for (int i = 0; i < 4; i++) {
        wear(&w, (uint8_t)(1 + i % 2), 10, 90);
        w.certs[0].not_before_us += i % 2 * apart_us;
        w.facts.name_match = strays >> i % 2 & 1 ? NAME_FACT_MISMATCH : NAME_FACT_MATCH;
        v = meet(&w, "cert-flapping", 1, NOW + i * MINUTE / 60);
    }
    history_free(w.history);
    return v;
}

static void test_no_deployment(void **state)
{
    (void)state;
    assert_int_equal(at_once(0, 0), RULE_HIT);
    assert_int_equal(at_once(10 * MINUTE, 0), RULE_HIT);
    assert_int_equal(at_once(10 * MINUTE + 1, 0), RULE_NA);
    assert_int_equal(at_once(-10 * MINUTE, 0), RULE_HIT);
    assert_int_equal(at_once(-10 * MINUTE - 1, 0), RULE_NA);
    assert_int_equal(at_once(5 * DAY, 1), RULE_HIT);
    assert_int_equal(at_once(5 * DAY, 2), RULE_HIT);
}

/* Two nodes with the old leaf; the first gets the new one at minute 0, which is seen again at
 * minute `again`; what the second one says at minute `at`. */
static enum verdict stale(struct world *w, int64_t again, int64_t at)
{
    start(w);
    wear(w, 1, 80, 90);
    assert_int_equal(meet(w, "cert-stale-node", 1, NOW - HOUR), RULE_PASS);
    assert_int_equal(meet(w, "cert-stale-node", 2, NOW - HOUR), RULE_PASS);
    wear(w, 2, 1, 90);
    assert_int_equal(meet(w, "cert-stale-node", 1, NOW), RULE_PASS);
    assert_int_equal(meet(w, "cert-stale-node", 1, NOW + again * MINUTE), RULE_PASS);
    wear(w, 1, 80, 90);
    enum verdict v = meet(w, "cert-stale-node", 2, NOW + at * MINUTE);
    return v;
}

static void test_stale_node(void **state)
{
    struct world w;
    (void)state;
    assert_int_equal(stale(&w, 110, 121), RULE_HIT);
    assert_string_equal(w.answer.subject, "[::2]:443");
    assert_int_equal(w.answer.severity, SEV_HIGH);
    wear(&w, 1, 80, 80); /* and it has run out */
    assert_int_equal(meet(&w, "cert-stale-node", 2, NOW + 122 * MINUTE), RULE_HIT);
    assert_int_equal(w.answer.severity, SEV_CRITICAL);
    wear(&w, 2, 1, 90);
    assert_int_equal(meet(&w, "cert-stale-node", 2, NOW + 123 * MINUTE), RULE_PASS);
    wear(&w, 1, 80, 90); /* here it goes to and fro */
    assert_int_equal(meet(&w, "cert-stale-node", 2, NOW + 124 * MINUTE), RULE_NA);
    history_free(w.history);
    assert_int_equal(stale(&w, 110, 120), RULE_NA); /* two hours */
    history_free(w.history);
    assert_int_equal(stale(&w, 59, 121), RULE_NA); /* taken back */
    history_free(w.history);
    assert_int_equal(stale(&w, 110, 231), RULE_NA); /* not seen any more */
    history_free(w.history);
    check_without_certificate("cert-stale-node");
}

/* Another provider's leaf, a canary, other names, another type of key. */
static void test_not_stale(void **state)
{
    struct world w;
    (void)state;
    for (int i = 0; i < 4; i++) {
        start(&w);
        wear(&w, 2, 1, 90);
        if (i == 1)
            w.certs[0].key_type = KEY_EC;
        if (i == 2)
            w.certs[0].sans = &NAMES[0];
        (void)meet(&w, "cert-stale-node", 1, NOW);
        (void)meet(&w, "cert-stale-node", 1, NOW + 110 * MINUTE);
        w.certs[0].key_type = KEY_RSA;
        w.certs[0].sans = &w.san;
        wear(&w, 1, 80, i == 3 ? 80 : 90);
        enum verdict v = meet(&w, "cert-stale-node", 2, NOW + 121 * MINUTE);
        enum verdict wanted[] = {RULE_NA, RULE_PASS, RULE_PASS, RULE_HIT};
        assert_int_equal(v, wanted[i]);
        history_free(w.history);
    }
    assert_int_equal(stale(&w, 110, 115), RULE_NA);
    assert_int_equal(meet(&w, "cert-stale-node", 3, NOW + 125 * MINUTE), RULE_NA); /* 2 to 1 */
    wear(&w, 2, 1, 90);
    assert_int_equal(meet(&w, "cert-stale-node", 4, NOW + 126 * MINUTE), RULE_PASS);
    wear(&w, 1, 80, 90);
    assert_int_equal(meet(&w, "cert-stale-node", 3, NOW + 127 * MINUTE), RULE_HIT); /* 2 to 2 */
    history_free(w.history);
}

/* Renewals after ages[0], ages[1] ... days of 90; then a leaf of age days. */
static enum verdict overdue(struct world *w, const int64_t *ages, int n, double days)
{
    int64_t begin = 1000;
    start(w);
    for (int i = 0; i <= n; i++) {
        wear(w, (uint8_t)(1 + i), begin, 90);
        (void)meet(w, "cert-renewal-overdue", 1, NOW - begin * DAY + HOUR);
        begin -= i < n ? ages[i] : 0;
    }
    enum verdict v = meet(
            w, "cert-renewal-overdue", 1, NOW - begin * DAY + (int64_t)(days * 24 * (double)HOUR));
    return v;
}

static void test_renewal_overdue(void **state)
{
    static const int64_t regular[] = {60, 60, 60}, reissue[] = {5, 60}, late[] = {60, 95};
    struct world w;
    (void)state;
    assert_int_equal(overdue(&w, regular, 1, 79), RULE_NA);
    history_free(w.history);
    assert_int_equal(overdue(&w, regular, 2, 78), RULE_PASS);
    history_free(w.history);
    assert_int_equal(overdue(&w, regular, 2, 78.1), RULE_HIT);
    assert_string_equal(
            w.answer.subject, "0303030303030303030303030303030303030303030303030303030303030303");
    assert_int_equal(w.answer.severity, SEV_MEDIUM);
    history_free(w.history);
    assert_int_equal(overdue(&w, reissue, 2, 77), RULE_PASS);
    history_free(w.history);
    assert_int_equal(overdue(&w, late, 2, 79), RULE_NA); /* one may have been missed */
    history_free(w.history);
    assert_int_equal(overdue(&w, regular, 3, 91), RULE_NA); /* expired */
    history_free(w.history);
    check_without_certificate("cert-renewal-overdue");
}

/* n full handshakes of TLS 1.3 with records of these lengths; the last verdict. */
static enum verdict flights(struct world *w, unsigned n, uint16_t cert, uint16_t verify)
{
    enum verdict v = RULE_NA;
    w->hs.version = TLS_1_3;
    w->hs.cert_record_len = cert;
    w->hs.verify_record_len = verify;
    for (unsigned i = 0; i < n; i++)
        v = meet(w, "cert-change-inferred", 1, NOW + w->hs.id * MINUTE);
    return v;
}

static void test_change_inferred(void **state)
{
    struct world w;
    (void)state;
    start(&w);
    assert_int_equal(flights(&w, 5, 1000, 281), RULE_PASS);
    assert_int_equal(flights(&w, 4, 700, 96), RULE_PASS);
    assert_int_equal(flights(&w, 1, 700, 94), RULE_HIT); /* ECDSA */
    assert_string_equal(w.answer.subject, "[::1]:443");
    assert_float_equal(w.answer.confidence, 0.7, 0.001);
    assert_int_equal(w.answer.basis, BASIS_INFERRED);
    assert_int_equal(w.answer.evidence[1].handshake_id, 5);
    assert_int_equal(flights(&w, 10, 700, 95), RULE_PASS);
    assert_int_equal(flights(&w, 1, 1000, 281), RULE_PASS); /* a stray one */
    assert_int_equal(flights(&w, 5, 700, 95), RULE_PASS);
    assert_int_equal(flights(&w, 5, 701, 95), RULE_HIT);
    w.client_hello.has_status_request = true;
    assert_int_equal(flights(&w, 5, 703, 95), RULE_PASS); /* the answer's signature */
    assert_int_equal(flights(&w, 5, 1203, 95), RULE_HIT);
    assert_float_equal(w.answer.confidence, 0.4, 0.001);
    assert_int_equal(flights(&w, 1, 0, 0), RULE_NA);
    history_free(w.history);
    start(&w);
    assert_int_equal(flights(&w, 4, 1000, 281), RULE_PASS);
    assert_int_equal(flights(&w, 5, 700, 96), RULE_PASS); /* it was not stable before */
    w.hs.version = TLS_1_2;
    CHECK(&w, "cert-change-inferred", RULE_NA);
    history_free(w.history);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_flapping),
            cmocka_unit_test(test_no_flapping), cmocka_unit_test(test_no_deployment),
            cmocka_unit_test(test_stale_node), cmocka_unit_test(test_change_inferred),
            cmocka_unit_test(test_not_stale), cmocka_unit_test(test_renewal_overdue)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
