/* Public keys of named groups. */
#include <openssl/err.h>
#include <openssl/obj_mac.h>
#include <string.h>

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

/*
 * The u, little-endian, that make every shared secret zero (RFC 7748 6.1, 6.2 and 7): 0, 1, on
 * Curve25519 the two of order 8, p-1; and p and p+1, which are not reduced. No others below 2^255
 * and 2^448 are equal to one of these modulo p.
 */
static const uint8_t low_25519[][X25519_LEN] = {
        {0x00},
        {0x01},
        {0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4,
                0x6a, 0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f,
                0x49, 0xb8},
        {0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef,
                0x5b, 0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0,
                0x9f, 0x11, 0x57},
        {0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                0xff, 0xff, 0x7f},
        {0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                0xff, 0xff, 0x7f},
        {0xee, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                0xff, 0xff, 0x7f},
};
static const uint8_t low_448[][X448_LEN] = {
        {0x00},
        {0x01},
        {0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe,
                0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
        {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe,
                0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
        {0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
                0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xff,
                0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
};

/* RFC 7748 5: any value is taken; the top bit of X25519 is not looked at. */
static struct share_facts check_montgomery(uint16_t group, struct bytes share)
{
    bool is_25519 = group == X25519, is_low = false;
    size_t len = is_25519 ? X25519_LEN : X448_LEN;
    size_t n = is_25519 ? sizeof low_25519 / sizeof *low_25519 : sizeof low_448 / sizeof *low_448;
    uint8_t u[X448_LEN];
    if (share.n != len)
        return invalid("wrong length");
    memcpy(u, share.p, len);
    if (is_25519)
        u[X25519_LEN - 1] &= 0x7f;
    for (size_t i = 0; i < n && !is_low; i++)
        is_low = memcmp(u, is_25519 ? low_25519[i] : low_448[i], len) == 0;
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
        return check_montgomery(group, share);
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
