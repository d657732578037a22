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
    static const uint16_t UNKNOWN[] = {0, 34, 0x0105, 0x01fc, 0x0200, 0x2a2a, 0xff01, 0xffff};
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

/* FIPS 203 7.2: the numbers 3328 and 3329 (q) as ByteEncode of 12 bits writes them. */
static void modulus_check(void **state)
{
    (void)state;
    static const struct {
        uint8_t three[3];
        enum share_answer answer;
    } rows_of_key[] = {{{0x00, 0x0d, 0xd0}, SHARE_VALID}, {{0x01, 0x0d, 0xd0}, SHARE_INVALID},
            {{0x00, 0x1d, 0xd0}, SHARE_INVALID}, {{0xff, 0xff, 0xff}, SHARE_INVALID}};
    struct prover *p = prover_new();
    for (size_t i = 0; i < sizeof rows_of_key / sizeof *rows_of_key; i++) {
        uint8_t share[1216];
        memset(share, 0, sizeof share);
        memset(share + 1152, 0xff, 32); /* the seed may be anything */
        memset(share + 1184, 9, 32);
        memcpy(share + 1149, rows_of_key[i].three, 3); /* the last two numbers */
        struct bytes b = {share, sizeof share};
        assert_int_equal(prove_share(p, 0x11ec, SIDE_CLIENT, b).answer, rows_of_key[i].answer);
        memset(share + 1152, 0, sizeof share - 1152);
        assert_true(prove_share(p, 0x11ec, SIDE_CLIENT, b).is_low_order); /* worse, so told first */
    }
    prover_free(p);
}

/* RFC 7919 A.1 */
#define FFDHE2048_P                                                                                \
    "ffffffffffffffffadf85458a2bb4a9aafdc5620273d3cf1d8b9c583ce2d3695a9e13641"                     \
    "146433fbcc939dce249b3ef97d2fe363630c75d8f681b202aec4617ad3df1ed5d5fd6561"                     \
    "2433f51f5f066ed0856365553ded1af3b557135e7f57c935984f0c70e0e68b77e2a689da"                     \
    "f3efe8721df158a136ade73530acca4f483a797abc0ab182b324fb61d108a94bb2c8e3fb"                     \
    "b96adab760d7f4681d4f42a3de394df4ae56ede76372bb190b07a7c8ee0a6d709e02fce1"                     \
    "cdf7e2ecc03404cd28342f619172fe9ce98583ff8e4f1232eef28183c3fe3b1b4c6fad73"                     \
    "3bb5fcbc2ec22005c58ef1837d1683b2c6f34a26c1b2effa886b423861285c97ffffffff"                     \
    "ffffffff"

/* RFC 8446 4.2.8.1, RFC 7919 5.1. */
static void finite_fields(void **state)
{
    (void)state;
    struct prover *p = prover_new();
    static const struct {
        int last; /* byte instead of that of p */
        size_t len;
        enum share_answer answer;
        bool is_low;
    } keys[] = {{0xff, 256, SHARE_INVALID, true}, {0xfe, 256, SHARE_INVALID, true},
            {0xfd, 256, SHARE_VALID, false}, {0xfd, 255, SHARE_INVALID, false}};
    struct own prime = own_hex(FFDHE2048_P);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        prime.p[255] = (uint8_t)keys[i].last;
        struct share_facts f = ask(p, 0x0100, (struct bytes){prime.p, keys[i].len});
        assert_int_equal(f.answer, keys[i].answer);
        assert_int_equal(f.is_low_order, keys[i].is_low);
    }
    for (uint8_t y = 0; y < 4; y++) {
        static const size_t LENGTHS[] = {256, 384, 512, 768, 1024};
        for (uint16_t i = 0; i < 5; i++) {
            uint8_t share[1024] = {0};
            share[LENGTHS[i] - 1] = y;
            struct share_facts f =
                    ask(p, (uint16_t)(0x0100 + i), (struct bytes){share, LENGTHS[i]});
            assert_int_equal(f.answer, y < 2 ? SHARE_INVALID : SHARE_VALID);
        }
    }
    xfree(prime.p);
    prover_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(points),
            cmocka_unit_test(small_orders),
            cmocka_unit_test(hybrid_groups),
            cmocka_unit_test(modulus_check),
            cmocka_unit_test(finite_fields),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
