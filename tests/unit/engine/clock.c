#include "engine/clock.h"

#include "tests/unit/test.h"

static void steps(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int64_t ts, clock;
    } rows[] = {{"first packet", 1000000000, 1000000000}, {"time passes", 1000500000, 1000500000},
            {"a little reordered", 1000400000, 1000500000}, {"and on", 1000600000, 1000600000},
            {"another capture behind it", 5000000, 1000600000},
            {"its time passes too", 5250000, 1000850000},
            {"back to the first", 1000650000, 1000900000}, {"a quiet hour", 4600650000, 4600900000},
            {"the far past", INT64_MIN, 4600900000}, {"the far future", INT64_MAX, INT64_MAX / 2}};
    struct packet_clock c = {0};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t now = clock_step(&c, rows[i].ts);
        if (i + 1 < sizeof rows / sizeof *rows ? now != rows[i].clock : now < rows[i].clock)
            fail_msg("%s: %lld", rows[i].name, (long long)now);
    }
}

static void pauses(void **state)
{
    (void)state;
    struct packet_clock c = {0};
    assert_false(clock_has_paused(&c, INT64_MAX));
    clock_step(&c, 1000000000);
    assert_false(clock_has_paused(&c, 1000000000 + CLOCK_PAUSE_US));
    assert_true(clock_has_paused(&c, 1000000001 + CLOCK_PAUSE_US));
    assert_false(clock_has_paused(&c, INT64_MIN));
    clock_step(&c, 5000000); /* another capture behind it, of an earlier time */
    assert_false(clock_has_paused(&c, 1000000000));
    clock_step(&c, INT64_MIN);
    assert_true(clock_has_paused(&c, INT64_MAX));
}

static void set_back(void **state)
{
    (void)state;
    struct packet_clock c = {0};
    assert_false(clock_is_set_back(&c, 5));
    clock_step(&c, 100000000);
    assert_false(clock_is_set_back(&c, 100000000 - CLOCK_REORDER_US));
    assert_true(clock_is_set_back(&c, 99999999 - CLOCK_REORDER_US));
    assert_true(clock_is_set_back(&c, INT64_MIN));
    assert_false(clock_is_set_back(&c, INT64_MAX));
    clock_step(&c, 50000000);
    assert_false(clock_is_set_back(&c, 50000001)); /* once */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(steps), cmocka_unit_test(pauses), cmocka_unit_test(set_back)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
