/* Rules about minutes of a service: thresholds, coverage, and what the numbers say. */
#include "model/derived.h"
#include "tests/rules/busy.h"

static void expect_why(struct world *w, const char *id, const char *why)
{
    CHECK(w, id, RULE_UNDETERMINED);
    assert_non_null(strstr(w->answer.why, why));
}

/* Not busy, no history, lost bytes and undetermined attempts: the same for all of them. */
static void coverage(void **state)
{
    static const char *const IDS[] = {"ops-success-rate-low", "ops-burn-rate", "ops-latency-p95",
            "ops-server-stall", "ops-client-stall", "ops-resumption-low", "cipher-fallback-share"};
    (void)state;
    for (size_t i = 0; i < sizeof IDS / sizeof *IDS; i++) {
        struct world w;
        world_init(&w);
        w.facts.window_us = MINUTE0;
        CHECK(&w, IDS[i], RULE_NA);
        busy_init(&w);
        CHECK(&w, IDS[i], RULE_NA); /* nothing in this window */
        busy_many(&w, 100, OUTCOME_SUCCESS, MINUTE0 - 40 * MINUTE);
        busy_many(&w, 100, OUTCOME_SUCCESS, MINUTE0);
        busy_many(&w, 25, OUTCOME_UNDETERMINED, MINUTE0); /* 20 % of this window */
        assert_int_not_equal(world_check(&w, IDS[i]), RULE_UNDETERMINED);
        busy_many(&w, 26, OUTCOME_UNDETERMINED, MINUTE0);
        busy_many(&w, 25, OUTCOME_UNDETERMINED, MINUTE0 - 40 * MINUTE);
        expect_why(&w, IDS[i], "20 %");
        w.hs.sides[SIDE_SERVER].gap_bytes = 2000;
        busy_one(&w, OUTCOME_SUCCESS, MINUTE0);
        expect_why(&w, IDS[i], "0.1 %");
        busy_fini(&w);
    }
}

/* 0.1 % of the packets of a live capture, and one more; in the window, and outside of it. */
static void dropped_packets(void **state)
{
    static const struct {
        int64_t at;
        uint64_t drops;
        bool is_lossy;
    } ROWS[] = {{0, 400, false}, {0, 401, true}, {-4 * MINUTE, 401, true},
            {-5 * MINUTE, 401, false}, {MINUTE, 401, false}};
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct world w;
        struct losses l = {0};
        busy_init(&w);
        busy_many(&w, 100, OUTCOME_SUCCESS, MINUTE0 - 4 * MINUTE);
        busy_many(&w, 100, OUTCOME_SUCCESS, MINUTE0);
        for (int64_t m = -10; m <= 1; m++)
            losses_add(&l, MINUTE0 + m * MINUTE, MINUTE0 + (m + 1) * MINUTE - 1, 80000,
                    m * MINUTE == ROWS[i].at ? ROWS[i].drops : 0);
        w.facts.losses = &l;
        if (ROWS[i].is_lossy)
            expect_why(&w, "ops-success-rate-low", "of the packets");
        else
            CHECK(&w, "ops-success-rate-low", RULE_PASS);
        w.facts.losses = NULL;
        CHECK(&w, "ops-success-rate-low", RULE_PASS);
        busy_fini(&w);
    }
}

/* 0.1 % of the bytes, and one more. */
static void lost_bytes(void **state)
{
    (void)state;
    for (uint64_t gap = 2000; gap <= 2001; gap++) {
        struct world w;
        busy_init(&w);
        busy_many(&w, 998, OUTCOME_SUCCESS, MINUTE0); /* 2,000 bytes each */
        w.hs.sides[SIDE_CLIENT].gap_bytes = gap;
        busy_one(&w, OUTCOME_SUCCESS, MINUTE0);
        if (gap == 2000)
            CHECK(&w, "ops-success-rate-low", RULE_PASS);
        else
            expect_why(&w, "ops-success-rate-low", "0.1 %");
        busy_fini(&w);
    }
}

