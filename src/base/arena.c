#include "base/arena.h"

#include <stdalign.h>
#include <string.h>
#include <threads.h>

#include "base/alloc.h"

/* Under a sanitizer nothing is used again, so that a use after free is seen. */
#if defined __SANITIZE_ADDRESS__
#define ARENA_CACHED 0
#elif defined __has_feature
#if __has_feature(address_sanitizer)
#define ARENA_CACHED 0
#endif
#endif
#ifndef ARENA_CACHED
#define ARENA_CACHED 1024
#endif

enum { ARENA_FIRST_CHUNK = 8192, ARENA_ALIGN = alignof(max_align_t) };

struct arena_chunk {
    struct arena_chunk *next;
    size_t size;
    alignas(max_align_t) uint8_t data[];
};

void arena_init(struct arena *a)
{
    *a = (struct arena){0};
}

/* First chunks come and go with every connection: each thread keeps some to use again. */
struct chunk_cache {
    struct arena_chunk *chunks;
    size_t n;
};

static thread_local struct chunk_cache *cache;
static tss_t cache_key;
static once_flag cache_once = ONCE_FLAG_INIT;

static void cache_free(void *p)
{
    struct chunk_cache *c = p;
    while (c->chunks != NULL) {
        struct arena_chunk *next = c->chunks->next;
        xfree(c->chunks);
        c->chunks = next;
    }
    xfree(c);
    cache = NULL;
}

static void cache_start(void)
{
    (void)tss_create(&cache_key, cache_free);
}

static struct chunk_cache *cache_of_thread(void)
{
    if (cache == NULL) {
        call_once(&cache_once, cache_start);
        cache = xcalloc(1, sizeof *cache);
        (void)tss_set(cache_key, cache);
    }
    return cache;
}

static void chunk_release(struct arena_chunk *c)
{
    struct chunk_cache *to = cache_of_thread();
    if (c->size != ARENA_FIRST_CHUNK || to->n >= ARENA_CACHED) {
        xfree(c);
        return;
    }
    c->next = to->chunks;
    to->chunks = c;
    to->n++;
}

static struct arena_chunk *chunk_new(size_t size)
{
    struct chunk_cache *from = cache_of_thread();
    struct arena_chunk *c = from->chunks;
    if (size == ARENA_FIRST_CHUNK && c != NULL) {
        from->chunks = c->next;
        from->n--;
        return c;
    }
    c = xrealloc(NULL, 1, sizeof *c + size);
    c->size = size;
    return c;
}

void arena_fini(struct arena *a)
{
    struct arena_chunk *c = a->chunks;
    while (c != NULL) {
        struct arena_chunk *next = c->next;
        chunk_release(c);
        c = next;
    }
    arena_init(a);
}

static void arena_grow(struct arena *a, size_t need)
{
    size_t size = a->chunks != NULL ? a->chunks->size * 2 : ARENA_FIRST_CHUNK;
    if (size > (size_t)1 << 18)
        size = (size_t)1 << 18;
    if (size < need)
        size = need;
    struct arena_chunk *c = chunk_new(size);
    c->next = a->chunks;
    a->chunks = c;
    a->next = c->data;
    a->left = size;
}

/* Room that is not cleared. */
static void *take(struct arena *a, size_t n)
{
    size_t need = (n + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN;
    if (need == 0)
        need = ARENA_ALIGN;
    if (need > a->left)
        arena_grow(a, need);
    void *p = a->next;
    a->next += need;
    a->left -= need;
    a->total += need;
    return p;
}

void *arena_alloc(struct arena *a, size_t n)
{
    return memset(take(a, n), 0, n);
}

struct bytes arena_dup(struct arena *a, struct bytes b)
{
    if (b.n == 0)
        return (struct bytes){NULL, 0};
    uint8_t *p = take(a, b.n);
    memcpy(p, b.p, b.n);
    return (struct bytes){p, b.n};
}

char *arena_text(struct arena *a, struct bytes b)
{
    char *p = take(a, b.n + 1);
    if (b.n > 0)
        memcpy(p, b.p, b.n);
    p[b.n] = '\0';
    return p;
}
