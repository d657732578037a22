#include "store/segment_file.h"

#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "store/watch.h"

char *segment_path(const char *database, const char *file)
{
    struct text t = {0};
    text_addf(&t, "%s.d/%s", database, file);
    char *path = xstrdup(text_str(&t));
    text_fini(&t);
    return path;
}

static uint64_t size_of(const char *path, const char *end)
{
    struct text t = {0};
    struct stat st;
    text_addf(&t, "%s%s", path, end);
    uint64_t size = stat(text_str(&t), &st) == 0 ? (uint64_t)st.st_size : 0;
    text_fini(&t);
    return size;
}

uint64_t segment_file_bytes(const char *path)
{
    return size_of(path, "") + size_of(path, "-wal");
}

uint64_t segment_file_log_bytes(const char *path)
{
    return size_of(path, "-wal");
}

bool segment_file_failed(
        struct store *s, struct segment_file *f, const char *doing, struct err *err)
{
    int code = f->db != NULL ? sqlite3_errcode(f->db) & 0xff : SQLITE_NOMEM;
    (void)watch_report(s, f->db, f->path, doing, err);
    f->is_damaged |= code == SQLITE_CORRUPT || code == SQLITE_NOTADB;
    if (!f->is_damaged)
        return false;
    s->watch->is_waiting = true; /* until the next flush puts it aside */
    err_set(err, "%s: damaged segment: it is put aside", f->path);
    s->watch->why = *err;
    return false;
}

static bool run(struct store *s, struct segment_file *f, const char *sql, const char *doing,
        struct err *err)
{
    return sqlite3_exec(f->db, sql, NULL, NULL, NULL) == SQLITE_OK ||
           segment_file_failed(s, f, doing, err);
}

