#include "base/map.h"

#include "base/alloc.h"

#define XXH_INLINE_ALL
#include <stdalign.h>
#include <stddef.h>
#include <string.h>
#include <sys/random.h>
#include <xxhash.h>

struct entry {
    struct entry *chain;         /* same bucket */
    struct entry *newer, *older; /* by use */
    void *value;
    uint64_t hash;
    uint32_t used; /* the map's number of uses when it was made the newest */
    uint32_t key_len;
    uint8_t key[]; /* then, aligned, a value of value_size */
};

struct map {
    struct map_options options;
    struct entry **buckets;
    size_t n_buckets; /* a power of two */
    size_t count;
    uint64_t evicted;
    uint32_t uses;
    struct entry *newest, *oldest;
};

static uint64_t seed(void)
{
    static _Thread_local uint64_t cached;
    static uint64_t process_seed; /* written once; a race writes it before any use on that thread */
    if (cached != 0)
        return cached;
    uint64_t expected = 0;
    uint64_t fresh = 0;
    if (getrandom(&fresh, sizeof fresh, 0) != (ssize_t)sizeof fresh || fresh == 0)
        fresh = (uintptr_t)&fresh | 1; /* address space layout is all that is left */
    if (__atomic_compare_exchange_n(
                &process_seed, &expected, fresh, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
        cached = fresh;
    else
        cached = expected;
    return cached;
}

uint64_t hash_bytes(const void *p, size_t n)
{
    return XXH3_64bits_withSeed(p, n, seed());
}

uint64_t hash_fixed(const void *p, size_t n)
{
    return XXH3_64bits(p, n);
}

void hash_wide(const void *p, size_t n, uint64_t out[2])
{
    XXH128_hash_t hash = XXH3_128bits(p, n);
    out[0] = hash.high64;
    out[1] = hash.low64;
}

struct hash_stream *hash_stream_new(void)
{
    XXH3_state_t *state = XXH3_createState();
    if (state != NULL)
        (void)XXH3_64bits_reset(state);
    return (struct hash_stream *)state;
}

void hash_stream_add(struct hash_stream *h, const void *p, size_t n)
{
    (void)XXH3_64bits_update((XXH3_state_t *)h, p, n);
}

uint64_t hash_stream_end(struct hash_stream *h)
{
    XXH3_state_t *state = (XXH3_state_t *)h;
    uint64_t hash = XXH3_64bits_digest(state);
    (void)XXH3_freeState(state);
    return hash;
}

struct map *map_new(const struct map_options *options)
{
    struct map *m = xcalloc(1, sizeof *m);
    m->options = *options;
    if (m->options.cap == 0)
        m->options.cap = 1;
    m->n_buckets = 64;
    m->buckets = xcalloc(m->n_buckets, sizeof *m->buckets);
    return m;
}

static void entry_free(struct map *m, struct entry *e, bool is_evicted)
{
    if (is_evicted && m->options.on_evict != NULL)
        m->options.on_evict(m->options.ctx, e->value);
    xfree(e);
}

void map_free(struct map *m)
{
    if (m == NULL)
        return;
    struct entry *e = m->newest;
    while (e != NULL) {
        struct entry *older = e->older;
        entry_free(m, e, true);
        e = older;
    }
    xfree(m->buckets);
    xfree(m);
}

static struct entry **slot_of(const struct map *m, uint64_t hash)
{
    return &m->buckets[hash & (m->n_buckets - 1)];
}

static struct entry *find(const struct map *m, struct bytes key, uint64_t hash)
{
    for (struct entry *e = *slot_of(m, hash); e != NULL; e = e->chain)
        if (e->hash == hash && e->key_len == key.n &&
                (key.n == 0 || memcmp(e->key, key.p, key.n) == 0))
            return e;
    return NULL;
}

static void unlink_use(struct map *m, struct entry *e)
{
    if (e->newer != NULL)
        e->newer->older = e->older;
    else
        m->newest = e->older;
    if (e->older != NULL)
        e->older->newer = e->newer;
    else
        m->oldest = e->newer;
    e->newer = e->older = NULL;
}

static void link_newest(struct map *m, struct entry *e)
{
    e->used = ++m->uses;
    e->newer = NULL;
    e->older = m->newest;
    if (m->newest != NULL)
        m->newest->newer = e;
    m->newest = e;
    if (m->oldest == NULL)
        m->oldest = e;
}

static void unlink_entry(struct map *m, struct entry *e)
{
    struct entry **at = slot_of(m, e->hash);
    while (*at != e)
        at = &(*at)->chain;
    *at = e->chain;
    unlink_use(m, e);
    m->count--;
}

static void grow(struct map *m)
{
    struct entry **old = m->buckets;
    size_t n_old = m->n_buckets;
    m->n_buckets *= 2;
    m->buckets = xcalloc(m->n_buckets, sizeof *m->buckets);
    for (size_t i = 0; i < n_old; i++) {
        struct entry *e = old[i];
        while (e != NULL) {
            struct entry *next = e->chain;
            struct entry **at = slot_of(m, e->hash);
            e->chain = *at;
            *at = e;
            e = next;
        }
    }
    xfree(old);
}

/* Moving an entry touches its neighbours, so one that can be no further from the newest than half a
 * cap stays where it is. */
static void use(struct map *m, struct entry *e)
{
    if (m->uses - e->used <= m->options.cap / 2 || m->newest == e)
        return;
    unlink_use(m, e);
    link_newest(m, e);
}

void *map_get(struct map *m, struct bytes key)
{
    struct entry *e = find(m, key, hash_bytes(key.p, key.n));
    if (e == NULL)
        return NULL;
    use(m, e);
    return e->value;
}

static void evict_oldest(struct map *m)
{
    struct entry *oldest = m->oldest;
    unlink_entry(m, oldest);
    entry_free(m, oldest, true);
    m->evicted++;
}

static struct entry *add(struct map *m, struct bytes key, uint64_t hash)
{
    if (m->count >= m->options.cap)
        evict_oldest(m);
    if (m->count >= m->n_buckets)
        grow(m);
    const size_t align = alignof(max_align_t);
    size_t head = (sizeof(struct entry) + key.n + align - 1) / align * align;
    struct entry *e = xcalloc(1, head + m->options.value_size);
    e->value = (uint8_t *)e + head;
    e->hash = hash;
    e->key_len = (uint32_t)key.n;
    if (key.n > 0)
        memcpy(e->key, key.p, key.n);
    struct entry **at = slot_of(m, hash);
    e->chain = *at;
    *at = e;
    link_newest(m, e);
    m->count++;
    return e;
}

void map_put(struct map *m, struct bytes key, void *value)
{
    uint64_t hash = hash_bytes(key.p, key.n);
    struct entry *e = find(m, key, hash);
    if (e != NULL) {
        unlink_entry(m, e);
        entry_free(m, e, e->value != value);
    }
    add(m, key, hash)->value = value;
}

void *map_make(struct map *m, struct bytes key, struct bytes *kept)
{
    struct entry *e = add(m, key, hash_bytes(key.p, key.n));
    *kept = (struct bytes){e->key, e->key_len};
    return e->value;
}

void *map_remove(struct map *m, struct bytes key)
{
    struct entry *e = find(m, key, hash_bytes(key.p, key.n));
    if (e == NULL)
        return NULL;
    void *value = e->value;
    unlink_entry(m, e);
    entry_free(m, e, false);
    return value;
}

void map_evict(struct map *m)
{
    if (m->oldest != NULL)
        evict_oldest(m);
}

size_t map_count(const struct map *m)
{
    return m->count;
}

void map_xfree(void *ctx, void *value)
{
    (void)ctx;
    xfree(value);
}

uint64_t map_evicted(const struct map *m)
{
    return m->evicted;
}
