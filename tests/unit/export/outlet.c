#include "export/outlet.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "tests/unit/test.h"

struct place {
    char directory[64], file[96], other[96];
};

static int make(void **state)
{
    struct place *p = calloc(1, sizeof *p);
    (void)snprintf(p->directory, sizeof p->directory, "/tmp/outlet.XXXXXX");
    if (mkdtemp(p->directory) == NULL)
        return -1;
    (void)snprintf(p->file, sizeof p->file, "%s/lines", p->directory);
    (void)snprintf(p->other, sizeof p->other, "%s/lines.1", p->directory);
    (void)signal(SIGPIPE, SIG_IGN);
    *state = p;
    return 0;
}

static int drop(void **state)
{
    struct place *p = *state;
    (void)unlink(p->file);
    (void)unlink(p->other);
    (void)rmdir(p->directory);
    free(p);
    return 0;
}

static struct outlet *opened(const char *path)
{
    struct outlet *o = NULL;
    struct err err = {.text = ""};
    if (!outlet_open("--lines", path, &o, &err))
        fail_msg("%s", err.text);
    return o;
}

static bool put(struct outlet *o, const char *line)
{
    return outlet_put(o, line, strlen(line));
}

static void assert_file(const char *path, const char *expected)
{
    char text[256] = "";
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    size_t n = fread(text, 1, sizeof text - 1, f);
    (void)fclose(f);
    text[n] = '\0';
    assert_string_equal(text, expected);
}

static void test_renamed(void **state)
{
    const struct place *p = *state;
    struct outlet *o = opened(p->file);
    assert_true(put(o, "one\n"));
    assert_int_equal(rename(p->file, p->other), 0);
    assert_true(put(o, "two\n"));
    outlet_reopen(o);
    assert_true(put(o, "three\n"));
    outlet_close(o);
    o = opened(p->file);
    assert_true(put(o, "four\n"));
    assert_int_equal(outlet_lost(o), 0);
    outlet_close(o);
    assert_file(p->other, "one\ntwo\n");
    assert_file(p->file, "three\nfour\n");
}

static void test_cannot(void **state)
{
    const struct place *p = *state;
    struct outlet *o = NULL;
    struct err err;
    assert_false(outlet_open("--lines", p->directory, &o, &err));
    assert_non_null(strstr(err.text, "--lines"));
    assert_int_equal(mkfifo(p->file, 0600), 0);
    assert_false(outlet_open("--lines", p->file, &o, &err));
    assert_non_null(strstr(err.text, "start its reader first"));
}

/* A disk that is full takes no part of a line. */
static void test_full(void **state)
{
    (void)state;
    struct outlet *o = opened("/dev/full");
    assert_false(put(o, "one\n"));
    assert_false(put(o, "two\n"));
    assert_int_equal(outlet_lost(o), 2);
    outlet_close(o);
}

/* A line of nearly 8 KB, its number first. */
static void line_of(int i, char out[8001])
{
    memset(out, 'x', 8000);
    char number[16];
    int n = snprintf(number, sizeof number, "%06d", i);
    memcpy(out, number, (size_t)n);
    out[7999] = '\n';
    out[8000] = '\0';
}

static void read_all(int fd, struct text *t)
{
    char room[65536];
    ssize_t n;
    while ((n = read(fd, room, sizeof room)) > 0)
        text_add_bytes(t, room, (size_t)n);
}

/* Lines wait for a reader that stands still, up to a bound; what it then gets are whole lines in
 * order, and none twice. */
static void test_slow_reader(void **state)
{
    const struct place *p = *state;
    char line[8001];
    struct text t = {0};
    int n_ok = 0, n_lines = 0;
    assert_int_equal(mkfifo(p->file, 0600), 0);
    int fd = open(p->file, O_RDONLY | O_NONBLOCK);
    struct outlet *o = opened(p->file);
    for (int i = 0; i < 1000; i++) {
        line_of(i, line);
        n_ok += outlet_put(o, line, 8000);
    }
    assert_in_range(n_ok, OUTLET_WAITING / 8000, OUTLET_WAITING / 8000 + 9);
    assert_int_equal(outlet_lost(o), 1000 - n_ok);
    read_all(fd, &t);
    for (int i = 0; i < 400; i++) { /* each passes on what the pipe takes */
        (void)put(o, "again\n");
        read_all(fd, &t);
    }
    uint64_t lost = outlet_lost(o);
    outlet_close(o);
    read_all(fd, &t);
    for (size_t i = 0; i < (size_t)n_ok; i++, n_lines++) {
        line_of((int)i, line);
        assert_memory_equal(t.s + i * 8000, line, 8000);
    }
    assert_int_equal(t.n, (size_t)n_ok * 8000 + (1400 - (size_t)n_ok - lost) * 6);
    text_fini(&t);
    (void)close(fd);
}

static void test_reader_gone(void **state)
{
    const struct place *p = *state;
    assert_int_equal(mkfifo(p->file, 0600), 0);
    int fd = open(p->file, O_RDONLY | O_NONBLOCK);
    struct outlet *o = opened(p->file);
    assert_true(put(o, "one\n"));
    (void)close(fd);
    assert_false(put(o, "two\n"));
    assert_false(put(o, "three\n"));
    assert_int_equal(outlet_lost(o), 2);
    fd = open(p->file, O_RDONLY | O_NONBLOCK);
    assert_true(put(o, "four\n"));
    assert_int_equal(outlet_lost(o), 2);
    outlet_close(o);
    (void)close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(test_renamed, make, drop),
            cmocka_unit_test_setup_teardown(test_cannot, make, drop),
            cmocka_unit_test_setup_teardown(test_full, make, drop),
            cmocka_unit_test_setup_teardown(test_slow_reader, make, drop),
            cmocka_unit_test_setup_teardown(test_reader_gone, make, drop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
