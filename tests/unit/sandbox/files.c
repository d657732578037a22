#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>

#include "base/text.h"
#include "tests/unit/sandbox/child.h"

/*
 * dir/in/f dir/in/f2   what may be written
 * dir/out/f            outside
 * dir/trust/here.pem, dir/trust/there.pem -> ../elsewhere/there.pem
 * dir/policy.yaml -> etc/policy.yaml
 */
static char dir[] = "/tmp/tlswire-sandbox-XXXXXX";
static char path_of[8][128];

/* A few paths may be in use at a time. */
static const char *at(const char *name)
{
    static size_t next;
    char *p = path_of[next++ % 8];
    (void)snprintf(p, sizeof path_of[0], "%s/%s", dir, name);
    return p;
}

static void put(const char *name)
{
    FILE *f = fopen(at(name), "w");
    assert_non_null(f);
    (void)fputs("content\n", f);
    assert_int_equal(fclose(f), 0);
}

static int make(void **state)
{
    static const char *const dirs[] = {"in", "out", "trust", "elsewhere", "etc", "in2"};
    static const char *const files[] = {
            "in/f", "in/f2", "out/f", "trust/here.pem", "elsewhere/there.pem", "etc/policy.yaml"};
    (void)state;
    if (mkdtemp(dir) == NULL)
        return -1;
    for (size_t i = 0; i < sizeof dirs / sizeof dirs[0]; i++)
        assert_int_equal(mkdir(at(dirs[i]), 0700), 0);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        put(files[i]);
    assert_int_equal(symlink("../elsewhere/there.pem", at("trust/there.pem")), 0);
    assert_int_equal(symlink("/nowhere/at/all", at("trust/dangling.pem")), 0);
    assert_int_equal(symlink("etc/policy.yaml", at("policy.yaml")), 0);
    assert_int_equal(symlink("../out", at("in/way-out")), 0);
    return 0;
}

static int unmake(void **state)
{
    char command[64];
    (void)state;
    (void)snprintf(command, sizeof command, "rm -rf %s", dir);
    return system(command);
}

static struct sandbox *usual(void)
{
    struct err err;
    struct sandbox *s = sandbox_new();
    MUST(sandbox_grant(s, at("in/tls.db"), true, &err));
    MUST(sandbox_grant(s, at("trust"), false, &err));
    MUST(sandbox_grant(s, at("etc/policy.yaml"), false, &err));
    return s;
}

static int open_close(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC, 0600);
    if (fd >= 0)
        MUST(close(fd) == 0);
    return fd < 0 ? -1 : 0;
}

static void outside_fails(void)
{
    MUST_NOT(open_close(at("out/f"), O_RDONLY), EACCES);
    MUST_NOT(open_close(at("in/way-out/f"), O_RDONLY), EACCES);
    MUST_NOT(open_close(at("in/../out/f"), O_RDONLY), EACCES);
    MUST_NOT(open_close(at("out/new"), O_WRONLY | O_CREAT), EACCES);
    MUST_NOT(open_close("/etc/passwd", O_RDONLY), EACCES);
    MUST_NOT(open_close("/", O_RDONLY | O_DIRECTORY), EACCES);
    MUST_NOT(open_close("/proc/1/status", O_RDONLY), EACCES);
    MUST_NOT(unlink(at("out/f")), EACCES);
    MUST_NOT(mkdir(at("out/d"), 0700), EACCES);
    /* Read, but not written: neither content nor names. */
    MUST_NOT(open_close(at("trust/here.pem"), O_WRONLY), EACCES);
    MUST_NOT(open_close(at("trust/new.pem"), O_WRONLY | O_CREAT), EACCES);
    MUST_NOT(unlink(at("trust/here.pem")), EACCES);
    MUST(rename(at("in/f2"), at("out/f2")) == -1);
    MUST(rename(at("out/f"), at("in/f2")) == -1);
    MUST_NOT(symlink("/etc/passwd", at("in/link")), EACCES);
    MUST_NOT(mkfifo(at("in/fifo"), 0600), EACCES);
}

