#include "engine/community.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
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
    struct text id = {0};
    text_add_base64(&id, (struct bytes){digest, sizeof digest});
    (void)snprintf(out, COMMUNITY_TEXT, "1:%s", text_str(&id));
    text_fini(&id);
}
