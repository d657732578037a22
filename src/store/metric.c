/* Counts by minute: adding to rows, and M1 to M9 of steps of time made from them. */
#include "store/metric.h"

#include <math.h>

#include "store/query_sql.h"
#include "store/store_internal.h"

/* clang-format off */
#define METRIC(name) #name ","
#define METRIC_TIME(name) #name ","
static const char INSERT[] =
    "INSERT INTO metric_minute ("
#include "model/metric.def"
#include "model/metric_times.def"
    "service_id, minute_us, region) VALUES ("
#undef METRIC
#undef METRIC_TIME
#define METRIC(name) "?,"
#define METRIC_TIME(name) "?,"
#include "model/metric.def"
#include "model/metric_times.def"
    "?,?,?) ON CONFLICT DO UPDATE SET "
#undef METRIC
#undef METRIC_TIME
#define METRIC(name) #name "=" #name "+excluded." #name ","
#define METRIC_TIME(name) #name "=histogram_merge(" #name ",excluded." #name "),"
#include "model/metric.def"
#include "model/metric_times.def"
    "region=region";
#undef METRIC
#undef METRIC_TIME

/* 1 since, 2 until, 3 service, 8 limit, 9 step, 22 region. A minute belongs to the step that it begins in. */
#define METRIC(name) "sum(" #name ") AS " #name ","
#define METRIC_TIME(name) "histogram_sum(" #name ") AS " #name ","
#define SUCCESS "(success + success_inferred)"
#define FAIL_SEEN \
    "(fail_alert_client + fail_alert_server + fail_reset_client + fail_reset_server + " \
    "fail_reset_third_party + fail_closed_client + fail_closed_server + fail_timeout_client + " \
    "fail_timeout_server + fail_timeout_path)"
#define FAIL_INFERRED \
    "(fail_inferred_client + fail_inferred_server + fail_reset_client_inferred + " \
    "fail_reset_server_inferred + fail_reset_third_party_inferred + fail_closed_client_inferred + " \
    "fail_closed_server_inferred + fail_timeout_client_inferred + fail_timeout_server_inferred + " \
    "fail_timeout_path_inferred)"
#define UNDETERMINED "(undetermined_loss + undetermined_one_direction + undetermined_other)"
#define COUNTED "(" SUCCESS " + " FAIL_SEEN " + " FAIL_INFERRED ")"
#define RATE(a, b) "round(1.0 * " a " / nullif(" b ", 0), 6)"
#define P(column, q) "histogram_quantile(" column ", " q ")"
static const char SELECT[] =
    "WITH m AS (SELECT service_id, iif(?22 IS NULL, NULL, region) AS region, (minute_us / ?9 - (minute_us % ?9 < 0)) * ?9 AS start_us, "
#include "model/metric.def"
#include "model/metric_times.def"
    "count(*) AS minutes FROM metric_minute WHERE (?1 IS NULL OR minute_us + 60000000 > ?1) AND "
    "(?2 IS NULL OR minute_us < ?2) AND (?22 IS NULL OR region GLOB ?22) GROUP BY 1, 2, 3), "
    "d AS (SELECT (minute_us / ?9 - (minute_us % ?9 < 0)) * ?9 AS at_us, " CAPTURE_SHARE " AS share "
    "FROM capture_minute WHERE (?1 IS NULL OR minute_us + 60000000 > ?1) AND "
    "(?2 IS NULL OR minute_us < ?2) GROUP BY 1) "
    "SELECT start_us AS \"start:t\", s.name AS service, s.port AS port, nullif(region, '') AS region, "
    COUNTED " AS attempts, "
    FAIL_SEEN " + " FAIL_INFERRED " AS failed, "
    RATE(SUCCESS, COUNTED) " AS success_rate, "
    RATE("success", "(success + " FAIL_SEEN ")") " AS success_rate_seen, "
    P("full_us", "0.5") " AS full_p50_us, " P("full_us", "0.95") " AS full_p95_us, "
    P("full_us", "0.99") " AS full_p99_us, "
    P("resumed_us", "0.5") " AS resumed_p50_us, " P("resumed_us", "0.95") " AS resumed_p95_us, "
    P("resumed_us", "0.99") " AS resumed_p99_us, "
    P("retried_us", "0.5") " AS retried_p50_us, " P("retried_us", "0.95") " AS retried_p95_us, "
    P("retried_us", "0.99") " AS retried_p99_us, "
    P("server_think_us", "0.5") " AS server_think_p50_us, "
    P("server_think_us", "0.95") " AS server_think_p95_us, "
    P("client_think_us", "0.5") " AS client_think_p50_us, "
    P("client_think_us", "0.95") " AS client_think_p95_us, "
    P("client_rtt_us", "0.5") " AS client_rtt_p50_us, "
    P("server_rtt_us", "0.5") " AS server_rtt_p50_us, "
    "(SELECT (min(c.not_after_us) - start_us) / 86400000000 FROM served v "
    "JOIN certificate c ON c.id = v.certificate_id WHERE v.service_id = m.service_id AND "
    "v.first_us < start_us + ?9 AND v.last_us >= start_us) AS expiry_days, "
    "mtls_asked, " RATE("mtls_failed", "mtls_answered") " AS mtls_failure_rate, "
    "staple_asked, " RATE("stapled", "staple_asked") " AS stapling_rate, "
    "full_handshakes, " RATE("below_best", "full_handshakes") " AS fallback_rate, "
    "fallback_scsv, retried_lower, "
    "placeholder + starttls_refused + kex_signature_invalid + static_rsa_failures AS key_problems, "
    RATE("name_mismatches", "named_certificates") " AS name_mismatch_rate, "
    RATE("resumed", "(resumed + full_handshakes)") " AS resumption_rate, "
    RATE("hello_retries", "(resumed + full_handshakes)") " AS hello_retry_rate, "
    UNDETERMINED " AS undetermined, "
    RATE(UNDETERMINED, "(" UNDETERMINED " + " COUNTED ")") " AS undetermined_rate, "
    RATE("gap_bytes", "(bytes + gap_bytes)") " AS loss_rate, d.share AS capture_drop_rate, "
    "one_sided, abandoned, scan AS scans, minutes "
    "FROM m JOIN service s ON s.id = m.service_id LEFT JOIN d ON d.at_us = start_us "
    "WHERE (?3 IS NULL OR s.name GLOB ?3 OR s.name || ':' || s.port GLOB ?3) "
    "ORDER BY start_us, s.name, s.port, region LIMIT ?8";