static bool number(struct store *s, struct segment_file *f, const char *sql, int64_t out[], int n,
        struct err *err)
{
    sqlite3_stmt *st = NULL;
    int rc = sqlite3_prepare_v2(f->db, sql, -1, &st, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(st);
    for (int i = 0; i < n && rc == SQLITE_ROW; i++)
        out[i] =
                sqlite3_column_type(st, i) != SQLITE_NULL ? sqlite3_column_int64(st, i) : TIME_NONE;
    if (rc != SQLITE_ROW)
        (void)segment_file_failed(s, f, "reading it", err);
    (void)sqlite3_finalize(st);
    return rc == SQLITE_ROW;
}

uint64_t segment_file_size(struct store *s, struct segment_file *f)
{
    int64_t bytes = 0;
    struct err unused;
    bool is_ok =
            f->db != NULL &&
            number(s, f, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
                    &bytes, 1, &unused);
    return is_ok ? (uint64_t)bytes : 0;
}

/* The tables are those of the inventory, word for word. */
static bool add_tables(struct store *s, struct text *sql, struct err *err)
{
    static const char SQL[] = "SELECT sql FROM main.sqlite_schema WHERE type = 'table' AND name IN "
                              "('handshake', 'alert')";
    sqlite3_stmt *st = NULL;
    int rc = sqlite3_prepare_v2(s->db, SQL, -1, &st, NULL);
    while (rc == SQLITE_OK || rc == SQLITE_ROW) {
        rc = sqlite3_step(st);
        if (rc == SQLITE_ROW)
            text_addf(sql, "%s;", (const char *)sqlite3_column_text(st, 0));
    }
    if (rc != SQLITE_DONE)
        (void)store_fail(s, err, "reading its tables");
    (void)sqlite3_finalize(st);
    return rc == SQLITE_DONE;
}

static bool make_tables(struct store *s, struct segment_file *f, struct err *err)
{
    struct text sql = {0};
    int64_t version = 0;
    if (!number(s, f, "PRAGMA user_version", &version, 1, err))
        return false;
    if (version != 0)
        return true;
    text_add(&sql, "BEGIN IMMEDIATE;");
    bool is_ok = add_tables(s, &sql, err);
    text_add(&sql, "CREATE INDEX handshake_first_us ON handshake (first_us);"
                   "CREATE INDEX handshake_service ON handshake (service_id, first_us);"
                   "PRAGMA user_version = 1; COMMIT");
    is_ok = is_ok && run(s, f, text_str(&sql), "creating its tables", err);
    text_fini(&sql);
    return is_ok;
}

bool segment_file_open(struct store *s, struct segment_file *f, struct err *err)
{
    static const int FLAGS = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    if (f->db != NULL)
        return true;
    bool is_ok =
            (sqlite3_open_v2(f->path, &f->db, FLAGS, NULL) == SQLITE_OK ||
                    segment_file_failed(s, f, "opening it", err)) &&
            run(s, f,
                    "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-32768; "
                    "PRAGMA cache_spill=OFF; PRAGMA wal_autocheckpoint=1000; "
                    "PRAGMA journal_size_limit=4194304; PRAGMA temp_store=MEMORY;",
                    "opening it", err) &&
            make_tables(s, f, err);
    if (!is_ok) {
        segment_file_undo(f);
        (void)sqlite3_close(f->db);
        f->db = NULL;
    }
    return is_ok;
}

sqlite3_stmt *segment_file_statement(
        struct store *s, struct segment_file *f, enum statement which, struct err *err)
{
    sqlite3_stmt **st = &f->statements[which];
    if (!f->is_writing && !run(s, f, "BEGIN IMMEDIATE", "starting to write", err))
        return NULL;
    f->is_writing = true;
    if (*st == NULL && sqlite3_prepare_v3(f->db, statement_sql(which), -1,
                               SQLITE_PREPARE_PERSISTENT, st, NULL) != SQLITE_OK) {
        (void)segment_file_failed(s, f, "preparing a statement", err);
        return NULL;
    }
    return *st;
}

bool segment_file_step(
        struct store *s, struct segment_file *f, sqlite3_stmt *st, int *n_changed, struct err *err)
{
    int rc = sqlite3_step(st);
    bool is_ok = rc == SQLITE_DONE || segment_file_failed(s, f, "writing", err);
    if (n_changed != NULL)
        *n_changed = sqlite3_changes(f->db);
    (void)sqlite3_reset(st);
    return is_ok;
}

void segment_file_saw(struct segment_file *f, int64_t last_us)
{
    if (f->last_us < last_us)
        f->last_us = last_us; /* TIME_NONE is the smallest */
}

bool segment_file_commit(struct store *s, struct segment_file *f, struct err *err)
{
    if (!f->is_writing)
        return true;
    bool is_ok = run(s, f, "COMMIT", "committing", err);
    f->is_writing = !is_ok;
    return is_ok;
}

void segment_file_undo(struct segment_file *f)
{
    if (f->db != NULL && sqlite3_get_autocommit(f->db) == 0)
        (void)sqlite3_exec(f->db, "ROLLBACK", NULL, NULL, NULL);
    f->is_writing = false;
}

bool segment_file_count(struct store *s, struct segment_file *f, int64_t *n, struct err *err)
{
    return number(s, f, "SELECT count(*) FROM handshake", n, 1, err);
}

static void close_file(struct segment_file *f)
{
    for (size_t i = 0; i < ST_COUNT; i++) {
        (void)sqlite3_finalize(f->statements[i]);
        f->statements[i] = NULL;
    }
    (void)sqlite3_close(f->db);
    f->db = NULL;
}

/* Rows, the smallest first_us and the largest last_us; the last of a whole file is slow, as nothing
 * is in its order. */
static bool facts_of(struct store *s, struct segment_file *f, int64_t out[3], struct err *err)
{
    if (!f->is_ours)
        return number(
                s, f, "SELECT count(*), min(first_us), max(last_us) FROM handshake", out, 3, err);
    out[2] = f->last_us;
    return number(s, f, "SELECT (SELECT count(*) FROM handshake), min(first_us) FROM handshake",
            out, 2, err);
}

/* A reader that is at it keeps the log where it is; the last who closes the file removes it. */
bool segment_file_finish(struct store *s, struct segment_file *f, struct err *err)
{
    int64_t facts[3];
    if (!segment_file_open(s, f, err) || !facts_of(s, f, facts, err))
        return false;
    close_file(f);
    if (sqlite3_open_v2(f->path, &f->db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK)
        (void)sqlite3_exec(f->db, "PRAGMA journal_mode=DELETE", NULL, NULL, NULL);
    close_file(f);
    sqlite3_stmt *st = statement_of(s, ST_SEGMENT_FINISH, err);
    if (st == NULL || !store_writing(s, err))
        return false;
    const int64_t values[] = {
            f->id, facts[0], (int64_t)segment_file_bytes(f->path), facts[1], facts[2]};
    for (int i = 0; i < 5; i++)
        bind_time(st, 1 + i, values[i]);
    return statement_run(s, st, err);
}

void segment_file_fini(struct segment_file *f)
{
    segment_file_undo(f);
    close_file(f);
    xfree(f->path);
    *f = (struct segment_file){0};
}
