/* Rules that compare clients, what was before, and what repeats. */
#include "history/prints.h"
#include "tests/rules/busy.h"

#define OURS "t13d0000_aaaaaaaaaaaa_bbbbbbbbbbbb"

static void print(struct world *w, const char *ja4)
{
    (void)snprintf(w->hs.prints.ja4, sizeof w->hs.prints.ja4, "%s", ja4);
}

static void outlier(void **state)
{
    static const struct {
        const char *name;
        unsigned ok, failed, others_ok, others_failed;
        enum verdict verdict;
    } ROWS[] = {
            {"19 attempts", 9, 10, 500, 0, RULE_PASS},
            {"20 attempts", 10, 10, 500, 0, RULE_HIT},
            {"below 20 %", 81, 19, 500, 0, RULE_PASS},
            {"20 %", 80, 20, 500, 0, RULE_HIT},
            {"others fail 1 %", 80, 20, 495, 5, RULE_PASS},
            {"others below 1 %", 80, 20, 496, 4, RULE_HIT},
            {"nobody else", 80, 20, 19, 0, RULE_PASS},
            {"by chance (p = 0.0047)", 16, 4, 60, 0, RULE_PASS},
    };
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct world w;
        busy_init(&w);
        print(&w, "t12d9999_cccccccccccc_dddddddddddd");
        busy_many(&w, ROWS[i].others_ok, OUTCOME_SUCCESS, MINUTE0);
        busy_many(&w, ROWS[i].others_failed, OUTCOME_FAIL_RESET_CLIENT, MINUTE0);
        print(&w, OURS);
        busy_many(&w, ROWS[i].ok, OUTCOME_SUCCESS, MINUTE0);
        busy_many(&w, ROWS[i].failed, OUTCOME_FAIL_ALERT_CLIENT, MINUTE0);
        enum verdict v = world_check(&w, "interop-client-outlier");
        if (v != ROWS[i].verdict)
            fail_msg("%s: %d", ROWS[i].name, (int)v);
        if (v == RULE_HIT)
            assert_string_equal(w.answer.subject, OURS);
        busy_fini(&w);
    }
}

static void outlier_needs_coverage(void **state)
{
    struct world w;
    (void)state;
    busy_init(&w);
    CHECK(&w, "interop-client-outlier", RULE_NA);
    busy_many(&w, 100, OUTCOME_SUCCESS, MINUTE0);
    busy_many(&w, 30, OUTCOME_UNDETERMINED, MINUTE0);
    CHECK(&w, "interop-client-outlier", RULE_UNDETERMINED);
    busy_fini(&w);
}

/* n connections at the end of which so many were never used. */
static void finish(struct world *w, unsigned n, unsigned unused, int64_t at)
{
    for (unsigned i = 0; i < n; i++) {
        busy_one(w, OUTCOME_SUCCESS, at + i);
        struct connection_end e = {.ending = ENDING_FIN_CLIENT, .last_us = at + i};
        /* In TLS 1.3 Finished counts as data: when something else came tells. */
        bool is_13 = tls_is_13(w->hs.version);
        e.records[SIDE_CLIENT].n_data = is_13 || i >= unused;
        e.data_us[SIDE_CLIENT] = i < unused ? TIME_NONE : at + i;
        w->hs.times.client_data_us = TIME_NONE;
        const struct lesson l = {
                .handshake = &w->hs, .service = &w->service, .end = &e, .at_us = at + i};
        history_learn(w->history, &l);
    }
}

