/* Hellos that fail for their form, beside others that do not. */
#include "history/grease.h"
#include "history/hellos.h"
#include "tests/rules/build.h"

#define LARGE "interop-large-hello-stall"
#define WINDOW "interop-hello-size-window"
#define SPLIT "interop-record-split-fail"
#define MTU "interop-mtu-blackhole"
#define GREASE "interop-unsolicited-behaviour"
#define SECOND INT64_C(1000000)

static const uint8_t body[4096];

/* A hello of n bytes (its header included) that began in packet 4, in so many packets and records.
 */
static void init(struct world *w)
{
    world_init(w);
    w->history = w->facts.history = history_new();
    w->hs.times.client_hello_last_us = NOW;
    w->hs.times.end_us = NOW + 10 * SECOND;
}

static void hello(struct world *w, size_t n, unsigned packets, unsigned records)
{
    struct client_hello *ch = &w->client_hello;
    ch->raw = (struct bytes){body, n - 4};
    ch->at = (struct span){.first_packet = 4,
            .last_packet = 3 + packets,
            .offset = 5,
            .len = n + (records - 1) * 5};
    w->hs.sides[SIDE_CLIENT].acked = 5 + ch->at.len;
}

static void pass(struct world *w)
{
    w->hs.server_hello = &w->server_hello;
    w->hs.outcome = OUTCOME_SUCCESS;
    w->hs.sides[SIDE_SERVER].last_message = 14;
    w->hs.sides[SIDE_SERVER].payload_bytes = 3000;
}

static void fail_with(struct world *w, enum outcome o)
{
    w->hs.server_hello = NULL;
    w->hs.outcome = o;
    w->hs.sides[SIDE_SERVER].last_message = -1;
    w->hs.sides[SIDE_SERVER].payload_bytes = 0;
}

static void learn(struct world *w, int64_t us, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        world_learn(w, NULL, us);
}

/* The others of each form, and the form itself. */
static void special(struct world *w, const char *id)
{
    if (strcmp(id, LARGE) == 0)
        hello(w, 1800, 2, 1);
    else if (strcmp(id, WINDOW) == 0)
        hello(w, 300, 1, 1);
    else
        hello(w, 600, 1, 2);
}

static void test_counts(void **state)
{
    (void)state;
    static const struct {
        const char *id;
        unsigned failed, passed, others_failed; /* before */
        enum verdict verdict;
    } rows[] = {
            {LARGE, 2, 1, 0, RULE_HIT},
            {LARGE, 1, 1, 0, RULE_NA},
            {LARGE, 2, 0, 0, RULE_NA},
            {LARGE, 2, 1, 1, RULE_NA},
            {WINDOW, 2, 3, 0, RULE_HIT},
            {WINDOW, 2, 2, 0, RULE_NA},
            {WINDOW, 1, 3, 0, RULE_NA},
            {WINDOW, 2, 3, 1, RULE_NA},
            {SPLIT, 2, 1, 0, RULE_HIT},
            {SPLIT, 1, 1, 0, RULE_NA},
            {SPLIT, 2, 1, 1, RULE_NA},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world w;
        init(&w);
        special(&w, rows[i].id);
        fail_with(&w, OUTCOME_FAIL_RESET_SERVER);
        learn(&w, NOW - HOUR, rows[i].failed);
        hello(&w, 600, 1, 1);
        learn(&w, NOW - HOUR, rows[i].others_failed);
        pass(&w);
        learn(&w, NOW - HOUR, rows[i].passed);
        special(&w, rows[i].id);
        CHECK(&w, rows[i].id, RULE_PASS);
        fail_with(&w, OUTCOME_FAIL_RESET_SERVER);
        enum verdict v = world_check(&w, rows[i].id);
        if (v != rows[i].verdict)
            fail_msg("row %zu: %d", i, (int)v);
        w.hs.sides[SIDE_CLIENT].n_gaps = 1;
        CHECK(&w, rows[i].id, RULE_UNDETERMINED);
        hello(&w, 600, 1, 1);
        CHECK(&w, rows[i].id, RULE_NA);
        history_free(w.history);
    }
}

/* One that passes starts the count anew; seven days later all is forgotten. */
static void test_anew(void **state)
{
    (void)state;
    struct world w;
    init(&w);
    special(&w, LARGE);
    fail_with(&w, OUTCOME_FAIL_RESET_SERVER);
    learn(&w, NOW, 2);
    hello(&w, 600, 1, 1);
    pass(&w);
    learn(&w, NOW, 1);
    special(&w, LARGE);
    fail_with(&w, OUTCOME_FAIL_RESET_SERVER);
    w.hs.last_us = NOW + 7 * DAY;
    CHECK(&w, LARGE, RULE_HIT);
    w.hs.last_us++;
    CHECK(&w, LARGE, RULE_NA);
    w.hs.last_us = NOW;
    pass(&w);
    learn(&w, NOW, 1);
    fail_with(&w, OUTCOME_FAIL_RESET_SERVER);
    CHECK(&w, LARGE, RULE_NA);
    history_free(w.history);
}

