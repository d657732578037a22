/* What is written each minute goes in pieces while a capture waits. */
#include "engine/certs.h"
#include "engine/metrics.h"
#include "engine/served.h"
#include "model/handshake.h"
#include "store/store_internal.h"
#include "tests/unit/store/rows.h"

static int set_up(void **state)
{
    (void)place_make(state);
    struct place *p = *state;
    MUST(store_open(p->db, STORE_NEW, &p->store, err));
    return 0;
}

static int rows(struct place *p, const char *sql)
{
    sqlite3_stmt *st = NULL;
    assert_int_equal(sqlite3_prepare_v2(p->store->db, sql, -1, &st, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(st), SQLITE_ROW);
    int n = sqlite3_column_int(st, 0);
    (void)sqlite3_finalize(st);
    return n;
}

static void pairs_that_were_served(void **state)
{
    struct place *p = *state;
    struct served *s = served_new(p->store);
    for (int64_t i = 1; i <= 10; i++)
        served_add(s, i, 1, ROWS_START);
    MUST(served_flush_some(s, 4, err));
    assert_int_equal(rows(p, "SELECT count(*) FROM served"), 0);
    served_flush_begin(s);
    MUST(served_flush_some(s, 4, err));
    assert_int_equal(rows(p, "SELECT max(service_id) FROM served"), 4); /* the oldest first */
    served_add(s, 11, 1, ROWS_START);
    for (int i = 0; i < 5; i++)
        MUST(served_flush_some(s, 4, err));
    assert_int_equal(rows(p, "SELECT count(*) FROM served"), 10); /* not what came later */
    served_add(s, 1, 1, ROWS_START);
    MUST(served_flush(s, err));
    assert_int_equal(rows(p, "SELECT sum(count) FROM served"), 12);
    served_free(s);
}

static void minutes_of_services(void **state)
{
    struct place *p = *state;
    struct metrics *m = metrics_new(p->store);
    const struct metrics_rest rest = {.bytes = 3};
    for (int64_t i = 1; i <= 10; i++)
        metrics_end(m, i, NULL, ROWS_START, &rest);
    metrics_end(m, 11, NULL, ROWS_START + 600000000, &rest);
    for (int n = 4; n < 16; n += 4) {
        MUST(metrics_flush(m, ROWS_START + 600000000, 4, err));
        assert_int_equal(rows(p, "SELECT count(*) FROM metric_minute"), n < 10 ? n : 10);
    }
    MUST(metrics_flush(m, INT64_MAX, SIZE_MAX, err));
    assert_int_equal(rows(p, "SELECT sum(bytes) FROM metric_minute"), 33);
    metrics_free(m);
}

static void certificates_that_were_seen(void **state)
{
    struct place *p = *state;
    struct certs *c = certs_new(p->store, NULL);
    uint8_t der[2] = {0x30, 0};
    struct cert_entry entry = {.der = {der, sizeof der}};
    const struct cert_message m = {.certs = &entry, .n_certs = 1};
    const struct certificate *out[TLS_CHAIN_CAP];
    int64_t ids[TLS_CHAIN_CAP];
    int64_t chain_id = 0;
    for (int i = 0; i < 20; i++) {
        der[1] = (uint8_t)(i % 10);
        MUST(certs_chain(c, &m, ROWS_START + i / 10, out, ids, &chain_id, err));
    }
    certs_flush_begin(c);
    for (int n = 4; n < 16; n += 4) {
        char sql[96];
        MUST(certs_flush_some(c, 4, err));
        (void)snprintf(sql, sizeof sql, "SELECT count(*) FROM certificate WHERE last_us = %lld",
                (long long)ROWS_START + 1);
        assert_int_equal(rows(p, sql), n < 10 ? n : 10);
    }
    certs_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(pairs_that_were_served, set_up, place_remove),
            cmocka_unit_test_setup_teardown(minutes_of_services, set_up, place_remove),
            cmocka_unit_test_setup_teardown(certificates_that_were_seen, set_up, place_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
