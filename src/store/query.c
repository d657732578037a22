/* Reading: runs the texts of query_sql.c with bound parameters and hands rows over. */
#include "store/query.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "store/query_sql.h"
#include "store/row_buffer.h"
#include "store/segments.h"

enum { MOST_COLUMNS = 128, NAME_LEN = 40 };

/* What a result's columns are called and what they hold. */
struct columns {
    size_t n;
    char names[MOST_COLUMNS][NAME_LEN];
    char marks[MOST_COLUMNS]; /* 'b', 'j', 't' or 0 */
    struct text times[MOST_COLUMNS];
};

static void columns_of(struct columns *c, sqlite3_stmt *st)
{
    c->n = (size_t)sqlite3_column_count(st);
    if (c->n > MOST_COLUMNS)
        c->n = MOST_COLUMNS;
    for (size_t i = 0; i < c->n; i++) {
        const char *name = sqlite3_column_name(st, (int)i);
        size_t len = strnlen(name, NAME_LEN - 1);
        c->marks[i] = len > 2 && name[len - 2] == ':' ? name[len - 1] : '\0';
        memcpy(c->names[i], name, c->marks[i] != '\0' ? len - 2 : len);
    }
}

static struct value value_of(struct columns *c, sqlite3_stmt *st, size_t i)
{
    struct value v = {.name = c->names[i], .kind = VALUE_NULL};
    int type = sqlite3_column_type(st, (int)i);
    if (type == SQLITE_NULL)
        return v;
    if (c->marks[i] == 't') {
        text_clear(&c->times[i]);
        text_add_time(&c->times[i], sqlite3_column_int64(st, (int)i));
        v.kind = VALUE_TEXT;
        v.text = text_str(&c->times[i]);
    } else if (type == SQLITE_INTEGER) {
        v.kind = c->marks[i] == 'b' ? VALUE_BOOL : VALUE_INTEGER;
        v.integer = sqlite3_column_int64(st, (int)i);
    } else if (type == SQLITE_FLOAT) {
        v.kind = VALUE_REAL;
        v.real = sqlite3_column_double(st, (int)i);
    } else {
        v.kind = c->marks[i] == 'j' ? VALUE_JSON : VALUE_TEXT;
        v.text = (const char *)sqlite3_column_text(st, (int)i);
        if (v.text == NULL || v.text[0] == '\0')
            v.kind = VALUE_NULL; /* lower(hex(NULL)) is the empty text */
    }
    return v;
}

static int step_rows(sqlite3_stmt *st, struct columns *c, query_row_fn *row, void *ctx)
{
    struct value values[MOST_COLUMNS];
    int rc;
    while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
        for (size_t i = 0; i < c->n; i++)
            values[i] = value_of(c, st, i);
        if (!row(ctx, values, c->n))
            return SQLITE_DONE;
    }
    return rc;
}

struct keeper {
    struct row_buffer buffer;
    bool is_ok;
    struct err *err;
};

static bool keep_row(void *ctx, const struct value *values, size_t n)
{
    struct keeper *k = ctx;
    k->is_ok = row_buffer_put(&k->buffer, values, n, k->err);
    return k->is_ok;
}

/* From segments: all rows are taken out first. */
static bool take_rows(struct store *s, sqlite3_stmt *st, struct columns *c, struct keeper *k)
{
    k->is_ok = true;
    if (!segments_begin(s, k->err))
        return false;
    int rc = step_rows(st, c, keep_row, k);
    if (rc != SQLITE_DONE)
        (void)store_fail(s, k->err, "reading");
    (void)sqlite3_reset(st);
    segments_end(s);
    return rc == SQLITE_DONE && k->is_ok;
}

static bool give_rows(const struct columns *c, struct keeper *k, query_row_fn *row, void *ctx)
{
    struct value values[MOST_COLUMNS];
    for (size_t i = 0; i < c->n; i++)
        values[i] = (struct value){.name = c->names[i]};
    return row_buffer_give(&k->buffer, values, c->n, row, ctx, k->err);
}