/* Without an other one meanwhile: only for a server that never took a large one. */
static void test_before(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct world w;
        init(&w);
        hello(&w, 600, 1, 1);
        pass(&w);
        learn(&w, i == 1 ? NOW - 2 * HOUR : NOW - HOUR / 2, 1);
        special(&w, LARGE);
        if (i == 2)
            learn(&w, NOW - DAY, 1);
        fail_with(&w, OUTCOME_FAIL_RESET_SERVER);
        learn(&w, NOW - 1, 2);
        CHECK(&w, LARGE, i == 0 ? RULE_HIT : RULE_NA);
        history_free(w.history);
    }
}

/* What is read again finds itself in the memory: the third failure hits, the first two do not. */
static void test_again(void **state)
{
    (void)state;
    struct world w;
    init(&w);
    special(&w, LARGE);
    fail_with(&w, OUTCOME_FAIL_RESET_SERVER);
    for (int i = 0; i < 3; i++)
        learn(&w, NOW + i, 1);
    hello(&w, 600, 1, 1);
    pass(&w);
    learn(&w, NOW, 1);
    special(&w, LARGE);
    fail_with(&w, OUTCOME_FAIL_RESET_SERVER);
    for (int i = 0; i < 3; i++) {
        w.hs.last_us = NOW + i;
        CHECK(&w, LARGE, i == 2 ? RULE_HIT : RULE_NA);
    }
    history_free(w.history);
}

