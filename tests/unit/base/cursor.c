#include <string.h>

#include "tests/unit/test.h"

static void reads_in_wire_order(void **state)
{
    (void)state;
    const uint8_t b[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 2, 0xaa, 0xbb};
    struct cur c = cur_make(b, sizeof b);
    assert_int_equal(cur_u8(&c), 1);
    assert_int_equal(cur_u16(&c), 0x0203);
    assert_int_equal(cur_u24(&c), 0x040506);
    assert_int_equal(cur_u32(&c), 0x0708090a);
    struct bytes v = cur_vec(&c, 1);
    assert_int_equal(v.n, 2);
    assert_non_null(v.p);
    if (v.p != NULL) /* gcc cannot know that the assertion does not return */
        assert_int_equal(v.p[1], 0xbb);
    assert_true(cur_done(&c));
}

static void short_reads_stick(void **state)
{
    (void)state;
    const uint8_t b[] = {1, 2, 3};
    struct cur c = cur_make(b, sizeof b);
    assert_int_equal(cur_u32(&c), 0);

    assert_int_equal(cur_u8(&c), 0);
    assert_false(cur_done(&c));
    struct cur empty = cur_make(NULL, 0);
    assert_int_equal(cur_take(&empty, 0).n, 0);
    assert_true(cur_done(&empty));
    struct cur parent = cur_make(b, 1);

    struct cur child = cur_sub(&parent, 2);
    assert_true(child.bad);
}

static bool two_vectors(struct cur c)
{
    (void)cur_vec(&c, 1);
    (void)cur_vec(&c, 2);
    return cur_done(&c);
}

static void every_cut_fails(void **state)
{
    (void)state;
    const uint8_t b[] = {2, 7, 7, 0, 3, 1, 2, 3};
    check_prefixes(two_vectors, b, sizeof b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(reads_in_wire_order),
            cmocka_unit_test(short_reads_stick), cmocka_unit_test(every_cut_fails)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
