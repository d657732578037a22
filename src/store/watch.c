#include "store/watch.h"

#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/alloc.h"
#include "store/segment_damage.h"

enum {
    SKIPPED = 8,        /* flushes between tries while there seems to be no space */
    LONG_LOG = 8 << 20, /* bytes of a log that is written out */
    LEAST_SPACE = 256 << 10,
};

bool watch_may_pass(int code)
{
    return code == SQLITE_FULL || code == SQLITE_IOERR || code == SQLITE_BUSY ||
           code == SQLITE_LOCKED || code == SQLITE_CANTOPEN || code == SQLITE_READONLY ||
           code == SQLITE_PROTOCOL;
}

bool watch_report(
        struct store *s, sqlite3 *db, const char *path, const char *doing, struct err *err)
{
    struct watch *w = s->watch;
    int code = db != NULL ? sqlite3_errcode(db) & 0xff : SQLITE_NOMEM;
    w->is_waiting = watch_may_pass(code);
    w->is_space = code == SQLITE_FULL || code == SQLITE_IOERR;
    w->is_locked = code == SQLITE_BUSY || code == SQLITE_LOCKED;
    const char *then = w->has_begun ? "writing goes on by itself" : "then start again";
    if (code == SQLITE_FULL)
        err_set(err, "%s: disk full while %s: free space, %s", path, doing, then);
    else if (code == SQLITE_BUSY || code == SQLITE_LOCKED)
        err_set(err, "%s: locked by another program: end it, %s", path, then);
    else if (code == SQLITE_CANTOPEN || code == SQLITE_READONLY)
        err_set(err,
                "%s: cannot be written: check the permissions of the file and its directory, %s",
                path, then);
    else if (code == SQLITE_NOTADB || code == SQLITE_CORRUPT)
        err_set(err, "%s: damaged database: move it away, with its segments, and start again",
                path);
    else
        err_set(err, "%s: %s while %s: check the disk%s%s", path,
                db != NULL ? sqlite3_errmsg(db) : "out of memory", doing, w->is_waiting ? ", " : "",
                w->is_waiting ? then : "");
    w->why = *err;
    return false;
}

/* SQLite may have undone the transaction. */
static void notice(struct store *s)
{
    if (s->db == NULL || sqlite3_get_autocommit(s->db) == 0)
        return;
    s->is_open = false;
    s->watch->is_undone = s->watch->n_changes > 0;
    s->watch->losses.updates += s->watch->n_unkept;
    s->watch->n_unkept = 0;
}

bool watch_fail(struct store *s, struct err *err, const char *doing)
{
    (void)watch_report(s, s->db, s->path, doing, err);
    notice(s);
    return false;
}

static bool is_one_of(
        const struct store *s, const sqlite3_stmt *st, const enum statement *which, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (s->statements[which[i]] == st)
            return true;
    return false;
}

/* Whether others refer to the row that it makes. */
static bool makes_id(const struct store *s, const sqlite3_stmt *st)
{
    static const enum statement WHICH[] = {
            ST_RUN, ST_NAME, ST_LABEL, ST_ADDRESS, ST_SERVICE, ST_CERT, ST_CHAIN, ST_SEGMENT};
    return is_one_of(s, st, WHICH, sizeof WHICH / sizeof *WHICH);
}

/* What comes again, adds up, or is about one thing only. */
static bool is_update(const struct store *s, const sqlite3_stmt *st)
{
    static const enum statement WHICH[] = {ST_CERT_SEEN, ST_SERVED, ST_NOT_TLS, ST_UNANALYSED,
            ST_EVIDENCE, ST_EVIDENCE_FILE, ST_RULE_COUNT, ST_COUNTER, ST_HISTORY, ST_FINDING_LIFE,
            ST_FINDING_EVENT, ST_NONCE, ST_METRIC};
    return is_one_of(s, st, WHICH, sizeof WHICH / sizeof *WHICH);
}

void watch_keep(struct store *s, sqlite3_stmt *st)
{
    struct watch *w = s->watch;
    bool is_over = w->change_bytes >= WATCH_SOFT_BYTES && is_update(s, st);
    char *sql = is_over ? NULL : sqlite3_expanded_sql(st);
    if (sql == NULL) {
        w->n_unkept++; /* lost, unless the transaction that is open is committed */
        return;
    }
    if (w->n_changes == w->changes_cap) {
        w->changes_cap = w->changes_cap > 0 ? w->changes_cap * 2 : 256;
        w->changes = xrealloc(w->changes, w->changes_cap, sizeof *w->changes);
    }
    w->changes[w->n_changes++] =
            (struct change){sql, makes_id(s, st) ? sqlite3_last_insert_rowid(s->db) : 0};
    w->change_bytes += strlen(sql) + sizeof *w->changes;
}

/* All but the first n. */
static void drop_changes(struct watch *w, size_t n)
{
    while (w->n_changes > n) {
        char *sql = w->changes[--w->n_changes].sql;
        w->change_bytes -= strlen(sql) + sizeof *w->changes;
        sqlite3_free(sql);
    }
}

static void forget_changes(struct watch *w)
{
    drop_changes(w, 0);
    w->is_undone = false;
}

