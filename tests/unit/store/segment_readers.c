/* Readers beside the writer: as another user who may only read, while rows are being written and
 * after the writer has gone; and none of them keeps a log from being written out. */
#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <stdlib.h>

#include "tests/unit/store/again.h"
#include "tests/unit/store/rows.h"
#include "tests/unit/test.h"

enum { NOBODY = 65534, EVERY = 15, N_ROWS = 60 };

/* In a process of its own: everything can be asked, and nothing be written. A test that fails there
 * ends it. */
static int ask_as_nobody(const char *db)
{
    struct text t = {0};
    struct store *s = NULL;
    struct err err = {""};
    if (setgroups(0, NULL) != 0 || setgid(NOBODY) != 0 || setuid(NOBODY) != 0)
        return 77;
    bool is_ok = store_open(db, STORE_READ, &s, &err) &&
                 query_report(s, REPORT_TOTALS, dump_row, &t, &err);
    if (is_ok) {
        dump_things(s, &t, N_ROWS);
        dump_lists(s, &t);
    } else {
        (void)fprintf(stderr, "%s\n", err.text);
    }
    store_close(s);
    text_fini(&t);
    return is_ok && access(db, W_OK) != 0 ? 0 : 1;
}

static void as_nobody(const char *db)
{
    int status = again_ended(again("ask", db));
    if (status == 77)
        skip();
    assert_int_equal(status, 0);
}

static void write_some(struct place *p, struct rows *r)
{
    MUST(store_open_watch(p->db, ROWS_START, &p->store, err));
    rows_begin(r, p->store);
    rows_finding(r, 2, "cert-expired", 9);
    rows_finding(r, 1, "name-mismatch", 1);
    for (int i = 0; i < N_ROWS; i++) {
        if (i > 0 && i % EVERY == 0)
            MUST(store_rotate(p->store, ROWS_START + i * ROWS_STEP, err));
        MUST(row_put(r, i, err));
    }
    MUST(store_flush(p->store, err));
}

static void open_to_all(struct place *p)
{
    assert_int_equal(chmod(p->directory, 0755), 0);
}

static void test_beside_writer(void **state)
{
    struct place *p = *state;
    struct rows r;
    if (geteuid() != 0)
        skip();
    open_to_all(p);
    write_some(p, &r);
    MUST(row_put(&r, N_ROWS, err)); /* the writer is in a transaction */
    as_nobody(p->db);
    MUST(store_flush(p->store, err));
    as_nobody(p->db);
}

static void test_after_writer(void **state)
{
    struct place *p = *state;
    struct rows r;
    if (geteuid() != 0)
        skip();
    open_to_all(p);
    write_some(p, &r);
    MUST(store_end_run(p->store, 0, err));
    store_close(p->store);
    p->store = NULL;
    assert_int_equal(count_files(p->db, "-wal"), 0);
    as_nobody(p->db);
}

/* The logs and what is in them are still there. */
static void test_after_kill(void **state)
{
    struct place *p = *state;
    struct rows r;
    if (geteuid() != 0)
        skip();
    open_to_all(p);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        write_some(p, &r);
        (void)raise(SIGKILL);
    }
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_int_equal(count_files(p->db, "-wal"), 2);
    as_nobody(p->db);
}

/* Counts handshakes by three ways in one statement each; a moment is the same for all. */
struct seen {
    int64_t handshakes, clients;
};

static bool on_totals(void *ctx, const struct value *values, size_t n)
{
    struct seen *seen = ctx;
    for (size_t i = 0; i < n; i++) {
        if (strcmp(values[i].name, "handshakes") == 0)
            seen->handshakes = values[i].integer;
        if (strcmp(values[i].name, "clients") == 0)
            seen->clients = values[i].integer;
    }
    return true;
}

static bool count_row(void *ctx, const struct value *values, size_t n)
{
    (void)values;
    (void)n;
    (*(int *)ctx)++;
    return true;
}

/* In a process of its own: while this one writes and rotates, every handshake that is listed has
 * its addresses and service, so that a list (which joins them) has as many as there are. */
static int read_while(const char *db)
{
    const struct list_filter all = {.since_us = TIME_NONE, .until_us = TIME_NONE};
    struct store *s = NULL;
    struct err err = {""};
    int last = 0;
    if (!store_open(db, STORE_READ, &s, &err))
        return 2;
    for (int i = 0; i < 60 && last < 3000; i++) {
        int n = 0;
        if (!query_list(s, LIST_HANDSHAKES, &all, count_row, &n, &err)) {
            (void)fprintf(stderr, "%s\n", err.text);
            return 3;
        }
        if (n < last || n % 50 != 0)
            return 4;
        last = n;
    }
    store_close(s);
    return 0;
}

