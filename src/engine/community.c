#include "engine/community.h"

#include <string.h>

#include "crypto/digest.h"

struct tuple {
    uint8_t bytes[2 + 16 + 16 + 2 + 4];
    size_t n;
};

static void add(struct tuple *t, const void *p, size_t n)
{
    memcpy(t->bytes + t->n, p, n);
    t->n += n;
}

static void add_port(struct tuple *t, uint16_t port)
{
    const uint8_t wire[2] = {(uint8_t)(port >> 8), (uint8_t)port};
    add(t, wire, sizeof wire);
}

static void base64(const uint8_t *p, size_t n, char *out)
{
    static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < n; i += 3) {
        uint32_t three = (uint32_t)p[i] << 16;
        three |= i + 1 < n ? (uint32_t)p[i + 1] << 8 : 0;
        three |= i + 2 < n ? p[i + 2] : 0;
        *out++ = DIGITS[three >> 18];
        *out++ = DIGITS[three >> 12 & 63];
        *out++ = i + 1 < n ? DIGITS[three >> 6 & 63] : '=';
        *out++ = i + 2 < n ? DIGITS[three & 63] : '=';
    }
    *out = '\0';
}

void community_id(const struct endpoint *a, const struct endpoint *b, uint8_t transport,
        char out[COMMUNITY_TEXT])
{
    struct tuple t = {.n = 0};
    uint8_t digest[SHA1_LEN];
    bool is_v4 = address_is_v4(&a->address) && address_is_v4(&b->address);
    size_t skip = is_v4 ? 12 : 0;
    int order = memcmp(a->address.ip + skip, b->address.ip + skip, 16 - skip);
    bool is_swapped = order > 0 || (order == 0 && a->port > b->port);
    const struct endpoint *low = is_swapped ? b : a;
    const struct endpoint *high = is_swapped ? a : b;
    const uint8_t seed[2] = {0, 0};
    const uint8_t kind[2] = {transport, 0};
    add(&t, seed, sizeof seed);
    add(&t, low->address.ip + skip, 16 - skip);
    add(&t, high->address.ip + skip, 16 - skip);
    add(&t, kind, sizeof kind);
    add_port(&t, low->port);
    add_port(&t, high->port);
    digest_sha1((struct bytes){t.bytes, t.n}, digest);
    out[0] = '1';
    out[1] = ':';
    base64(digest, sizeof digest, out + 2);
}
