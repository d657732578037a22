#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <sched.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "sandbox/build.h"
#include "tests/unit/sandbox/child.h"

extern char **environ;

/* A hexadecimal or decimal number of this thread's status; the file was opened before. */
static unsigned long long status_of(FILE *f, const char *name, int base)
{
    char line[256];
    size_t n = strlen(name);
    rewind(f);
    (void)fflush(f);
    while (fgets(line, sizeof line, f) != NULL)
        if (strncmp(line, name, n) == 0 && line[n] == ':')
            return strtoull(line + n + 1, NULL, base);
    return ~0ULL;
}

static FILE *open_status(void)
{
    FILE *f = fopen("/proc/thread-self/status", "r");
    MUST(f != NULL);
    (void)setvbuf(f, NULL, _IONBF, 0);
    return f;
}

/* For root and for a program with the file capability alike. */
static void have_only(FILE *status, unsigned long long wanted)
{
    MUST(status_of(status, "CapEff", 16) == wanted);
    MUST(status_of(status, "CapPrm", 16) == wanted);
    MUST(status_of(status, "CapInh", 16) == 0);
    MUST(status_of(status, "CapAmb", 16) == 0);
}

static void no_programs(void)
{
    char *const argv[] = {(char[]){"/bin/true"}, NULL};
    pid_t pid = 0;
    MUST_NOT(execve("/bin/true", argv, environ), EPERM);
    MUST_NOT(syscall(SYS_execveat, AT_FDCWD, "/bin/true", argv, environ, 0), EPERM);
    if (SANDBOX_HAS_SANITIZER)
        return;
    MUST(posix_spawn(&pid, "/bin/true", NULL, NULL, argv, environ) != 0);
    MUST(system("true") != 0);
    MUST_NOT(fork(), EPERM);
    MUST_NOT(kill(getppid(), 0), EPERM);
    MUST_NOT(syscall(SYS_memfd_create, "code", 0), EPERM);
}

static void no_code(void)
{
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    MUST(page != MAP_FAILED);
    MUST_NOT(mprotect(page, 4096, PROT_READ | PROT_EXEC), EPERM);
    MUST_NOT((long)mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
            EPERM);
    MUST(munmap(page, 4096) == 0);
}

static void no_sockets(void)
{
    static const int families[] = {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK, AF_PACKET, 40};
    int pair[2];
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++)
        MUST_NOT(socket(families[i], SOCK_DGRAM, 0), EPERM);
    MUST_NOT(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), EPERM);
}

static void no_harm(void)
{
    MUST_NOT(chmod("/no/such/file", 0600), EPERM);
    MUST_NOT(syscall(SYS_bpf, 0, NULL, 0), EPERM);
    MUST_NOT(syscall(SYS_unshare, CLONE_NEWUSER), EPERM);
    MUST_NOT(syscall(SYS_io_uring_setup, 1, NULL), EPERM);
    MUST_NOT(setuid(0), EPERM);
    /* Typing into the terminal; a call that nobody listed; one that does not exist. */
    MUST_NOT(syscall(SYS_ioctl, 0, 0x5412, "x"), ENOSYS);
    MUST_NOT(syscall(SYS_quotactl, 0, NULL, 0, NULL), ENOSYS);
    MUST_NOT(syscall(1023), ENOSYS);
}

static void *nothing(void *ctx)
{
    return ctx;
}

static void threads_work(void)
{
    pthread_t thread;
    MUST(pthread_create(&thread, NULL, nothing, NULL) == 0);
    MUST(pthread_setname_np(thread, "test") == 0 || errno != 0);
    MUST(pthread_join(thread, NULL) == 0);
}

static void *as_worker(void *ctx)
{
    struct err said;
    FILE *status = open_status();
    (void)ctx;
    must_or_skip(sandbox_thread(SANDBOX_WORKER, &said), &said);
    MUST(strstr(said.text, "no capability") != NULL && strstr(said.text, "no sockets") != NULL);
    have_only(status, 0);
    MUST(status_of(status, "NoNewPrivs", 10) == 1);
    MUST(status_of(status, "Seccomp", 10) == 2);
    no_programs();
    no_code();
    no_sockets();
    no_harm();
    threads_work();
    MUST(fclose(status) == 0);
    return NULL;
}

static void worker(void)
{
    (void)as_worker(NULL);
}

static void workers(void **state)
{
    (void)state;
    child_check(worker);
}

/* A lane reads what was opened, and writes nowhere: a packet socket would send it. */
static void lane(void)
{
    struct err said;
    int ends[2], zero = open("/dev/zero", O_RDONLY);
    int packets = socket(AF_PACKET, SOCK_RAW, 0); /* -1 without the privilege: then EPERM is that */
    char bytes[64] = "";
    struct iovec v = {bytes, sizeof bytes};
    MUST(pipe(ends) == 0 && zero >= 0);
    must_or_skip(sandbox_thread(SANDBOX_LANE, &said), &said);
    MUST(read(zero, bytes, sizeof bytes) == (ssize_t)sizeof bytes);
    no_programs();
    no_code();
    no_sockets();
    no_harm();
    threads_work();
    if (SANDBOX_HAS_SANITIZER) /* which writes its report */
        return;
    MUST(strstr(said.text, "no writing") != NULL);
    MUST_NOT(write(ends[1], bytes, 1), EPERM);
    MUST_NOT(writev(ends[1], &v, 1), EPERM);
    MUST_NOT(write(packets, bytes, sizeof bytes), EPERM);
    MUST_NOT(writev(packets, &v, 1), EPERM);
    MUST_NOT(rename("/tmp/there-is-none", "/tmp/nor-this"), EPERM);
    MUST_NOT(unlink("/tmp/there-is-none"), EPERM);
    MUST_NOT(open("/tmp/there-is-none", O_WRONLY | O_CREAT, 0600), EPERM);
    MUST_NOT(open("/dev/null", O_RDWR), EPERM);
    MUST_NOT(open("/dev/zero", O_RDONLY | O_TRUNC), EPERM);
    MUST(close(open("/dev/zero", O_RDONLY)) == 0);
    MUST(write(STDERR_FILENO, "", 0) == 0);
    v.iov_len = 0;
    MUST(writev(STDERR_FILENO, &v, 1) == 0);
    MUST_NOT(dup2(ends[1], STDERR_FILENO), EPERM);
    MUST_NOT(dup(ends[1]), EPERM);
    MUST_NOT(fcntl(ends[1], F_DUPFD_CLOEXEC, 2), EPERM);
    MUST(fcntl(ends[1], F_GETFL) >= 0);
    MUST_NOT(mmap(NULL, 4096, PROT_READ, MAP_SHARED, zero, 0), EPERM);
    MUST(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
            MAP_FAILED);
}

