/* Windows by packet time, per vantage and service, and what they do not count. */
#include "history/servers.h"
#include "history/services.h"
#include "tests/unit/test.h"

#define NOW INT64_C(1790000000000000)
#define MINUTE INT64_C(60000000)

static struct service service_of(int64_t id)
{
    return (struct service){.id = id};
}

static void learn(struct history *h, int64_t vantage, int64_t id, enum outcome o, int64_t us)
{
    struct handshake hs = {.outcome = o};
    struct service s = service_of(id);
    const struct lesson l = {.vantage = vantage, .handshake = &hs, .service = &s, .at_us = us};
    history_learn(h, &l);
}

static void test_windows(void **state)
{
    (void)state;
    struct history *h = history_new();
    struct service s = service_of(1);
    learn(h, 0, 1, OUTCOME_SUCCESS, NOW);
    learn(h, 0, 1, OUTCOME_FAIL_RESET_SERVER, NOW + MINUTE);
    learn(h, 0, 1, OUTCOME_FAIL_ALERT_CLIENT, NOW + 2 * MINUTE);
    learn(h, 0, 1, OUTCOME_ABANDONED, NOW + 2 * MINUTE);
    learn(h, 0, 1, OUTCOME_UNDETERMINED, NOW + 2 * MINUTE);
    learn(h, 0, 1, OUTCOME_SCAN, NOW + 2 * MINUTE);
    struct attempt_counts c = history_counts(h, 0, &s, NOW + 3 * MINUTE);
    assert_int_equal(c.n_attempts, 3);
    assert_int_equal(c.n_broken, 1);
    c = history_counts(h, 0, &s, NOW + 10 * MINUTE + MINUTE / 2);
    assert_int_equal(c.n_attempts, 2); /* the first one is out */
    c = history_counts(h, 0, &s, NOW + 60 * MINUTE);
    assert_int_equal(c.n_attempts, 0);
    /* An hour later the same place in the circle is used again. */
    learn(h, 0, 1, OUTCOME_SUCCESS, NOW + 60 * MINUTE);
    c = history_counts(h, 0, &s, NOW + 60 * MINUTE);
    assert_int_equal(c.n_attempts, 1);
    history_free(h);
}

static void test_separate(void **state)
{
    (void)state;
    struct history *h = history_new();
    struct service one = service_of(1), two = service_of(2);
    learn(h, 0, 1, OUTCOME_SUCCESS, NOW);
    assert_int_equal(history_counts(h, 0, &one, NOW).n_attempts, 1);
    assert_int_equal(history_counts(h, 1, &one, NOW).n_attempts, 0);
    assert_int_equal(history_counts(h, 0, &two, NOW).n_attempts, 0);
    history_free(h);
}

static void test_before_1970(void **state)
{
    (void)state;
    struct history *h = history_new();
    struct service s = service_of(1);
    learn(h, 0, 1, OUTCOME_SUCCESS, -1);
    learn(h, 0, 1, OUTCOME_SUCCESS, 0);
    assert_int_equal(history_counts(h, 0, &s, 0).n_attempts, 2);
    history_free(h);
}

static void test_leaves(void **state)
{
    (void)state;
    struct history *h = history_new();
    struct service s = service_of(1);
    struct handshake hs = {.outcome = OUTCOME_SUCCESS};
    struct certificate c = {.is_parsed = true, .self_signed = SELF_SIGNED_YES, .not_after_us = 5};
    struct endpoint *server = &hs.sides[SIDE_SERVER].endpoint;
    const struct lesson l = {.handshake = &hs, .service = &s, .leaf = &c, .at_us = NOW};
    server->port = 443;
    assert_int_equal(history_latest_expiry(h, 0, &s, &hs, &c), INT64_MIN);
    history_learn(h, &l);
    assert_false(history_had_ca_leaf(h, 0, &s));
    c.self_signed = SELF_SIGNED_NO;
    c.not_after_us = 4;
    history_learn(h, &l);
    assert_true(history_had_ca_leaf(h, 0, &s));
    assert_int_equal(history_latest_expiry(h, 0, &s, &hs, &c), 5);
    server->address.ip[15] = 7; /* another node of the service */
    assert_int_equal(history_latest_expiry(h, 0, &s, &hs, &c), INT64_MIN);
    server->address.ip[15] = 0;
    c.key_type = KEY_EC; /* the other of a pair */
    assert_int_equal(history_latest_expiry(h, 0, &s, &hs, &c), INT64_MIN);
    c.key_type = KEY_UNKNOWN;
    assert_int_equal(history_latest_expiry(h, 1, &s, &hs, &c), INT64_MIN);
    history_free(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_windows),
            cmocka_unit_test(test_separate), cmocka_unit_test(test_before_1970),
            cmocka_unit_test(test_leaves)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
