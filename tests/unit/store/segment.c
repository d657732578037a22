/* Segments: written, rotated, kept by number, bytes and age; and whatever is asked of them gives
 * what one database with the same rows gives. */
#include "store/segment.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/unit/store/again.h"
#include "tests/unit/store/rows.h"
#include "tests/unit/test.h"

enum { ROWS = 90, MOMENT_MS = 600 };
#define HOUR_US INT64_C(3600000000)

static int tear_down(void **state)
{
    struct place *p = *state;
    char path[128];
    (void)snprintf(path, sizeof path, "%s/one.db", p->directory);
    store_close(p->store);
    p->store = NULL;
    (void)unlink(path);
    remove_segments(p->db);
    return place_remove(state);
}

static int64_t ask(const char *path, const char *sql)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *st = NULL;
    int64_t n = -1;
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    if (sqlite3_step(st) == SQLITE_ROW)
        n = sqlite3_column_int64(st, 0);
    (void)sqlite3_finalize(st);
    (void)sqlite3_close(db);
    return n;
}

/* Connections end at once, after a commit, and in the segment after. every: rows of a segment, 0
 * all; is_watch: rotated where a segment is full. */
static void write_all(struct store *s, int every, bool is_watch)
{
    struct rows r;
    rows_begin(&r, s);
    for (int i = 0; i < ROWS; i++) {
        bool is_full = every > 0 && i > 0 && i % every == 0;
        if (is_full && is_watch)
            MUST(store_rotate(s, ROWS_START + i * ROWS_STEP, err));
        MUST(row_put(&r, i, err));
        if (i % 3 == 0)
            row_end(&r, i);
        if (i % 10 == 9)
            MUST(store_flush(s, err));
        if (i % 10 == 1 && i > 10)
            row_end(&r, i - 3);
        if (i % 10 == 5)
            MUST(store_later_defects(
                    s, row_id(i - (i % 20 == 5 ? 4 : 3)), "cert-late", 2, "late b", err));
    }
    rows_end(&r);
}

static void test_same_answers(void **state)
{
    static const int EVERY[] = {0, 30, 6};
    struct place *p = *state;
    struct text one = {0};
    char path[128];
    struct store *s = NULL;
    (void)snprintf(path, sizeof path, "%s/one.db", p->directory);
    MUST(store_open(path, STORE_NEW, &s, err));
    write_all(s, 0, false);
    store_close(s);
    dump(path, ROWS, &one);
    for (size_t i = 0; i < 3; i++) {
        struct text many = {0};
        MUST(store_open_watch(p->db, ROWS_START, &s, err));
        write_all(s, EVERY[i], true);
        store_close(s);
        assert_int_equal(count_files(p->db, ".db"), EVERY[i] == 0 ? 1 : ROWS / EVERY[i]);
        assert_int_equal(ask(p->db, "SELECT count(*) FROM handshake"), 0);
        dump(p->db, ROWS, &many);
        assert_string_equal(text_str(&one), text_str(&many));
        text_fini(&many);
        remove_segments(p->db);
        (void)unlink(p->db);
    }
    text_fini(&one);
}

/* What is written by `read` into the same database is merged with the segments. */
static void test_with_inventory(void **state)
{
    struct place *p = *state;
    struct rows r;
    struct store *s = NULL;
    struct text t = {0};
    MUST(store_open(p->db, STORE_NEW, &s, err));
    rows_begin(&r, s);
    for (int i = 0; i < 10; i++)
        MUST(row_put(&r, i, err));
    rows_end(&r);
    store_close(s);
    MUST(store_open_watch(p->db, ROWS_START, &s, err));
    MUST(store_begin_run(s, &(struct run_facts){.version = "test"}, &r.run_id, err));
    r.s = s;
    for (int i = 10; i < 20; i++)
        MUST(row_put(&r, i, err));
    rows_end(&r);
    store_close(s);
    assert_int_equal(ask(p->db, "SELECT count(*) FROM handshake"), 10);
    MUST(store_open(p->db, STORE_READ, &s, err));
    MUST(query_report(s, REPORT_TOTALS, dump_row, &t, err));
    dump_things(s, &t, 20);
    store_close(s);
    assert_non_null(strstr(text_str(&t), "handshakes=18 ")); /* two are duplicates */
    text_fini(&t);
}

