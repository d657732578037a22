#include "capture/source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "base/alloc.h"
#include "base/fetch.h"

/* About the headers of the next packet. */
enum { FETCH_NEXT = 128 };

enum packing { PACKING_NONE, PACKING_GZIP, PACKING_ZSTD };

struct source {
    int fd; /* -1: memory */
    struct bytes memory;
    struct source_tee tee;
    uint64_t raw_read, raw_size, dropped;
    bool is_raw_end;
    const char *damage;
    enum packing packing;
    bool in_member; /* unpacking: inside a member that has not ended */
    bool is_z_ready;
    z_stream z;
    ZSTD_DStream *zstd;
    uint8_t *raw; /* packed bytes that wait */
    size_t raw_at, raw_n;
    uint8_t *buf; /* unpacked bytes: lent, or own */
    size_t at, n, cap;
    uint8_t *own;
    size_t cap_own;
};

static size_t read_raw(struct source *s, uint8_t *to, size_t n)
{
    if (s->is_raw_end)
        return 0;
    size_t got = 0;
    if (s->fd < 0) {
        got = n < s->memory.n ? n : s->memory.n;
        if (got > 0)
            memcpy(to, s->memory.p, got);
        s->memory.p = got > 0 ? s->memory.p + got : s->memory.p;
        s->memory.n -= got;
    } else {
        ssize_t r = -1;
        do
            r = read(s->fd, to, n);
        while (r < 0 && errno == EINTR);
        if (r < 0)
            s->damage = "the input cannot be read on";
        got = r > 0 ? (size_t)r : 0;
    }
    if (got == 0)
        s->is_raw_end = true;
    else if (s->tee.on_bytes != NULL)
        s->tee.on_bytes(s->tee.ctx, to, got);
    s->raw_read += got;
    return got;
}

static bool refill_raw(struct source *s)
{
    if (s->raw_at == s->raw_n) {
        s->raw_at = 0;
        s->raw_n = read_raw(s, s->raw, SOURCE_BLOCK);
    }
    return s->raw_at < s->raw_n;
}

static size_t unpack_gzip(struct source *s, uint8_t *to, size_t n)
{
    s->z.next_in = s->raw + s->raw_at;
    s->z.avail_in = (uInt)(s->raw_n - s->raw_at);
    s->z.next_out = to;
    s->z.avail_out = (uInt)n;
    int result = inflate(&s->z, Z_NO_FLUSH);
    s->raw_at = s->raw_n - s->z.avail_in;
    s->in_member = result != Z_STREAM_END;
    if (result == Z_STREAM_END)
        (void)inflateReset(&s->z);
    else if (result != Z_OK && result != Z_BUF_ERROR)
        s->damage = "the gzip data is damaged";
    return n - s->z.avail_out;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): zstd writes through out */
static size_t unpack_zstd(struct source *s, uint8_t *to, size_t n)
{
    ZSTD_inBuffer in = {s->raw, s->raw_n, s->raw_at};
    ZSTD_outBuffer out = {to, n, 0};
    size_t result = ZSTD_decompressStream(s->zstd, &out, &in);
    s->raw_at = in.pos;
    s->in_member = result != 0;
    if (ZSTD_isError(result))
        s->damage = "the zstd data is damaged";
    return out.pos;
}

static size_t unpack(struct source *s, uint8_t *to, size_t n)
{
    size_t got = 0;
    while (got == 0 && s->damage == NULL) {
        if (!refill_raw(s)) {
            /* An unpacker may still hold output; when it gives none, the member was cut. */
            if (s->in_member)
                s->damage = "the compressed data ends too early";
            break;
        }
        got = s->packing == PACKING_GZIP ? unpack_gzip(s, to, n) : unpack_zstd(s, to, n);
    }
    return got;
}

static size_t pull(struct source *s, uint8_t *to, size_t n)
{
    if (s->damage != NULL)
        return 0;
    if (s->packing != PACKING_NONE)
        return unpack(s, to, n);
    if (s->raw_at == s->raw_n)
        return read_raw(s, to, n);
    size_t got = s->raw_n - s->raw_at < n ? s->raw_n - s->raw_at : n;
    memcpy(to, s->raw + s->raw_at, got);
    s->raw_at += got;
    return got;
}

