/* A disk that is full for a while, on a small file system of its own: nothing that was committed is
 * lost, rows wait up to a bound, the rest is counted, and writing goes on. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/statvfs.h>

#include "tests/unit/store/varied.h"
#include "tests/unit/test.h"

static bool has_disk; /* a mount namespace of this process */

struct disk {
    struct place *p;
    struct rows r;
    char ballast[128];
    int n_put, n_confirmed;
};

static int set_up(void **state)
{
    if (place_make(state) != 0)
        return -1;
    struct place *p = *state;
    return !has_disk || mount("none", p->directory, "tmpfs", 0, "size=12m") == 0 ? 0 : -1;
}

static int tear_down(void **state)
{
    struct place *p = *state;
    store_close(p->store);
    p->store = NULL;
    if (has_disk)
        (void)umount2(p->directory, MNT_DETACH);
    return place_remove(state);
}

/* Leaves so many bytes free. */
static void fill(struct disk *d, size_t leave)
{
    struct statvfs v;
    assert_int_equal(statvfs(d->p->directory, &v), 0);
    (void)snprintf(d->ballast, sizeof d->ballast, "%s/ballast", d->p->directory);
    int fd = open(d->ballast, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    size_t space = (size_t)(v.f_bavail * v.f_frsize);
    assert_int_equal(posix_fallocate(fd, 0, (off_t)(space > leave ? space - leave : 1)), 0);
    (void)close(fd);
}

static void put(struct disk *d, int n)
{
    for (int i = 0; i < n; i++)
        MUST(row_put(&d->r, d->n_put++, err));
}

static bool flush(struct disk *d)
{
    struct err err = {""};
    bool is_ok = store_flush(d->p->store, &err);
    if (is_ok)
        d->n_confirmed = d->n_put;
    else if (strstr(err.text, "writing goes on by itself") == NULL)
        fail_msg("%s", err.text);
    assert_int_equal(store_is_waiting(d->p->store), !is_ok);
    return is_ok;
}

static void begin(struct disk *d, struct place *p)
{
    if (!has_disk)
        skip();
    memset(d, 0, sizeof *d);
    d->p = p;
    MUST(store_open_watch(p->db, ROWS_START, &p->store, err));
    store_has_begun(p->store);
    rows_begin(&d->r, p->store);
    put(d, 300);
    assert_true(flush(d));
}

static bool count_row(void *ctx, const struct value *values, size_t n)
{
    (void)values;
    (void)n;
    (*(int *)ctx)++;
    return true;
}

static int count_rows(struct disk *d, enum list list)
{
    const struct list_filter all = {.since_us = TIME_NONE, .until_us = TIME_NONE};
    struct store *s = NULL;
    int n = 0;
    MUST(store_open(d->p->db, STORE_READ, &s, err));
    MUST(query_list(s, list, &all, count_row, &n, err));
    store_close(s);
    return n;
}

static int64_t ask(const char *path, const char *sql)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *st = NULL;
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(st), SQLITE_ROW);
    int64_t n = sqlite3_column_int64(st, 0);
    (void)sqlite3_finalize(st);
    (void)sqlite3_close(db);
    return n;
}

/* New services and findings are made while nothing can be written: their ids stay true. */
static void test_full(void **state)
{
    struct disk d;
    struct store_losses lost;
    struct service late = {.name = "late.test", .transport = 6, .port = 443};
    begin(&d, *state);
    rows_finding(&d.r, 2, "cert-expired", 1);
    fill(&d, 20000);
    do
        put(&d, 500);
    while (flush(&d) && d.n_put < 100000);
    assert_true(d.n_put < 100000);
    MUST(store_service(d.p->store, &late, err));
    int64_t id = late.id;
    d.r.services[4] = late;
    for (int i = 0; i < 20; i++) {
        put(&d, 500);
        rows_finding(&d.r, 2, "cert-expired", 1);
        assert_false(flush(&d));
    }
    assert_int_equal(count_rows(&d, LIST_HANDSHAKES), d.n_confirmed);
    assert_int_equal(unlink(d.ballast), 0);
    store_losses(d.p->store, &lost);
    assert_int_equal(lost.rows + lost.updates + lost.late_ends, 0);
    for (int i = 0; i < 10 && !flush(&d); i++)
        continue;
    assert_int_equal(d.n_confirmed, d.n_put);
    assert_int_equal(count_rows(&d, LIST_HANDSHAKES), d.n_put);
    assert_int_equal(ask(d.p->db, "SELECT id FROM service WHERE name = 'late.test'"), id);
    assert_int_equal(ask(d.p->db, "SELECT count FROM finding"), 21);
    assert_int_equal(ask(d.p->db, "SELECT count(*) FROM served"), 3);
    assert_int_equal(ask(d.p->db, "SELECT sum(count) FROM served"), 30); /* once, not again */
}

