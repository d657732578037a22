#include "proof/nonces.h"

#include <string.h>

#include "base/alloc.h"
#include "base/cursor.h"
#include "base/map.h"

struct used {
    uint64_t message, signature;
    struct nonce_place place;
};

struct nonce_memory {
    struct map *used; /* SPKI hash and r -> struct used */
};

/* The key of a map entry. */
struct nonce_key {
    uint8_t bytes[32 + NONCE_R_MAX];
    size_t n;
};

struct nonce_memory *nonces_new(size_t cap)
{
    struct nonce_memory *n = xcalloc(1, sizeof *n);
    n->used = map_new(
            &(struct map_options){.cap = cap > 0 ? cap : NONCES_CAP, .on_evict = map_xfree});
    return n;
}

void nonces_free(struct nonce_memory *n)
{
    if (n == NULL)
        return;
    map_free(n->used);
    xfree(n);
}

/* A DER length (X.690 8.1.3) of at most two bytes behind the first. */
static size_t read_length(struct cur *c)
{
    uint8_t first = cur_u8(c);
    if (first < 0x80)
        return first;
    if (first != 0x81 && first != 0x82)
        cur_fail(c);
    return (size_t)cur_uint(c, first & 3);
}

static struct cur read_element(struct cur *c, uint8_t tag)
{
    if (cur_u8(c) != tag)
        cur_fail(c);
    size_t n = read_length(c);
    return cur_of(cur_take(c, n));
}

bool nonce_read(struct bytes signature, struct nonce *out)
{
    enum { INTEGER = 0x02, SEQUENCE = 0x30 };
    struct cur all = cur_of(signature);
    struct cur pair = read_element(&all, SEQUENCE);
    struct cur r = read_element(&pair, INTEGER);
    struct cur s = read_element(&pair, INTEGER);
    if (!cur_done(&all) || !cur_done(&pair) || !cur_more(&s) || cur_peek_u8(&r, 0) >= 0x80)
        return false;
    while (cur_more(&r) && cur_peek_u8(&r, 0) == 0)
        cur_skip(&r, 1);
    if (!cur_more(&r) || r.n > sizeof out->r)
        return false;
    out->n_r = r.n;
    struct bytes value = cur_rest(&r);
    memcpy(out->r, value.p, value.n);
    out->signature = hash_fixed(signature.p, signature.n);
    return true;
}

static struct nonce_key key_of(const struct nonce *nonce)
{
    struct nonce_key k = {.n = sizeof nonce->spki_sha256 + nonce->n_r};
    memcpy(k.bytes, nonce->spki_sha256, sizeof nonce->spki_sha256);
    memcpy(k.bytes + sizeof nonce->spki_sha256, nonce->r, nonce->n_r);
    return k;
}

const struct nonce_place *nonces_find(
        struct nonce_memory *n, const struct nonce *nonce, bool *is_known)
{
    struct nonce_key k = key_of(nonce);
    const struct used *before = map_get(n->used, (struct bytes){k.bytes, k.n});
    *is_known = before != NULL &&
                (before->message == nonce->message || before->signature == nonce->signature);
    return before != NULL && !*is_known ? &before->place : NULL;
}

void nonces_add(struct nonce_memory *n, const struct nonce *nonce, const struct nonce_place *place)
{
    struct nonce_key k = key_of(nonce);
    struct used *u = xcalloc(1, sizeof *u);
    u->message = nonce->message;
    u->signature = nonce->signature;
    u->place = *place;
    map_put(n->used, (struct bytes){k.bytes, k.n}, u);
}
