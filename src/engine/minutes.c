#include "engine/minutes.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/map.h"
#include "base/slot.h"

struct key {
    int64_t vantage, place, service, minute_us;
};

struct minutes {
    struct due_minute *waiting;
    size_t n, cap;
    struct map *known; /* struct key: is waiting */
    int64_t earliest_us;
    struct due_minute *due; /* sorted, handed out one by one */
    size_t n_due, next_due;
    uint64_t dropped;
};

struct minutes *minutes_new(void)
{
    struct minutes *m = xcalloc(1, sizeof *m);
    m->known = map_new(&(struct map_options){.cap = MINUTES_CAP + 1});
    m->earliest_us = INT64_MAX;
    return m;
}

void minutes_free(struct minutes *m)
{
    if (m == NULL)
        return;
    map_free(m->known);
    xfree(m->waiting);
    xfree(m->due);
    xfree(m);
}

static struct bytes bytes_of(const struct key *k)
{
    return (struct bytes){(const uint8_t *)k, sizeof *k};
}

static struct key key_of(const struct due_minute *d)
{
    return (struct key){d->vantage, d->place, d->service.id, slot_start(d->minute_us, MINUTE_US)};
}

void minutes_touch(struct minutes *m, const struct due_minute *at)
{
    const struct key key = key_of(at);
    if (map_get(m->known, bytes_of(&key)) != NULL)
        return;
    if (m->n >= MINUTES_CAP) {
        m->dropped++;
        return;
    }
    if (m->n == m->cap) {
        m->cap = m->cap > 0 ? m->cap * 2 : 64;
        m->waiting = xrealloc(m->waiting, m->cap, sizeof *m->waiting);
    }
    m->waiting[m->n] = *at;
    m->waiting[m->n++].minute_us = key.minute_us;
    map_put(m->known, bytes_of(&key), m);
    if (key.minute_us < m->earliest_us)
        m->earliest_us = key.minute_us;
}

static int by_time(const void *left, const void *right)
{
    const struct due_minute *a = left;
    const struct due_minute *b = right;
    if (a->minute_us != b->minute_us)
        return a->minute_us < b->minute_us ? -1 : 1;
    if (a->service.id != b->service.id)
        return a->service.id < b->service.id ? -1 : 1;
    return (a->place > b->place) - (a->place < b->place);
}

static bool is_due(int64_t minute_us, int64_t now_us)
{
    return now_us - 2 * MINUTE_US >= minute_us;
}

/* Moves what is due of the vantage from waiting to due. */
static void collect(struct minutes *m, int64_t vantage, int64_t now_us)
{
    size_t kept = 0;
    m->n_due = m->next_due = 0;
    m->earliest_us = INT64_MAX;
    m->due = xrealloc(m->due, m->n + 1, sizeof *m->due);
    for (size_t i = 0; i < m->n; i++) {
        const struct due_minute *w = &m->waiting[i];
        if (w->vantage == vantage && is_due(w->minute_us, now_us)) {
            const struct key key = key_of(w);
            (void)map_remove(m->known, bytes_of(&key));
            m->due[m->n_due++] = *w;
            continue;
        }
        if (w->minute_us < m->earliest_us)
            m->earliest_us = w->minute_us;
        if (kept != i)
            m->waiting[kept] = *w;
        kept++;
    }
    m->n = kept;
    if (m->n_due > 1)
        qsort(m->due, m->n_due, sizeof *m->due, by_time);
}

bool minutes_next(struct minutes *m, int64_t vantage, int64_t now_us, struct due_minute *out)
{
    if (m->next_due == m->n_due) {
        if (m->n == 0 || !is_due(m->earliest_us, now_us))
            return false;
        collect(m, vantage, now_us);
    }
    if (m->next_due == m->n_due)
        return false;
    *out = m->due[m->next_due++];
    return true;
}

void minutes_set_back(struct minutes *m, int64_t vantage, int64_t now_us)
{
    size_t kept = 0;
    for (size_t i = 0; i < m->n; i++) {
        const struct due_minute *w = &m->waiting[i];
        if (w->vantage == vantage && w->minute_us > now_us) {
            const struct key key = key_of(w);
            (void)map_remove(m->known, bytes_of(&key));
            m->dropped++;
            continue;
        }
        if (kept != i)
            m->waiting[kept] = *w;
        kept++;
    }
    m->n = kept;
}

uint64_t minutes_dropped(const struct minutes *m)
{
    return m->dropped;
}
