#include "store/segments.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "store/query_sql.h"
#include "store/read_only.h"
#include "store/segment_alerts.h"
#include "store/segment_list.h"

enum { OPEN_SEGMENTS = 250, KEPT_STATEMENTS = 12, TRIES = 20, UNKNOWN_ROWS = 100000 };

struct kept {
    sqlite3_stmt *st;
    bool is_taken;
};

struct source {
    int64_t id; /* 0: the inventory, whose db is the store's */
    int state;
    bool has_facts; /* the next three are known */
    int64_t rows, first_us, last_us;
    char *path;
    sqlite3 *db; /* NULL: not open */
    bool is_held;
    bool is_absent; /* at this moment it was not there, had no tables yet, or is damaged */
    uint64_t used;  /* when, by the counter below */
    struct kept kept[KEPT_STATEMENTS];
    size_t next_kept;
};

struct segments {
    struct store *store;
    struct source *sources;
    size_t n;
    uint64_t clock;
    int64_t since_us, until_us;
    size_t hint;
    struct segment_alerts alerts;
    int64_t *told; /* ids of those that are damaged */
    size_t n_told;
    char error[300];
};

static bool run(sqlite3 *db, const char *sql)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

static void drop_statements(struct source *o)
{
    for (size_t i = 0; i < KEPT_STATEMENTS; i++)
        (void)sqlite3_finalize(o->kept[i].st);
    memset(o->kept, 0, sizeof o->kept);
}

static void close_source(struct source *o)
{
    drop_statements(o);
    if (o->id != 0)
        (void)sqlite3_close(o->db);
    o->db = NULL;
    o->is_held = false;
}

static bool is_in_use(const struct source *o)
{
    bool is = o->is_held || o->id == 0;
    for (size_t i = 0; i < KEPT_STATEMENTS; i++)
        is |= o->kept[i].is_taken;
    return is;
}

/* Descriptors are few: the source that was not used for longest is closed. */
static void make_room(struct segments *r)
{
    struct source *oldest = NULL;
    size_t n_open = 0;
    for (size_t i = 0; i < r->n; i++) {
        struct source *o = &r->sources[i];
        n_open += o->db != NULL;
        if (o->db != NULL && !is_in_use(o) && (oldest == NULL || o->used < oldest->used))
            oldest = o;
    }
    if (n_open >= OPEN_SEGMENTS && oldest != NULL)
        close_source(oldest);
}

static int failed(struct segments *r, const struct source *o, int code)
{
    bool is_shut = code == SQLITE_CANTOPEN || code == SQLITE_READONLY || code == SQLITE_PERM;
    (void)sqlite3_snprintf(sizeof r->error, r->error, "%s: %s", o->path,
            is_shut ? "cannot be read: check the permissions of the file and its directory"
                    : sqlite3_errmsg(o->db));
    return code != SQLITE_OK ? code : SQLITE_ERROR;
}

/* Told once, and left out: the others are given. */
static void leave_out(struct segments *r, struct source *o)
{
    o->is_absent = true;
    for (size_t i = 0; i < r->n_told; i++)
        if (r->told[i] == o->id)
            return;
    r->told = xrealloc(r->told, r->n_told + 1, sizeof *r->told);
    r->told[r->n_told++] = o->id;
    store_notice(r->store, "%s: damaged segment: its handshakes are left out", o->path);
}

bool segments_leave_out(struct segments *r, size_t source, int code)
{
    code &= 0xff;
    if (source == 0 || (code != SQLITE_CORRUPT && code != SQLITE_NOTADB))
        return false;
    leave_out(r, &r->sources[source]);
    return true;
}

static bool has_tables(const struct source *o)
{
    sqlite3_stmt *st = NULL;
    bool has = sqlite3_prepare_v2(o->db,
                       "SELECT 1 FROM sqlite_schema WHERE name = 'handshake_service'", -1, &st,
                       NULL) == SQLITE_OK &&
               sqlite3_step(st) != SQLITE_DONE;
    (void)sqlite3_finalize(st);
    return has;
}

/* A segment that is not there was removed by retention, or is about to be made; the list is of a
 * moment before. */
static int open_source(struct segments *r, struct source *o)
{
    o->used = ++r->clock;
    if (o->state == SEGMENT_DAMAGED)
        leave_out(r, o);
    if (o->db != NULL || o->id == 0 || o->is_absent)
        return SQLITE_OK;
    make_room(r);
    if (read_only_open(o->path, &o->db)) {
        (void)sqlite3_busy_timeout(o->db, STORE_BUSY_MS);
        (void)run(o->db, "PRAGMA cache_size=-512"); /* they may be many */
        o->is_absent = !has_tables(o);
        if (o->is_absent)
            close_source(o);
        return SQLITE_OK;
    }
    bool is_gone = access(o->path, F_OK) != 0 && errno == ENOENT;
    int code = o->db != NULL ? sqlite3_errcode(o->db) & 0xff : SQLITE_CANTOPEN;
    int rc = is_gone ? SQLITE_OK : failed(r, o, code);
    o->is_absent = is_gone;
    close_source(o);
    return segments_leave_out(r, (size_t)(o - r->sources), code) ? SQLITE_OK : rc;
}

