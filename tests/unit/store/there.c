/* What is written where nobody will find it is noticed, and what a start says differs from what is
 * said later. */
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "store/segment.h"
#include "store/watcher.h"
#include "tests/unit/store/rows.h"

static void open_watch(struct place *p)
{
    struct rows r;
    MUST(store_open_watch(p->db, ROWS_START, &p->store, err));
    rows_begin(&r, p->store);
    MUST(row_put(&r, 1, err));
    MUST(store_flush(p->store, err));
    MUST(store_is_there(p->store, err));
}

static void is_lost(struct place *p, const char *path)
{
    struct err err = {""};
    assert_false(store_is_there(p->store, &err));
    if (strncmp(err.text, path, strlen(path)) != 0 || err.text[strlen(path)] != ':' ||
            strstr(err.text, "what is written is lost") == NULL)
        fail_msg("%s", err.text);
    assert_false(store_is_waiting(p->store));
}

static void put_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    (void)fputs(text, f);
    (void)fclose(f);
}

static void name(char out[160], const struct place *p, const char *end)
{
    (void)snprintf(out, 160, "%s%s", p->db, end);
}

static void test_removed(void **state)
{
    struct place *p = *state;
    open_watch(p);
    assert_int_equal(unlink(p->db), 0);
    is_lost(p, p->db);
}

/* The log of the other one stays when this one is closed. */
static void test_replaced(void **state)
{
    struct place *p = *state;
    char away[160], log[160];
    struct stat st;
    open_watch(p);
    name(away, p, "-away");
    name(log, p, "-wal");
    assert_int_equal(rename(p->db, away), 0);
    assert_int_equal(unlink(log), 0);
    put_file(p->db, "another");
    put_file(log, "another");
    is_lost(p, p->db);
    store_close(p->store);
    p->store = NULL;
    assert_int_equal(stat(log, &st), 0);
    assert_int_equal(unlink(away), 0);
}

static void test_directory(void **state)
{
    struct place *p = *state;
    char segments[160], away[160], from[320];
    open_watch(p);
    name(segments, p, ".d");
    name(away, p, "-away");
    assert_int_equal(rename(segments, away), 0);
    is_lost(p, segments);
    assert_int_equal(mkdir(segments, 0700), 0);
    is_lost(p, segments);
    assert_int_equal(rmdir(segments), 0);
    assert_int_equal(rename(away, segments), 0);
    MUST(store_is_there(p->store, err));
    (void)snprintf(from, sizeof from, "%s/000001-20260921T141320Z.db", segments);
    assert_int_equal(unlink(from), 0);
    is_lost(p, from);
}

static void *let_go(void *arg)
{
    const struct timespec moment = {.tv_nsec = 30000000};
    (void)nanosleep(&moment, NULL);
    (void)close(*(int *)arg);
    return NULL;
}

/* A reader that asks whether somebody writes has the lock for a moment. */
static void test_asked(void **state)
{
    struct place *p = *state;
    char segments[160];
    pthread_t thread;
    name(segments, p, ".d");
    assert_int_equal(mkdir(segments, 0700), 0);
    int fd = open(segments, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(flock(fd, LOCK_SH | LOCK_NB), 0);
    assert_int_equal(pthread_create(&thread, NULL, let_go, &fd), 0);
    open_watch(p);
    (void)pthread_join(thread, NULL);
    assert_int_equal(store_watcher(p->store), WATCHER_RUNS);
}

static void says(struct place *p, const char *what)
{
    struct err err = {""};
    struct run_facts run = {.version = "test"};
    int64_t id;
    assert_false(store_begin_run(p->store, &run, &id, &err) && store_flush(p->store, &err));
    if (strstr(err.text, what) == NULL)
        fail_msg("%s", err.text);
}

static void test_words(void **state)
{
    struct place *p = *state;
    struct store *other = NULL;
    struct run_facts run = {.version = "test"};
    int64_t id;
    MUST(store_open_watch(p->db, ROWS_START, &p->store, err));
    MUST(store_open(p->db, STORE_CREATE, &other, err));
    MUST(store_begin_run(other, &run, &id, err));
    says(p, "locked by another program: end it, then start again");
    store_has_begun(p->store);
    MUST(store_flush(other, err));
    MUST(store_flush(p->store, err));
    MUST(store_begin_run(other, &run, &id, err));
    says(p, "locked by another program: end it, writing goes on by itself");
    store_close(other);
}

/* Readers. */
static void test_not_a_file(void **state)
{
    struct place *p = *state;
    struct store *s = NULL;
    struct err err = {""};
    assert_false(store_open(p->directory, STORE_READ, &s, &err));
    assert_non_null(strstr(err.text, "not a file"));
    assert_false(store_open(p->db, STORE_READ, &s, &err));
    assert_non_null(strstr(err.text, "no such database"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(test_removed, place_make, rows_remove),
            cmocka_unit_test_setup_teardown(test_replaced, place_make, rows_remove),
            cmocka_unit_test_setup_teardown(test_directory, place_make, rows_remove),
            cmocka_unit_test_setup_teardown(test_asked, place_make, rows_remove),
            cmocka_unit_test_setup_teardown(test_words, place_make, rows_remove),
            cmocka_unit_test_setup_teardown(test_not_a_file, place_make, rows_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