static void reject_after_finish(void **state)
{
    static const struct {
        const char *name;
        unsigned before, before_unused, n, unused;
        enum verdict verdict;
    } ROWS[] = {
            {"half", 100, 0, 40, 20, RULE_PASS},
            {"more than half", 100, 0, 40, 21, RULE_HIT},
            {"few", 100, 0, 19, 19, RULE_NA},
            {"no history", 19, 0, 40, 40, RULE_NA},
            {"a health check", 100, 90, 40, 40, RULE_PASS},
            {"ten times as much", 100, 10, 40, 40, RULE_HIT},
            {"less than ten times", 100, 11, 40, 40, RULE_PASS},
    };
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct world w;
        busy_init(&w);
        finish(&w, ROWS[i].before, ROWS[i].before_unused, MINUTE0 - 5 * HOUR);
        finish(&w, ROWS[i].n, ROWS[i].unused, MINUTE0);
        enum verdict v = world_check(&w, "interop-reject-after-finish-inferred");
        if (v != ROWS[i].verdict)
            fail_msg("%s: %d", ROWS[i].name, (int)v);
        if (v == RULE_HIT)
            assert_int_equal(w.answer.basis, BASIS_INFERRED);
        busy_fini(&w);
    }
    struct world w;
    for (int is_13 = 0; is_13 < 2; is_13++) {
        busy_init(&w);
        w.hs.version = is_13 ? TLS_1_3 : TLS_1_2;
        finish(&w, 100, 0, MINUTE0 - 5 * HOUR);
        finish(&w, 40, 40, MINUTE0);
        CHECK(&w, "interop-reject-after-finish-inferred", RULE_HIT);
        busy_fini(&w);
    }
    busy_init(&w);
    busy_many(&w, 60, OUTCOME_UNDETERMINED, MINUTE0);
    CHECK(&w, "interop-reject-after-finish-inferred", RULE_UNDETERMINED);
    busy_fini(&w);
}

/* Nothing was before: others of the same service meanwhile are what it is held against. */
static void reject_beside_others(void **state)
{
    static const struct {
        const char *name;
        unsigned others, others_unused, n, unused;
        enum verdict verdict;
    } ROWS[] = {
            {"half", 40, 0, 40, 20, RULE_PASS},
            {"more than half", 40, 0, 40, 21, RULE_HIT},
            {"few", 40, 0, 19, 19, RULE_NA},
            {"enough", 40, 0, 20, 20, RULE_HIT},
            {"few others", 19, 0, 40, 40, RULE_NA},
            {"enough others", 20, 0, 40, 40, RULE_HIT},
            {"others do a tenth of it", 100, 10, 40, 40, RULE_HIT},
            {"others do more", 100, 11, 40, 40, RULE_PASS},
    };
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct world w;
        world_init(&w);
        w.history = w.facts.history = history_new();
        w.facts.window_us = MINUTE0;
        print(&w, "t12d9999_cccccccccccc_dddddddddddd");
        finish(&w, ROWS[i].others, ROWS[i].others_unused, MINUTE0);
        print(&w, OURS);
        finish(&w, ROWS[i].n, ROWS[i].unused, MINUTE0 + 1000);
        enum verdict v = world_check(&w, "interop-reject-after-finish-inferred");
        if (v != ROWS[i].verdict)
            fail_msg("%s: %d", ROWS[i].name, (int)v);
        if (v == RULE_HIT) {
            assert_string_equal(w.answer.subject, OURS);
            assert_int_equal(w.answer.severity, SEV_INFO);
        }
        busy_fini(&w);
    }
}

/* Attempts of our fingerprint and of others before and after the key changed. */
static void pin(struct world *w, unsigned ok, unsigned refused, uint8_t alert, unsigned others)
{
    busy_init(w);
    busy_many(w, 30, OUTCOME_SUCCESS, MINUTE0 - 20 * MINUTE);
    print(w, "t12d9999_cccccccccccc_dddddddddddd");
    busy_many(w, 30, OUTCOME_SUCCESS, MINUTE0 - 20 * MINUTE);
    memset(w->certs[0].spki_sha256, 8, sizeof w->certs[0].spki_sha256);
    busy_many(w, others, OUTCOME_SUCCESS, MINUTE0 - 10 * MINUTE);
    print(w, OURS);
    busy_many(w, ok, OUTCOME_SUCCESS, MINUTE0 - 10 * MINUTE);
    w->hs.sides[SIDE_CLIENT].n_alerts = 1;
    w->alerts[SIDE_CLIENT][0].description = alert;
    busy_many(w, refused, OUTCOME_FAIL_ALERT_CLIENT, MINUTE0 - 10 * MINUTE);
    w->hs.sides[SIDE_CLIENT].n_alerts = 0;
}

