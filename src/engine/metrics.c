#include "engine/metrics.h"

#include "base/alloc.h"
#include "base/map.h"
#include "base/slot.h"
#include "engine/minutes.h"
#include "store/metric.h"
#include "store/segment.h"

struct key {
    int64_t service, minute_us;
    const char *region;
};

struct entry {
    struct key key;
    struct metrics_row row;
    struct entry *next, **link;
};

struct metrics {
    struct store *store;
    struct map *rows; /* struct entry */
    struct entry *all;
    int64_t flushed_us; /* the minute of the last flush: one a minute is enough */
    bool has_failed;
    struct err err;
};

static struct bytes bytes_of(const struct key *k)
{
    return (struct bytes){(const uint8_t *)k, sizeof *k};
}

static void drop(struct entry *e)
{
    *e->link = e->next;
    if (e->next != NULL)
        e->next->link = e->link;
    metrics_row_fini(&e->row);
    xfree(e);
}

static bool write_row(struct metrics *m, const struct entry *e, struct err *err)
{
    return store_metrics(m->store, e->key.service, e->key.region, e->key.minute_us, &e->row, err);
}

/* There is no room for it. */
static void evict(void *ctx, void *value)
{
    struct metrics *m = ctx;
    struct entry *e = value;
    if (!m->has_failed && !write_row(m, e, &m->err) && !store_lose_update(m->store))
        m->has_failed = true;
    drop(e);
}

struct metrics *metrics_new(struct store *store)
{
    struct metrics *m = xcalloc(1, sizeof *m);
    m->store = store;
    m->flushed_us = INT64_MIN;
    m->rows = map_new(&(struct map_options){.cap = METRICS_CAP, .on_evict = evict, .ctx = m});
    return m;
}

void metrics_free(struct metrics *m)
{
    if (m == NULL)
        return;
    m->has_failed = true; /* metrics_flush was the time to write */
    map_free(m->rows);
    xfree(m);
}

static struct metrics_row *row_of(
        struct metrics *m, int64_t service_id, const char *region, int64_t us)
{
    const struct key key = {service_id, slot_start(us, MINUTE_US), region};
    struct entry *e = map_get(m->rows, bytes_of(&key));
    if (e != NULL)
        return &e->row;
    e = xcalloc(1, sizeof *e);
    e->key = key;
    e->next = m->all;
    e->link = &m->all;
    if (m->all != NULL)
        m->all->link = &e->next;
    m->all = e;
    map_put(m->rows, bytes_of(&key), e);
    return &e->row;
}

void metrics_take(
        struct metrics *m, int64_t service_id, const char *region, const struct metric_facts *f)
{
    metrics_count(row_of(m, service_id, region, f->handshake->first_us), f);
}

void metrics_end(struct metrics *m, int64_t service_id, const char *region, int64_t first_us,
        const struct metrics_rest *rest)
{
    if (rest->bytes + rest->gap_bytes == 0)
        return;
    struct metrics_row *row = row_of(m, service_id, region, first_us);
    row->counts[METRIC_bytes] += rest->bytes;
    row->counts[METRIC_gap_bytes] += rest->gap_bytes;
}

static bool is_over(const struct entry *e, int64_t now_us)
{
    return now_us - 3 * MINUTE_US >= e->key.minute_us;
}

bool metrics_flush(struct metrics *m, int64_t now_us, size_t most, struct err *err)
{
    bool is_due = now_us == INT64_MAX || now_us / MINUTE_US != m->flushed_us / MINUTE_US;
    struct entry *next = is_due ? m->all : NULL;
    if (m->has_failed) {
        *err = m->err;
        return false;
    }
    while (next != NULL) {
        struct entry *e = next;
        next = e->next;
        if (!is_over(e, now_us))
            continue;
        if (most-- == 0)
            return true; /* the rest goes with the next call */
        if (!write_row(m, e, err))
            return false; /* it is kept, and comes again */
        (void)map_remove(m->rows, bytes_of(&e->key));
        drop(e);
    }
    m->flushed_us = now_us;
    return true;
}