bool watch_may_write(struct store *s, struct err *err)
{
    if (s->watch->change_bytes < WATCH_HARD_BYTES && !s->watch->is_locked)
        return true;
    *err = s->watch->why;
    return false;
}

static void undo(struct store *s)
{
    if (sqlite3_get_autocommit(s->db) == 0)
        (void)sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
    notice(s);
}

bool store_mark(struct store *s, struct err *err)
{
    struct watch *w = s->watch;
    if (!store_writing(s, err))
        return false;
    if (w == NULL)
        return true;
    if (!store_exec(s, "SAVEPOINT mark", "writing", err))
        return false;
    w->is_marked = true;
    w->mark = w->n_changes;
    w->mark_unkept = w->n_unkept;
    return true;
}

void store_unmark(struct store *s, bool is_ok)
{
    struct watch *w = s->watch;
    if (w == NULL)
        return;
    const char *sql = is_ok ? "RELEASE mark" : "ROLLBACK TO mark; RELEASE mark";
    w->is_marked = false;
    bool is_there = sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK;
    if (is_ok)
        return;
    drop_changes(w, w->mark);
    if (w->n_unkept > w->mark_unkept)
        w->n_unkept = w->mark_unkept;
    if (!is_there) /* SQLite has undone the whole transaction */
        undo(s);
}

static bool make_again(struct store *s, const struct change *c, struct err *err)
{
    if (sqlite3_exec(s->db, c->sql, NULL, NULL, NULL) != SQLITE_OK)
        return store_fail(s, err, "writing");
    if (c->id == 0 || c->id == sqlite3_last_insert_rowid(s->db))
        return true;
    err_set(err, "%s: another program added rows while it could not be written: start again",
            s->path);
    s->watch->is_waiting = false;
    return false;
}

bool watch_again(struct store *s, struct err *err)
{
    struct watch *w = s->watch;
    for (size_t i = 0; i < w->n_changes && w->is_undone; i++)
        if (!make_again(s, &w->changes[i], err)) {
            undo(s);
            return false;
        }
    w->is_undone = false;
    return true;
}

/* is_tried: also when there is nothing to write, because the last time it could not be. */
static bool commit(struct store *s, bool is_tried, struct err *err)
{
    s->n_pending = 0;
    if (!s->is_open && s->watch->n_changes == 0 && !is_tried)
        return true;
    if (!store_begin(s, err))
        return false;
    if (sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK) {
        (void)store_fail(s, err, "committing");
        undo(s);
        return false;
    }
    s->is_open = false;
    s->watch->n_unkept = 0;
    forget_changes(s->watch);
    return true;
}

/* While nothing can be written the caller's watch_may_write says no. */
bool watch_make_way(struct store *s, struct err *err)
{
    if (s->watch->is_marked || s->watch->change_bytes < WATCH_HARD_BYTES)
        return true;
    if (!s->watch->is_waiting)
        (void)commit(s, false, err);
    return false;
}

/* Moves the log into the file, so that it does not hold the space; readers may prevent it. */
static void write_out(sqlite3 *db, const char *path, uint64_t more_than, int busy_ms)
{
    if (segment_file_log_bytes(path) <= more_than)
        return;
    (void)sqlite3_busy_timeout(db, 0);
    (void)sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    (void)sqlite3_busy_timeout(db, busy_ms);
}

static void write_all_out(struct store *s, uint64_t more_than)
{
    int busy_ms = s->watch->busy_ms;
    write_out(s->db, s->path, more_than, busy_ms);
    for (int i = 0; i < WATCH_FILES; i++)
        if (s->watch->files[i].db != NULL)
            write_out(s->watch->files[i].db, s->watch->files[i].path, more_than, busy_ms);
}

/* Trying costs making the changes again: not each time when there is no space in sight. */
static bool is_hopeless(struct store *s)
{
    struct watch *w = s->watch;
    struct statvfs v;
    if (!w->is_waiting || !w->is_space || ++w->n_skipped >= SKIPPED)
        return false;
    uint64_t needed = LEAST_SPACE + 2 * w->change_bytes + w->batch.n_rows * sizeof(struct row);
    return statvfs(s->path, &v) == 0 && (uint64_t)v.f_bavail * v.f_frsize < needed;
}

static bool write_batch(struct store *s, struct err *err)
{
    struct watch *w = s->watch;
    bool is_ok = batch_write(s, &w->batch, w->files, WATCH_FILES, &w->losses.late_ends, err);
    if (is_ok || !segment_is_damaged(w))
        return is_ok;
    return segment_mend(s, err) && commit(s, false, err) &&
           batch_write(s, &w->batch, w->files, WATCH_FILES, &w->losses.late_ends, err);
}

