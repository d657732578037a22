#ifndef TLSWIRE_BASE_BYTES_H
#define TLSWIRE_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A borrowed run of bytes. p may be NULL only when n is 0. It never owns what it points to. */
struct bytes {
    const uint8_t *p;
    size_t n;
};

/* bytes_equal says whether a and b have the same length and content. */
bool bytes_equal(struct bytes a, struct bytes b);
/* bytes_of_text borrows the characters of a NUL-terminated string, without the NUL. */
struct bytes bytes_of_text(const char *text);

#endif