static void pin_break(void **state)
{
    static const struct {
        const char *name;
        unsigned ok, refused, others;
        uint8_t alert;
        int64_t later;
        enum verdict verdict;
    } ROWS[] = {
            {"bad_certificate", 8, 10, 100, 42, 0, RULE_HIT},
            {"certificate_unknown", 8, 10, 100, 46, 0, RULE_HIT},
            {"unknown_ca", 8, 10, 100, 48, 0, RULE_PASS},
            {"nine attempts", 0, 9, 100, 42, 0, RULE_PASS},
            {"ten attempts", 0, 10, 100, 42, 0, RULE_HIT},
            {"below 20 %", 45, 11, 400, 42, 0, RULE_PASS},
            {"20 %", 44, 11, 400, 42, 0, RULE_HIT},
            {"nobody else", 8, 10, 19, 42, 0, RULE_PASS},
            {"an hour ago", 8, 10, 100, 42, 49 * MINUTE, RULE_HIT},
            {"more than an hour ago", 8, 10, 100, 42, 50 * MINUTE, RULE_NA},
    };
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct world w;
        pin(&w, ROWS[i].ok, ROWS[i].refused, ROWS[i].alert, ROWS[i].others);
        w.facts.window_us = MINUTE0 + ROWS[i].later;
        enum verdict v = world_check(&w, "ops-pin-break");
        if (v != ROWS[i].verdict)
            fail_msg("%s: %d", ROWS[i].name, (int)v);
        busy_fini(&w);
    }
    struct world w;
    pin(&w, 8, 10, 42, 100);
    busy_many(&w, 60, OUTCOME_UNDETERMINED, MINUTE0);
    CHECK(&w, "ops-pin-break", RULE_UNDETERMINED);
    busy_fini(&w);
    busy_init(&w); /* its first key is no new one */
    busy_many(&w, 60, OUTCOME_SUCCESS, MINUTE0);
    CHECK(&w, "ops-pin-break", RULE_NA);
    busy_fini(&w);
}

/* The certificate (or the answer) changes after half an hour. */
static void change(struct world *w, bool is_leaf)
{
    if (is_leaf)
        memset(w->certs[0].sha256, 0xab, sizeof w->certs[0].sha256);
    else
        (void)snprintf(w->hs.prints.server, sizeof w->hs.prints.server, "t12f_sxkn_bbbbbbbbbbbb");
}

static void regression_init(struct world *w)
{
    busy_init(w);
    w->hs.prints.offer = 5;
    (void)snprintf(w->hs.prints.server, sizeof w->hs.prints.server, "t12f_sxkn_aaaaaaaaaaaa");
}

static void regression(void **state)
{
    static const struct {
        const char *name;
        unsigned before_ok, before_failed, ok, failed;
        bool has_change, is_leaf;
        enum verdict verdict;
    } ROWS[] = {
            {"with a new leaf", 100, 0, 80, 20, true, true, RULE_HIT},
            {"with another answer", 100, 0, 80, 20, true, false, RULE_HIT},
            {"nothing changed", 100, 0, 80, 20, false, false, RULE_NA},
            {"by chance", 100, 0, 95, 5, true, true, RULE_PASS},
            {"it was as bad before", 80, 20, 80, 20, true, true, RULE_PASS},
            {"it got better", 80, 20, 100, 0, true, true, RULE_PASS},
            {"significant, but no double", 800, 200, 700, 300, true, true, RULE_PASS},
            {"few before", 19, 0, 80, 20, true, true, RULE_NA},
            {"few after", 100, 0, 8, 10, true, true, RULE_NA},
    };
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct world w;
        regression_init(&w);
        busy_many(&w, ROWS[i].before_ok, OUTCOME_SUCCESS, MINUTE0 - 30 * MINUTE);
        busy_many(&w, ROWS[i].before_failed, OUTCOME_FAIL_ALERT_CLIENT, MINUTE0 - 30 * MINUTE);
        if (ROWS[i].has_change)
            change(&w, ROWS[i].is_leaf);
        busy_one(&w, OUTCOME_SUCCESS, MINUTE0 - 20 * MINUTE);
        busy_many(&w, ROWS[i].ok, OUTCOME_SUCCESS, MINUTE0 - 10 * MINUTE);
        busy_many(&w, ROWS[i].failed, OUTCOME_FAIL_ALERT_CLIENT, MINUTE0 - 10 * MINUTE);
        enum verdict v = world_check(&w, "ops-regression");
        if (v != ROWS[i].verdict)
            fail_msg("%s: %d", ROWS[i].name, (int)v);
        if (v == RULE_HIT) {
            assert_non_null(strstr(w.answer.summary, "from 0.0 % to 20.0 %"));
            assert_non_null(strstr(w.answer.summary, ROWS[i].is_leaf ? "abababab" : "fingerprint"));
            assert_int_equal(w.answer.n_evidence, 2);
        }
        busy_fini(&w);
    }
}

