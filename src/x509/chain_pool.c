#include "x509/chain_pool.h"

#include <string.h>

#include "base/alloc.h"

struct bucket {
    struct pool_entry *first;
    size_t n;
    uint64_t changed;
};

struct chain_pool {
    struct map *by_sha256;  /* struct pool_entry */
    struct map *by_subject; /* struct bucket */
    struct pool_entry *newest, *oldest;
    size_t n_seen, n_given, bytes;
    uint64_t generation, dropped;
};

static struct bytes key_of(const unsigned long *hash)
{
    return (struct bytes){(const uint8_t *)hash, sizeof *hash};
}

static void free_entry(void *ctx, void *value)
{
    (void)ctx;
    struct pool_entry *e = value;
    union {
        const uint8_t *borrowed;
        uint8_t *owned;
    } der = {.borrowed = e->der.p};
    xfree(der.owned);
    xfree(e);
}

struct chain_pool *chain_pool_new(void)
{
    struct chain_pool *pool = xcalloc(1, sizeof *pool);
    struct map_options entries = {.cap = 2 * POOL_CAP + 1, .on_evict = free_entry};
    struct map_options buckets = {.cap = 2 * POOL_CAP + 1, .on_evict = map_xfree};
    pool->by_sha256 = map_new(&entries);
    pool->by_subject = map_new(&buckets);
    return pool;
}

void chain_pool_free(struct chain_pool *pool)
{
    if (pool == NULL)
        return;
    map_free(pool->by_sha256);
    map_free(pool->by_subject);
    xfree(pool);
}

static void unlink_use(struct chain_pool *pool, struct pool_entry *e)
{
    *(e->newer != NULL ? &e->newer->older : &pool->newest) = e->older;
    *(e->older != NULL ? &e->older->newer : &pool->oldest) = e->newer;
}

static void link_newest(struct chain_pool *pool, struct pool_entry *e)
{
    e->newer = NULL;
    e->older = pool->newest;
    *(pool->newest != NULL ? &pool->newest->newer : &pool->oldest) = e;
    pool->newest = e;
}

static void drop_oldest(struct chain_pool *pool)
{
    struct pool_entry *e = pool->oldest;
    struct bucket *b = map_get(pool->by_subject, key_of(&e->subject_hash));
    struct pool_entry **at = &b->first;
    while (*at != e)
        at = &(*at)->next;
    *at = e->next;
    if (--b->n == 0)
        xfree(map_remove(pool->by_subject, key_of(&e->subject_hash)));
    unlink_use(pool, e);
    pool->n_seen--;
    pool->bytes -= e->der.n;
    pool->dropped++;
    (void)map_remove(pool->by_sha256, (struct bytes){e->sha256, sizeof e->sha256});
    free_entry(NULL, e);
}

static struct bucket *bucket_of(struct chain_pool *pool, unsigned long subject_hash)
{
    struct bucket *b = map_get(pool->by_subject, key_of(&subject_hash));
    if (b == NULL) {
        b = xcalloc(1, sizeof *b);
        map_put(pool->by_subject, key_of(&subject_hash), b);
    }
    return b;
}

static struct pool_entry *entry_new(const struct chain_node *n, struct bytes der, bool is_given)
{
    struct pool_entry *e = xcalloc(1, sizeof *e);
    uint8_t *copy = xcalloc(der.n, 1);
    memcpy(copy, der.p, der.n);
    e->der = (struct bytes){copy, der.n};
    e->subject_hash = n->subject_hash;
    e->is_given = is_given;
    memcpy(e->sha256, n->sha256, sizeof e->sha256);
    return e;
}

static bool has_room(struct chain_pool *pool, const struct chain_node *n, bool is_given)
{
    const struct bucket *b = map_get(pool->by_subject, key_of(&n->subject_hash));
    return (!is_given || pool->n_given < POOL_CAP) && (b == NULL || b->n < POOL_SAME_NAME);
}

static void append(struct chain_pool *pool, struct pool_entry *e)
{
    struct bucket *b = bucket_of(pool, e->subject_hash);
    struct pool_entry **end = &b->first;
    while (*end != NULL)
        end = &(*end)->next;
    *end = e;
    b->n++;
    b->changed = ++pool->generation;
}

void chain_pool_add(
        struct chain_pool *pool, const struct chain_node *n, struct bytes der, bool is_given)
{
    struct bytes key = {n->sha256, sizeof n->sha256};
    struct pool_entry *known = map_get(pool->by_sha256, key);
    if (known != NULL) {
        chain_pool_touch(pool, known);
        return;
    }
    if (n->x == NULL || !n->is_ca || der.n > POOL_DER_MOST)
        return;
    if (!has_room(pool, n, is_given)) {
        pool->dropped++;
        return;
    }
    while (!is_given && (pool->n_seen == POOL_CAP || pool->bytes + der.n > POOL_BYTES))
        drop_oldest(pool);
    struct pool_entry *e = entry_new(n, der, is_given);
    append(pool, e);
    map_put(pool->by_sha256, key, e);
    if (is_given) {
        pool->n_given++;
        return;
    }
    link_newest(pool, e);
    pool->n_seen++;
    pool->bytes += der.n;
}

struct pool_entry *chain_pool_find(struct chain_pool *pool, unsigned long subject_hash)
{
    const struct bucket *b = map_get(pool->by_subject, key_of(&subject_hash));
    return b != NULL ? b->first : NULL;
}

void chain_pool_touch(struct chain_pool *pool, struct pool_entry *e)
{
    if (e->is_given)
        return;
    unlink_use(pool, e);
    link_newest(pool, e);
}

uint64_t chain_pool_changed(struct chain_pool *pool, unsigned long subject_hash)
{
    const struct bucket *b = map_get(pool->by_subject, key_of(&subject_hash));
    return b != NULL ? b->changed : 0;
}

uint64_t chain_pool_generation(const struct chain_pool *pool)
{
    return pool->generation;
}

uint64_t chain_pool_dropped(const struct chain_pool *pool)
{
    return pool->dropped;
}

size_t chain_pool_count(const struct chain_pool *pool)
{
    return pool->n_seen + pool->n_given;
}
