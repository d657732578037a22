#include <errno.h>
#include <fcntl.h>
#include <linux/prctl.h>
#include <sched.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sandbox/build.h"
#include "sandbox/sandbox.h"

/* Of clone, the flags are the first argument but on s390. */
#ifdef __s390__
enum { CLONE_FLAGS = 1 };
#else
enum { CLONE_FLAGS = 0 };
#endif

/* Names, not numbers: a name that this architecture or libseccomp does not know is left out. What
 * libc, SQLite, OpenSSL, the allocator and libpcap's ring do. */
static const char *const everybody[] = {
        /* memory */
        "brk", "madvise", "membarrier", "mlock", "mremap", "msync", "munlock", "munmap",
        /* threads and signals */
        "exit", "exit_group", "futex", "get_robust_list", "getpid", "gettid", "restart_syscall",
        "rseq", "rt_sigaction", "rt_sigpending", "rt_sigprocmask", "rt_sigreturn", "rt_sigsuspend",
        "rt_sigtimedwait", "sched_get_priority_max", "sched_get_priority_min", "sched_getaffinity",
        "sched_getparam", "sched_getscheduler", "sched_setaffinity", "sched_yield",
        "set_robust_list", "set_tid_address", "sigaltstack",
        /* time */
        "clock_getres", "clock_gettime", "clock_nanosleep", "getitimer", "gettimeofday",
        "nanosleep", "time", "times",
        /* descriptors */
        "close", "close_range", "epoll_create1", "epoll_ctl", "epoll_pwait", "epoll_wait",
        "eventfd2", "flock", "pipe2", "poll", "ppoll", "pselect6", "select", "signalfd4",
        "timerfd_create", "timerfd_gettime", "timerfd_settime",
        /* files, of which Landlock says which */
        "access", "faccessat", "faccessat2", "fadvise64", "fdatasync", "fstat", "fstatfs", "fsync",
        "getcwd", "getdents", "getdents64", "lseek", "lstat", "newfstatat", "pread64", "preadv",
        "read", "readlink", "readlinkat", "readv", "stat", "statfs", "statx", "umask",
        /* sockets that are there */
        "getpeername", "getsockname", "getsockopt", "recvfrom", "recvmsg", "setsockopt",
        /* about oneself */
        "getcpu", "getegid", "geteuid", "getgid", "getgroups", "getpgrp", "getppid", "getrandom",
        "getresgid", "getresuid", "getrlimit", "getrusage", "getuid", "sysinfo", "uname"};

/* Not for lanes. All threads have the same descriptors: a packet socket sends what is written into
 * it, without any privilege. */
static const char *const writing[] = {"copy_file_range", "creat", "dup", "dup2", "dup3",
        "fallocate", "fchmod", "fchown", "ftruncate", "mkdir", "mkdirat", "pwrite64", "pwritev",
        "rename", "renameat", "renameat2", "rmdir", "sync_file_range", "truncate", "unlink",
        "unlinkat"};

/* To open interfaces, to speak to the service manager, and to put threads under their own filter.
 */
static const char *const control_only[] = {
        "bind", "capget", "capset", "connect", "prctl", "seccomp", "sendmsg", "sendto", "shutdown"};

/* What intruders want: told that it is not permitted, in words that every library understands. */
static const char *const refused[] = {"accept", "accept4", "add_key", "bpf", "chmod", "chown",
        "chroot", "execve", "execveat", "fanotify_init", "fchmodat", "fchownat", "fork",
        "io_uring_enter", "io_uring_register", "io_uring_setup", "kcmp", "keyctl", "kill", "lchown",
        "link", "linkat", "listen", "memfd_create", "mknod", "mknodat", "mount",
        "name_to_handle_at", "open_by_handle_at", "perf_event_open", "personality", "pidfd_getfd",
        "pidfd_open", "pidfd_send_signal", "pivot_root", "pkey_mprotect", "request_key",
        "rt_sigqueueinfo", "rt_tgsigqueueinfo", "sendmmsg", "setfsgid", "setfsuid", "setgid",
        "setgroups", "setns", "setregid", "setresgid", "setresuid", "setreuid", "setsid", "setuid",
        "socketpair", "symlink", "symlinkat", "tkill", "umount2", "unshare", "userfaultfd",
        "vfork"};