#undef METRIC
#undef METRIC_TIME
/* clang-format on */

static bool bind_times(sqlite3_stmt *st, int at, const struct metrics_row *row)
{
    struct text t = {0};
    bool is_ok = true;
    for (int i = 0; i < METRIC_TIME_COUNT && is_ok; i++) {
        if (row->times[i].n == 0)
            continue;
        text_clear(&t);
        histogram_write(&row->times[i], &t);
        is_ok = sqlite3_bind_blob(st, at + i, t.s, (int)t.n, SQLITE_TRANSIENT) == SQLITE_OK;
    }
    text_fini(&t);
    return is_ok;
}

bool store_metrics(struct store *s, int64_t service_id, const char *region, int64_t minute_us,
        const struct metrics_row *row, struct err *err)
{
    sqlite3_stmt *st = statement_of(s, ST_METRIC, err);
    int at = 1;
    if (st == NULL || !store_writing(s, err))
        return false;
    (void)sqlite3_clear_bindings(st);
    for (int i = 0; i < METRIC_COUNT; i++)
        (void)sqlite3_bind_int64(st, at++, (int64_t)row->counts[i]);
    if (!bind_times(st, at, row))
        return store_fail(s, err, "writing");
    at += METRIC_TIME_COUNT;
    (void)sqlite3_bind_int64(st, at, service_id);
    (void)sqlite3_bind_int64(st, at + 1, minute_us);
    bind_text(st, at + 2, region != NULL ? region : "");
    return statement_run(s, st, err);
}

const char *metric_insert(void)
{
    return INSERT;
}

bool query_metrics(struct store *s, int64_t step_us, const struct list_filter *filter,
        query_row_fn *row, void *ctx, struct err *err)
{
    sqlite3_stmt *st = query_prepare_steps(s, SELECT, step_us, filter, err);
    return st != NULL && query_rows(s, st, row, ctx, err);
}

static struct bytes blob_of(sqlite3_value *v)
{
    return (struct bytes){sqlite3_value_blob(v), (size_t)sqlite3_value_bytes(v)};
}

static void give_blob(sqlite3_context *c, struct histogram *h)
{
    struct text t = {0};
    if (h->n > 0) {
        histogram_write(h, &t);
        sqlite3_result_blob(c, t.s, (int)t.n, SQLITE_TRANSIENT);
    }
    text_fini(&t);
    histogram_fini(h);
}

/* histogram_merge(a, b): what both hold; NULL is an empty one. */
static void merge(sqlite3_context *c, int n, sqlite3_value **v)
{
    struct histogram h = {0};
    (void)n;
    (void)histogram_read(&h, blob_of(v[0]));
    (void)histogram_read(&h, blob_of(v[1]));
    give_blob(c, &h);
}

/* histogram_sum(column): an aggregate. */
static void sum_step(sqlite3_context *c, int n, sqlite3_value **v)
{
    struct histogram *h = sqlite3_aggregate_context(c, sizeof *h);
    (void)n;
    if (h != NULL)
        (void)histogram_read(h, blob_of(v[0]));
}

static void sum_final(sqlite3_context *c)
{
    struct histogram *h = sqlite3_aggregate_context(c, 0);
    if (h != NULL)
        give_blob(c, h);
}

/* histogram_quantile(blob, q): whole microseconds, NULL when it is empty. */
static void quantile(sqlite3_context *c, int n, sqlite3_value **v)
{
    struct histogram h = {0};
    (void)n;
    (void)histogram_read(&h, blob_of(v[0]));
    double us = histogram_quantile(&h, sqlite3_value_double(v[1]));
    if (us >= 0)
        sqlite3_result_int64(c, llround(us));
    histogram_fini(&h);
}

bool metric_register(sqlite3 *db)
{
    const int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC;
    return sqlite3_create_function_v2(
                   db, "histogram_merge", 2, flags, NULL, merge, NULL, NULL, NULL) == SQLITE_OK &&
           sqlite3_create_function_v2(db, "histogram_sum", 1, flags, NULL, NULL, sum_step,
                   sum_final, NULL) == SQLITE_OK &&
           sqlite3_create_function_v2(db, "histogram_quantile", 2, flags, NULL, quantile, NULL,
                   NULL, NULL) == SQLITE_OK;
}
