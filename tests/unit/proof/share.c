#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>

#include "proof/prover.h"
#include "tests/unit/proof/help.h"

enum { X25519 = 29, X448 = 30 };

static struct share_facts ask(struct prover *p, uint16_t group, struct bytes share)
{
    return prove_share(p, group, SIDE_CLIENT, share);
}

static const struct row {
    uint16_t group;
    int nid;
    size_t len; /* uncompressed, RFC 8422 5.4 */
} rows[] = {
        {19, NID_X9_62_prime192v1, 49},
        {21, NID_secp224r1, 57},
        {22, NID_secp256k1, 65},
        {23, NID_X9_62_prime256v1, 65},
        {24, NID_secp384r1, 97},
        {25, NID_secp521r1, 133},
        {26, NID_brainpoolP256r1, 65},
        {27, NID_brainpoolP384r1, 97},
        {28, NID_brainpoolP512r1, 129},
        {31, NID_brainpoolP256r1, 65},
        {32, NID_brainpoolP384r1, 97},
        {33, NID_brainpoolP512r1, 129},
};

static void one_curve(struct prover *p, const struct row *row)
{
    EC_GROUP *curve = EC_GROUP_new_by_curve_name(row->nid);
    EC_POINT *point = EC_POINT_new(curve);
    BIGNUM *k = prime_of(160);
    uint8_t out[256];
    assert_int_equal(EC_POINT_mul(curve, point, k, NULL, NULL, NULL), 1);
    size_t n =
            EC_POINT_point2oct(curve, point, POINT_CONVERSION_UNCOMPRESSED, out, sizeof out, NULL);
    assert_int_equal(n, row->len);
    assert_int_equal(ask(p, row->group, (struct bytes){out, n}).answer, SHARE_VALID);
    for (size_t cut = 0; cut < n; cut++)
        assert_int_equal(ask(p, row->group, (struct bytes){out, cut}).answer, SHARE_INVALID);
    assert_int_equal(ask(p, row->group, (struct bytes){out, n + 1}).answer, SHARE_INVALID);
    out[n - 1] ^= 1;
    struct share_facts f = ask(p, row->group, (struct bytes){out, n});
    assert_int_equal(f.answer, SHARE_INVALID);
    assert_string_equal(f.why, "not a point of the curve");
    out[n - 1] ^= 1;
    out[0] = 6 + (out[n - 1] & 1); /* the hybrid form of X9.62 is not TLS's */
    assert_string_equal(ask(p, row->group, (struct bytes){out, n}).why, "unknown point form");
    n = EC_POINT_point2oct(curve, point, POINT_CONVERSION_COMPRESSED, out, sizeof out, NULL);
    assert_int_equal(ask(p, row->group, (struct bytes){out, n}).answer, SHARE_VALID);
    memset(out + 1, 0xff, n - 1); /* x is not below the field's prime */
    assert_int_equal(ask(p, row->group, (struct bytes){out, n}).answer, SHARE_INVALID);
    out[0] = 0;
    assert_string_equal(ask(p, row->group, (struct bytes){out, 1}).why, "the point at infinity");
    BN_free(k);
    EC_POINT_free(point);
    EC_GROUP_free(curve);
}

static void points(void **state)
{
    (void)state;
    struct prover *p = prover_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        one_curve(p, &rows[i]);
    uint8_t any[65] = {4};
    static const uint16_t UNKNOWN[] = {0, 34, 0x0100, 0x0200, 0x2a2a, 0xff01, 0xffff};
    for (size_t i = 0; i < sizeof UNKNOWN / sizeof *UNKNOWN; i++) {
        struct share_facts f = ask(p, UNKNOWN[i], (struct bytes){any, sizeof any});
        assert_int_equal(f.answer, SHARE_NOT_CHECKED);
        assert_non_null(f.why);
    }
    prover_free(p);
}

/* What X25519 and X448 themselves say: OpenSSL refuses a shared secret of zero. */
static bool derives(int type, struct bytes share)
{
    EVP_PKEY *own = EVP_PKEY_Q_keygen(NULL, NULL, type == EVP_PKEY_X25519 ? "X25519" : "X448");
    EVP_PKEY *peer = EVP_PKEY_new_raw_public_key(type, NULL, share.p, share.n);
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(own, NULL);
    uint8_t secret[64];
    size_t n = sizeof secret;
    bool ok = EVP_PKEY_derive_init(ctx) == 1 && EVP_PKEY_derive_set_peer(ctx, peer) == 1 &&
              EVP_PKEY_derive(ctx, secret, &n) == 1;
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(own);
    EVP_PKEY_free(peer);
    return ok;
}

