#include "engine/epoch.h"

#include <stdlib.h>

#include "base/alloc.h"

static int by_order(const void *left, const void *right)
{
    return event_order(*(const struct event *const *)left, *(const struct event *const *)right);
}

void epoch_take(struct epoch *e, struct pool *pool)
{
    size_t n = 0;
    *e = (struct epoch){.n = 0};
    for (unsigned i = 0; i < pool_size(pool); i++) {
        e->batches[i] = ring_pop(pool_results(pool, i)); /* one per epoch is certain */
        n += e->batches[i] != NULL ? e->batches[i]->n : 0;
    }
    e->events = xcalloc(n + 1, sizeof *e->events);
    for (unsigned i = 0; i < pool_size(pool); i++)
        for (size_t k = 0; e->batches[i] != NULL && k < e->batches[i]->n; k++)
            e->events[e->n++] = &e->batches[i]->events[k];
    bool is_sorted = true;
    for (size_t i = 1; i < e->n && is_sorted; i++)
        is_sorted = event_order(e->events[i - 1], e->events[i]) <= 0;
    if (!is_sorted)
        qsort(e->events, e->n, sizeof *e->events, by_order);
}

void epoch_free(struct epoch *e)
{
    xfree((void *)(uintptr_t)e->events);
    for (unsigned i = 0; i < POOL_MOST; i++)
        if (e->batches[i] != NULL)
            batch_free(e->batches[i]);
}
