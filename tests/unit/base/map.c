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
    uint32_t next = 101;
    map_evict(m);
    assert_int_equal(map_evicted(m), 101);
    assert_null(map_get(m, key_of(&next)));
    map_free(m);
    assert_int_equal(n_evicted, 299);
    m = map_new(&(struct map_options){.cap = 1});
    map_evict(m); /* there is nothing */
    map_free(m);
}

static void values_inside_are_zero_and_keep_their_key(void **state)
{
    (void)state;
    struct bytes kept[40];
    uint64_t *values[40];
    struct map *m = map_new(&(struct map_options){
            .cap = 30, .value_size = 3 * sizeof(uint64_t), .on_evict = count_evicted});
    n_evicted = 0;
    for (uint32_t i = 0; i < 40; i++) {
        values[i] = map_make(m, key_of(&i), &kept[i]);
        assert_int_equal((uintptr_t)values[i] % sizeof(uint64_t), 0);
        assert_true(values[i][0] == 0 && values[i][1] == 0 && values[i][2] == 0);
        values[i][2] = i;
    }
    assert_int_equal(n_evicted, 10);
    for (uint32_t i = 10; i < 40; i++) {
        assert_ptr_equal(map_get(m, key_of(&i)), values[i]);
        assert_int_equal(values[i][2], i);
        assert_int_equal(kept[i].n, sizeof i);
        assert_memory_equal(kept[i].p, &i, sizeof i);
    }
    map_free(m);
}

/* What was used a moment ago outlives half a cap of new entries, however often others were used. */
static void what_was_just_used_stays(void **state)
{
    (void)state;
    static int value;
    enum { CAP = 64 };
    struct map *m = map_new(&(struct map_options){.cap = CAP});
    for (uint32_t i = 0; i < CAP; i++)
        map_put(m, key_of(&i), &value);
    for (uint32_t round = 1; round < 50; round++) {
        uint32_t mine = 0;
        for (uint32_t i = 1; i < CAP; i += 3)
            (void)map_get(m, key_of(&i));
        assert_non_null(map_get(m, key_of(&mine)));
        for (uint32_t i = 0; i < CAP / 2; i++) {
            uint32_t fresh = round * 1000 + i;
            map_put(m, key_of(&fresh), &value);
        }
        assert_non_null(map_get(m, key_of(&mine)));
    }
    map_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(the_least_recently_used_goes),
            cmocka_unit_test(values_inside_are_zero_and_keep_their_key),
            cmocka_unit_test(what_was_just_used_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