/* Little-endian. p = 2^255 - 19 or 2^448 - 2^224 - 1. */
#define F31 "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
#define P448_HEAD "ffffffffffffffffffffffffffffffffffffffffffffffffffffff"
#define P448_TAIL "feffffffffffffffffffffffffffffffffffffffffffffffffffffff"
#define P448_NEXT "00000000000000000000000000000000000000000000000000000000"
static const struct low_row {
    uint16_t group;
    const char *u;
    bool is_low;
} lows[] = {
        {X25519, "0000000000000000000000000000000000000000000000000000000000000000", true},
        {X25519, "0100000000000000000000000000000000000000000000000000000000000000", true},
        {X25519, "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800", true},
        {X25519, "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157", true},
        {X25519, "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", true},
        {X25519, "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", true},
        {X25519, "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", true},
        {X25519, "0000000000000000000000000000000000000000000000000000000000000080", true},
        {X25519, "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b880", true},
        {X25519, "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", true},
        {X25519, "ee" F31, true},
        {X25519, "0900000000000000000000000000000000000000000000000000000000000000", false},
        {X25519, "0200000000000000000000000000000000000000000000000000000000000000", false},
        {X25519, "ef" F31, false},
        /* RFC 7748 6.1 */
        {X25519, "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a", false},
        {X448, P448_NEXT P448_NEXT, true},
        {X448, "01000000000000000000000000000000000000000000000000000000" P448_NEXT, true},
        {X448,
                "fe"
                "ffffffffffffffffffffffffffffffffffffffffffffffffffffff" P448_TAIL,
                true},
        {X448, "ff" P448_HEAD P448_TAIL, true},
        {X448, P448_NEXT "ff" P448_HEAD, true},
        {X448, "05000000000000000000000000000000000000000000000000000000" P448_NEXT, false},
        {X448, "01000000000000000000000000000000000000000000000000000000ff" P448_HEAD, false},
};

static void small_orders(void **state)
{
    (void)state;
    struct prover *p = prover_new();
    for (size_t i = 0; i < sizeof lows / sizeof *lows; i++) {
        struct own u = own_hex(lows[i].u);
        int type = lows[i].group == X25519 ? EVP_PKEY_X25519 : EVP_PKEY_X448;
        assert_int_equal(u.n, lows[i].group == X25519 ? 32 : 56);
        struct share_facts f = ask(p, lows[i].group, view(u));
        if (f.is_low_order != lows[i].is_low || derives(type, view(u)) == lows[i].is_low)
            fail_msg("row %zu", i);
        assert_int_equal(f.answer, lows[i].is_low ? SHARE_INVALID : SHARE_VALID);
        f = ask(p, lows[i].group, (struct bytes){u.p, u.n - 1});
        assert_string_equal(f.why, "wrong length");
        xfree(u.p);
    }
    prover_free(p);
}

static const struct hybrid_row {
    uint16_t group;
    bool is_x25519;
    size_t client_at, client_len, server_at, server_len; /* of the classical part; whole share */
} hybrids[] = {
        {0x11eb, false, 0, 1249, 0, 1153},
        {0x11ec, true, 1184, 1216, 1088, 1120},
        {0x6399, true, 0, 1216, 0, 1120},
        {0x639a, false, 0, 1249, 0, 1153},
};

static void hybrid_side(struct prover *p, const struct hybrid_row *row, enum side side)
{
    /* the base point of P-256 (SEC 2 2.4.2) and that of Curve25519 */
    struct own good =
            own_hex(row->is_x25519 ? "0900000000000000000000000000000000000000000000000000000000"
                                     "000000"
                                   : "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945"
                                     "d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315e"
                                     "cecbb6406837bf51f5");
    size_t at = side == SIDE_CLIENT ? row->client_at : row->server_at;
    size_t len = side == SIDE_CLIENT ? row->client_len : row->server_len;
    uint8_t share[2000];
    memset(share, 0x77, sizeof share);
    memcpy(share + at, good.p, good.n);
    assert_int_equal(
            prove_share(p, row->group, side, (struct bytes){share, len}).answer, SHARE_VALID);
    for (int d = -1; d <= 1; d += 2)
        assert_string_equal(
                prove_share(p, row->group, side, (struct bytes){share, len + (size_t)d}).why,
                "wrong length");
    memset(share + at + 1, 0, good.n - 1);
    share[at] = row->is_x25519 ? 1 : 4;
    struct share_facts f = prove_share(p, row->group, side, (struct bytes){share, len});
    assert_int_equal(f.answer, SHARE_INVALID);
    assert_int_equal(f.is_low_order, row->is_x25519);
    xfree(good.p);
}

static void hybrid_groups(void **state)
{
    (void)state;
    struct prover *p = prover_new();
    for (size_t i = 0; i < sizeof hybrids / sizeof *hybrids; i++) {
        hybrid_side(p, &hybrids[i], SIDE_CLIENT);
        hybrid_side(p, &hybrids[i], SIDE_SERVER);
    }
    prover_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(points),
            cmocka_unit_test(small_orders),
            cmocka_unit_test(hybrid_groups),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
