#include "proof/rsa_key.h"

#include "tests/unit/proof/help.h"

static const uint8_t E_65537[] = {1, 0, 1};

static struct rsa_key_facts of_number(const BIGNUM *n)
{
    /* DER puts a zero before a set top bit */
    struct own o = own_number(n, BN_num_bits(n) % 8 == 0 ? 1 : 0);
    struct rsa_key_facts f = rsa_key_check(view(o), (struct bytes){E_65537, sizeof E_65537});
    xfree(o.p);
    return f;
}

static unsigned weak_of_product(const BIGNUM *a, const BIGNUM *b)
{
    BIGNUM *n = product_of(a, b);
    struct rsa_key_facts f = of_number(n);
    BN_free(n);
    return f.weak;
}

static const struct exponent_row {
    const char *name, *hex;
    unsigned weak;
} exponents[] = {
        {"zero", "00", RSA_WEAK_E_EVEN | RSA_WEAK_E_BELOW_3},
        {"one", "01", RSA_WEAK_E_ONE | RSA_WEAK_E_BELOW_3},
        {"two", "02", RSA_WEAK_E_EVEN | RSA_WEAK_E_BELOW_3},
        {"three", "03", RSA_WEAK_E_SMALL},
        {"35", "23", RSA_WEAK_E_SMALL},
        {"padded 17", "000011", RSA_WEAK_E_SMALL},
        {"65535", "00ffff", RSA_WEAK_E_SMALL},
        {"65536", "010000", RSA_WEAK_E_SMALL | RSA_WEAK_E_EVEN},
        {"65537", "010001", 0},
        {"padded 65537", "0000010001", 0},
        {"large", "0100000000000000000001", 0},
        {"large and even", "0100000000000000000000", RSA_WEAK_E_EVEN},
        {"negative", "81", RSA_WEAK_E_NEGATIVE | RSA_WEAK_E_SMALL},
};

static void exponent_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof exponents / sizeof *exponents; i++) {
        struct own e = own_hex(exponents[i].hex);
        struct rsa_key_facts f = rsa_key_check((struct bytes){NULL, 0}, view(e));
        xfree(e.p);
        if (f.weak != exponents[i].weak)
            fail_msg("%s: %#x", exponents[i].name, f.weak);
        assert_false(f.tested & RSA_WEAK_N_EVEN);
    }
}

static void good_keys(void **state)
{
    (void)state;
    static const int BITS[] = {256, 512, 1024, 1536};
    for (size_t i = 0; i < sizeof BITS / sizeof *BITS; i++) {
        BIGNUM *p = prime_of(BITS[i]), *q = prime_of(BITS[i]), *n = product_of(p, q);
        struct rsa_key_facts f = of_number(n);
        assert_int_equal(f.weak, 0);
        assert_int_equal(f.tested, (RSA_WEAK_SHORT_SLEEVE << 1) - 1);
        assert_int_equal(f.bits, 2 * BITS[i]);
        BN_free(p);
        BN_free(q);
        BN_free(n);
    }
}

static void sign_and_parity(void **state)
{
    (void)state;
    BIGNUM *p = prime_of(512), *q = prime_of(512), *n = product_of(p, q);
    struct own bare = own_number(n, 0), padded = own_number(n, 5);
    struct bytes e = {E_65537, sizeof E_65537};
    assert_int_equal(rsa_key_check(view(bare), e).weak, RSA_WEAK_N_NEGATIVE);
    assert_int_equal(rsa_key_check(view(padded), e).weak, 0);
    assert_int_equal(rsa_key_check(view(padded), e).bits, 1024);
    bare.p[bare.n - 1] &= 0xfe;
    unsigned even = rsa_key_check(view(bare), e).weak;
    assert_true(even & RSA_WEAK_N_EVEN);
    xfree(bare.p);
    xfree(padded.p);
    BN_free(p);
    BN_free(q);
    BN_free(n);
}

