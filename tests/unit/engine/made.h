#ifndef TLSWIRE_TESTS_UNIT_ENGINE_MADE_H
#define TLSWIRE_TESTS_UNIT_ENGINE_MADE_H

#include <string.h>

#include "base/bytes.h"

/* Certificates that parse, written from back to front. Nobody signed them. */

enum { MADE_SIZE = 16384 };

/* A DER element around what stands from `from` to `to`; gives where it begins. */
static inline size_t made_wrap(uint8_t *buffer, size_t from, size_t to, uint8_t tag)
{
    size_t n = to - from;
    buffer[--from] = (uint8_t)n;
    buffer[--from] = (uint8_t)(n >> 8);
    buffer[--from] = 0x82;
    buffer[--from] = tag;
    return from;
}

static inline size_t made_put(uint8_t *buffer, size_t from, struct bytes b)
{
    if (b.n > 0)
        memcpy(buffer + from - b.n, b.p, b.n);
    return from - b.n;
}
#define MADE(text)                                                                                 \
    (at = made_put(buffer, at, (struct bytes){(const uint8_t *)(text), sizeof(text) - 1}))

static inline struct bytes made_ed25519(void)
{
    static const char spki[] = "\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00"
                               "01234567890123456789012345678901";
    return (struct bytes){(const uint8_t *)spki, sizeof spki - 1};
}

/* The public key with exponent 65537. */
static inline struct bytes made_rsa(uint8_t buffer[1024], struct bytes modulus)
{
    size_t at = 1024;
    MADE("\x02\x03\x01\x00\x01");
    size_t exponent = at;
    at = made_put(buffer, at, modulus);
    MADE("\0");
    at = made_wrap(buffer, at, exponent, 0x02);
    at = made_wrap(buffer, at, 1024, 0x30);
    MADE("\0");
    at = made_wrap(buffer, at, 1024, 0x03);
    MADE("\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00");
    at = made_wrap(buffer, at, 1024, 0x30);
    return (struct bytes){buffer + at, 1024 - at};
}

/* Alike but for number, key and how many names there are. */
static inline struct bytes made_certificate(
        uint8_t buffer[MADE_SIZE], uint32_t number, struct bytes spki, int names)
{
    size_t at = MADE_SIZE;
    const uint8_t serial[] = {
            0x02, 0x04, 0x01, (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number};
    MADE("\x03\x02\x00\x00");
    MADE("\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02");
    size_t tbs = at;
    for (int i = 0; i < names; i++)
        MADE("\x82\x05"
             "a.net");
    at = made_wrap(buffer, at, tbs, 0x30);
    at = made_wrap(buffer, at, tbs, 0x04);
    MADE("\x06\x03\x55\x1d\x11");
    at = made_wrap(buffer, at, tbs, 0x30);
    at = made_wrap(buffer, at, tbs, 0x30);
    at = made_wrap(buffer, at, tbs, 0xa3);
    at = made_put(buffer, at, spki);
    MADE("\x30\x00"); /* subject */
    MADE("\x30\x1e\x17\x0d"
         "260101000000Z"
         "\x17\x0d"
         "270101000000Z");
    MADE("\x30\x00"); /* issuer */
    MADE("\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02");
    at = made_put(buffer, at, (struct bytes){serial, sizeof serial});
    MADE("\xa0\x03\x02\x01\x02");
    at = made_wrap(buffer, at, tbs, 0x30);
    at = made_wrap(buffer, at, MADE_SIZE, 0x30);
    return (struct bytes){buffer + at, MADE_SIZE - at};
}

#endif
