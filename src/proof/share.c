/* Public keys of named groups. */
#include <openssl/err.h>
#include <openssl/obj_mac.h>

#include "base/cursor.h"
#include "proof/bn.h"
#include "proof/prover_internal.h"

enum { X25519 = 29, X448 = 30, X25519_LEN = 32, X448_LEN = 56, FFDHE2048 = 256 };
enum {
    MLKEM768_KEY = 1184,
    MLKEM768_CIPHERTEXT = 1088,
    MLKEM1024_KEY = 1568,
    MLKEM1024_CIPHERTEXT = 1568
};

/* IANA's supported groups that are curves with points (RFC 8422 5.1.1, RFC 7027, RFC 8734). */
static const struct {
    uint16_t group;
    int nid;
} curves[N_CURVES] = {
        {1, NID_sect163k1},
        {2, NID_sect163r1},
        {3, NID_sect163r2},
        {4, NID_sect193r1},
        {5, NID_sect193r2},
        {6, NID_sect233k1},
        {7, NID_sect233r1},
        {8, NID_sect239k1},
        {9, NID_sect283k1},
        {10, NID_sect283r1},
        {11, NID_sect409k1},
        {12, NID_sect409r1},
        {13, NID_sect571k1},
        {14, NID_sect571r1},
        {15, NID_secp160k1},
        {16, NID_secp160r1},
        {17, NID_secp160r2},
        {18, NID_secp192k1},
        {19, NID_X9_62_prime192v1},
        {20, NID_secp224k1},
        {21, NID_secp224r1},
        {22, NID_secp256k1},
        {23, NID_X9_62_prime256v1},
        {24, NID_secp384r1},
        {25, NID_secp521r1},
        {26, NID_brainpoolP256r1},
        {27, NID_brainpoolP384r1},
        {28, NID_brainpoolP512r1},
        {31, NID_brainpoolP256r1},
        {32, NID_brainpoolP384r1},
        {33, NID_brainpoolP512r1},
        {41, NID_sm2},
};

/* A classical share beside one of ML-KEM or Kyber; the client sends a key, the server a ciphertext
 * (draft-ietf-tls-ecdhe-mlkem 4, draft-tls-westerbaan-xyber768d00 3,
 * draft-kwiatkowski-tls-ecdhe-kyber 3). */
static const struct hybrid {
    uint16_t group, classical;
    bool is_classical_first, is_kyber; /* which has no modulus check */
    size_t classical_len, key_len, ciphertext_len;
} hybrids[] = {
        {0x11eb, 23, true, false, 65, MLKEM768_KEY, MLKEM768_CIPHERTEXT},
        {0x11ec, X25519, false, false, X25519_LEN, MLKEM768_KEY, MLKEM768_CIPHERTEXT},
        {0x11ed, 24, true, false, 97, MLKEM1024_KEY, MLKEM1024_CIPHERTEXT},
        {0x6399, X25519, true, true, X25519_LEN, MLKEM768_KEY, MLKEM768_CIPHERTEXT},
        {0x639a, 23, true, true, 65, MLKEM768_KEY, MLKEM768_CIPHERTEXT},
};

static struct share_facts valid(void)
{
    return (struct share_facts){.answer = SHARE_VALID};
}

static struct share_facts invalid(const char *why)
{
    return (struct share_facts){.answer = SHARE_INVALID, .why = why};
}

static struct share_facts not_checked(const char *why)
{
    return (struct share_facts){.answer = SHARE_NOT_CHECKED, .why = why};
}

static const EC_GROUP *curve_of(struct prover *p, uint16_t group)
{
    for (size_t i = 0; i < N_CURVES; i++) {
        if (curves[i].group != group || group == 0)
            continue;
        if (p->curves[i] == NULL)
            p->curves[i] = EC_GROUP_new_by_curve_name(curves[i].nid);
        ERR_clear_error();
        return p->curves[i];
    }
    return NULL;
}

/* SEC 1 2.3.4. Of the forms, TLS knows the uncompressed and the compressed (RFC 4492 5.1.2). */
static struct share_facts check_point(struct prover *p, const EC_GROUP *curve, struct bytes share)
{
    enum { INFINITY_FORM = 0, COMPRESSED_EVEN = 2, COMPRESSED_ODD = 3, UNCOMPRESSED = 4 };
    size_t field = ((size_t)EC_GROUP_get_degree(curve) + 7) / 8;
    struct cur c = cur_of(share);
    uint8_t form = cur_u8(&c);
    if (!cur_ok(&c))
        return invalid("empty");
    if (form == INFINITY_FORM && !cur_more(&c))
        return invalid("the point at infinity");
    if (form != UNCOMPRESSED && form != COMPRESSED_EVEN && form != COMPRESSED_ODD)
        return invalid("unknown point form");
    if (share.n != 1 + (form == UNCOMPRESSED ? 2 * field : field))
        return invalid("wrong length");
    EC_POINT *point = EC_POINT_new(curve);
    must(point != NULL);
    bool is_on = EC_POINT_oct2point(curve, point, share.p, share.n, p->ctx) == 1 &&
                 EC_POINT_is_on_curve(curve, point, p->ctx) == 1;
    EC_POINT_free(point);
    ERR_clear_error();
    return is_on ? valid() : invalid("not a point of the curve");
}

