/* What a live capture took in and lost. */
#include "store/capture.h"

#include "store/query_sql.h"
#include "store/store_internal.h"

#define MINUTE_US INT64_C(60000000)

/* clang-format off */
#define CAPTURE(name) #name ","
#define CAPTURE_LEVEL(name) CAPTURE(name)
static const char INSERT[] =
    "INSERT INTO capture_minute ("
#include "model/capture.def"
    "run_id, minute_us) VALUES ("
#undef CAPTURE
#define CAPTURE(name) "?,"
#include "model/capture.def"
    "?,?) ON CONFLICT DO UPDATE SET "
#undef CAPTURE
#undef CAPTURE_LEVEL
#define CAPTURE(name) #name "=" #name "+excluded." #name ","
#define CAPTURE_LEVEL(name) #name "=excluded." #name ","
#include "model/capture.def"
    "minute_us=minute_us";
#undef CAPTURE
#undef CAPTURE_LEVEL

/* 1 since, 2 until, 8 limit, 9 step. */
static const char SELECT[] =
    "SELECT (minute_us / ?9 - (minute_us % ?9 < 0)) * ?9 AS \"start:t\", "
    "count(DISTINCT minute_us) AS minutes, "
    "count(DISTINCT iif(" CAPTURE_DROPS " > 0, minute_us, NULL)) AS minutes_with_drops, "
#define CAPTURE(name) "sum(" #name ") AS " #name ","
#define CAPTURE_LEVEL(name) "max(" #name ") AS " #name ","
#include "model/capture.def"
#undef CAPTURE
#undef CAPTURE_LEVEL
    CAPTURE_SHARE " AS drop_rate FROM capture_minute WHERE (?1 IS NULL OR minute_us + 60000000 > ?1) AND "
    "(?2 IS NULL OR minute_us < ?2) GROUP BY 1 ORDER BY 1 LIMIT ?8";
/* clang-format on */

const char *capture_insert(void)
{
    return INSERT;
}

bool store_capture_minute(
        struct store *s, int64_t minute_us, const struct capture_counts *counts, struct err *err)
{
    sqlite3_stmt *st = statement_of(s, ST_CAPTURE, err);
    if (st == NULL || !store_writing(s, err))
        return false;
    for (int i = 0; i < CAPTURE_COUNT; i++)
        (void)sqlite3_bind_int64(st, 1 + i, (int64_t)counts->n[i]);
    (void)sqlite3_bind_int64(st, CAPTURE_COUNT + 1, s->run_id);
    (void)sqlite3_bind_int64(st, CAPTURE_COUNT + 2, minute_us);
    return statement_run(s, st, err);
}

bool store_capture_losses(struct store *s, int64_t since_us, struct losses *l, struct err *err)
{
    sqlite3_stmt *st = statement_of(s, ST_CAPTURE_SINCE, err);
    int rc = SQLITE_ERROR;
    if (st == NULL)
        return false;
    (void)sqlite3_bind_int64(st, 1, since_us);
    while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
        int64_t minute_us = sqlite3_column_int64(st, 0);
        losses_add(l, minute_us, minute_us + MINUTE_US - 1, (uint64_t)sqlite3_column_int64(st, 1),
                (uint64_t)sqlite3_column_int64(st, 2));
    }
    if (rc != SQLITE_DONE)
        (void)store_fail(s, err, "reading what was lost before");
    (void)sqlite3_reset(st);
    return rc == SQLITE_DONE;
}

bool query_capture(struct store *s, int64_t step_us, const struct list_filter *filter,
        query_row_fn *row, void *ctx, struct err *err)
{
    sqlite3_stmt *st = query_prepare_steps(s, SELECT, step_us, filter, err);
    return st != NULL && query_rows(s, st, row, ctx, err);
}
