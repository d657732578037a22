/* What goes from the inventory with the segments that referred to it, what stays, and counts by
 * time. */
#include <sqlite3.h>
#include <stdlib.h>

#include "store/capture.h"
#include "tests/unit/store/varied.h"
#include "tests/unit/test.h"

enum { VALUES = 3000 };
#define MINUTE_US INT64_C(60000000)

static int64_t ask(struct place *p, const char *sql)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open_v2(p->db, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    int64_t n = varied_ask(db, sql);
    (void)sqlite3_close(db);
    return n;
}

static void begin(struct place *p, struct rows *r)
{
    MUST(store_open_watch(p->db, ROWS_START, &p->store, err));
    rows_begin(r, p->store);
}

static void restart(struct place *p, struct rows *r)
{
    MUST(store_end_run(p->store, 0, err));
    store_close(p->store);
    begin(p, r);
}

static void rotate(struct place *p)
{
    MUST(store_rotate(p->store, ROWS_START, err));
}

static void keep(struct place *p, uint64_t segments)
{
    const struct store_keep k = {.segments = segments};
    uint64_t removed;
    MUST(store_retain(p->store, &k, &removed, err));
    MUST(store_flush(p->store, err));
}

/* Until nothing is left to do; gives the number of slices. */
static int prune(struct place *p, int64_t before_us)
{
    int n = 0;
    do {
        MUST(store_prune(p->store, before_us, err));
        n++;
    } while (!store_is_pruned(p->store));
    return n;
}

static const char EACH[] = "SELECT (SELECT count(*) FROM label WHERE value LIKE 'ja3-%') + "
                           "(SELECT count(*) FROM label WHERE value GLOB 'g[0-9]*') + "
                           "(SELECT count(*) FROM name) + (SELECT count(*) FROM client_offer) + "
                           "(SELECT count(*) FROM server_choice) + "
                           "(SELECT count(*) FROM address WHERE display LIKE '10.1.%')";

/* Ten values in each of four segments: nothing goes before its segment, and then all of it. */
static void test_with_segment(void **state)
{
    struct place *p = *state;
    struct rows r;
    begin(p, &r);
    for (int i = 0; i < 40; i++) {
        if (i % 10 == 0 && i > 0)
            rotate(p);
        varied_put(&r, i, (unsigned)i);
    }
    MUST(store_flush(p->store, err));
    (void)prune(p, TIME_NONE);
    assert_int_equal(ask(p, EACH), 6 * 40);
    keep(p, 3);
    assert_int_equal(ask(p, EACH), 6 * 40);
    (void)prune(p, TIME_NONE);
    assert_int_equal(ask(p, EACH), 6 * 30);
    assert_int_equal(varied_check(p->db), 30);
    keep(p, 1);
    (void)prune(p, TIME_NONE);
    assert_int_equal(ask(p, EACH), 6 * 10);
    assert_int_equal(varied_check(p->db), 10);
}

/* What comes back after it was removed is made anew, what was used again meanwhile is still there,
 * and no id is given twice. */
static void test_again(void **state)
{
    struct place *p = *state;
    struct rows r;
    begin(p, &r);
    for (int i = 0; i < 20; i++)
        varied_put(&r, i, (unsigned)i);
    rotate(p);
    varied_put(&r, 20, 3);
    rotate(p);
    MUST(store_flush(p->store, err));
    int64_t last = ask(p, "SELECT max(id) FROM label");
    int64_t third = ask(p, "SELECT id FROM label WHERE value = 'ja3-3'");
    keep(p, 1);
    (void)prune(p, TIME_NONE);
    assert_true(ask(p, "SELECT max(id) FROM label") == last); /* dead, but it holds the number */
    assert_int_equal(ask(p, "SELECT count(*) FROM name"), 1);
    for (int i = 30; i < 50; i++)
        varied_put(&r, i, (unsigned)(i - 30));
    MUST(store_flush(p->store, err));
    assert_int_equal(varied_check(p->db), 20);
    assert_true(ask(p, "SELECT min(id) FROM label WHERE value GLOB 'ja3-[0-9]'") > last);
    assert_true(third < last);
}

