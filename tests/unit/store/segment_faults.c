/* The n-th write to a disk fails, for each n: once it works again, the database is the same as if
 * nothing had happened. */
#include <stdlib.h>

#include "tests/unit/store/disk.h"
#include "tests/unit/store/rows.h"
#include "tests/unit/test.h"

enum { N_ROWS = 120 };

static struct {
    long at;  /* fails when 0 is reached; below 0 never */
    int left; /* and so many times after that */
    int code;
} fault;

static int on_write(bool is_segment)
{
    (void)is_segment;
    if (fault.at > 0)
        fault.at--;
    if (fault.at != 0 || fault.left == 0)
        return SQLITE_OK;
    fault.left--;
    return fault.code;
}

static int make_disk(void **state)
{
    (void)state;
    fault.at = -1;
    disk.on_write = on_write;
    return disk_make("failing");
}

static int tear_down(void **state)
{
    fault.at = -1;
    return rows_remove(state);
}

/* Until it works; the engine would do other things between. */
static void persist(struct store *s)
{
    struct err err = {""};
    for (int i = 0; i < 100; i++) {
        if (store_flush(s, &err))
            return;
        if (!store_is_waiting(s))
            fail_msg("for good: %s", err.text);
    }
    fail_msg("never: %s", err.text);
}

static void rotate(struct store *s, int64_t us)
{
    struct err err = {""};
    for (int i = 0; i < 100; i++) {
        if (store_rotate(s, us, &err))
            return;
        if (!store_is_waiting(s))
            fail_msg("for good: %s", err.text);
    }
    fail_msg("never: %s", err.text);
}

/* What is counted and made with each batch shows whether one was written twice or not at all. */
static void write_batch(struct rows *r, int batch)
{
    struct service service = {.transport = 6, .port = (uint16_t)(1000 + batch)};
    struct metrics_row m = {.counts = {0}};
    (void)snprintf(service.name, sizeof service.name, "new%d.test", batch);
    for (int i = batch * 20; i < batch * 20 + 20; i++) {
        MUST(row_put(r, i, err));
        if (i % 3 == 0)
            row_end(r, i);
        if (i > 20 && i % 10 == 1)
            row_end(r, i - 5);
        if (i > 20 && i % 10 == 7)
            MUST(store_later_defects(r->s, row_id(i - 15), "cert-late", 2, "late b", err));
    }
    MUST(store_service(r->s, &service, err));
    r->services[batch % ROW_SERVICES] = service;
    rows_finding(r, 2, "cert-expired", 1);
    m.counts[METRIC_success] = 1;
    MUST(store_metrics(r->s, service.id, NULL, ROWS_START / 60000000 * 60000000, &m, err));
    metrics_row_fini(&m);
}

/* Whether the failure was met. */
static bool write_all(struct place *p, long at, int times, int code)
{
    struct rows r;
    MUST(store_open_watch(p->db, ROWS_START, &p->store, err));
    rows_begin(&r, p->store);
    fault.at = at;
    fault.left = times;
    fault.code = code;
    for (int batch = 0; batch < N_ROWS / 20; batch++) {
        write_batch(&r, batch);
        persist(p->store);
        if (batch % 2 == 1)
            rotate(p->store, ROWS_START + batch * 20 * ROWS_STEP);
    }
    bool is_met = fault.at == 0 && fault.left < times;
    fault.at = -1;
    rows_end(&r);
    store_close(p->store);
    p->store = NULL;
    return is_met;
}

static void check_all(const char *db, struct text *t)
{
    static const char *const SQL[] = {"SELECT count(*), sum(id), sum(port) FROM service",
            "SELECT count(*), sum(id), group_concat(value) FROM label",
            "SELECT sum(success), count(*) FROM metric_minute", "PRAGMA integrity_check",
            "SELECT count(*), sum(state), sum(handshakes) FROM segment"};
    sqlite3 *c = NULL;
    assert_int_equal(sqlite3_open_v2(db, &c, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    for (size_t i = 0; i < sizeof SQL / sizeof *SQL; i++) {
        sqlite3_stmt *st = NULL;
        assert_int_equal(sqlite3_prepare_v2(c, SQL[i], -1, &st, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_step(st), SQLITE_ROW);
        for (int k = 0; k < sqlite3_column_count(st); k++)
            text_addf(t, "%s|", (const char *)sqlite3_column_text(st, k));
        (void)sqlite3_finalize(st);
    }
    (void)sqlite3_close(c);
    dump(db, N_ROWS, t);
}

static void run(struct place *p, const struct text *want, int times, int code, int step)
{
    bool is_met = true;
    int n = 0;
    for (long at = 1; is_met; at += step, n++) {
        struct text got = {0};
        is_met = write_all(p, at, times, code);
        check_all(p->db, &got);
        if (strcmp(text_str(want), text_str(&got)) != 0)
            fail_msg("failure %d of write %ld, %d times, shows", code, at, times);
        text_fini(&got);
        remove_segments(p->db);
        (void)unlink(p->db);
    }
    assert_true(n > 2);
}

static void test_faults(void **state)
{
    struct place *p = *state;
    struct text want = {0};
    (void)write_all(p, -1, 0, 0);
    check_all(p->db, &want);
    assert_non_null(strstr(text_str(&want), "|ok|"));
    remove_segments(p->db);
    (void)unlink(p->db);
    run(p, &want, 1, SQLITE_FULL, 67);
    run(p, &want, 9, SQLITE_FULL, 151);
    run(p, &want, 2, SQLITE_IOERR_WRITE, 151);
    text_fini(&want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(test_faults, place_make, tear_down),
    };
    return cmocka_run_group_tests(tests, make_disk, NULL);
}