/* The whole capture lasts for seconds. */
static void regression_at_once(void **state)
{
    static const struct {
        const char *name;
        unsigned before, failed, ok;
        bool is_leaf, is_version;
        enum verdict verdict;
    } ROWS[] = {
            {"a new leaf", 40, 20, 0, true, false, RULE_HIT},
            {"another answer", 40, 20, 0, false, false, RULE_HIT},
            {"older versions", 40, 20, 0, false, true, RULE_HIT},
            {"few before", 19 - BUSY_ATTEMPTS, 20, 0, true, false, RULE_NA},
            {"enough before", 20, 20, 0, true, false, RULE_HIT},
            {"few after", 40, 18, 0, true, false, RULE_NA},
            {"enough after", 40, 19, 0, true, false, RULE_HIT},
            {"it is over", 40, 20, 32, true, false, RULE_PASS},
            {"it goes on", 40, 20, 10, true, false, RULE_HIT},
    };
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct world w;
        regression_init(&w);
        w.hs.version = TLS_1_3;
        busy_many(&w, ROWS[i].before, OUTCOME_SUCCESS, MINUTE0);
        change(&w, ROWS[i].is_leaf);
        busy_one(&w, OUTCOME_SUCCESS, MINUTE0 + 100);
        w.hs.version = ROWS[i].is_version ? TLS_1_2 : TLS_1_3;
        busy_many(&w, ROWS[i].failed,
                ROWS[i].is_version ? OUTCOME_SUCCESS : OUTCOME_FAIL_ALERT_CLIENT, MINUTE0 + 200);
        busy_many(&w, ROWS[i].ok, OUTCOME_SUCCESS, MINUTE0 + 300);
        enum verdict v = world_check(&w, "ops-regression");
        if (v != ROWS[i].verdict)
            fail_msg("%s: %d", ROWS[i].name, (int)v);
        if (v == RULE_HIT)
            assert_true(w.answer.confidence < 0.75);
        busy_fini(&w);
    }
}

static void regression_of_versions(void **state)
{
    struct world w;
    (void)state;
    for (unsigned lost = 99; lost <= 100; lost++) { /* of a thousand */
        regression_init(&w);
        w.hs.version = TLS_1_3;
        busy_many(&w, 1000, OUTCOME_SUCCESS, MINUTE0 - 30 * MINUTE);
        change(&w, false);
        busy_one(&w, OUTCOME_SUCCESS, MINUTE0 - 20 * MINUTE);
        busy_many(&w, 1000 - lost, OUTCOME_SUCCESS, MINUTE0 - 10 * MINUTE);
        w.hs.version = TLS_1_2;
        busy_many(&w, lost, OUTCOME_SUCCESS, MINUTE0 - 10 * MINUTE);
        CHECK(&w, "ops-regression", lost < 100 ? RULE_PASS : RULE_HIT);
        busy_fini(&w);
    }
}

static void regression_of_latency(void **state)
{
    struct world w;
    (void)state;
    for (int64_t slow = 27000; slow <= 60000; slow += 33000) {
        regression_init(&w);
        for (int i = 0; i < 200; i++) {
            int64_t at = MINUTE0 - (i < 100 ? 30 : 10) * MINUTE + i;
            if (i == 100) {
                change(&w, true);
                busy_one(&w, OUTCOME_SUCCESS, MINUTE0 - 20 * MINUTE);
            }
            w.hs.first_us = w.hs.last_us = at;
            busy_times(&w, at, i < 100 ? 22000 : slow, 0);
            world_learn(&w, &w.certs[0], at);
        }
        CHECK(&w, "ops-regression", slow < 33000 ? RULE_PASS : RULE_HIT);
        busy_fini(&w);
    }
}

