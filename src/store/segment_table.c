/* The virtual tables handshake and alert: rows of the inventory and of all segments. */
#include <stdint.h>
#include <string.h>

#include "base/alloc.h"
#include "store/query_sql.h"
#include "store/segment_alerts.h"
#include "store/segments.h"

enum plan {
    PLAN_SCAN,      /* all sources, the oldest first */
    PLAN_HANDSHAKE, /* the one handshake with this id */
    PLAN_ALERTS,    /* those of one handshake, which stand in its source */
};

struct table {
    sqlite3_vtab base;
    struct segments *r;
    bool is_alert;
    int n; /* columns */
    char names[128][40];
};

struct cursor {
    sqlite3_vtab_cursor base;
    enum plan plan;
    const char *sql; /* of the plan, which outlives the cursor */
    int n_args;
    sqlite3_value **args;
    size_t step, n_steps; /* sources to go through */
    size_t source;        /* where st belongs to */
    sqlite3_stmt *st;     /* at a row; NULL: at the end */
    sqlite3_int64 n_rows;
};

static int fail(struct table *t, int rc)
{
    sqlite3_free(t->base.zErrMsg);
    t->base.zErrMsg = sqlite3_mprintf("%s", segments_error(t->r));
    return rc;
}

/* The columns of the table of the same name in the inventory. */
static int read_columns(struct table *t, sqlite3 *db, struct text *declaration)
{
    sqlite3_stmt *st = NULL;
    const char *sql = t->is_alert ? "SELECT name, type FROM pragma_table_info('alert', 'main')"
                                  : "SELECT name, type FROM pragma_table_info('handshake', 'main')";
    int rc = sqlite3_prepare_v2(db, sql, -1, &st, NULL);
    text_add(declaration, "CREATE TABLE x (");
    while (rc == SQLITE_OK && sqlite3_step(st) == SQLITE_ROW && t->n < 128) {
        (void)sqlite3_snprintf(
                sizeof t->names[0], t->names[t->n], "%s", sqlite3_column_text(st, 0));
        text_addf(declaration, "%s%s %s", t->n > 0 ? ", " : "", t->names[t->n],
                (const char *)sqlite3_column_text(st, 1));
        t->n++;
    }
    text_add(declaration, ")");
    (void)sqlite3_finalize(st);
    return rc;
}

static int table_connect(
        sqlite3 *db, void *aux, int argc, const char *const *argv, sqlite3_vtab **out, char **error)
{
    struct text declaration = {0};
    struct table *t = xcalloc(1, sizeof *t);
    (void)argc;
    (void)error;
    t->r = aux;
    t->is_alert = strcmp(argv[2], "alert") == 0;
    int rc = read_columns(t, db, &declaration);
    if (rc == SQLITE_OK)
        rc = sqlite3_declare_vtab(db, text_str(&declaration));
    text_fini(&declaration);
    if (rc != SQLITE_OK) {
        xfree(t);
        return rc;
    }
    *out = &t->base;
    return SQLITE_OK;
}

static int table_disconnect(sqlite3_vtab *v)
{
    xfree(v);
    return SQLITE_OK;
}

/* Columns that an index is over, or one begins with. */
static bool is_indexed(const struct table *t, int column)
{
    static const char *const OF_HANDSHAKE[] = {"id", "first_us", "service_id"};
    if (column < 0 || column >= t->n)
        return false;
    if (t->is_alert)
        return column == 0;
    for (size_t i = 0; i < 3; i++)
        if (strcmp(t->names[column], OF_HANDSHAKE[i]) == 0)
            return true;
    return false;
}

static const char *operator_of(unsigned char op)
{
    switch (op) {
    case SQLITE_INDEX_CONSTRAINT_EQ:
        return "=";
    case SQLITE_INDEX_CONSTRAINT_GT:
        return ">";
    case SQLITE_INDEX_CONSTRAINT_GE:
        return ">=";
    case SQLITE_INDEX_CONSTRAINT_LT:
        return "<";
    case SQLITE_INDEX_CONSTRAINT_LE:
        return "<=";
    default:
        return NULL;
    }
}

