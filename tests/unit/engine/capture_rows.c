/* Rows of what a live capture counted: differences, by minute, that wait for the database. */
#include "engine/capture_rows.h"

#include "store/store_internal.h"
#include "tests/unit/store/rows.h"

#define MINUTE INT64_C(60000000)

static int set_up(void **state)
{
    (void)place_make(state);
    struct place *p = *state;
    MUST(store_open(p->db, STORE_NEW, &p->store, err));
    return 0;
}

static int64_t ask(struct place *p, const char *sql)
{
    sqlite3_stmt *st = NULL;
    assert_int_equal(sqlite3_prepare_v2(p->store->db, sql, -1, &st, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(st), SQLITE_ROW);
    int64_t n = sqlite3_column_int64(st, 0);
    (void)sqlite3_finalize(st);
    return n;
}

static void end_minute(struct capture_rows *r, int64_t minute, uint64_t received, uint64_t waiting)
{
    const struct capture_counts c = {.n = {[CAPTURE_received] = received,
                                             [CAPTURE_analysed] = received - waiting,
                                             [CAPTURE_waiting] = waiting}};
    capture_rows_add(r, ROWS_START + minute * MINUTE, &c);
}

static void differences(void **state)
{
    struct place *p = *state;
    struct capture_rows r = {0};
    end_minute(&r, 0, 100, 10);
    end_minute(&r, 1, 250, 0);
    end_minute(&r, 2, 250, 0);
    MUST(capture_rows_write(&r, p->store, err));
    end_minute(&r, 2, 257, 0); /* the clock was set back */
    MUST(capture_rows_write(&r, p->store, err));
    MUST(capture_rows_write(&r, p->store, err));
    assert_int_equal(ask(p, "SELECT count(*) FROM capture_minute"), 3);
    assert_int_equal(ask(p, "SELECT sum(received) FROM capture_minute"), 257);
    assert_int_equal(ask(p, "SELECT received FROM capture_minute ORDER BY minute_us LIMIT 1"), 100);
    assert_int_equal(ask(p, "SELECT received FROM capture_minute ORDER BY minute_us DESC"), 7);
    assert_int_equal(ask(p, "SELECT count(*) FROM (SELECT received - analysed - waiting + "
                            "lag(waiting, 1, 0) OVER (ORDER BY minute_us) AS x FROM "
                            "capture_minute) WHERE x != 0"),
            0);
}

/* A database that is away for long: nothing is lost, the latest minutes are together. */
static void waiting(void **state)
{
    enum { MINUTES = CAPTURE_ROWS + 40 };
    struct place *p = *state;
    struct capture_rows r = {0};
    for (int i = 0; i < MINUTES; i++)
        end_minute(&r, i, 10 * (uint64_t)(i + 1), 0);
    MUST(capture_rows_write(&r, p->store, err));
    assert_int_equal(ask(p, "SELECT count(*) FROM capture_minute"), CAPTURE_ROWS);
    assert_int_equal(ask(p, "SELECT sum(received) FROM capture_minute"), 10 * MINUTES);
    assert_int_equal(ask(p, "SELECT max(minute_us) FROM capture_minute"),
            ROWS_START + (MINUTES - 1) * MINUTE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(differences, set_up, place_remove),
            cmocka_unit_test_setup_teardown(waiting, set_up, place_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