/* Each handshake has names of its own, so that a reader whose moments differ would miss some. */
static void put_new_names(struct rows *r, int i)
{
    struct handshake *h = row_made(i);
    struct handshake_refs refs = {.service_id = r->services[0].id};
    h->sides[0].endpoint.address.ip[13] = (uint8_t)(i >> 8);
    h->sides[0].endpoint.address.ip[14] = (uint8_t)i;
    MUST(store_handshake(r->s, h, &refs, err));
    handshake_free(h);
}

static void test_one_moment(void **state)
{
    struct place *p = *state;
    struct rows r;
    MUST(store_open_watch(p->db, ROWS_START, &p->store, err));
    rows_begin(&r, p->store);
    MUST(store_flush(p->store, err));
    pid_t pid = again("read", p->db);
    for (int i = 0; i < 3000; i++) {
        put_new_names(&r, i);
        if (i % 50 == 49)
            MUST(store_flush(p->store, err));
        if (i % 500 == 499)
            MUST(store_rotate(p->store, ROWS_START + i * ROWS_STEP, err));
    }
    assert_int_equal(again_ended(pid), 0);
}

struct slow {
    struct place *p;
    struct rows *r;
    int n;
};

/* While rows are handed over, the writer can write its log out and begin it anew. */
static bool on_slow(void *ctx, const struct value *values, size_t n)
{
    struct slow *slow = ctx;
    char wal[160];
    struct stat st;
    (void)values;
    (void)n;
    if (slow->n++ != 3)
        return true;
    for (int i = 1000; i < 16000; i++) {
        put_new_names(slow->r, i);
        if (i % 500 == 499)
            MUST(store_flush(slow->p->store, err));
    }
    (void)snprintf(wal, sizeof wal, "%s-wal", slow->p->db);
    assert_int_equal(stat(wal, &st), 0);
    assert_true(st.st_size < 9 << 20);
    return true;
}

static void test_slow_output(void **state)
{
    const struct list_filter all = {.since_us = TIME_NONE, .until_us = TIME_NONE};
    struct place *p = *state;
    struct rows r;
    struct store *reader = NULL;
    write_some(p, &r);
    struct slow slow = {p, &r, 0};
    MUST(store_open(p->db, STORE_READ, &reader, err));
    MUST(query_list(reader, LIST_HANDSHAKES, &all, on_slow, &slow, err));
    assert_int_equal(slow.n, N_ROWS);
    struct seen seen = {0};
    MUST(query_report(reader, REPORT_TOTALS, on_totals, &seen, err));
    assert_true(seen.handshakes >= 15000 && seen.clients > 5000);
    store_close(reader);
}

/* More rows than are held in memory. */
static void test_much(void **state)
{
    const struct list_filter all = {.since_us = TIME_NONE, .until_us = TIME_NONE};
    struct place *p = *state;
    struct rows r;
    struct store *reader = NULL;
    int n = 0;
    MUST(store_open_watch(p->db, ROWS_START, &p->store, err));
    rows_begin(&r, p->store);
    for (int i = 0; i < 9000; i++)
        MUST(row_put(&r, i, err));
    MUST(store_flush(p->store, err));
    MUST(store_open(p->db, STORE_READ, &reader, err));
    MUST(query_list(reader, LIST_HANDSHAKES, &all, count_row, &n, err));
    store_close(reader);
    assert_int_equal(n, 9000);
}

int main(int argc, char **argv)
{
    if (argc == 3)
        return strcmp(argv[1], "ask") == 0 ? ask_as_nobody(argv[2]) : read_while(argv[2]);
    const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(test_beside_writer, place_make, rows_remove),
            cmocka_unit_test_setup_teardown(test_after_writer, place_make, rows_remove),
            cmocka_unit_test_setup_teardown(test_after_kill, place_make, rows_remove),
            cmocka_unit_test_setup_teardown(test_one_moment, place_make, rows_remove),
            cmocka_unit_test_setup_teardown(test_slow_output, place_make, rows_remove),
            cmocka_unit_test_setup_teardown(test_much, place_make, rows_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
