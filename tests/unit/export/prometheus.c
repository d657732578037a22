#include "export/prometheus.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/test.h"

static char directory[64], path[96], beside[96], other[96];

static int make(void **state)
{
    (void)state;
    (void)snprintf(directory, sizeof directory, "/tmp/prometheus.XXXXXX");
    if (mkdtemp(directory) == NULL)
        return -1;
    (void)snprintf(path, sizeof path, "%s/m.prom", directory);
    (void)snprintf(beside, sizeof beside, "%s/m.prom.new", directory);
    (void)snprintf(other, sizeof other, "%s/other", directory);
    return 0;
}

static int drop(void **state)
{
    (void)state;
    (void)unlink(path);
    (void)unlink(beside);
    (void)unlink(other);
    return rmdir(directory);
}

static void assert_file(const char *name, const char *expected)
{
    char text[1024] = "";
    int fd = open(name, O_RDONLY | O_NONBLOCK);
    assert_true(fd >= 0);
    assert_true(read(fd, text, sizeof text - 1) >= 0);
    (void)close(fd);
    assert_string_equal(text, expected);
}

static void write_two(void)
{
    const struct sample samples[] = {
            {.name = "up", .help = "It is.", .is_gauge = true, .number = 1},
            {.name = "drops_total",
                    .help = "Lost.",
                    .label = "where",
                    .value = "a",
                    .number = 1e15},
            {.name = "drops_total", .help = "Lost.", .label = "where", .value = "b", .number = 0}};
    struct err err = {.text = ""};
    if (!prometheus_write(path, samples, 3, &err))
        fail_msg("%s", err.text);
}

/* As the exposition format 0.0.4 has it: one HELP and TYPE for a name, before its samples. */
static const char EXPECTED[] = "# HELP tlswire_up It is.\n# TYPE tlswire_up gauge\ntlswire_up 1\n"
                               "# HELP tlswire_drops_total Lost.\n"
                               "# TYPE tlswire_drops_total counter\n"
                               "tlswire_drops_total{where=\"a\"} 1000000000000000\n"
                               "tlswire_drops_total{where=\"b\"} 0\n";

static void test_replaces(void **state)
{
    (void)state;
    write_two();
    write_two();
    assert_file(path, EXPECTED);
    assert_int_equal(access(beside, F_OK), -1);
}

/* The directory of a collector often belongs to a group. */
static void test_pipe_in_the_way(void **state)
{
    (void)state;
    assert_int_equal(mkfifo(beside, 0600), 0);
    write_two();
    assert_file(path, EXPECTED);
}

static void test_link_in_the_way(void **state)
{
    (void)state;
    int fd = open(other, O_WRONLY | O_CREAT, 0600);
    assert_int_equal(write(fd, "precious", 8), 8);
    (void)close(fd);
    assert_int_equal(symlink(other, beside), 0);
    write_two();
    assert_file(other, "precious");
    assert_file(path, EXPECTED);
}

static void test_cannot(void **state)
{
    struct err err = {.text = ""};
    (void)state;
    assert_false(prometheus_write("/nowhere/m.prom", NULL, 0, &err));
    assert_non_null(strstr(err.text, "/nowhere/m.prom"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(test_replaces, make, drop),
            cmocka_unit_test_setup_teardown(test_pipe_in_the_way, make, drop),
            cmocka_unit_test_setup_teardown(test_link_in_the_way, make, drop),
            cmocka_unit_test(test_cannot),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
