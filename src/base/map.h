#ifndef TLSWIRE_BASE_MAP_H
#define TLSWIRE_BASE_MAP_H

#include "base/bytes.h"

/*
 * A bounded hash map with a keyed hash (a random seed per process, so that an attacker cannot
 * choose collisions). Keys are byte strings copied into the map, values are void pointers, or bytes
 * inside the map when value_size is set. When the cap is reached an entry goes that was not used
 * for at least half a cap of newer ones: on_evict is called with its value, then it is freed.
 */
struct map;

struct map_options {
    size_t cap;                               /* entries, at least 1 */
    size_t value_size;                        /* bytes of each value of map_make; 0: pointers */
    void (*on_evict)(void *ctx, void *value); /* may be NULL; called for evictions and on free */
    void *ctx;
};

struct map *map_new(const struct map_options *options);
/* map_xfree is the on_evict of values that xfree frees. */
void map_xfree(void *ctx, void *value);
/* map_free calls on_evict for every entry; NULL is fine. */
void map_free(struct map *m);
/* map_get gives the value and marks it as recently used, or NULL. */
void *map_get(struct map *m, struct bytes key);
/* map_put sets the value of key, replacing (and evicting) an older one. */
void map_put(struct map *m, struct bytes key, void *value);
/* map_make gives the value of value_size zero bytes that it puts for key, which must not be there,
 * and the map's copy of the key. Both live until the value is evicted or removed. */
void *map_make(struct map *m, struct bytes key, struct bytes *kept);
/* map_remove drops key without calling on_evict and gives its value (true for one of
 * map_make, which is gone), or NULL. */
void *map_remove(struct map *m, struct bytes key);
/* map_evict pushes out the entry that the cap would; nothing when there is none. */
void map_evict(struct map *m);
size_t map_count(const struct map *m);
/* map_evicted counts the entries that the cap pushed out. */
uint64_t map_evicted(const struct map *m);

/* hash_bytes is the keyed 64-bit hash of b (XXH3 with the process seed). */
uint64_t hash_bytes(const void *p, size_t n);
/* hash_fixed is the same function with a fixed seed: for values that are stored. */
uint64_t hash_fixed(const void *p, size_t n);
/* hash_wide is one of 128 bits with a fixed seed: for values that stand for what was seen. */
void hash_wide(const void *p, size_t n, uint64_t out[2]);

/* A fixed-seed hash over a stream of bytes (XXH3-64). */
struct hash_stream;
struct hash_stream *hash_stream_new(void);
void hash_stream_add(struct hash_stream *h, const void *p, size_t n);
/* hash_stream_end gives the hash and frees the stream. */
uint64_t hash_stream_end(struct hash_stream *h);

#endif