/* Memory for n bytes that begin with those not yet dropped. */
static void renew(struct source *s, size_t n)
{
    const uint8_t *from = s->n > s->at ? s->buf + s->at : NULL;
    size_t have = s->n - s->at;
    bool is_lent = s->tee.lend != NULL && s->packing == PACKING_NONE && n <= SOURCE_BLOCK;
    uint8_t *old = NULL;
    if (is_lent) {
        s->buf = s->tee.lend(s->tee.ctx);
        s->cap = SOURCE_BLOCK;
    } else {
        if (n > s->cap_own) {
            old = s->own;
            s->cap_own = n > SOURCE_BLOCK ? n : SOURCE_BLOCK;
            s->own = xrealloc(NULL, s->cap_own, 1);
        }
        s->buf = s->own;
        s->cap = s->cap_own;
    }
    if (have > 0 && from != s->buf)
        memmove(s->buf, from, have);
    xfree(old);
    s->at = 0;
    s->n = have;
}

struct bytes source_need(struct source *s, size_t n)
{
    size_t have = s->n - s->at;
    if (have >= n || n > SOURCE_MOST)
        return (struct bytes){s->buf + s->at, have < n ? have : n};
    if (s->tee.on_reuse != NULL)
        s->tee.on_reuse(s->tee.ctx);
    renew(s, n);
    while (s->n < n) {
        size_t got = pull(s, s->buf + s->n, s->cap - s->n);
        if (got == 0)
            break;
        s->n += got;
    }
    return (struct bytes){s->buf, s->n < n ? s->n : n};
}

bool source_drop(struct source *s, uint64_t n)
{
    while (n > 0) {
        uint64_t have = s->n - s->at;
        uint64_t step = have < n ? have : n;
        s->at += (size_t)step;
        s->dropped += step;
        n -= step;
        fetch(s->buf + s->at, s->n - s->at < FETCH_NEXT ? s->n - s->at : FETCH_NEXT);
        if (n > 0 && source_need(s, 1).n == 0)
            return false;
    }
    return true;
}

uint64_t source_offset(const struct source *s)
{
    return s->dropped;
}

const char *source_damage(const struct source *s)
{
    return s->damage;
}

void source_progress(const struct source *s, uint64_t *read_so_far, uint64_t *size)
{
    *read_so_far = s->raw_read;
    *size = s->raw_size;
}

static void detect_packing(struct source *s)
{
    while (s->raw_n < 4) {
        size_t got = read_raw(s, s->raw + s->raw_n, SOURCE_BLOCK - s->raw_n);
        if (got == 0)
            break;
        s->raw_n += got;
    }
    static const uint8_t zstd_magic[] = {0x28, 0xb5, 0x2f, 0xfd};
    if (s->raw_n >= 2 && s->raw[0] == 0x1f && s->raw[1] == 0x8b &&
            inflateInit2(&s->z, 15 + 16) == Z_OK) {
        s->packing = PACKING_GZIP;
        s->is_z_ready = true;
    } else if (s->raw_n >= 4 && memcmp(s->raw, zstd_magic, 4) == 0) {
        s->zstd = ZSTD_createDStream();
        if (s->zstd != NULL)
            s->packing = PACKING_ZSTD;
    }
}

static struct source *source_new(void)
{
    struct source *s = xcalloc(1, sizeof *s);
    s->fd = -1;
    s->raw = xcalloc(1, SOURCE_BLOCK);
    return s;
}

struct source *source_open_memory(struct bytes p)
{
    struct source *s = source_new();
    s->memory = p;
    s->raw_size = p.n;
    detect_packing(s);
    return s;
}

bool source_open(
        const char *path, const struct source_tee *tee, struct source **out, struct err *err)
{
    struct source *s = source_new();
    struct stat st;
    if (tee != NULL)
        s->tee = *tee;
    s->fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
    if (s->fd < 0 || fstat(s->fd, &st) != 0) {
        err_set(err, "%s: %s; check the name and the permissions", path, strerror(errno));
        goto fail;
    }
    if (S_ISDIR(st.st_mode)) {
        err_set(err, "%s: is a directory; name the files in it", path);
        goto fail;
    }
    if (S_ISREG(st.st_mode))
        s->raw_size = (uint64_t)st.st_size;
    detect_packing(s);
    *out = s;
    return true;
fail:
    source_close(s);
    return false;
}

void source_close(struct source *s)
{
    if (s == NULL)
        return;
    if (s->fd >= 0)
        (void)close(s->fd);
    if (s->is_z_ready)
        (void)inflateEnd(&s->z);
    (void)ZSTD_freeDStream(s->zstd);
    xfree(s->raw);
    xfree(s->own);
    xfree(s);
}