/* 2^a - 2^b - c, or 2^a - c when b is 0. */
static BIGNUM *field_prime(int a, int b, BN_ULONG c)
{
    BIGNUM *p = bn_new(), *less = bn_new();
    must(BN_set_bit(p, a));
    if (b > 0)
        must(BN_set_bit(less, b));
    must(BN_sub(p, p, less));
    must(BN_sub_word(p, c));
    BN_free(less);
    return p;
}

/* The two u of order 8 on Curve25519; 0, 1 and -1 have order 2 or 4 on it, on Curve448 and on their
 * twists. All make every shared secret zero (RFC 7748 6.1 and 7). */
static bool is_small_order(const BIGNUM *u, const BIGNUM *prime, bool is_25519)
{
    static const char *const ORDER_8[] = {
            "00B8495F16056286FDB1329CEB8D09DA6AC49FF1FAE35616AEB8413B7C7AEBE0",
            "57119FD0DD4E22D8868E1C58C45C44045BEF839C55B1D0B1248C50A3BC959C5F",
    };
    BIGNUM *special = BN_dup(prime);
    must(special != NULL);
    must(BN_sub_word(special, 1));
    bool is = BN_is_zero(u) || BN_is_one(u) || BN_cmp(u, special) == 0;
    for (size_t i = 0; is_25519 && i < sizeof ORDER_8 / sizeof *ORDER_8 && !is; i++) {
        must(BN_hex2bn(&special, ORDER_8[i]) > 0 ? 1 : 0);
        is = BN_cmp(u, special) == 0;
    }
    BN_free(special);
    return is;
}

/* RFC 7748 5: u is little-endian, any value is taken and reduced; the top bit of X25519 is not
 * looked at. */
static struct share_facts check_montgomery(struct prover *p, uint16_t group, struct bytes share)
{
    bool is_25519 = group == X25519;
    if (share.n != (is_25519 ? X25519_LEN : X448_LEN))
        return invalid("wrong length");
    BIGNUM *u = BN_lebin2bn(share.p, (int)share.n, NULL);
    must(u != NULL);
    if (is_25519 && BN_is_bit_set(u, 255))
        must(BN_clear_bit(u, 255));
    BIGNUM *prime = is_25519 ? field_prime(255, 0, 19) : field_prime(448, 224, 1);
    must(BN_nnmod(u, u, prime, p->ctx));
    bool is_low = is_small_order(u, prime, is_25519);
    BN_free(u);
    BN_free(prime);
    struct share_facts f = is_low ? invalid("a point of small order") : valid();
    f.is_low_order = is_low;
    return f;
}

/* RFC 8446 4.2.8.1: as long as p. */
static struct share_facts check_field(struct prover *p, uint16_t group, struct bytes share)
{
    static const char *const NAMES[N_FIELDS] = {
            "ffdhe2048", "ffdhe3072", "ffdhe4096", "ffdhe6144", "ffdhe8192"};
    BIGNUM **n = &p->fields[group - FFDHE2048];
    if (*n == NULL)
        *n = named_prime(NAMES[group - FFDHE2048]);
    ERR_clear_error();
    if (*n == NULL)
        return not_checked("unknown group");
    if (share.n != (size_t)BN_num_bytes(*n))
        return invalid("wrong length");
    return dh_public_check(*n, share);
}

static struct share_facts check_classical(struct prover *p, uint16_t group, struct bytes share)
{
    if (group == X25519 || group == X448)
        return check_montgomery(p, group, share);
    if (group >= FFDHE2048 && group < FFDHE2048 + N_FIELDS)
        return check_field(p, group, share);
    const EC_GROUP *curve = curve_of(p, group);
    return curve != NULL ? check_point(p, curve, share) : not_checked("unknown group");
}

/* FIPS 203 7.2: each of the key's numbers of 12 bits, two in three bytes with the low bits first,
 * is below q; 32 bytes of a seed follow. */
static bool is_modulus_right(struct bytes key)
{
    enum { Q = 3329, SEED = 32 };
    struct cur c = cur_of(key);
    while (c.n > SEED) {
        unsigned low = cur_u8(&c), middle = cur_u8(&c), high = cur_u8(&c);
        if ((low | (middle & 0xf) << 8) >= Q || (middle >> 4 | high << 4) >= Q)
            return false;
    }
    return true;
}

static struct share_facts check_hybrid(
        struct prover *p, const struct hybrid *h, enum side side, struct bytes share)
{
    size_t len = side == SIDE_CLIENT ? h->key_len : h->ciphertext_len;
    if (share.n != h->classical_len + len)
        return invalid("wrong length");
    struct cur c = cur_of(share);
    struct bytes first = cur_take(&c, h->is_classical_first ? h->classical_len : len);
    struct bytes second = cur_rest(&c);
    struct share_facts f = check_classical(p, h->classical, h->is_classical_first ? first : second);
    struct bytes other = h->is_classical_first ? second : first;
    if (f.answer == SHARE_VALID && side == SIDE_CLIENT && !h->is_kyber && !is_modulus_right(other))
        return invalid("a number of the ML-KEM key is not below q");
    return f;
}

struct share_facts prove_share(struct prover *p, uint16_t group, enum side side, struct bytes share)
{
    for (size_t i = 0; i < sizeof hybrids / sizeof *hybrids; i++)
        if (hybrids[i].group == group)
            return check_hybrid(p, &hybrids[i], side, share);
    return check_classical(p, group, share);
}
