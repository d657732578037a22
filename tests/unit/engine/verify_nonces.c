/* Nonces over more than one run. */
#include "engine/verify_nonces.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/remember.h"
#include "tests/unit/store/place.h"
#include "tests/unit/test.h"
#include "x509/x509.h"

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

/* Two certificates that one CA, by P-256, signed with one nonce. */
static const char CA[] =
        "308201063081ada003020102020101300a06082a8648ce3d040302300d310b300906035504030c026361"
        "301e170d3236313132363134303030305a170d3237313132363134303030305a300d310b300906035504"
        "030c0263613059301306072a8648ce3d020106082a8648ce3d0301070342000479dcd640cd936885e9fd"
        "1f9ce22c2412190d4cc85befa6ab0fcedd381ca25ad1f591bdb25791cf369f3f5ea772acc15f420974b6"
        "c41f6d645a17508949b401d5300a06082a8648ce3d04030203480030450220191f2a84acc3f582a59718"
        "25cb00a489e17a04462080e711a921424109d8705e022100de324c78bc36d95ceec17e51d38a54cde400"
        "a283fbe02419ee5d128a024129e0";
static const char ONE[] =
        "308201073081aea003020102020102300a06082a8648ce3d040302300d310b300906035504030c026361"
        "301e170d3236313132363134303030305a170d3237313132363134303030305a300e310c300a06035504"
        "030c036f6e653059301306072a8648ce3d020106082a8648ce3d03010703420004449ba4b15201ff3115"
        "4435698c1d40a7ccfd45d33b23fcdde93b667d2918696d05fd4bc5378c09d0f62bb44277a208ce6d9c24"
        "ebaab7a0ac08942147bb8c54db300a06082a8648ce3d0403020348003045022100a3bd9d4588a436deed"
        "db578b6208ae4b08ef0ee950dc2124a9a476f10e24626302200bfadd00b2881b2e71ec6c7c0ca2ebef8a"
        "d4028ca60b624b5a1cbbcff7c88cbc";
static const char TWO[] =
        "308201073081aea003020102020103300a06082a8648ce3d040302300d310b300906035504030c026361"
        "301e170d3236313132363134303030305a170d3237313132363134303030305a300e310c300a06035504"
        "030c0374776f3059301306072a8648ce3d020106082a8648ce3d03010703420004be5fdb9a462c2457be"
        "a506962df14572d98596b5afee31440dc74f7b98f56e2e6d6e67c55b1e290258cbdb356ff5bb91e71fc7"
        "e900e0d7eca8732926c9692324300a06082a8648ce3d0403020348003045022100a3bd9d4588a436deed"
        "db578b6208ae4b08ef0ee950dc2124a9a476f10e246263022063b250227f808adb75a4c1cb6d68077eca"
        "80cbe06727bef6eec6d4fc3c7d0e09";

/* The certificate of hexadecimal digits, of which der keeps the bytes. */
static struct certificate *certificate_of(const char *hex, uint8_t der[512])
{
    size_t n = strlen(hex) / 2;
    for (size_t i = 0; i < n; i++) {
        const char digits[3] = {hex[2 * i], hex[2 * i + 1], '\0'};
        der[i] = (uint8_t)strtoul(digits, NULL, 16);
    }
    return x509_parse((struct bytes){der, n});
}

/* What the CA of clients does shows in their chains, as that of servers in theirs. */
static void certificates_of_either_side(void **state)
{
    (void)state;
    static uint8_t der[3][512];
    struct certificate *ca = certificate_of(CA, der[0]), *one = certificate_of(ONE, der[1]),
                       *two = certificate_of(TWO, der[2]);
    struct cert_entry entries[2] = {{.at.len = 1}, {.at.len = 2}};
    struct cert_message sent = {.n_certs = 2, .certs = entries};
    const struct handshake h = {.id = 5, .server_certs = &sent, .client_certs = &sent};
    for (int side = 0; side < 2; side++) {
        struct verify_nonces *v = verify_nonces_new();
        const struct certificate *first[] = {one, ca}, *second[] = {two, ca};
        struct verify_question q = {.handshake = &h};
        *(side == SIDE_SERVER ? &q.server : &q.client) = first;
        *(side == SIDE_SERVER ? &q.n_server : &q.n_client) = 2;
        struct nonce_answer a = {0};
        verify_nonces_certificate(v, &q, (enum side)side, 0, &a);
        assert_true(a.is_remembered && !a.is_reused);
        *(side == SIDE_SERVER ? &q.server : &q.client) = second;
        verify_nonces_certificate(v, &q, (enum side)side, 0, &a);
        assert_true(a.is_reused);
        assert_int_equal(a.here.side, side);
        assert_int_equal(a.here.at.len, 1);
        assert_memory_equal(a.spki_sha256, ca->spki_sha256, 32);
        verify_nonces_free(v);
    }
    certificate_free(ca);
    certificate_free(one);
    certificate_free(two);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(one_run),
            cmocka_unit_test(certificates_of_either_side),
            cmocka_unit_test_setup_teardown(two_runs, set_up, place_remove)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