bool query_rows(struct store *s, sqlite3_stmt *st, query_row_fn *row, void *ctx, struct err *err)
{
    struct columns *c = xcalloc(1, sizeof *c);
    struct keeper k = {.err = err};
    columns_of(c, st);
    bool is_ok;
    if (s->segments != NULL) {
        is_ok = take_rows(s, st, c, &k);
    } else {
        is_ok = step_rows(st, c, row, ctx) == SQLITE_DONE || store_fail(s, err, "reading");
    }
    (void)sqlite3_finalize(st);
    if (is_ok && s->segments != NULL)
        is_ok = give_rows(c, &k, row, ctx);
    row_buffer_fini(&k.buffer);
    for (size_t i = 0; i < c->n; i++)
        text_fini(&c->times[i]);
    xfree(c);
    return is_ok;
}

sqlite3_stmt *query_prepare(struct store *s, const char *sql, struct err *err)
{
    sqlite3_stmt *st = NULL;
    if (sqlite3_prepare_v2(s->db, sql, -1, &st, NULL) != SQLITE_OK) {
        (void)store_fail(s, err, "preparing a query");
        return NULL;
    }
    return st;
}

static char lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

/* Only '*' is special for the user; GLOB's other characters stand for themselves. Names of services
 * and defects and digests are stored in lower case, names without the dot of the root. */
static void bind_pattern(sqlite3_stmt *st, int at, const char *pattern)
{
    struct text t = {0};
    if (pattern == NULL)
        return;
    for (const char *p = pattern; *p != '\0'; p++) {
        char c = lower(*p);
        bool is_root_dot = c == '.' && p > pattern && (p[1] == '\0' || p[1] == ':');
        if (c == '[' || c == '?')
            text_addf(&t, "[%c]", c);
        else if (!is_root_dot)
            text_add_bytes(&t, &c, 1);
    }
    (void)sqlite3_bind_text(st, at, text_str(&t), -1, SQLITE_TRANSIENT);
    text_fini(&t);
}

void query_bind_filter(sqlite3_stmt *st, const struct list_filter *f)
{
    bind_time(st, 1, f->since_us);
    bind_time(st, 2, f->until_us);
    bind_pattern(st, 3, f->service);
    bind_text(st, 4, f->server);
    bind_text(st, 5, f->client);
    if (f->has_severity)
        (void)sqlite3_bind_int(st, 6, (int)f->severity);
    bind_pattern(st, 7, f->defect);
    (void)sqlite3_bind_int64(st, 8, f->limit > 0 ? f->limit : -1);
    if (f->has_state)
        (void)sqlite3_bind_int(st, 20, f->is_open);
    bind_text(st, 22, f->region);
    (void)sqlite3_bind_int(st, 23, f->has_unanalysed);
    if (f->has_muted)
        (void)sqlite3_bind_int(st, 21, f->is_muted);
    if (f->vlan != 0)
        (void)sqlite3_bind_int(st, 24, f->vlan);
    if (f->tunnel.kind != TUNNEL_NONE)
        (void)sqlite3_bind_int(st, 25, f->tunnel.kind);
    if (f->tunnel.has_id)
        (void)sqlite3_bind_int64(st, 26, f->tunnel.id);
}

sqlite3_stmt *query_prepare_steps(struct store *s, const char *sql, int64_t step_us,
        const struct list_filter *f, struct err *err)
{
    sqlite3_stmt *st = query_prepare(s, sql, err);
    if (st == NULL)
        return NULL;
    query_bind_filter(st, f);
    (void)sqlite3_bind_int64(st, 9, step_us);
    return st;
}

/* A name that a wildcard may cover: "*." and what is behind its first label. Names are bound in
 * lower case and without the dot of the root. */
static void bind_covered(sqlite3_stmt *st, int at, const char *name)
{
    struct text t = {0};
    for (const char *p = name; *p != '\0'; p++) {
        char c = lower(*p);
        if (c != '.' || p == name || p[1] != '\0')
            text_add_bytes(&t, &c, 1);
    }
    (void)sqlite3_bind_text(st, at, text_str(&t), -1, SQLITE_TRANSIENT);
    const char *dot = strchr(text_str(&t), '.');
    if (dot != NULL && dot != text_str(&t) && dot[1] != '\0') {
        struct text wildcard = {0};
        text_addf(&wildcard, "*%s", dot);
        (void)sqlite3_bind_text(st, at + 1, text_str(&wildcard), -1, SQLITE_TRANSIENT);
        text_fini(&wildcard);
    }
    text_fini(&t);
}