static void test_ways(void **state)
{
    (void)state;
    static const struct {
        enum outcome outcome;
        int64_t waited_us;
        uint64_t unacked;
        bool is_failed;
    } rows[] = {
            {OUTCOME_FAIL_RESET_SERVER, 0, 9, true},
            {OUTCOME_FAIL_RESET_THIRD_PARTY, 0, 9, true},
            {OUTCOME_FAIL_CLOSED_SERVER, 0, 9, true},
            {OUTCOME_FAIL_TIMEOUT_SERVER, 10 * SECOND, 0, true},
            {OUTCOME_FAIL_TIMEOUT_SERVER, 10 * SECOND, 1, false},
            {OUTCOME_FAIL_CLOSED_CLIENT, 5 * SECOND, 0, true},
            {OUTCOME_FAIL_CLOSED_CLIENT, 5 * SECOND - 1, 0, false},
            {OUTCOME_FAIL_CLOSED_CLIENT, 5 * SECOND, 1, false},
            {OUTCOME_FAIL_TIMEOUT_PATH, 10 * SECOND, 0, false},
            {OUTCOME_ABANDONED, 10 * SECOND, 0, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world w;
        init(&w);
        special(&w, LARGE);
        fail_with(&w, rows[i].outcome);
        w.hs.times.end_us = NOW + rows[i].waited_us;
        w.hs.sides[SIDE_CLIENT].acked -= rows[i].unacked;
        if (hello_is_failed(&w.hs, HELLO_LARGE) != rows[i].is_failed)
            fail_msg("row %zu", i);
        w.hs.sides[SIDE_SERVER].n_alerts = 1;
        assert_false(hello_is_failed(&w.hs, HELLO_LARGE));
        history_free(w.history);
    }
}

static void test_forms(void **state)
{
    (void)state;
    static const struct {
        size_t n;
        unsigned packets, records;
        bool is_large, is_window, is_split;
    } rows[] = {{255, 1, 1, false, false, false}, {256, 1, 1, false, true, false},
            {511, 1, 1, false, true, false}, {512, 1, 1, false, false, false},
            {1460, 1, 1, false, false, false}, {1461, 1, 1, true, false, false},
            {600, 2, 1, true, false, false}, {600, 1, 2, false, false, true}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world w;
        init(&w);
        hello(&w, rows[i].n, rows[i].packets, rows[i].records);
        assert_int_equal(hello_is_of(&w.hs, HELLO_LARGE), rows[i].is_large);
        assert_int_equal(hello_is_of(&w.hs, HELLO_WINDOW), rows[i].is_window);
        assert_int_equal(hello_is_of(&w.hs, HELLO_SPLIT), rows[i].is_split);
        history_free(w.history);
    }
}

/* A parser that cannot join records complains with decode_error or unexpected_message. */
static void test_split_alert(void **state)
{
    (void)state;
    static const struct {
        uint8_t alert;
        bool is_failed;
    } rows[] = {{10, true}, {50, true}, {40, false}};
    for (size_t i = 0; i < 3; i++) {
        struct world w;
        init(&w);
        special(&w, SPLIT);
        fail_with(&w, OUTCOME_FAIL_ALERT_SERVER);
        w.hs.sides[SIDE_SERVER].n_alerts = 1;
        w.alerts[SIDE_SERVER][0] = (struct alert){.level = 2, .description = rows[i].alert};
        assert_int_equal(hello_is_failed(&w.hs, HELLO_SPLIT), rows[i].is_failed);
        assert_false(hello_is_failed(&w.hs, HELLO_LARGE));
        history_free(w.history);
    }
}

static void test_mtu(void **state)
{
    (void)state;
    static const struct {
        uint32_t n_stuck, len;
        uint64_t client_retransmits;
        enum verdict verdict;
    } rows[] = {{3, 1200, 0, RULE_HIT}, {2, 1448, 0, RULE_NA}, {3, 1199, 0, RULE_NA},
            {3, 1448, 1, RULE_NA}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world w;
        init(&w);
        pass(&w);
        CHECK(&w, MTU, RULE_PASS);
        w.hs.outcome = OUTCOME_FAIL_TIMEOUT_PATH;
        w.hs.sides[SIDE_SERVER].n_stuck = rows[i].n_stuck;
        w.hs.sides[SIDE_SERVER].stuck_len = rows[i].len;
        w.hs.sides[SIDE_CLIENT].n_retransmits = rows[i].client_retransmits;
        CHECK(&w, MTU, rows[i].verdict);
        w.hs.outcome = OUTCOME_UNDETERMINED;
        CHECK(&w, MTU, RULE_UNDETERMINED);
        w.hs.sides[SIDE_CLIENT].is_seen = false;
        CHECK(&w, MTU, RULE_UNDETERMINED);
        history_free(w.history);
    }
}

static void test_grease(void **state)
{
    (void)state;
    static const struct {
        unsigned failed, plain_passed, plain_failed, passed; /* before */
        enum verdict verdict;
    } rows[] = {{2, 3, 0, 0, RULE_HIT}, {1, 3, 0, 0, RULE_NA}, {2, 2, 0, 0, RULE_NA},
            {2, 3, 1, 0, RULE_NA}, {2, 3, 0, 1, RULE_NA}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world w;
        init(&w);
        hello(&w, 600, 1, 1);
        w.client_hello.grease = GREASE_EXTENSIONS;
        fail_with(&w, OUTCOME_FAIL_ALERT_SERVER);
        learn(&w, NOW - 1, rows[i].failed);
        w.client_hello.grease = 0;
        learn(&w, NOW - 1, rows[i].plain_failed);
        CHECK(&w, GREASE, RULE_NA);
        pass(&w);
        learn(&w, NOW - 1, rows[i].plain_passed);
        w.client_hello.grease = GREASE_EXTENSIONS;
        CHECK(&w, GREASE, RULE_PASS);
        learn(&w, NOW - 1, rows[i].passed);
        fail_with(&w, OUTCOME_FAIL_ALERT_SERVER);
        CHECK(&w, GREASE, rows[i].verdict);
        w.hs.outcome = OUTCOME_FAIL_CLOSED_CLIENT; /* in no time: the client's own decision */
        w.hs.times.end_us = NOW;
        CHECK(&w, GREASE, RULE_NA);
        w.hs.sides[SIDE_SERVER].n_gaps = 1;
        CHECK(&w, GREASE, RULE_UNDETERMINED);
        history_free(w.history);
    }
}

/* In whichever order the three of each kind come, the last one completes them. */
static void test_grease_order(void **state)
{
    (void)state;
    for (unsigned order = 0; order < 64; order++) {
        struct world w;
        unsigned n[2] = {0, 0}, wanted = 0;
        for (unsigned i = 0; i < 6; i++)
            wanted += order >> i & 1;
        if (wanted != 3)
            continue;
        init(&w);
        hello(&w, 600, 1, 1);
        for (unsigned i = 0; i < 6; i++) {
            bool has_grease = (order >> i & 1) != 0;
            w.client_hello.grease = has_grease ? GREASE_EXTENSIONS : 0;
            if (has_grease)
                fail_with(&w, OUTCOME_FAIL_ALERT_SERVER);
            else
                pass(&w);
            n[has_grease]++;
            w.hs.last_us = NOW + i;
            CHECK(&w, GREASE, n[0] == 3 && n[1] == 3 ? RULE_HIT : RULE_NA);
            learn(&w, NOW + i, 1);
        }
        history_free(w.history);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_counts), cmocka_unit_test(test_anew),
            cmocka_unit_test(test_before), cmocka_unit_test(test_again),
            cmocka_unit_test(test_ways), cmocka_unit_test(test_forms),
            cmocka_unit_test(test_split_alert), cmocka_unit_test(test_mtu),
            cmocka_unit_test(test_grease), cmocka_unit_test(test_grease_order)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