static void success_rate(void **state)
{
    static const struct {
        const char *name;
        unsigned ok, failed;
        int64_t at;
        enum verdict verdict;
    } ROWS[] = {
            {"49 attempts", 46, 3, 0, RULE_NA},
            {"50 attempts", 47, 3, 0, RULE_HIT},
            {"two failures are no rate", 48, 2, 0, RULE_PASS},
            {"99.95 %", 5997, 3, 0, RULE_PASS},
            {"just below", 5996, 3, 0, RULE_HIT},
            {"four minutes before", 60, 5, -4 * MINUTE, RULE_HIT},
            {"five minutes before", 60, 5, -5 * MINUTE, RULE_NA},
            {"a minute later", 60, 5, MINUTE, RULE_NA},
            {"all fail", 0, 50, 0, RULE_HIT},
    };
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct world w;
        busy_init(&w);
        busy_many(&w, ROWS[i].ok, OUTCOME_SUCCESS, MINUTE0 + ROWS[i].at);
        busy_many(&w, ROWS[i].failed, OUTCOME_FAIL_ALERT_CLIENT, MINUTE0 + ROWS[i].at);
        busy_many(&w, 50, OUTCOME_SCAN, MINUTE0); /* not counted */
        busy_many(&w, 50, OUTCOME_ABANDONED, MINUTE0);
        enum verdict v = world_check(&w, "ops-success-rate-low");
        if (v != ROWS[i].verdict)
            fail_msg("%s: %d", ROWS[i].name, (int)v);
        busy_fini(&w);
    }
}

/* A capture of seconds, of a service that nobody knows yet: every attempt counts. */
static void short_capture(void **state)
{
    (void)state;
    for (unsigned ok = 46; ok <= 47; ok++) {
        struct world w;
        world_init(&w);
        w.history = w.facts.history = history_new();
        w.facts.window_us = MINUTE0;
        busy_many(&w, 3, OUTCOME_FAIL_ALERT_CLIENT, MINUTE0);
        busy_many(&w, ok, OUTCOME_SUCCESS, MINUTE0 + 1000);
        CHECK(&w, "ops-success-rate-low", ok == 46 ? RULE_NA : RULE_HIT);
        busy_fini(&w);
    }
}

/* The hour ends with the minute that is judged, wherever in five minutes that lies. */
static void hour_is_whole(void **state)
{
    (void)state;
    for (int64_t ago = 0; ago < 5; ago++) {
        struct world w;
        busy_init(&w);
        w.facts.window_us = MINUTE0 - ago * MINUTE;
        w.hs.cipher_suite = 0xc02f;
        busy_many(&w, 50, OUTCOME_SUCCESS, w.facts.window_us);
        w.hs.cipher_suite = 0xc013;
        busy_many(&w, 3, OUTCOME_SUCCESS, w.facts.window_us);
        CHECK(&w, "cipher-fallback-share", RULE_HIT);
        w.hs.sides[SIDE_SERVER].gap_bytes = 2000;
        busy_one(&w, OUTCOME_SUCCESS, w.facts.window_us);
        expect_why(&w, "interop-client-outlier", "0.1 %");
        busy_fini(&w);
    }
}

static void success_rate_says_both(void **state)
{
    struct world w;
    (void)state;
    busy_init(&w);
    busy_many(&w, 90, OUTCOME_SUCCESS, MINUTE0);
    w.hs.basis = BASIS_INFERRED;
    busy_many(&w, 10, OUTCOME_FAIL_INFERRED_CLIENT, MINUTE0);
    CHECK(&w, "ops-success-rate-low", RULE_HIT);
    assert_non_null(strstr(w.answer.summary, "10 of 100"));
    assert_non_null(strstr(w.answer.summary, "90.00 % succeeded, strictly seen 100.00 % of 90"));
    assert_int_equal(w.answer.basis, BASIS_INFERRED);
    assert_true(w.answer.confidence <= 0.7);
    assert_int_equal(w.answer.n_evidence, 2);
    assert_int_equal(w.answer.evidence[0].window_from_us, MINUTE0 - 4 * MINUTE);
    assert_int_equal(w.answer.evidence[0].window_to_us, MINUTE0 + MINUTE);
    assert_int_equal(w.answer.evidence[0].count, 10);
    assert_int_equal(w.answer.evidence[0].total, 100);
    busy_fini(&w);
}