static void begin(struct place *p, struct rows *r)
{
    MUST(store_open_watch(p->db, ROWS_START, &p->store, err));
    rows_begin(r, p->store);
}

static void test_rotation(void **state)
{
    struct place *p = *state;
    struct rows r;
    struct store_losses lost;
    begin(p, &r);
    assert_int_equal(store_segment_age_us(p->store, ROWS_START + 5), 5);
    uint64_t empty = store_segment_bytes(p->store);
    for (int i = 0; i < 3; i++) {
        for (int k = 0; k < 10; k++)
            MUST(row_put(&r, i * 10 + k, err));
        assert_true(i > 0 || store_segment_bytes(p->store) <= empty);
        MUST(store_rotate(p->store, ROWS_START + (i + 1) * HOUR_US, err));
        assert_int_equal(store_segment_age_us(p->store, ROWS_START + (i + 1) * HOUR_US), 0);
    }
    assert_int_equal(count_files(p->db, ".db"), 4);
    /* The newest two have a log; the others are one file that needs nothing else. */
    assert_int_equal(count_files(p->db, "-wal"), 2);
    assert_int_equal(ask(p->db, "SELECT sum(state = 2) FROM segment"), 2);
    assert_int_equal(ask(p->db, "SELECT sum(state = 1) FROM segment"), 1);
    assert_int_equal(ask(p->db, "SELECT sum(handshakes) FROM segment"), 30);
    assert_int_equal(
            ask(p->db, "SELECT first_us FROM segment WHERE id = 2"), ROWS_START + 10 * ROWS_STEP);
    assert_int_equal(ask(p->db, "SELECT last_us FROM segment WHERE id = 2"),
            ROWS_START + 19 * ROWS_STEP + 5000);
    assert_int_equal(ask(p->db, "SELECT bytes > 4096 FROM segment WHERE id = 2"), 1);
    row_end(&r, 25); /* still possible */
    row_end(&r, 5);  /* too late */
    MUST(store_flush(p->store, err));
    store_losses(p->store, &lost);
    assert_int_equal(lost.late_ends, 2); /* the end and its alert */
    assert_int_equal(lost.rows + lost.updates, 0);
}

static void rotate_often(struct place *p, struct rows *r, int n)
{
    begin(p, r);
    for (int i = 0; i < n; i++) {
        MUST(row_put(r, i, err));
        MUST(store_rotate(p->store, ROWS_START + (i + 1) * HOUR_US, err));
    }
}

static uint64_t retain(struct place *p, struct store_keep keep)
{
    uint64_t removed = 99;
    keep.now_us = ROWS_START + 9 * HOUR_US;
    MUST(store_retain(p->store, &keep, &removed, err));
    MUST(store_flush(p->store, err));
    return removed;
}

static void test_retention(void **state)
{
    struct place *p = *state;
    struct rows r;
    rotate_often(p, &r, 9);
    assert_int_equal(retain(p, (struct store_keep){0}), 0);
    assert_int_equal(retain(p, (struct store_keep){.segments = 20}), 0);
    assert_int_equal(retain(p, (struct store_keep){.segments = 8}), 2);
    /* Ended 3 to 9 hours after the start: three ended less than two and a half hours ago. */
    assert_int_equal(retain(p, (struct store_keep){.age_us = HOUR_US * 5 / 2}), 2);
    assert_int_equal(retain(p, (struct store_keep){.age_us = HOUR_US * 5 / 2}), 2);
    assert_int_equal(retain(p, (struct store_keep){.age_us = HOUR_US * 5 / 2}), 0);
    assert_int_equal(count_files(p->db, ".db"), 4);
    assert_int_equal(ask(p->db, "SELECT count(*) FROM segment"), 4);
    uint64_t one = (uint64_t)ask(p->db, "SELECT bytes FROM segment WHERE state = 2 LIMIT 1");
    assert_int_equal(retain(p, (struct store_keep){.bytes = one * 100}), 0);
    assert_int_equal(retain(p, (struct store_keep){.bytes = 1}), 3);
    assert_int_equal(count_files(p->db, ".db"), 1);
    MUST(row_put(&r, 50, err));
    MUST(store_flush(p->store, err));
    assert_int_equal(ask(p->db, "SELECT max(id) FROM segment"), 10);
}

