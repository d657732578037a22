/* Rules about what hosts do from one handshake to the next, and about clocks. */
#include "history/fallbacks.h"
#include "tests/rules/build.h"

#define SECOND INT64_C(1000000)

static const uint8_t OFFER_13[] = {0x3a, 0x3a, 3, 4, 3, 3}, OFFER_12[] = {3, 3};
static const uint8_t SUITES[] = {0x13, 1, 0xc0, 0x2f}, OTHERS[] = {0x13, 1, 0xc0, 0x30};

static void start(struct world *w)
{
    world_init(w);
    w->history = w->facts.history = history_new();
    w->hs.resumption = RESUMPTION_FULL;
    w->server_hello.version = w->server_hello.legacy_version = TLS_1_2;
}

static void at(struct world *w, int64_t us)
{
    w->hs.id++;
    w->hs.first_us = w->hs.last_us = us;
}

#define BYTES(array) ((struct bytes){(array), sizeof(array)})

static void offer(struct world *w, struct bytes versions, struct bytes suites, int64_t us)
{
    at(w, us);
    w->client_hello.has_supported_versions = true;
    w->client_hello.supported_versions = versions;
    w->client_hello.legacy_version = TLS_1_2;
    w->client_hello.cipher_suites = suites;
}

static void fails(struct world *w, struct bytes suites, enum outcome o, int64_t us)
{
    offer(w, BYTES(OFFER_13), suites, us);
    w->hs.outcome = o;
    w->hs.server_hello = NULL;
    world_learn(w, NULL, us);
}

static enum verdict succeeds(struct world *w, int64_t us)
{
    offer(w, BYTES(OFFER_12), BYTES(SUITES), us);
    w->hs.outcome = OUTCOME_SUCCESS;
    w->hs.server_hello = &w->server_hello;
    enum verdict v = world_check(w, "proto-version-intolerance");
    world_learn(w, NULL, us);
    return v;
}

static void test_intolerance(void **state)
{
    (void)state;
    static const struct {
        int n;
        int64_t later_us, apart_us;
        const uint8_t *suites;
        enum outcome outcome;
        enum verdict verdict;
    } rows[] = {{2, 1, SECOND, SUITES, OUTCOME_FAIL_RESET_SERVER, RULE_PASS},
            {3, 1, SECOND, SUITES, OUTCOME_FAIL_RESET_SERVER, RULE_HIT},
            {3, 1, SECOND, SUITES, OUTCOME_FAIL_ALERT_SERVER, RULE_HIT},
            {3, 1, SECOND, SUITES, OUTCOME_FAIL_TIMEOUT_SERVER, RULE_HIT},
            {3, 1, SECOND, SUITES, OUTCOME_FAIL_ALERT_CLIENT, RULE_PASS},
            {3, 1, SECOND, SUITES, OUTCOME_ABANDONED, RULE_PASS},
            {3, 1, SECOND, OTHERS, OUTCOME_FAIL_RESET_SERVER, RULE_PASS},
            {3, 10 * SECOND, 60 * SECOND, SUITES, OUTCOME_FAIL_RESET_SERVER, RULE_HIT},
            {3, 10 * SECOND + 1, 60 * SECOND, SUITES, OUTCOME_FAIL_RESET_SERVER, RULE_PASS},
            {3, 1, DAY, SUITES, OUTCOME_FAIL_RESET_SERVER, RULE_HIT},
            {3, 1, DAY + 1, SUITES, OUTCOME_FAIL_RESET_SERVER, RULE_PASS}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world w;
        enum verdict v = RULE_NA;
        start(&w);
        for (int k = 0; k < rows[i].n; k++) {
            int64_t us = NOW + k * rows[i].apart_us;
            fails(&w, (struct bytes){rows[i].suites, 4}, rows[i].outcome, us);
            v = succeeds(&w, us + rows[i].later_us);
        }
        if (v != rows[i].verdict)
            fail_msg("row %zu: %d", i, (int)v);
        history_free(w.history);
    }
    check_without_hello("proto-version-intolerance");
}

