#ifndef TLSWIRE_CAPTURE_SOURCE_H
#define TLSWIRE_CAPTURE_SOURCE_H

#include "base/bytes.h"
#include "base/err.h"
#include "capture/capture.h"

/*
 * The bytes of one input, unpacked. gzip and zstd are told by their first bytes and may hold
 * several members. What source_need gives stays valid until the next call, or until on_reuse where
 * that is given.
 */
struct source;

struct source_tee {
    void (*on_bytes)(void *ctx, const void *p, size_t n); /* raw input as it is read; may be NULL */
    /* Lends SOURCE_BLOCK bytes to read into, which stay the source's until the next call; what
     * on_bytes is given then lies in them. NULL: the source has memory of its own. */
    uint8_t *(*lend)(void *ctx);
    void (*on_reuse)(void *ctx); /* what source_need gave is about to be overwritten; may be NULL */
    void *ctx;
};

/* source_open opens a file, or standard input for "-"; false with err. */
bool source_open(
        const char *path, const struct source_tee *tee, struct source **out, struct err *err);
/* source_open_memory reads from p, which must outlive the source. */
struct source *source_open_memory(struct bytes p);
/* source_close closes; NULL is fine. */
void source_close(struct source *s);
/* source_need makes n bytes available (n <= SOURCE_MOST) and gives them; fewer at the end of the
 * input or after damage. */
struct bytes source_need(struct source *s, size_t n);
/* source_drop goes n bytes on; n may be more than is available. False when the input ended first.
 */
bool source_drop(struct source *s, uint64_t n);
/* source_offset is how many unpacked bytes were dropped so far. */
uint64_t source_offset(const struct source *s);
/* source_damage says why unpacking or reading stopped early, or NULL. */
const char *source_damage(const struct source *s);
/* source_progress gives raw bytes read and the size of the input (0 unknown). */
void source_progress(const struct source *s, uint64_t *read, uint64_t *size);

enum { SOURCE_BLOCK = CAPTURE_BLOCK, SOURCE_MOST = 17 << 20 };

#endif
