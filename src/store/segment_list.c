/* Which segments there are, and which of them may stay. */
#include "store/segment_list.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "store/watch.h"

#define MINUTE_US INT64_C(60000000)
#define HOUR_US (60 * MINUTE_US)

enum { BY_AGE_MOST = 2 }; /* at once: more than are begun between two calls */

void segment_list_fini(struct segment_list *l)
{
    for (size_t i = 0; i < l->n; i++)
        xfree(l->items[i].path);
    xfree(l->items);
}

bool segment_list_read(struct store *s, struct segment_list *l, struct err *err)
{
    static const char SQL[] = "SELECT id, from_us, coalesce(to_us, from_us), state, file "
                              "FROM segment ORDER BY id";
    sqlite3_stmt *st = NULL;
    int rc = sqlite3_prepare_v2(s->db, SQL, -1, &st, NULL);
    while (rc == SQLITE_OK || rc == SQLITE_ROW) {
        rc = sqlite3_step(st);
        if (rc != SQLITE_ROW)
            break;
        l->items = xrealloc(l->items, l->n + 1, sizeof *l->items);
        l->items[l->n++] = (struct segment_row){.id = sqlite3_column_int64(st, 0),
                .from_us = sqlite3_column_int64(st, 1),
                .to_us = sqlite3_column_int64(st, 2),
                .state = sqlite3_column_int64(st, 3),
                .path = segment_path(s->path, (const char *)sqlite3_column_text(st, 4))};
    }
    if (rc != SQLITE_DONE)
        (void)store_fail(s, err, "listing its segments");
    (void)sqlite3_finalize(st);
    return rc == SQLITE_DONE;
}

void segment_list_ended(struct store *s, int64_t id)
{
    struct watch *w = s->watch;
    if (w->steady_us == 0)
        return;
    w->ended = xrealloc(w->ended, w->n_ended + 1, sizeof *w->ended);
    w->ended[w->n_ended++] = (struct segment_end){id, w->steady_us};
}

static const struct segment_end *end_of(const struct watch *w, int64_t id)
{
    for (size_t i = 0; i < w->n_ended; i++)
        if (w->ended[i].id == id)
            return &w->ended[i];
    return NULL;
}

static void forget_end(struct watch *w, int64_t id)
{
    for (size_t i = 0; i < w->n_ended; i++)
        if (w->ended[i].id == id)
            w->ended[i--] = w->ended[--w->n_ended];
}

static bool is_there(const char *path)
{
    return access(path, F_OK) == 0 || errno != ENOENT;
}

/* Told once: the next calls try again. */
static void tell_stuck(struct store *s, int64_t id, const char *path, int code)
{
    struct watch *w = s->watch;
    for (size_t i = 0; i < w->n_stuck; i++)
        if (w->stuck[i] == id)
            return;
    w->stuck = xrealloc(w->stuck, w->n_stuck + 1, sizeof *w->stuck);
    w->stuck[w->n_stuck++] = id;
    w->losses.segments_not_removed++;
    store_notice(s, "%s: cannot be removed: %s: remove it by hand; the capture goes on", path,
            strerror(code));
}

static bool remove_files(struct store *s, const struct segment_row *e)
{
    static const char *const ENDS[] = {"-wal", "-shm", ""};
    for (int i = 0; i < WATCH_FILES; i++)
        if (s->watch->files[i].id == e->id)
            segment_file_fini(&s->watch->files[i]);
    for (int i = 0; i < 3; i++) {
        struct text path = {0};
        text_addf(&path, "%s%s", e->path, ENDS[i]);
        int code = unlink(text_str(&path)) == 0 ? 0 : errno;
        if (code != 0 && code != ENOENT)
            tell_stuck(s, e->id, text_str(&path), code);
        text_fini(&path);
        if (code != 0 && code != ENOENT)
            return false;
    }
    return true;
}

static bool forget_row(struct store *s, int64_t id, struct err *err)
{
    sqlite3_stmt *st = statement_of(s, ST_SEGMENT_GONE, err);
    if (st == NULL || !store_writing(s, err))
        return false;
    (void)sqlite3_bind_int64(st, 1, id);
    forget_end(s->watch, id);
    return statement_run(s, st, err);
}

/* When it ended, by the clock as it goes now: what the clock said then may have been wrong, or what
 * it says now. */
static int64_t ended_us(const struct store *s, const struct segment_row *e, int64_t now_us)
{
    const struct watch *w = s->watch;
    const struct segment_end *end = end_of(w, e->id);
    if (end != NULL)
        return now_us - (w->steady_us - end->steady_us);
    return e->to_us < now_us ? e->to_us : now_us;
}

static bool is_old(const struct store *s, const struct store_keep *k, const struct segment_row *e)
{
    const struct watch *w = s->watch;
    bool is_known = end_of(w, e->id) != NULL || w->steady_us == 0;
    return k->age_us != 0 && !k->is_unsure && (is_known || w->steady_us - w->began_us >= HOUR_US) &&
           ended_us(s, e, k->now_us) < k->now_us - k->age_us;
}

/* Times of a clock that was wrong are put right once it is trusted again: else a segment from the
 * future would wait until then. Those of an earlier run stay as they are: this clock may be the one
 * that is wrong, since the machine started. */
static bool put_right(
        struct store *s, const struct store_keep *k, const struct segment_row *e, struct err *err)
{
    int64_t us = ended_us(s, e, k->now_us);
    int64_t off_us = us > e->to_us ? us - e->to_us : e->to_us - us;
    bool is_known = end_of(s->watch, e->id) != NULL;
    if (k->is_unsure || !is_known || off_us <= MINUTE_US)
        return true;
    sqlite3_stmt *st = statement_of(s, ST_SEGMENT_TIMES, err);
    if (st == NULL || !store_writing(s, err))
        return false;
    (void)sqlite3_bind_int64(st, 1, e->id);
    (void)sqlite3_bind_int64(st, 2, us);
    return statement_run(s, st, err);
}

bool store_retain(
        struct store *s, const struct store_keep *keep, uint64_t *removed, struct err *err)
{
    struct segment_list l = {0};
    uint64_t bytes = 0;
    unsigned n_by_age = 0;
    *removed = 0;
    bool is_ok = segment_list_read(s, &l, err);
    size_t n = l.n;
    for (size_t i = 0; i < l.n; i++)
        bytes += l.items[i].bytes = segment_file_bytes(l.items[i].path);
    for (size_t i = 0; i + 1 < l.n && is_ok; i++) {
        const struct segment_row *e = &l.items[i];
        bool is_much = (keep->segments != 0 && n > keep->segments) ||
                       (keep->bytes != 0 && bytes > keep->bytes);
        bool is_aged = !is_much && n_by_age < BY_AGE_MOST && is_old(s, keep, e);
        if (is_there(e->path) && !is_much && !is_aged) {
            is_ok = put_right(s, keep, e, err);
            continue;
        }
        n--;
        bytes -= e->bytes;
        if (!remove_files(s, e))
            continue;
        n_by_age += is_aged;
        is_ok = forget_row(s, e->id, err);
        *removed += is_ok;
    }
    segment_list_fini(&l);
    return is_ok;
}
