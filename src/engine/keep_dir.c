#include "engine/keep_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"

enum { NAME_TEXT = 40 };

struct keep_dir {
    char *path;
    int fd;
    uint64_t used;
    struct timespec changed; /* when a file was made or went, as far as used knows */
    bool is_changed;         /* by somebody else, since used was counted */
    size_t waiting;          /* bytes in memory */
    struct kept *oldest, *newest;
    bool has_failed;
    struct err why;
};

static void file_name(int64_t id, char name[NAME_TEXT])
{
    (void)snprintf(name, NAME_TEXT, "%" PRId64 ".pcapng", id);
}

static bool is_evidence(const char *name)
{
    size_t n = strlen(name);
    return n > 7 && strcmp(name + n - 7, ".pcapng") == 0;
}

/* The sizes of the files that stand there already. */
static uint64_t size_of(int fd)
{
    uint64_t sum = 0;
    struct stat st;
    int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = copy >= 0 ? fdopendir(copy) : NULL;
    for (const struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;)
        if (is_evidence(e->d_name) && fstatat(fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0)
            sum += (uint64_t)st.st_size;
    if (dir != NULL)
        (void)closedir(dir);
    else if (copy >= 0)
        (void)close(copy);
    return sum;
}

static struct timespec change_of(int fd)
{
    struct stat st = {.st_mtim = {0}};
    (void)fstat(fd, &st);
    return st.st_mtim;
}

bool keep_dir_is_changed(struct keep_dir *d)
{
    struct timespec now = change_of(d->fd);
    d->is_changed |= now.tv_sec != d->changed.tv_sec || now.tv_nsec != d->changed.tv_nsec;
    return d->is_changed;
}

void keep_dir_name(const char *dir, int64_t id, struct text *out)
{
    size_t n = strlen(dir);
    text_addf(out, "%s%s%" PRId64 ".pcapng", dir, n > 0 && dir[n - 1] == '/' ? "" : "/", id);
}

void keep_dir_about(const struct keep_about *about, struct text *out)
{
    char ends[2][ENDPOINT_TEXT];
    for (int i = 0; i < 2; i++)
        endpoint_text(&about->sides[i], ends[i]);
    text_clear(out);
    text_addf(out,
            "tlswire handshake %" PRId64 ", client %s, server %s\nfindings: %s\ninput: ", about->id,
            ends[0], ends[1], about->defects);
    text_add_escaped(out, bytes_of_text(about->path));
    text_addf(out, ", first packet %" PRIu64, about->first_packet);
}

bool keep_dir_probe(const char *path, struct err *err)
{
    static const char name[] = ".tlswire-probe";
    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        err_set(err, "--evidence %s: cannot be made: %s", path, strerror(errno));
        return false;
    }
    int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int fd = dir >= 0 ? openat(dir, name, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600) : -1;
    if (fd < 0)
        err_set(err, "--evidence %s: nothing can be written into it: %s", path, strerror(errno));
    else
        (void)close(fd);
    if (fd >= 0)
        (void)unlinkat(dir, name, 0);
    if (dir >= 0)
        (void)close(dir);
    return fd >= 0;
}

bool keep_dir_open(const char *path, struct keep_dir **out, struct err *err)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        err_set(err, "%s: %s: no packets are kept", path, strerror(errno));
        return false;
    }
    struct keep_dir *d = xcalloc(1, sizeof *d);
    d->path = xstrdup(path);
    d->fd = fd;
    d->changed = change_of(fd); /* before: what happens meanwhile is counted anew */
    d->used = size_of(fd);
    *out = d;
    return true;
}

void keep_dir_close(struct keep_dir *d)
{
    if (d == NULL)
        return;
    (void)close(d->fd);
    xfree(d->path);
    xfree(d);
}

uint64_t keep_dir_used(const struct keep_dir *d)
{
    return d->used;
}

const char *keep_dir_why(const struct keep_dir *d)
{
    return d->has_failed ? d->why.text : NULL;
}

