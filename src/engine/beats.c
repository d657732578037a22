#include "engine/beats.h"

#include <stdatomic.h>

#include "base/alloc.h"

struct beats {
    struct beat kept[BEATS_KEPT];
    _Atomic uint64_t n;
};

struct beats *beats_new(void)
{
    return xcalloc(1, sizeof(struct beats));
}

void beats_free(struct beats *b)
{
    xfree(b);
}

void beats_say(struct beats *b, const struct beat *beat)
{
    uint64_t n = atomic_load_explicit(&b->n, memory_order_relaxed);
    b->kept[n % BEATS_KEPT] = *beat;
    atomic_store_explicit(&b->n, n + 1, memory_order_release);
}

bool beats_get(const struct beats *b, uint64_t i, struct beat *out)
{
    if (i >= atomic_load_explicit(&b->n, memory_order_acquire))
        return false;
    *out = b->kept[i % BEATS_KEPT];
    return true;
}