/* Clients that met it once remember, so each of them shows it once. */
static void test_intolerance_of_many(void **state)
{
    (void)state;
    struct world w;
    start(&w);
    for (int k = 0; k < 3; k++) {
        w.hs.sides[SIDE_CLIENT].endpoint.address.ip[15] = (uint8_t)(k + 1);
        fails(&w, BYTES(SUITES), OUTCOME_FAIL_RESET_SERVER, NOW + k * HOUR);
        enum verdict v = succeeds(&w, NOW + k * HOUR + 1);
        assert_int_equal(v, k < 2 ? RULE_PASS : RULE_HIT);
    }
    /* Another name of the server has nothing to do with it. */
    w.client_hello.sni = text_bytes("other.example.test");
    fails(&w, BYTES(SUITES), OUTCOME_FAIL_RESET_SERVER, NOW + 4 * HOUR);
    assert_int_equal(succeeds(&w, NOW + 4 * HOUR + 1), RULE_PASS);
    history_free(w.history);
}

/* No reply: the client gives up long before the capture would call it a time-out. */
static void test_intolerance_waited(void **state)
{
    (void)state;
    static const struct {
        int64_t waited_us;
        uint64_t bytes;
        enum verdict verdict;
    } rows[] = {{SECOND, 0, RULE_HIT}, {SECOND - 1, 0, RULE_PASS}, {3 * SECOND, 7, RULE_PASS}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world w;
        enum verdict v = RULE_NA;
        start(&w);
        for (int k = 0; k < 3; k++) {
            int64_t us = NOW + k * 60 * SECOND;
            w.hs.times.client_hello_last_us = us;
            w.hs.times.end_us = us + rows[i].waited_us;
            w.hs.sides[SIDE_SERVER].payload_bytes = rows[i].bytes;
            fails(&w, BYTES(SUITES), OUTCOME_FAIL_CLOSED_CLIENT, us);
            v = succeeds(&w, us + 4 * SECOND);
        }
        assert_int_equal(v, rows[i].verdict);
        history_free(w.history);
    }
}

/* A client falls back at once, and its failed attempt is judged a second after its end. */
static void test_intolerance_judged_later(void **state)
{
    (void)state;
    for (int is_scsv = 0; is_scsv < 2; is_scsv++) {
        struct world w;
        start(&w);
        for (int k = 0; k < 4; k++) {
            int64_t us = NOW + k * 20 * SECOND;
            w.client_hello.has_fallback_scsv = is_scsv;
            assert_int_equal(succeeds(&w, us + 1000), RULE_PASS);
            w.client_hello.has_fallback_scsv = false;
            offer(&w, BYTES(OFFER_13), BYTES(SUITES), us);
            w.hs.outcome = OUTCOME_FAIL_RESET_SERVER;
            w.hs.server_hello = NULL;
            CHECK(&w, "proto-fallback-scsv", is_scsv ? RULE_HIT : RULE_NA);
            CHECK(&w, "proto-version-intolerance", k < 2 ? RULE_NA : RULE_HIT);
            world_learn(&w, NULL, us);
        }
        offer(&w, BYTES(OFFER_13), BYTES(SUITES), NOW + 200 * SECOND); /* nothing followed */
        CHECK(&w, "proto-version-intolerance", RULE_NA);
        history_free(w.history);
    }
}

/* A client tries and falls back quickly, and all its failures are judged at the end. */
static void test_intolerance_all_judged_later(void **state)
{
    (void)state;
    struct world w;
    start(&w);
    for (int k = 0; k < 3; k++)
        assert_int_equal(succeeds(&w, NOW + k * SECOND + 1000), RULE_PASS);
    for (int k = 0; k < 3; k++) {
        offer(&w, BYTES(OFFER_13), BYTES(SUITES), NOW + k * SECOND);
        w.hs.outcome = OUTCOME_FAIL_CLOSED_SERVER;
        w.hs.server_hello = NULL;
        CHECK(&w, "proto-version-intolerance", k < 2 ? RULE_NA : RULE_HIT);
        world_learn(&w, NULL, NOW + k * SECOND);
    }
    history_free(w.history);
}

/* One failure counts once, however often the client succeeds after it. */
static void test_intolerance_once(void **state)
{
    (void)state;
    struct world w;
    start(&w);
    fails(&w, BYTES(SUITES), OUTCOME_FAIL_RESET_SERVER, NOW);
    for (int i = 1; i < 5; i++)
        assert_int_equal(succeeds(&w, NOW + i), RULE_PASS);
    w.hs.outcome = OUTCOME_FAIL_ALERT_CLIENT;
    CHECK(&w, "proto-version-intolerance", RULE_NA);
    history_free(w.history);
}

