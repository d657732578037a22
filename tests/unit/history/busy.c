/* Busy services: when counting begins, which windows see what, and what survives being stored. */
#include "history/busy.h"

#include <string.h>

#include "base/alloc.h"
#include "history/clients.h"
#include "history/prints.h"
#include "history/retries.h"
#include "history/services.h"
#include "tests/unit/test.h"

#define MINUTE INT64_C(60000000)
#define DAY (1440 * MINUTE)
#define START (INT64_C(1790000000000000) / DAY * DAY)

static const struct service SERVICE = {.id = 5};

static void learn_at(struct history *h, int64_t place, enum outcome o, int64_t us)
{
    struct handshake hs = {.outcome = o,
            .basis = BASIS_SEEN,
            .first_us = us,
            .last_us = us,
            .resumption = RESUMPTION_FULL};
    hs.sides[SIDE_SERVER].payload_bytes = 100;
    const struct lesson l = {.place = place, .handshake = &hs, .service = &SERVICE, .at_us = us};
    history_learn(h, &l);
}

static void learn(struct history *h, enum outcome o, int64_t us)
{
    learn_at(h, 0, o, us);
}

static void many(struct history *h, unsigned n, enum outcome o, int64_t us)
{
    while (n-- > 0)
        learn(h, o, us);
}

static void the_fifth_makes_it_busy(void **state)
{
    struct history *h = history_new();
    struct busy_counts c;
    (void)state;
    many(h, BUSY_ATTEMPTS - 1, OUTCOME_SUCCESS, START);
    assert_false(history_minutes(h, 0, &SERVICE, START + MINUTE, 5, &c));
    learn(h, OUTCOME_SUCCESS, START + 11 * MINUTE); /* not within ten minutes */
    assert_false(history_minutes(h, 0, &SERVICE, START + 12 * MINUTE, 5, &c));
    many(h, BUSY_ATTEMPTS - 2, OUTCOME_SUCCESS, START + 11 * MINUTE);
    assert_false(history_minutes(h, 0, &SERVICE, START + 12 * MINUTE, 5, &c));
    learn(h, OUTCOME_FAIL_CLOSED_SERVER, START + 11 * MINUTE + 7);
    assert_true(history_minutes(h, 0, &SERVICE, START + 12 * MINUTE, 5, &c));
    assert_int_equal(busy_attempts(&c), BUSY_ATTEMPTS); /* those before it count as well */
    assert_int_equal(busy_failures(&c), 1);
    assert_int_equal(c.bytes, BUSY_ATTEMPTS * 100);
    assert_int_equal(c.from_us, START + 11 * MINUTE);
    assert_int_equal(c.to_us, START + 12 * MINUTE);
    assert_false(history_minutes(h, 1, &SERVICE, START + 12 * MINUTE, 5, &c)); /* vantage */
    learn(h, OUTCOME_SUCCESS, START + 80 * MINUTE); /* stays busy when it is quiet */
    assert_true(history_minutes(h, 0, &SERVICE, START + 81 * MINUTE, 5, &c));
    assert_int_equal(busy_attempts(&c), 1);
    history_free(h);
}

static void windows(void **state)
{
    struct history *h = history_new();
    struct busy_counts c;
    (void)state;
    many(h, BUSY_ATTEMPTS, OUTCOME_SUCCESS, START - 3 * DAY);
    for (int i = 0; i < 90; i++)
        many(h, 1 + (unsigned)i % 2, OUTCOME_SUCCESS, START + i * MINUTE);
    int64_t end = START + 90 * MINUTE;
    assert_true(history_minutes(h, 0, &SERVICE, end, 5, &c));
    assert_int_equal(c.success, 8);
    assert_int_equal(c.from_us, end - 5 * MINUTE);
    assert_true(history_minutes(h, 0, &SERVICE, end - 2 * MINUTE, 1, &c));
    assert_int_equal(c.success, 2);
    assert_true(history_span(h, 0, &SERVICE, end - 60 * MINUTE, end, &c));
    assert_int_equal(c.success, 90);
    assert_int_equal(c.bytes, 9000);
    assert_true(history_span(h, 0, &SERVICE, end - 9 * MINUTE, end - MINUTE, &c)); /* one block */
    assert_int_equal(c.from_us, end - 5 * MINUTE); /* from the next, to the last whole block */
    assert_true(history_hour(h, 0, &SERVICE, end, &c));
    assert_int_equal(c.success, 90);
    assert_true(history_hour(h, 0, &SERVICE, end - 2 * MINUTE, &c)); /* 11 blocks, 3 minutes */
    assert_int_equal(c.success, 87);
    assert_int_equal(c.from_us, end - 60 * MINUTE);
    assert_int_equal(c.to_us, end - 2 * MINUTE);
    assert_true(history_baseline(h, 0, &SERVICE, end, &c));
    assert_int_equal(c.success, BUSY_ATTEMPTS);
    assert_true(history_baseline(h, 0, &SERVICE, end + DAY, &c));
    assert_int_equal(c.success, BUSY_ATTEMPTS + 135);
    assert_true(history_baseline(h, 0, &SERVICE, end + 5 * DAY, &c));
    assert_int_equal(c.success, 135); /* the first day is out */
    assert_true(history_day(h, 0, &SERVICE, end + 7 * DAY, 7, &c));
    assert_int_equal(c.success, 135);
    /* What comes late is counted where its place was not taken by a later time. */
    learn(h, OUTCOME_SUCCESS, end - 3 * MINUTE);
    learn(h, OUTCOME_SUCCESS, end - 20 * MINUTE);
    assert_true(history_minutes(h, 0, &SERVICE, end, 5, &c));
    assert_int_equal(c.success, 9);
    assert_true(history_span(h, 0, &SERVICE, end - 60 * MINUTE, end, &c));
    assert_int_equal(c.success, 92);
    history_free(h);
}

