#include "store/history.h"

#include "store/store_internal.h"

#define HOUR_US (3600 * (int64_t)1000000)

bool store_history_put(struct store *s, const struct history_row *row, struct err *err)
{
    sqlite3_stmt *st = statement_of(s, ST_HISTORY, err);
    if (st == NULL || !store_writing(s, err))
        return false;
    bind_text(st, 1, row->topic);
    bind_blob(st, 2, row->key);
    (void)sqlite3_bind_int64(st, 3, row->us);
    bind_blob(st, 4, row->value);
    return statement_run(s, st, err);
}

static bool finish(struct store *s, sqlite3_stmt *st, int rc, struct err *err)
{
    if (rc != SQLITE_DONE)
        (void)store_fail(s, err, "reading what earlier runs remembered");
    (void)sqlite3_reset(st);
    return rc == SQLITE_DONE;
}

bool store_history_each(struct store *s, history_row_fn *fn, void *ctx, struct err *err)
{
    sqlite3_stmt *st = statement_of(s, ST_HISTORY_ALL, err);
    int rc;
    if (st == NULL)
        return false;
    while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
        const struct history_row row = {(const char *)sqlite3_column_text(st, 0),
                column_bytes(st, 1), column_bytes(st, 3), sqlite3_column_int64(st, 2)};
        fn(ctx, &row);
    }
    return finish(s, st, rc, err);
}

bool store_history_prune(struct store *s, const char *topic, size_t most, struct err *err)
{
    sqlite3_stmt *st = statement_of(s, ST_HISTORY_PRUNE, err);
    if (st == NULL || !store_writing(s, err))
        return false;
    bind_text(st, 1, topic);
    (void)sqlite3_bind_int64(st, 2, (int64_t)most);
    return statement_run(s, st, err);
}

bool store_vantages(struct store *s, int64_t us, vantage_fn *fn, void *ctx, struct err *err)
{
    sqlite3_stmt *st = statement_of(s, ST_VANTAGES, err);
    int rc;
    if (st == NULL)
        return false;
    (void)sqlite3_bind_int64(st, 1, us >= INT64_MIN + HOUR_US ? us - HOUR_US : us);
    (void)sqlite3_bind_int64(st, 2, us);
    while ((rc = sqlite3_step(st)) == SQLITE_ROW)
        fn(ctx, (const char *)sqlite3_column_text(st, 0), (uint16_t)sqlite3_column_int(st, 1),
                sqlite3_column_int64(st, 2), sqlite3_column_int64(st, 3));
    return finish(s, st, rc, err);
}