/* Within ten seconds of a failed attempt with a higher version. */
static void test_fallback_scsv(void **state)
{
    (void)state;
    struct world w;
    const char *id = "proto-fallback-scsv";
    start(&w);
    w.client_hello.has_fallback_scsv = true;
    offer(&w, BYTES(OFFER_12), BYTES(SUITES), NOW);
    CHECK(&w, id, RULE_PASS); /* an ancient client */
    fails(&w, BYTES(OTHERS), OUTCOME_FAIL_TIMEOUT_SERVER, NOW);
    offer(&w, BYTES(OFFER_13), BYTES(SUITES), NOW + 1);
    CHECK(&w, id, RULE_PASS); /* not lower */
    offer(&w, BYTES(OFFER_12), BYTES(SUITES), NOW + HISTORY_FALLBACK_US);
    CHECK(&w, id, RULE_HIT);
    assert_int_equal(w.answer.severity, SEV_MEDIUM);
    assert_non_null(strstr(w.answer.summary, "TLSv1.2 at most, after its attempt with TLSv1.3"));
    w.client_hello.has_fallback_scsv = false;
    CHECK(&w, id, RULE_NA);
    w.client_hello.has_fallback_scsv = true;
    w.hs.sides[SIDE_SERVER].n_alerts = 1;
    w.alerts[SIDE_SERVER][0] = (struct alert){.level = 2, .description = 86};
    CHECK(&w, id, RULE_HIT);
    assert_int_equal(w.answer.severity, SEV_HIGH);
    w.hs.sides[SIDE_SERVER].n_alerts = 0;
    offer(&w, BYTES(OFFER_12), BYTES(SUITES), NOW + HISTORY_FALLBACK_US + 1);
    CHECK(&w, id, RULE_PASS);
    history_free(w.history);
}

static void test_fell_back(void **state)
{
    (void)state;
    struct world w;
    struct fell_back b;
    start(&w);
    assert_false(history_fell_back(w.history, 0, &w.hs, &b));
    fails(&w, BYTES(OTHERS), OUTCOME_ABANDONED, NOW);
    int64_t failed = w.hs.id;
    assert_false(history_fell_back(w.history, 0, &w.hs, &b)); /* itself */
    offer(&w, BYTES(OFFER_13), BYTES(SUITES), NOW + 1);
    assert_false(history_fell_back(w.history, 0, &w.hs, &b)); /* not lower */
    offer(&w, BYTES(OFFER_12), BYTES(SUITES), NOW + HISTORY_FALLBACK_US);
    assert_true(history_fell_back(w.history, 0, &w.hs, &b));
    assert_int_equal(b.from, TLS_1_3);
    assert_int_equal(b.to, TLS_1_2);
    assert_int_equal(b.failed_handshake, failed);
    assert_int_equal(b.failed_us, NOW);
    assert_false(b.is_intolerance);
    w.client_hello.has_supported_versions = false; /* RFC 5246 E.1: up to legacy_version */
    w.client_hello.supported_versions = (struct bytes){NULL, 0};
    w.client_hello.legacy_version = TLS_1_0;
    assert_true(history_fell_back(w.history, 0, &w.hs, &b));
    assert_int_equal(b.to, TLS_1_0);
    assert_false(history_fell_back(w.history, 1, &w.hs, &b)); /* another vantage */
    w.client_hello.sni = text_bytes("other.test");
    assert_false(history_fell_back(w.history, 0, &w.hs, &b));
    w.client_hello.sni = text_bytes("www.example.test");
    w.hs.sides[SIDE_CLIENT].endpoint.address.ip[15] = 1;
    assert_false(history_fell_back(w.history, 0, &w.hs, &b));
    w.hs.sides[SIDE_CLIENT].endpoint.address.ip[15] = 0;
    w.hs.first_us = NOW + HISTORY_FALLBACK_US + 1;
    assert_false(history_fell_back(w.history, 0, &w.hs, &b));
    w.hs.first_us = NOW - 1;
    assert_false(history_fell_back(w.history, 0, &w.hs, &b));
    assert_false(history_fell_back(NULL, 0, &w.hs, &b));
    history_free(w.history);
}

