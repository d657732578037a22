#include "store/prune.h"

#include <string.h>

#include "store/watch.h"

enum {
    ROWS = 2000,  /* of a dictionary that are looked at in one go; likewise counts that go */
    GROUPS = 500, /* of counts that are looked at */
};

struct dictionary {
    const char *end;    /* the last of the next rows, and of all */
    const char *remove; /* up to there */
};

#define DICTIONARY(table, and)                                                                     \
    {                                                                                              \
        "SELECT max(id), (SELECT max(id) FROM " table ") FROM (SELECT id FROM " table              \
        " WHERE id > ?1 ORDER BY id LIMIT ?2)",                                                    \
                "DELETE FROM " table " WHERE id > ?1 AND id <= ?2 AND last_segment < ?3" and       \
    }
#define NOT_LAST(table) " AND id < (SELECT max(id) FROM " table ")"
#define NOT_IN(table)                                                                              \
    " AND NOT EXISTS (SELECT 1 FROM " table " x WHERE x.server_address_id = address.id)"

/* Ids of the first two are made from their content. */
static const struct dictionary DICTIONARIES[PRUNE_TABLES] = {
        DICTIONARY("client_offer", ""),
        DICTIONARY("server_choice", ""),
        DICTIONARY("name", NOT_LAST("name")),
        DICTIONARY("label", NOT_LAST("label")),
        DICTIONARY("address", NOT_LAST("address") NOT_IN("unanalysed") NOT_IN("not_tls")),
};

/* Rows of one group follow each other in the table. */
struct counts {
    const char *next;   /* group */
    const char *forget; /* of that group, some of what is old */
};

/* (a, b) > (?1, ?2) would go through all rows of the group. */
#define COUNTS(table, a, b, rest, us)                                                              \
    {                                                                                              \
        "SELECT * FROM (SELECT " a ", " b " FROM " table " WHERE " a " = ?1 AND " b                \
        " > ?2 ORDER BY "                                                                          \
        "" b " LIMIT 1) UNION ALL SELECT * FROM (SELECT " a ", " b " FROM " table " WHERE " a      \
        " > ?1 ORDER BY " a ", " b " LIMIT 1) LIMIT 1",                                            \
                "DELETE FROM " table " WHERE " a " = ?1 AND " b " = ?2 AND " rest                  \
                " IN (SELECT " rest " FROM " table " WHERE " a " = ?1 AND " b " = ?2 AND " us      \
                " < ?3 ORDER BY " rest " LIMIT ?4)"                                                \
    }

static const struct counts COUNTS_OF[PRUNE_COUNTS] = {
        COUNTS("metric_minute", "service_id", "region", "minute_us", "minute_us"),
        COUNTS("rule_count", "rule", "service_id", "hour_us", "hour_us"),
        COUNTS("unanalysed", "server_address_id", "server_port", "kind", "last_us"),
        {"SELECT run_id, 0 FROM capture_minute WHERE run_id > ?1 AND ?2 <= 0 ORDER BY run_id LIMIT "
         "1",
                "DELETE FROM capture_minute WHERE run_id = ?1 AND ?2 = 0 AND minute_us IN (SELECT "
                "minute_us FROM capture_minute WHERE run_id = ?1 AND minute_us < ?3 ORDER BY "
                "minute_us LIMIT ?4)"},
};

/* What stands in the way of a slice may pass: it is undone, and comes again. */
static bool give_up(struct store *s, const char *doing, struct err *err)
{
    bool may_pass = watch_may_pass(sqlite3_errcode(s->db) & 0xff);
    if (!may_pass)
        (void)store_fail(s, err, doing);
    if (sqlite3_get_autocommit(s->db) == 0)
        (void)sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
    return may_pass;
}

/* One row of numbers, NULL is 0; not when it failed. */
static bool ask(sqlite3_stmt *st, int64_t *out)
{
    bool is_row = sqlite3_step(st) == SQLITE_ROW;
    if (is_row)
        *out = sqlite3_column_int64(st, 0);
    return sqlite3_reset(st) == SQLITE_OK && is_row;
}