static void burn(struct world *w, unsigned hour_failed, unsigned now_failed)
{
    busy_init(w);
    busy_many(w, 1000, OUTCOME_SUCCESS, MINUTE0 - 50 * MINUTE);
    busy_many(w, 1000 - now_failed - hour_failed, OUTCOME_SUCCESS, MINUTE0);
    busy_many(w, hour_failed, OUTCOME_FAIL_ALERT_CLIENT, MINUTE0 - 50 * MINUTE);
    busy_many(w, now_failed, OUTCOME_FAIL_ALERT_CLIENT, MINUTE0);
}

static void burn_rate(void **state)
{
    struct world w;
    (void)state;
    burn(&w, 0, 4); /* 0.2 % of the hour: four times what is allowed */
    CHECK(&w, "ops-burn-rate", RULE_PASS);
    busy_fini(&w);
    burn(&w, 0, 5);
    CHECK(&w, "ops-burn-rate", RULE_HIT);
    busy_fini(&w);
    burn(&w, 50, 0); /* over */
    CHECK(&w, "ops-burn-rate", RULE_PASS);
    busy_fini(&w);
    for (int64_t us = 0; us < 2; us++) { /* known for half an hour, and for less */
        world_init(&w);
        w.history = w.facts.history = history_new();
        w.facts.window_us = MINUTE0;
        busy_many(&w, 200, OUTCOME_FAIL_ALERT_CLIENT, MINUTE0 - 29 * MINUTE + us);
        busy_many(&w, 200, OUTCOME_FAIL_ALERT_CLIENT, MINUTE0);
        CHECK(&w, "ops-burn-rate", us == 0 ? RULE_HIT : RULE_NA);
        CHECK(&w, "ops-success-rate-low", RULE_HIT);
        busy_fini(&w);
    }
    for (unsigned failed = 2; failed <= 3; failed++) { /* two failures are no rate */
        busy_init(&w);
        busy_many(&w, 50, OUTCOME_SUCCESS, MINUTE0 - 50 * MINUTE);
        busy_many(&w, failed, OUTCOME_FAIL_ALERT_CLIENT, MINUTE0);
        CHECK(&w, "ops-burn-rate", failed == 2 ? RULE_PASS : RULE_HIT);
        busy_fini(&w);
    }
}

/* n full handshakes in which the sides think so long. */
static void think(struct world *w, unsigned n, int64_t server_us, int64_t client_us, int64_t at)
{
    for (unsigned i = 0; i < n; i++) {
        w->hs.outcome = OUTCOME_SUCCESS;
        w->hs.first_us = w->hs.last_us = at + i;
        busy_times(w, at + i, server_us, client_us);
        world_learn(w, &w->certs[0], at + i);
    }
}