/* n full handshakes of clients that take turns; the verdict of the last. */
static enum verdict denied(struct world *w, int n, int clients)
{
    enum verdict v = RULE_NA;
    for (int i = 0; i < n; i++) {
        offer(w, BYTES(OFFER_13), BYTES(SUITES), NOW + i);
        w->hs.prints.ja4[0] = (char)('a' + i % clients);
        v = world_check(w, "proto-server-no-tls13");
        world_learn(w, NULL, NOW + i);
    }
    return v;
}

static void test_no_tls13(void **state)
{
    (void)state;
    struct world w;
    start(&w);
    assert_int_equal(denied(&w, 4, 2), RULE_PASS);
    assert_int_equal(denied(&w, 1, 1), RULE_HIT);
    w.hs.resumption = RESUMPTION_RESUMED;
    CHECK(&w, "proto-server-no-tls13", RULE_NA);
    w.hs.resumption = RESUMPTION_FULL;
    w.client_hello.supported_versions = BYTES(OFFER_12);
    CHECK(&w, "proto-server-no-tls13", RULE_NA);
    offer(&w, BYTES(OFFER_13), BYTES(SUITES), NOW);
    w.server_hello.downgrade = DOWNGRADE_TLS12; /* it could have */
    CHECK(&w, "proto-server-no-tls13", RULE_NA);
    world_learn(&w, NULL, NOW);
    w.server_hello.downgrade = DOWNGRADE_NONE;
    assert_int_equal(denied(&w, 10, 2), RULE_PASS);
    history_free(w.history);
    start(&w);
    assert_int_equal(denied(&w, 10, 1), RULE_PASS); /* one kind of client */
    w.hs.version = TLS_1_3;
    CHECK(&w, "proto-server-no-tls13", RULE_NA);
    world_learn(&w, NULL, NOW);
    w.hs.version = TLS_1_2;
    assert_int_equal(denied(&w, 10, 2), RULE_PASS);
    history_free(w.history);
    check_without_hello("proto-server-no-tls13");
}

/* Shares of X25519MLKEM768 (0x11ec) and x25519, cut short. */
static const uint8_t BOTH[] = {0x11, 0xec, 0, 2, 1, 1, 0, 29, 0, 2, 1, 1};
static const uint8_t CLASSICAL[] = {0, 29, 0, 2, 1, 1};

static void choose(struct world *w, struct bytes shares, uint16_t group, int64_t us)
{
    at(w, us);
    w->hs.version = TLS_1_3;
    w->client_hello.key_shares = shares;
    w->server_hello.has_key_share = true;
    w->hs.group = w->server_hello.group = group;
}

static void test_pq(void **state)
{
    (void)state;
    struct world w;
    start(&w);
    choose(&w, BYTES(BOTH), 29, NOW);
    CHECK(&w, "kex-pq-not-selected", RULE_NA); /* nobody knows whether it can */
    choose(&w, BYTES(BOTH), 0x11ec, NOW);
    CHECK(&w, "kex-pq-not-selected", RULE_NA);
    world_learn(&w, NULL, NOW);
    CHECK(&w, "kex-pq-not-selected", RULE_PASS);
    choose(&w, BYTES(BOTH), 29, NOW + HOUR);
    CHECK(&w, "kex-pq-not-selected", RULE_HIT);
    assert_string_equal(w.answer.subject, "0x11ec");
    choose(&w, BYTES(BOTH), 29, NOW + HOUR + 1);
    CHECK(&w, "kex-pq-not-selected", RULE_NA);
    choose(&w, BYTES(CLASSICAL), 29, NOW + 1); /* no share of it: a round trip more */
    CHECK(&w, "kex-pq-not-selected", RULE_NA);
    choose(&w, BYTES(BOTH), 29, NOW + 1);
    w.hs.sides[SIDE_SERVER].endpoint.address.ip[15] = 1; /* another node */
    CHECK(&w, "kex-pq-not-selected", RULE_NA);
    w.hs.sides[SIDE_SERVER].endpoint.address.ip[15] = 0;
    /* It asked for the other group with a HelloRetryRequest. */
    struct client_hello first = w.client_hello;
    w.hs.client_hello_first = &first;
    w.client_hello.key_shares = BYTES(CLASSICAL);
    CHECK(&w, "kex-pq-not-selected", RULE_HIT);
    history_free(w.history);
    check_without_hello("kex-pq-not-selected");
}