/* Columns that nobody asks for stay NULL, so that numbers stay the same. */
static void add_columns(struct text *sql, const struct table *t, sqlite3_uint64 used)
{
    text_add(sql, "SELECT ");
    for (int i = 0; i < t->n; i++) {
        bool is_used = i == 0 || (used >> (i < 63 ? i : 63) & 1) != 0;
        text_addf(sql, "%s%s", i > 0 ? ", " : "", is_used ? t->names[i] : "NULL");
    }
    text_add(sql, t->is_alert ? " FROM main.alert WHERE 1" : " FROM main.handshake WHERE 1");
}

static void estimate(
        sqlite3_index_info *info, const struct table *t, bool is_one, int n_equal, int n_ranges)
{
    double rows = segments_rows(t->r);
    if (is_one)
        rows = 1;
    else if (n_equal > 0)
        rows /= 50;
    else if (n_ranges > 0)
        rows /= 4;
    info->estimatedRows = (sqlite3_int64)rows + 1;
    info->estimatedCost = rows * 3 + (double)segments_count(t->r) * 10;
}

static int table_best_index(sqlite3_vtab *v, sqlite3_index_info *info)
{
    struct table *t = (struct table *)v;
    struct text sql = {0};
    int n = 0, n_equal = 0, n_ranges = 0;
    bool is_one = false;
    add_columns(&sql, t, info->colUsed);
    for (int i = 0; i < info->nConstraint; i++) {
        const struct sqlite3_index_constraint *c = &info->aConstraint[i];
        const char *op = operator_of(c->op);
        if (!c->usable || op == NULL || !is_indexed(t, c->iColumn))
            continue;
        info->aConstraintUsage[i].argvIndex = ++n;
        text_addf(&sql, " AND %s %s ?%d", t->names[c->iColumn], op, n);
        bool is_equal = c->op == SQLITE_INDEX_CONSTRAINT_EQ;
        n_equal += is_equal;
        n_ranges += !is_equal;
        /* The id is looked up by its first argument. */
        is_one |= is_equal && c->iColumn == 0 && n == 1;
    }
    info->idxNum = !is_one ? PLAN_SCAN : t->is_alert ? PLAN_ALERTS : PLAN_HANDSHAKE;
    if (is_one && !t->is_alert)
        info->idxFlags = SQLITE_INDEX_SCAN_UNIQUE;
    estimate(info, t, is_one, n_equal, n_ranges);
    info->idxStr = sqlite3_mprintf("%s", text_str(&sql));
    info->needToFreeIdxStr = 1;
    text_fini(&sql);
    return info->idxStr != NULL ? SQLITE_OK : SQLITE_NOMEM;
}

static int cursor_open(sqlite3_vtab *v, sqlite3_vtab_cursor **out)
{
    struct cursor *c = xcalloc(1, sizeof *c);
    (void)v;
    *out = &c->base;
    return SQLITE_OK;
}

static struct table *table_of(const struct cursor *c)
{
    return (struct table *)c->base.pVtab;
}

static void clear(struct cursor *c)
{
    segments_give(table_of(c)->r, c->source, c->st);
    c->st = NULL;
    for (int i = 0; i < c->n_args; i++)
        sqlite3_value_free(c->args[i]);
    xfree(c->args);
    c->args = NULL;
    c->n_args = 0;
}

static int cursor_close(sqlite3_vtab_cursor *base)
{
    struct cursor *c = (struct cursor *)base;
    clear(c);
    xfree(c);
    return SQLITE_OK;
}

static int take_source(struct cursor *c)
{
    struct segments *r = table_of(c)->r;
    if (c->plan == PLAN_SCAN && segments_is_out(r, c->source))
        return SQLITE_OK;
    int rc = segments_take(r, c->source, c->sql, &c->st);
    for (int i = 0; i < c->n_args && rc == SQLITE_OK && c->st != NULL; i++)
        rc = sqlite3_bind_value(c->st, 1 + i, c->args[i]);
    return rc;
}

