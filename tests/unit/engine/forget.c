/* A clock that is set forward for a while makes nothing go too soon. */
#include "engine/forget.h"

#include "model/handshake.h"
#include "tests/unit/test.h"

#define MINUTE_US INT64_C(60000000)
#define HOUR_US (60 * MINUTE_US)
#define DAY_US (24 * HOUR_US)
/* 2026-11-26T12:00:00Z */
#define NOON_US INT64_C(1795694400000000)
#define KEEP_US (90 * DAY_US)
#define BEFORE_US (NOON_US - 12 * HOUR_US - KEEP_US)

static void test_after_an_hour(void **state)
{
    struct forget f = {0};
    (void)state;
    assert_true(forget_before(&f, NOON_US, KEEP_US, 5) == TIME_NONE);
    assert_true(
            forget_before(&f, NOON_US + 59 * MINUTE_US, KEEP_US, 5 + 59 * MINUTE_US) == TIME_NONE);
    assert_true(forget_before(&f, NOON_US + HOUR_US, KEEP_US, 5 + HOUR_US) == BEFORE_US);
    assert_true(forget_before(&f, NOON_US + 11 * HOUR_US, KEEP_US, 11 * HOUR_US) == BEFORE_US);
    /* The next day has its hour as well. */
    assert_true(forget_before(&f, NOON_US + 12 * HOUR_US, KEEP_US, 12 * HOUR_US) == TIME_NONE);
    assert_true(
            forget_before(&f, NOON_US + 13 * HOUR_US, KEEP_US, 13 * HOUR_US) == BEFORE_US + DAY_US);
}

static void test_set_forward(void **state)
{
    struct forget f = {0};
    (void)state;
    (void)forget_before(&f, NOON_US, KEEP_US, 0);
    assert_true(forget_before(&f, NOON_US, KEEP_US, 2 * HOUR_US) == BEFORE_US);
    for (int i = 0; i < 59; i++)
        assert_true(forget_before(&f, NOON_US + 100 * DAY_US, KEEP_US,
                            2 * HOUR_US + i * MINUTE_US) == TIME_NONE);
    assert_true(forget_before(&f, NOON_US, KEEP_US, 3 * HOUR_US) == TIME_NONE);
    assert_true(forget_before(&f, NOON_US, KEEP_US, 4 * HOUR_US) == BEFORE_US);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_after_an_hour),
            cmocka_unit_test(test_set_forward),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