/* A random that begins with a time. */
static struct bytes stated(uint8_t room[32], int64_t s)
{
    for (int i = 0; i < 32; i++)
        room[i] = i < 4 ? (uint8_t)(s >> (24 - 8 * i)) : (uint8_t)(7 * i);
    return (struct bytes){room, 32};
}

/* n hellos apart seconds from each other of a host whose clock is off, the last one by some more.
 */
struct clock_row {
    int n;
    int64_t apart_s, off_s, last_off_s;
    enum verdict verdict;
};

static enum verdict hellos(struct world *w, const struct clock_row *r, enum side side)
{
    const char *id = side == SIDE_SERVER ? "ops-time-skew-server" : "ops-time-skew-client";
    enum verdict v = RULE_NA;
    for (int i = 0; i < r->n; i++) {
        uint8_t room[32];
        int64_t us = NOW + i * r->apart_s * SECOND;
        at(w, us);
        struct bytes random =
                stated(room, us / SECOND + r->off_s + (i == r->n - 1 ? r->last_off_s : 0));
        *(side == SIDE_SERVER ? &w->server_hello.random : &w->client_hello.random) = random;
        v = world_check(w, id);
        world_learn(w, NULL, us);
    }
    return v;
}

static void test_clocks(void **state)
{
    (void)state;
    static const struct clock_row rows[] = {{5, 3, 121, 0, RULE_HIT}, {5, 3, -121, 0, RULE_HIT},
            {5, 3, 120, 0, RULE_PASS}, {5, 3, -120, 0, RULE_PASS}, {4, 3, 121, 0, RULE_NA},
            {5, 2, 121, 0, RULE_NA}, {9, 2, 121, 0, RULE_HIT}, {5, 3, 3600, 59, RULE_HIT},
            {5, 3, 3600, 60, RULE_NA}, {40, 60, -86400, 0, RULE_HIT}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int side = 0; side < 2; side++) {
            struct world w;
            start(&w);
            enum verdict v = hellos(&w, &rows[i], (enum side)side);
            if (v != rows[i].verdict)
                fail_msg("row %zu of side %d: %d", i, side, (int)v);
            history_free(w.history);
        }
    check_without_hello("ops-time-skew-server");
    struct world w;
    world_init(&w);
    w.hs.client_hello = NULL;
    CHECK(&w, "ops-time-skew-client", RULE_NA);
}

/* Hellos within a second or two: what they agree on is a clock when the rest of them differs. */
static void test_clock_at_once(void **state)
{
    (void)state;
    static const struct {
        int n;
        int64_t off_s, last_off_s;
        bool is_constant; /* all of the random */
        enum verdict verdict;
    } rows[] = {{5, 121, 0, false, RULE_HIT}, {5, -121, 0, false, RULE_HIT},
            {4, 121, 0, false, RULE_NA}, {5, 120, 0, false, RULE_PASS},
            {5, 3600, 1, false, RULE_HIT}, {5, 3600, 2, false, RULE_NA},
            {9, 3600, 0, true, RULE_NA}, {9, -30 * 365 * 86400, 0, false, RULE_HIT},
            {9, -30 * 365 * 86400 - 1, 0, false, RULE_NA}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world w;
        uint8_t room[32];
        enum verdict v = RULE_NA;
        start(&w);
        for (int k = 0; k < rows[i].n; k++) {
            at(&w, NOW + k * SECOND / 10);
            w.server_hello.random = stated(room,
                    NOW / SECOND + rows[i].off_s + (k == rows[i].n - 1 ? rows[i].last_off_s : 0));
            room[7] = rows[i].is_constant ? 0 : (uint8_t)k;
            v = world_check(&w, "ops-time-skew-server");
            world_learn(&w, NULL, w.hs.first_us);
        }
        if (v != rows[i].verdict)
            fail_msg("row %zu: %d", i, (int)v);
        if (v == RULE_HIT)
            assert_true(w.answer.confidence < 0.85);
        history_free(w.history);
    }
}

