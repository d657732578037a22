#include "base/ring.h"

#include <pthread.h>

#include "base/alloc.h"
#include "base/pulse.h"

/*
 * What travels are batches, not packets, so a lock per item is cheap; the waiting sides sleep
 * instead of spinning because the machine may have as few cores as we have threads.
 */
struct ring {
    pthread_mutex_t lock;
    pthread_cond_t filled, drained;
    void **slots;
    size_t n_slots, head, count;
    bool is_closed;
};

struct ring *ring_new(size_t slots)
{
    struct ring *r = xcalloc(1, sizeof *r);
    (void)pthread_mutex_init(&r->lock, NULL);
    (void)pthread_cond_init(&r->filled, NULL);
    (void)pthread_cond_init(&r->drained, NULL);
    r->n_slots = slots > 0 ? slots : 1;
    r->slots = xcalloc(r->n_slots, sizeof *r->slots);
    return r;
}

void ring_free(struct ring *r)
{
    if (r == NULL)
        return;
    (void)pthread_mutex_destroy(&r->lock);
    (void)pthread_cond_destroy(&r->filled);
    (void)pthread_cond_destroy(&r->drained);
    xfree(r->slots);
    xfree(r);
}

static void wait_for(struct ring *r, pthread_cond_t *change)
{
    pulse_wait(true);
    (void)pthread_cond_wait(change, &r->lock);
    pulse_wait(false);
}

void ring_push(struct ring *r, void *item)
{
    (void)pthread_mutex_lock(&r->lock);
    while (r->count == r->n_slots)
        wait_for(r, &r->drained);
    r->slots[(r->head + r->count) % r->n_slots] = item;
    r->count++;
    if (r->count == 1)
        (void)pthread_cond_signal(&r->filled);
    (void)pthread_mutex_unlock(&r->lock);
}

static void *pop_locked(struct ring *r)
{
    void *item = r->slots[r->head];
    r->head = (r->head + 1) % r->n_slots;
    if (r->count == r->n_slots)
        (void)pthread_cond_broadcast(&r->drained); /* nobody waits but when it is full */
    r->count--;
    return item;
}

void *ring_pop(struct ring *r)
{
    void *item = NULL;
    (void)pthread_mutex_lock(&r->lock);
    while (r->count == 0 && !r->is_closed)
        wait_for(r, &r->filled);
    if (r->count > 0)
        item = pop_locked(r);
    (void)pthread_mutex_unlock(&r->lock);
    return item;
}

void *ring_try_pop(struct ring *r)
{
    void *item = NULL;
    (void)pthread_mutex_lock(&r->lock);
    if (r->count > 0)
        item = pop_locked(r);
    (void)pthread_mutex_unlock(&r->lock);
    return item;
}

void ring_close(struct ring *r)
{
    (void)pthread_mutex_lock(&r->lock);
    r->is_closed = true;
    (void)pthread_cond_broadcast(&r->filled);
    (void)pthread_mutex_unlock(&r->lock);
}
