#ifndef TLSWIRE_PROOF_REDUCE_H
#define TLSWIRE_PROOF_REDUCE_H

#include <openssl/bn.h>

/*
 * Remainders of very long numbers. OpenSSL multiplies long numbers of equal length by Karatsuba's
 * method, but divides by the school's: here division is made of multiplications (Barrett), with a
 * reciprocal that Newton's method finds.
 */
struct reducer {
    const BIGNUM *n;
    BIGNUM *reciprocal; /* about 2^(2 bits + 64) / n; NULL: n is short, division is as good */
    int bits;
};

/* reducer_init prepares for n > 0, which must live as long; reducer_fini frees what that took. */
void reducer_init(struct reducer *r, const BIGNUM *n, BN_CTX *ctx);
void reducer_fini(struct reducer *r);
/* reduce sets out to a mod n, for a >= 0. */
void reduce(const struct reducer *r, BIGNUM *out, const BIGNUM *a, BN_CTX *ctx);

/* multiply_long sets out, which may be a or b, to a * b, both >= 0. */
void multiply_long(BIGNUM *out, const BIGNUM *a, const BIGNUM *b, BN_CTX *ctx);

#endif