/* A constant in place of the time, and TLS 1.3, where no time is. */
static void test_no_clock(void **state)
{
    (void)state;
    struct world w;
    uint8_t room[32];
    start(&w);
    w.server_hello.random = stated(room, 0);
    for (int i = 0; i < 9; i++) {
        at(&w, NOW + i * 3 * SECOND);
        CHECK(&w, "ops-time-skew-server", RULE_NA);
        world_learn(&w, NULL, w.hs.first_us);
    }
    history_free(w.history);
    start(&w);
    w.hs.version = TLS_1_3;
    assert_int_equal(hellos(&w, &(struct clock_row){9, 3, 3600, 0, 0}, SIDE_SERVER), RULE_NA);
    history_free(w.history);
}

static void witness(struct world *w, const char *name, uint8_t host, int64_t off_s)
{
    (void)snprintf(w->service.name, sizeof w->service.name, "%s", name);
    w->hs.sides[SIDE_SERVER].endpoint.address.ip[15] = host;
    (void)hellos(w, &(struct clock_row){5, 3, off_s, 0, 0}, SIDE_SERVER);
}

static enum verdict sensor(const struct world *w)
{
    struct world end = {.coverage = {.input_name = "x.pcap"}};
    end.facts = (struct rule_facts){.history = w->history, .coverage = &end.coverage};
    return world_check(&end, "ops-sensor-clock");
}

static void test_sensor(void **state)
{
    (void)state;
    struct world w;
    start(&w);
    witness(&w, "www.one.test", 1, 61);
    witness(&w, "www.two.test", 2, 4000);
    assert_int_equal(sensor(&w), RULE_NA);
    witness(&w, "mail.one.test", 3, 61);  /* an owner who was asked */
    witness(&w, "www.three.test", 2, 61); /* a host that was asked */
    assert_int_equal(sensor(&w), RULE_NA);
    witness(&w, "www.three.test", 3, 60); /* right */
    assert_int_equal(sensor(&w), RULE_PASS);
    witness(&w, "www.three.test", 3, 61);
    assert_int_equal(sensor(&w), RULE_HIT);
    history_free(w.history);
    start(&w);
    witness(&w, "www.one.test", 1, 61);
    witness(&w, "www.two.test", 2, 61);
    witness(&w, "www.three.test", 3, -61);
    assert_int_equal(sensor(&w), RULE_PASS); /* they do not agree */
    witness(&w, "www.four.test", 4, 61);
    assert_int_equal(sensor(&w), RULE_PASS);
    history_free(w.history);
    world_init(&w);
    CHECK(&w, "ops-sensor-clock", RULE_NA);
}

/* What was signed in the future says as much as a clock; in the past it says nothing. */
static void test_signed(void **state)
{
    (void)state;
    static const struct {
        int64_t later_us;
        enum signed_verdict verdict;
        enum verdict hit;
    } rows[] = {{61 * SECOND, SIGNED_VALID, RULE_HIT}, {60 * SECOND, SIGNED_VALID, RULE_NA},
            {-DAY, SIGNED_VALID, RULE_NA}, {61 * SECOND, SIGNED_UNVERIFIED, RULE_NA}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world w;
        start(&w);
        struct ocsp_answer staple = {.is_parsed = true,
                .match = OCSP_MATCH_YES,
                .responder = OCSP_RESPONDER_ISSUER,
                .verdict = rows[i].verdict,
                .produced_us = NOW + rows[i].later_us};
        const struct judgement j = {.n_staples = 1, .staples = &staple};
        w.facts.judgement = &j;
        at(&w, NOW);
        for (uint8_t k = 1; k <= 3; k++) {
            (void)snprintf(w.service.name, sizeof w.service.name, "www.%u.test", k);
            w.hs.sides[SIDE_SERVER].endpoint.address.ip[15] = k;
            world_learn(&w, NULL, NOW);
        }
        assert_int_equal(sensor(&w), rows[i].hit);
        history_free(w.history);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_intolerance),
            cmocka_unit_test(test_intolerance_once), cmocka_unit_test(test_intolerance_of_many),
            cmocka_unit_test(test_intolerance_waited),
            cmocka_unit_test(test_intolerance_all_judged_later),
            cmocka_unit_test(test_intolerance_judged_later), cmocka_unit_test(test_fallback_scsv),
            cmocka_unit_test(test_fell_back), cmocka_unit_test(test_no_tls13),
            cmocka_unit_test(test_pq), cmocka_unit_test(test_clocks),
            cmocka_unit_test(test_no_clock), cmocka_unit_test(test_clock_at_once),
            cmocka_unit_test(test_sensor), cmocka_unit_test(test_signed)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
