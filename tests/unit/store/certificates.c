/* Names of certificates are one change, and what waits for a commit stays within its bounds. */
#include <sqlite3.h>
#include <string.h>

#include "store/remember.h"
#include "store/watch.h"
#include "tests/unit/store/own_sql.h"
#include "tests/unit/store/rows.h"

static int set_up(void **state)
{
    (void)place_make(state);
    struct place *p = *state;
    MUST(store_open_watch(p->db, ROWS_START, &p->store, err));
    return 0;
}

static struct bytes raw(const char *bytes, size_t n)
{
    return (struct bytes){(const uint8_t *)bytes, n};
}

static void names_are_as_they_were(void **state)
{
    struct place *p = *state;
    struct san sans[] = {{SAN_DNS, raw("www.example.com", 15)},
            {SAN_IP, raw("\xc0\x00\x02\x01", 4)},
            {SAN_IP, raw("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01", 16)},
            {SAN_IP, raw("\x01\x02\x03", 3)}, {SAN_EMAIL, raw("a\"b\\c@example.com", 17)},
            {SAN_URI, raw("urn:\0x", 6)}, {SAN_OTHER, raw("\xff\x80", 2)}, {SAN_DNS, {NULL, 0}}};
    struct certificate c = {.der = bytes_of_text("DER"), .sans = sans, .n_sans = 8};
    int64_t id = 0;
    struct text t = {0};
    sqlite3 *db = NULL;
    sqlite3_stmt *st = NULL;
    MUST(store_certificate(p->store, &c, 1, 2, &id, err));
    assert_int_equal(p->store->watch->n_changes, 2);
    MUST(store_flush(p->store, err));
    assert_int_equal(sqlite3_open(p->db, &db), SQLITE_OK);
    assert_int_equal(
            sqlite3_prepare_v2(db,
                    "SELECT group_concat(position || type || ' ' || hex(value) || ' ' || display, "
                    "char(10)) || char(10) || (SELECT hex(der) FROM certificate) FROM (SELECT * "
                    "FROM certificate_name WHERE certificate_id = 1 ORDER BY position)",
                    -1, &st, NULL),
            SQLITE_OK);
    assert_int_equal(sqlite3_step(st), SQLITE_ROW);
    text_add(&t, (const char *)sqlite3_column_text(st, 0));
    assert_string_equal(text_str(&t),
            "0dns 7777772E6578616D706C652E636F6D www.example.com\n"
            "1ip C0000201 192.0.2.1\n"
            "2ip 20010DB8000000000000000000000001 2001:db8::1\n"
            "3ip 010203 \\x01\\x02\\x03\n"
            "4email 6122625C63406578616D706C652E636F6D a\"b\\x5cc@example.com\n"
            "5uri 75726E3A0078 urn:\\x00x\n"
            "6other FF80 \\xff\\x80\n"
            "7dns  \n"
            "444552");
    text_fini(&t);
    (void)sqlite3_finalize(st);
    (void)sqlite3_close(db);
}

/* One of n bytes, with a name. */
static struct certificate *made(int number, size_t n)
{
    static struct san san = {SAN_DNS, {(const uint8_t *)"a.test", 6}};
    static uint8_t der[1 << 20];
    static struct certificate c;
    c = (struct certificate){.der = {der, n}, .sans = &san, .n_sans = 1};
    c.sha256[0] = (uint8_t)number;
    c.sha256[1] = (uint8_t)(number >> 8);
    return &c;
}

static void names_are_left_out_while_much_waits(void **state)
{
    struct place *p = *state;
    bool names = true;
    int64_t id = 0, again = 0;
    int n = 0;
    for (; names && n < 100; n++) {
        MUST(store_certificate_new(p->store, made(n, 1 << 20), 1, 2, &names, &id, err));
        names |= p->store->watch->change_bytes < WATCH_SOFT_BYTES;
    }
    assert_in_range(n, 16, 18); /* a byte is two digits */
    MUST(store_flush(p->store, err));
    names = true;
    MUST(store_certificate_seen(p->store, made(n - 1, 0)->sha256, 1, 2, &names, &again, err));
    assert_int_equal(again, id);
    assert_false(names);
    MUST(store_certificate_names(p->store, made(n - 1, 0), id, &names, err));
    assert_true(names);
    MUST(store_certificate_seen(p->store, made(n - 1, 0)->sha256, 1, 2, &names, &again, err));
    assert_true(names);
}

