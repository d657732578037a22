/* A ring between threads. */
#include "base/ring.h"

#include <pthread.h>
#include <stdint.h>

#include "tests/unit/test.h"

enum { EACH = 20000, PRODUCERS = 3 };

struct producer {
    struct ring *ring;
    pthread_t thread;
    uintptr_t first;
};

static void *produce(void *ctx)
{
    const struct producer *p = ctx;
    for (uintptr_t i = 0; i < EACH; i++)
        ring_push(p->ring, (void *)(p->first + i * PRODUCERS));
    return NULL;
}

/* Nobody sleeps on while there is room, and what each gives stays in order. */
static void test_producers(void **state)
{
    (void)state;
    struct ring *r = ring_new(2);
    struct producer all[PRODUCERS];
    uintptr_t last[PRODUCERS] = {0};
    for (uintptr_t i = 0; i < PRODUCERS; i++) {
        all[i] = (struct producer){.ring = r, .first = PRODUCERS + i};
        assert_int_equal(pthread_create(&all[i].thread, NULL, produce, &all[i]), 0);
    }
    for (size_t i = 0; i < (size_t)EACH * PRODUCERS; i++) {
        uintptr_t item = (uintptr_t)ring_pop(r);
        assert_true(item > last[item % PRODUCERS]);
        last[item % PRODUCERS] = item;
    }
    for (size_t i = 0; i < PRODUCERS; i++)
        (void)pthread_join(all[i].thread, NULL);
    ring_close(r);
    assert_null(ring_pop(r));
    ring_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_producers)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
