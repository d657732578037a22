/* Finite-field Diffie-Hellman: parameters as a server sends them, and public keys. */
#include <string.h>

#include "base/alloc.h"
#include "base/cursor.h"
#include "crypto/digest.h"
#include "proof/bn.h"
#include "proof/known_primes.h"
#include "proof/prover_internal.h"

enum { ROUNDS = 16 }; /* a composite passes one with a chance of at most 1/4 */

struct tested_prime {
    enum answer is_prime, is_safe;
};

/* Whether base is no witness against odd n > 4 with n - 1 = odd * 2^twos. */
static bool passes(const BIGNUM *n, BIGNUM *base, const BIGNUM *odd, int twos, BN_CTX *ctx)
{
    BN_CTX_start(ctx);
    BIGNUM *last = BN_CTX_get(ctx);
    must(last != NULL && BN_copy(last, n) != NULL);
    must(BN_sub_word(last, 1));
    must(BN_mod_exp(base, base, odd, n, ctx));
    bool is = BN_is_one(base) || BN_cmp(base, last) == 0;
    for (int i = 1; i < twos && !is; i++) {
        must(BN_mod_sqr(base, base, n, ctx));
        is = BN_cmp(base, last) == 0;
    }
    BN_CTX_end(ctx);
    return is;
}

/* Miller-Rabin. The bases come from a hash of n, so that the same capture gives the same answer. */
static bool has_no_witness(const BIGNUM *n, const uint8_t seed[SHA256_LEN], BN_CTX *ctx)
{
    uint8_t text[SHA256_LEN + 1], hash[SHA256_LEN];
    memcpy(text, seed, SHA256_LEN);
    BIGNUM *odd = BN_dup(n), *range = BN_dup(n), *base = bn_new();
    must(odd != NULL && range != NULL);
    must(BN_sub_word(odd, 1));
    must(BN_sub_word(range, 3));
    int twos = 0;
    while (!BN_is_bit_set(odd, twos))
        twos++;
    must(BN_rshift(odd, odd, twos));
    bool is = true;
    for (uint8_t i = 0; i < ROUNDS && is; i++) {
        text[SHA256_LEN] = i;
        digest_sha256((struct bytes){text, sizeof text}, hash);
        must(BN_bin2bn(hash, sizeof hash, base) != NULL);
        must(BN_mod(base, base, range, ctx));
        must(BN_add_word(base, 2)); /* from 2 to n - 2 */
        is = passes(n, base, odd, twos, ctx);
    }
    BN_free(odd);
    BN_free(range);
    BN_free(base);
    return is;
}

static enum answer is_prime(const BIGNUM *n, const uint8_t seed[SHA256_LEN], BN_CTX *ctx)
{
    bool is = false;
    if (bn_bits(n) <= 16)
        is = is_small_prime((unsigned)BN_get_word(n));
    else if (BN_is_odd(n) && !bn_has_small_factor(n))
        is = has_no_witness(n, seed, ctx);
    return is ? ANSWER_YES : ANSWER_NO;
}

static struct tested_prime test_prime(const BIGNUM *n, const uint8_t seed[SHA256_LEN], BN_CTX *ctx)
{
    struct tested_prime t = {.is_prime = is_prime(n, seed, ctx)};
    if (t.is_prime == ANSWER_YES) {
        BIGNUM *half = bn_new();
        must(BN_rshift1(half, n));
        t.is_safe = is_prime(half, seed, ctx);
        BN_free(half);
    }
    return t;
}

static struct tested_prime tested(struct prover *p, const BIGNUM *n, const uint8_t hash[SHA256_LEN])
{
    struct bytes id = {hash, SHA256_LEN};
    const struct tested_prime *before = map_get(p->primes, id);
    if (before != NULL)
        return *before;
    unsigned size = 1 + (unsigned)bn_bits(n) / 1024;
    unsigned cost = size * size * size;
    if (bn_bits(n) > PROVER_PRIME_BITS || cost > p->prime_budget)
        return (struct tested_prime){ANSWER_UNKNOWN, ANSWER_UNKNOWN};
    p->prime_budget -= cost;
    struct tested_prime *t = xcalloc(1, sizeof *t);
    *t = test_prime(n, hash, p->ctx);
    map_put(p->primes, id, t);
    return *t;
}

static void check_prime(struct prover *p, const BIGNUM *n, struct dh_facts *f)
{
    size_t len = (size_t)BN_num_bytes(n);
    uint8_t *digits = xcalloc(len + 1, 1), hash[SHA256_LEN];
    (void)BN_bn2bin(n, digits);
    digest_sha256((struct bytes){digits, len}, hash);
    xfree(digits);
    const struct known_prime *known = known_prime_find(p->known, hash);
    struct tested_prime t = known != NULL ? (struct tested_prime){ANSWER_YES,
                                                    known->is_safe ? ANSWER_YES : ANSWER_NO}
                                          : tested(p, n, hash);
    f->group = known != NULL ? known->group : DH_GROUP_UNKNOWN;
    f->group_name = known != NULL ? known->name : NULL;
    f->is_prime = t.is_prime;
    f->is_safe = t.is_safe;
}

/* Whether n is 0, 1 or last. */
static bool is_trivial(const BIGNUM *n, const BIGNUM *last)
{
    return BN_is_zero(n) || BN_is_one(n) || BN_cmp(n, last) == 0;
}

static bool is_generator_trivial(struct prover *p, const BIGNUM *n, struct bytes dh_g)
{
    BIGNUM *g = bn_from(dh_g), *last = BN_dup(n);
    must(last != NULL);
    must(BN_sub_word(last, 1));
    must(BN_nnmod(g, g, n, p->ctx));
    bool is = is_trivial(g, last);
    BN_free(g);
    BN_free(last);
    return is;
}

struct dh_facts prove_dh(struct prover *p, struct bytes dh_p, struct bytes dh_g)
{
    struct dh_facts f = {0};
    if (dh_p.n == 0)
        return f;
    BIGNUM *n = bn_from(dh_p);
    f.bits = bn_bits(n);
    check_prime(p, n, &f);
    if (f.bits > 2)
        f.is_generator_trivial = is_generator_trivial(p, n, dh_g);
    BN_free(n);
    return f;
}

struct share_facts dh_public_check(const BIGNUM *n, struct bytes public)
{
    if (bn_bits(n) <= 2)
        return (struct share_facts){.why = "the modulus is no group"};
    BIGNUM *y = bn_from(public), *last = BN_dup(n);
    must(last != NULL);
    must(BN_sub_word(last, 1));
    bool is_out = is_trivial(y, last) || BN_cmp(y, last) > 0;
    BN_free(y);
    BN_free(last);
    if (!is_out)
        return (struct share_facts){.answer = SHARE_VALID};
    return (struct share_facts){
            .answer = SHARE_INVALID, .is_low_order = true, .why = "it is not between 2 and p-2"};
}

struct share_facts prove_dh_public(struct bytes dh_p, struct bytes public)
{
    BIGNUM *n = bn_from(dh_p);
    struct share_facts f = dh_public_check(n, public);
    BN_free(n);
    return f;
}