static uint64_t retain_at(struct place *p, int64_t wall_us, int64_t steady_us, bool is_unsure)
{
    const struct store_keep keep = {
            .age_us = 30 * 24 * HOUR_US, .now_us = wall_us, .is_unsure = is_unsure};
    uint64_t removed = 99;
    store_clocks(p->store, wall_us, steady_us);
    MUST(store_retain(p->store, &keep, &removed, err));
    MUST(store_flush(p->store, err));
    return removed;
}

/* A clock that is wrong for a while costs no segment, and afterwards all go at their time. The
 * steady clock begins at a day. */
static void test_clock_steps(void **state)
{
    struct place *p = *state;
    struct rows r;
    const int64_t day_us = 24 * HOUR_US, wrong_us = 40 * day_us;
    rotate_often(p, &r, 3); /* as if by an earlier run */
    store_close(p->store);
    MUST(store_open_watch(p->db, ROWS_START + 4 * HOUR_US, &p->store, err));
    store_clocks(p->store, ROWS_START + 4 * HOUR_US, day_us);
    assert_int_equal(store_segment_age_us(p->store, 0), HOUR_US);
    /* Forward: whoever was begun is as old as it is, whatever the clock says. */
    assert_int_equal(retain_at(p, ROWS_START + wrong_us, day_us + HOUR_US, true), 0);
    assert_int_equal(retain_at(p, ROWS_START + wrong_us, day_us + HOUR_US / 2, false), 0);
    assert_int_equal(store_segment_age_us(p->store, ROWS_START + wrong_us), HOUR_US * 3 / 2);
    MUST(store_rotate(p->store, ROWS_START + wrong_us, err));
    assert_int_equal(store_segment_age_us(p->store, ROWS_START + wrong_us), 0);
    assert_int_equal(retain_at(p, ROWS_START + 5 * HOUR_US, day_us + HOUR_US, true), 0);
    assert_int_equal(store_segment_age_us(p->store, ROWS_START + 5 * HOUR_US), HOUR_US / 2);
    assert_true(ask(p->db, "SELECT to_us FROM segment WHERE id = 4") > ROWS_START + 30 * day_us);
    /* Once it is trusted the times of the wrong one are put right, also for the next run. */
    assert_int_equal(retain_at(p, ROWS_START + 7 * HOUR_US, day_us + 3 * HOUR_US, false), 0);
    assert_int_equal(
            ask(p->db, "SELECT to_us FROM segment WHERE id = 4"), ROWS_START + 9 * HOUR_US / 2);
    int64_t later_us = 30 * day_us + 4 * HOUR_US;
    assert_int_equal(
            retain_at(p, ROWS_START + later_us, day_us + later_us - 4 * HOUR_US, false), 2);
    assert_int_equal(
            retain_at(p, ROWS_START + later_us, day_us + later_us - 4 * HOUR_US, false), 1);
    later_us += HOUR_US;
    assert_int_equal(
            retain_at(p, ROWS_START + later_us, day_us + later_us - 4 * HOUR_US, false), 1);
    assert_int_equal(count_files(p->db, ".db"), 1);
}

/* Backward, as on a machine whose clock begins in 1970 until it is told the time. */
static void test_clock_of_1970(void **state)
{
    struct place *p = *state;
    struct rows r;
    const int64_t day_us = 24 * HOUR_US;
    begin(p, &r);
    store_clocks(p->store, 5, 5 * HOUR_US);
    MUST(store_rotate(p->store, 10, err));
    store_clocks(p->store, ROWS_START, 6 * HOUR_US);
    MUST(store_rotate(p->store, ROWS_START, err));
    assert_int_equal(retain_at(p, ROWS_START + HOUR_US, 7 * HOUR_US, false), 0);
    assert_int_equal(ask(p->db, "SELECT to_us FROM segment WHERE id = 1"), ROWS_START - HOUR_US);
    assert_int_equal(retain_at(p, ROWS_START + 30 * day_us, 6 * HOUR_US + 30 * day_us, false), 1);
    assert_int_equal(count_files(p->db, ".db"), 2);
}

/* A machine that starts with such a clock: segments of an earlier run are as old as they are once
 * it is right. */