static void form_of_modulus(void **state)
{
    (void)state;
    static const unsigned FACTORS[] = {3, 5, 7, 127, 257, 541, 739, 743, 751};
    BIGNUM *p = prime_of(512), *q = prime_of(509), *small = BN_new();
    for (size_t i = 0; i < sizeof FACTORS / sizeof *FACTORS; i++) {
        BN_set_word(small, FACTORS[i]);
        assert_true(weak_of_product(p, small) & RSA_WEAK_N_SMALL_FACTOR);
    }
    BN_set_word(small, 757); /* the next prime is allowed */
    assert_false(weak_of_product(p, small) & RSA_WEAK_N_SMALL_FACTOR);
    assert_int_equal(weak_of_product(p, q), RSA_WEAK_N_LENGTH);
    BN_free(p);
    BN_free(q);
    BN_free(small);
}

static void perfect_powers(void **state)
{
    (void)state;
    static const unsigned EXPONENTS[] = {2, 3, 4, 5, 7, 11, 53};
    BN_CTX *ctx = BN_CTX_new();
    for (size_t i = 0; i < sizeof EXPONENTS / sizeof *EXPONENTS; i++) {
        BIGNUM *p = prime_of((int)(1024 / EXPONENTS[i])), *k = BN_new(), *n = BN_new();
        BN_set_word(k, EXPONENTS[i]);
        assert_int_equal(BN_exp(n, p, k, ctx), 1);
        unsigned weak = of_number(n).weak;
        assert_true(weak & RSA_WEAK_N_POWER);
        BN_add_word(n, 2);
        assert_false(of_number(n).weak & RSA_WEAK_N_POWER);
        BN_free(p);
        BN_free(k);
        BN_free(n);
    }
    BN_CTX_free(ctx);
}

/* p = k*M + (65537^a mod M), M the product of the first primes (Nemec et al. 2017, 2.1). */
static BIGNUM *roca_prime(const BIGNUM *m, int bits, BN_CTX *ctx)
{
    BIGNUM *a = BN_new(), *g = BN_new(), *k = BN_new(), *p = BN_new();
    BN_set_word(g, 65537);
    do {
        assert_int_equal(BN_rand(a, 62, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY), 1);
        assert_int_equal(BN_rand(k, bits - BN_num_bits(m), BN_RAND_TOP_TWO, BN_RAND_BOTTOM_ANY), 1);
        /* M is even, so Montgomery does not serve: 65537^a by BN_mod_exp, which knows that */
        assert_int_equal(BN_mod_exp(p, g, a, m, ctx), 1);
        assert_int_equal(BN_mul(k, k, m, ctx), 1);
        assert_int_equal(BN_add(p, p, k), 1);
    } while (BN_check_prime(p, ctx, NULL) != 1);
    BN_free(a);
    BN_free(g);
    BN_free(k);
    return p;
}

static void roca(void **state)
{
    (void)state;
    BN_CTX *ctx = BN_CTX_new();
    BIGNUM *m = BN_new();
    BN_set_word(m, 1);
    static const unsigned FIRST[] = {2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59,
            61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151,
            157, 163, 167};
    for (size_t i = 0; i < sizeof FIRST / sizeof *FIRST; i++)
        BN_mul_word(m, FIRST[i]);
    BIGNUM *p = roca_prime(m, 256, ctx), *q = roca_prime(m, 256, ctx), *good = prime_of(256);
    assert_true(weak_of_product(p, q) & RSA_WEAK_ROCA);
    assert_false(weak_of_product(p, good) & RSA_WEAK_ROCA);
    BN_free(m);
    BN_free(p);
    BN_free(q);
    BN_free(good);
    BN_CTX_free(ctx);
}

static BIGNUM *prime_after(const BIGNUM *from, int shift)
{
    BIGNUM *p = BN_new(), *step = BN_new();
    BN_CTX *ctx = BN_CTX_new();
    BN_set_bit(step, shift);
    BN_add(p, from, step);
    while (BN_check_prime(p, ctx, NULL) != 1)
        BN_add_word(p, 2);
    BN_CTX_free(ctx);
    BN_free(step);
    return p;
}

