#include "history/history.h"

#include <string.h>

#include "base/alloc.h"
#include "history/attempts.h"
#include "history/services.h"

static const struct topic *const TOPICS[TOPIC_COUNT] = {
#define TOPIC(name) &topic_##name,
#include "history/topics.def"
#undef TOPIC
};

struct history {
    struct memory *topics[TOPIC_COUNT];
};

struct history *history_new(void)
{
    struct history *h = xcalloc(1, sizeof *h);
    for (size_t i = 0; i < TOPIC_COUNT; i++)
        h->topics[i] = memory_new(&TOPICS[i]->kind);
    return h;
}

void history_free(struct history *h)
{
    if (h == NULL)
        return;
    for (size_t i = 0; i < TOPIC_COUNT; i++)
        memory_free(h->topics[i]);
    xfree(h);
}

struct memory *history_topic(struct history *h, enum topic_id id)
{
    return h != NULL ? h->topics[id] : NULL;
}

void history_learn(struct history *h, const struct lesson *lesson)
{
    struct lesson copy = *lesson;
    const struct lesson *l = &copy;
    struct attempt attempt;
    struct attempts_before before = {.n = 0};
    if (l->end == NULL) {
        copy.n_recent = history_counts(h, l->vantage, l->service, l->at_us).n_attempts;
        copy.is_below_best = history_is_below_best(h, l->vantage, l->service, l->handshake);
        copy.attempt = attempt_of(l, &attempt) ? &attempt : NULL;
        if (copy.n_recent >= ATTEMPTS_BEFORE)
            history_attempts(h, l->place, l->service, l->at_us, &before);
        copy.before = &before;
    }
    for (size_t i = 0; i < TOPIC_COUNT; i++) {
        void (*learn)(struct memory *, const struct lesson *) =
                l->end != NULL ? TOPICS[i]->learn_end : TOPICS[i]->learn;
        if (learn != NULL)
            learn(h->topics[i], l);
    }
}

bool history_save(struct history *h, memory_row_fn *put, void *ctx, struct err *err)
{
    for (size_t i = 0; i < TOPIC_COUNT; i++)
        if (!memory_save(h->topics[i], put, ctx, err))
            return false;
    return true;
}

void history_load(struct history *h, const struct memory_row *row)
{
    for (size_t i = 0; i < TOPIC_COUNT; i++)
        if (strcmp(TOPICS[i]->kind.name, row->kind) == 0)
            memory_load(h->topics[i], row);
}

void history_each_kind(const struct history *h,
        void (*fn)(void *ctx, const struct memory_kind *kind, uint64_t evicted), void *ctx)
{
    for (size_t i = 0; i < TOPIC_COUNT; i++)
        fn(ctx, &TOPICS[i]->kind, memory_evicted(h->topics[i]));
}