static sqlite3_stmt *prepared(struct store *s, sqlite3_stmt **st, const char *sql)
{
    if (*st == NULL)
        (void)sqlite3_prepare_v3(s->db, sql, -1, SQLITE_PREPARE_PERSISTENT, st, NULL);
    return *st;
}

static bool remove_up_to(struct store *s, const struct prune *p, sqlite3_stmt *st, int64_t end)
{
    (void)sqlite3_bind_int64(st, 1, p->after);
    (void)sqlite3_bind_int64(st, 2, end);
    (void)sqlite3_bind_int64(st, 3, p->oldest);
    (void)sqlite3_step(st);
    return sqlite3_reset(st) == SQLITE_OK &&
           sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK;
}

static void next_table(struct prune *p)
{
    p->after = INT64_MIN;
    if (++p->table < PRUNE_TABLES)
        return;
    p->done = p->oldest;
    p->oldest = 0;
}

/* The next rows of a dictionary. */
static bool prune_rows(struct store *s, struct prune *p, struct err *err)
{
    const struct dictionary *d = &DICTIONARIES[p->table];
    sqlite3_stmt *last = prepared(s, &p->ends[p->table], d->end);
    sqlite3_stmt *remove = prepared(s, &p->removes[p->table], d->remove);
    if (last == NULL || remove == NULL)
        return give_up(s, "preparing a statement", err);
    (void)sqlite3_bind_int64(last, 1, p->after);
    (void)sqlite3_bind_int(last, 2, ROWS);
    if (sqlite3_step(last) != SQLITE_ROW) {
        (void)sqlite3_reset(last);
        return give_up(s, "reading its dictionaries", err);
    }
    bool is_empty = sqlite3_column_type(last, 0) == SQLITE_NULL;
    int64_t end = sqlite3_column_int64(last, 0);
    if (p->after == INT64_MIN)
        p->last = sqlite3_column_int64(last, 1); /* those that come meanwhile are in use */
    (void)sqlite3_reset(last);
    if (is_empty) {
        next_table(p);
        return true;
    }
    if (sqlite3_exec(s->db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK ||
            !remove_up_to(s, p, remove, end))
        return give_up(s, "removing what nothing refers to", err);
    p->after = end;
    if (end >= p->last)
        next_table(p);
    return true;
}

static bool prune_dictionaries(struct store *s, struct prune *p, struct err *err)
{
    if (p->oldest == 0) {
        int64_t oldest = 0;
        sqlite3_stmt *st = prepared(s, &p->segments, "SELECT min(id) FROM segment");
        if (st == NULL || !ask(st, &oldest))
            return give_up(s, "listing its segments", err);
        if (oldest <= p->done || oldest == 1)
            return true;
        p->oldest = oldest;
        p->after = INT64_MIN;
        p->table = 0;
    }
    return prune_rows(s, p, err);
}

static void drop_group(sqlite3_value *group[2])
{
    for (int i = 0; i < 2; i++) {
        sqlite3_value_free(group[i]);
        group[i] = NULL;
    }
}

/* Before the first group is what is smaller than any id, and as a text than any rule's name. */
static void bind_group(sqlite3_stmt *st, sqlite3_value *const group[2])
{
    for (int i = 0; i < 2; i++)
        if (group[i] != NULL)
            (void)sqlite3_bind_value(st, 1 + i, group[i]);
        else
            (void)sqlite3_bind_int64(st, 1 + i, INT64_MIN);
}

/* The group behind `group`; *is_end: there is none. */
static bool next_group(
        sqlite3_stmt *st, sqlite3_value *const group[2], sqlite3_value *out[2], bool *is_end)
{
    bind_group(st, group);
    *is_end = sqlite3_step(st) != SQLITE_ROW;
    for (int i = 0; i < 2 && !*is_end; i++)
        out[i] = sqlite3_value_dup(sqlite3_column_value(st, i));
    return sqlite3_reset(st) == SQLITE_OK;
}

/* Removes old rows of a group, at most *left, which becomes less. */
static bool forget_group(
        struct store *s, const struct prune *p, sqlite3_value *const group[2], int *left)
{
    sqlite3_stmt *st = p->forgets[p->counts];
    bind_group(st, group);
    (void)sqlite3_bind_int64(st, 3, p->before_us);
    (void)sqlite3_bind_int(st, 4, *left);
    (void)sqlite3_step(st);
    *left -= sqlite3_changes(s->db);
    return sqlite3_reset(st) == SQLITE_OK;
}

/* Old rows of the next groups. `group` becomes the last that has none left. */
static bool forget_groups(
        struct store *s, const struct prune *p, sqlite3_value *group[2], bool *is_end)
{
    int left = ROWS;
    for (int i = 0; i < GROUPS && left > 0; i++) {
        sqlite3_value *next[2] = {NULL, NULL};
        bool is_ok = next_group(p->nexts[p->counts], group, next, is_end) &&
                     (*is_end || forget_group(s, p, next, &left));
        if (!is_ok || *is_end || left == 0) {
            drop_group(next);
            return is_ok;
        }
        drop_group(group);
        memcpy(group, next, sizeof next);
    }
    return true;
}

static bool copy_group(sqlite3_value *to[2], sqlite3_value *const from[2])
{
    bool is_ok = true;
    for (int i = 0; i < 2; i++) {
        to[i] = from[i] != NULL ? sqlite3_value_dup(from[i]) : NULL;
        is_ok = is_ok && (from[i] == NULL || to[i] != NULL);
    }
    return is_ok;
}

static void take_group(struct prune *p, sqlite3_value *group[2], bool is_end)
{
    drop_group(p->group);
    if (!is_end) {
        memcpy(p->group, group, sizeof p->group);
        return;
    }
    drop_group(group);
    if (++p->counts < PRUNE_COUNTS)
        return;
    p->is_counting = false;
    p->done_us = p->before_us;
}

static bool prune_counts(struct store *s, struct prune *p, int64_t before_us, struct err *err)
{
    const struct counts *c = &COUNTS_OF[p->is_counting ? p->counts : 0];
    sqlite3_value *group[2] = {NULL, NULL};
    bool is_end = false;
    if (!p->is_counting && before_us == p->done_us) /* it goes back with a clock that was ahead */
        return true;
    if (!p->is_counting) {
        p->is_counting = true;
        p->before_us = before_us;
        p->counts = 0;
    }
    if (prepared(s, &p->nexts[p->counts], c->next) == NULL ||
            prepared(s, &p->forgets[p->counts], c->forget) == NULL)
        return give_up(s, "preparing a statement", err);
    if (copy_group(group, p->group) &&
            sqlite3_exec(s->db, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK &&
            forget_groups(s, p, group, &is_end) &&
            sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK) {
        take_group(p, group, is_end);
        return true;
    }
    drop_group(group);
    return give_up(s, "removing old counts", err);
}

bool store_prune(struct store *s, int64_t before_us, struct err *err)
{
    struct watch *w = s->watch;
    if (w->is_waiting || s->is_open || w->n_changes > 0)
        return true;
    (void)sqlite3_busy_timeout(s->db, 0);
    bool is_ok = prune_dictionaries(s, &w->prune, err) &&
                 (before_us == TIME_NONE || prune_counts(s, &w->prune, before_us, err));
    (void)sqlite3_busy_timeout(s->db, w->busy_ms);
    return is_ok;
}

bool store_is_pruned(const struct store *s)
{
    return s->watch->prune.oldest == 0 && !s->watch->prune.is_counting;
}

void prune_fini(struct prune *p)
{
    (void)sqlite3_finalize(p->segments);
    for (int i = 0; i < PRUNE_TABLES; i++) {
        (void)sqlite3_finalize(p->ends[i]);
        (void)sqlite3_finalize(p->removes[i]);
    }
    for (int i = 0; i < PRUNE_COUNTS; i++) {
        (void)sqlite3_finalize(p->nexts[i]);
        (void)sqlite3_finalize(p->forgets[i]);
    }
    drop_group(p->group);
}
