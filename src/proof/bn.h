#ifndef TLSWIRE_PROOF_BN_H
#define TLSWIRE_PROOF_BN_H

#include <openssl/bn.h>

#include "base/bytes.h"

/* Big numbers of OpenSSL. Their functions fail only for lack of memory or a wrong argument: must
 * ends the program then. The caller frees what these give. */

void must(int ok);
BIGNUM *bn_new(void);
BN_CTX *bn_ctx_new(void);
/* bn_from reads unsigned big-endian bytes. */
BIGNUM *bn_from(struct bytes b);
/* bn_bits is the bit length as a size. */
size_t bn_bits(const BIGNUM *n);
/* bn_has_small_factor says whether an odd prime below 752 divides n and is not n itself. */
bool bn_has_small_factor(const BIGNUM *n);
/* bn_root sets r to the integer part of the k-th root of n > 0, k >= 2. */
void bn_root(BIGNUM *r, const BIGNUM *n, unsigned k, BN_CTX *ctx);
/* bn_is_power says whether n is a^k with k >= 2 and a >= 752; n > 1. */
bool bn_is_power(const BIGNUM *n, BN_CTX *ctx);
/* is_small_prime says whether a number below 2^16 is prime. */
bool is_small_prime(unsigned n);

#endif
