#include "proof/shared_primes.h"

#include "tests/unit/proof/help.h"

static bool add(struct shared_primes *s, const BIGNUM *a, const BIGNUM *b, uint64_t id)
{
    BIGNUM *n = product_of(a, b);
    struct own o = own_number(n, id % 3); /* leading zeros do not matter */
    bool is_kept = shared_primes_add(s, view(o), id, NULL);
    xfree(o.p);
    BN_free(n);
    return is_kept;
}

static void expect_pair(struct shared_primes *s, uint64_t id, uint64_t other)
{
    struct shared_prime hit = {0, 0};
    assert_true(shared_primes_next(s, &hit));
    assert_int_equal(hit.id, id);
    assert_int_equal(hit.other, other);
}

static void expect_nothing(struct shared_primes *s)
{
    struct shared_prime hit;
    shared_primes_flush(s);
    assert_false(shared_primes_next(s, &hit));
}

/* Compared in one block, or each with the blocks before. */
static void three_primes(void **state)
{
    (void)state;
    BIGNUM *p[5];
    for (size_t i = 0; i < 5; i++)
        p[i] = prime_of(512);
    for (int one_by_one = 0; one_by_one < 2; one_by_one++) {
        static const int PAIRS[][2] = {{0, 1}, {2, 3}, {0, 1}, {1, 4}, {3, 4}};
        struct shared_primes *s = shared_primes_new(0);
        for (size_t i = 0; i < 5; i++) {
            assert_int_equal(add(s, p[PAIRS[i][0]], p[PAIRS[i][1]], i), i != 2); /* 2 is 0 again */
            if (one_by_one)
                shared_primes_flush(s);
        }
        assert_int_equal(shared_primes_count(s), 4);
        shared_primes_flush(s);
        expect_pair(s, 3, 0);
        expect_pair(s, 4, 1); /* the earliest of the two that it shares with */
        expect_nothing(s);
        shared_primes_free(s);
    }
    for (size_t i = 0; i < 5; i++)
        BN_free(p[i]);
}

enum { PLACES = 23 };

/* n moduli of which the last shares its second prime with number hit. */
static void one_place(BIGNUM *const *p, BIGNUM *const *q, size_t n, size_t hit)
{
    struct shared_primes *s = shared_primes_new(0);
    for (size_t i = 0; i < n; i++) {
        assert_true(add(s, p[i], i + 1 == n ? q[hit] : q[i], i));
        if (n % 3 == 0 && i == n / 3)
            shared_primes_flush(s);
    }
    shared_primes_flush(s);
    expect_pair(s, n - 1, hit);
    expect_nothing(s);
    shared_primes_free(s);
}

/* Whatever place in the tree the two have; every number of leaves has another shape. */
static void every_place(void **state)
{
    (void)state;
    BIGNUM *p[PLACES], *q[PLACES];
    for (size_t i = 0; i < PLACES; i++) {
        p[i] = prime_of(192);
        q[i] = prime_of(150 + 10 * (int)i); /* of all lengths */
    }
    for (size_t n = 2; n <= PLACES; n++)
        for (size_t hit = 0; hit + 1 < n; hit++)
            one_place(p, q, n, hit);
    for (size_t i = 0; i < PLACES; i++) {
        BN_free(p[i]);
        BN_free(q[i]);
    }
}