/* Its own handshakes, also those that `read` adds, with values that a segment has as well. */
static void test_inventory_stays(void **state)
{
    struct place *p = *state;
    struct rows r, own;
    struct store *other = NULL;
    begin(p, &r);
    for (int i = 0; i < 10; i++)
        varied_put(&r, i, (unsigned)i);
    MUST(store_flush(p->store, err));
    MUST(store_open(p->db, STORE_CREATE, &other, err));
    own = r;
    own.s = other;
    for (int i = 100; i < 110; i++)
        varied_put(&own, i, (unsigned)(i - 95));
    MUST(store_flush(other, err));
    store_close(other);
    for (int i = 0; i < 3; i++) {
        rotate(p);
        varied_put(&r, 20 + i, 7 + (unsigned)i); /* what is to stay is not marked again */
    }
    rotate(p);
    MUST(store_flush(p->store, err));
    keep(p, 1);
    (void)prune(p, TIME_NONE);
    assert_int_equal(varied_check(p->db), 0);
    assert_int_equal(ask(p, "SELECT count(*) FROM handshake"), 10);
    assert_int_equal(ask(p, EACH), 6 * 10);
}

static struct unanalysed_traffic datagrams(unsigned last_byte, int64_t us)
{
    struct unanalysed_traffic t = {
            .kind = "quic-v1", .packets = 1, .bytes = 1, .first_us = us, .last_us = us};
    t.server.port = 443;
    t.server.address.ip[0] = 0x20;
    t.server.address.ip[15] = (uint8_t)last_byte;
    return t;
}

/* Addresses that findings, servers of datagrams and flows of something else have. */
static void test_addresses(void **state)
{
    struct place *p = *state;
    struct rows r;
    struct finding f = {.severity = 3, .count = 1};
    struct not_tls other = {.label = "HTTP", .source = "ports"};
    begin(p, &r);
    f.first.defect = "cert-expired";
    f.first.service = r.services[0];
    f.first.has_endpoints = true;
    f.first.server.address.ip[0] = f.first.client.address.ip[0] = 0x30;
    f.first.client.address.ip[15] = 1;
    other.server.address.ip[0] = 0x40;
    MUST(store_finding(p->store, &f, err));
    f.first.client.address.ip[15] = 2; /* sighted again: the row keeps its first sighting */
    MUST(store_finding(p->store, &f, err));
    MUST(store_not_tls(p->store, 1, &other, false, err));
    struct unanalysed_traffic old = datagrams(1, ROWS_START);
    struct unanalysed_traffic new = datagrams(2, ROWS_START + 2 * MINUTE_US);
    MUST(store_unanalysed(p->store, &old, err));
    MUST(store_unanalysed(p->store, &new, err));
    rotate(p);
    varied_put(&r, 1, 1);
    MUST(store_flush(p->store, err));
    keep(p, 1);
    (void)prune(p, TIME_NONE);
    assert_int_equal(ask(p, "SELECT count(*) FROM address WHERE display LIKE '20%'"), 2);
    assert_int_equal(ask(p, "SELECT count(*) FROM address WHERE display LIKE '30%'"), 2);
    assert_int_equal(ask(p, "SELECT count(*) FROM address WHERE display LIKE '40%'"), 1);
    assert_int_equal(ask(p, "SELECT count(*) FROM findings WHERE client LIKE '30%'"), 1);
    (void)prune(p, ROWS_START + MINUTE_US);
    assert_int_equal(ask(p, "SELECT count(*) FROM unanalysed"), 1);
    rotate(p);
    keep(p, 1);
    (void)prune(p, ROWS_START + MINUTE_US);
    assert_int_equal(ask(p, "SELECT count(*) FROM address WHERE display LIKE '20%'"), 1);
    assert_int_equal(ask(p, "SELECT count(*) FROM unanalysed JOIN address a ON "
                            "a.id = server_address_id"),
            1);
}

/* Some values are used all the time, others for a while. */
static unsigned random_value(unsigned *seed, int i)
{
    *seed = *seed * 1103515245 + 12345;
    unsigned n = *seed >> 16;
    return n % 4 == 0 ? n / 4 % 8 : 8 + (unsigned)i / 4 + n / 4 % 60;
}

static void list(struct place *p, struct text *t)
{
    const struct list_filter all = {.since_us = TIME_NONE, .until_us = TIME_NONE};
    struct store *reader = NULL;
    text_clear(t);
    MUST(store_open(p->db, STORE_READ, &reader, err));
    MUST(query_list(reader, LIST_HANDSHAKES, &all, dump_row, t, err));
    store_close(reader);
}