static void close_primes(void **state)
{
    (void)state;
    BIGNUM *p = prime_of(512);
    /* (q-p)^2 / 8 sqrt(n) steps: within one step up to 2^257, too many at 2^300 */
    BIGNUM *next = prime_after(p, 1), *near = prime_after(p, 258), *far = prime_after(p, 300);
    assert_true(weak_of_product(p, next) & RSA_WEAK_CLOSE_PRIMES);
    assert_true(weak_of_product(p, near) & RSA_WEAK_CLOSE_PRIMES);
    assert_false(weak_of_product(p, far) & RSA_WEAK_CLOSE_PRIMES);
    BN_free(p);
    BN_free(next);
    BN_free(near);
    BN_free(far);
}

/* A prime of limbs of width bits of which only the low used are random, but for the top bit. */
static BIGNUM *sleeve_prime(int bits, int width, int used)
{
    BN_CTX *ctx = BN_CTX_new();
    BIGNUM *p = BN_new(), *limb = BN_new();
    do {
        BN_zero(p);
        for (int i = 0; i < bits / width; i++) {
            BN_rand(limb, used, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY);
            BN_lshift(p, p, width);
            BN_add(p, p, limb);
        }
        BN_set_bit(p, bits - 1);
        BN_set_bit(p, 0);
    } while (BN_check_prime(p, ctx, NULL) != 1);
    BN_free(limb);
    BN_CTX_free(ctx);
    return p;
}

static void short_sleeves(void **state)
{
    (void)state;
    static const int ROWS[][2] = {{64, 16}, {64, 8}, {32, 8}};
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        BIGNUM *p = sleeve_prime(1024, ROWS[i][0], ROWS[i][1]),
               *q = sleeve_prime(1024, ROWS[i][0], ROWS[i][1]);
        if (!(weak_of_product(p, q) & RSA_WEAK_SHORT_SLEEVE))
            fail_msg("%d bits of %d", ROWS[i][1], ROWS[i][0]);
        BN_free(p);
        BN_free(q);
    }
    /* a modulus of a special form, a run of zeros, is another thing */
    BIGNUM *n = BN_new();
    BN_set_bit(n, 2047);
    BIGNUM *low = prime_of(700);
    BN_add(n, n, low);
    assert_false(of_number(n).weak & RSA_WEAK_SHORT_SLEEVE);
    BN_free(n);
    BN_free(low);
}

static void sizes(void **state)
{
    (void)state;
    struct bytes e = {E_65537, sizeof E_65537};
    struct own big = {xcalloc(4000, 1), 4000};
    memset(big.p, 0x5b, big.n);
    struct rsa_key_facts f = rsa_key_check(view(big), e);
    assert_int_equal(f.bits, 31999);
    assert_false(f.tested & (RSA_WEAK_ROCA | RSA_WEAK_CLOSE_PRIMES | RSA_WEAK_N_SMALL_FACTOR));
    assert_true(f.weak & RSA_WEAK_N_LENGTH);
    for (size_t n = 0; n <= 64; n++) { /* short ones: nothing to crash on */
        f = rsa_key_check((struct bytes){big.p, n}, (struct bytes){big.p, n});
        assert_true(f.bits <= 8 * n);
    }
    uint8_t zeros[40] = {0};
    f = rsa_key_check((struct bytes){zeros, sizeof zeros}, (struct bytes){zeros, sizeof zeros});
    assert_int_equal(f.bits, 0);
    zeros[39] = 1;
    f = rsa_key_check((struct bytes){zeros, sizeof zeros}, e);
    assert_int_equal(f.weak, RSA_WEAK_N_LENGTH);
    /* 65537 is in the subgroup by definition and no key */
    uint8_t small[] = {1, 0, 1};
    f = rsa_key_check((struct bytes){small, sizeof small}, e);
    assert_false(f.tested & RSA_WEAK_ROCA);
    xfree(big.p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(exponent_rows),
            cmocka_unit_test(good_keys),
            cmocka_unit_test(sign_and_parity),
            cmocka_unit_test(form_of_modulus),
            cmocka_unit_test(perfect_powers),
            cmocka_unit_test(roca),
            cmocka_unit_test(close_primes),
            cmocka_unit_test(short_sleeves),
            cmocka_unit_test(sizes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
