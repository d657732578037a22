/* Opening, migrating and closing a database; runs. */
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <threads.h>

#include "base/alloc.h"
#include "store/pending.h"
#include "store/query_sql.h"
#include "store/read_only.h"
#include "store/schema.h"
#include "store/segments.h"
#include "store/watch.h"

enum { CHAIN_CACHE = 60000 };

bool store_exec(struct store *s, const char *sql, const char *doing, struct err *err)
{
    return sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK || store_fail(s, err, doing);
}

static bool user_version(struct store *s, int64_t *version, struct err *err)
{
    sqlite3_stmt *st = NULL;
    if (sqlite3_prepare_v2(s->db, "PRAGMA user_version", -1, &st, NULL) != SQLITE_OK)
        return store_fail(s, err, "reading its version");
    bool is_row = sqlite3_step(st) == SQLITE_ROW;
    if (is_row)
        *version = sqlite3_column_int64(st, 0);
    else
        (void)store_fail(s, err, "reading its version");
    (void)sqlite3_finalize(st);
    return is_row;
}

#define ALL_TABLES "SELECT count(*) FROM sqlite_schema"
#define OWN_TABLES ALL_TABLES " WHERE type = 'table' AND name IN ('handshake', 'code_name')"

static bool count(struct store *s, const char *sql, int64_t *n, struct err *err)
{
    sqlite3_stmt *st = NULL;
    if (sqlite3_prepare_v2(s->db, sql, -1, &st, NULL) != SQLITE_OK)
        return store_fail(s, err, "reading its tables");
    bool is_row = sqlite3_step(st) == SQLITE_ROW;
    if (is_row)
        *n = sqlite3_column_int64(st, 0);
    (void)sqlite3_finalize(st);
    return is_row || store_fail(s, err, "reading its tables");
}

static bool too_new(const struct store *s, int64_t version, struct err *err)
{
    if (version <= SCHEMA_VERSION)
        return false;
    err_set(err, "%s: made by a newer tlswire (schema %lld, this one knows %d): upgrade tlswire",
            s->path, (long long)version, SCHEMA_VERSION);
    return true;
}

/* Whether the file is empty or a tlswire database that this program knows. */
static bool is_ours(struct store *s, struct err *err)
{
    int64_t version = 0, n_tables = 0, n_own = 0;
    if (!user_version(s, &version, err) || !count(s, ALL_TABLES, &n_tables, err) ||
            !count(s, OWN_TABLES, &n_own, err))
        return false;
    bool is_foreign =
            n_tables > 0 ? version == 0 || n_own < 2 : version > 0 && version <= SCHEMA_VERSION;
    if (is_foreign) {
        err_set(err, "%s: a database of another program: name another file with --db", s->path);
        return false;
    }
    return !too_new(s, version, err);
}

/* The migrations run in one transaction: a database is never half made. */
static bool migrate(struct store *s, struct err *err)
{
    int64_t version = 0;
    if (!user_version(s, &version, err))
        return false;
    if (version == SCHEMA_VERSION)
        return true;
    return store_exec(s, "BEGIN IMMEDIATE", "creating it", err) &&
           store_exec(s, schema_001_initial, "creating its tables", err) &&
           store_exec(s, schema_views, "creating its views", err) && lookup_fill(s, err) &&
           store_exec(s, "PRAGMA user_version = 1", "creating it", err) &&
           store_exec(s, "COMMIT", "creating it", err);
}

static bool fail_no_file(const struct store *s, struct err *err)
{
    err_set(err, "%s: not a file: name a database with --db", s->path);
    return false;
}

bool store_open_writer(struct store *s, struct err *err)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    struct stat st;
    if (stat(s->path, &st) == 0 && !S_ISREG(st.st_mode))
        return fail_no_file(s, err);
    if (sqlite3_open_v2(s->path, &s->db, flags, NULL) != SQLITE_OK) {
        if (s->db == NULL)
            err_set(err, "%s: out of memory", s->path);
        else
            (void)store_fail(s, err, "opening it");
        return false;
    }
    (void)sqlite3_busy_timeout(s->db, STORE_BUSY_MS);
    /* Nothing is changed in a file that turns out to be somebody else's. */
    return is_ours(s, err) &&
           store_exec(s,
                   "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-65536; "
                   "PRAGMA wal_autocheckpoint=4000; PRAGMA temp_store=MEMORY;",
                   "opening it", err) &&
           migrate(s, err) &&
           ((metric_register(s->db) && certificate_names_register(s->db)) ||
                   store_fail(s, err, "opening it"));
}

static void fail_missing(const struct store *s, struct err *err)
{
    struct text word = {0};
    text_add_word(&word, s->path);
    err_set(err, "%s: no such database: make one with `tlswire read --db %s CAPTURE...`", s->path,
            text_str(&word));
    text_fini(&word);
}

static bool is_file(const struct store *s, struct err *err)
{
    struct stat st;
    bool is_there = stat(s->path, &st) == 0;
    if (is_there && S_ISREG(st.st_mode))
        return true;
    if (is_there)
        return fail_no_file(s, err);
    if (errno == ENOENT || errno == ENOTDIR)
        fail_missing(s, err);
    else
        err_set(err, "%s: %s: check the permissions of its directory", s->path, strerror(errno));
    return false;
}