static void not_taken(void **state)
{
    (void)state;
    struct shared_primes *s = shared_primes_new(2);
    BIGNUM *p = prime_of(300), *small = BN_new(), *medium = prime_of(40);
    BIGNUM *q[4];
    for (size_t i = 0; i < 4; i++)
        q[i] = prime_of(300);
    BN_set_word(small, 3);
    expect_nothing(s);
    assert_false(add(s, p, small, 1)); /* malformed */
    assert_false(shared_primes_add(s, (struct bytes){NULL, 0}, 1, NULL));
    assert_int_equal(shared_primes_count(s), 0);
    assert_true(add(s, q[0], medium, 2)); /* a factor too short to mean anything */
    assert_true(add(s, q[1], medium, 3));
    expect_nothing(s);
    assert_int_equal(shared_primes_dropped(s), 0);
    assert_false(add(s, q[1], q[3], 5)); /* beyond the cap */
    assert_int_equal(shared_primes_count(s), 2);
    assert_int_equal(shared_primes_dropped(s), 1);
    expect_nothing(s);
    for (size_t i = 0; i < 4; i++)
        BN_free(q[i]);
    BN_free(p);
    BN_free(small);
    BN_free(medium);
    shared_primes_free(s);
    shared_primes_free(NULL);
}

/* A thousand pairs are named, however many there are. */
static void many(void **state)
{
    (void)state;
    enum { N = SHARED_PRIMES_HIT_CAP + 50 };
    struct shared_primes *s = shared_primes_new(0);
    BIGNUM *p = prime_of(160), *q = prime_of(136);
    BN_CTX *ctx = BN_CTX_new();
    for (uint64_t i = 0; i < N; i++) {
        do
            BN_add_word(q, 2);
        while (BN_check_prime(q, ctx, NULL) != 1);
        assert_true(add(s, p, q, i));
    }
    shared_primes_flush(s);
    for (uint64_t i = 1; i <= SHARED_PRIMES_HIT_CAP; i++)
        expect_pair(s, i, 0);
    expect_nothing(s);
    assert_int_equal(shared_primes_unnamed(s), N - 1 - SHARED_PRIMES_HIT_CAP);
    BN_CTX_free(ctx);
    BN_free(p);
    BN_free(q);
    shared_primes_free(s);
}

/* A modulus without meaning: nothing of it is shared but short factors. */
static void add_random(struct shared_primes *s, BIGNUM *n, uint64_t id)
{
    struct own o;
    bool is_kept = false;
    while (!is_kept) {
        assert_int_equal(BN_rand(n, 1024, BN_RAND_TOP_TWO, BN_RAND_BOTTOM_ODD), 1);
        o = own_number(n, 0);
        is_kept = shared_primes_add(s, view(o), id, NULL);
        xfree(o.p);
    }
}

/* Pairs in the same block, in neighbours, and far apart: blocks are compared when they are full. */
static void blocks(void **state)
{
    (void)state;
    enum { N = 8 * SHARED_PRIMES_BLOCK_MIN / 128, PAIRS = 4 };
    static const size_t AT[PAIRS][2] = {{1, 2}, {500, 530}, {0, N - 2}, {N / 2, N - 1}};
    struct shared_primes *s = shared_primes_new(0);
    BIGNUM *p[PAIRS], *n = BN_new();
    for (size_t i = 0; i < PAIRS; i++)
        p[i] = prime_of(512);
    for (uint64_t id = 0; id < N; id++) {
        size_t pair = 0;
        while (pair < PAIRS && AT[pair][0] != id && AT[pair][1] != id)
            pair++;
        if (pair == PAIRS) {
            add_random(s, n, id);
            continue;
        }
        BIGNUM *q = prime_of(512);
        assert_true(add(s, p[pair], q, id));
        BN_free(q);
    }
    expect_pair(s, AT[0][1], AT[0][0]); /* without a flush */
    expect_pair(s, AT[1][1], AT[1][0]);
    shared_primes_flush(s);
    expect_pair(s, AT[2][1], AT[2][0]);
    expect_pair(s, AT[3][1], AT[3][0]);
    expect_nothing(s);
    for (size_t i = 0; i < PAIRS; i++)
        BN_free(p[i]);
    BN_free(n);
    shared_primes_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(three_primes),
            cmocka_unit_test(every_place),
            cmocka_unit_test(not_taken),
            cmocka_unit_test(many),
            cmocka_unit_test(blocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