static void latency(void **state)
{
    static const struct {
        const char *name, *id;
        unsigned fast, slow;
        int64_t server_us, client_us;
        enum verdict verdict;
    } ROWS[] = {
            {"few", "ops-latency-p95", 46, 3, 120000, 0, RULE_NA},
            {"5 % above", "ops-latency-p95", 95, 5, 120000, 0, RULE_PASS},
            {"more", "ops-latency-p95", 94, 6, 120000, 0, RULE_HIT},
            {"client's", "ops-latency-p95", 94, 6, 0, 120000, RULE_HIT},
            {"not above", "ops-latency-p95", 0, 100, 40000, 40000, RULE_PASS},
            {"half", "ops-server-stall", 50, 50, 60000, 0, RULE_PASS},
            {"more than half", "ops-server-stall", 49, 51, 60000, 0, RULE_HIT},
            {"below 50 ms", "ops-server-stall", 0, 100, 49000, 0, RULE_PASS},
            {"5 % above 250 ms", "ops-server-stall", 95, 5, 300000, 0, RULE_PASS},
            {"6 % above 250 ms", "ops-server-stall", 94, 6, 300000, 0, RULE_HIT},
            {"6 % below 250 ms", "ops-server-stall", 94, 6, 240000, 0, RULE_PASS},
            {"server does not stall", "ops-server-stall", 0, 100, 0, 600000, RULE_PASS},
            {"5 % above 500 ms", "ops-client-stall", 95, 5, 0, 600000, RULE_PASS},
            {"6 % above 500 ms", "ops-client-stall", 94, 6, 0, 600000, RULE_HIT},
            {"6 % below 500 ms", "ops-client-stall", 94, 6, 0, 490000, RULE_PASS},
            {"client does not stall", "ops-client-stall", 0, 100, 600000, 0, RULE_PASS},
    };
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct world w;
        busy_init(&w);
        think(&w, ROWS[i].fast, 1000, 1000, MINUTE0);
        think(&w, ROWS[i].slow, ROWS[i].server_us, ROWS[i].client_us, MINUTE0);
        enum verdict v = world_check(&w, ROWS[i].id);
        if (v != ROWS[i].verdict)
            fail_msg("%s %s: %d", ROWS[i].id, ROWS[i].name, (int)v);
        busy_fini(&w);
    }
}

/* Resumed handshakes and those with HelloRetryRequest are no full latency; nor are those whose
 * round trip was not seen. */
static void latency_keeps_apart(void **state)
{
    static const struct server_hello HRR = {.is_hrr = true};
    struct world w;
    (void)state;
    busy_init(&w);
    think(&w, 50, 1000, 1000, MINUTE0);
    w.hs.resumption = RESUMPTION_RESUMED;
    think(&w, 50, 200000, 1000, MINUTE0);
    w.hs.resumption = RESUMPTION_FULL;
    w.hs.hello_retry_request = &HRR;
    think(&w, 50, 200000, 1000, MINUTE0);
    CHECK(&w, "ops-latency-p95", RULE_PASS);
    busy_fini(&w);
}

/* Few attempts in five minutes, but enough in the hour. */
static void by_the_hour(void **state)
{
    static const struct {
        const char *id;
        unsigned fast, slow;
        int64_t server_us, client_us, ago;
        enum verdict verdict;
    } ROWS[] = {
            {"ops-server-stall", 0, 60, 60000, 0, 20, RULE_HIT},
            {"ops-server-stall", 0, 60, 60000, 0, 80, RULE_HIT}, /* thirty are enough for that */
            {"ops-server-stall", 56, 4, 300000, 0, 20, RULE_HIT},
            {"ops-server-stall", 56, 4, 300000, 0, 80, RULE_NA}, /* and not for this */
            {"ops-client-stall", 56, 4, 0, 700000, 20, RULE_HIT},
            {"ops-client-stall", 56, 4, 0, 700000, 80, RULE_NA},
            {"ops-latency-p95", 0, 60, 120000, 0, 20, RULE_HIT},
            {"ops-latency-p95", 0, 60, 120000, 0, 80, RULE_NA},
    };
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct world w;
        busy_init(&w);
        for (int k = 0; k < 2; k++) {
            int64_t at = MINUTE0 - k * ROWS[i].ago * MINUTE;
            think(&w, ROWS[i].fast / 2, 1000, 1000, at);
            think(&w, ROWS[i].slow / 2, ROWS[i].server_us, ROWS[i].client_us, at);
        }
        enum verdict v = world_check(&w, ROWS[i].id);
        if (v != ROWS[i].verdict)
            fail_msg("row %zu: %d", i, (int)v);
        busy_fini(&w);
    }
}

