#include "proof/rsa_key.h"

#include "base/alloc.h"
#include "base/cursor.h"
#include "proof/bn.h"

enum {
    MEANINGFUL_BITS = 256, /* shorter moduli can have any pattern by chance */
    ROCA_LAST_PRIME = 167, /* the 39th: divides the generator's M for every key length */
    SLEEVE_ZEROS = 128,    /* zero bits where random ones would stand: chance below 2^-110 */
    SLEEVE_LIMBS = 8,
};

static void note(struct rsa_key_facts *f, unsigned flag, bool holds)
{
    f->tested |= flag;
    if (holds)
        f->weak |= flag;
}

static bool is_negative(struct bytes integer)
{
    struct cur c = cur_of(integer);
    return (cur_u8(&c) & 0x80) != 0;
}

static void check_exponent(struct rsa_key_facts *f, struct bytes exponent)
{
    if (exponent.n == 0 || exponent.n > RSA_KEY_TESTED_BITS / 8)
        return;
    BIGNUM *e = bn_from(exponent);
    BN_ULONG small = bn_bits(e) <= 17 ? BN_get_word(e) : 1UL << 17;
    note(f, RSA_WEAK_E_NEGATIVE, is_negative(exponent));
    note(f, RSA_WEAK_E_ONE, small == 1);
    note(f, RSA_WEAK_E_EVEN, !BN_is_odd(e));
    note(f, RSA_WEAK_E_BELOW_3, small < 3);
    note(f, RSA_WEAK_E_SMALL, small >= 3 && small < 65537);
    BN_free(e);
}

static bool is_in_subgroup(unsigned rest, unsigned prime)
{
    unsigned power = 1;
    do {
        if (power == rest)
            return true;
        power = power * 65537U % prime;
    } while (power != 1);
    return false;
}

/* Primes of the faulty generator are k*M + (65537^a mod M), M a product of the first primes: the
 * modulus is a power of 65537 modulo each (Nemec et al., CCS 2017, 2.3). */
static bool is_roca(const BIGNUM *n)
{
    for (unsigned p = 3; p <= ROCA_LAST_PRIME; p += 2)
        if (is_small_prime(p) && !is_in_subgroup((unsigned)BN_mod_word(n, p), p))
            return false;
    return true;
}

static bool may_be_square(const BIGNUM *n)
{
    static const unsigned MODULI[] = {64, 63, 65, 11, 17, 19, 23, 31};
    static const unsigned PRODUCT = 63U * 65 * 11 * 17 * 19 * 23;
    BN_ULONG rest = BN_mod_word(n, PRODUCT);
    for (size_t i = 0; i < sizeof MODULI / sizeof *MODULI; i++) {
        unsigned m = MODULI[i];
        unsigned r = (unsigned)(PRODUCT % m == 0 ? rest % m : BN_mod_word(n, m));
        bool is_residue = false;
        for (unsigned x = 0; x <= m / 2 && !is_residue; x++)
            is_residue = x * x % m == r;
        if (!is_residue)
            return false;
    }
    return true;
}

/* n = a^2 - b^2 with a just above the square root of n. */
static bool has_close_primes(const BIGNUM *n, BN_CTX *ctx)
{
    BN_CTX_start(ctx);
    BIGNUM *a = BN_CTX_get(ctx), *rest = BN_CTX_get(ctx), *b = BN_CTX_get(ctx),
           *square = BN_CTX_get(ctx);
    must(square != NULL);
    bn_root(a, n, 2, ctx);
    bool found = false;
    for (unsigned i = 0; i < RSA_FERMAT_STEPS && !found; i++) {
        must(BN_add_word(a, 1));
        must(BN_sqr(rest, a, ctx));
        must(BN_sub(rest, rest, n));
        if (!may_be_square(rest))
            continue;
        bn_root(b, rest, 2, ctx);
        must(BN_sqr(square, b, ctx));
        must(BN_sub(b, a, b));
        found = BN_cmp(square, rest) == 0 && !BN_is_one(b);
    }
    BN_CTX_end(ctx);
    return found;
}

