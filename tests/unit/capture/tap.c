#include "capture/tap.h"

#include "tests/unit/test.h"

static void test_balance(void **state)
{
    static const struct tap_counts CASES[][2] = {
            {{.received = 10, .read = 7, .drops = 3}, {.received = 10, .read = 7, .drops = 3}},
            {{.received = 10, .read = 7, .drops = 1},
                    {.received = 10, .read = 7, .drops = 1, .own_drops = 2}},
            {{.received = 5, .read = 7, .drops = 1}, {.received = 8, .read = 7, .drops = 1}},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct tap_counts c = CASES[i][0];
        tap_balance(&c);
        assert_int_equal(c.received, CASES[i][1].received);
        assert_int_equal(c.read, CASES[i][1].read);
        assert_int_equal(c.drops, CASES[i][1].drops);
        assert_int_equal(c.own_drops, CASES[i][1].own_drops);
    }
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_balance),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