/* Twenty are enough for a median. */
static void few_but_slow(void **state)
{
    static const struct {
        const char *id;
        unsigned fast, slow;
        int64_t server_us, client_us;
        enum verdict verdict;
    } ROWS[] = {
            {"ops-server-stall", 0, 19, 60000, 0, RULE_NA},
            {"ops-server-stall", 0, 20, 60000, 0, RULE_HIT},
            {"ops-server-stall", 10, 10, 60000, 0, RULE_NA},
            {"ops-server-stall", 10, 11, 60000, 0, RULE_HIT},
            {"ops-client-stall", 0, 19, 0, 700000, RULE_NA},
            {"ops-client-stall", 0, 20, 0, 700000, RULE_HIT},
            {"ops-client-stall", 10, 10, 0, 700000, RULE_NA},
            {"ops-client-stall", 10, 11, 0, 700000, RULE_HIT},
            {"ops-client-stall", 0, 49, 0, 499000, RULE_NA},
    };
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct world w;
        busy_init(&w);
        think(&w, ROWS[i].fast, 1000, 1000, MINUTE0);
        think(&w, ROWS[i].slow, ROWS[i].server_us, ROWS[i].client_us, MINUTE0);
        enum verdict v = world_check(&w, ROWS[i].id);
        if (v != ROWS[i].verdict)
            fail_msg("row %zu: %d", i, (int)v);
        busy_fini(&w);
    }
}

/* Three times the median of the week before, and no less than 5 ms. */
static void server_baseline(void **state)
{
    struct world w;
    (void)state;
    for (int is_slow = 0; is_slow < 2; is_slow++) {
        busy_init(&w);
        think(&w, 250, 7000, 1000, MINUTE0 - DAY);
        think(&w, 100, is_slow ? 30000 : 17000, 1000, MINUTE0);
        CHECK(&w, "ops-server-stall", is_slow ? RULE_HIT : RULE_PASS);
        busy_fini(&w);
    }
    for (unsigned n = 199; n <= 200; n++) { /* too few to compare with, and enough */
        busy_init(&w);
        think(&w, n - BUSY_ATTEMPTS, 7000, 1000, MINUTE0 - DAY);
        think(&w, 100, 30000, 1000, MINUTE0);
        CHECK(&w, "ops-server-stall", n == 199 ? RULE_PASS : RULE_HIT);
        busy_fini(&w);
    }
    for (int64_t us = 4500; us <= 6000; us += 1500) { /* five milliseconds are no stall */
        busy_init(&w);
        think(&w, 250, 500, 1000, MINUTE0 - DAY);
        think(&w, 100, us, 1000, MINUTE0);
        CHECK(&w, "ops-server-stall", us < 5000 ? RULE_PASS : RULE_HIT);
        busy_fini(&w);
    }
}

static void client_stall_names_the_client(void **state)
{
    struct world w;
    (void)state;
    busy_init(&w);
    uint8_t *client = w.hs.sides[SIDE_CLIENT].endpoint.address.ip;
    memcpy(client, (uint8_t[16]){[10] = 0xff, 0xff, 192, 0, 2, 9}, 16);
    think(&w, 60, 1000, 700000, MINUTE0);
    CHECK(&w, "ops-client-stall", RULE_HIT);
    assert_non_null(strstr(w.answer.summary, "no other TLS of 192.0.2.9 is known meanwhile"));
    /* The same client asks somebody else while it is silent here. */
    struct service other = {.id = 8};
    struct handshake elsewhere = w.hs;
    elsewhere.first_us = MINUTE0 + 300000;
    elsewhere.last_us = MINUTE0 + 310000;
    elsewhere.sides[SIDE_SERVER].endpoint.port = 8443;
    memcpy(elsewhere.sides[SIDE_SERVER].endpoint.address.ip,
            (uint8_t[16]){[10] = 0xff, 0xff, 192, 0, 2, 77}, 16);
    const struct lesson l = {
            .handshake = &elsewhere, .service = &other, .at_us = elsewhere.last_us};
    history_learn(w.history, &l);
    CHECK(&w, "ops-client-stall", RULE_HIT);
    assert_non_null(strstr(w.answer.summary, "also talked TLS with 192.0.2.77 port 8443"));
    busy_fini(&w);
}

