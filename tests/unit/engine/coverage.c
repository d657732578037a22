/* When something of a capture was lost, as far as it is known. */
#include "engine/coverage.h"

#include "base/alloc.h"
#include "tests/unit/test.h"

enum { SECOND = 1000000 };

static void handshake(struct coverages *c, int64_t first, uint64_t gap_bytes)
{
    struct handshake *h = xcalloc(1, sizeof *h);
    h->first_us = first * SECOND;
    h->last_us = (first + 2) * SECOND;
    h->sides[SIDE_SERVER].payload_bytes = 1000;
    h->sides[SIDE_SERVER].gap_bytes = gap_bytes;
    coverages_handshake(c, h);
    xfree(h);
}

static void input(struct coverages *c, int64_t first, int64_t last, uint64_t drops)
{
    const struct input_facts in = {.path = "x.pcapng",
            .frames = 100,
            .has_drops = true,
            .drops = drops,
            .first_us = first * SECOND,
            .last_us = last * SECOND};
    coverages_input(c, &in);
}

static void expect(const struct coverages *c, int64_t from, int64_t to)
{
    assert_true(c->items[0].has_lost);
    assert_int_equal(c->items[0].lost_from_us, from * SECOND);
    assert_int_equal(c->items[0].lost_to_us, to * SECOND);
}

/* Of rotated files, those that lost something. */
static void files(void **state)
{
    struct coverages c = {0};
    (void)state;
    input(&c, 0, 100, 0);
    assert_false(c.items[0].has_lost);
    input(&c, 100, 200, 5);
    input(&c, 200, 300, 0);
    expect(&c, 100, 200);
    assert_int_equal(c.items[0].first_us, 0);
    assert_int_equal(c.items[0].last_us, 300 * SECOND);
    coverages_fini(&c);
}

static void connections(void **state)
{
    struct coverages c = {0};
    (void)state;
    handshake(&c, 10, 0);
    assert_false(c.items[0].has_lost);
    handshake(&c, 50, 7);
    handshake(&c, 30, 7);
    handshake(&c, 90, 0);
    input(&c, 0, 100, 0);
    expect(&c, 30, 52);
    coverages_fini(&c);
}

/* A live capture looks at its counters. */
static void moments(void **state)
{
    struct coverages c = {0};
    struct input_facts in = {.path = "eth0",
            .frames = 100,
            .has_drops = true,
            .drops = 5,
            .first_us = 0,
            .last_us = INT64_C(3600) * SECOND,
            .has_drop_times = true,
            .drops_from_us = 70 * SECOND,
            .drops_to_us = 80 * SECOND};
    (void)state;
    coverages_input(&c, &in);
    expect(&c, 70, 80);
    coverages_fini(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(files),
            cmocka_unit_test(connections),
            cmocka_unit_test(moments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
