#include "history/memory.h"

#include <string.h>

#include "base/alloc.h"
#include "base/cursor.h"
#include "base/map.h"

enum { VALUE_HEAD = 4 }; /* version, big-endian, before each stored value */

struct entry {
    struct entry *next_changed;
    struct entry **link; /* in the list of what changed; NULL: it did not */
    int64_t us;
    struct bytes key;
    _Alignas(max_align_t) uint8_t value[];
};

struct memory {
    struct memory_kind kind;
    struct map *map;         /* NULL when numbered */
    struct entry **numbered; /* cap of them, NULL what is not there; each followed by its key */
    struct entry *changed;
};

static void unlink_entry(struct entry *e)
{
    if (e->link == NULL)
        return;
    *e->link = e->next_changed;
    if (e->next_changed != NULL)
        e->next_changed->link = e->link;
    e->link = NULL;
    e->next_changed = NULL;
}

static void forget(void *ctx, void *value)
{
    (void)ctx;
    unlink_entry(value);
}

struct memory *memory_new(const struct memory_kind *kind)
{
    struct memory *m = xcalloc(1, sizeof *m);
    m->kind = *kind;
    if (kind->is_numbered)
        m->numbered = xcalloc(kind->cap, sizeof(struct entry *));
    else
        m->map = map_new(&(struct map_options){.cap = kind->cap,
                .value_size = sizeof(struct entry) + kind->value_size,
                .on_evict = forget});
    return m;
}

void memory_free(struct memory *m)
{
    if (m == NULL)
        return;
    map_free(m->map);
    for (size_t i = 0; m->numbered != NULL && i < m->kind.cap; i++)
        xfree(m->numbered[i]);
    xfree(m->numbered);
    xfree(m);
}

const struct memory_kind *memory_kind_of(const struct memory *m)
{
    return &m->kind;
}

static struct bytes clip(struct bytes key)
{
    return (struct bytes){key.p, key.n < MEMORY_KEY ? key.n : MEMORY_KEY};
}

/* The place of a numbered value, or NULL for what is no number of it. */
static struct entry **place_of(const struct memory *m, struct bytes key)
{
    uint64_t number;
    if (key.n != sizeof number)
        return NULL;
    memcpy(&number, key.p, sizeof number);
    return number < m->kind.cap ? &m->numbered[number] : NULL;
}

static struct entry *find(struct memory *m, struct bytes key)
{
    if (m->numbered == NULL)
        return map_get(m->map, key);
    struct entry **at = place_of(m, key);
    return at != NULL ? *at : NULL;
}

void *memory_get(struct memory *m, struct bytes key)
{
    struct entry *e = find(m, clip(key));
    return e != NULL ? e->value : NULL;
}

/* NULL for a number that is none. */
static struct entry *make(struct memory *m, struct bytes key)
{
    struct entry *e = NULL;
    struct bytes kept;
    if (m->numbered == NULL) {
        e = map_make(m->map, key, &kept);
    } else {
        struct entry **at = place_of(m, key);
        if (at == NULL)
            return NULL;
        *at = e = xcalloc(1, sizeof *e + m->kind.value_size + key.n);
        uint8_t *copy = e->value + m->kind.value_size;
        memcpy(copy, key.p, key.n);
        kept = (struct bytes){copy, key.n};
    }
    e->key = kept;
    return e;
}

void *memory_make(struct memory *m, struct bytes key, int64_t us)
{
    key = clip(key);
    struct entry *e = find(m, key);
    if (e == NULL)
        e = make(m, key);
    if (e == NULL)
        return NULL;
    e->us = us;
    if (e->link == NULL) {
        e->next_changed = m->changed;
        e->link = &m->changed;
        if (m->changed != NULL)
            m->changed->link = &e->next_changed;
        m->changed = e;
    }
    return e->value;
}

uint64_t memory_evicted(const struct memory *m)
{
    return m->map != NULL ? map_evicted(m->map) : 0;
}

bool memory_save(struct memory *m, memory_row_fn *put, void *ctx, struct err *err)
{
    size_t n = VALUE_HEAD + m->kind.value_size;
    uint8_t *value = xcalloc(1, n);
    bool is_ok = true;
    for (int i = 0; i < VALUE_HEAD; i++)
        value[i] = (uint8_t)(m->kind.version >> (8 * (VALUE_HEAD - 1 - i)));
    while (m->changed != NULL && is_ok) {
        struct entry *e = m->changed;
        memcpy(value + VALUE_HEAD, e->value, m->kind.value_size);
        const struct memory_row row = {m->kind.name, e->key, {value, n}, e->us};
        is_ok = put(ctx, &row, err);
        if (is_ok)
            unlink_entry(e);
    }
    xfree(value);
    return is_ok;
}

void memory_load(struct memory *m, const struct memory_row *row)
{
    struct cur c = cur_of(row->value);
    uint32_t version = cur_u32(&c);
    struct bytes value = cur_take(&c, m->kind.value_size);
    if (!cur_done(&c) || version != m->kind.version || row->key.n > MEMORY_KEY)
        return;
    struct entry *e = find(m, row->key);
    if (e == NULL)
        e = make(m, row->key);
    if (e == NULL)
        return;
    e->us = row->us;
    if (value.n > 0)
        memcpy(e->value, value.p, value.n);
}