static void inside_works(void)
{
    int fd = open(at("in/new"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    MUST(fd >= 0);
    MUST(write(fd, "abc", 3) == 3 && ftruncate(fd, 1) == 0 && fsync(fd) == 0);
    MUST(close(fd) == 0);
    MUST(open_close(at("in/new"), O_WRONLY | O_TRUNC) == 0);
    MUST(rename(at("in/new"), at("in/newer")) == 0);
    MUST(mkdir(at("in/d"), 0700) == 0);
    MUST(rename(at("in/newer"), at("in/d/newer")) == 0);
    MUST(unlink(at("in/d/newer")) == 0 && rmdir(at("in/d")) == 0);
    MUST(open_close(at("in"), O_RDONLY | O_DIRECTORY) == 0);
    MUST(open_close(at("trust/here.pem"), O_RDONLY) == 0);
    MUST(open_close(at("trust/there.pem"), O_RDONLY) == 0);
    MUST(open_close(at("trust"), O_RDONLY | O_DIRECTORY) == 0);
    MUST(open_close(at("etc/policy.yaml"), O_RDONLY) == 0);
    MUST(open_close("/dev/urandom", O_RDONLY) == 0);
    MUST(open_close("/dev/null", O_RDWR) == 0);
    MUST(open_close("/sys/class/net/lo/statistics/rx_dropped", O_RDONLY) == 0);
}

static void *in_thread(void *ctx)
{
    outside_fails();
    inside_works();
    return ctx;
}

static void restricted(void)
{
    struct err said;
    pthread_t thread;
    struct sandbox *s = usual();
    must_or_skip(sandbox_files(s, &said), &said);
    MUST(strstr(said.text, "/in") != NULL && strstr(said.text, "/elsewhere") != NULL);
    sandbox_free(s);
    outside_fails();
    inside_works();
    MUST(pthread_create(&thread, NULL, in_thread, NULL) == 0);
    MUST(pthread_join(thread, NULL) == 0);
}

static void landlock(void **state)
{
    (void)state;
    child_check(restricted);
}

/* A file that another process replaces by rename is read: its directory was granted, not the inode.
 */
static void replaced(void)
{
    struct err said;
    int ready[2], done[2];
    char byte = 0;
    MUST(pipe(ready) == 0 && pipe(done) == 0);
    pid_t other = fork();
    MUST(other >= 0);
    if (other == 0) {
        MUST(read(ready[0], &byte, 1) == 1);
        MUST(rename(at("etc/policy.yaml.new"), at("etc/policy.yaml")) == 0);
        MUST(write(done[1], &byte, 1) == 1);
        _exit(CHILD_FINE);
    }
    struct sandbox *s = usual();
    bool ok = sandbox_files(s, &said);
    MUST(write(ready[1], &byte, 1) == 1 && read(done[0], &byte, 1) == 1);
    must_or_skip(ok, &said);
    MUST(open_close(at("etc/policy.yaml"), O_RDONLY) == 0);
    sandbox_free(s);
}

static void replacement(void **state)
{
    (void)state;
    put("etc/policy.yaml.new");
    child_check(replaced);
}

static void allows(void **state)
{
    static const struct {
        const char *path;
        bool can_read, can_write;
    } cases[] = {
            {"in/tls.db", true, true},
            {"in/tls.db-wal", true, true},
            {"in", true, true},
            {"in/no/such/directory", false, false},
            {"in2", false, false},
            {"in/../out/f", false, false},
            {"in/way-out/f", false, false},
            {"in/way-out/new", false, false},
            {"out/f", false, false},
            {"trust/here.pem", true, false},
            {"trust/there.pem", true, false},
            {"trust/dangling.pem", true, false},
            {"elsewhere/there.pem", true, false},
            {"policy.yaml", true, false},
            {"etc/other.yaml", true, false},
            {".", false, false},
    };
    struct sandbox *s = usual();
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bool can_read = sandbox_allows(s, at(cases[i].path), false);
        bool can_write = sandbox_allows(s, at(cases[i].path), true);
        if (can_read != cases[i].can_read || can_write != cases[i].can_write)
            fail_msg("%s: read %d, write %d", cases[i].path, can_read, can_write);
    }
    assert_false(sandbox_allows(s, "", false));
    sandbox_free(s);
}

static void grants(void **state)
{
    struct err err;
    struct sandbox *s = sandbox_new();
    (void)state;
    assert_false(sandbox_grant(s, at("no/such/file"), false, &err));
    assert_non_null(strstr(err.text, "no/such/file"));
    assert_false(sandbox_grant(s, "", true, &err));
    /* A device alone, not its directory. */
    assert_true(sandbox_grant(s, "/dev/null", true, &err));
    assert_true(sandbox_allows(s, "/dev/null", true));
    assert_false(sandbox_allows(s, "/dev/zero", false));
    /* A link to a file: the directories of both. */
    assert_true(sandbox_grant(s, at("policy.yaml"), false, &err));
    assert_true(sandbox_allows(s, at("out/f"), false));
    assert_true(sandbox_allows(s, at("etc/policy.yaml"), false));
    /* Everything, when somebody says so. */
    assert_true(sandbox_grant(s, "/tls.db", false, &err));
    assert_true(sandbox_allows(s, "/etc/passwd", false));
    assert_false(sandbox_allows(s, "/etc/passwd", true));
    sandbox_free(s);
    sandbox_free(NULL);
}

static void too_many(void **state)
{
    struct err err;
    char name[64];
    struct sandbox *s = sandbox_new();
    size_t n = 0;
    (void)state;
    for (bool ok = true; ok; n += ok) {
        (void)snprintf(name, sizeof name, "out/%zu", n);
        assert_true(mkdir(at(name), 0700) == 0);
        ok = sandbox_grant(s, at(name), true, &err);
    }
    assert_int_equal(n, 256);
    assert_non_null(strstr(err.text, "256"));
    sandbox_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(landlock),
            cmocka_unit_test(replacement),
            cmocka_unit_test(allows),
            cmocka_unit_test(grants),
            cmocka_unit_test(too_many),
    };
    return cmocka_run_group_tests(tests, make, unmake);
}
