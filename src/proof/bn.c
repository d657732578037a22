#include "proof/bn.h"

#include <limits.h>
#include <stdlib.h>

enum { SMALL_PRIME_LIMIT = 752 }; /* SP 800-89 5.3.3, BR 6.1.6 */

void must(int ok)
{
    if (ok != 1)
        abort();
}

BIGNUM *bn_new(void)
{
    BIGNUM *n = BN_new();
    must(n != NULL);
    return n;
}

BN_CTX *bn_ctx_new(void)
{
    BN_CTX *ctx = BN_CTX_new();
    must(ctx != NULL);
    return ctx;
}

BIGNUM *bn_from(struct bytes b)
{
    static const uint8_t NONE[1] = {0};
    must(b.n < INT_MAX / 16);
    BIGNUM *n = BN_bin2bn(b.n > 0 ? b.p : NONE, (int)b.n, NULL);
    must(n != NULL);
    return n;
}

size_t bn_bits(const BIGNUM *n)
{
    return (size_t)BN_num_bits(n);
}

bool is_small_prime(unsigned n)
{
    if (n < 2)
        return false;
    for (unsigned d = 2; d * d <= n; d++)
        if (n % d == 0)
            return false;
    return true;
}

/* One long division tests several primes: their product fits into a word. */
bool bn_has_small_factor(const BIGNUM *n)
{
    bool is_word = bn_bits(n) <= 10;
    BN_ULONG product = 1, first = 3;
    for (unsigned p = 3; p <= SMALL_PRIME_LIMIT; p += 2) {
        bool is_last = p + 2 > SMALL_PRIME_LIMIT;
        if (is_small_prime(p))
            product *= p;
        if (product < (1U << 21) && !is_last)
            continue;
        BN_ULONG rest = BN_mod_word(n, product);
        for (BN_ULONG q = first; q <= p; q += 2)
            if (rest % q == 0 && product % q == 0 && !(is_word && BN_is_word(n, q)))
                return true;
        first = p + 2;
        product = 1;
    }
    return false;
}

/* Newton from above: x falls until it is the root. */
void bn_root(BIGNUM *r, const BIGNUM *n, unsigned k, BN_CTX *ctx)
{
    BN_CTX_start(ctx);
    BIGNUM *x = BN_CTX_get(ctx), *y = BN_CTX_get(ctx), *power = BN_CTX_get(ctx),
           *less = BN_CTX_get(ctx);
    must(less != NULL);
    must(BN_set_word(less, k - 1));
    must(BN_set_word(y, 1));
    must(BN_lshift(y, y, (int)((bn_bits(n) + k - 1) / k)));
    do {
        must(BN_copy(x, y) != NULL);
        must(BN_exp(power, x, less, ctx));
        must(BN_div(y, NULL, n, power, ctx));
        must(BN_mul(power, x, less, ctx));
        must(BN_add(y, y, power));
        must(BN_div_word(y, k) != (BN_ULONG)-1);
    } while (BN_cmp(y, x) < 0);
    must(BN_copy(r, x) != NULL);
    BN_CTX_end(ctx);
}

static BN_ULONG power_mod(BN_ULONG base, BN_ULONG exponent, BN_ULONG m)
{
    BN_ULONG r = 1;
    for (base %= m; exponent > 0; exponent >>= 1) {
        if (exponent & 1)
            r = r * base % m;
        base = base * base % m;
    }
    return r;
}

/* A k-th power is one modulo every prime q = 1 mod k: 1 in k numbers passes one such q. */
static bool may_be_power(const BIGNUM *n, unsigned k)
{
    unsigned left = k == 2 ? 24 : 8;
    for (unsigned q = 1 + 2 * k; left > 0 && q < (1U << 16); q += 2 * k) {
        if (!is_small_prime(q))
            continue;
        left--;
        BN_ULONG rest = BN_mod_word(n, q);
        if (rest != 0 && power_mod(rest, (q - 1) / k, q) != 1)
            return false;
    }
    return true;
}

bool bn_is_power(const BIGNUM *n, BN_CTX *ctx)
{
    bool is = false;
    BIGNUM *root = bn_new(), *power = bn_new(), *exponent = bn_new();
    for (unsigned k = 2; !is && k * 9 < bn_bits(n); k++) {
        if (!is_small_prime(k) || !may_be_power(n, k))
            continue;
        bn_root(root, n, k, ctx);
        must(BN_set_word(exponent, k));
        must(BN_exp(power, root, exponent, ctx));
        is = BN_cmp(power, n) == 0;
    }
    BN_free(root);
    BN_free(power);
    BN_free(exponent);
    return is;
}
