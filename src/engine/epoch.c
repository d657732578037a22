#include "engine/epoch.h"

#include <stdlib.h>

#include "base/alloc.h"

static int by_order(const void *left, const void *right)
{
    return event_order(*(const struct event *const *)left, *(const struct event *const *)right);
}

void epoch_take(struct epoch *e, struct ring *const *results, unsigned n_results)
{
    size_t n = 0;
    *e = (struct epoch){.n_batches = n_results};
    for (unsigned i = 0; i < n_results; i++) {
        e->batches[i] = ring_pop(results[i]); /* one per epoch is certain */
        n += e->batches[i] != NULL ? e->batches[i]->n : 0;
    }
    e->events = xcalloc(n + 1, sizeof *e->events);
    for (unsigned i = 0; i < n_results; i++)
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
    for (unsigned i = 0; i < e->n_batches; i++)
        batch_free(e->batches[i]);
}
