#include "proof/shared_primes.h"

#include "tests/unit/proof/help.h"

static bool add(
        struct shared_primes *s, const BIGNUM *a, const BIGNUM *b, uint64_t id, uint64_t *other)
{
    BIGNUM *n = product_of(a, b);
    struct own o = own_number(n, id % 3); /* leading zeros do not matter */
    bool found = shared_primes_add(s, view(o), id, other);
    xfree(o.p);
    BN_free(n);
    return found;
}

static void three_primes(void **state)
{
    (void)state;
    struct shared_primes *s = shared_primes_new(0);
    BIGNUM *p[5];
    uint64_t other = 0;
    for (size_t i = 0; i < 5; i++)
        p[i] = prime_of(512);
    assert_false(add(s, p[0], p[1], 1, &other));
    assert_false(add(s, p[2], p[3], 2, &other));
    assert_false(add(s, p[0], p[1], 3, &other)); /* the same again */
    assert_int_equal(shared_primes_count(s), 2);
    assert_true(add(s, p[1], p[4], 4, &other));
    assert_int_equal(other, 1);
    assert_true(add(s, p[3], p[4], 5, &other)); /* both primes are known: the earlier one is told */
    assert_int_equal(other, 2);
    for (size_t i = 0; i < 5; i++)
        BN_free(p[i]);
    shared_primes_free(s);
}

/* Whatever bucket the other one is in. */
static void every_place(void **state)
{
    (void)state;
    enum { N = 37 };
    BIGNUM *p[N], *q[N];
    for (size_t i = 0; i < N; i++) {
        p[i] = prime_of(192);
        q[i] = prime_of(192);
    }
    for (size_t hit = 0; hit < N; hit += 4) {
        struct shared_primes *s = shared_primes_new(0);
        uint64_t other = 1000;
        for (size_t i = 0; i < N; i++)
            assert_false(add(s, p[i], q[i], i, &other));
        BIGNUM *fresh = prime_of(192);
        assert_true(add(s, fresh, q[hit], N, &other));
        assert_int_equal(other, hit);
        BN_free(fresh);
        shared_primes_free(s);
    }
    for (size_t i = 0; i < N; i++) {
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
    uint64_t other = 0;
    for (size_t i = 0; i < 4; i++)
        q[i] = prime_of(300);
    BN_set_word(small, 3);
    assert_false(add(s, p, small, 1, &other)); /* malformed */
    assert_false(shared_primes_add(s, (struct bytes){NULL, 0}, 1, &other));
    assert_int_equal(shared_primes_count(s), 0);
    assert_false(add(s, q[0], medium, 2, &other)); /* a factor too short to mean anything */
    assert_false(add(s, q[1], medium, 3, &other));
    assert_int_equal(shared_primes_count(s), 2);
    assert_int_equal(shared_primes_dropped(s), 0);
    assert_false(add(s, q[2], q[3], 4, &other)); /* beyond the cap: compared, not kept */
    assert_true(add(s, q[1], q[3], 5, &other));
    assert_int_equal(other, 3);
    assert_int_equal(shared_primes_count(s), 2);
    assert_int_equal(shared_primes_dropped(s), 2);
    for (size_t i = 0; i < 4; i++)
        BN_free(q[i]);
    BN_free(p);
    BN_free(small);
    BN_free(medium);
    shared_primes_free(s);
    shared_primes_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(three_primes),
            cmocka_unit_test(every_place),
            cmocka_unit_test(not_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
