#include "export/outlet.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/text.h"
#include "export/write_all.h"

/* A pipe that poll calls writable takes as much without waiting (POSIX: PIPE_BUF). */
enum { AT_ONCE = 4096 };

struct outlet {
    char *path;
    int fd;
    bool is_file;           /* a disk does not make its writer wait */
    bool is_link;           /* the user named one */
    atomic_bool is_renamed; /* open it again before the next line */
    bool is_cut;            /* the latest line stands in the file in part */
    struct text waiting;    /* for the reader of a pipe: whole lines, but maybe the first */
    uint64_t lost;
};

/* Without O_NONBLOCK a named pipe would be waited for until somebody reads it. more: O_NOFOLLOW
 * when others may have put something in the place of what was renamed. */
static int open_file(const char *path, int more)
{
    int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | more;
    return strcmp(path, "-") == 0 ? STDOUT_FILENO : open(path, flags, 0640);
}

static void use(struct outlet *o, int fd)
{
    struct stat st;
    o->fd = fd;
    o->is_file = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    o->is_cut = false;
}

static void close_file(struct outlet *o)
{
    if (o->fd > STDERR_FILENO)
        (void)close(o->fd);
}

bool outlet_open(const char *what, const char *path, struct outlet **out, struct err *err)
{
    struct stat st;
    int fd = open_file(path, 0);
    if (fd < 0 && errno == ENXIO)
        err_set(err, "%s %s: a pipe that no program reads: start its reader first", what, path);
    else if (fd < 0)
        err_set(err, "%s %s: %s: name a file that can be written", what, path, strerror(errno));
    if (fd < 0)
        return false;
    *out = xcalloc(1, sizeof **out);
    (*out)->path = xstrdup(path);
    (*out)->is_link = lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
    use(*out, fd);
    return true;
}

void outlet_reopen(struct outlet *o)
{
    if (o != NULL)
        atomic_store(&o->is_renamed, true);
}

uint64_t outlet_lost(const struct outlet *o)
{
    return o->lost;
}

static void lose_waiting(struct outlet *o)
{
    for (size_t i = 0; i < o->waiting.n; i++)
        o->lost += o->waiting.s[i] == '\n';
    text_clear(&o->waiting);
}

/* Gives the reader what it takes within the time; false when there is no reader any more. */
static bool pass_on(struct outlet *o, int ms)
{
    size_t done = 0;
    bool is_read = true;
    while (done < o->waiting.n && is_read) {
        struct pollfd p = {.fd = o->fd, .events = POLLOUT};
        size_t n = o->waiting.n - done < AT_ONCE ? o->waiting.n - done : AT_ONCE;
        if (poll(&p, 1, ms) <= 0)
            break;
        ssize_t some = write(o->fd, o->waiting.s + done, n);
        is_read = some > 0 || errno == EAGAIN || errno == EINTR;
        if (some <= 0)
            break;
        done += (size_t)some;
    }
    if (!is_read) {
        lose_waiting(o);
    } else if (done > 0) {
        memmove(o->waiting.s, o->waiting.s + done, o->waiting.n - done);
        o->waiting.n -= done;
    }
    return is_read;
}

/* A new file that cannot be opened leaves the old one in use. */
static void reopen(struct outlet *o)
{
    int fd = open_file(o->path, o->is_link ? 0 : O_NOFOLLOW);
    if (fd < 0)
        return;
    if (fd != o->fd)
        lose_waiting(o); /* the reader of before did not take it, for another it has no beginning */
    close_file(o);
    use(o, fd);
}

void outlet_close(struct outlet *o)
{
    if (o == NULL)
        return;
    if (o->waiting.n > 0)
        (void)pass_on(o, OUTLET_END_MS);
    close_file(o);
    text_fini(&o->waiting);
    xfree(o->path);
    xfree(o);
}

/* Takes back what a full disk left of a line; when that cannot be, the next one begins anew. */
static void take_back(struct outlet *o, size_t n)
{
    struct stat st;
    bool is_there = fstat(o->fd, &st) == 0 && (uint64_t)st.st_size >= n;
    o->is_cut = n > 0 && (!is_there || ftruncate(o->fd, st.st_size - (off_t)n) != 0);
}

/* One write per line, so that lines of two programs in one file stay whole. */
static bool put_in_file(struct outlet *o, const char *line, size_t n)
{
    if (o->is_cut)
        o->is_cut = write_all(o->fd, "\n", 1) == 0;
    size_t done = o->is_cut ? 0 : write_all(o->fd, line, n);
    if (done == n)
        return true;
    if (!o->is_cut)
        take_back(o, done);
    return false;
}

static bool put_in_pipe(struct outlet *o, const char *line, size_t n)
{
    if (!pass_on(o, 0) || o->waiting.n + n > OUTLET_WAITING)
        return false;
    text_add_bytes(&o->waiting, line, n);
    uint64_t before = o->lost;
    if (pass_on(o, 0))
        return true;
    o->lost = before; /* it is this line */
    return false;
}

bool outlet_put(struct outlet *o, const char *line, size_t n)
{
    if (atomic_exchange(&o->is_renamed, false))
        reopen(o);
    bool is_ok = o->is_file ? put_in_file(o, line, n) : put_in_pipe(o, line, n);
    o->lost += !is_ok;
    return is_ok;
}
