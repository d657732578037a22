#ifndef TLSWIRE_TESTS_UNIT_PROOF_HELP_H
#define TLSWIRE_TESTS_UNIT_PROOF_HELP_H

#include <openssl/bn.h>
#include <string.h>

#include "base/alloc.h"
#include "tests/unit/test.h"

/* A byte string that the test frees. */
struct own {
    uint8_t *p;
    size_t n;
};

static inline struct bytes view(struct own o)
{
    return (struct bytes){o.p, o.n};
}

static inline struct own own_hex(const char *hex)
{
    static const char digits[] = "0123456789abcdef";
    struct own o = {xcalloc(strlen(hex) / 2 + 1, 1), strlen(hex) / 2};
    for (size_t i = 0; i < 2 * o.n; i++) {
        const char *at = strchr(digits, hex[i] | 0x20);
        assert_non_null(at);
        o.p[i / 2] = (uint8_t)(o.p[i / 2] << 4 | (at - digits));
    }
    return o;
}

static inline struct own own_copy(struct bytes b)
{
    struct own o = {xcalloc(b.n + 1, 1), b.n};
    memcpy(o.p, b.p, b.n);
    return o;
}

/* own_number is n as big-endian bytes behind zeros zero bytes. */
static inline struct own own_number(const BIGNUM *n, size_t zeros)
{
    struct own o = {
            xcalloc((size_t)BN_num_bytes(n) + zeros + 1, 1), (size_t)BN_num_bytes(n) + zeros};
    (void)BN_bn2bin(n, o.p + zeros);
    return o;
}

static inline BIGNUM *prime_of(int bits)
{
    BIGNUM *p = BN_new();
    assert_int_equal(BN_generate_prime_ex(p, bits, 0, NULL, NULL, NULL), 1);
    return p;
}

static inline BIGNUM *product_of(const BIGNUM *a, const BIGNUM *b)
{
    BN_CTX *ctx = BN_CTX_new();
    BIGNUM *n = BN_new();
    assert_int_equal(BN_mul(n, a, b, ctx), 1);
    BN_CTX_free(ctx);
    return n;
}

#endif
