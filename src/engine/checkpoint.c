#include "engine/checkpoint.h"

#include <stdint.h>
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

struct saving {
    struct store *store;
    size_t left;
    bool is_enough;
};

static bool save(void *ctx, const struct memory_row *row, struct err *err)
{
    struct saving *to = ctx;
    const struct history_row r = {row->kind, row->key, row->value, row->us};
    to->is_enough = to->left == 0;
    if (to->is_enough)
        return false;
    to->left--;
    return store_history_put(to->store, &r, err);
}

struct tail {
    struct store *store;
    bool is_ok;
    struct err *err;
    size_t at, only; /* number of the topic; the one that is pruned, or SIZE_MAX */
};

static void count(void *ctx, const struct memory_kind *kind, uint64_t evicted)
{
    struct tail *t = ctx;
    char name[64];
    (void)snprintf(name, sizeof name, "history-%s-evicted", kind->name);
    const struct counter c = {name, evicted};
    t->is_ok = t->is_ok && (evicted == 0 || store_counters(t->store, &c, 1, t->err));
}

bool checkpoint_save(
        struct history *h, struct store *s, size_t most, bool *is_done, struct err *err)
{
    struct saving to = {.store = s, .left = most};
    struct tail t = {.store = s, .is_ok = true, .err = err};
    *is_done = history_save(h, save, &to, err);
    if (*is_done)
        history_each_kind(h, count, &t);
    return *is_done ? t.is_ok : to.is_enough;
}

static void prune(void *ctx, const struct memory_kind *kind, uint64_t evicted)
{
    struct tail *t = ctx;
    bool is_meant = t->only == SIZE_MAX || t->only == t->at;
    (void)evicted;
    t->at++;
    if (is_meant && t->is_ok)
        t->is_ok = store_history_prune(t->store, kind->name, kind->cap, t->err);
}

bool checkpoint_prune(struct history *h, struct store *s, size_t *next, struct err *err)
{
    struct tail t = {
            .store = s, .is_ok = true, .err = err, .only = next != NULL ? *next : SIZE_MAX};
    history_each_kind(h, prune, &t);
    if (next != NULL)
        *next = *next + 1 < t.at ? *next + 1 : 0;
    return t.is_ok;
}