static void test_start_in_1970(void **state)
{
    struct place *p = *state;
    struct rows r;
    begin(p, &r);
    for (int i = 1; i <= 4; i++)
        MUST(store_rotate(p->store, ROWS_START + i * HOUR_US, err));
    store_close(p->store);
    MUST(store_open_watch(p->db, 60 * 1000000, &p->store, err));
    assert_int_equal(retain_at(p, 120 * 1000000, 120 * 1000000, false), 0);
    assert_int_equal(retain_at(p, ROWS_START + 5 * HOUR_US, 180 * 1000000, true), 0);
    assert_int_equal(retain_at(p, ROWS_START + 8 * HOUR_US, 3 * HOUR_US, false), 0);
    assert_int_equal(ask(p->db, "SELECT count(*) FROM segment"), 5);
}

/* One that cannot be removed is told once; the ones after it go, and it does not count. */
static void test_stuck(void **state)
{
    struct place *p = *state;
    struct rows r;
    struct err line;
    struct store_losses lost;
    char path[256], name[128];
    rotate_often(p, &r, 6);
    (void)snprintf(name, sizeof name, "%s.d", p->db);
    DIR *d = opendir(name);
    assert_non_null(d);
    path[0] = '\0';
    for (struct dirent *e; (e = readdir(d)) != NULL;)
        if (strncmp(e->d_name, "000002-", 7) == 0)
            (void)snprintf(path, sizeof path, "%s.d/%.60s", p->db, e->d_name);
    (void)closedir(d);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkdir(path, 0700), 0); /* which unlink refuses, also for root */
    assert_int_equal(retain(p, (struct store_keep){.segments = 3}), 3);
    assert_true(store_next_notice(p->store, &line));
    assert_non_null(strstr(line.text, "000002-"));
    assert_non_null(strstr(line.text, "cannot be removed"));
    assert_int_equal(retain(p, (struct store_keep){.segments = 3}), 0);
    assert_int_equal(retain(p, (struct store_keep){.segments = 2}), 1);
    assert_false(store_next_notice(p->store, &line));
    store_losses(p->store, &lost);
    assert_int_equal(lost.segments_not_removed, 1);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(retain(p, (struct store_keep){.segments = 2}), 1); /* its row */
}

/* A service of which only metrics and findings are left is listed, without handshakes. */
static void test_service_of_before(void **state)
{
    struct place *p = *state;
    const struct list_filter filter = {.since_us = TIME_NONE, .until_us = TIME_NONE};
    struct store *reader = NULL;
    struct rows r;
    struct text t = {0};
    rotate_often(p, &r, 4);
    rows_end(&r);
    assert_int_equal(retain(p, (struct store_keep){.segments = 1}), 4);
    MUST(store_open(p->db, STORE_READ, &reader, err));
    MUST(query_list(reader, LIST_SERVICES, &filter, dump_row, &t, err));
    store_close(reader);
    assert_non_null(strstr(text_str(&t), "name=s0.test port=443 handshakes=0 succeeded=0 "));
    assert_null(strstr(text_str(&t), "handshakes=1 "));
    text_fini(&t);
}

/* A segment that somebody removed by hand is no error, and is forgotten. */
static void test_removed(void **state)
{
    struct place *p = *state;
    struct rows r;
    struct text t = {0};
    struct store *reader = NULL;
    rotate_often(p, &r, 4);
    MUST(store_open(p->db, STORE_READ, &reader, err));
    remove_segments(p->db);
    MUST(query_report(reader, REPORT_TOTALS, dump_row, &t, err));
    store_close(reader);
    text_fini(&t);
    assert_int_equal(retain(p, (struct store_keep){0}), 4);
}

static void test_one_writer(void **state)
{
    struct place *p = *state;
    struct rows r;
    struct store *s = NULL;
    struct err err;
    begin(p, &r);
    assert_false(store_open_watch(p->db, ROWS_START, &s, &err));
    assert_non_null(strstr(err.text, "another `tlswire watch`"));
}

/* A link to the database is the database: it has one writer and one directory of segments. */
static void test_by_link(void **state)
{
    struct place *p = *state;
    struct rows r;
    struct store *s = NULL;
    struct err why;
    char path[128];
    begin(p, &r);
    MUST(row_put(&r, 1, err));
    MUST(store_flush(p->store, err));
    (void)snprintf(path, sizeof path, "%s/link.db", p->directory);
    assert_int_equal(symlink(p->db, path), 0);
    assert_false(store_open_watch(path, ROWS_START, &s, &why));
    assert_non_null(strstr(why.text, "another `tlswire watch`"));
    struct text t = {0};
    MUST(store_open(path, STORE_READ, &s, err));
    MUST(query_report(s, REPORT_TOTALS, dump_row, &t, err));
    store_close(s);
    assert_int_equal(unlink(path), 0);
    assert_non_null(strstr(text_str(&t), "handshakes=1 "));
    text_fini(&t);
}