/* values are those of the handshakes. */
static void change_older(
        struct place *p, struct rows *r, int i, unsigned seed, const unsigned *values)
{
    char key[32];
    int which = i - (int)(seed >> 8) % 40;
    if (which < 0)
        return;
    (void)snprintf(key, sizeof key, "late g%u", values[which]);
    if (seed % 3 == 0)
        MUST(store_later_defects(p->store, row_id(which), "cert-late", 2, key, err));
    if (seed % 7 == 0)
        row_end(r, which);
}

/* Many rotations with random use, restarts, and what comes late for older segments. */
static void test_random(void **state)
{
    struct place *p = *state;
    struct rows r;
    struct text before = {0}, after = {0};
    unsigned seed = 42, values[VALUES];
    int64_t n_checked = 0;
    begin(p, &r);
    for (int i = 0; i < VALUES; i++) {
        values[i] = random_value(&seed, i);
        varied_put(&r, i, values[i]);
        if (i % 11 == 0)
            rows_finding(&r, i % 3, "cert-expired", 1);
        if (i % 50 == 49)
            rotate(p);
        if (i % 13 == 0) {
            MUST(store_flush(p->store, err));
            MUST(store_prune(p->store, TIME_NONE, err));
        }
        if (i % 60 == 59) {
            keep(p, 1 + seed % 5);
            list(p, &before);
            (void)prune(p, TIME_NONE);
            list(p, &after);
            assert_string_equal(text_str(&before), text_str(&after));
            n_checked += varied_check(p->db);
        }
        if (i % 400 == 399)
            restart(p, &r);
        change_older(p, &r, i, seed, values);
    }
    keep(p, 2);
    (void)prune(p, TIME_NONE);
    assert_true(n_checked > 2000);
    /* 758 values were used; two segments are left, and the eight that come all the time. */
    assert_true(ask(p, "SELECT count(*) FROM client_offer") < 110);
    assert_true(ask(p, "SELECT count(*) FROM name") < 110);
    text_fini(&before);
    text_fini(&after);
}

/* What was left to do when a run ended is done by the next one. */
static void test_restart(void **state)
{
    struct place *p = *state;
    struct rows r;
    begin(p, &r);
    for (int i = 0; i < 20; i++)
        varied_put(&r, i, (unsigned)i);
    rotate(p);
    keep(p, 1);
    restart(p, &r);
    varied_put(&r, 30, 4);
    MUST(store_flush(p->store, err));
    assert_int_equal(ask(p, "SELECT count(*) FROM name"), 20);
    (void)prune(p, TIME_NONE);
    assert_int_equal(ask(p, "SELECT count(*) FROM name"), 2); /* 4, and the last */
    assert_int_equal(varied_check(p->db), 1);
}

