/* When two samples differ. Probabilities are those of exact arithmetic in Python. */
#include "report/compare.h"

#include "tests/unit/test.h"

static void test_shares(void **state)
{
    (void)state;
    static const struct {
        struct share a, b;
        enum compared want;
    } rows[] = {
            {{0, 0}, {0, 0}, COMPARED_SAME},
            {{5, 10}, {50, 100}, COMPARED_SAME}, /* equal shares, however few */
            {{10, 10}, {0, 10}, COMPARED_FEW},
            {{19, 19}, {0, 400}, COMPARED_FEW},
            {{400, 400}, {0, 19}, COMPARED_FEW},
            {{20, 20}, {0, 20}, COMPARED_LOWER},
            {{0, 20}, {20, 20}, COMPARED_HIGHER},
            {{20, 20}, {19, 20}, COMPARED_SAME},            /* p = 1 */
            {{20, 20}, {12, 20}, COMPARED_SAME},            /* p = 0.0033 */
            {{20, 20}, {9, 20}, COMPARED_LOWER},            /* p = 0.00014 */
            {{9995, 10000}, {9950, 10000}, COMPARED_LOWER}, /* p = 1e-10 */
            /* Sure, but a trifle: 50 % and 51 % of a million. */
            {{500000, 1000000}, {510000, 1000000}, COMPARED_SAME},
            {{500000, 1000000}, {560000, 1000000}, COMPARED_HIGHER},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double p = -1;
        enum compared c = compare_shares(rows[i].a, rows[i].b, &p);
        if (c != rows[i].want)
            fail_msg("row %zu: %d, p %g", i, (int)c, p);
        assert_true(p >= 0 && p <= 1);
    }
}

static void test_probability(void **state)
{
    (void)state;
    double p;
    (void)compare_shares((struct share){20, 20}, (struct share){9, 20}, &p);
    assert_true(p > 0.00013 && p < 0.00015);
    (void)compare_shares((struct share){20, 20}, (struct share){12, 20}, &p);
    assert_true(p > 0.0032 && p < 0.0034);
}

static void fill(struct histogram *h, int64_t us, int n)
{
    for (int i = 0; i < n; i++)
        histogram_add(h, us);
}

static enum compared times(int n_a, int64_t us_a, int n_b, int64_t us_b, double q)
{
    struct histogram a = {0}, b = {0};
    double p;
    fill(&a, us_a, n_a);
    fill(&b, us_b, n_b);
    enum compared c = compare_times(&a, &b, q, &p);
    histogram_fini(&a);
    histogram_fini(&b);
    return c;
}

static void test_times(void **state)
{
    (void)state;
    assert_int_equal(times(0, 0, 0, 0, 0.5), COMPARED_SAME);
    assert_int_equal(times(0, 0, 30, 1000, 0.5), COMPARED_FEW);
    assert_int_equal(times(30, 1000, 30, 1000, 0.5), COMPARED_SAME);
    assert_int_equal(times(30, 1000, 30, 3000, 0.5), COMPARED_HIGHER);
    assert_int_equal(times(30, 3000, 30, 1000, 0.5), COMPARED_LOWER);
    assert_int_equal(times(30, 1000, 30, 3000, 0.95), COMPARED_HIGHER);
    assert_int_equal(times(1000, 1000, 30, 3000, 0.95), COMPARED_HIGHER);
    assert_int_equal(times(30, 1000, 1000, 3000, 0.95), COMPARED_HIGHER);
    assert_int_equal(times(19, 1000, 30, 3000, 0.5), COMPARED_FEW);
    assert_int_equal(times(30, 1000, 19, 3000, 0.5), COMPARED_FEW);
    assert_int_equal(times(30, 1000, 30, 1040, 0.5), COMPARED_SAME);
}

/* A slow tail moves the upper quantile, not the median. */
static void test_tail(void **state)
{
    (void)state;
    struct histogram a = {0}, b = {0};
    double p;
    fill(&a, 1000, 200);
    fill(&b, 1000, 170);
    fill(&b, 50000, 30);
    assert_int_equal(compare_times(&a, &b, 0.5, &p), COMPARED_SAME);
    assert_int_equal(compare_times(&a, &b, 0.95, &p), COMPARED_HIGHER);
    histogram_fini(&b);
    /* Two slow ones of twenty may be chance. */
    fill(&b, 1000, 18);
    fill(&b, 50000, 2);
    assert_int_equal(compare_times(&a, &b, 0.95, &p), COMPARED_SAME);
    histogram_fini(&a);
    histogram_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_shares),
            cmocka_unit_test(test_probability), cmocka_unit_test(test_times),
            cmocka_unit_test(test_tail)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