/* Read-only never creates, migrates or needs to write. */
static bool open_reader(struct store *s, struct err *err)
{
    int64_t version = 0;
    if (!is_file(s, err))
        return false;
    if (strpbrk(s->path, "?#%") != NULL) {
        err_set(err, "%s: '?', '#' and '%%' cannot stand in the name of a database: rename it",
                s->path);
        return false;
    }
    if (!read_only_open(s->path, &s->db)) {
        int code = s->db != NULL ? sqlite3_errcode(s->db) & 0xff : SQLITE_CANTOPEN;
        if (code == SQLITE_CANTOPEN || code == SQLITE_READONLY || code == SQLITE_PERM)
            err_set(err, "%s: cannot be read: check the permissions of the file", s->path);
        else
            (void)store_fail(s, err, "opening it");
        return false;
    }
    (void)sqlite3_busy_timeout(s->db, STORE_BUSY_MS);
    if (!is_ours(s, err) || !user_version(s, &version, err))
        return false;
    if (version < SCHEMA_VERSION)
        err_set(err, "%s: not a tlswire database: name another file with --db", s->path);
    if (version == SCHEMA_VERSION && !functions_register(s->db))
        return store_fail(s, err, "opening it");
    return version == SCHEMA_VERSION && segments_use(s, err);
}

static bool refuse_existing(const struct store *s, struct err *err)
{
    struct stat st;
    if (stat(s->path, &st) != 0)
        return true;
    err_set(err, "%s: exists: leave --new out to add to it, or name another file with --db",
            s->path);
    return false;
}

/* One thread at a time uses SQLite here, handed over by joining: its locks and statistics would be
 * paid for nothing. */
static void configure(void)
{
    (void)sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

/* The directory of segments and its lock go by the name: a link and what it leads to are one. */
static char *path_of(const char *path)
{
    struct stat st;
    char real[PATH_MAX];
    bool is_link = lstat(path, &st) == 0 && S_ISLNK(st.st_mode) && realpath(path, real) != NULL;
    return xstrdup(is_link ? real : path);
}

struct store *store_new(const char *path)
{
    static once_flag once = ONCE_FLAG_INIT;
    struct store *s = xcalloc(1, sizeof *s);
    call_once(&once, configure);
    s->path = path_of(path);
    s->names = dict_new(0);
    s->labels = dict_new(0);
    s->addresses = dict_new(0);
    s->chains = dict_new(CHAIN_CACHE);
    return s;
}

bool store_open(const char *path, enum store_mode mode, struct store **out, struct err *err)
{
    struct store *s = store_new(path);
    bool is_ok = mode == STORE_READ ? open_reader(s, err)
                                    : (mode != STORE_NEW || refuse_existing(s, err)) &&
                                              store_open_writer(s, err);
    if (!is_ok) {
        store_close(s);
        s = NULL;
    }
    *out = s;
    return is_ok;
}

void store_close(struct store *s)
{
    if (s == NULL)
        return;
    for (size_t i = 0; i < ST_COUNT; i++)
        (void)sqlite3_finalize(s->statements[i]);
    watch_free(s->watch);
    segments_free(s->segments);
    (void)sqlite3_close(s->db);
    map_free(s->names);
    map_free(s->labels);
    map_free(s->addresses);
    map_free(s->chains);
    map_free(s->negotiations);
    map_free(s->judged);
    pending_free(s->pending);
    text_fini(&s->scratch);
    xfree(s->input_ids);
    xfree(s->notices);
    xfree(s->path);
    xfree(s);
}

bool store_begin_run(struct store *s, const struct run_facts *run, int64_t *run_id, struct err *err)
{
    sqlite3_stmt *st = statement_of(s, ST_RUN, err);
    if (st == NULL || !store_writing(s, err))
        return false;
    bind_text(st, 1, run->version);
    bind_text(st, 2, run->arguments);
    bind_text(st, 3, run->libraries);
    bind_time(st, 4, run->has_at ? run->at_us : TIME_NONE);
    bind_text(st, 5, run->filter);
    bind_time(st, 6, run->started_us);
    bind_text(st, 7, run->profile);
    bind_text(st, 8, run->policy);
    bind_text(st, 9, run->policy_sha256);
    if (!statement_run(s, st, err))
        return false;
    s->run_id = *run_id = sqlite3_last_insert_rowid(s->db);
    s->reload = 0;
    return true;
}

/* Made at the end of the first run, from sorted rows: cheaper than row by row. */
static const char SECONDARY[] =
        "CREATE INDEX IF NOT EXISTS handshake_first_us ON handshake (first_us);"
        "CREATE INDEX IF NOT EXISTS handshake_service ON handshake (service_id, first_us);";

bool store_end_run(struct store *s, int exit_status, struct err *err)
{
    sqlite3_stmt *st = statement_of(s, ST_RUN_END, err);
    if (st == NULL || !store_writing(s, err))
        return false;
    (void)sqlite3_bind_int(st, 1, exit_status);
    (void)sqlite3_bind_int64(st, 2, s->run_id);
    if (!statement_run(s, st, err) || !store_flush(s, err))
        return false;
    if (s->watch != NULL)
        return watch_end(s, err);
    return store_exec(s, SECONDARY, "building its indexes", err) &&
           store_exec(s, "PRAGMA wal_checkpoint(TRUNCATE)", "writing it out", err);
}

void store_notice(struct store *s, const char *format, ...)
{
    char line[sizeof s->notices->text];
    va_list args;
    if (s->n_notices == STORE_NOTICES)
        return;
    va_start(args, format);
    (void)vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (s->notices == NULL)
        s->notices = xcalloc(STORE_NOTICES, sizeof *s->notices);
    err_set(&s->notices[s->n_notices++], "%s", line);
}

bool store_next_notice(struct store *s, struct err *line)
{
    if (s->n_notices == 0)
        return false;
    *line = s->notices[0];
    memmove(&s->notices[0], &s->notices[1], --s->n_notices * sizeof *s->notices);
    return true;
}

const char *store_version(void)
{
    return sqlite3_libversion();
}
