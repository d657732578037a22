/* Segments that are damaged, before the start, while they are written, and for readers: the rest is
 * there, and the capture goes on. */
#include <fcntl.h>
#include <sqlite3.h>

#include "store/segment.h"
#include "store/watch.h"
#include "tests/unit/store/varied.h"
#include "tests/unit/test.h"

enum { EVERY = 20 };

/* The path of segment number id as its file is called now; "" when there is none. */
static void path_of(const struct place *p, int id, char out[256])
{
    char name[128], want[16];
    (void)snprintf(name, sizeof name, "%s.d", p->db);
    (void)snprintf(want, sizeof want, "%06d-", id);
    out[0] = '\0';
    DIR *d = opendir(name);
    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d)) != NULL;)
        if (strncmp(e->d_name, want, 7) == 0 && strstr(e->d_name, "-wal") == NULL &&
                strstr(e->d_name, "-shm") == NULL)
            (void)snprintf(out, 256, "%s.d/%.60s", p->db, e->d_name);
    (void)closedir(d);
}

/* Overwrites the file from a page on, after its log was written out. */
static void damage(const struct place *p, int id, off_t from)
{
    char path[256];
    uint8_t junk[4096];
    struct stat st;
    sqlite3 *db = NULL;
    path_of(p, id, path);
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "SELECT 1 FROM alert", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(
            sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL), SQLITE_OK);
    (void)sqlite3_close(db);
    memset(junk, 0x5a, sizeof junk);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(fstat(fd, &st), 0);
    for (off_t at = from; at < st.st_size; at += (off_t)sizeof junk)
        assert_int_equal(pwrite(fd, junk, sizeof junk, at), sizeof junk);
    (void)close(fd);
}

static void put(struct rows *r, int from, int n)
{
    for (int i = from; i < from + n; i++)
        MUST(row_put(r, i, err));
    MUST(store_flush(r->s, err));
}

/* Three segments of EVERY rows each; the third is the one that is written. */
static void write_three(struct place *p, struct rows *r)
{
    MUST(store_open_watch(p->db, ROWS_START, &p->store, err));
    rows_begin(r, p->store);
    for (int i = 0; i < 3; i++) {
        if (i > 0)
            MUST(store_rotate(p->store, ROWS_START + i * EVERY * ROWS_STEP, err));
        put(r, i * EVERY, EVERY);
    }
}

static bool count_row(void *ctx, const struct value *values, size_t n)
{
    (void)values;
    (void)n;
    (*(int *)ctx)++;
    return true;
}

/* How many handshakes a reader gets, and how many lines it is told; the latest of them in line. */
static int read_all(const struct place *p, int *n_lines, struct err *line)
{
    const struct list_filter all = {.since_us = TIME_NONE, .until_us = TIME_NONE};
    struct store *s = NULL;
    struct text t = {0};
    int n = 0;
    *n_lines = 0;
    MUST(store_open(p->db, STORE_READ, &s, err));
    MUST(query_list(s, LIST_HANDSHAKES, &all, count_row, &n, err));
    MUST(query_report(s, REPORT_TOTALS, dump_row, &t, err));
    for (int i = 0; i < 60; i += 10) { /* each looks for its alerts */
        char id[32];
        bool found;
        (void)snprintf(id, sizeof id, "%lld", (long long)row_id(i));
        MUST(query_show(s, SHOW_HANDSHAKE, id, &found, dump_row, &t, err));
    }
    while (store_next_notice(s, line))
        ++*n_lines;
    text_fini(&t);
    store_close(s);
    return n;
}

static void expect_told(struct store *s, const char *what)
{
    struct err line = {""};
    struct store_losses lost;
    char path[16];
    assert_true(store_next_notice(s, &line));
    (void)snprintf(path, sizeof path, "%s-", what);
    assert_non_null(strstr(line.text, path));
    assert_non_null(strstr(line.text, ".damaged"));
    assert_false(store_next_notice(s, &line));
    store_losses(s, &lost);
    assert_int_equal(lost.segments_damaged, 1);
    assert_int_equal(lost.rows + lost.updates, 0);
}

static void test_while_written(void **state)
{
    struct place *p = *state;
    struct rows r;
    struct err line = {""};
    int n_lines = 0;
    write_three(p, &r);
    damage(p, 3, 0);
    put(&r, 3 * EVERY, EVERY);
    expect_told(p->store, "000003");
    put(&r, 4 * EVERY, EVERY);
    MUST(store_rotate(p->store, ROWS_START + 5 * EVERY * ROWS_STEP, err));
    put(&r, 5 * EVERY, EVERY);
    assert_int_equal(count_files(p->db, ".damaged"), 1);
    assert_int_equal(read_all(p, &n_lines, &line), 5 * EVERY);
    assert_int_equal(n_lines, 1);
    assert_non_null(strstr(line.text, ".damaged: damaged segment: its handshakes are left out"));
    MUST(store_end_run(p->store, 0, err));
}

/* What waited when it was found damaged, and what repeats from before: it refers to values that
 * stay when the damaged one goes. */
static void test_values_stay(void **state)
{
    struct place *p = *state;
    struct rows r;
    const struct store_keep keep = {.segments = 1};
    uint64_t removed;
    MUST(store_open_watch(p->db, ROWS_START, &p->store, err));
    rows_begin(&r, p->store);
    for (int i = 0; i < 20; i++)
        varied_put(&r, i, (unsigned)i);
    MUST(store_flush(p->store, err));
    damage(p, 1, 0);
    for (int i = 20; i < 60; i++) {
        varied_put(&r, i, (unsigned)i % 30);
        if (i % 20 == 19)
            MUST(store_flush(p->store, err));
    }
    expect_told(p->store, "000001");
    MUST(store_retain(p->store, &keep, &removed, err));
    assert_int_equal(removed, 1);
    MUST(store_flush(p->store, err));
    do
        MUST(store_prune(p->store, TIME_NONE, err));
    while (!store_is_pruned(p->store));
    assert_int_equal(varied_check(p->db), 40);
}

