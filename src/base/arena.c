#include "base/arena.h"

#include <stdalign.h>
#include <string.h>

#include "base/alloc.h"

/* A hello and what is read out of it. */
enum { ARENA_FIRST_CHUNK = 1520, ARENA_ALIGN = alignof(max_align_t) };

struct arena_chunk {
    struct arena_chunk *next;
    size_t size;
    alignas(max_align_t) uint8_t data[];
};

void arena_init(struct arena *a)
{
    *a = (struct arena){0};
}

static struct arena_chunk *chunk_new(size_t size)
{
    struct arena_chunk *c = xrealloc(NULL, 1, sizeof *c + size);
    c->size = size;
    return c;
}

void arena_fini(struct arena *a)
{
    struct arena_chunk *c = a->chunks;
    while (c != NULL) {
        struct arena_chunk *next = c->next;
        xfree(c);
        c = next;
    }
    arena_init(a);
}

static void add_chunk(struct arena *a, size_t size)
{
    struct arena_chunk *c = chunk_new(size);
    c->next = a->chunks;
    a->chunks = c;
    a->next = c->data;
    a->left = size;
    a->room += sizeof *c + size;
}

void arena_expect(struct arena *a, size_t n)
{
    if (a->chunks == NULL)
        add_chunk(a, n);
}

static void arena_grow(struct arena *a, size_t need)
{
    size_t size = a->chunks != NULL ? a->chunks->size * 2 : ARENA_FIRST_CHUNK;
    if (size > (size_t)1 << 18)
        size = (size_t)1 << 18;
    add_chunk(a, size < need ? need : size);
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
