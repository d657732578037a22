#include "engine/pool.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/pulse.h"
#include "engine/job.h"

enum { EPOCH_PACKETS = 4096, EPOCH_BYTES = 4 << 20, JOBS = 4, WINDOW = 16 };

struct seat {
    struct worker *worker;
    struct job *job; /* being filled by the reader */
    struct ring *jobs, *spare, *results;
    void (*enter)(void *ctx);
    void *ctx;
    pthread_t thread;
    pthread_mutex_t mutex;
    struct flow_counters shown; /* as of its latest epoch */
};

/* Packets taken together, so that the memory of a later one comes while an earlier one is worked
 * on.
 */
struct window {
    struct timed_packet packets[WINDOW];
    size_t n;
    uint32_t vantage;
};

struct pool {
    unsigned n;
    struct seat *seats;
    struct ring *results[POOL_MOST]; /* of the seats */
    struct window window;            /* of the only worker */
    size_t epoch_packets, epoch_bytes;
};

static void end_epoch(struct seat *s, uint32_t vantage, int64_t clock_us, bool is_last)
{
    worker_advance(s->worker, vantage, clock_us);
    if (is_last)
        worker_end_vantage(s->worker, vantage);
    struct flow_counters counters = worker_counters(s->worker);
    (void)pthread_mutex_lock(&s->mutex);
    s->shown = counters;
    (void)pthread_mutex_unlock(&s->mutex);
    ring_push(s->results, worker_take(s->worker));
}

static void run_job(struct seat *s, struct job *j)
{
    struct timed_packet packets[WINDOW];
    for (size_t i = 0; i < j->n;) {
        size_t n = 0;
        for (; n < WINDOW && i < j->n; n++, i++)
            job_packet(j, i, &packets[n]);
        worker_packets(s->worker, j->vantage, packets, n);
    }
    end_epoch(s, j->vantage, j->clock_us, j->is_last);
}

static void *work(void *arg)
{
    struct seat *s = arg;
    struct job *j;
    (void)pthread_setname_np(pthread_self(), "worker");
    if (s->enter != NULL)
        s->enter(s->ctx);
    while ((j = ring_pop(s->jobs)) != NULL) {
        run_job(s, j);
        ring_push(s->spare, j);
    }
    ring_close(s->results);
    return NULL;
}

static void seat_start(struct seat *s)
{
    s->jobs = ring_new(JOBS);
    s->spare = ring_new(JOBS + 2);
    for (int i = 0; i < JOBS; i++)
        ring_push(s->spare, job_new());
    s->job = job_new();
    if (pthread_create(&s->thread, NULL, work, s) != 0)
        abort();
}

struct pool *pool_new(const struct pool_options *o)
{
    struct pool *p = xcalloc(1, sizeof *p);
    size_t max_flows = o->max_flows > 0 ? o->max_flows : POOL_FLOWS;
    p->n = o->n_workers > 0 ? o->n_workers : 1;
    p->seats = xcalloc(p->n, sizeof *p->seats);
    for (unsigned i = 0; i < p->n; i++) {
        struct seat *s = &p->seats[i];
        s->worker = worker_new(o->label, max_flows / p->n);
        s->results = p->results[i] = ring_new(o->queue > 0 ? o->queue : POOL_QUEUE);
        (void)pthread_mutex_init(&s->mutex, NULL);
        s->enter = o->enter;
        s->ctx = o->ctx;
        if (p->n > 1)
            seat_start(s);
    }
    return p;
}

void pool_packet(struct pool *p, uint32_t vantage, const struct packet *packet, int64_t clock_us)
{
    p->epoch_packets++;
    p->epoch_bytes += packet->ip.n;
    if (p->n == 1) {
        struct window *w = &p->window;
        w->vantage = vantage;
        w->packets[w->n] = (struct timed_packet){*packet, clock_us};
        if (packet->flow == 0)
            w->packets[w->n].packet.flow = flow_hash(packet);
        w->n++;
        if (w->n == WINDOW)
            pool_flush(p);
        return;
    }
    struct packet steered = *packet;
    if (steered.flow == 0)
        steered.flow = flow_hash(packet);
    /* The low bits of the hash choose the bucket in the worker's table: steer by others. */
    job_add(p->seats[(steered.flow >> 40) % p->n].job, &steered, clock_us);
}

void pool_flush(struct pool *p)
{
    if (p->window.n == 0)
        return;
    worker_packets(p->seats[0].worker, p->window.vantage, p->window.packets, p->window.n);
    p->window.n = 0;
}

bool pool_is_full(const struct pool *p)
{
    return p->epoch_packets >= EPOCH_PACKETS || p->epoch_bytes >= EPOCH_BYTES;
}

void pool_end_epoch(struct pool *p, uint32_t vantage, int64_t clock_us, bool is_last)
{
    p->epoch_packets = 0;
    p->epoch_bytes = 0;
    if (p->n == 1) {
        pool_flush(p);
        end_epoch(&p->seats[0], vantage, clock_us, is_last);
        return;
    }
    for (unsigned i = 0; i < p->n; i++) {
        struct seat *s = &p->seats[i];
        s->job->vantage = vantage;
        s->job->clock_us = clock_us;
        s->job->is_last = is_last;
        ring_push(s->jobs, s->job);
        s->job = ring_pop(s->spare);
        job_clear(s->job);
    }
}

void pool_cut(struct pool *p, uint32_t vantage)
{
    pool_flush(p);
    worker_end_vantage(p->seats[0].worker, vantage);
}

struct ring *const *pool_results(const struct pool *p, unsigned *n)
{
    *n = p->n;
    return p->results;
}

struct flow_counters pool_counters(const struct pool *p)
{
    struct flow_counters sum = {0};
    for (unsigned i = 0; i < p->n; i++) {
        struct seat *s = &p->seats[i];
        (void)pthread_mutex_lock(&s->mutex);
        flow_counters_add(&sum, &s->shown);
        (void)pthread_mutex_unlock(&s->mutex);
    }
    return sum;
}

struct flow_counters pool_stop(struct pool *p)
{
    for (unsigned i = 0; i < p->n; i++) {
        if (p->n > 1) {
            ring_close(p->seats[i].jobs);
            pulse_wait(true);
            (void)pthread_join(p->seats[i].thread, NULL);
            pulse_wait(false);
        } else {
            ring_close(p->seats[i].results);
        }
    }
    return pool_counters(p);
}

void pool_free(struct pool *p)
{
    if (p == NULL)
        return;
    for (unsigned i = 0; i < p->n; i++) {
        struct seat *s = &p->seats[i];
        struct job *j;
        job_free(s->job);
        while (s->spare != NULL && (j = ring_try_pop(s->spare)) != NULL)
            job_free(j);
        ring_free(s->jobs);
        ring_free(s->spare);
        ring_free(s->results);
        worker_free(s->worker);
        (void)pthread_mutex_destroy(&s->mutex);
    }
    xfree(p->seats);
    xfree(p);
}