size_t segments_count(const struct segments *r)
{
    return r->n;
}

double segments_rows(const struct segments *r)
{
    double n = UNKNOWN_ROWS;
    for (size_t i = 0; i < r->n; i++)
        n += r->sources[i].has_facts ? (double)r->sources[i].rows : 0;
    return n;
}

bool segments_is_out(const struct segments *r, size_t source)
{
    const struct source *o = &r->sources[source];
    return o->state == SEGMENT_FINISHED && o->has_facts &&
           ((r->since_us != TIME_NONE && o->last_us < r->since_us) ||
                   (r->until_us != TIME_NONE && o->first_us >= r->until_us));
}

static struct kept *find_kept(struct source *o, const char *sql)
{
    for (size_t i = 0; i < KEPT_STATEMENTS; i++)
        if (o->kept[i].st != NULL && !o->kept[i].is_taken &&
                strcmp(sqlite3_sql(o->kept[i].st), sql) == 0)
            return &o->kept[i];
    return NULL;
}

/* NULL when all are taken. */
static struct kept *place_to_keep(struct source *o)
{
    for (size_t i = 0; i < KEPT_STATEMENTS; i++) {
        struct kept *k = &o->kept[o->next_kept++ % KEPT_STATEMENTS];
        if (k->is_taken)
            continue;
        (void)sqlite3_finalize(k->st);
        k->st = NULL;
        return k;
    }
    return NULL;
}

int segments_take(struct segments *r, size_t source, const char *sql, sqlite3_stmt **st)
{
    struct source *o = &r->sources[source];
    int rc = open_source(r, o);
    *st = NULL;
    if (rc != SQLITE_OK || o->db == NULL || o->is_absent)
        return rc;
    struct kept *k = find_kept(o, sql);
    if (k != NULL) {
        k->is_taken = true;
        *st = k->st;
        return SQLITE_OK;
    }
    rc = sqlite3_prepare_v3(o->db, sql, -1, SQLITE_PREPARE_PERSISTENT, st, NULL);
    if (rc != SQLITE_OK && segments_leave_out(r, source, rc))
        return SQLITE_OK;
    if (rc != SQLITE_OK)
        return failed(r, o, rc & 0xff);
    k = place_to_keep(o);
    if (k != NULL)
        *k = (struct kept){*st, true};
    return SQLITE_OK;
}

void segments_give(struct segments *r, size_t source, sqlite3_stmt *st)
{
    struct source *o = &r->sources[source];
    if (st == NULL)
        return;
    (void)sqlite3_reset(st);
    (void)sqlite3_clear_bindings(st);
    for (size_t i = 0; i < KEPT_STATEMENTS; i++)
        if (o->kept[i].st == st) {
            o->kept[i].is_taken = false;
            return;
        }
    (void)sqlite3_finalize(st);
}

size_t segments_hint(const struct segments *r)
{
    return r->hint < r->n ? r->hint : 0;
}

void segments_set_hint(struct segments *r, size_t source)
{
    r->hint = source;
}

struct segment_alerts *segments_alerts(struct segments *r)
{
    return &r->alerts;
}

const char *segments_error(const struct segments *r)
{
    return r->error;
}

void segments_limit(struct segments *r, int64_t since_us, int64_t until_us)
{
    if (r == NULL)
        return;
    r->since_us = since_us;
    r->until_us = until_us;
}

static struct source read_source(const struct store *s, sqlite3_stmt *st)
{
    bool has_facts = sqlite3_column_type(st, 3) != SQLITE_NULL &&
                     sqlite3_column_type(st, 4) != SQLITE_NULL &&
                     sqlite3_column_type(st, 5) != SQLITE_NULL;
    return (struct source){.id = sqlite3_column_int64(st, 0),
            .path = segment_path(s->path, (const char *)sqlite3_column_text(st, 1)),
            .state = sqlite3_column_int(st, 2),
            .has_facts = has_facts,
            .rows = sqlite3_column_int64(st, 3),
            .first_us = sqlite3_column_int64(st, 4),
            .last_us = sqlite3_column_int64(st, 5)};
}

static void free_sources(struct source *o, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        close_source(&o[i]);
        xfree(o[i].path);
    }
    xfree(o);
}

