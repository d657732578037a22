/* What a line of a comparison says, and what is told first. */
#include "report/diff_lines.h"

#include <string.h>

#include "tests/unit/test.h"

static struct diff_line line(enum diff_topic t, const char *item, struct share a, struct share b)
{
    struct diff_line l = {.service = "a.example.test", .topic = t, .item = item};
    const struct share shares[2] = {a, b};
    for (int k = 0; k < 2; k++)
        l.side[k] = (struct diff_amount){.is_there = shares[k].hits > 0,
                .has_share = shares[k].of > 0,
                .share = shares[k],
                .us = -1};
    return l;
}

static const char *judged(struct diff_line *l, bool in_a, bool in_b)
{
    const bool is_served[2] = {in_a, in_b};
    diff_judge(l, is_served);
    return diff_change_name(l);
}

static void test_shares(void **state)
{
    (void)state;
    static const struct {
        enum diff_topic topic;
        const char *item;
        struct share a, b;
        const char *change;
        bool is_worse;
    } rows[] = {
            {TOPIC_SUCCESS, "", {100, 100}, {0, 100}, "lower", true},
            {TOPIC_SUCCESS, "", {0, 100}, {100, 100}, "higher", false},
            {TOPIC_SUCCESS_SEEN, "", {100, 100}, {50, 100}, "lower", true},
            {TOPIC_SUCCESS, "", {10, 10}, {0, 10}, "too few to tell", false},
            {TOPIC_SUCCESS, "", {100, 100}, {98, 100}, "same", false},
            {TOPIC_VERSION, "TLSv1.3", {0, 100}, {100, 100}, "new", false},
            {TOPIC_VERSION, "TLSv1.2", {100, 100}, {0, 100}, "gone", false},
            {TOPIC_CIPHER, "x", {90, 100}, {50, 100}, "less", false},
            {TOPIC_CIPHER, "x", {50, 100}, {90, 100}, "more", false},
            {TOPIC_VERSION, "x", {0, 100}, {1, 100}, "same", false}, /* one may be chance */
            {TOPIC_ALPN, "h2", {100, 100}, {0, 0}, "same", false},   /* not visible in B */
            {TOPIC_RESUMED, "", {80, 100}, {10, 100}, "lower", false},
            /* Facts, not shares. */
            {TOPIC_CERTIFICATE, "aa", {0, 5}, {1, 5}, "new", false},
            {TOPIC_CERTIFICATE, "aa", {5, 5}, {0, 5}, "gone", false},
            {TOPIC_CERTIFICATE, "aa", {0, 0}, {5, 5}, "same", false}, /* not visible in A */
            {TOPIC_CERTIFICATE, "aa", {5, 5}, {4, 5}, "too few to tell", false},
            {TOPIC_ATTEMPTS, "", {5, 0}, {5000, 0}, "same", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct diff_line l = line(rows[i].topic, rows[i].item, rows[i].a, rows[i].b);
        const char *change = judged(&l, true, true);
        if (strcmp(change, rows[i].change) != 0 || diff_is_worse(&l) != rows[i].is_worse)
            fail_msg("row %zu: %s", i, change);
    }
}

static void test_findings(void **state)
{
    (void)state;
    struct diff_line l = line(TOPIC_FINDING, "x y", (struct share){0, 9}, (struct share){1, 9});
    l.severity = SEV_HIGH;
    assert_string_equal(judged(&l, true, true), "new");
    assert_true(diff_is_worse(&l));
    l.severity = SEV_MEDIUM;
    assert_false(diff_is_worse(&l));
    l = line(TOPIC_FINDING, "x y", (struct share){1, 9}, (struct share){0, 9});
    l.severity = SEV_CRITICAL;
    assert_string_equal(judged(&l, true, true), "gone");
    assert_false(diff_is_worse(&l));
    assert_string_equal(judged(&l, true, false), "same"); /* the service is gone */
    l.service = NULL;
    assert_string_equal(judged(&l, false, false), "gone"); /* about the capture */
    l = line(TOPIC_FINDING, "x y", (struct share){10, 100}, (struct share){90, 100});
    assert_string_equal(judged(&l, true, true), "more");
    l = line(TOPIC_FINDING, "x y", (struct share){1, 0}, (struct share){5, 0});
    assert_string_equal(judged(&l, true, true), "same"); /* of how many is not known */
}

static void test_services(void **state)
{
    (void)state;
    struct diff_line l = line(TOPIC_SERVICE, "", (struct share){5, 0}, (struct share){0, 0});
    assert_string_equal(judged(&l, true, false), "only in A");
    assert_string_equal(judged(&l, false, true), "only in B");
    assert_string_equal(judged(&l, true, true), "same");
    l = line(TOPIC_SUCCESS, "", (struct share){100, 100}, (struct share){0, 100});
    assert_string_equal(judged(&l, true, false), "same");
}

static void test_times(void **state)
{
    (void)state;
    struct histogram a = {0}, b = {0};
    struct diff_line l = line(TOPIC_FULL_TIME_P95, "", (struct share){0}, (struct share){0});
    for (int i = 0; i < 50; i++) {
        histogram_add(&a, 1000);
        histogram_add(&b, 5000);
    }
    l.side[0].times = &a;
    assert_string_equal(judged(&l, true, true), "same"); /* none completed in B */
    l.side[1].times = &b;
    assert_string_equal(judged(&l, true, true), "slower");
    assert_false(diff_is_worse(&l));
    l.side[0].times = &b;
    l.side[1].times = &a;
    assert_string_equal(judged(&l, true, true), "faster");
    histogram_fini(&a);
    histogram_fini(&b);
}

/* In the order in which they are to be told. */
static void test_rank(void **state)
{
    (void)state;
    static const struct {
        enum diff_topic topic;
        enum diff_change change;
        enum severity severity;
    } rows[] = {
            {TOPIC_SUCCESS, CHANGE_LOWER, SEV_INFO},
            {TOPIC_FINDING, CHANGE_NEW, SEV_HIGH},
            {TOPIC_SERVICE, CHANGE_ONLY_A, SEV_INFO},
            {TOPIC_FINDING, CHANGE_NEW, SEV_LOW},
            {TOPIC_FAILURE, CHANGE_HIGHER, SEV_INFO},
            {TOPIC_FULL_TIME_P95, CHANGE_HIGHER, SEV_INFO},
            {TOPIC_CERTIFICATE, CHANGE_NEW, SEV_INFO},
            {TOPIC_VERSION, CHANGE_LOWER, SEV_INFO},
            {TOPIC_CLIENT, CHANGE_NEW, SEV_INFO},
            {TOPIC_SUCCESS, CHANGE_HIGHER, SEV_INFO},
            {TOPIC_FINDING, CHANGE_GONE, SEV_CRITICAL},
            {TOPIC_SUCCESS, CHANGE_FEW, SEV_INFO},
            {TOPIC_SUCCESS, CHANGE_NONE, SEV_INFO},
    };
    for (size_t i = 1; i < sizeof rows / sizeof *rows; i++) {
        struct diff_line a = {.item = "", .topic = rows[i - 1].topic};
        struct diff_line b = {.item = "", .topic = rows[i].topic};
        a.change = rows[i - 1].change;
        b.change = rows[i].change;
        a.severity = rows[i - 1].severity;
        b.severity = rows[i].severity;
        if (diff_rank(&a) >= diff_rank(&b))
            fail_msg("row %zu", i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_shares),
            cmocka_unit_test(test_findings), cmocka_unit_test(test_services),
            cmocka_unit_test(test_times), cmocka_unit_test(test_rank)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
