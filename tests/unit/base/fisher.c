#include "base/fisher.h"

#include <math.h>

#include "tests/unit/test.h"

/* Published: R's fisher.test (tea tasting, convictions of twins: Fisher 1935 and 1962), the
 * worked example of Wikipedia, SciPy's documentation. */
static const struct row {
    const char *name;
    uint64_t hits_a, n_a, hits_b, n_b;
    double greater, two_sided;
} ROWS[] = {
        {"tea tasting", 3, 4, 1, 4, 0.2428571, 0.4857143},
        {"twins, criminal twin", 10, 13, 2, 17, 0.0004651809, 0.0005367241},
        {"study, men and women", 9, 12, 1, 12, 0.001379728, 0.002759456},
        {"SciPy, whales and sharks", 8, 10, 1, 6, 0.02447552, 0.03496503},
        {"fewer than expected", 2, 17, 10, 13, 0.9999845, 0.0005367241},
        {"nothing differs", 0, 10, 0, 10, 1, 1},
};

static void published_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        const struct row *r = &ROWS[i];
        double greater = fisher_greater(r->hits_a, r->n_a, r->hits_b, r->n_b);
        double both = fisher_two_sided(r->hits_a, r->n_a, r->hits_b, r->n_b);
        if (fabs(greater - r->greater) > 1e-6 || fabs(both - r->two_sided) > 1e-6)
            fail_msg("%s: %.9f and %.9f", r->name, greater, both);
    }
}

/* 20 of 20 against 0 of 10,000: 1 / C(10020, 20), by logarithms of factorials. */
static void far_tails_are_small_but_not_lost(void **state)
{
    (void)state;
    double p = fisher_greater(20, 20, 0, 10000);
    double expected = 0;
    for (int i = 1; i <= 20; i++)
        expected += log10(i) - log10(10000 + i);
    assert_true(fabs(log10(p) - expected) < 1e-6);
    assert_true(fisher_greater(500000, 1000000, 500000, 1000000) > 0.5);
    assert_true(fisher_greater(1, 1000000, 999999, 1000000) > 0.999);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(published_values),
            cmocka_unit_test(far_tails_are_small_but_not_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
