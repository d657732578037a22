/* So much a second, and what was saved up. */
#include "engine/allowance.h"

#include "tests/unit/test.h"

static void it_is_spent_and_comes_back(void **state)
{
    (void)state;
    struct allowance a = allowance_new(10, 30, 1000);
    assert_true(allowance_has(&a, 1000));
    allowance_take(&a, 29);
    assert_true(allowance_has(&a, 1000));
    allowance_take(&a, 11); /* overdrawn by 10 */
    assert_false(allowance_has(&a, 1000));
    assert_false(allowance_has(&a, 1000 + 1000000)); /* all that was given pays the debt */
    assert_true(allowance_has(&a, 1000 + 1100000));
    assert_int_equal(a.left, 1);
    assert_true(allowance_has(&a, 1000 + INT64_C(1000000000000)));
    assert_int_equal(a.left, 30); /* no more is saved */
}

static void parts_of_a_token_are_not_lost(void **state)
{
    (void)state;
    struct allowance a = allowance_new(10, 30, 0);
    allowance_take(&a, 30);
    for (int64_t us = 0; us < 1000000; us += 7)
        (void)allowance_has(&a, us);
    (void)allowance_has(&a, 1000000);
    assert_int_equal(a.left, 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(it_is_spent_and_comes_back),
            cmocka_unit_test(parts_of_a_token_are_not_lost)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