/* Whoever may write into the directory could put links in the place of segments. */
static void test_foreign_directory(void **state)
{
    struct place *p = *state;
    struct store *s = NULL;
    struct err why;
    char path[128];
    (void)snprintf(path, sizeof path, "%s.d", p->db);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(chmod(path, 0777), 0);
    assert_false(store_open_watch(p->db, ROWS_START, &s, &why));
    assert_non_null(strstr(why.text, "another user may write it"));
    assert_int_equal(chmod(path, 0775), 0);
    MUST(store_open_watch(p->db, ROWS_START, &p->store, err));
}

/* In a process of its own: writes into the inventory for a moment, says when it has begun. */
static int write_for_a_moment(const char *db)
{
    sqlite3 *other = NULL;
    bool is_ok = sqlite3_open(db, &other) == SQLITE_OK &&
                 sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK &&
                 write(STDOUT_FILENO, "x", 1) == 1;
    (void)usleep(MOMENT_MS * 1000);
    is_ok = is_ok && sqlite3_exec(other, "COMMIT", NULL, NULL, NULL) == SQLITE_OK;
    return sqlite3_close(other) == SQLITE_OK && is_ok ? 0 : 1;
}

/* Gives its process when it has begun. */
static pid_t other_writer(const char *db)
{
    int ends[2], out = dup(STDOUT_FILENO);
    char byte;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_int_equal(dup2(ends[1], STDOUT_FILENO), STDOUT_FILENO);
    pid_t pid = again("write", db);
    assert_int_equal(dup2(out, STDOUT_FILENO), STDOUT_FILENO);
    (void)close(out);
    (void)close(ends[1]);
    assert_int_equal(read(ends[0], &byte, 1), 1);
    (void)close(ends[0]);
    return pid;
}

/* Another program that writes the inventory for a moment costs nothing. */
static void test_locked_shortly(void **state)
{
    struct place *p = *state;
    struct rows r;
    struct store_losses lost;
    struct service service = {.name = "new"};
    begin(p, &r);
    MUST(store_flush(p->store, err));
    pid_t pid = other_writer(p->db);
    MUST(store_service(p->store, &service, err));
    MUST(row_put(&r, 1, err));
    MUST(store_flush(p->store, err));
    assert_false(store_is_waiting(p->store));
    assert_int_equal(again_ended(pid), 0);
    store_losses(p->store, &lost);
    assert_int_equal(lost.rows + lost.updates, 0);
}