/* The i-th source to look into: for one handshake that of the last one, then the newest first. */
static size_t source_at(const struct cursor *c, size_t i)
{
    const struct segments *r = table_of(c)->r;
    if (c->plan == PLAN_SCAN)
        return i;
    return i == 0 ? segments_hint(r) : segments_count(r) - i;
}

static int cursor_next(sqlite3_vtab_cursor *base)
{
    struct cursor *c = (struct cursor *)base;
    struct table *t = table_of(c);
    for (;;) {
        int rc = c->st != NULL ? sqlite3_step(c->st) : SQLITE_DONE;
        if (rc == SQLITE_ROW) {
            c->n_rows++;
            if (!t->is_alert)
                segments_set_hint(t->r, c->source);
            return SQLITE_OK;
        }
        segments_give(t->r, c->source, c->st);
        c->st = NULL;
        if (rc != SQLITE_DONE && !segments_leave_out(t->r, c->source, rc))
            return rc;
        if (c->step == c->n_steps || (c->plan == PLAN_HANDSHAKE && c->n_rows > 0))
            return SQLITE_OK;
        c->source = c->plan == PLAN_ALERTS ? c->source : source_at(c, c->step);
        c->step++;
        rc = take_source(c);
        if (rc != SQLITE_OK)
            return fail(t, rc);
    }
}

/* Where the alerts of the first argument are. */
static int find_alerts(struct cursor *c)
{
    bool is_there = false;
    int64_t id = c->n_args > 0 ? sqlite3_value_int64(c->args[0]) : 0;
    int rc = segment_alerts_find(
            segments_alerts(table_of(c)->r), table_of(c)->r, id, &c->source, &is_there);
    c->n_steps = is_there ? 1 : 0;
    return rc;
}

static int cursor_filter(
        sqlite3_vtab_cursor *base, int plan, const char *sql, int argc, sqlite3_value **argv)
{
    struct cursor *c = (struct cursor *)base;
    struct table *t = table_of(c);
    clear(c);
    c->plan = (enum plan)plan;
    c->sql = sql;
    c->args = argc > 0 ? xcalloc((size_t)argc, sizeof *c->args) : NULL;
    for (c->n_args = 0; c->n_args < argc; c->n_args++)
        c->args[c->n_args] = sqlite3_value_dup(argv[c->n_args]);
    c->step = 0;
    c->n_rows = 0;
    c->n_steps = segments_count(t->r) + (plan == PLAN_HANDSHAKE ? 1 : 0);
    int rc = plan == PLAN_ALERTS ? find_alerts(c) : SQLITE_OK;
    return rc == SQLITE_OK ? cursor_next(base) : fail(t, rc);
}

static int cursor_eof(sqlite3_vtab_cursor *base)
{
    return ((struct cursor *)base)->st == NULL;
}

static int cursor_column(sqlite3_vtab_cursor *base, sqlite3_context *out, int i)
{
    sqlite3_result_value(out, sqlite3_column_value(((struct cursor *)base)->st, i));
    return SQLITE_OK;
}

static int cursor_rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *out)
{
    struct cursor *c = (struct cursor *)base;
    *out = table_of(c)->is_alert ? c->n_rows : sqlite3_column_int64(c->st, 0);
    return SQLITE_OK;
}

static const sqlite3_module MODULE = {
        .xCreate = table_connect,
        .xConnect = table_connect,
        .xBestIndex = table_best_index,
        .xDisconnect = table_disconnect,
        .xDestroy = table_disconnect,
        .xOpen = cursor_open,
        .xClose = cursor_close,
        .xFilter = cursor_filter,
        .xNext = cursor_next,
        .xEof = cursor_eof,
        .xColumn = cursor_column,
        .xRowid = cursor_rowid,
};

bool segment_tables_make(struct store *s, struct segments *r, struct err *err)
{
    return (sqlite3_create_module(s->db, "segments", &MODULE, r) == SQLITE_OK ||
                   store_fail(s, err, "opening it")) &&
           store_exec(s,
                   "CREATE VIRTUAL TABLE temp.handshake USING segments;"
                   "CREATE VIRTUAL TABLE temp.alert USING segments",
                   "opening it", err);
}
