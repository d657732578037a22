#include "engine/checkpoint.h"

#include <stdio.h>

#include "store/history.h"

static void load(void *ctx, const struct history_row *row)
{
    const struct memory_row r = {row->topic, row->key, row->value, row->us};
    history_load(ctx, &r);
}

bool checkpoint_load(struct history *h, struct store *s, struct err *err)
{
    return store_history_each(s, load, h, err);
}

static bool save(void *ctx, const struct memory_row *row, struct err *err)
{
    const struct history_row r = {row->kind, row->key, row->value, row->us};
    return store_history_put(ctx, &r, err);
}

struct tail {
    struct store *store;
    bool is_ok;
    struct err *err;
};

static void count(void *ctx, const struct memory_kind *kind, uint64_t evicted)
{
    struct tail *t = ctx;
    char name[64];
    (void)snprintf(name, sizeof name, "history-%s-evicted", kind->name);
    const struct counter c = {name, evicted};
    t->is_ok = t->is_ok && (evicted == 0 || store_counters(t->store, &c, 1, t->err));
}

bool checkpoint_save(struct history *h, struct store *s, struct err *err)
{
    struct tail t = {s, history_save(h, save, s, err), err};
    if (t.is_ok)
        history_each_kind(h, count, &t);
    return t.is_ok;
}

static void prune(void *ctx, const struct memory_kind *kind, uint64_t evicted)
{
    struct tail *t = ctx;
    (void)evicted;
    t->is_ok = t->is_ok && store_history_prune(t->store, kind->name, kind->cap, t->err);
}

bool checkpoint_prune(struct history *h, struct store *s, struct err *err)
{
    struct tail t = {s, true, err};
    history_each_kind(h, prune, &t);
    return t.is_ok;
}