static void bind_cert_filter(sqlite3_stmt *st, const struct list_filter *f)
{
    if (f->has_expires)
        (void)sqlite3_bind_int64(st, 9, f->expires_days * INT64_C(86400000000));
    bind_text(st, 10, f->role);
    bind_text(st, 11, f->issuer);
    if (f->name != NULL)
        bind_covered(st, 12, f->name);
    if (f->is_unowned)
        (void)sqlite3_bind_int(st, 14, 1);
}

/* The expression of a sort key comes from our own table, never from the user's text. */
static bool add_order(struct text *sql, const struct list_sql *l, const char *sort)
{
    if (sort == NULL) {
        text_addf(sql, " ORDER BY %s", l->order);
        return true;
    }
    bool is_down = sort[0] == '-';
    for (const struct sort_key *k = l->keys; k->name != NULL; k++)
        if (strcmp(k->name, sort + is_down) == 0) {
            text_addf(
                    sql, " ORDER BY %s %s, %s", k->expression, is_down ? "DESC" : "ASC", l->order);
            return true;
        }
    return false;
}

bool query_list(struct store *s, enum list list, const struct list_filter *filter,
        query_row_fn *row, void *ctx, struct err *err)
{
    struct text sql = {0};
    const struct list_sql *l = &list_sql[list];
    text_add(&sql, l->select);
    if (!add_order(&sql, l, filter->sort)) {
        err_set(err, "%s: no such sort key", filter->sort);
        text_fini(&sql);
        return false;
    }
    text_add(&sql, " LIMIT ?8");
    sqlite3_stmt *st = query_prepare(s, text_str(&sql), err);
    text_fini(&sql);
    if (st == NULL)
        return false;
    query_bind_filter(st, filter);
    if (list == LIST_CERTS || list == LIST_CERTS_PEM)
        bind_cert_filter(st, filter);
    if (list == LIST_HANDSHAKES)
        segments_limit(s->segments, filter->since_us, filter->until_us);
    return query_rows(s, st, row, ctx, err);
}

const char *const *query_sort_keys(enum list list)
{
    return list_sql[list].names;
}

struct once {
    query_row_fn *row;
    void *ctx;
    int n;
};

static bool give_once(void *ctx, const struct value *values, size_t n)
{
    struct once *o = ctx;
    return o->n++ > 0 || o->row(o->ctx, values, n);
}

/* The row that a beginning of a SHA-256 stands for; 0 when there is none, or more than one. */
static bool find_cert(struct store *s, const char *digits, int64_t *id, struct err *err)
{
    sqlite3_stmt *st = query_prepare(s, cert_find, err);
    if (st == NULL)
        return false;
    bind_pattern(st, 1, digits);
    int rc = sqlite3_step(st);
    *id = rc == SQLITE_ROW ? sqlite3_column_int64(st, 0) : 0;
    if (rc == SQLITE_ROW)
        rc = sqlite3_step(st);
    if (rc == SQLITE_ROW) {
        err_set(err, "%s: more than one certificate begins so: give more digits", digits);
        *id = 0;
        rc = SQLITE_DONE;
    } else if (rc != SQLITE_DONE) {
        (void)store_fail(s, err, "reading");
    }
    (void)sqlite3_finalize(st);
    return rc == SQLITE_DONE;
}

bool query_show(struct store *s, enum show what, const char *id, bool *found, query_row_fn *row,
        void *ctx, struct err *err)
{
    struct once once = {row, ctx, 0};
    int64_t number = 0;
    err->text[0] = '\0';
    *found = false;
    if (what != SHOW_CERT)
        number = strtoll(id, NULL, 10);
    else if (!find_cert(s, id, &number, err))
        return false;
    else if (number == 0)
        return true;
    sqlite3_stmt *st = query_prepare(s, show_sql[what], err);
    if (st == NULL)
        return false;
    (void)sqlite3_bind_int64(st, 1, number);
    if (!query_rows(s, st, give_once, &once, err))
        return false;
    *found = once.n > 0;
    return true;
}

bool query_report(
        struct store *s, enum report_part part, query_row_fn *row, void *ctx, struct err *err)
{
    sqlite3_stmt *st = query_prepare(s, report_sql[part], err);
    return st != NULL && query_rows(s, st, row, ctx, err);
}
