#ifndef TLSWIRE_ENGINE_HASHER_H
#define TLSWIRE_ENGINE_HASHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* SHA-256 of an input while it is read, in a thread of its own. */
struct hasher;

/* hasher_new starts the thread. */
struct hasher *hasher_new(void);
/* hasher_lend lends CAPTURE_BLOCK bytes until the next call; what is read into them is hashed where
 * it stands. */
uint8_t *hasher_lend(struct hasher *h);
/* hasher_add takes bytes of the input in order; they are copied unless they stand in what is lent.
 */
void hasher_add(struct hasher *h, const void *p, size_t n);
/* hasher_end waits for the digest, writes it as 64 hexadecimal digits and a NUL, and frees. */
void hasher_end(struct hasher *h, char hex[65]);

/* How an input is recognised. */
struct identity {
    uint64_t quick_hash; /* of the first MiB and the size */
    uint64_t size;
};

/* identify_file reads the first MiB of a regular file; false with err when it cannot be read. */
bool identify_file(const char *path, struct identity *out, struct err *err);
/* identify_sha256 digests a whole file; false with err when it cannot be read. */
bool identify_sha256(const char *path, char hex[65], struct err *err);

#endif
