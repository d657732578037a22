/* Counts by minute: rows add up, steps are made of minutes. */
#include "store/metric.h"

#include <string.h>

#include "tests/unit/store/place.h"
#include "tests/unit/test.h"

#define MINUTE INT64_C(60000000)
#define START (INT64_C(1790000000000000) / (1440 * MINUTE) * (1440 * MINUTE))

static void put(
        struct store *s, int64_t service, int64_t minute, uint64_t ok, uint64_t failed, int64_t us)
{
    struct metrics_row row = {.counts = {0}};
    struct err err;
    row.counts[METRIC_success] = ok;
    row.counts[METRIC_fail_alert_server] = failed;
    histogram_add(&row.times[METRIC_TIME_full_us], us);
    if (!store_metrics(s, service, NULL, START + minute * MINUTE, &row, &err))
        fail_msg("%s", err.text);
    metrics_row_fini(&row);
}

struct got {
    size_t n;
    int64_t attempts[8], p50[8];
    double rate[8];
    bool is_retried_null;
};

static bool on_row(void *ctx, const struct value *values, size_t n)
{
    struct got *g = ctx;
    assert_true(g->n < 8);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(values[i].name, "attempts") == 0)
            g->attempts[g->n] = values[i].integer;
        if (strcmp(values[i].name, "full_p50_us") == 0)
            g->p50[g->n] = values[i].integer;
        if (strcmp(values[i].name, "success_rate") == 0)
            g->rate[g->n] = values[i].real;
        if (strcmp(values[i].name, "retried_p50_us") == 0)
            g->is_retried_null = values[i].kind == VALUE_NULL;
    }
    g->n++;
    return true;
}

static struct got ask(const char *db, int64_t step_minutes, const struct list_filter *f)
{
    struct store *s = NULL;
    struct got g = {0};
    struct err err;
    assert_true(store_open(db, STORE_READ, &s, &err));
    if (!query_metrics(s, step_minutes * MINUTE, f, on_row, &g, &err))
        fail_msg("%s", err.text);
    store_close(s);
    return g;
}

static void test_steps(void **state)
{
    struct place *p = *state;
    struct store *s = NULL;
    struct service one = {.name = "one", .transport = 6, .port = 443};
    struct service two = {.name = "two", .transport = 6, .port = 443};
    struct err err;
    assert_true(store_open(p->db, STORE_NEW, &s, &err));
    assert_true(store_service(s, &one, &err) && store_service(s, &two, &err));
    put(s, one.id, 0, 3, 1, 1000);
    put(s, one.id, 0, 4, 0, 1000); /* another run */
    put(s, one.id, 4, 8, 0, 8000);
    put(s, one.id, 5, 1, 1, 8000);
    put(s, two.id, -1, 0, 2, 8000);
    assert_true(store_flush(s, &err));
    store_close(s);
    struct list_filter f = {.since_us = TIME_NONE, .until_us = TIME_NONE};
    struct got g = ask(p->db, 1, &f);
    assert_int_equal(g.n, 4);
    assert_int_equal(g.attempts[1], 8);
    assert_true(g.rate[1] == 0.875);
    assert_true(g.is_retried_null);
    g = ask(p->db, 5, &f);
    assert_int_equal(g.n, 3);
    assert_int_equal(g.attempts[1], 16);            /* 8 and 8 */
    assert_true(g.p50[1] > 950 && g.p50[1] < 1050); /* of two at 1 ms and one at 8 ms */
    f.service = "one";
    g = ask(p->db, 1440, &f);
    assert_int_equal(g.n, 1);
    assert_int_equal(g.attempts[0], 18);
    f.since_us = START + 4 * MINUTE + 1;
    f.until_us = START + 5 * MINUTE;
    g = ask(p->db, 1440, &f);
    assert_int_equal(g.n, 1);
    assert_int_equal(g.attempts[0], 8);
    f.limit = 1;
    f.since_us = f.until_us = TIME_NONE;
    assert_int_equal(ask(p->db, 1, &f).n, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(test_steps, place_make, place_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