/* Another program that writes the inventory is waited for, and costs rows only while it does. */
static void test_locked(void **state)
{
    struct place *p = *state;
    struct rows r;
    struct err why;
    struct store_losses lost;
    sqlite3 *other = NULL;
    begin(p, &r);
    MUST(row_put(&r, 1, err));
    MUST(store_flush(p->store, err));
    assert_int_equal(sqlite3_open(p->db, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    for (int i = 2; i < 500; i++)
        MUST(row_put(&r, i, err)); /* waits once */
    assert_true(store_is_waiting(p->store));
    assert_false(store_service(p->store, &(struct service){.name = "new"}, &why));
    assert_non_null(strstr(why.text, "another program"));
    assert_int_equal(sqlite3_close(other), SQLITE_OK);
    MUST(store_flush(p->store, err));
    assert_false(store_is_waiting(p->store));
    MUST(row_put(&r, 600, err));
    MUST(store_flush(p->store, err));
    store_losses(p->store, &lost);
    assert_int_equal(lost.rows, 498);
}

static int64_t ask_count(struct place *p)
{
    return ask(p->db, "SELECT count FROM finding");
}

/* A finding is written as it grows: what came since it was written last. */
static void test_finding_grows(void **state)
{
    struct place *p = *state;
    struct rows r;
    struct finding f = {.count = 3, .n_evidence = 1};
    begin(p, &r);
    f.first.defect = "cert-expired";
    f.first.service = r.services[0];
    f.evidence[0] = (struct evidence){.kind = EVIDENCE_CONNECTIONS, .handshake_id = 1};
    MUST(store_finding(p->store, &f, err));
    MUST(store_flush(p->store, err));
    assert_int_equal(ask_count(p), 3);
    f.count = 2;
    f.n_evidence = 2;
    f.evidence[0].handshake_id = 2;
    f.evidence[1] = (struct evidence){.kind = EVIDENCE_CONNECTIONS, .handshake_id = 3};
    MUST(store_finding(p->store, &f, err));
    MUST(store_flush(p->store, err));
    assert_int_equal(ask_count(p), 5);
    assert_int_equal(ask(p->db, "SELECT count(*) FROM evidence"), 3);
    assert_int_equal(ask(p->db, "SELECT sum(handshake_id) FROM evidence"), 1 + 2 + 3);
}

/* The next run goes on with the segment that is open. */
/* A time of a clock that was ahead stays only where nothing was seen since. */
static void test_last_seen(void **state)
{
    struct place *p = *state;
    struct rows r;
    begin(p, &r);
    const int64_t seen_us[] = {
            ROWS_START, ROWS_START + 999 * HOUR_US, ROWS_START + HOUR_US, ROWS_START + HOUR_US / 2};
    for (size_t i = 0; i < 4; i++) {
        struct finding f = {.severity = 3,
                .first_seen_us = seen_us[i],
                .last_seen_us = seen_us[i],
                .now_us = i == 0 ? 0 : seen_us[i == 3 ? 2 : i],
                .count = 1};
        f.first.defect = "cert-expired";
        f.first.service = r.services[0];
        MUST(store_finding(p->store, &f, err));
    }
    MUST(store_flush(p->store, err));
    assert_int_equal(ask(p->db, "SELECT last_us FROM finding"), ROWS_START + HOUR_US);
    assert_int_equal(ask(p->db, "SELECT first_us FROM finding"), ROWS_START);
    assert_int_equal(ask(p->db, "SELECT count FROM finding"), 4);
}

static void test_goes_on(void **state)
{
    struct place *p = *state;
    struct rows r;
    rotate_often(p, &r, 2);
    MUST(row_put(&r, 10, err));
    rows_end(&r);
    store_close(p->store);
    MUST(store_open_watch(p->db, ROWS_START + 50 * HOUR_US, &p->store, err));
    assert_int_equal(store_segment_age_us(p->store, ROWS_START + 3 * HOUR_US), HOUR_US);
    assert_int_equal(count_files(p->db, ".db"), 3);
    assert_int_equal(ask(p->db, "SELECT sum(state = 2) FROM segment"), 2);
    assert_int_equal(ask(p->db, "SELECT sum(handshakes) FROM segment"), 3);
}

int main(int argc, char **argv)
{
    if (argc == 3)
        return write_for_a_moment(argv[2]);
    const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(test_same_answers, place_make, tear_down),
            cmocka_unit_test_setup_teardown(test_with_inventory, place_make, tear_down),
            cmocka_unit_test_setup_teardown(test_rotation, place_make, tear_down),
            cmocka_unit_test_setup_teardown(test_retention, place_make, tear_down),
            cmocka_unit_test_setup_teardown(test_clock_steps, place_make, tear_down),
            cmocka_unit_test_setup_teardown(test_clock_of_1970, place_make, tear_down),
            cmocka_unit_test_setup_teardown(test_start_in_1970, place_make, tear_down),
            cmocka_unit_test_setup_teardown(test_stuck, place_make, tear_down),
            cmocka_unit_test_setup_teardown(test_service_of_before, place_make, tear_down),
            cmocka_unit_test_setup_teardown(test_removed, place_make, tear_down),
            cmocka_unit_test_setup_teardown(test_one_writer, place_make, tear_down),
            cmocka_unit_test_setup_teardown(test_by_link, place_make, tear_down),
            cmocka_unit_test_setup_teardown(test_foreign_directory, place_make, tear_down),
            cmocka_unit_test_setup_teardown(test_locked_shortly, place_make, tear_down),
            cmocka_unit_test_setup_teardown(test_locked, place_make, tear_down),
            cmocka_unit_test_setup_teardown(test_finding_grows, place_make, tear_down),
            cmocka_unit_test_setup_teardown(test_last_seen, place_make, tear_down),
            cmocka_unit_test_setup_teardown(test_goes_on, place_make, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
