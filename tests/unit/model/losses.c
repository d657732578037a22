/* When a live capture lost packets. */
#include "model/losses.h"

#include "model/handshake.h"
#include "tests/unit/test.h"

#define SECOND INT64_C(1000000)
#define MINUTE (60 * SECOND)
#define START (INT64_C(1790000000000000) / MINUTE * MINUTE)

/* Four looks a second; packets are lost in these. */
static void fill(struct losses *l, int64_t minutes, const int64_t *lossy, size_t n)
{
    const int64_t step = SECOND / 4;
    for (int64_t at = START; at < START + minutes * MINUTE; at += step) {
        uint64_t drops = 0;
        for (size_t i = 0; i < n; i++)
            drops += START + lossy[i] >= at && START + lossy[i] < at + step ? 5 : 0;
        losses_add(l, at, at + step, 100, drops);
    }
}

static void test_minutes(void **state)
{
    static const int64_t LOSSY[] = {MINUTE + 7 * SECOND, 3 * MINUTE - 1, 3 * MINUTE};
    struct losses l = {0};
    (void)state;
    fill(&l, 6, LOSSY, 3);
    struct losses_minute all = losses_sum(&l, START, START + 6 * MINUTE);
    assert_int_equal(all.packets, 6 * 240 * 100);
    assert_int_equal(all.drops, 15);
    assert_true(all.first_us == START + MINUTE + 7 * SECOND);
    assert_true(all.last_us == START + 3 * MINUTE + SECOND / 4);
    struct losses_minute one = losses_sum(&l, START + 2 * MINUTE, START + 3 * MINUTE);
    assert_int_equal(one.packets, 240 * 100);
    assert_int_equal(one.drops, 5);
    struct losses_minute none = losses_sum(&l, START + 4 * MINUTE, START + 6 * MINUTE);
    assert_int_equal(none.drops, 0);
    assert_true(none.first_us == TIME_NONE && none.last_us == TIME_NONE);
}

static void test_moments(void **state)
{
    static const int64_t LOSSY[] = {10 * SECOND, 10 * SECOND + SECOND / 2, 40 * SECOND};
    struct losses l = {0};
    (void)state;
    fill(&l, 1, LOSSY, 3);
    assert_int_equal(l.n_spans, 2);
    assert_true(losses_any(&l, START, START + 10 * SECOND));
    assert_false(losses_any(&l, START, START + 9 * SECOND));
    assert_true(losses_any(&l, START + 10 * SECOND + 1, START + 10 * SECOND + 2));
    assert_false(losses_any(&l, START + 11 * SECOND, START + 39 * SECOND));
    assert_true(losses_any(&l, START + 11 * SECOND, START + 50 * SECOND));
}

/* What is old gives way; a clock that is set back does no harm. */
static void test_ring(void **state)
{
    struct losses l = {0};
    (void)state;
    for (int i = 0; i < 3 * LOSSES_MINUTES; i++)
        losses_add(&l, START + i * MINUTE, START + i * MINUTE + SECOND, 10, 1);
    int64_t last = START + (3 * LOSSES_MINUTES - 1) * MINUTE;
    assert_int_equal(losses_sum(&l, START, last + MINUTE).drops, LOSSES_MINUTES);
    assert_true(losses_any(&l, last, last));
    assert_false(losses_any(&l, START, START + MINUTE));
    losses_add(&l, last, START, 10, 2);
    assert_int_equal(losses_sum(&l, START, START + MINUTE).drops, 2);
    assert_true(losses_any(&l, START, START));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_minutes),
            cmocka_unit_test(test_moments),
            cmocka_unit_test(test_ring),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
