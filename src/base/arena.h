#ifndef TLSWIRE_BASE_ARENA_H
#define TLSWIRE_BASE_ARENA_H

#include "base/bytes.h"

struct arena_chunk;

/* Memory of one connection: grows by chunks, is freed in one go. Not thread-safe; it moves with its
 * owner. */
struct arena {
    struct arena_chunk *chunks;
    uint8_t *next;
    size_t left;
    size_t total; /* bytes handed out, for caps */
    size_t room;  /* bytes of all chunks */
};

void arena_init(struct arena *a);
/* arena_expect makes the first chunk of a new arena this long, for one that is kept and whose
 * content is known about. */
void arena_expect(struct arena *a, size_t n);
/* arena_fini frees everything the arena gave out; the arena may be used again. */
void arena_fini(struct arena *a);
/* arena_alloc gives n zeroed bytes aligned for any type; they live until arena_fini. */
void *arena_alloc(struct arena *a, size_t n);
/* arena_dup copies b into the arena and gives the copy. */
struct bytes arena_dup(struct arena *a, struct bytes b);
/* arena_text copies b and adds a NUL, so that it can be used as C text if it holds no NUL itself.
 */
char *arena_text(struct arena *a, struct bytes b);

#endif
