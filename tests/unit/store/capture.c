/* What a live capture lost, by minute: rows add up, steps, shares, and the row beside the metrics.
 */
#include "store/capture.h"

#include <string.h>

#include "store/metric.h"
#include "tests/unit/store/place.h"
#include "tests/unit/test.h"

#define MINUTE INT64_C(60000000)
#define START (INT64_C(1790000000000000) / (1440 * MINUTE) * (1440 * MINUTE))

struct row {
    int64_t minute;
    uint64_t received, kernel, interface, waiting;
};

static void put(struct store *s, const struct row *r)
{
    struct err err;
    const struct capture_counts c = {.n = {[CAPTURE_received] = r->received,
                                             [CAPTURE_analysed] = r->received - r->kernel,
                                             [CAPTURE_kernel_drops] = r->kernel,
                                             [CAPTURE_interface_drops] = r->interface,
                                             [CAPTURE_waiting] = r->waiting}};
    if (!store_capture_minute(s, START + r->minute * MINUTE, &c, &err))
        fail_msg("%s", err.text);
}

struct got {
    size_t n;
    int64_t received[8], minutes[8], waiting[8], lossy[8];
    double rate[8]; /* -1: NULL */
};

static bool on_row(void *ctx, const struct value *values, size_t n)
{
    struct got *g = ctx;
    assert_true(g->n < 8);
    for (size_t i = 0; i < n; i++) {
        const char *name = values[i].name;
        if (strcmp(name, "received") == 0)
            g->received[g->n] = values[i].integer;
        if (strcmp(name, "minutes") == 0)
            g->minutes[g->n] = values[i].integer;
        if (strcmp(name, "waiting") == 0)
            g->waiting[g->n] = values[i].integer;
        if (strcmp(name, "minutes_with_drops") == 0)
            g->lossy[g->n] = values[i].integer;
        if (strcmp(name, "drop_rate") == 0 || strcmp(name, "capture_drop_rate") == 0)
            g->rate[g->n] = values[i].kind == VALUE_NULL ? -1 : values[i].real;
    }
    g->n++;
    return true;
}

static const struct list_filter ALL = {.since_us = TIME_NONE, .until_us = TIME_NONE};

static struct got ask(const char *db, int64_t minutes, const struct list_filter *f)
{
    struct store *s = NULL;
    struct got g = {0};
    struct err err;
    assert_true(store_open(db, STORE_READ, &s, &err));
    if (!query_capture(s, minutes * MINUTE, f, on_row, &g, &err))
        fail_msg("%s", err.text);
    store_close(s);
    return g;
}

static void fill(struct place *p)
{
    static const struct row ROWS[] = {{0, 100, 0, 0, 3}, {1, 100, 10, 20, 9},
            {1, 100, 10, 0, 4}, /* the clock was set back */
            {4, 300, 0, 0, 0}, {5, 50, 50, 0, 0}};
    struct store *s = NULL;
    struct service one = {.name = "one", .transport = 6, .port = 443};
    struct metrics_row metrics = {.counts = {[METRIC_success] = 1}};
    struct err err;
    assert_true(store_open(p->db, STORE_NEW, &s, &err));
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        put(s, &ROWS[i]);
    assert_true(store_service(s, &one, &err));
    for (int i = 0; i < 20; i += 5)
        assert_true(store_metrics(s, one.id, NULL, START + i * MINUTE, &metrics, &err));
    assert_true(store_flush(s, &err));
    store_close(s);
}

/* The rate beside those of `services`; the one service has no handshakes any more. */
static double beside_services(const char *db, const struct list_filter *f)
{
    struct store *s = NULL;
    struct got g = {0};
    struct err err;
    assert_true(store_open(db, STORE_READ, &s, &err));
    if (!query_list(s, LIST_SERVICES, f, on_row, &g, &err))
        fail_msg("%s", err.text);
    store_close(s);
    assert_int_equal(g.n, 1);
    return g.rate[0];
}

static void test_services(void **state)
{
    struct place *p = *state;
    struct list_filter f = ALL;
    fill(p);
    assert_true(beside_services(p->db, &f) == 0.134328); /* 90 of 670 */
    f.since_us = START;
    f.until_us = START + 2 * MINUTE;
    assert_true(beside_services(p->db, &f) == 0.125); /* 40 of 320 */
    f.until_us = START + MINUTE;
    assert_true(beside_services(p->db, &f) == 0);
    f.since_us = START + 10 * MINUTE;
    f.until_us = START + 11 * MINUTE;
    assert_true(beside_services(p->db, &f) == -1); /* nothing was captured live */
}

static void test_steps(void **state)
{
    struct place *p = *state;
    struct list_filter f = ALL;
    fill(p);
    struct got g = ask(p->db, 1, &f);
    assert_int_equal(g.n, 4);
    assert_int_equal(g.received[1], 200);
    assert_int_equal(g.waiting[1], 4); /* a level */
    assert_true(g.rate[0] == 0 && g.rate[1] == 0.181818 && g.rate[3] == 1);
    g = ask(p->db, 5, &f);
    assert_int_equal(g.n, 2);
    assert_int_equal(g.received[0], 600);
    assert_int_equal(g.minutes[0], 3);
    assert_int_equal(g.lossy[0], 1);
    f.since_us = START + 2 * MINUTE;
    f.until_us = START + 5 * MINUTE;
    g = ask(p->db, 5, &f);
    assert_int_equal(g.n, 1);
    assert_int_equal(g.received[0], 300);
}

/* The share stands in the steps that were watched, and in no other. */
static void test_beside_metrics(void **state)
{
    struct place *p = *state;
    struct store *s = NULL;
    struct got g = {0};
    struct err err;
    fill(p);
    assert_true(store_open(p->db, STORE_READ, &s, &err));
    assert_true(query_metrics(s, 5 * MINUTE, &ALL, on_row, &g, &err));
    store_close(s);
    assert_int_equal(g.n, 4);
    assert_true(g.rate[0] == 0.064516); /* 40 of 620 */
    assert_true(g.rate[1] == 1);
    assert_true(g.rate[2] == -1 && g.rate[3] == -1);
}

/* What the next run goes on from. */
static void test_before(void **state)
{
    struct place *p = *state;
    struct store *s = NULL;
    struct losses l = {0};
    struct err err;
    fill(p);
    assert_true(store_open(p->db, STORE_CREATE, &s, &err));
    assert_true(store_capture_losses(s, START + MINUTE, &l, &err));
    store_close(s);
    assert_int_equal(losses_sum(&l, START, START + MINUTE).packets, 0);
    struct losses_minute m = losses_sum(&l, START, START + 60 * MINUTE);
    assert_int_equal(m.packets, 200 + 20 + 300 + 50);
    assert_int_equal(m.drops, 40 + 50);
    assert_true(m.first_us == START + MINUTE);
    assert_true(losses_any(&l, START + 5 * MINUTE, START + 5 * MINUTE));
    assert_false(losses_any(&l, START + 3 * MINUTE, START + 4 * MINUTE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(test_services, place_make, place_remove),
            cmocka_unit_test_setup_teardown(test_steps, place_make, place_remove),
            cmocka_unit_test_setup_teardown(test_beside_metrics, place_make, place_remove),
            cmocka_unit_test_setup_teardown(test_before, place_make, place_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