bool keep_dir_has(const struct keep_dir *d, int64_t id)
{
    char name[NAME_TEXT];
    struct stat st;
    file_name(id, name);
    return fstatat(d->fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Takes k out of the list of those that wait. */
static void detach(struct keep_dir *d, struct kept *k)
{
    if (k->older != NULL)
        k->older->newer = k->newer;
    else if (d->oldest == k)
        d->oldest = k->newer;
    if (k->newer != NULL)
        k->newer->older = k->older;
    else if (d->newest == k)
        d->newest = k->older;
    k->older = k->newer = NULL;
}

static void touch(struct keep_dir *d, struct kept *k)
{
    if (d->newest == k)
        return;
    detach(d, k);
    k->older = d->newest;
    if (d->newest != NULL)
        d->newest->newer = k;
    else
        d->oldest = k;
    d->newest = k;
}

/* Writes all or says why not. */
static bool write_all(int fd, const uint8_t *p, size_t n)
{
    while (n > 0) {
        ssize_t done = write(fd, p, n);
        if (done < 0 && errno != EINTR)
            return false;
        if (done > 0) {
            p += done;
            n -= (size_t)done;
        }
    }
    return true;
}

/* A file that cannot be finished is no evidence: it goes. */
static void drop(const struct keep_dir *d, struct kept *k, const char *name)
{
    if (k->is_on_disk)
        (void)unlinkat(d->fd, name, 0);
    k->is_left_out = true;
    k->packets = 0;
}

static void fail(struct keep_dir *d, struct kept *k, const char *name, int error)
{
    d->has_failed = true;
    err_set(&d->why, "%s/%s: %s: no more packets are kept", d->path, name, strerror(error));
    drop(d, k, name);
}

static void write_file(struct keep_dir *d, struct kept *k, const char *name)
{
    int how = O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC | (k->is_on_disk ? O_APPEND : O_TRUNC);
    (void)keep_dir_is_changed(d);
    int fd = openat(d->fd, name, how, 0600);
    bool is_ok = fd >= 0 && write_all(fd, k->waiting.p, k->waiting.n);
    int error = errno;
    d->changed = change_of(d->fd);
    if (fd >= 0 && close(fd) != 0 && is_ok) {
        is_ok = false;
        error = errno;
    }
    k->is_on_disk = fd >= 0;
    if (!is_ok)
        fail(d, k, name, error);
}

void keep_dir_done(struct keep_dir *d, struct kept *k)
{
    char name[NAME_TEXT];
    file_name(k->id, name);
    if (k->waiting.n > 0 && d->has_failed)
        drop(d, k, name);
    else if (k->waiting.n > 0)
        write_file(d, k, name);
    d->waiting -= k->waiting.n;
    detach(d, k);
    writer_fini(&k->waiting);
}

/* The size of the file that an earlier reading left of this connection: it will be replaced. */
static uint64_t replaced(const struct keep_dir *d, const struct kept *k)
{
    char name[NAME_TEXT];
    struct stat st;
    if (k->packets > 0)
        return 0;
    file_name(k->id, name);
    if (fstatat(d->fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return 0;
    return (uint64_t)st.st_size < d->used ? (uint64_t)st.st_size : d->used;
}

static bool is_same(const struct frame_detail *a, const struct frame_detail *b)
{
    return a->link_type == b->link_type && a->snap_len == b->snap_len &&
           a->resolution == b->resolution && a->offset_s == b->offset_s;
}

/* The number of the frame's interface in the file; n_interfaces when it is a new one. */
static uint32_t interface_of(const struct kept *k, const struct frame_detail *detail)
{
    uint32_t i = 0;
    while (i < k->n_interfaces && !is_same(&k->interfaces[i], detail))
        i++;
    return i;
}

static bool is_capped(const struct kept *k, const struct frame *frame, uint32_t interface)
{
    uint64_t packets = k->is_handshake ? KEEP_HANDSHAKE_PACKETS : KEEP_PACKETS;
    uint64_t bytes = k->is_handshake ? KEEP_HANDSHAKE_BYTES : KEEP_BYTES;
    return k->is_full || k->is_left_out || k->packets >= packets ||
           k->bytes + frame->data.n > bytes || interface >= KEEP_INTERFACES;
}

bool keep_dir_add(struct keep_dir *d, struct kept *k, const struct frame *frame,
        const struct frame_detail *detail, const char *begin, const char *comment)
{
    uint32_t interface = interface_of(k, detail);
    if (d->has_failed || is_capped(k, frame, interface)) {
        k->is_full = true; /* what is kept has no holes */
        k->omitted++;
        return false;
    }
    size_t before = k->waiting.n;
    if (k->packets == 0)
        writer_section(&k->waiting, begin);
    if (interface == k->n_interfaces)
        writer_interface(&k->waiting, detail);
    writer_packet(&k->waiting, interface, frame, detail, comment);
    uint64_t grown = k->waiting.n - before;
    uint64_t freed = replaced(d, k);
    if (d->used - freed + grown > k->share) {
        k->waiting.n = before;
        k->is_left_out = true;
        k->omitted++;
        return false;
    }
    k->interfaces[interface] = *detail;
    k->n_interfaces += interface == k->n_interfaces;
    k->packets++;
    k->bytes += frame->data.n;
    d->used += grown - freed;
    d->waiting += grown;
    touch(d, k);
    while (d->waiting > KEEP_MEMORY && d->oldest != NULL)
        keep_dir_done(d, d->oldest);
    return true;
}