/* Connections that are open move to their place in the new list. */
static void take_over(struct source *to, size_t n_to, struct source *from, size_t n_from)
{
    for (size_t i = 0, k = 0; i < n_to; i++) {
        while (k < n_from && from[k].id < to[i].id)
            k++;
        if (k == n_from || from[k].id != to[i].id)
            continue;
        to[i].db = from[k].db;
        to[i].is_held = from[k].is_held;
        to[i].used = from[k].used;
        memcpy(to[i].kept, from[k].kept, sizeof to[i].kept);
        from[k].db = NULL;
        memset(from[k].kept, 0, sizeof from[k].kept);
    }
}

static bool list_sources(struct segments *r, struct err *err)
{
    static const char SQL[] = "SELECT id, file, state, handshakes, first_us, last_us FROM "
                              "main.segment ORDER BY id";
    struct source *list = xcalloc(1, sizeof *list);
    size_t n = 1;
    sqlite3_stmt *st = query_prepare(r->store, SQL, err);
    int rc = st != NULL ? SQLITE_ROW : SQLITE_ERROR;
    list[0].path = xstrdup(r->store->path);
    list[0].db = r->store->db;
    while (rc == SQLITE_ROW) {
        rc = sqlite3_step(st);
        if (rc != SQLITE_ROW)
            break;
        list = xrealloc(list, n + 1, sizeof *list);
        list[n++] = read_source(r->store, st);
    }
    if (st != NULL && rc != SQLITE_DONE)
        (void)store_fail(r->store, err, "reading");
    (void)sqlite3_finalize(st);
    segment_alerts_clear(&r->alerts);
    take_over(list, n, r->sources, r->n);
    free_sources(r->sources, r->n);
    r->sources = list;
    r->n = n;
    return rc == SQLITE_DONE;
}

static bool hold(struct segments *r, struct source *o, struct err *err)
{
    int rc = open_source(r, o);
    if (rc == SQLITE_OK && o->db == NULL)
        return true;
    if (rc == SQLITE_OK && !run(o->db, "BEGIN; SELECT 1 FROM handshake LIMIT 1"))
        rc = failed(r, o, sqlite3_errcode(o->db) & 0xff);
    o->is_held = o->db != NULL;
    if (segments_leave_out(r, (size_t)(o - r->sources), rc))
        rc = SQLITE_OK;
    if (rc != SQLITE_OK)
        err_set(err, "%s", r->error);
    return rc == SQLITE_OK;
}

/* Holds those that are written and were not yet held; *n is how many these were. */
static bool hold_open(struct segments *r, size_t *n, struct err *err)
{
    *n = 0;
    for (size_t i = 1; i < r->n; i++) {
        struct source *o = &r->sources[i];
        if (o->state == SEGMENT_FINISHED || o->is_held)
            continue;
        if (!hold(r, o, err))
            return false;
        *n += o->is_held;
    }
    return true;
}

/* A segment that was begun meanwhile refers to rows that this moment of the inventory lacks: then
 * the moment is taken anew. */
bool segments_begin(struct store *s, struct err *err)
{
    struct segments *r = s->segments;
    size_t n_new = 1;
    for (int i = 0; i < TRIES && n_new > 0; i++) {
        (void)run(s->db, "ROLLBACK");
        if (!run(s->db, "BEGIN"))
            return store_fail(s, err, "reading");
        if (!list_sources(r, err) || !hold_open(r, &n_new, err)) {
            segments_end(s);
            return false;
        }
    }
    return true;
}

void segments_end(struct store *s)
{
    struct segments *r = s->segments;
    for (size_t i = 1; i < r->n; i++) {
        if (r->sources[i].is_held)
            (void)run(r->sources[i].db, "ROLLBACK");
        r->sources[i].is_held = false;
    }
    (void)run(s->db, "ROLLBACK");
    segments_limit(r, TIME_NONE, TIME_NONE);
}

bool segments_use(struct store *s, struct err *err)
{
    int64_t id = 0;
    sqlite3_stmt *st = query_prepare(s, "SELECT id FROM segment LIMIT 1", err);
    bool is_ok = st != NULL && statement_find(s, st, &id, err);
    (void)sqlite3_finalize(st);
    if (!is_ok || id == 0)
        return is_ok;
    s->segments = xcalloc(1, sizeof *s->segments);
    s->segments->store = s;
    segments_limit(s->segments, TIME_NONE, TIME_NONE);
    return list_sources(s->segments, err) && segment_tables_make(s, s->segments, err);
}

void segments_free(struct segments *r)
{
    if (r == NULL)
        return;
    segment_alerts_clear(&r->alerts);
    free_sources(r->sources, r->n);
    xfree(r->told);
    xfree(r);
}