/* Names that cannot be written are not told to be there, whether SQLite undoes only the statement
 * or all. */
static void names_come_after_a_failure(void **state)
{
    static const char *const hows[] = {"ABORT", "ROLLBACK"};
    struct place *p = *state;
    struct err why;
    int64_t first = 0, second = 0;
    for (int i = 0; i < 2; i++) {
        char sql[200];
        bool names = false;
        (void)snprintf(sql, sizeof sql,
                "CREATE TEMP TRIGGER fails BEFORE INSERT ON main.certificate_name BEGIN "
                "SELECT RAISE(%s, 'no'); END",
                hows[i]);
        run_sql(p, sql);
        MUST(store_certificate_new(p->store, made(2 * i, 9), 1, 2, &names, &first, err));
        assert_false(store_certificate_names(p->store, made(2 * i, 9), first, &names, &why));
        assert_false(names);
        names = true;
        assert_false(
                store_certificate_new(p->store, made(2 * i + 1, 9), 1, 2, &names, &second, &why));
        run_sql(p, "DROP TRIGGER fails");
        MUST(store_certificate_seen(p->store, made(2 * i, 9)->sha256, 1, 2, &names, &first, err));
        assert_false(names);
        MUST(store_certificate_seen(
                p->store, made(2 * i + 1, 9)->sha256, 1, 2, &names, &second, err));
        assert_int_equal(second, 0);
        MUST(store_certificate_names(p->store, made(2 * i, 9), first, &names, err));
        assert_true(names);
        MUST(store_certificate_new(p->store, made(2 * i + 1, 9), 1, 2, &names, &second, err));
        MUST(store_flush(p->store, err));
        assert_int_equal(ask(p, "SELECT count(*) FROM certificate"), 2 * i + 2);
        assert_int_equal(ask(p, "SELECT count(*) FROM certificate_name"), 2 * i + 2);
        assert_int_equal(ask(p, "SELECT count(problem) FROM certificate"), 0);
    }
}

static void a_transaction_does_not_grow_for_ever(void **state)
{
    struct place *p = *state;
    const struct watch *w = p->store->watch;
    int64_t id = 0;
    for (int i = 0; i < 100; i++) {
        MUST(store_certificate(p->store, made(i, 1 << 20), 1, 2, &id, err));
        assert_true(w->change_bytes < WATCH_HARD_BYTES + (3 << 20));
    }
    MUST(store_flush(p->store, err));
    assert_int_equal(w->losses.updates, 0);
    MUST(store_certificates_count(p->store, &id, err));
    assert_int_equal(id, 100);
}

static void nothing_is_changed_when_all_is_full(void **state)
{
    struct place *p = *state;
    const struct watch *w = p->store->watch;
    struct err why;
    int64_t id = 0;
    int n = 0;
    MUST(store_certificate(p->store, made(0, 1), 1, 2, &id, err));
    p->store->watch->is_waiting = true; /* as after a commit that failed */
    for (n = 1; n < 100 && store_certificate(p->store, made(n, 1 << 20), 1, 2, &id, &why); n++)
        assert_true(w->change_bytes < WATCH_HARD_BYTES + (3 << 20));
    assert_in_range(n, 60, 70);
    MUST(store_flush(p->store, err)); /* there is space again */
    assert_int_equal(w->change_bytes, 0);
    MUST(store_certificate(p->store, made(n, 1), 1, 2, &id, err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(names_are_as_they_were, set_up, rows_remove),
            cmocka_unit_test_setup_teardown(
                    names_are_left_out_while_much_waits, set_up, rows_remove),
            cmocka_unit_test_setup_teardown(names_come_after_a_failure, set_up, rows_remove),
            cmocka_unit_test_setup_teardown(
                    a_transaction_does_not_grow_for_ever, set_up, rows_remove),
            cmocka_unit_test_setup_teardown(
                    nothing_is_changed_when_all_is_full, set_up, rows_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