/* n handshakes of which some were resumed and some offered to be. */
/* More than 5 % of at least 50 full handshakes; what asks only for a cookie is right. */
static void retry_rate(void **state)
{
    static const struct {
        unsigned plain, group, cookie;
        enum verdict verdict;
    } ROWS[] = {{46, 3, 0, RULE_NA}, {47, 3, 0, RULE_HIT}, {95, 5, 0, RULE_PASS},
            {94, 6, 0, RULE_HIT}, {50, 0, 50, RULE_PASS}};
    static const struct server_hello GROUP = {.is_hrr = true, .has_key_share = true};
    static const struct server_hello COOKIE = {.is_hrr = true};
    const struct rule *r = rule_find("proto-hrr-abuse");
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct world w;
        busy_init(&w);
        think(&w, ROWS[i].plain, 1000, 1000, MINUTE0);
        w.hs.hello_retry_request = &GROUP;
        think(&w, ROWS[i].group, 1000, 1000, MINUTE0);
        w.hs.hello_retry_request = &COOKIE;
        think(&w, ROWS[i].cookie, 1000, 1000, MINUTE0);
        w.facts.handshake = NULL;
        enum verdict v = r->check_window(&w.facts, &w.answer);
        if (v != ROWS[i].verdict)
            fail_msg("row %zu: %d", i, (int)v);
        if (v == RULE_HIT)
            assert_string_equal(w.answer.subject, "rate");
        busy_fini(&w);
    }
}

static void resume(struct world *w, unsigned n, unsigned resumed, unsigned offered, int64_t at)
{
    for (unsigned i = 0; i < n; i++) {
        w->client_hello.session_ticket = i < offered ? text_bytes("t") : (struct bytes){NULL, 0};
        w->hs.resumption = i < resumed ? RESUMPTION_RESUMED : RESUMPTION_FULL;
        busy_one(w, OUTCOME_SUCCESS, at + i);
    }
    w->hs.resumption = RESUMPTION_FULL;
}

static void resumption(void **state)
{
    static const struct {
        const char *name;
        unsigned n, resumed, offered, before;
        enum verdict verdict;
    } ROWS[] = {
            {"few", 49, 0, 49, 0, RULE_NA},
            {"none though offered", 100, 0, 50, 0, RULE_HIT},
            {"5 %", 100, 5, 50, 0, RULE_PASS},
            {"4 %", 100, 4, 50, 0, RULE_HIT},
            {"not offered", 100, 0, 49, 0, RULE_PASS},
            {"half of before", 400, 120, 0, 240, RULE_PASS},
            {"less than half of before", 400, 80, 0, 240, RULE_HIT},
            {"less, by chance", 50, 1, 0, 20, RULE_PASS},
    };
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct world w;
        busy_init(&w);
        resume(&w, 400, ROWS[i].before, 400, MINUTE0 - 2 * DAY);
        resume(&w, ROWS[i].n, ROWS[i].resumed, ROWS[i].offered, MINUTE0 - 20 * MINUTE);
        enum verdict v = world_check(&w, "ops-resumption-low");
        if (v != ROWS[i].verdict)
            fail_msg("%s: %d", ROWS[i].name, (int)v);
        busy_fini(&w);
    }
}

static void below(struct world *w, unsigned best, unsigned less, int64_t at)
{
    w->hs.cipher_suite = 0xc02f;
    busy_many(w, best, OUTCOME_SUCCESS, at);
    w->hs.cipher_suite = 0xc013; /* no AEAD */
    busy_many(w, less, OUTCOME_SUCCESS, at);
    w->hs.cipher_suite = 0xc02f;
}

