#include "sandbox/notify.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "tests/unit/sandbox/child.h"

static char dir[] = "/tmp/tlswire-notify-XXXXXX";

/* The service manager's side: a path, or an abstract name when it begins with '@'. */
static int listen_at(const char *name)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    size_t n = strlen(name);
    memcpy(a.sun_path, name, n);
    if (name[0] == '@')
        a.sun_path[0] = '\0';
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&a,
                             (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)),
            0);
    return fd;
}

static void expect(int fd, const char *text)
{
    char buffer[2048];
    ssize_t n = recv(fd, buffer, sizeof buffer - 1, 0);
    assert_true(n >= 0);
    buffer[n] = '\0';
    assert_string_equal(buffer, text);
}

static int manager;

/* After all steps: what was connected stays so, although Landlock cuts off abstract sockets. */
static void speak_inside(void)
{
    struct err said;
    struct notifier *n = notify_open(&said);
    MUST(n != NULL);
    MUST(close(manager) == 0);
    struct sandbox *s = sandbox_new();
    (void)sandbox_files(s, &said);
    sandbox_free(s);
    (void)sandbox_thread(SANDBOX_CONTROL, &said);
    MUST(notify_ready(n));
    MUST(notify_status(n, "1,000 handshakes\n\x1b[1m"));
    MUST(notify_watchdog(n));
    MUST(notify_reloading(n, 123456));
    MUST(notify_stopping(n));
    notify_close(n);
}

static void speak(const char *name)
{
    manager = listen_at(name);
    assert_int_equal(setenv("NOTIFY_SOCKET", name, 1), 0);
    child_check(speak_inside);
    expect(manager, "READY=1");
    expect(manager, "STATUS=1,000 handshakes??[1m");
    expect(manager, "WATCHDOG=1");
    expect(manager, "RELOADING=1\nMONOTONIC_USEC=123456");
    expect(manager, "STOPPING=1\nEXTEND_TIMEOUT_USEC=300000000");
    assert_int_equal(close(manager), 0);
}

static void sockets(void **state)
{
    char name[64];
    (void)state;
    assert_non_null(mkdtemp(dir));
    (void)snprintf(name, sizeof name, "%s/socket", dir);
    speak(name);
    assert_int_equal(unlink(name), 0);
    (void)snprintf(name, sizeof name, "@%s", dir);
    speak(name);
    assert_int_equal(rmdir(dir), 0);
}

/* A service manager that was started anew listens under the same name. */
static void restarted(void **state)
{
    struct err said;
    char name[64];
    (void)state;
    (void)snprintf(name, sizeof name, "@%s-again", dir);
    assert_int_equal(setenv("NOTIFY_SOCKET", name, 1), 0);
    int fd = listen_at(name);
    struct notifier *n = notify_open(&said);
    assert_non_null(n);
    assert_true(notify_ready(n));
    assert_int_equal(close(fd), 0);
    assert_false(notify_watchdog(n));
    fd = listen_at(name);
    assert_true(notify_watchdog(n));
    expect(fd, "WATCHDOG=1");
    assert_int_equal(close(fd), 0);
    notify_close(n);
}

static void absent(void **state)
{
    static const char *const wrong[] = {"relative", "@", "/", "/no/such/socket", "@nobody-listens"};
    struct err said;
    (void)state;
    assert_int_equal(unsetenv("NOTIFY_SOCKET"), 0);
    assert_null(notify_open(&said));
    assert_string_equal(said.text, "");
    assert_true(notify_ready(NULL) && notify_watchdog(NULL) && notify_stopping(NULL));
    assert_int_equal(notify_interval_us(NULL), 0);
    notify_close(NULL);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(setenv("NOTIFY_SOCKET", wrong[i], 1), 0);
        assert_null(notify_open(&said));
        assert_non_null(strstr(said.text, wrong[i]));
    }
}

static void watchdog(void **state)
{
    static const struct {
        const char *usec, *pid;
        int64_t interval_us;
    } cases[] = {
            {"60000000", NULL, 30000000},
            {"60000000", "self", 30000000},
            {"60000000", "1", 0},
            {"60000000", "x", 0},
            {"-1", NULL, 0},
            {"", NULL, 0},
            {"soon", NULL, 0},
            {"99999999999999999999", NULL, 0},
            {NULL, NULL, 0},
    };
    struct err said;
    char name[64], self[32];
    (void)state;
    (void)snprintf(name, sizeof name, "@%s-watch", dir);
    (void)snprintf(self, sizeof self, "%d", (int)getpid());
    int fd = listen_at(name);
    assert_int_equal(setenv("NOTIFY_SOCKET", name, 1), 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *pid = cases[i].pid;
        (void)unsetenv("WATCHDOG_USEC");
        (void)unsetenv("WATCHDOG_PID");
        if (cases[i].usec != NULL)
            (void)setenv("WATCHDOG_USEC", cases[i].usec, 1);
        if (pid != NULL)
            (void)setenv("WATCHDOG_PID", strcmp(pid, "self") == 0 ? self : pid, 1);
        struct notifier *n = notify_open(&said);
        assert_non_null(n);
        assert_int_equal(notify_interval_us(n), cases[i].interval_us);
        notify_close(n);
    }
    assert_int_equal(close(fd), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(sockets),
            cmocka_unit_test(restarted),
            cmocka_unit_test(absent),
            cmocka_unit_test(watchdog),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