/* Another program locks the inventory when it is to be put aside: it stays where it is until its
 * row can say so. */
static void test_locked(void **state)
{
    struct place *p = *state;
    struct rows r;
    struct err why = {""};
    struct store_losses lost;
    sqlite3 *other = NULL;
    int n_lines = 0;
    write_three(p, &r);
    damage(p, 3, 0);
    assert_int_equal(sqlite3_open(p->db, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    p->store->watch->files[0].is_damaged = true; /* as after a look into it */
    p->store->watch->busy_ms = 10;
    for (int i = 0; i < 2; i++) {
        assert_false(store_flush(p->store, &why));
        assert_true(store_is_waiting(p->store));
        assert_int_equal(count_files(p->db, ".damaged"), 0);
        assert_int_equal(dict_segment(p->store), 3);
    }
    store_losses(p->store, &lost);
    assert_int_equal(lost.segments_damaged, 0);
    assert_int_equal(sqlite3_close(other), SQLITE_OK);
    MUST(store_flush(p->store, err));
    put(&r, 3 * EVERY, EVERY);
    expect_told(p->store, "000003");
    assert_int_equal(count_files(p->db, ".damaged"), 1);
    assert_int_equal(read_all(p, &n_lines, &why), 3 * EVERY);
    assert_int_equal(n_lines, 1);
}

/* The one before, whose connections may still end. */
static void test_one_before(void **state)
{
    struct place *p = *state;
    struct rows r;
    struct err line = {""};
    int n_lines = 0;
    write_three(p, &r);
    damage(p, 2, 0);
    row_end(&r, 25);
    MUST(store_flush(p->store, err));
    expect_told(p->store, "000002");
    put(&r, 3 * EVERY, EVERY);
    assert_int_equal(read_all(p, &n_lines, &line), 3 * EVERY);
}

static void test_at_end(void **state)
{
    struct place *p = *state;
    struct rows r;
    write_three(p, &r);
    damage(p, 3, 0);
    MUST(store_end_run(p->store, 0, err));
    expect_told(p->store, "000003");
}

static void start_again(struct place *p, struct rows *r)
{
    r->s = NULL;
    MUST(store_open_watch(p->db, ROWS_START + 1000 * ROWS_STEP, &p->store, err));
    MUST(store_begin_run(p->store, &(struct run_facts){.version = "test"}, &r->run_id, err));
    r->s = p->store;
}

/* Number 2 was not finished, number 3 was being written. */
static void test_at_start(void **state)
{
    for (int id = 2; id <= 3; id++) {
        struct place *p = *state;
        struct rows r;
        struct err line = {""};
        int n_lines = 0;
        write_three(p, &r);
        store_close(p->store);
        p->store = NULL;
        damage(p, id, 0);
        start_again(p, &r);
        put(&r, 3 * EVERY, EVERY);
        char number[16];
        (void)snprintf(number, sizeof number, "%06d", id);
        expect_told(p->store, number);
        store_close(p->store);
        p->store = NULL;
        assert_int_equal(read_all(p, &n_lines, &line), 3 * EVERY);
        assert_int_equal(n_lines, 1);
        remove_segments(p->db);
        (void)unlink(p->db);
    }
}

/* Nobody has noticed yet: what is readable is given, from a file of which only the head is whole.
 */
static void test_reader(void **state)
{
    struct place *p = *state;
    struct rows r;
    struct err line = {""};
    int n_lines = 0;
    write_three(p, &r);
    MUST(store_end_run(p->store, 0, err));
    store_close(p->store);
    p->store = NULL;
    damage(p, 1, 0);
    assert_int_equal(read_all(p, &n_lines, &line), 2 * EVERY);
    assert_int_equal(n_lines, 1);
    assert_non_null(strstr(line.text, "000001-"));
    damage(p, 3, 4096);
    int n = read_all(p, &n_lines, &line);
    assert_true(n >= EVERY && n < 2 * EVERY);
    assert_int_equal(n_lines, 2);
}

/* A damaged inventory ends it. */
static void test_inventory(void **state)
{
    struct place *p = *state;
    struct rows r;
    struct err err = {""};
    write_three(p, &r);
    store_close(p->store);
    p->store = NULL;
    int fd = open(p->db, O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, "not a database..", 16, 0), 16);
    (void)close(fd);
    assert_false(store_open_watch(p->db, ROWS_START, &p->store, &err));
    assert_non_null(strstr(err.text, "t.db"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(test_while_written, place_make, rows_remove),
            cmocka_unit_test_setup_teardown(test_values_stay, place_make, rows_remove),
            cmocka_unit_test_setup_teardown(test_locked, place_make, rows_remove),
            cmocka_unit_test_setup_teardown(test_one_before, place_make, rows_remove),
            cmocka_unit_test_setup_teardown(test_at_end, place_make, rows_remove),
            cmocka_unit_test_setup_teardown(test_at_start, place_make, rows_remove),
            cmocka_unit_test_setup_teardown(test_reader, place_make, rows_remove),
            cmocka_unit_test_setup_teardown(test_inventory, place_make, rows_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
