/* Machines that lack what the sandbox is made of: each step says so, and the program may go on. */
#include <fcntl.h>
#include <seccomp.h>
#include <sys/prctl.h>

#include "sandbox/landlock.h"
#include "tests/unit/sandbox/child.h"

static const struct {
    int error;
    const char *said;
} kernels[] = {
        {ENOSYS, "5.13"},
        {EOPNOTSUPP, "lsm="},
        {EPERM, "containers"},
};
static size_t which;

/* As an old kernel or a container's filter does it. 444 is landlock_create_ruleset. */
static void take_away(const int *calls, size_t n, int error)
{
    struct err said;
    scmp_filter_ctx f = seccomp_init(SCMP_ACT_ALLOW);
    MUST(f != NULL);
    for (size_t i = 0; i < n; i++)
        MUST(seccomp_rule_add(f, SCMP_ACT_ERRNO((unsigned)error), calls[i], 0) == 0);
    err_set(&said, "seccomp does not work here");
    must_or_skip(seccomp_load(f) == 0, &said);
    seccomp_release(f);
}

static bool can_open(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0)
        MUST(close(fd) == 0);
    return fd >= 0;
}

static void no_landlock(void)
{
    struct err said;
    const int calls[] = {444};
    take_away(calls, 1, kernels[which].error);
    struct sandbox *s = sandbox_new();
    MUST(sandbox_grant(s, "/tmp", true, &said));
    MUST(!sandbox_files(s, &said));
    MUST(strstr(said.text, "not restricted") != NULL);
    MUST(strstr(said.text, kernels[which].said) != NULL);
    /* Reloads are refused all the same. */
    MUST(sandbox_allows(s, "/tmp/policy.yaml", false) && !sandbox_allows(s, "/etc/passwd", false));
    MUST(can_open("/etc/passwd"));
    sandbox_free(s);
}

static void without_landlock(void **state)
{
    (void)state;
    for (which = 0; which < sizeof kernels / sizeof kernels[0]; which++)
        child_check(no_landlock);
}

/* PR_SET_SECCOMP must go as well, or libseccomp takes that way. */
static void no_seccomp(void)
{
    struct err said;
    const int calls[] = {SCMP_SYS(seccomp), SCMP_SYS(prctl)};
    take_away(calls, 2, EPERM);
    MUST(!sandbox_calls(SANDBOX_WORKER, &said));
    MUST(strstr(said.text, "not restricted") != NULL && strstr(said.text, "container") != NULL);
    MUST(!sandbox_thread(SANDBOX_WORKER, &said));
    MUST(strstr(said.text, "not restricted") != NULL);
}

static void without_seccomp(void **state)
{
    (void)state;
    child_check(no_seccomp);
}

static int abi;

/* What each kernel since 5.13 is asked for: newer ones go on taking it. */
static void old_landlock(void)
{
    const char *why = NULL;
    struct err said;
    int most = landlock_abi(&why);
    err_set(&said, "Landlock %d: this kernel has %d", abi, most);
    must_or_skip(most >= abi, &said);
    int rules = landlock_begin(abi);
    MUST(rules >= 0);
    MUST(landlock_add(rules, abi, "/dev", true));
    MUST(landlock_add(rules, abi, "/etc/passwd", false));
    MUST_NOT(landlock_add(rules, abi, "/no/such/directory", false) ? 0 : -1, ENOENT);
    MUST(landlock_restrict(rules) && close(rules) == 0);
    MUST(can_open("/dev/null") && can_open("/etc/passwd") && !can_open("/etc/group"));
    MUST_NOT(open("/etc/passwd", O_WRONLY | O_CLOEXEC), EACCES);
}

static void with_old_landlock(void **state)
{
    (void)state;
    for (abi = 1; abi <= 7; abi++)
        child_check(old_landlock);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(without_landlock),
            cmocka_unit_test(without_seccomp),
            cmocka_unit_test(with_old_landlock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
