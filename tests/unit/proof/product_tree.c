#include "proof/product_tree.h"

#include "tests/unit/proof/help.h"

static void set(mpz_ptr z, const BIGNUM *n)
{
    struct own o = own_number(n, 0);
    mpz_import(z, o.n, 1, 1, 0, 0, o.p);
    xfree(o.p);
}

static void expect(mpz_srcptr z, const BIGNUM *n)
{
    mpz_t want;
    mpz_init(want);
    set(want, n);
    assert_int_equal(mpz_cmp(z, want), 0);
    mpz_clear(want);
}

/* factor times all of n but n[i], modulo n[i]. */
static void others(BIGNUM *out, BIGNUM *const *n, size_t count, size_t i, const BIGNUM *factor)
{
    BN_CTX *ctx = BN_CTX_new();
    assert_int_equal(BN_nnmod(out, factor, n[i], ctx), 1);
    for (size_t k = 0; k < count; k++)
        if (k != i)
            assert_int_equal(BN_mod_mul(out, out, n[k], n[i], ctx), 1);
    BN_CTX_free(ctx);
}

static void agree(BIGNUM *const *n, size_t count, const BIGNUM *factor)
{
    mpz_ptr numbers = xcalloc(count, sizeof *numbers), values = xcalloc(count, sizeof *values);
    mpz_t by, product;
    mpz_inits(by, product, NULL);
    for (size_t i = 0; i < count; i++) {
        mpz_inits(&numbers[i], &values[i], NULL);
        set(&numbers[i], n[i]);
    }
    set(by, factor);
    product_tree_others(numbers, count, by, values, product);
    BN_CTX *ctx = BN_CTX_new();
    BIGNUM *want = BN_new(), *all = BN_new();
    BN_one(all);
    for (size_t i = 0; i < count; i++) {
        others(want, n, count, i, factor);
        expect(&values[i], want);
        assert_int_equal(BN_mul(all, all, n[i], ctx), 1);
        mpz_clears(&numbers[i], &values[i], NULL);
    }
    expect(product, all);
    BN_free(want);
    BN_free(all);
    BN_CTX_free(ctx);
    mpz_clears(by, product, NULL);
    xfree(numbers);
    xfree(values);
}

enum { MOST = 41 };

/* Agreement with OpenSSL's arithmetic, for trees of every shape, numbers of all lengths, with
 * factors in common, factors of the others, and at the edges of a length. */
static void agrees(void **state)
{
    (void)state;
    BIGNUM *n[MOST], *factor = BN_new();
    for (size_t i = 0; i < MOST; i++)
        n[i] = BN_new();
    for (int count = 1; count <= MOST; count++) {
        for (int i = 0; i < count; i++) {
            int bits = 2 + (i * 997 + count * 131) % (i % 3 == 0 ? 4096 : 60);
            assert_int_equal(BN_rand(n[i], bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY), 1);
            if (i % 7 == 5) {
                BN_zero(n[i]);
                BN_set_bit(n[i], bits);
            } else if (i % 7 == 6) {
                BN_zero(n[i]);
                BN_set_bit(n[i], bits);
                BN_sub_word(n[i], 1);
            }
        }
        BN_rand(factor, 1 + count * 700, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY);
        if (count % 5 == 0)
            BN_set_word(factor, (BN_ULONG)count % 2);
        agree(n, (size_t)count, factor);
    }
    for (size_t i = 0; i < MOST; i++)
        BN_free(n[i]);
    BN_free(factor);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(agrees)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