static void fallback(void **state)
{
    struct world w;
    (void)state;
    busy_init(&w);
    below(&w, 297, 3, MINUTE0); /* 1 % */
    CHECK(&w, "cipher-fallback-share", RULE_PASS);
    below(&w, 0, 1, MINUTE0);
    CHECK(&w, "cipher-fallback-share", RULE_HIT);
    assert_int_equal(w.answer.severity, SEV_MEDIUM);
    busy_fini(&w);
    busy_init(&w); /* no less of it in the days before */
    below(&w, 297, 6, MINUTE0 - 2 * DAY);
    below(&w, 297, 6, MINUTE0);
    CHECK(&w, "cipher-fallback-share", RULE_HIT);
    assert_int_equal(w.answer.severity, SEV_LOW);
    below(&w, 0, 20, MINUTE0);
    CHECK(&w, "cipher-fallback-share", RULE_HIT);
    assert_int_equal(w.answer.severity, SEV_MEDIUM);
    busy_fini(&w);
    busy_init(&w); /* TLS 1.2 as it should be, beside TLS 1.3 */
    w.hs.version = TLS_1_3;
    w.hs.cipher_suite = 0x1301;
    busy_many(&w, 200, OUTCOME_SUCCESS, MINUTE0);
    w.hs.version = TLS_1_2;
    below(&w, 100, 3, MINUTE0);
    CHECK(&w, "cipher-fallback-share", RULE_HIT);
    assert_int_equal(w.answer.severity, SEV_INFO);
    below(&w, 0, 1, MINUTE0);
    CHECK(&w, "cipher-fallback-share", RULE_HIT);
    assert_int_equal(w.answer.severity, SEV_MEDIUM);
    busy_fini(&w);
    busy_init(&w);
    below(&w, 40, 9, MINUTE0);
    CHECK(&w, "cipher-fallback-share", RULE_NA);
    below(&w, 1, 0, MINUTE0);
    CHECK(&w, "cipher-fallback-share", RULE_HIT);
    busy_fini(&w);
}

/* The best is what the service was seen to negotiate itself: version, then AEAD, then secrecy. */
static void tiers(void **state)
{
    static const struct {
        uint16_t version, suite;
    } BEST_FIRST[] = {{TLS_1_3, 0x1301}, {TLS_1_2, 0xc02f}, {TLS_1_2, 0x009c}, {TLS_1_2, 0xc013},
            {TLS_1_2, 0x002f}, {TLS_1_1, 0xc013}, {TLS_1_0, 0xc013}, {TLS_SSLV3, 0x000a}};
    struct world w;
    (void)state;
    world_init(&w);
    w.hs.resumption = RESUMPTION_FULL;
    unsigned last = 0xffff;
    for (size_t i = 0; i < sizeof BEST_FIRST / sizeof *BEST_FIRST; i++) {
        w.hs.version = BEST_FIRST[i].version;
        w.hs.cipher_suite = BEST_FIRST[i].suite;
        unsigned tier = handshake_tier(&w.hs);
        assert_true(tier > 0 && tier < last);
        last = tier;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(coverage),
            cmocka_unit_test(lost_bytes),
            cmocka_unit_test(dropped_packets),
            cmocka_unit_test(success_rate),
            cmocka_unit_test(short_capture),
            cmocka_unit_test(hour_is_whole),
            cmocka_unit_test(success_rate_says_both),
            cmocka_unit_test(burn_rate),
            cmocka_unit_test(latency),
            cmocka_unit_test(latency_keeps_apart),
            cmocka_unit_test(by_the_hour),
            cmocka_unit_test(few_but_slow),
            cmocka_unit_test(server_baseline),
            cmocka_unit_test(client_stall_names_the_client),
            cmocka_unit_test(retry_rate),
            cmocka_unit_test(resumption),
            cmocka_unit_test(fallback),
            cmocka_unit_test(tiers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
