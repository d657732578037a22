#include "store/segment_alerts.h"

#include <stdlib.h>

#include "base/alloc.h"

enum { ASKED = 4, MOST = 8000000 };

struct alert_place {
    int64_t id;
    uint32_t source;
};

static int by_id(const void *a, const void *b)
{
    int64_t x = ((const struct alert_place *)a)->id, y = ((const struct alert_place *)b)->id;
    return x < y ? -1 : x > y;
}

static int read_source(struct segment_alerts *a, struct segments *r, size_t source, size_t *cap)
{
    sqlite3_stmt *st;
    int rc = segments_take(r, source, "SELECT DISTINCT handshake_id FROM main.alert", &st);
    if (st == NULL)
        return rc;
    while ((rc = sqlite3_step(st)) == SQLITE_ROW && a->n < MOST) {
        if (a->n == *cap) {
            *cap = *cap > 0 ? *cap * 2 : 1024;
            a->places = xrealloc(a->places, *cap, sizeof *a->places);
        }
        a->places[a->n++] = (struct alert_place){sqlite3_column_int64(st, 0), (uint32_t)source};
    }
    a->is_too_many = a->n >= MOST;
    segments_give(r, source, st);
    bool is_ok = rc == SQLITE_ROW || rc == SQLITE_DONE || segments_leave_out(r, source, rc);
    return is_ok ? SQLITE_OK : rc;
}

static int read_all(struct segment_alerts *a, struct segments *r)
{
    size_t cap = 0;
    int rc = SQLITE_OK;
    for (size_t i = 0; i < segments_count(r) && rc == SQLITE_OK && !a->is_too_many; i++)
        rc = read_source(a, r, i, &cap);
    a->is_whole = rc == SQLITE_OK && !a->is_too_many;
    if (a->is_whole && a->n > 0) {
        qsort(a->places, a->n, sizeof *a->places, by_id);
        return SQLITE_OK;
    }
    xfree(a->places);
    a->places = NULL;
    a->n = 0;
    return rc;
}

static int has_alerts(struct segments *r, size_t source, int64_t id, bool *has)
{
    sqlite3_stmt *st;
    int rc = segments_take(
            r, source, "SELECT 1 FROM main.alert WHERE handshake_id = ? LIMIT 1", &st);
    *has = false;
    if (st == NULL)
        return rc;
    (void)sqlite3_bind_int64(st, 1, id);
    rc = sqlite3_step(st);
    *has = rc == SQLITE_ROW;
    segments_give(r, source, st);
    bool is_ok = rc == SQLITE_ROW || rc == SQLITE_DONE || segments_leave_out(r, source, rc);
    return is_ok ? SQLITE_OK : rc;
}

/* First where the last handshake was, then the newest. */
static int search(struct segments *r, int64_t id, size_t *source, bool *is_there)
{
    int rc = SQLITE_OK;
    *is_there = false;
    for (size_t i = 0; i <= segments_count(r) && !*is_there && rc == SQLITE_OK; i++) {
        *source = i == 0 ? segments_hint(r) : segments_count(r) - i;
        rc = has_alerts(r, *source, id, is_there);
    }
    return rc;
}

int segment_alerts_find(struct segment_alerts *a, struct segments *r, int64_t handshake_id,
        size_t *source, bool *is_there)
{
    const struct alert_place key = {handshake_id, 0};
    if (!a->is_whole && !a->is_too_many && ++a->n_asked > ASKED) {
        int rc = read_all(a, r);
        if (rc != SQLITE_OK)
            return rc;
    }
    if (!a->is_whole)
        return search(r, handshake_id, source, is_there);
    const struct alert_place *p =
            a->n > 0 ? bsearch(&key, a->places, a->n, sizeof key, by_id) : NULL;
    *is_there = p != NULL;
    *source = p != NULL ? p->source : 0;
    return SQLITE_OK;
}

void segment_alerts_clear(struct segment_alerts *a)
{
    xfree(a->places);
    *a = (struct segment_alerts){0};
}