/* One point of failures, and double of what was before. */
static void regression_of_failures(void **state)
{
    static const struct {
        unsigned before, after; /* of 3000 */
        enum verdict verdict;
    } ROWS[] = {{0, 29, RULE_PASS}, {0, 30, RULE_HIT}, {100, 199, RULE_PASS}, {100, 200, RULE_HIT}};
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct world w;
        regression_init(&w);
        busy_many(&w, 3000 - ROWS[i].before, OUTCOME_SUCCESS, MINUTE0 - 30 * MINUTE);
        busy_many(&w, ROWS[i].before, OUTCOME_FAIL_ALERT_CLIENT, MINUTE0 - 30 * MINUTE);
        change(&w, true);
        busy_one(&w, OUTCOME_SUCCESS, MINUTE0 - 20 * MINUTE);
        busy_many(&w, 3000 - ROWS[i].after, OUTCOME_SUCCESS, MINUTE0 - 10 * MINUTE);
        busy_many(&w, ROWS[i].after, OUTCOME_FAIL_ALERT_CLIENT, MINUTE0 - 10 * MINUTE);
        enum verdict v = world_check(&w, "ops-regression");
        if (v != ROWS[i].verdict)
            fail_msg("row %zu: %d", i, (int)v);
        busy_fini(&w);
    }
}

static void regression_needs_coverage(void **state)
{
    struct world w;
    (void)state;
    regression_init(&w);
    busy_many(&w, 100, OUTCOME_SUCCESS, MINUTE0 - 30 * MINUTE);
    change(&w, true);
    busy_one(&w, OUTCOME_SUCCESS, MINUTE0 - 20 * MINUTE);
    busy_many(&w, 50, OUTCOME_FAIL_ALERT_CLIENT, MINUTE0 - 10 * MINUTE);
    busy_many(&w, 13, OUTCOME_UNDETERMINED, MINUTE0 - 10 * MINUTE);
    CHECK(&w, "ops-regression", RULE_UNDETERMINED);
    busy_fini(&w);
}

static void storm_of_one_client(void **state)
{
    struct world w;
    (void)state;
    for (int n = 9; n <= 10; n++) {
        world_init(&w);
        w.history = w.facts.history = history_new();
        for (int i = 0; i < n; i++)
            busy_one(&w, OUTCOME_FAIL_ALERT_SERVER, NOW + i * (MINUTE / 10));
        w.hs.first_us = w.hs.last_us = NOW + MINUTE;
        CHECK(&w, "ops-retry-storm", n < 10 ? RULE_PASS : RULE_HIT);
        w.hs.first_us += 1; /* the first of them is out */
        CHECK(&w, "ops-retry-storm", RULE_PASS);
        w.hs.first_us -= 1;
        w.hs.sides[SIDE_CLIENT].endpoint.address.ip[15] = 1;
        CHECK(&w, "ops-retry-storm", RULE_PASS); /* somebody else */
        w.hs.outcome = OUTCOME_SUCCESS;
        CHECK(&w, "ops-retry-storm", RULE_PASS);
        w.hs.outcome = OUTCOME_SCAN;
        CHECK(&w, "ops-retry-storm", RULE_NA);
        w.hs.outcome = OUTCOME_UNDETERMINED;
        CHECK(&w, "ops-retry-storm", RULE_UNDETERMINED);
        busy_fini(&w);
    }
}

/* Attempts side by side: the one that began last is not the one that fails last. */
static void storm_side_by_side(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    w.history = w.facts.history = history_new();
    for (int i = 0; i < 10; i++)
        busy_one(&w, OUTCOME_FAIL_ALERT_SERVER, NOW + (i + 1) * (MINUTE / 10));
    w.hs.first_us = NOW;
    w.hs.last_us = NOW + 2 * MINUTE;
    CHECK(&w, "ops-retry-storm", RULE_HIT);
    w.hs.first_us = NOW - 1; /* more than a minute before the last of them */
    CHECK(&w, "ops-retry-storm", RULE_PASS);
    busy_fini(&w);
}