static const char *const refused_to_workers[] = {
        "bind", "capset", "connect", "seccomp", "sendmsg", "sendto", "shutdown", "socket"};

/* Nothing that this program or a library of it could ever mean to do. */
static const char *const hostile[] = {"create_module", "delete_module", "finit_module",
        "init_module", "kexec_file_load", "kexec_load", "process_vm_readv", "process_vm_writev",
#if !SANDBOX_HAS_SANITIZER
        "ptrace",
#endif
        "reboot", "swapoff", "swapon"};

#if SANDBOX_HAS_SANITIZER
/* LeakSanitizer stops the threads with a tracer that it clones, and looks which pages there are. */
static const char *const for_sanitizer[] = {"clone", "kill", "mincore", "prctl", "ptrace", "wait4"};
#endif

struct filter {
    scmp_filter_ctx ctx;
    unsigned n_allowed;
    int status; /* of the first rule that failed */
};

static void add(struct filter *f, uint32_t action, const char *name, const struct scmp_arg_cmp *arg)
{
    int number = seccomp_syscall_resolve_name(name);
    if (number == __NR_SCMP_ERROR || f->status != 0)
        return;
    f->status = seccomp_rule_add_array(f->ctx, action, number, arg == NULL ? 0 : 1, arg);
    f->n_allowed += action == SCMP_ACT_ALLOW && arg == NULL;
}

static void add_all(struct filter *f, uint32_t action, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        add(f, action, names[i], NULL);
}
#define ADD_ALL(f, action, names) add_all(f, action, names, sizeof(names) / sizeof(names)[0])

/* Allows a call when all or none of some bits of an argument are set, and refuses it otherwise. */
static void add_bit(struct filter *f, const char *name, unsigned index, uint64_t bit, bool is_set)
{
    struct scmp_arg_cmp yes = {index, SCMP_CMP_MASKED_EQ, bit, is_set ? bit : 0};
    struct scmp_arg_cmp no = {index, SCMP_CMP_MASKED_EQ, bit, is_set ? 0 : bit};
    add(f, SCMP_ACT_ALLOW, name, &yes);
    add(f, SCMP_ACT_ERRNO(EPERM), name, &no);
    f->n_allowed++;
}

/* Code is what was mapped at the start; processes are none, threads are. clone3 keeps its flags
 * where a filter cannot look, and libc falls back to clone. */
static void add_processes(struct filter *f)
{
    add_bit(f, "mprotect", 2, PROT_EXEC, false);
    if (!SANDBOX_HAS_SANITIZER)
        add_bit(f, "clone", CLONE_FLAGS, CLONE_THREAD, true);
    /* abort() signals itself; nobody else is signalled. */
    uint64_t self = (uint64_t)getpid();
    struct scmp_arg_cmp to_self = {0, SCMP_CMP_EQ, self, 0}, to_other = {0, SCMP_CMP_NE, self, 0};
    add(f, SCMP_ACT_ALLOW, "tgkill", &to_self);
    add(f, SCMP_ACT_ERRNO(EPERM), "tgkill", &to_other);
    /* Limits of this process (pid 0 or its own) only. */
    struct scmp_arg_cmp of_none = {0, SCMP_CMP_EQ, 0, 0};
    add(f, SCMP_ACT_ALLOW, "prlimit64", &of_none);
    add(f, SCMP_ACT_ALLOW, "prlimit64", &to_self);
}

/* Not TIOCSTI, which types into the terminal that started the program. */
static void add_device_calls(struct filter *f, enum sandbox_kind kind)
{
    static const unsigned requests[] = {0x5401 /* TCGETS */, 0x5413 /* TIOCGWINSZ */,
            0x541b /* FIONREAD */, 0x5421 /* FIONBIO */, 0x5451 /* FIOCLEX */};
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        struct scmp_arg_cmp is = {1, SCMP_CMP_MASKED_EQ, 0xffffffff, requests[i]};
        add(f, SCMP_ACT_ALLOW, "ioctl", &is);
    }
    /* SIOC*: libpcap asks interfaces about themselves. */
    struct scmp_arg_cmp of_sockets = {1, SCMP_CMP_MASKED_EQ, 0xffffff00, 0x8900};
    if (kind == SANDBOX_CONTROL)
        add(f, SCMP_ACT_ALLOW, "ioctl", &of_sockets);
    /* SIOCGIFFLAGS: it asks whether an interface is gone or only down. */
    struct scmp_arg_cmp flags = {1, SCMP_CMP_MASKED_EQ, 0xffffffff, 0x8913};
    if (kind != SANDBOX_CONTROL)
        add(f, SCMP_ACT_ALLOW, "ioctl", &flags);
    f->n_allowed++;
}