bool watch_flush(struct store *s, struct err *err)
{
    struct watch *w = s->watch;
    bool was_locked = w->is_locked;
    bool is_again = was_locked && w->busy_ms == WATCH_BUSY_MS;
    w->n_since = 0;
    if (!pending_flush(s, err))
        return false;
    if (is_hopeless(s)) {
        *err = w->why;
        return false;
    }
    w->n_skipped = 0;
    w->is_locked = false;
    if (w->is_waiting)
        write_all_out(s, 0);
    (void)sqlite3_busy_timeout(s->db, is_again ? WATCH_BUSY_AGAIN_MS : w->busy_ms);
    if (!segment_mend(s, err) || !commit(s, was_locked, err) || !write_batch(s, err))
        return false;
    w->is_waiting = w->is_space = false;
    (void)sqlite3_busy_timeout(s->db, w->busy_ms);
    write_all_out(s, LONG_LOG);
    return true;
}

bool watch_make_room(struct store *s, struct err *err)
{
    struct watch *w = s->watch;
    bool is_long = ++w->n_since >= STORE_BATCH || w->change_bytes >= WATCH_LONG_BYTES;
    return !is_long || w->is_waiting || watch_flush(s, err) || w->is_waiting;
}

bool watch_is_full(const struct store *s)
{
    return s->watch->batch.n_rows >= WATCH_ROWS;
}

void watch_lose_row(struct store *s)
{
    s->watch->losses.rows++;
}

bool watch_lost_row(struct store *s)
{
    s->watch->losses.rows += s->watch->is_waiting;
    return s->watch->is_waiting;
}

void watch_row(struct store *s, const struct row *r)
{
    if (watch_is_full(s))
        watch_lose_row(s);
    else
        batch_add_row(&s->watch->batch, r);
}

void watch_note(struct store *s, enum statement which, const int64_t *values, size_t n)
{
    struct watch *w = s->watch;
    if (w->batch.n_notes < WATCH_ROWS)
        batch_add_note(&w->batch, which, values, n);
    else if (which == ST_ALERT)
        w->losses.rows++;
    else
        w->losses.late_ends++;
}

static void copy_defects(int64_t out[3], const int64_t *values)
{
    memcpy(out, values, 3 * sizeof *out);
}

static bool defects_in(struct store *s, struct segment_file *f, int64_t id, int64_t out[3],
        bool *is_there, struct err *err)
{
    sqlite3_stmt *st = segment_file_statement(s, f, ST_HANDSHAKE_DEFECTS, err);
    if (st == NULL)
        return false;
    (void)sqlite3_bind_int64(st, 1, id);
    *is_there = sqlite3_step(st) == SQLITE_ROW;
    for (int i = 0; i < 3 && *is_there; i++)
        out[i] =
                sqlite3_column_type(st, i) != SQLITE_NULL ? sqlite3_column_int64(st, i) : TIME_NONE;
    int rc = sqlite3_reset(st);
    return rc == SQLITE_OK || segment_file_failed(s, f, "reading it", err);
}

bool watch_defects(
        struct store *s, int64_t handshake_id, int64_t out[3], bool *is_there, struct err *err)
{
    struct watch *w = s->watch;
    const struct note *n = batch_note(&w->batch, handshake_id, ST_DEFECTS_SET);
    const struct row *r = batch_row(&w->batch, handshake_id);
    *is_there = n != NULL || r != NULL;
    if (n != NULL)
        copy_defects(out, n->values + 1);
    else if (r != NULL)
        copy_defects(out, r->values + COL_DEFECTS_ID);
    bool is_ok = true;
    for (int i = 0; i < WATCH_FILES && !*is_there && is_ok; i++)
        is_ok = w->files[i].db == NULL ||
                defects_in(s, &w->files[i], handshake_id, out, is_there, err);
    return is_ok;
}

void watch_free(struct watch *w)
{
    if (w == NULL)
        return;
    for (int i = 0; i < WATCH_FILES; i++)
        segment_file_fini(&w->files[i]);
    forget_changes(w);
    batch_fini(&w->batch);
    prune_fini(&w->prune);
    xfree(w->changes);
    xfree(w->ended);
    xfree(w->stuck);
    if (w->lock >= 0)
        (void)close(w->lock);
    xfree(w);
}

void store_has_begun(struct store *s)
{
    s->watch->has_begun = true;
}

void store_wait_for_locks(struct store *s, int ms)
{
    s->watch->busy_ms = ms;
    (void)sqlite3_busy_timeout(s->db, s->watch->busy_ms);
}

bool store_is_waiting(const struct store *s)
{
    return s->watch != NULL && s->watch->is_waiting;
}

bool store_lose_update(struct store *s)
{
    if (!store_is_waiting(s))
        return false;
    s->watch->losses.updates++;
    return true;
}

bool store_is_free(struct store *s, struct err *err)
{
    struct watch *w = s->watch;
    if (s->is_open || w->is_space)
        return true;
    w->is_locked = false;
    (void)sqlite3_busy_timeout(s->db, WATCH_BUSY_AGAIN_MS);
    bool is_writing = store_writing(s, err);
    (void)sqlite3_busy_timeout(s->db, w->busy_ms);
    w->is_waiting &= !is_writing;
    return is_writing || !w->is_locked;
}

bool store_lose_row(struct store *s)
{
    return s->watch != NULL && watch_lost_row(s);
}

void store_losses(const struct store *s, struct store_losses *out)
{
    *out = s->watch != NULL ? s->watch->losses : (struct store_losses){0};
}