static void learn_live(struct history *h, enum outcome o, int64_t us, int64_t now_us)
{
    struct handshake hs = {.outcome = o, .basis = BASIS_SEEN, .first_us = us, .last_us = us};
    const struct lesson l = {.handshake = &hs, .service = &SERVICE, .at_us = us, .now_us = now_us};
    history_learn(h, &l);
}

/* The clock was forty days ahead for a minute: what is seen after that counts. Without a clock (it
 * is a file) the older times are just late. */
static void a_clock_that_was_ahead(void **state)
{
    (void)state;
    for (int is_live = 0; is_live < 2; is_live++) {
        struct history *h = history_new();
        struct busy_counts c;
        for (int i = 0; i < 10; i++)
            learn_live(h, OUTCOME_SUCCESS, START + 40 * DAY + i, is_live ? START + 40 * DAY : 0);
        for (int minute = 0; minute < 10; minute++)
            for (int i = 0; i < 3; i++) {
                int64_t us = START + minute * MINUTE + i;
                learn_live(h, OUTCOME_FAIL_CLOSED_SERVER, us, is_live ? us + 1000 : 0);
            }
        assert_true(history_minutes(h, 0, &SERVICE, START + 8 * MINUTE, 8, &c));
        assert_true(is_live ? busy_failures(&c) == 24 : busy_failures(&c) < 24);
        assert_int_equal(c.success, 0);
        assert_int_equal(c.from_us, is_live ? START : START + 8 * MINUTE);
        history_free(h);
    }
}

/* The same service in two regions, each compared with itself. */
static void places(void **state)
{
    struct history *h = history_new();
    struct busy_counts c;
    (void)state;
    for (int i = 0; i < 60; i++)
        learn_at(h, i % 2, i % 2 ? OUTCOME_FAIL_CLOSED_SERVER : OUTCOME_SUCCESS, START + i);
    for (int place = 0; place < 2; place++) {
        assert_true(history_minutes(h, place, &SERVICE, START + MINUTE, 5, &c));
        /* The service is busy from its fifth attempt on, wherever that is. */
        assert_int_equal(busy_attempts(&c), 30);
        assert_int_equal(busy_failures(&c), place == 0 ? 0 : 30);
    }
    history_free(h);
}

/* Fingerprints, leaves and what connections did count from the first attempt on, too. */
static void nothing_before_it_is_lost(void **state)
{
    struct history *h = history_new();
    struct print_counts p[PRINTS_OF_SERVICE];
    struct busy_change c[BUSY_CHANGES];
    struct certificate leaf = {.is_parsed = true};
    int64_t key_us;
    (void)state;
    for (int i = 0; i < BUSY_ATTEMPTS; i++) {
        struct handshake hs = {.id = 77 + i,
                .outcome = i == 0 ? OUTCOME_FAIL_INFERRED_CLIENT : OUTCOME_SUCCESS,
                .version = TLS_1_2,
                .first_us = START + i,
                .last_us = START + i};
        struct connection_end e = {.ending = ENDING_FIN_CLIENT};
        struct lesson l = {
                .handshake = &hs, .service = &SERVICE, .leaf = &leaf, .at_us = START + i};
        memcpy(hs.prints.ja4, "t12", 4);
        memset(leaf.sha256, i < 3 ? 1 : 2, sizeof leaf.sha256);
        memset(leaf.spki_sha256, i < 3 ? 1 : 2, sizeof leaf.spki_sha256);
        history_learn(h, &l);
        l.end = &e;
        history_learn(h, &l);
    }
    assert_int_equal(history_prints(h, 0, &SERVICE, START, p, &key_us), 1);
    assert_int_equal(p[0].n, BUSY_ATTEMPTS);
    assert_int_equal(p[0].failed, 1);
    assert_int_equal(p[0].done, BUSY_ATTEMPTS - 1); /* the first was no success */
    assert_int_equal(p[0].unused, BUSY_ATTEMPTS - 1);
    assert_int_equal(p[0].before_n, 3);
    assert_int_equal(p[0].before_refused, 1);
    assert_int_equal(p[0].after_n, 2);
    assert_int_equal(key_us, START + 3);
    assert_int_equal(history_changes(h, 0, &SERVICE, c), 2);
    assert_int_equal(c[0].kind, CHANGE_LEAF);
    assert_int_equal(c[0].at_us, START + 3);
    history_free(h);
}

