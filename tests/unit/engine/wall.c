/* Steps of the clock are seen, slow corrections are none, and trust comes back after an hour. */
#include "engine/wall.h"

#include "tests/unit/test.h"

#define S INT64_C(1000000)
#define DAY (INT64_C(1790000000) * S)

static void sees_steps(void **state)
{
    (void)state;
    struct wall w = {0};
    assert_false(wall_look(&w, DAY, 5 * S, 5 * S));
    assert_true(wall_is_sure(&w));
    assert_false(wall_look(&w, DAY + S, 6 * S, 6 * S + 10));
    assert_false(wall_look(&w, DAY + 2 * S + S / 2, 7 * S, 7 * S)); /* slewed */
    assert_true(wall_look(&w, DAY + 3500000 * S, 8 * S, 8 * S));
    assert_false(wall_is_sure(&w));
    assert_false(wall_look(&w, DAY + 3500001 * S, 9 * S, 9 * S));
    assert_true(wall_look(&w, DAY + 6 * S, 10 * S, 10 * S)); /* and back */
    assert_false(wall_look(&w, DAY + 3605 * S, 3609 * S, 3609 * S));
    assert_false(wall_is_sure(&w));
    assert_false(wall_look(&w, DAY + 3606 * S, 3610 * S, 3610 * S));
    assert_true(wall_is_sure(&w));
}

/* The thread was held up between the two clocks. */
static void leaves_out(void **state)
{
    (void)state;
    struct wall w = {0};
    assert_false(wall_look(&w, DAY, 5 * S, 5 * S));
    assert_false(wall_look(&w, DAY + 4 * S, 6 * S, 9 * S));
    assert_false(wall_look(&w, DAY + 5 * S, 10 * S, 10 * S));
    assert_true(wall_is_sure(&w));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(sees_steps),
            cmocka_unit_test(leaves_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
