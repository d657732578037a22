#include "engine/aside.h"

#include "base/alloc.h"
#include "model/handshake.h"
#include "tests/unit/test.h"

/* An epoch with one handshake of so many bytes; 0 has none. */
static struct epoch made(size_t bytes)
{
    struct epoch e = {.n_batches = 1};
    struct batch *b = xcalloc(1, sizeof *b);
    if (bytes > 0) {
        struct handshake *h = handshake_new();
        (void)arena_alloc(&h->arena, bytes);
        batch_add(b, (struct event){.kind = EVENT_HANDSHAKE, .handshake = h});
    }
    e.batches[0] = b;
    e.events = xcalloc(2, sizeof *e.events);
    if (bytes > 0)
        e.events[e.n++] = &b->events[0];
    return e;
}

static void push(struct aside *a, int64_t number, size_t bytes)
{
    struct control c = {.kind = CONTROL_EPOCH, .now_us = number};
    struct epoch e = made(bytes);
    aside_push(a, &c, &e);
}

static int64_t pop(struct aside *a)
{
    struct control c = {.now_us = -1};
    struct epoch e;
    if (aside_pop(a, &c, &e))
        epoch_free(&e);
    return c.now_us;
}

static void test_order(void **state)
{
    struct aside *a = aside_new();
    (void)state;
    assert_true(aside_is_empty(a));
    assert_int_equal(pop(a), -1);
    int64_t next = 0;
    for (int64_t i = 0; i < 10 * ASIDE_EPOCHS; i++) {
        push(a, i, 0);
        if (aside_is_full(a))
            assert_int_equal(pop(a), next++);
        assert_false(aside_is_full(a));
    }
    assert_int_equal(next, 9 * ASIDE_EPOCHS);
    while (!aside_is_empty(a))
        assert_int_equal(pop(a), next++);
    assert_int_equal(next, 10 * ASIDE_EPOCHS);
    aside_free(a);
}

static void test_bytes(void **state)
{
    struct aside *a = aside_new();
    (void)state;
    push(a, 1, ASIDE_BYTES / 2);
    assert_false(aside_is_full(a));
    push(a, 2, ASIDE_BYTES / 2);
    assert_true(aside_is_full(a));
    assert_int_equal(pop(a), 1);
    assert_false(aside_is_full(a));
    push(a, 3, 100);
    aside_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_order),
            cmocka_unit_test(test_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
