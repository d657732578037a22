#include "sandbox/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel's numbers, the same on every architecture; headers are often older than kernels. */
enum { CALL_CREATE = 444, CALL_ADD = 445, CALL_RESTRICT = 446 };
enum { CREATE_VERSION = 1, RULE_PATH_BENEATH = 1, ABI_MOST = 6 };

enum {
    FS_WRITE_FILE = 1 << 1,
    FS_READ_FILE = 1 << 2,
    FS_READ_DIR = 1 << 3,
    FS_REMOVE_DIR = 1 << 4,
    FS_REMOVE_FILE = 1 << 5,
    FS_MAKE_DIR = 1 << 7,
    FS_MAKE_REG = 1 << 8,
    FS_REFER = 1 << 13,
    FS_TRUNCATE = 1 << 14,
    READS = FS_READ_FILE | FS_READ_DIR,
    /* No execute, and no device, socket, pipe or link is made. */
    WRITES = FS_WRITE_FILE | FS_REMOVE_DIR | FS_REMOVE_FILE | FS_MAKE_DIR | FS_MAKE_REG | FS_REFER |
             FS_TRUNCATE,
    OF_FILES = FS_READ_FILE | FS_WRITE_FILE | FS_TRUNCATE,
};

struct attributes {
    uint64_t fs, net, scoped;
};

struct path_rule {
    uint64_t allowed;
    int32_t parent;
} __attribute__((packed));

/* What each version of the interface can restrict: all of it is, and given back by rules. TCP
 * binds and connects from 4; abstract unix sockets and signals of others from 6. */
static const struct {
    uint64_t fs, net, scoped;
    size_t size;
} can[ABI_MOST + 1] = {
        [1] = {0x1fff, 0, 0, 8},
        [2] = {0x3fff, 0, 0, 8},
        [3] = {0x7fff, 0, 0, 8},
        [4] = {0x7fff, 3, 0, 16},
        [5] = {0xffff, 3, 0, 16},
        [6] = {0xffff, 3, 3, 24},
};

static int known(int abi)
{
    return abi > ABI_MOST ? ABI_MOST : abi;
}

int landlock_abi(const char **why)
{
    long abi = syscall(CALL_CREATE, NULL, 0, CREATE_VERSION);
    if (abi > 0)
        return (int)abi;
    *why = errno == ENOSYS ? "the kernel has no Landlock (Linux 5.13 and later have)"
           : errno == EOPNOTSUPP
                   ? "Landlock is switched off: add it to lsm= of the kernel's command line"
                   : "Landlock is not permitted here, as in some containers";
    return 0;
}

int landlock_begin(int abi)
{
    int k = known(abi);
    struct attributes a = {can[k].fs, can[k].net, can[k].scoped};
    return (int)syscall(CALL_CREATE, &a, can[k].size, 0);
}

bool landlock_add(int rules, int abi, const char *path, bool can_write)
{
    struct stat st;
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return false;
    uint64_t allowed = can_write ? READS | WRITES : READS;
    bool ok = fstat(fd, &st) == 0;
    if (ok && !S_ISDIR(st.st_mode))
        allowed &= OF_FILES;
    struct path_rule rule = {allowed & can[known(abi)].fs, fd};
    ok = ok && syscall(CALL_ADD, rules, RULE_PATH_BENEATH, &rule, 0) == 0;
    int keep = errno;
    (void)close(fd);
    errno = keep;
    return ok;
}

bool landlock_restrict(int rules)
{
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && syscall(CALL_RESTRICT, rules, 0) == 0;
}
