#ifndef TLSWIRE_TESTS_UNIT_X509_BLOB_H
#define TLSWIRE_TESTS_UNIT_X509_BLOB_H

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "tests/unit/test.h"

/* blob_decode decodes base64 without line ends into raw, which has room for room bytes. */
static inline struct bytes blob_decode(const char *base64, uint8_t *raw, size_t room)
{
    size_t n = strlen(base64);
    assert_true(n / 4 * 3 <= room);
    int len = EVP_DecodeBlock(raw, (const unsigned char *)base64, (int)n);
    assert_true(len > 0);
    return (struct bytes){raw, (size_t)len - (n - strcspn(base64, "="))};
}

static inline void blob_write(const char *path, struct bytes b)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(b.p, 1, b.n, f), b.n);
    (void)fclose(f);
}

#endif
