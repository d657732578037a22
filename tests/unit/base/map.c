#include "base/map.h"

#include "tests/unit/test.h"

static int n_evicted;

static void count_evicted(void *ctx, void *value)
{
    (void)ctx;
    (void)value;
    n_evicted++;
}

static struct bytes key_of(const uint32_t *i)
{
    return (struct bytes){(const uint8_t *)i, 4};
}

static void the_least_recently_used_goes(void **state)
{
    (void)state;
    static int values[300];
    struct map *m = map_new(&(struct map_options){.cap = 200, .on_evict = count_evicted});
    n_evicted = 0;
    for (uint32_t i = 0; i < 200; i++)
        map_put(m, key_of(&i), &values[i]);
    uint32_t first = 0;
    assert_ptr_equal(map_get(m, key_of(&first)), &values[0]);
    for (uint32_t i = 200; i < 300; i++)
        map_put(m, key_of(&i), &values[i]);
    assert_int_equal(map_count(m), 200);
    assert_int_equal(map_evicted(m), 100);
    assert_int_equal(n_evicted, 100);
    assert_ptr_equal(map_get(m, key_of(&first)), &values[0]); /* was used, so it stayed */
    for (uint32_t i = 1; i <= 100; i++)
        assert_null(map_get(m, key_of(&i)));
    assert_ptr_equal(map_remove(m, key_of(&first)), &values[0]);
    assert_null(map_get(m, key_of(&first)));
    map_free(m);
    assert_int_equal(n_evicted, 299);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_least_recently_used_goes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