static void spreads(void **state)
{
    struct spread16 s = {{0}};
    struct spread sum = {{0}};
    (void)state;
    spread_merge(&sum, &s);
    assert_int_equal(spread_quantile(&sum, 0.5), -1);
    for (int i = 0; i < 95; i++)
        spread16_add(&s, 99999);
    for (int i = 0; i < 5; i++)
        spread16_add(&s, 100000);
    spread16_add(&s, -1);
    spread_merge(&sum, &s);
    assert_int_equal(spread_count(&sum), 100);
    assert_int_equal(spread_above(&sum, 100000), 5); /* an edge: exact */
    assert_int_equal(spread_above(&sum, 125000), 0);
    assert_true(spread_quantile(&sum, 0.5) > 80000 && spread_quantile(&sum, 0.5) < 100000);
    /* Full buckets are halved, shares stay. */
    for (int i = 0; i < 400000; i++)
        spread16_add(&s, i % 4 == 0 ? 600000000 : 0);
    sum = (struct spread){{0}};
    spread_merge(&sum, &s);
    double share = (double)spread_above(&sum, 10000000) / (double)spread_count(&sum);
    assert_true(share > 0.24 && share < 0.26);
}

static bool move(void *ctx, const struct memory_row *row, struct err *err)
{
    (void)err;
    history_load(ctx, row);
    return true;
}

static void a_database_holds_it(void **state)
{
    struct history *a = history_new();
    struct history *b = history_new();
    struct busy_counts x, y;
    struct err err;
    (void)state;
    many(a, 50, OUTCOME_SUCCESS, START);
    many(a, 5, OUTCOME_FAIL_ALERT_CLIENT, START);
    assert_true(history_save(a, move, b, &err));
    assert_true(history_minutes(a, 0, &SERVICE, START + MINUTE, 5, &x));
    assert_true(history_minutes(b, 0, &SERVICE, START + MINUTE, 5, &y));
    assert_memory_equal(&x, &y, sizeof x);
    many(a, 7, OUTCOME_SUCCESS, START + MINUTE); /* both go on alike */
    many(b, 7, OUTCOME_SUCCESS, START + MINUTE);
    assert_true(history_minutes(a, 0, &SERVICE, START + 2 * MINUTE, 5, &x));
    assert_true(history_minutes(b, 0, &SERVICE, START + 2 * MINUTE, 5, &y));
    assert_memory_equal(&x, &y, sizeof x);
    history_free(a);
    history_free(b);
}

static void print_learn(
        struct history *h, const char *server, int64_t offer, uint8_t leaf, int64_t us)
{
    struct handshake hs = {.outcome = OUTCOME_SUCCESS, .first_us = us, .last_us = us};
    struct certificate c = {.is_parsed = true};
    memset(c.sha256, leaf, sizeof c.sha256);
    memset(c.spki_sha256, leaf, sizeof c.spki_sha256);
    memcpy(hs.prints.server, server, strlen(server));
    hs.prints.offer = offer;
    const struct lesson l = {.handshake = &hs, .service = &SERVICE, .leaf = &c, .at_us = us};
    history_learn(h, &l);
}

