#include "base/histogram.h"

#include <math.h>
#include <stdlib.h>

#include "tests/unit/test.h"

enum { MOST = 5000 };

static uint64_t state_of_random;

/* SplitMix64: the same numbers everywhere. */
static uint64_t next_random(void)
{
    uint64_t z = state_of_random += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

static int by_value(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left;
    int64_t b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

static double exact(const int64_t *sorted, size_t n, double q)
{
    double at = q * (double)(n - 1);
    size_t rank = (size_t)at;
    double part = at - (double)rank;
    double low = (double)sorted[rank];
    return rank + 1 < n ? low + part * ((double)sorted[rank + 1] - low) : low;
}

static void check(const struct histogram *h, int64_t *values, size_t n)
{
    static const double QUANTILES[] = {0, 0.01, 0.25, 0.5, 0.9, 0.95, 0.99, 1};
    qsort(values, n, sizeof *values, by_value);
    for (size_t i = 0; i < sizeof QUANTILES / sizeof *QUANTILES; i++) {
        double want = exact(values, n, QUANTILES[i]);
        double got = histogram_quantile(h, QUANTILES[i]);
        if (fabs(got - want) > 0.045 * want)
            fail_msg("%zu values, q %.2f: %.1f, not %.1f", n, QUANTILES[i], got, want);
    }
}

static void quantiles_are_near_exact_ones(void **state)
{
    static const size_t SIZES[] = {1, 2, 3, 10, 99, MOST};
    int64_t *values = calloc(MOST, sizeof *values);
    (void)state;
    assert_non_null(values);
    for (unsigned shape = 0; shape < 4; shape++)
        for (size_t s = 0; s < sizeof SIZES / sizeof *SIZES; s++) {
            struct histogram h = {0};
            state_of_random = shape + 1;
            for (size_t i = 0; i < SIZES[s]; i++) {
                /* shifts spread over many octaves; the third is narrow, the fourth tiny */
                uint64_t r = next_random();
                unsigned shift = shape == 2 ? 50 : 37 + (unsigned)(r & 15);
                values[i] = shape == 3 ? 1 + (int64_t)(r & 7) : 1 + (int64_t)(r >> shift);
                histogram_add(&h, values[i]);
            }
            assert_int_equal(histogram_count(&h), SIZES[s]);
            check(&h, values, SIZES[s]);
            histogram_fini(&h);
        }
    free(values);
}

/* Each whole number up to 2^20 is at most 4.5 % away from the middle of its bucket. */
static void every_value_is_near_its_bucket(void **state)
{
    (void)state;
    for (int64_t us = 1; us < INT64_C(1) << 27; us += 1 + us / 64) {
        struct histogram h = {0};
        histogram_add(&h, us);
        double got = histogram_quantile(&h, 0.5);
        if (fabs(got - (double)us) > 0.045 * (double)us)
            fail_msg("%lld: %.2f", (long long)us, got);
        histogram_fini(&h);
    }
}

static void the_ends_hold_the_rest(void **state)
{
    struct histogram h = {0};
    (void)state;
    assert_true(histogram_quantile(&h, 0.5) < 0);
    histogram_add(&h, -1);
    assert_int_equal(histogram_count(&h), 0);
    histogram_add(&h, 0);
    assert_true(histogram_quantile(&h, 0.5) == 0);
    histogram_add(&h, INT64_MAX);
    histogram_add(&h, INT64_C(1) << 27);
    assert_true(histogram_quantile(&h, 1) == 134217728);
    assert_int_equal(h.n, 2);
    histogram_fini(&h);
}

/* Adding one by one, merging, and storing in any order give the same bytes. */
static void merging_is_adding(void **state)
{
    struct histogram all = {0}, odd = {0}, even = {0}, again = {0};
    struct text a = {0}, b = {0}, part = {0};
    (void)state;
    state_of_random = 7;
    for (int i = 0; i < 3000; i++) {
        int64_t us = (int64_t)(next_random() >> 40);
        histogram_add(&all, us);
        histogram_add(i % 2 ? &odd : &even, us);
    }
    histogram_write(&odd, &part);
    histogram_merge(&even, &all); /* counts of many sizes */
    histogram_merge(&all, &all);
    assert_true(histogram_read(&again, (struct bytes){(const uint8_t *)part.s, part.n}));
    histogram_merge(&again, &even);
    histogram_write(&again, &a); /* odd + even + all = 2 all */
    histogram_write(&all, &b);
    assert_int_equal(a.n, b.n);
    assert_memory_equal(a.s, b.s, a.n);
    histogram_fini(&all);
    histogram_fini(&odd);
    histogram_fini(&even);
    histogram_fini(&again);
    text_fini(&a);
    text_fini(&b);
    text_fini(&part);
}

static bool reads(struct cur c)
{
    struct histogram h = {0};
    bool is_ok = histogram_read(&h, cur_rest(&c));
    if (!is_ok)
        assert_int_equal(h.n, 0);
    histogram_fini(&h);
    return is_ok;
}

static void what_is_none_is_refused(void **state)
{
    static const struct {
        const char *name;
        size_t n;
        uint8_t bytes[16];
        bool is_one;
    } ROWS[] = {
            {"nothing", 0, {0}, true},
            {"empty", 1, {1}, true},
            {"version", 1, {2}, false},
            {"one cell", 4, {1, 9, 1, 5}, true},
            {"two cells", 8, {1, 9, 1, 5, 10, 2, 1, 0}, true},
            {"out of order", 7, {1, 9, 1, 5, 9, 1, 1}, false},
            {"no count", 4, {1, 9, 1, 0}, false},
            {"no length", 3, {1, 9, 0}, false},
            {"length of nine", 12, {1, 9, 9, 1, 1, 1, 1, 1, 1, 1, 1, 1}, false},
            {"bucket past the last", 4, {1, HISTOGRAM_BUCKETS, 1, 1}, false},
            {"cut", 3, {1, 9, 1}, false},
            {"cut bucket", 2, {1, 9}, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        if (reads(cur_make(ROWS[i].bytes, ROWS[i].n)) != ROWS[i].is_one)
            fail_msg("%s", ROWS[i].name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(quantiles_are_near_exact_ones),
            cmocka_unit_test(every_value_is_near_its_bucket),
            cmocka_unit_test(the_ends_hold_the_rest),
            cmocka_unit_test(merging_is_adding),
            cmocka_unit_test(what_is_none_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