/* Beyond the bound rows are lost, and counted. */
static void test_bound(void **state)
{
    struct disk d;
    struct store_losses lost;
    begin(&d, *state);
    fill(&d, 0);
    for (int i = 0; i < 26; i++) {
        put(&d, 1000);
        assert_false(flush(&d));
    }
    store_losses(d.p->store, &lost);
    assert_int_equal(lost.rows, 26000 - 20000);
    assert_int_equal(unlink(d.ballast), 0);
    for (int i = 0; i < 100 && !flush(&d); i++)
        assert_int_equal(mount("none", d.p->directory, "tmpfs", MS_REMOUNT, "size=60m"), 0);
    assert_int_equal(count_rows(&d, LIST_HANDSHAKES), 300 + 20000);
    assert_int_equal(ask(d.p->db, "SELECT count(*) FROM run"), 1);
}

/* Rotation waits, and removing old segments makes the room. */
static void test_retain(void **state)
{
    struct disk d;
    struct err why = {""};
    const struct store_keep keep = {.segments = 1};
    uint64_t removed;
    begin(&d, *state);
    put(&d, 3000);
    assert_true(flush(&d));
    MUST(store_rotate(d.p->store, ROWS_START + 1, err));
    fill(&d, 0);
    put(&d, 400);
    assert_false(flush(&d));
    assert_false(store_rotate(d.p->store, ROWS_START + 2, &why));
    assert_true(store_is_waiting(d.p->store));
    MUST(store_retain(d.p->store, &keep, &removed, err));
    assert_int_equal(removed, 1);
    for (int i = 0; i < 10 && !flush(&d); i++)
        continue;
    assert_int_equal(count_rows(&d, LIST_HANDSHAKES), 400);
    assert_int_equal(ask(d.p->db, "SELECT count(*) FROM segment"), 1);
}

/* Values of a segment that goes are used again while nothing can be written: they stay. */
static void test_used_again(void **state)
{
    struct disk d;
    const struct store_keep keep = {.segments = 1};
    uint64_t removed;
    begin(&d, *state);
    for (int i = 1000; i < 1500; i++)
        varied_put(&d.r, i, (unsigned)i);
    MUST(store_rotate(d.p->store, ROWS_START + 1, err));
    assert_true(flush(&d));
    fill(&d, 0);
    for (int i = 2000; i < 2500; i++)
        varied_put(&d.r, i, (unsigned)(i - 800));
    assert_false(flush(&d));
    MUST(store_retain(d.p->store, &keep, &removed, err));
    for (int i = 0; i < 20; i++)
        MUST(store_prune(d.p->store, TIME_NONE, err));
    assert_int_equal(unlink(d.ballast), 0);
    for (int i = 0; i < 10 && !flush(&d); i++)
        continue;
    for (int i = 0; i < 20; i++)
        MUST(store_prune(d.p->store, TIME_NONE, err));
    assert_true(store_is_pruned(d.p->store));
    assert_int_equal(varied_check(d.p->db), 500);
    assert_int_equal(ask(d.p->db, "SELECT count(*) FROM client_offer"), 500);
}

/* A store that is closed while it waits leaves whole files. */
static void test_closed(void **state)
{
    struct disk d;
    begin(&d, *state);
    fill(&d, 0);
    put(&d, 1000);
    assert_false(flush(&d));
    store_close(d.p->store);
    d.p->store = NULL;
    assert_int_equal(count_rows(&d, LIST_HANDSHAKES), 300);
    assert_int_equal(unlink(d.ballast), 0);
    MUST(store_open_watch(d.p->db, ROWS_START, &d.p->store, err));
    store_has_begun(d.p->store);
    rows_begin(&d.r, d.p->store);
    put(&d, 10);
    assert_true(flush(&d));
    assert_int_equal(count_rows(&d, LIST_HANDSHAKES), 310);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(test_full, set_up, tear_down),
            cmocka_unit_test_setup_teardown(test_bound, set_up, tear_down),
            cmocka_unit_test_setup_teardown(test_retain, set_up, tear_down),
            cmocka_unit_test_setup_teardown(test_used_again, set_up, tear_down),
            cmocka_unit_test_setup_teardown(test_closed, set_up, tear_down),
    };
    has_disk =
            unshare(CLONE_NEWNS) == 0 && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
    if (!has_disk)
        print_message("no disk of its own without root: %s: skipped\n", strerror(errno));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
