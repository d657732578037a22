#include "engine/hasher.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/map.h"
#include "base/ring.h"
#include "base/text.h"
#include "capture/capture.h"
#include "crypto/digest.h"

enum { BLOCK = CAPTURE_BLOCK, QUEUE = 4 };

struct block {
    size_t from, n; /* the bytes of data that count */
    uint8_t data[BLOCK];
};

struct hasher {
    struct ring *full, *spare;
    struct block *block; /* being filled */
    bool is_lent;
    pthread_t thread;
    uint8_t digest[SHA256_LEN];
};

static void *work(void *arg)
{
    struct hasher *h = arg;
    (void)pthread_setname_np(pthread_self(), "hash");
    struct digest *d = digest_new();
    struct block *b;
    while ((b = ring_pop(h->full)) != NULL) {
        digest_add(d, b->data + b->from, b->n);
        ring_push(h->spare, b);
    }
    digest_end(d, h->digest);
    return NULL;
}

static struct block *block_new(void)
{
    struct block *b = xrealloc(NULL, 1, sizeof *b);
    b->from = b->n = 0;
    return b;
}

struct hasher *hasher_new(void)
{
    struct hasher *h = xcalloc(1, sizeof *h);
    h->full = ring_new(QUEUE);
    h->spare = ring_new(QUEUE + 2);
    for (int i = 0; i < QUEUE; i++)
        ring_push(h->spare, block_new());
    h->block = block_new();
    if (pthread_create(&h->thread, NULL, work, h) != 0)
        abort();
    return h;
}

static void push_block(struct hasher *h)
{
    ring_push(h->full, h->block);
    h->block = ring_pop(h->spare);
    h->block->from = h->block->n = 0;
}

uint8_t *hasher_lend(struct hasher *h)
{
    push_block(h);
    h->is_lent = true;
    return h->block->data;
}

/* Bytes that stand in the lent block already. */
static bool take_lent(struct hasher *h, const uint8_t *p, size_t n)
{
    struct block *b = h->block;
    uintptr_t at = (uintptr_t)p - (uintptr_t)b->data;
    if (!h->is_lent || at >= BLOCK)
        return false;
    if (b->n == 0)
        b->from = at;
    b->n += n;
    return true;
}

void hasher_add(struct hasher *h, const void *p, size_t n)
{
    const uint8_t *from = p;
    if (take_lent(h, from, n))
        return;
    if (h->is_lent)
        push_block(h);
    h->is_lent = false;
    while (n > 0) {
        size_t part = BLOCK - h->block->n < n ? BLOCK - h->block->n : n;
        memcpy(h->block->data + h->block->n, from, part);
        h->block->n += part;
        from += part;
        n -= part;
        if (h->block->n == BLOCK)
            push_block(h);
    }
}

static void hex_of(const uint8_t digest[SHA256_LEN], char hex[65])
{
    struct text t = {0};
    text_add_hex(&t, (struct bytes){digest, SHA256_LEN});
    memcpy(hex, text_str(&t), 64);
    hex[64] = '\0';
    text_fini(&t);
}

void hasher_end(struct hasher *h, char hex[65])
{
    ring_push(h->full, h->block);
    ring_close(h->full);
    (void)pthread_join(h->thread, NULL);
    hex_of(h->digest, hex);
    struct block *b;
    while ((b = ring_try_pop(h->spare)) != NULL)
        xfree(b);
    ring_free(h->full);
    ring_free(h->spare);
    xfree(h);
}

/* Reads up to n bytes, fewer only at the end of the file; -1 on error. */
static ssize_t read_most(int fd, uint8_t *to, size_t n)
{
    size_t got = 0;
    while (got < n) {
        ssize_t r = read(fd, to + got, n - got);
        if (r < 0 && errno == EINTR)
            continue;
        if (r < 0)
            return -1;
        if (r == 0)
            break;
        got += (size_t)r;
    }
    return (ssize_t)got;
}

static bool open_input(const char *path, int *fd, struct err *err)
{
    *fd = open(path, O_RDONLY | O_CLOEXEC);
    if (*fd < 0)
        err_set(err, "%s: %s: check the path and its permissions", path, strerror(errno));
    return *fd >= 0;
}

bool identify_file(const char *path, struct identity *out, struct err *err)
{
    int fd;
    struct stat st;
    if (!open_input(path, &fd, err))
        return false;
    uint8_t *buf = xcalloc(1, BLOCK);
    ssize_t n = fstat(fd, &st) == 0 ? read_most(fd, buf, BLOCK) : -1;
    if (n < 0)
        err_set(err, "%s: cannot be read: %s", path, strerror(errno));
    (void)close(fd);
    if (n >= 0) {
        out->size = (uint64_t)st.st_size;
        struct hash_stream *h = hash_stream_new();
        hash_stream_add(h, buf, (size_t)n);
        hash_stream_add(h, &out->size, sizeof out->size);
        out->quick_hash = hash_stream_end(h);
    }
    xfree(buf);
    return n >= 0;
}

bool identify_sha256(const char *path, char hex[65], struct err *err)
{
    int fd;
    if (!open_input(path, &fd, err))
        return false;
    uint8_t *buf = xcalloc(1, BLOCK);
    struct digest *d = digest_new();
    ssize_t n;
    while ((n = read_most(fd, buf, BLOCK)) > 0)
        digest_add(d, buf, (size_t)n);
    uint8_t digest[SHA256_LEN];
    digest_end(d, digest);
    hex_of(digest, hex);
    if (n < 0)
        err_set(err, "%s: cannot be read: %s", path, strerror(errno));
    (void)close(fd);
    xfree(buf);
    return n >= 0;
}