/* Each failure comes from a client of its own. */
static void fail_many(struct world *w, unsigned n, int64_t at)
{
    for (unsigned i = 0; i < n; i++) {
        w->hs.sides[SIDE_CLIENT].endpoint.address.ip[15] = (uint8_t)i;
        busy_one(w, OUTCOME_FAIL_ALERT_SERVER, at + i);
    }
    w->hs.sides[SIDE_CLIENT].endpoint.address.ip[14] = 1;
}

static void storm_of_a_service(void **state)
{
    static const struct {
        const char *name;
        unsigned before, now, ok_before, ok;
        enum verdict verdict;
    } ROWS[] = {
            {"doubled", 10, 20, 20, 20, RULE_HIT},
            {"not doubled", 10, 19, 20, 20, RULE_PASS},
            {"few", 9, 30, 20, 20, RULE_PASS},
            {"an outage: attempts stay the same", 10, 30, 40, 20, RULE_PASS},
    };
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct world w;
        busy_init(&w);
        busy_many(&w, ROWS[i].ok_before, OUTCOME_SUCCESS, MINUTE0 - 6 * MINUTE);
        fail_many(&w, ROWS[i].before, MINUTE0 - 6 * MINUTE);
        busy_many(&w, ROWS[i].ok, OUTCOME_SUCCESS, MINUTE0 - MINUTE);
        fail_many(&w, ROWS[i].now, MINUTE0 - MINUTE);
        w.hs.sides[SIDE_CLIENT].endpoint.address.ip[15] = 0xff;
        w.hs.first_us = w.hs.last_us = MINUTE0 + 5;
        w.hs.outcome = OUTCOME_FAIL_ALERT_SERVER;
        enum verdict v = world_check(&w, "ops-retry-storm");
        if (v != ROWS[i].verdict)
            fail_msg("%s: %d", ROWS[i].name, (int)v);
        busy_fini(&w);
    }
}

static void rsa_init(struct world *w)
{
    world_init(w);
    w->history = w->facts.history = history_new();
    w->hs.cipher_suite = 0x002f; /* RSA_WITH_AES_128_CBC_SHA */
    w->hs.resumption = RESUMPTION_FULL;
    w->hs.sides[SIDE_CLIENT].last_message = 16;
    w->hs.sides[SIDE_SERVER].n_alerts = 1;
    w->alerts[SIDE_SERVER][0].description = 20;
}

static void rsa_one(struct world *w, uint8_t client, const char *ja3, enum outcome o)
{
    w->hs.sides[SIDE_CLIENT].endpoint.address.ip[15] = client;
    (void)snprintf(w->hs.prints.ja3, sizeof w->hs.prints.ja3, "%s", ja3);
    w->hs.outcome = o;
}

static void rsa_learn(struct world *w, uint8_t client, const char *ja3, enum outcome o)
{
    rsa_one(w, client, ja3, o);
    world_learn(w, &w->certs[0], w->hs.last_us);
}