/* Files are opened for reading only. */
static void add_reading(struct filter *f, const char *name, unsigned index)
{
    static const uint64_t bits[] = {O_WRONLY, O_RDWR, O_CREAT, O_TRUNC};
    uint64_t all = 0;
    for (size_t i = 0; i < sizeof bits / sizeof bits[0]; i++) {
        struct scmp_arg_cmp is_set = {index, SCMP_CMP_MASKED_EQ, bits[i], bits[i]};
        add(f, SCMP_ACT_ERRNO(EPERM), name, &is_set);
        all |= bits[i];
    }
    struct scmp_arg_cmp none = {index, SCMP_CMP_MASKED_EQ, all, 0};
    add(f, SCMP_ACT_ALLOW, name, &none);
    f->n_allowed++;
}

/* Memory of its own: what is mapped from a file that is open for writing would be written. */
static void add_private_memory(struct filter *f)
{
    struct scmp_arg_cmp is_code = {2, SCMP_CMP_MASKED_EQ, PROT_EXEC, PROT_EXEC};
    struct scmp_arg_cmp is_shared = {3, SCMP_CMP_MASKED_EQ, MAP_SHARED, MAP_SHARED};
    struct scmp_arg_cmp is_fine[] = {
            {2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0}, {3, SCMP_CMP_MASKED_EQ, MAP_SHARED, 0}};
    add(f, SCMP_ACT_ERRNO(EPERM), "mmap", &is_code);
    add(f, SCMP_ACT_ERRNO(EPERM), "mmap", &is_shared);
    if (f->status == 0)
        f->status = seccomp_rule_add_array(f->ctx, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 2, is_fine);
    f->n_allowed++;
}

/* Descriptors stay what they are: one that is sent by write could else become standard error. */
static void add_descriptors(struct filter *f)
{
    static const int fine[] = {F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_GETLK, F_SETLK};
    static const int copies[] = {F_DUPFD, F_DUPFD_CLOEXEC};
    for (size_t i = 0; i < sizeof fine / sizeof fine[0]; i++) {
        struct scmp_arg_cmp is = {1, SCMP_CMP_EQ, (uint64_t)fine[i], 0};
        add(f, SCMP_ACT_ALLOW, "fcntl", &is);
    }
    for (size_t i = 0; i < sizeof copies / sizeof copies[0]; i++) {
        struct scmp_arg_cmp is = {1, SCMP_CMP_EQ, (uint64_t)copies[i], 0};
        add(f, SCMP_ACT_ERRNO(EPERM), "fcntl", &is);
    }
    f->n_allowed++;
}

static void add_last_words(struct filter *f, const char *name)
{
    struct scmp_arg_cmp to_stderr = {0, SCMP_CMP_EQ, STDERR_FILENO, 0};
    struct scmp_arg_cmp to_other = {0, SCMP_CMP_NE, STDERR_FILENO, 0};
    add(f, SCMP_ACT_ALLOW, name, &to_stderr);
    add(f, SCMP_ACT_ERRNO(EPERM), name, &to_other);
    f->n_allowed++;
}

