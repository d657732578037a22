/* Keys of earlier runs are read once, and those that are known are not parsed. */
#include "engine/verify_keys.h"

#include <openssl/bn.h>

#include "store/remember.h"
#include "tests/unit/engine/made.h"
#include "tests/unit/store/rows.h"
#include "x509/x509.h"

enum { PRIMES = 6, BITS = 512 };

static BIGNUM *primes[PRIMES];

static int set_up(void **state)
{
    (void)place_make(state);
    struct place *p = *state;
    MUST(store_open(p->db, STORE_NEW, &p->store, err));
    for (int i = 0; i < PRIMES; i++) {
        primes[i] = BN_new();
        assert_int_equal(BN_generate_prime_ex(primes[i], BITS, 0, NULL, NULL, NULL), 1);
    }
    return 0;
}

static int tear_down(void **state)
{
    for (int i = 0; i < PRIMES; i++)
        BN_free(primes[i]);
    return place_remove(state);
}

/* Of the key that is the product of two of the primes. */
static struct certificate *made(uint32_t number, int a, int b)
{
    static uint8_t buffer[MADE_SIZE];
    uint8_t key[1024];
    uint8_t modulus[2 * BITS / 8];
    BIGNUM *n = BN_new();
    BN_CTX *ctx = BN_CTX_new();
    assert_int_equal(BN_mul(n, primes[a], primes[b], ctx), 1);
    assert_int_equal(BN_bn2binpad(n, modulus, sizeof modulus), sizeof modulus);
    BN_CTX_free(ctx);
    BN_free(n);
    struct bytes spki = made_rsa(key, (struct bytes){modulus, sizeof modulus});
    struct certificate *c = x509_parse(made_certificate(buffer, number, spki, 1));
    assert_true(c->is_parsed && c->rsa_modulus.n > 0);
    return c;
}

static void store(struct place *p, struct certificate *c)
{
    int64_t id = 0;
    MUST(store_certificate(p->store, c, 1, 2, &id, err));
    certificate_free(c);
}

static void see(struct verify_keys *v, struct certificate *c)
{
    const struct key_place place = {.handshake_id = 7};
    bool is_new = false;
    (void)verify_keys_of(v, c, &place, NULL, &is_new);
    assert_true(is_new);
    certificate_free(c);
}

static void stored_keys_are_compared(void **state)
{
    struct place *p = *state;
    struct verify_keys *v = verify_keys_new(NULL);
    struct late_key late;
    bool is_done = false;
    int n = 0;
    for (uint32_t i = 0; i < 5; i++)
        store(p, made(i, 0, 1));
    store(p, made(5, 2, 3));
    MUST(verify_keys_recall(v, p->store, 2, &is_done, err));
    assert_true(is_done); /* there is none to compare them with */
    see(v, made(6, 2, 4));
    for (is_done = false; !is_done; n++)
        MUST(verify_keys_recall(v, p->store, 2, &is_done, err));
    assert_int_equal(n, 4); /* two at a time */
    MUST(verify_keys_end(v, p->store, err));
    assert_int_equal(verify_keys_n_moduli(v), 3); /* a modulus is added once */
    assert_true(verify_keys_late(v, &late));
    assert_int_equal(late.place->handshake_id, 7);
    assert_false(verify_keys_late(v, &late));
    store(p, made(7, 4, 5)); /* later than all that was read */
    MUST(verify_keys_end(v, p->store, err));
    assert_int_equal(verify_keys_n_moduli(v), 4);
    verify_keys_free(v);
}

/* What stands in the certificate is not looked at when its key, by hash, is known. */
static void known_keys_are_not_parsed(void **state)
{
    struct place *p = *state;
    struct verify_keys *v = verify_keys_new(NULL);
    struct certificate *known = made(1, 0, 1);
    struct certificate *other = made(2, 2, 3);
    memcpy(other->spki_sha256, known->spki_sha256, sizeof other->spki_sha256);
    store(p, other);
    see(v, known);
    MUST(verify_keys_end(v, p->store, err));
    assert_int_equal(verify_keys_n_moduli(v), 1);
    verify_keys_free(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(stored_keys_are_compared, set_up, tear_down),
            cmocka_unit_test_setup_teardown(known_keys_are_not_parsed, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
