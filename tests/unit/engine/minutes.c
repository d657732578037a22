/* When a minute of a service is judged, and in which order. */
#include "engine/minutes.h"

#include "tests/unit/test.h"

#define START (INT64_C(1790000000000000) / MINUTE_US * MINUTE_US)

static void touch(struct minutes *m, int64_t vantage, int64_t id, int64_t us)
{
    const struct due_minute at = {
            .minute_us = us, .vantage = vantage, .place = vantage, .service = {.id = id}};
    minutes_touch(m, &at);
}

static void expect(struct minutes *m, int64_t vantage, int64_t now, int64_t id, int64_t minute)
{
    struct due_minute d;
    assert_true(minutes_next(m, vantage, now, &d));
    assert_int_equal(d.service.id, id);
    assert_int_equal(d.minute_us, minute);
}

static void test_order(void **state)
{
    (void)state;
    struct minutes *m = minutes_new();
    struct due_minute d;
    touch(m, 1, 9, START + MINUTE_US);
    touch(m, 1, 8, START + 5);
    touch(m, 1, 8, START + MINUTE_US - 1); /* the same minute */
    touch(m, 1, 7, START);
    touch(m, 2, 7, START); /* seen elsewhere */
    assert_false(minutes_next(m, 1, START + 2 * MINUTE_US - 1, &d));
    expect(m, 1, START + 2 * MINUTE_US, 7, START);
    expect(m, 1, START + 2 * MINUTE_US, 8, START);
    assert_false(minutes_next(m, 1, START + 2 * MINUTE_US, &d));
    touch(m, 1, 8, START + 6); /* late: the minute is judged again */
    expect(m, 1, INT64_MAX, 8, START);
    expect(m, 1, INT64_MAX, 9, START + MINUTE_US);
    assert_false(minutes_next(m, 1, INT64_MAX, &d));
    expect(m, 2, INT64_MAX, 7, START);
    assert_false(minutes_next(m, 2, INT64_MAX, &d));
    minutes_free(m);
}

/* What was touched in a time that never was is forgotten; the rest is judged in its turn. */
static void test_set_back(void **state)
{
    (void)state;
    struct minutes *m = minutes_new();
    struct due_minute d;
    touch(m, 1, 8, START);
    touch(m, 1, 8, START + 300 * MINUTE_US);
    touch(m, 2, 8, START + 300 * MINUTE_US);
    minutes_set_back(m, 1, START + MINUTE_US);
    assert_int_equal(minutes_dropped(m), 1);
    touch(m, 1, 8, START + MINUTE_US);
    assert_false(minutes_next(m, 1, START + 2 * MINUTE_US - 1, &d));
    expect(m, 1, START + 2 * MINUTE_US, 8, START);
    assert_false(minutes_next(m, 1, START + 3 * MINUTE_US - 1, &d));
    expect(m, 1, START + 3 * MINUTE_US, 8, START + MINUTE_US);
    touch(m, 1, 8, START + 300 * MINUTE_US); /* when it comes, it counts again */
    expect(m, 1, START + 302 * MINUTE_US, 8, START + 300 * MINUTE_US);
    expect(m, 2, START + 302 * MINUTE_US, 8, START + 300 * MINUTE_US);
    minutes_free(m);
}

/* One service in two regions is two minutes. */
static void test_regions(void **state)
{
    (void)state;
    struct minutes *m = minutes_new();
    struct due_minute d;
    static const char *const REGIONS[] = {"north", "south"};
    for (int64_t i = 3; i >= 0; i--) {
        const struct due_minute at = {.minute_us = START + i,
                .vantage = 1,
                .place = 8 + i % 2,
                .region = REGIONS[i % 2],
                .service = {.id = 7}};
        minutes_touch(m, &at);
    }
    for (int i = 0; i < 2; i++) {
        assert_true(minutes_next(m, 1, INT64_MAX, &d));
        assert_int_equal(d.minute_us, START);
        assert_int_equal(d.place, 8 + i);
        assert_string_equal(d.region, REGIONS[i]);
    }
    assert_false(minutes_next(m, 1, INT64_MAX, &d));
    minutes_free(m);
}

static void test_cap(void **state)
{
    (void)state;
    struct minutes *m = minutes_new();
    for (int64_t i = 0; i < MINUTES_CAP + 3; i++)
        touch(m, 1, i, START);
    assert_int_equal(minutes_dropped(m), 3);
    minutes_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_order), cmocka_unit_test(test_regions),
            cmocka_unit_test(test_set_back), cmocka_unit_test(test_cap)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