/* Another program has the inventory: nothing is removed, and nothing is wrong. */
static void test_locked(void **state)
{
    struct place *p = *state;
    struct rows r;
    sqlite3 *other = NULL;
    begin(p, &r);
    for (int i = 0; i < 20; i++)
        varied_put(&r, i, (unsigned)i);
    rotate(p);
    keep(p, 1);
    assert_int_equal(sqlite3_open(p->db, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    for (int i = 0; i < 30; i++)
        MUST(store_prune(p->store, ROWS_START, err));
    assert_false(store_is_waiting(p->store));
    assert_false(store_is_pruned(p->store));
    assert_int_equal(sqlite3_close(other), SQLITE_OK);
    (void)prune(p, ROWS_START);
    assert_int_equal(ask(p, "SELECT count(*) FROM name"), 1);
}

/* More than a slice. */
static void test_slices(void **state)
{
    struct place *p = *state;
    struct rows r;
    begin(p, &r);
    for (int i = 0; i < 9000; i++)
        varied_put(&r, i, (unsigned)i);
    rotate(p);
    for (int i = 9000; i < 9010; i++)
        varied_put(&r, i, (unsigned)i);
    MUST(store_flush(p->store, err));
    keep(p, 1);
    MUST(store_prune(p->store, TIME_NONE, err));
    int64_t n = ask(p, "SELECT count(*) FROM client_offer");
    assert_in_range(n, 9010 - 2000, 9010 - 2000 + 10);
    assert_true(prune(p, TIME_NONE) > 15);
    assert_int_equal(ask(p, EACH), 6 * 10);
}

/* It comes to its end although rows are added all the time. */
static void test_growing(void **state)
{
    struct place *p = *state;
    struct rows r;
    int n = 0;
    begin(p, &r);
    for (int i = 0; i < 3000; i++)
        varied_put(&r, i, (unsigned)i);
    rotate(p);
    keep(p, 1);
    do {
        varied_put(&r, 3000 + n, (unsigned)(3000 + n));
        MUST(store_flush(p->store, err));
        MUST(store_prune(p->store, TIME_NONE, err));
        n++;
    } while (!store_is_pruned(p->store) && n < 100);
    assert_true(n < 20);
    assert_int_equal(ask(p, EACH), 6 * n);
}

static void put_metrics(struct place *p, struct rows *r, int n_minutes)
{
    struct metrics_row m = {.counts = {0}};
    const uint64_t counts[4] = {0, 1, 2, 3};
    m.counts[METRIC_success] = 5;
    for (int k = 0; k < 3; k++)
        for (int i = 0; i < n_minutes; i++) {
            int64_t us = ROWS_START + i * MINUTE_US;
            MUST(store_metrics(p->store, r->services[k].id, k == 1 ? "eu" : NULL, us, &m, err));
            MUST(store_metrics(p->store, r->services[k].id, k == 1 ? "us" : NULL, us, &m, err));
            MUST(store_rule_count(
                    p->store, i % 2 == 0 ? "a-rule" : "b-rule", k + 1, us, counts, err));
        }
    metrics_row_fini(&m);
    MUST(store_flush(p->store, err));
}

/* One row a minute from `from` on. */
static void put_capture(struct place *p, int64_t minutes, int64_t from)
{
    const struct capture_counts c = {.n = {0}};
    for (int64_t i = from; i < minutes; i++)
        MUST(store_capture_minute(p->store, ROWS_START + i * MINUTE_US, &c, err));
    MUST(store_flush(p->store, err));
}

/* Counts of before a time go, in slices; those of after it stay. */
static void test_counts(void **state)
{
    enum { MINUTES = 6000, KEPT = 100 };
    struct place *p = *state;
    struct rows r;
    const int64_t before_us = ROWS_START + (MINUTES - KEPT) * MINUTE_US;
    begin(p, &r);
    put_metrics(p, &r, MINUTES);
    put_capture(p, MINUTES / 2, 0);
    restart(p, &r);
    put_capture(p, MINUTES, MINUTES / 2);
    assert_int_equal(ask(p, "SELECT count(*) FROM metric_minute"), 4 * MINUTES);
    MUST(store_prune(p->store, before_us, err));
    assert_int_equal(ask(p, "SELECT count(*) FROM metric_minute"), 4 * MINUTES - 2000);
    assert_true(prune(p, before_us) > 5);
    assert_int_equal(ask(p, "SELECT count(*) FROM metric_minute"), 4 * KEPT);
    assert_int_equal(ask(p, "SELECT count(*) FROM rule_count"), 3 * KEPT);
    assert_int_equal(ask(p, "SELECT count(*) FROM capture_minute"), KEPT);
    assert_true(ask(p, "SELECT min(minute_us) FROM capture_minute") == before_us);
    assert_true(ask(p, "SELECT min(minute_us) FROM metric_minute") == before_us);
    assert_true(ask(p, "SELECT min(hour_us) FROM rule_count") == before_us);
    assert_int_equal(prune(p, before_us), 1); /* nothing is new */
    (void)prune(p, before_us + MINUTE_US);
    assert_int_equal(ask(p, "SELECT count(*) FROM metric_minute"), 4 * (KEPT - 1));
    assert_int_equal(ask(p, "SELECT count(*) FROM rule_count"), 3 * (KEPT - 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(test_with_segment, place_make, rows_remove),
            cmocka_unit_test_setup_teardown(test_again, place_make, rows_remove),
            cmocka_unit_test_setup_teardown(test_inventory_stays, place_make, rows_remove),
            cmocka_unit_test_setup_teardown(test_addresses, place_make, rows_remove),
            cmocka_unit_test_setup_teardown(test_random, place_make, rows_remove),
            cmocka_unit_test_setup_teardown(test_restart, place_make, rows_remove),
            cmocka_unit_test_setup_teardown(test_locked, place_make, rows_remove),
            cmocka_unit_test_setup_teardown(test_slices, place_make, rows_remove),
            cmocka_unit_test_setup_teardown(test_growing, place_make, rows_remove),
            cmocka_unit_test_setup_teardown(test_counts, place_make, rows_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