static void lanes(void **state)
{
    (void)state;
    child_check(lane);
}

/* Control keeps what its threads lose. */
static void control(void)
{
    struct err said;
    pthread_t thread;
    FILE *status = open_status();
    unsigned long long raw = status_of(status, "CapPrm", 16) & (1U << 13);
    bool can_bound = (status_of(status, "CapEff", 16) & (1U << 8)) != 0;
    bool ok = sandbox_thread(SANDBOX_CONTROL, &said);
    MUST(ok == (raw != 0) || strstr(said.text, "seccomp") != NULL);
    if (strstr(said.text, "seccomp") != NULL)
        must_or_skip(false, &said);
    have_only(status, raw);
    MUST(!can_bound || status_of(status, "CapBnd", 16) == 0);
    for (int round = 0; round < 2; round++) {
        MUST(close(socket(AF_UNIX, SOCK_DGRAM, 0)) == 0);
        MUST(close(socket(AF_NETLINK, SOCK_RAW, 0)) == 0);
        MUST(raw == 0 || close(socket(AF_PACKET, SOCK_RAW, 0)) == 0);
        MUST_NOT(socket(AF_INET, SOCK_STREAM, 0), EAFNOSUPPORT);
        MUST_NOT(socket(AF_INET6, SOCK_DGRAM, 0), EAFNOSUPPORT);
        MUST_NOT(socket(40, SOCK_STREAM, 0), EAFNOSUPPORT);
        no_programs();
        no_code();
        MUST(pthread_create(&thread, NULL, as_worker, NULL) == 0);
        MUST(pthread_join(thread, NULL) == 0);
        have_only(status, raw);
    }
    MUST(fclose(status) == 0);
}

static void controls(void **state)
{
    (void)state;
    child_check(control);
}

static void calls_or_skip(void)
{
    struct err said;
    must_or_skip(sandbox_calls(SANDBOX_WORKER, &said), &said);
}

static void traces(void)
{
    calls_or_skip();
    (void)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static void reads_others(void)
{
    calls_or_skip();
    (void)syscall(SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0, 0);
}

static void aborts(void)
{
    calls_or_skip();
    (void)signal(SIGABRT, SIG_DFL);
    abort();
}

#ifdef __x86_64__
/* Numbers of i386 mean other calls: 102 would be socketcall. */
static void speaks_i386(void)
{
    calls_or_skip();
    long result = 102;
    __asm__ volatile("int $0x80" : "+a"(result) : "b"(1L), "c"(0L) : "memory");
}
#endif

static void killed(void **state)
{
    (void)state;
    child_dies(reads_others, SIGSYS);
    child_dies(aborts, SIGABRT);
    if (!SANDBOX_HAS_SANITIZER)
        child_dies(traces, SIGSYS);
#ifdef __x86_64__
    child_dies(speaks_i386, SIGSYS);
#endif
}

static void becomes_nobody(void)
{
    struct err said;
    FILE *status = open_status();
    unsigned long long raw = status_of(status, "CapPrm", 16) & (1U << 13);
    const gid_t groups[] = {4, 27};
    MUST(setgroups(2, groups) == 0);
    MUST(sandbox_user("nobody", &said));
    MUST(getuid() == 65534 && geteuid() == 65534 && getgid() == 65534 && getgroups(0, NULL) == 0);
    have_only(status, raw);
    MUST_NOT(open("/etc/shadow", O_RDONLY | O_CLOEXEC), EACCES);
    MUST_NOT(setuid(0), EPERM);
    /* Asked again, by what it is now. */
    MUST(sandbox_user("nobody", &said) && strstr(said.text, "already") != NULL);
    MUST(!sandbox_user("daemon", &said) && strstr(said.text, "only root") != NULL);
    control();
    MUST(fclose(status) == 0);
}

static void becomes_number(void)
{
    struct err said;
    MUST(sandbox_user("12345:daemon", &said));
    MUST(getuid() == 12345 && getgid() == 1);
}

static void users(void **state)
{
    struct err said;
    (void)state;
    assert_false(sandbox_user("no-such-user", &said));
    assert_non_null(strstr(said.text, "useradd"));
    assert_false(sandbox_user("", &said));
    assert_false(sandbox_user(":daemon", &said));
    assert_false(sandbox_user("daemon:no-such-group", &said));
    assert_false(sandbox_user("root", &said));
    assert_false(sandbox_user("0", &said));
    assert_false(sandbox_user("4294967295", &said));
    if (geteuid() != 0)
        skip();
    child_check(becomes_nobody);
    child_check(becomes_number);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(workers),
            cmocka_unit_test(lanes),
            cmocka_unit_test(controls),
            cmocka_unit_test(killed),
            cmocka_unit_test(users),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
