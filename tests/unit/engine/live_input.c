/* The row of a live input, from counts. */
#include "engine/live_input.h"

#include "model/handshake.h"
#include "tests/unit/test.h"

static void test_fill(void **state)
{
    const struct watch_counts none = {.first_us = TIME_NONE, .last_us = TIME_NONE};
    const struct watch_counts one = {.frames = 10,
            .bytes = 700,
            .truncated = 1,
            .kernel_drops = 2,
            .interface_drops = 3,
            .own_drops = 4,
            .first_us = 100,
            .last_us = 200,
            .link_type = 1};
    struct watch_counts two = one;
    struct input_facts in = {.is_live = true, .from_us = 50};
    (void)state;
    live_input_fill(&in, &none, &none, 60);
    assert_true(in.frames == 0 && in.first_us == TIME_NONE && in.last_us == TIME_NONE);
    assert_true(in.from_us == 50 && in.to_us == 60 && in.has_drops && in.drops == 0);
    live_input_fill(&in, &none, &one, 210);
    assert_true(in.frames == 10 && in.bytes == 700 && in.truncated == 1 && in.drops == 9);
    assert_true(in.first_us == 100 && in.last_us == 200 && in.to_us == 210 && in.link_type == 1);
    /* The next one has none yet, then some. */
    live_input_fill(&in, &one, &two, 220);
    assert_true(in.frames == 0 && in.drops == 0 && in.first_us == TIME_NONE);
    two.frames = 15;
    two.last_us = 300;
    live_input_fill(&in, &one, &two, 310);
    assert_true(in.frames == 5 && in.first_us == 200 && in.last_us == 300);
    /* The clock was set back. */
    two.last_us = 20;
    live_input_fill(&in, &one, &two, 30);
    assert_true(in.first_us == 20 && in.last_us == 20 && in.from_us == 30 && in.to_us == 30);
}

static void test_news(void **state)
{
    const struct watch_counts a = {.frames = 10, .bytes = 700, .received = 10};
    struct watch_counts b = a;
    (void)state;
    assert_false(live_input_is_news(&a, &b));
    b.frames++;
    assert_true(live_input_is_news(&a, &b));
    b = a;
    b.kernel_drops++;
    assert_true(live_input_is_news(&a, &b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_fill),
            cmocka_unit_test(test_news),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