static void changes(void **state)
{
    struct history *h = history_new();
    struct busy_change c[BUSY_CHANGES];
    (void)state;
    many(h, 20, OUTCOME_SUCCESS, START);
    assert_int_equal(history_changes(h, 0, &SERVICE, c), 0);
    print_learn(h, "t12f_a_1", 1, 1, START);
    print_learn(h, "t12f_a_2", 2, 1, START); /* another client is answered otherwise */
    print_learn(h, "t12r_a_3", 1, 1, START); /* a resumed handshake */
    assert_int_equal(history_changes(h, 0, &SERVICE, c), 0);
    print_learn(h, "t12f_a_4", 1, 1, START + 3);
    assert_int_equal(history_changes(h, 0, &SERVICE, c), 1);
    assert_int_equal(c[0].kind, CHANGE_SERVER);
    assert_int_equal(c[0].at_us, START + 3);
    print_learn(h, "t12f_a_1", 1, 1, START + 4); /* it is known */
    assert_int_equal(history_changes(h, 0, &SERVICE, c), 1);
    print_learn(h, "t12f_a_1", 1, 0xab, START + 5); /* leaf and key */
    assert_int_equal(history_changes(h, 0, &SERVICE, c), 3);
    assert_int_equal(c[1].kind, CHANGE_LEAF);
    assert_true(c[1].value == UINT64_C(0xabababababababab));
    assert_int_equal(c[2].kind, CHANGE_KEY);
    for (uint8_t i = 2; i < 40; i++)
        print_learn(h, "t12f_a_1", 1, i, START + 6);
    assert_int_equal(history_changes(h, 0, &SERVICE, c), BUSY_CHANGES);
    history_free(h);
}

static void retries(void **state)
{
    static const uint8_t OFFERS_13[] = {3, 4, 3, 3}, OFFERS_12[] = {3, 3};
    struct history *h = history_new();
    struct client_hello ch = {.legacy_version = TLS_1_2, .supported_versions = {OFFERS_13, 4}};
    struct handshake hs = {.outcome = OUTCOME_FAIL_ALERT_SERVER,
            .client_hello = &ch,
            .first_us = START,
            .last_us = START};
    const struct lesson l = {.handshake = &hs, .service = &SERVICE, .at_us = START};
    struct retries_span span;
    (void)state;
    assert_false(history_retry_is_lower(h, 0, &SERVICE, &hs));
    assert_int_equal(history_retries(h, 0, &SERVICE, &hs, 60 * (int64_t)1000000, &span), 0);
    history_learn(h, &l);
    hs.first_us = START + 30000000;
    assert_int_equal(history_retries(h, 0, &SERVICE, &hs, 60 * (int64_t)1000000, &span), 1);
    assert_int_equal(span.from_us, START);
    assert_int_equal(span.to_us, START + 30000000);
    assert_false(history_retry_is_lower(h, 0, &SERVICE, &hs)); /* the same again */
    ch.supported_versions = (struct bytes){OFFERS_12, 2};
    assert_true(history_retry_is_lower(h, 0, &SERVICE, &hs));
    hs.first_us = START + MINUTE + 1;
    assert_false(history_retry_is_lower(h, 0, &SERVICE, &hs));
    assert_int_equal(history_retries(h, 0, &SERVICE, &hs, 60 * (int64_t)1000000, &span), 0);
    hs.first_us = START + 30000000;
    hs.sides[SIDE_CLIENT].endpoint.address.ip[3] = 1;
    assert_false(history_retry_is_lower(h, 0, &SERVICE, &hs)); /* another client */
    history_free(h);
}

/* The seventeenth fingerprint takes the place of the one that was quiet for longest. */
static void prints_are_bounded(void **state)
{
    struct history *h = history_new();
    struct print_counts *p = xcalloc(PRINTS_OF_SERVICE, sizeof *p);
    int64_t key_us;
    (void)state;
    many(h, 20, OUTCOME_SUCCESS, START);
    for (int i = 0; i < 20; i++) {
        struct handshake hs = {
                .outcome = OUTCOME_SUCCESS, .first_us = START + i, .last_us = START + i};
        const struct lesson l = {.handshake = &hs, .service = &SERVICE, .at_us = START + i};
        hs.prints.ja4[0] = (char)('a' + i);
        history_learn(h, &l);
    }
    size_t n = history_prints(h, 0, &SERVICE, START, p, &key_us);
    assert_int_equal(n, PRINTS_OF_SERVICE);
    assert_true(key_us == TIME_NONE);
    for (size_t i = 0; i < n; i++)
        assert_true(p[i].name[0] >= 'e' && p[i].n == 1);
    xfree(p);
    history_free(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(the_fifth_makes_it_busy),
            cmocka_unit_test(windows),
            cmocka_unit_test(a_clock_that_was_ahead),
            cmocka_unit_test(places),
            cmocka_unit_test(nothing_before_it_is_lost),
            cmocka_unit_test(spreads),
            cmocka_unit_test(a_database_holds_it),
            cmocka_unit_test(changes),
            cmocka_unit_test(retries),
            cmocka_unit_test(prints_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
