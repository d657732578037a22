/* Nonces over more than one run. */
#include "engine/verify_nonces.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/remember.h"
#include "tests/unit/store/place.h"
#include "tests/unit/test.h"

static int set_up(void **state)
{
    struct err err;
    (void)place_make(state);
    struct place *p = *state;
    if (!store_open(p->db, STORE_NEW, &p->store, &err))
        fail_msg("%s", err.text);
    return 0;
}

/* How often a signature was verified because it mattered. */
static bool count(void *ctx)
{
    (*(int *)ctx)++;
    return true;
}

static bool refute(void *ctx)
{
    (*(int *)ctx)++;
    return false;
}

/* One signature: r and s of one byte each. */
static struct nonce_answer take(
        struct verify_nonces *v, struct store *memory, uint8_t key, uint8_t r, struct nonce_use u)
{
    uint8_t spki[32], signature[8] = {0x30, 6, 2, 1, r, 2, 1, (uint8_t)(u.message & 0x7f)};
    struct nonce_answer a = {0};
    memset(spki, key, sizeof spki);
    u.spki_sha256 = spki;
    u.signature = (struct bytes){signature, sizeof signature};
    verify_nonces_take(v, &u, memory, &a);
    return a;
}

static void one_run(void **state)
{
    (void)state;
    int n = 0;
    struct nonce_use u = {.message = 1, .prove = count, .ctx = &n, .handshake_id = 10};
    struct verify_nonces *v = verify_nonces_new();
    struct nonce_answer a = take(v, NULL, 1, 5, u);
    assert_true(a.is_remembered && !a.is_reused);
    a = take(v, NULL, 1, 5, u); /* sent again */
    assert_true(a.is_remembered && !a.is_reused);
    u.message = 2;
    u.handshake_id = 11;
    assert_false(take(v, NULL, 2, 5, u).is_reused); /* another key */
    assert_false(take(v, NULL, 1, 6, u).is_reused); /* another nonce */
    assert_int_equal(n, 0);
    a = take(v, NULL, 1, 5, u);
    assert_true(a.is_reused && a.is_remembered);
    assert_int_equal(n, 1);
    assert_int_equal(a.other.handshake_id, 10);
    assert_int_equal(a.here.handshake_id, 11);
    assert_int_equal(a.other.bytes[4], 5);
    assert_int_equal(a.other.n_bytes, 8);
    assert_false(a.other.is_verified);
    u.prove = refute; /* one that does not verify proves nothing */
    u.message = 3;
    n = 0;
    for (int i = 0; i < VERIFY_NONCES_REFUTED + 5; i++) {
        a = take(v, NULL, 1, 5, u);
        assert_true(!a.is_reused && !a.is_remembered);
    }
    assert_int_equal(n, VERIFY_NONCES_REFUTED);
    u.message = 1 + 128; /* other bytes, but the same signature: it cannot verify */
    assert_false(take(v, NULL, 1, 5, u).is_reused);
    assert_int_equal(n, VERIFY_NONCES_REFUTED);
    verify_nonces_free(v);
    verify_nonces_free(NULL);
}

static void two_runs(void **state)
{
    struct place *p = *state;
    struct err err;
    int n = 0;
    struct nonce_use u = {.message = UINT64_MAX,
            .is_stored = true,
            .is_verified = true,
            .source = NONCE_STAPLE,
            .side = SIDE_SERVER,
            .at = {.first_packet = 6, .last_packet = 7, .offset = 99, .len = 8},
            .handshake_id = 10};
    struct verify_nonces *first = verify_nonces_new();
    (void)take(first, p->store, 1, 5, u);
    u.is_stored = false; /* the many that follow are of this run only */
    (void)take(first, p->store, 1, 6, u);
    verify_nonces_free(first);
    assert_true(store_nonces_trim(p->store, 100, &err));
    u = (struct nonce_use){
            .message = 2, .is_stored = true, .prove = count, .ctx = &n, .handshake_id = 20};
    struct verify_nonces *second = verify_nonces_new();
    assert_false(take(second, p->store, 1, 6, u).is_reused);
    struct nonce_answer a = take(second, p->store, 1, 5, u);
    assert_true(a.is_reused && a.other.is_verified);
    assert_int_equal(a.other.source, NONCE_STAPLE);
    assert_int_equal(a.other.side, SIDE_SERVER);
    assert_int_equal(a.other.handshake_id, 10);
    assert_int_equal(a.other.at.last_packet, 7);
    assert_int_equal(a.other.at.offset, 99);
    assert_int_equal(a.other.n_bytes, 8);
    u.message = UINT64_MAX; /* the capture read again */
    assert_false(take(second, p->store, 1, 5, u).is_reused);
    u.message = 3;
    assert_false(take(second, NULL, 2, 5, u).is_reused);
    verify_nonces_free(second);
    assert_true(store_nonces_trim(p->store, 0, &err));
    struct verify_nonces *third = verify_nonces_new();
    assert_false(take(third, p->store, 1, 5, u).is_reused);
    verify_nonces_free(third);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(one_run),
            cmocka_unit_test_setup_teardown(two_runs, set_up, place_remove)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
