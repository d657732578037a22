#include "proof/reduce.h"

#include <stdbool.h>

#include "proof/bn.h"

enum { SHORT_BITS = 8192, GUARD_BITS = 64, WORD_BITS = 64, CORRECTIONS = 8 };

/* OpenSSL is fast only when both have the same number of words: the longer one is cut. */
void multiply_long(BIGNUM *out, const BIGNUM *a, const BIGNUM *b, BN_CTX *ctx)
{
    const BIGNUM *longer = BN_cmp(a, b) >= 0 ? a : b, *shorter = longer == a ? b : a;
    int width = (BN_num_bits(shorter) + WORD_BITS - 1) / WORD_BITS * WORD_BITS;
    if (width <= SHORT_BITS || BN_num_bits(longer) <= width + WORD_BITS) {
        must(BN_mul(out, a, b, ctx));
        return;
    }
    BN_CTX_start(ctx);
    BIGNUM *part = BN_CTX_get(ctx), *product = BN_CTX_get(ctx), *sum = BN_CTX_get(ctx);
    must(sum != NULL);
    BN_zero(sum);
    for (int at = 0; at < BN_num_bits(longer); at += width) {
        must(BN_rshift(part, longer, at));
        if (BN_num_bits(part) > width)
            must(BN_mask_bits(part, width));
        multiply_long(product, part, shorter, ctx);
        must(BN_lshift(product, product, at));
        must(BN_add(sum, sum, product));
    }
    must(BN_copy(out, sum) != NULL);
    BN_CTX_end(ctx);
}

/* x + (x e >> 2 bits) with e = 2^(2 bits) - n x: twice as many digits are right. e is cut so that
 * both factors are of a length. */
static void newton(BIGNUM *x, const BIGNUM *n, int bits, BN_CTX *ctx)
{
    BN_CTX_start(ctx);
    BIGNUM *e = BN_CTX_get(ctx), *product = BN_CTX_get(ctx);
    must(product != NULL);
    multiply_long(product, n, x, ctx);
    BN_zero(e);
    must(BN_set_bit(e, 2 * bits));
    must(BN_sub(e, e, product));
    int cut = BN_num_bits(e) > bits ? BN_num_bits(e) - bits : 0;
    must(BN_rshift(e, e, cut));
    multiply_long(product, x, e, ctx);
    must(BN_rshift(product, product, 2 * bits - cut));
    must(BN_add(x, x, product));
    BN_CTX_end(ctx);
}

/* The length halves with every step down, to one that division settles. */
static void find_reciprocal(BIGNUM *x, const BIGNUM *n, BN_CTX *ctx)
{
    int lengths[32], steps = 0, bits = BN_num_bits(n), len = bits;
    for (; len > SHORT_BITS; len = len / 2 + GUARD_BITS)
        lengths[steps++] = len;
    BN_CTX_start(ctx);
    BIGNUM *head = BN_CTX_get(ctx), *power = BN_CTX_get(ctx);
    must(power != NULL);
    must(BN_rshift(head, n, bits - len));
    BN_zero(power);
    must(BN_set_bit(power, 2 * len));
    must(BN_div(x, NULL, power, head, ctx));
    while (steps > 0) {
        int longer = lengths[--steps];
        must(BN_rshift(head, n, bits - longer));
        must(BN_lshift(x, x, longer - len));
        len = longer;
        newton(x, head, len, ctx);
    }
    BN_CTX_end(ctx);
}

void reducer_init(struct reducer *r, const BIGNUM *n, BN_CTX *ctx)
{
    *r = (struct reducer){.n = n, .bits = BN_num_bits(n)};
    if (r->bits <= SHORT_BITS)
        return;
    BIGNUM *scaled = bn_new();
    r->reciprocal = bn_new();
    must(BN_lshift(scaled, n, GUARD_BITS));
    find_reciprocal(r->reciprocal, scaled, ctx);
    BN_free(scaled);
}

void reducer_fini(struct reducer *r)
{
    BN_free(r->reciprocal);
    r->reciprocal = NULL;
}

/* a is at most GUARD_BITS longer than the square of n: the quotient comes out a few too small or
 * too large. */
static void barrett(const struct reducer *r, BIGNUM *out, const BIGNUM *a, BN_CTX *ctx)
{
    BN_CTX_start(ctx);
    BIGNUM *q = BN_CTX_get(ctx), *product = BN_CTX_get(ctx);
    must(product != NULL);
    must(BN_rshift(q, a, r->bits - 1));
    multiply_long(product, q, r->reciprocal, ctx);
    must(BN_rshift(q, product, r->bits + GUARD_BITS + 1));
    multiply_long(product, q, r->n, ctx);
    must(BN_sub(out, a, product));
    for (int i = 0; i < CORRECTIONS && BN_is_negative(out); i++)
        must(BN_add(out, out, r->n));
    for (int i = 0; i < CORRECTIONS && BN_cmp(out, r->n) >= 0; i++)
        must(BN_sub(out, out, r->n));
    if (BN_is_negative(out) || BN_cmp(out, r->n) >= 0)
        must(BN_nnmod(out, out, r->n, ctx));
    BN_CTX_end(ctx);
}

/* From the top, as many bits at a time as n has. */
static void reduce_long(const struct reducer *r, BIGNUM *out, const BIGNUM *a, BN_CTX *ctx)
{
    BN_CTX_start(ctx);
    BIGNUM *head = BN_CTX_get(ctx), *part = BN_CTX_get(ctx);
    must(part != NULL);
    int chunks = BN_num_bits(a) / r->bits;
    must(BN_rshift(head, a, chunks * r->bits));
    while (chunks > 0) {
        chunks--;
        must(BN_rshift(part, a, chunks * r->bits));
        if (BN_num_bits(part) > r->bits)
            must(BN_mask_bits(part, r->bits));
        must(BN_lshift(head, head, r->bits));
        must(BN_add(head, head, part));
        barrett(r, head, head, ctx);
    }
    must(BN_copy(out, head) != NULL);
    BN_CTX_end(ctx);
}

void reduce(const struct reducer *r, BIGNUM *out, const BIGNUM *a, BN_CTX *ctx)
{
    int more = BN_num_bits(a) - r->bits;
    if (r->reciprocal == NULL || more < GUARD_BITS)
        must(BN_nnmod(out, a, r->n, ctx));
    else if (more <= r->bits + GUARD_BITS)
        barrett(r, out, a, ctx);
    else
        reduce_long(r, out, a, ctx);
}