static void keypair(void **state)
{
    static const char ID[] = "kex-static-rsa-keypair-failure";
    struct world w;
    (void)state;
    rsa_init(&w);
    rsa_learn(&w, 1, "a", OUTCOME_FAIL_ALERT_SERVER);
    rsa_one(&w, 2, "b", OUTCOME_FAIL_CLOSED_SERVER);
    CHECK(&w, ID, RULE_PASS); /* two clients */
    rsa_learn(&w, 2, "a", OUTCOME_FAIL_CLOSED_SERVER);
    rsa_one(&w, 3, "a", OUTCOME_FAIL_ALERT_SERVER);
    CHECK(&w, ID, RULE_PASS); /* one fingerprint */
    rsa_one(&w, 3, "b", OUTCOME_FAIL_ALERT_SERVER);
    CHECK(&w, ID, RULE_HIT);
    w.alerts[SIDE_SERVER][0].description = 40; /* of Go */
    CHECK(&w, ID, RULE_HIT);
    struct cert_request request = {0};
    w.hs.cert_request = &request;
    CHECK(&w, ID, RULE_PASS); /* a certificate of the client may be meant */
    w.hs.cert_request = NULL;
    w.alerts[SIDE_SERVER][0].description = 80;
    CHECK(&w, ID, RULE_PASS); /* internal_error says something else */
    w.alerts[SIDE_SERVER][0].description = 51;
    CHECK(&w, ID, RULE_HIT);
    w.hs.sides[SIDE_CLIENT].last_message = 1;
    CHECK(&w, ID, RULE_PASS); /* it never came to the key exchange */
    w.hs.sides[SIDE_CLIENT].last_message = 16;
    w.certs[0].sha256[0] ^= 1;
    CHECK(&w, ID, RULE_PASS); /* another certificate */
    w.certs[0].sha256[0] ^= 1;
    rsa_learn(&w, 4, "c", OUTCOME_SUCCESS); /* it does have the key */
    rsa_one(&w, 3, "b", OUTCOME_FAIL_ALERT_SERVER);
    CHECK(&w, ID, RULE_PASS);
    rsa_learn(&w, 5, "a", OUTCOME_FAIL_ALERT_SERVER); /* three behind one address */
    rsa_learn(&w, 5, "b", OUTCOME_FAIL_ALERT_SERVER);
    rsa_one(&w, 5, "b", OUTCOME_FAIL_ALERT_SERVER);
    CHECK(&w, ID, RULE_PASS);
    rsa_one(&w, 5, "c", OUTCOME_FAIL_ALERT_SERVER);
    CHECK(&w, ID, RULE_HIT);
    w.hs.outcome = OUTCOME_UNDETERMINED;
    CHECK(&w, ID, RULE_UNDETERMINED);
    w.hs.cipher_suite = 0xc02f;
    CHECK(&w, ID, RULE_NA);
    busy_fini(&w);
    check_without_hello(ID);
}

static void bleichenbacher(void **state)
{
    static const char ID[] = "vuln-bleichenbacher-exposure";
    struct world w;
    (void)state;
    rsa_init(&w);
    rsa_one(&w, 1, "a", OUTCOME_FAIL_ALERT_SERVER);
    w.hs.first_us = w.hs.last_us = NOW - 49 * MINUTE;
    for (int i = 0; i < 499; i++)
        world_learn(&w, &w.certs[0], NOW - 49 * MINUTE);
    w.hs.first_us = w.hs.last_us = NOW;
    CHECK(&w, ID, RULE_PASS); /* 500 */
    world_learn(&w, &w.certs[0], NOW);
    CHECK(&w, ID, RULE_HIT);
    w.hs.sides[SIDE_SERVER].endpoint.port = 8443;
    CHECK(&w, ID, RULE_PASS); /* another server */
    w.hs.sides[SIDE_SERVER].endpoint.port = 443;
    w.hs.first_us = NOW + 20 * MINUTE;
    CHECK(&w, ID, RULE_PASS); /* an hour later */
    w.hs.outcome = OUTCOME_SUCCESS;
    CHECK(&w, ID, RULE_PASS);
    w.hs.version = TLS_1_3;
    w.hs.cipher_suite = 0x1301;
    CHECK(&w, ID, RULE_NA);
    busy_fini(&w);
    check_without_hello(ID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(outlier),
            cmocka_unit_test(outlier_needs_coverage),
            cmocka_unit_test(reject_after_finish),
            cmocka_unit_test(reject_beside_others),
            cmocka_unit_test(pin_break),
            cmocka_unit_test(regression),
            cmocka_unit_test(regression_at_once),
            cmocka_unit_test(regression_of_versions),
            cmocka_unit_test(regression_of_latency),
            cmocka_unit_test(regression_of_failures),
            cmocka_unit_test(regression_needs_coverage),
            cmocka_unit_test(storm_of_one_client),
            cmocka_unit_test(storm_side_by_side),
            cmocka_unit_test(storm_of_a_service),
            cmocka_unit_test(keypair),
            cmocka_unit_test(bleichenbacher),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