/* The bits that are set in any limb of [from, to), and how many are set in all. */
static uint64_t limb_union(struct bytes le, size_t width, size_t from, size_t to, size_t *n_set)
{
    uint64_t all = 0;
    struct cur c = cur_of(le);
    cur_skip(&c, from * width);
    *n_set = 0;
    for (size_t i = from; i < to; i++) {
        uint64_t limb = 0;
        for (size_t k = 0; k < width; k++)
            limb |= (uint64_t)cur_u8(&c) << 8 * k;
        all |= limb;
        *n_set += (size_t)__builtin_popcountll(limb);
    }
    return all;
}

static size_t longest_zero_run(uint64_t bits, size_t width)
{
    size_t best = 0, run = 0;
    for (size_t i = 0; i < 8 * width; i++) {
        run = bits >> i & 1 ? 0 : run + 1;
        best = run > best ? run : best;
    }
    return best;
}

static bool is_sleeve(struct bytes le, size_t width, size_t from, size_t to)
{
    if (to < from + SLEEVE_LIMBS)
        return false;
    size_t n_limbs = to - from, n_set = 0;
    size_t run = longest_zero_run(limb_union(le, width, from, to, &n_set), width);
    /* What is not always zero must look random, or this is a modulus of a special form. */
    return run < 8 * width && run * n_limbs >= SLEEVE_ZEROS &&
           n_set * 4 >= (8 * width - run) * n_limbs;
}

/* Primes made of limbs that were only partly filled with random bits have a product whose limbs
 * keep zero bits at the same place. The ends differ: there a generator sets bits, and carries from
 * a full top limb reach the upper half. */
static bool has_short_sleeve(const BIGNUM *n)
{
    size_t n_bytes = (size_t)BN_num_bytes(n);
    uint8_t *le = xcalloc(n_bytes, 1);
    must(BN_bn2lebinpad(n, le, (int)n_bytes) == (int)n_bytes);
    struct bytes b = {le, n_bytes};
    bool is = false;
    for (size_t width = 2; width <= 8 && !is; width *= 2) {
        size_t n_limbs = n_bytes / width;
        is = n_limbs > 2 &&
             (is_sleeve(b, width, 1, n_limbs - 1) || is_sleeve(b, width, 1, n_limbs / 2) ||
                     is_sleeve(b, width, n_limbs / 2, n_limbs - 1));
    }
    xfree(le);
    return is;
}

static void check_odd_modulus(struct rsa_key_facts *f, const BIGNUM *n)
{
    BN_CTX *ctx = bn_ctx_new();
    note(f, RSA_WEAK_N_POWER, bn_is_power(n, ctx));
    note(f, RSA_WEAK_ROCA, is_roca(n));
    note(f, RSA_WEAK_CLOSE_PRIMES, has_close_primes(n, ctx));
    note(f, RSA_WEAK_SHORT_SLEEVE, has_short_sleeve(n));
    BN_CTX_free(ctx);
}

static void check_modulus(struct rsa_key_facts *f, struct bytes modulus)
{
    if (modulus.n == 0 || modulus.n > (1U << 20))
        return;
    BIGNUM *n = bn_from(modulus);
    f->bits = bn_bits(n);
    note(f, RSA_WEAK_N_NEGATIVE, is_negative(modulus));
    note(f, RSA_WEAK_N_EVEN, !BN_is_odd(n));
    note(f, RSA_WEAK_N_LENGTH, f->bits % 8 != 0);
    if (f->bits <= RSA_KEY_TESTED_BITS && !BN_is_zero(n)) {
        note(f, RSA_WEAK_N_SMALL_FACTOR, bn_has_small_factor(n));
        if (BN_is_odd(n) && f->bits >= MEANINGFUL_BITS)
            check_odd_modulus(f, n);
    }
    BN_free(n);
}

struct rsa_key_facts rsa_key_check(struct bytes modulus, struct bytes exponent)
{
    struct rsa_key_facts f = {0};
    check_exponent(&f, exponent);
    check_modulus(&f, modulus);
    return f;
}
