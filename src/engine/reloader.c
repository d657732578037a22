#include "engine/reloader.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "base/alloc.h"
#include "base/now.h"
#include "engine/notice.h"

enum { STEP_NS = 10000000 };

struct reloader {
    const struct watch_options *o;
    pthread_t thread;
    bool is_told;         /* that a reload began; the control thread's */
    pthread_mutex_t lock; /* of all below */
    pthread_cond_t asked;
    bool is_asked, is_ending;
    bool has_means;
    struct watch_means means; /* that nobody took yet */
    atomic_bool is_busy;
};

static bool wait_for_question(struct reloader *r)
{
    (void)pthread_mutex_lock(&r->lock);
    atomic_store(&r->is_busy, r->is_asked && !r->is_ending);
    while (!r->is_asked && !r->is_ending)
        (void)pthread_cond_wait(&r->asked, &r->lock);
    r->is_asked = false;
    bool is_ending = r->is_ending;
    (void)pthread_mutex_unlock(&r->lock);
    return !is_ending;
}

/* Means that nobody took have had their day. */
static void give(struct reloader *r, const struct watch_means *means)
{
    (void)pthread_mutex_lock(&r->lock);
    struct watch_means old = r->means;
    r->means = *means;
    r->has_means = true;
    (void)pthread_mutex_unlock(&r->lock);
    analyst_means_free(&old);
}

static void *work(void *arg)
{
    struct reloader *r = arg;
    (void)pthread_setname_np(pthread_self(), "reload");
    if (r->o->enter != NULL)
        r->o->enter(r->o->run.ctx, WATCH_WRITER);
    while (wait_for_question(r)) {
        struct watch_means means = {0};
        if (r->o->reload(r->o->run.ctx, &means))
            give(r, &means);
    }
    return NULL;
}

struct reloader *reloader_start(const struct watch_options *o)
{
    struct reloader *r = xcalloc(1, sizeof *r);
    r->o = o;
    (void)pthread_mutex_init(&r->lock, NULL);
    (void)pthread_cond_init(&r->asked, NULL);
    if (pthread_create(&r->thread, NULL, work, r) != 0)
        abort();
    return r;
}

void reloader_ask(struct reloader *r)
{
    if (r == NULL)
        return;
    if (!r->is_told && r->o->reloading != NULL)
        r->o->reloading(r->o->run.ctx, false);
    r->is_told = true;
    (void)pthread_mutex_lock(&r->lock);
    r->is_asked = true;
    atomic_store(&r->is_busy, true);
    (void)pthread_cond_signal(&r->asked);
    (void)pthread_mutex_unlock(&r->lock);
}

static bool take(struct reloader *r, struct watch_means *out)
{
    (void)pthread_mutex_lock(&r->lock);
    bool has_means = r->has_means;
    *out = r->means;
    r->means = (struct watch_means){0};
    r->has_means = false;
    (void)pthread_mutex_unlock(&r->lock);
    return has_means;
}

void reloader_look(struct reloader *r, struct analyst *a)
{
    struct watch_means means;
    if (r == NULL || !r->is_told)
        return;
    bool is_over = !atomic_load(&r->is_busy); /* first: what it gave before is there */
    if (take(r, &means)) {
        struct control *c = xcalloc(1, sizeof *c);
        c->kind = CONTROL_MEANS;
        c->means = means;
        analyst_tell(a, c);
        run_notice(&r->o->run, "SIGHUP: policy and files were read again");
    }
    if (is_over && r->o->reloading != NULL)
        r->o->reloading(r->o->run.ctx, true);
    r->is_told = !is_over;
}

bool reloader_stop(struct reloader *r, int64_t most_us)
{
    const struct timespec step = {.tv_nsec = STEP_NS};
    int64_t until_us = now_of(CLOCK_MONOTONIC) + most_us;
    if (r == NULL)
        return true;
    (void)pthread_mutex_lock(&r->lock);
    r->is_ending = true;
    (void)pthread_cond_signal(&r->asked);
    (void)pthread_mutex_unlock(&r->lock);
    while (atomic_load(&r->is_busy) && now_of(CLOCK_MONOTONIC) < until_us)
        (void)nanosleep(&step, NULL);
    if (atomic_load(&r->is_busy))
        return false;
    (void)pthread_join(r->thread, NULL);
    analyst_means_free(&r->means);
    (void)pthread_cond_destroy(&r->asked);
    (void)pthread_mutex_destroy(&r->lock);
    xfree(r);
    return true;
}