static void add_writing(struct filter *f, enum sandbox_kind kind)
{
    bool may_write = kind != SANDBOX_LANE || SANDBOX_HAS_SANITIZER;
    if (may_write) {
        ADD_ALL(f, SCMP_ACT_ALLOW, writing);
        add_bit(f, "mmap", 2, PROT_EXEC, false);
        add(f, SCMP_ACT_ALLOW, "fcntl", NULL);
        add(f, SCMP_ACT_ALLOW, "write", NULL);
        add(f, SCMP_ACT_ALLOW, "writev", NULL);
        add(f, SCMP_ACT_ALLOW, "open", NULL);
        add(f, SCMP_ACT_ALLOW, "openat", NULL);
        return;
    }
    ADD_ALL(f, SCMP_ACT_ERRNO(EPERM), writing);
    add_reading(f, "open", 1);
    add_reading(f, "openat", 2);
    add_private_memory(f);
    add_descriptors(f);
    /* Of one that aborts, or of libc about it. */
    add_last_words(f, "write");
    add_last_words(f, "writev");
}

static void add_worker(struct filter *f)
{
    ADD_ALL(f, SCMP_ACT_ERRNO(EPERM), refused_to_workers);
    /* Names of threads, and of memory, which libc and allocators give. */
    static const uint64_t options[] = {PR_SET_NAME, PR_GET_NAME, 0x53564d41 /* PR_SET_VMA */};
    for (size_t i = 0; i < sizeof options / sizeof options[0] && !SANDBOX_HAS_SANITIZER; i++) {
        struct scmp_arg_cmp is = {0, SCMP_CMP_EQ, options[i], 0};
        add(f, SCMP_ACT_ALLOW, "prctl", &is);
    }
}

/* Other families seem not to be built in: libpcap then goes on without Bluetooth and the like. */
static void add_control(struct filter *f)
{
    ADD_ALL(f, SCMP_ACT_ALLOW, control_only);
    for (uint64_t family = 0; family <= AF_PACKET; family++) {
        bool is_fine = family == AF_UNIX || family == AF_NETLINK || family == AF_PACKET;
        struct scmp_arg_cmp is = {0, SCMP_CMP_EQ, family, 0};
        add(f, is_fine ? SCMP_ACT_ALLOW : SCMP_ACT_ERRNO(EAFNOSUPPORT), "socket", &is);
    }
    struct scmp_arg_cmp other = {0, SCMP_CMP_GT, AF_PACKET, 0};
    add(f, SCMP_ACT_ERRNO(EAFNOSUPPORT), "socket", &other);
    f->n_allowed++;
}

static void fill(struct filter *f, enum sandbox_kind kind)
{
    (void)seccomp_attr_set(f->ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    /* No slower code for all of the thread because of Spectre: it runs nobody's scripts. */
    (void)seccomp_attr_set(f->ctx, SCMP_FLTATR_CTL_SSB, 1);
    (void)seccomp_attr_set(f->ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
#if SANDBOX_HAS_SANITIZER
    ADD_ALL(f, SCMP_ACT_ALLOW, for_sanitizer);
#endif
    ADD_ALL(f, SCMP_ACT_ALLOW, everybody);
    ADD_ALL(f, SCMP_ACT_ERRNO(EPERM), refused);
    ADD_ALL(f, SCMP_ACT_KILL_PROCESS, hostile);
    add_processes(f);
    add_device_calls(f, kind);
    add_writing(f, kind);
    if (kind == SANDBOX_CONTROL)
        add_control(f);
    else
        add_worker(f);
}

bool sandbox_calls(enum sandbox_kind kind, struct err *said)
{
    /* 32-bit machines have calls of their own for the same things, which nobody tried. */
    struct filter f = {
            .ctx = sizeof(void *) < 8 ? NULL : seccomp_init(SCMP_ACT_ERRNO(ENOSYS)),
    };
    if (f.ctx == NULL) {
        err_set(said, "system calls not restricted: not known for this kind of machine");
        return false;
    }
    fill(&f, kind);
    const char *at = "rules";
    if (f.status == 0) {
        at = "kernel";
        f.status = seccomp_load(f.ctx);
    }
    seccomp_release(f.ctx);
    if (f.status != 0) {
        err_set(said,
                "system calls not restricted: seccomp: %s: %s: it needs Linux 4.14, and the "
                "permission of a container that has a filter of its own",
                at, strerror(-f.status));
        return false;
    }
    err_set(said, "%u system calls, %s, no programs", f.n_allowed,
            kind == SANDBOX_CONTROL ? "packet, netlink and unix sockets"
            : kind == SANDBOX_LANE  ? "no sockets, no writing"
                                    : "no sockets");
    return true;
}
