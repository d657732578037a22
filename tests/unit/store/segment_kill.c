/* A writer that is killed at any moment: both files are whole, what was confirmed is there, and the
 * next run goes on. */
#include <signal.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "tests/unit/store/varied.h"
#include "tests/unit/test.h"

enum { ROUNDS = 30, BATCH = 40, MOST = 200000 };

static int tear_down(void **state)
{
    struct place *p = *state;
    remove_segments(p->db);
    return place_remove(state);
}

/* Writes the number of rows that are confirmed into the pipe, from `from` on, until it is killed.
 */
static void write_until_killed(const char *db, int from, int out)
{
    struct store *s = NULL;
    struct rows r;
    MUST(store_open_watch(db, ROWS_START, &s, err));
    rows_begin(&r, s);
    for (int i = from; i < MOST; i++) {
        MUST(row_put(&r, i, err));
        if (i > from && i % 3 == 0)
            row_end(&r, i - 1);
        if (i % BATCH != BATCH - 1)
            continue;
        rows_finding(&r, 2, "cert-expired", 1);
        MUST(store_flush(s, err));
        int n = i + 1;
        if (write(out, &n, sizeof n) != sizeof n)
            _exit(1);
        if (i % (BATCH * 20) == BATCH * 20 - 1)
            MUST(store_rotate(s, ROWS_START + i * ROWS_STEP, err));
    }
    _exit(1);
}

/* The same with values of which most are used for a while only, segments that go soon, and what
 * only they referred to. */
static void prune_until_killed(const char *db, int from, int out)
{
    const struct store_keep keep = {.segments = 3};
    uint64_t removed;
    struct store *s = NULL;
    struct rows r;
    MUST(store_open_watch(db, ROWS_START, &s, err));
    rows_begin(&r, s);
    for (int i = from; i < MOST; i++) {
        varied_put(&r, i, i % 4 == 0 ? (unsigned)i % 7 : 7 + (unsigned)(i / 8 + i % 50) % 60000);
        if (i % BATCH != BATCH - 1)
            continue;
        MUST(store_flush(s, err));
        int n = i + 1;
        if (write(out, &n, sizeof n) != sizeof n)
            _exit(1);
        if (i % (BATCH * 5) != BATCH * 5 - 1)
            continue;
        MUST(store_rotate(s, ROWS_START + i * ROWS_STEP, err));
        MUST(store_retain(s, &keep, &removed, err));
        MUST(store_flush(s, err));
        for (int k = 0; k < 9; k++)
            MUST(store_prune(s, TIME_NONE, err));
    }
    _exit(1);
}

static void check_file(const char *path)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *st = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &st, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(st), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(st, 0), "ok");
    (void)sqlite3_finalize(st);
    (void)sqlite3_close(db);
}

static void check_files(const char *db)
{
    char path[512];
    (void)snprintf(path, sizeof path, "%s.d", db);
    DIR *d = opendir(path);
    check_file(db);
    for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;) {
        (void)snprintf(path, sizeof path, "%s.d/%s", db, e->d_name);
        size_t len = strlen(e->d_name);
        if (len > 3 && strcmp(&e->d_name[len - 3], ".db") == 0)
            check_file(path);
    }
    if (d != NULL)
        (void)closedir(d);
}

struct seen {
    unsigned char *is_there;
};

static bool on_row(void *ctx, const struct value *values, size_t n)
{
    struct seen *seen = ctx;
    for (size_t i = 0; i < n; i++)
        if (strcmp(values[i].name, "id") == 0) {
            int64_t at = values[i].integer - (INT64_C(7) << 32) - 1;
            assert_true(at >= 0 && at < 1000003);
            seen->is_there[at] = 1;
        }
    return true;
}

static bool on_finding(void *ctx, const struct value *values, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(values[i].name, "count") == 0)
            *(int64_t *)ctx = values[i].integer;
    return true;
}

static void check_rows(const char *db, int confirmed)
{
    int64_t n_findings = 0;
    const struct list_filter all = {.since_us = TIME_NONE, .until_us = TIME_NONE};
    struct store *s = NULL;
    struct seen seen = {calloc(1, 1000003)};
    assert_non_null(seen.is_there);
    MUST(store_open(db, STORE_READ, &s, err));
    MUST(query_list(s, LIST_HANDSHAKES, &all, on_row, &seen, err));
    MUST(query_list(s, LIST_FINDINGS, &all, on_finding, &n_findings, err));
    /* One with each batch; at most one batch of each writer was not confirmed. */
    assert_true(n_findings >= confirmed / BATCH && n_findings <= confirmed / BATCH + ROUNDS);
    store_close(s);
    for (int i = 0; i < confirmed; i++)
        if (!seen.is_there[(i * (int64_t)7919) % 1000003])
            fail_msg("row %d of %d is lost", i, confirmed);
    free(seen.is_there);
}

static int last_confirmed(int in, int before)
{
    int n = before;
    for (int got; read(in, &got, sizeof got) == sizeof got;)
        n = got;
    return n;
}

/* One writer for a random moment; gives how many rows were confirmed. */
static int run_and_kill(const char *db, void (*write_rows)(const char *db, int from, int out),
        int from, unsigned *seed)
{
    int ends[2], status = 0;
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)close(ends[0]);
        write_rows(db, from, ends[1]);
    }
    (void)close(ends[1]);
    *seed = *seed * 1103515245 + 12345;
    (void)usleep(1000 + *seed / 65536 % 120000);
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
    int confirmed = last_confirmed(ends[0], from);
    (void)close(ends[0]);
    return confirmed;
}

static void test_kill(void **state)
{
    struct place *p = *state;
    int confirmed = 0;
    unsigned seed = 12345;
    for (int i = 0; i < ROUNDS; i++) {
        confirmed = run_and_kill(p->db, write_until_killed, confirmed, &seed);
        if (confirmed > 0 && (i % 5 == 4 || i < 3)) {
            check_files(p->db);
            check_rows(p->db, confirmed);
        }
    }
    check_files(p->db);
    check_rows(p->db, confirmed);
    assert_true(confirmed > 0);
}

/* Whatever was being removed: no handshake that is left misses what it refers to. */
static void test_kill_pruning(void **state)
{
    struct place *p = *state;
    int64_t n = 0;
    int confirmed = 0;
    unsigned seed = 54321;
    /* A slow machine gets less done in each moment. */
    for (int i = 0; i < ROUNDS || (i < 20 * ROUNDS && (n <= ROUNDS * BATCH || confirmed <= 1000));
            i++) {
        confirmed = run_and_kill(p->db, prune_until_killed, confirmed, &seed);
        if (confirmed > 0)
            n += varied_check(p->db);
    }
    check_files(p->db);
    assert_true(n > ROUNDS * BATCH);
    assert_true(confirmed > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(test_kill, place_make, tear_down),
            cmocka_unit_test_setup_teardown(test_kill_pruning, place_make, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
