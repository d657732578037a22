/* What is remembered goes on with the next run, and stays within its cap. */
#include "history/memory.h"

#include <string.h>

#include "base/alloc.h"
#include "tests/unit/test.h"

static const struct memory_kind KIND = {
        .name = "kind", .version = 3, .value_size = sizeof(uint64_t), .cap = 4};
static const struct memory_kind NUMBERED = {.name = "kind",
        .version = 3,
        .value_size = sizeof(uint64_t),
        .cap = 4,
        .is_numbered = true};

static struct bytes key_of(const char *text)
{
    return (struct bytes){(const uint8_t *)text, strlen(text)};
}

static void set(struct memory *m, const char *key, uint64_t value, int64_t us)
{
    memcpy(memory_make(m, key_of(key), us), &value, sizeof value);
}

static uint64_t get(struct memory *m, const char *key)
{
    uint64_t value = 0;
    const void *at = memory_get(m, key_of(key));
    if (at != NULL)
        memcpy(&value, at, sizeof value);
    return value;
}

/* A store of rows that the next memory is filled from. */
struct rows {
    struct memory *to;
    int n;
    int most;
    int64_t us;
};

static bool put(void *ctx, const struct memory_row *row, struct err *err)
{
    struct rows *r = ctx;
    (void)err;
    assert_string_equal(row->kind, "kind");
    if (r->n == r->most)
        return false;
    r->n++;
    r->us = row->us;
    memory_load(r->to, row);
    return true;
}

static void saves_what_changed(void **state)
{
    (void)state;
    struct memory *m = memory_new(&KIND), *next = memory_new(&KIND);
    struct rows r = {.to = next, .most = 100};
    struct err err;
    set(m, "a", 1, 10);
    set(m, "b", 2, 20);
    assert_true(memory_save(m, put, &r, &err));
    assert_int_equal(r.n, 2);
    assert_int_equal(get(next, "a"), 1);
    assert_int_equal(get(next, "b"), 2);
    assert_int_equal(get(next, "c"), 0);
    set(m, "a", 7, 30);
    set(m, "a", 8, 31);
    assert_true(memory_save(m, put, &r, &err));
    assert_int_equal(r.n, 3);
    assert_int_equal(r.us, 31);
    assert_int_equal(get(next, "a"), 8);
    assert_true(memory_save(next, put, &r, &err)); /* what was loaded did not change */
    assert_int_equal(r.n, 3);
    memory_free(m);
    memory_free(next);
}

static void keeps_its_cap(void **state)
{
    (void)state;
    struct memory *m = memory_new(&KIND), *next = memory_new(&KIND);
    struct rows r = {.to = next, .most = 100};
    struct err err;
    const char *const names[] = {"1", "2", "3", "4", "5", "6"};
    for (uint64_t i = 0; i < 6; i++)
        set(m, names[i], i + 1, (int64_t)i);
    assert_int_equal(memory_evicted(m), 2);
    assert_int_equal(get(m, "1"), 0);
    assert_int_equal(get(m, "6"), 6);
    assert_true(memory_save(m, put, &r, &err)); /* what went is not written */
    assert_int_equal(r.n, 4);
    memory_free(m);
    memory_free(next);
}

static void stops_when_told(void **state)
{
    (void)state;
    struct memory *m = memory_new(&KIND), *next = memory_new(&KIND);
    struct rows r = {.to = next, .most = 1};
    struct err err;
    set(m, "a", 1, 1);
    set(m, "b", 2, 1);
    assert_false(memory_save(m, put, &r, &err));
    r.most = 10; /* the one that was not taken comes again, and only that */
    assert_true(memory_save(m, put, &r, &err));
    assert_int_equal(r.n, 2);
    memory_free(m);
    memory_free(next);
}

static void passes_over_others(void **state)
{
    (void)state;
    struct memory *m = memory_new(&KIND);
    const uint8_t values[][13] = {
            {0, 0, 0, 3, 1, 0, 0, 0, 0, 0, 0, 0, 0}, {0, 0, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0}};
    const struct {
        const uint8_t *value;
        size_t n;
        bool is_taken;
    } rows[] = {{values[0], 12, true}, {values[0], 13, false}, {values[0], 11, false},
            {values[0], 3, false}, {values[0], 0, false}, {values[1], 12, false}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char key[2] = {(char)('a' + (char)i), '\0'};
        const struct memory_row row = {"kind", key_of(key), {rows[i].value, rows[i].n}, 1};
        memory_load(m, &row);
        assert_int_equal(memory_get(m, key_of(key)) != NULL, rows[i].is_taken);
    }
    memory_free(m);
}

static void numbered_values_have_no_others(void **state)
{
    (void)state;
    struct memory *m = memory_new(&NUMBERED), *next = memory_new(&NUMBERED);
    struct rows r = {.to = next, .most = 100};
    struct err err;
    const uint64_t numbers[] = {0, 3, 4, UINT64_MAX};
    for (size_t i = 0; i < 4; i++) {
        assert_null(memory_get(m, memory_number(&numbers[i])));
        uint64_t *value = memory_make(m, memory_number(&numbers[i]), 5);
        assert_true((value != NULL) == (numbers[i] < 4));
        if (value != NULL)
            *value = 100 + i;
    }
    assert_null(memory_make(m, key_of("abc"), 5));
    assert_null(memory_get(m, key_of("abc")));
    assert_true(memory_save(m, put, &r, &err));
    assert_int_equal(r.n, 2);
    assert_int_equal(*(uint64_t *)memory_get(next, memory_number(&numbers[1])), 101);
    assert_null(memory_get(next, memory_number(&numbers[2])));
    memory_load(
            next, &(struct memory_row){"kind", memory_number(&numbers[3]),
                          {(const uint8_t *)"\0\0\0\3wwwwwwww", 12}, 1}); /* none of its numbers */
    memory_free(m);
    memory_free(next);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(saves_what_changed),
            cmocka_unit_test(keeps_its_cap), cmocka_unit_test(numbered_values_have_no_others),
            cmocka_unit_test(stops_when_told), cmocka_unit_test(passes_over_others)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
