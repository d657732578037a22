#include "store/pending.h"

#include <string.h>

#include "base/alloc.h"
#include "store/watch.h"

enum { PENDING_ROWS = 16384, PENDING_INDEX = 65536 };

struct pending {
    struct row rows[PENDING_ROWS]; /* used in a circle */
    size_t next;
    uint32_t index[PENDING_INDEX]; /* by hash of the id: place of the row + 1 */
    int64_t bound[COL_COUNT];      /* to ST_HANDSHAKE: most columns repeat from row to row */
    bool is_bound;
};

static size_t slot_of(int64_t id)
{
    return hash_fixed(&id, sizeof id) % PENDING_INDEX;
}

struct row *pending_find(const struct store *s, int64_t id)
{
    struct pending *p = s->pending;
    uint32_t at = p != NULL ? p->index[slot_of(id)] : 0;
    return at != 0 && p->rows[at - 1].id == id ? &p->rows[at - 1] : NULL;
}

static void bind_row(sqlite3_stmt *st, const struct row *r)
{
    for (int i = 0; i < COL_COUNT; i++)
        bind_time(st, 1 + i, r->values[i]);
    (void)sqlite3_bind_double(st, 1 + COL_CONFIDENCE, r->confidence);
}

static void bind_changes(struct pending *p, sqlite3_stmt *st, const struct row *r)
{
    for (int i = 0; i < COL_COUNT; i++)
        if (!p->is_bound || p->bound[i] != r->values[i])
            bind_time(st, 1 + i, r->values[i]);
    (void)sqlite3_bind_double(st, 1 + COL_CONFIDENCE, r->confidence);
    memcpy(p->bound, r->values, sizeof p->bound);
    p->is_bound = true;
}

bool pending_write(struct store *s, struct row *r, struct err *err)
{
    sqlite3_stmt *st = NULL;
    if (s->watch == NULL) {
        st = statement_of(s, ST_HANDSHAKE, err);
        if (st == NULL || !store_writing(s, err))
            return false;
    }
    s->pending->index[slot_of(r->id)] = 0;
    r->id = 0;
    if (s->watch != NULL) {
        watch_row(s, r);
        return true;
    }
    /* Nearly every row is new, and SQLite keeps copies of pages for a statement that may replace:
     * that one is for packets that are read again. */
    bool is_there;
    bind_changes(s->pending, st, r);
    if (!statement_insert(s, st, &is_there, err))
        return false;
    if (!is_there)
        return true;
    st = statement_of(s, ST_HANDSHAKE_AGAIN, err);
    if (st == NULL)
        return false;
    bind_row(st, r);
    return statement_run(s, st, err);
}

bool pending_add(struct store *s, int64_t id, struct row **out, struct err *err)
{
    if (s->pending == NULL)
        s->pending = xcalloc(1, sizeof *s->pending);
    struct pending *p = s->pending;
    struct row *r = &p->rows[p->next];
    uint32_t *index = &p->index[slot_of(id)];
    if (r->id != 0 && !pending_write(s, r, err))
        return false;
    /* Two ids with one place in the index: the older row goes, so that none is ever lost. */
    if (*index != 0 && !pending_write(s, &p->rows[*index - 1], err))
        return false;
    *index = (uint32_t)p->next + 1;
    p->next = (p->next + 1) % PENDING_ROWS;
    r->id = id;
    r->n = 0;
    *out = r;
    return true;
}

bool pending_flush(struct store *s, struct err *err)
{
    struct pending *p = s->pending;
    for (size_t i = 0; p != NULL && i < PENDING_ROWS; i++) {
        struct row *r = &p->rows[(p->next + i) % PENDING_ROWS];
        if (r->id != 0 && !pending_write(s, r, err))
            return false;
    }
    return true;
}

void pending_free(struct pending *p)
{
    xfree(p);
}
