/* Public keys and signature algorithms by their object identifiers. */
#include <string.h>

#include "x509/parse.h"

struct oid_row {
    uint8_t n;
    uint8_t oid[10];
    const char *name;
    int a, b; /* meaning depends on the table */
};

static const struct oid_row *find(const struct oid_row *rows, size_t n, struct bytes oid)
{
    for (size_t i = 0; i < n; i++)
        if (rows[i].n == oid.n && memcmp(rows[i].oid, oid.p, oid.n) == 0)
            return &rows[i];
    return NULL;
}

/* clang-format off */
#define PKCS1 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1
static const struct oid_row keys[] = { /* a: type, b: bits when fixed */
    {9, {PKCS1, 1}, "rsaEncryption", KEY_RSA, 0},
    {9, {PKCS1, 10}, "rsassaPss", KEY_RSA_PSS, 0},
    {7, {0x2a, 0x86, 0x48, 0xce, 0x38, 4, 1}, "dsaEncryption", KEY_DSA, 0},
    {7, {0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1}, "id-ecPublicKey", KEY_EC, 0},
    {3, {0x2b, 0x65, 0x70}, "ED25519", KEY_ED25519, 256},
    {3, {0x2b, 0x65, 0x71}, "ED448", KEY_ED448, 456},
    {9, {0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 17}, "ML-DSA-44", KEY_ML_DSA, 0},
    {9, {0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 18}, "ML-DSA-65", KEY_ML_DSA, 0},
    {9, {0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 19}, "ML-DSA-87", KEY_ML_DSA, 0},
    {6, {0x2a, 0x85, 3, 2, 2, 19}, "GOST R 34.10-2001", KEY_GOST, 256},
    {8, {0x2a, 0x85, 3, 7, 1, 1, 1, 1}, "GOST R 34.10-2012 with 256 bit modulus", KEY_GOST, 256},
    {8, {0x2a, 0x85, 3, 7, 1, 1, 1, 2}, "GOST R 34.10-2012 with 512 bit modulus", KEY_GOST, 512},
};
static const struct oid_row curves[] = { /* a: bits of the field */
    {5, {0x2b, 0x81, 4, 0, 6}, "secp112r1", 112, 0},
    {5, {0x2b, 0x81, 4, 0, 28}, "secp128r1", 128, 0},
    {5, {0x2b, 0x81, 4, 0, 9}, "secp160k1", 160, 0},
    {5, {0x2b, 0x81, 4, 0, 8}, "secp160r1", 160, 0},
    {5, {0x2b, 0x81, 4, 0, 30}, "secp160r2", 160, 0},
    {5, {0x2b, 0x81, 4, 0, 31}, "secp192k1", 192, 0},
    {5, {0x2b, 0x81, 4, 0, 32}, "secp224k1", 224, 0},
    {5, {0x2b, 0x81, 4, 0, 1}, "sect163k1", 163, 0},
    {5, {0x2b, 0x81, 4, 0, 2}, "sect163r1", 163, 0},
    {5, {0x2b, 0x81, 4, 0, 15}, "sect163r2", 163, 0},
    {5, {0x2b, 0x81, 4, 0, 24}, "sect193r1", 193, 0},
    {5, {0x2b, 0x81, 4, 0, 25}, "sect193r2", 193, 0},
    {5, {0x2b, 0x81, 4, 0, 26}, "sect233k1", 233, 0},
    {5, {0x2b, 0x81, 4, 0, 27}, "sect233r1", 233, 0},
    {5, {0x2b, 0x81, 4, 0, 3}, "sect239k1", 239, 0},
    {5, {0x2b, 0x81, 4, 0, 16}, "sect283k1", 283, 0},
    {5, {0x2b, 0x81, 4, 0, 17}, "sect283r1", 283, 0},
    {5, {0x2b, 0x81, 4, 0, 36}, "sect409k1", 409, 0},
    {5, {0x2b, 0x81, 4, 0, 37}, "sect409r1", 409, 0},
    {5, {0x2b, 0x81, 4, 0, 38}, "sect571k1", 571, 0},
    {5, {0x2b, 0x81, 4, 0, 39}, "sect571r1", 571, 0},
    {9, {0x2b, 0x24, 3, 3, 2, 8, 1, 1, 1}, "brainpoolP160r1", 160, 0},
    {9, {0x2b, 0x24, 3, 3, 2, 8, 1, 1, 3}, "brainpoolP192r1", 192, 0},
    {9, {0x2b, 0x24, 3, 3, 2, 8, 1, 1, 5}, "brainpoolP224r1", 224, 0},
    {9, {0x2b, 0x24, 3, 3, 2, 8, 1, 1, 9}, "brainpoolP320r1", 320, 0},
    {8, {0x2a, 0x81, 0x1c, 0xcf, 0x55, 1, 0x82, 0x2d}, "SM2", 256, 0},
    {8, {0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 1}, "P-192", 192, 0},
    {5, {0x2b, 0x81, 4, 0, 33}, "P-224", 224, 0},
    {8, {0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7}, "P-256", 256, 0},
    {5, {0x2b, 0x81, 4, 0, 34}, "P-384", 384, 0},
    {5, {0x2b, 0x81, 4, 0, 35}, "P-521", 521, 0},
    {5, {0x2b, 0x81, 4, 0, 10}, "secp256k1", 256, 0},
    {9, {0x2b, 0x24, 3, 3, 2, 8, 1, 1, 7}, "brainpoolP256r1", 256, 0},
    {9, {0x2b, 0x24, 3, 3, 2, 8, 1, 1, 11}, "brainpoolP384r1", 384, 0},
    {9, {0x2b, 0x24, 3, 3, 2, 8, 1, 1, 13}, "brainpoolP512r1", 512, 0},
};
static const struct oid_row signatures[] = { /* a: hash class */
    {9, {PKCS1, 2}, "md2WithRSAEncryption", SIG_MD2, 0},
    {9, {PKCS1, 3}, "md4WithRSAEncryption", SIG_MD4, 0},
    {9, {PKCS1, 4}, "md5WithRSAEncryption", SIG_MD5, 0},
    {9, {PKCS1, 5}, "sha1WithRSAEncryption", SIG_SHA1, 0},
    {5, {0x2b, 14, 3, 2, 29}, "sha1WithRSA", SIG_SHA1, 0},
    {5, {0x2b, 14, 3, 2, 3}, "md5WithRSA", SIG_MD5, 0},
    {9, {PKCS1, 10}, "rsassaPss", SIG_SHA1, 0}, /* the hash stands in the parameters; SHA-1 is the default */
    {9, {PKCS1, 11}, "sha256WithRSAEncryption", SIG_SHA2, 0},
    {9, {PKCS1, 12}, "sha384WithRSAEncryption", SIG_SHA2, 0},
    {9, {PKCS1, 13}, "sha512WithRSAEncryption", SIG_SHA2, 0},
    {9, {PKCS1, 14}, "sha224WithRSAEncryption", SIG_SHA2, 0},
    {7, {0x2a, 0x86, 0x48, 0xce, 0x38, 4, 3}, "dsaWithSHA1", SIG_SHA1, 0},
    {9, {0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 2}, "dsa_with_SHA256", SIG_SHA2, 0},
    {7, {0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 1}, "ecdsa-with-SHA1", SIG_SHA1, 0},
    {8, {0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 1}, "ecdsa-with-SHA224", SIG_SHA2, 0},
    {8, {0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2}, "ecdsa-with-SHA256", SIG_SHA2, 0},
    {8, {0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 3}, "ecdsa-with-SHA384", SIG_SHA2, 0},
    {8, {0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 4}, "ecdsa-with-SHA512", SIG_SHA2, 0},
    {3, {0x2b, 0x65, 0x70}, "ED25519", SIG_INTRINSIC, 0},
    {3, {0x2b, 0x65, 0x71}, "ED448", SIG_INTRINSIC, 0},
    {9, {0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 17}, "ML-DSA-44", SIG_INTRINSIC, 0},
    {9, {0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 18}, "ML-DSA-65", SIG_INTRINSIC, 0},
    {9, {0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 19}, "ML-DSA-87", SIG_INTRINSIC, 0},
};
/* clang-format on */
#define FIND(rows, oid) find(rows, sizeof rows / sizeof *rows, oid)

/* The bits of a non-negative integer, not of its encoding. */
static unsigned integer_bits(struct cur body)
{
    while (body.n > 0 && cur_peek_u8(&body, 0) == 0)
        cur_skip(&body, 1);
    unsigned bits = (unsigned)body.n * 8;
    for (uint8_t top = cur_peek_u8(&body, 0); bits > 0 && !(top & 0x80); top = (uint8_t)(top << 1))
        bits--;
    return bits;
}

static bool rsa_bits(struct certificate *c, struct cur key)
{
    x509_lint_der(c, cur_rest(&key));
    struct cur pair = der_get(&key, DER_SEQUENCE);
    struct cur modulus = der_get(&pair, DER_INTEGER);
    struct cur exponent = der_get(&pair, DER_INTEGER);
    c->key_bits = integer_bits(modulus);
    c->rsa_modulus = cur_rest(&modulus);
    c->rsa_exponent = cur_rest(&exponent);
    return cur_done(&pair) && cur_done(&key);
}

/* RFC 3279 2.3.5 ECParameters, forbidden by RFC 5480 2.1.1. What does not parse leaves facts empty:
 * that they are explicit is known all the same. */
static void explicit_curve(struct certificate *c, struct cur parameters)
{
    static const uint8_t PRIME_FIELD[] = {0x2a, 0x86, 0x48, 0xce, 0x3d, 1, 1};
    struct cur list = der_get(&parameters, DER_SEQUENCE);
    (void)der_get(&list, DER_INTEGER);
    struct cur field = der_get(&list, DER_SEQUENCE);
    struct cur kind = der_get(&field, DER_OID);
    c->has_explicit_curve = true;
    if (bytes_equal(cur_rest(&kind), (struct bytes){PRIME_FIELD, sizeof PRIME_FIELD})) {
        struct cur p = der_get(&field, DER_INTEGER);
        c->ec_prime = cur_rest(&p);
        c->key_bits = integer_bits(p);
    } else if (!kind.bad) { /* over GF(2^m): m comes first */
        struct cur binary = der_get(&field, DER_SEQUENCE);
        int m = der_uint(der_get(&binary, DER_INTEGER));
        c->key_bits = m > 0 ? (unsigned)m : 0;
    }
    struct cur curve = der_get(&list, DER_SEQUENCE);
    struct cur a = der_get(&curve, DER_OCTET_STRING);
    struct cur b = der_get(&curve, DER_OCTET_STRING);
    struct cur base = der_get(&list, DER_OCTET_STRING);
    struct cur order = der_get(&list, DER_INTEGER);
    c->ec_a = cur_rest(&a);
    c->ec_b = cur_rest(&b);
    c->ec_base = cur_rest(&base);
    c->ec_order = cur_rest(&order);
}

static bool ec_curve(struct certificate *c, struct cur parameters)
{
    if (der_next_is(&parameters, DER_SEQUENCE))
        explicit_curve(c, parameters);
    if (!der_next_is(&parameters, DER_OID)) {
        c->curve = c->has_explicit_curve ? "explicit parameters" : "implicit parameters";
        return cur_more(&parameters);
    }
    struct cur oid = der_get(&parameters, DER_OID);
    const struct oid_row *row = FIND(curves, cur_rest(&oid));
    c->curve = row != NULL ? row->name : der_oid_text(&c->arena, cur_rest(&oid));
    c->key_bits = row != NULL ? (unsigned)row->a : 0;
    return cur_done(&parameters);
}

bool x509_key(struct certificate *c, struct cur spki)
{
    struct cur algorithm = der_get(&spki, DER_SEQUENCE);
    struct cur oid = der_get(&algorithm, DER_OID);
    struct cur key = der_get(&spki, DER_BIT_STRING);
    cur_skip(&key, 1); /* unused bits */
    if (!cur_done(&spki) || algorithm.bad || key.bad)
        return false;
    const struct oid_row *row = FIND(keys, cur_rest(&oid));
    if (row == NULL)
        return true;
    c->key_type = (enum key_type)row->a;
    c->key_bits = (unsigned)row->b;
    if (c->key_type == KEY_ML_DSA)
        c->curve = row->name;
    if (c->key_type == KEY_RSA || c->key_type == KEY_RSA_PSS)
        return rsa_bits(c, key);
    if (c->key_type == KEY_EC) {
        c->ec_point = cur_rest(&key);
        return ec_curve(c, algorithm);
    }
    if (c->key_type == KEY_DSA && cur_more(&algorithm)) {
        struct cur parameters = der_get(&algorithm, DER_SEQUENCE);
        c->key_bits = integer_bits(der_get(&parameters, DER_INTEGER));
    }
    return true;
}

/* RFC 4055 3.1: hashAlgorithm [0], SHA-1 when absent. */
static enum sig_hash pss_hash(struct cur parameters)
{
    struct cur list = der_get(&parameters, DER_SEQUENCE);
    if (list.bad)
        return SIG_HASH_UNKNOWN;
    if (!der_next_is(&list, DER_CONTEXT))
        return SIG_SHA1;
    struct cur tagged = der_get(&list, DER_CONTEXT);
    struct cur algorithm = der_get(&tagged, DER_SEQUENCE);
    struct cur oid = der_get(&algorithm, DER_OID);
    static const uint8_t sha1[] = {0x2b, 14, 3, 2, 26};
    struct bytes got = cur_rest(&oid);
    if (oid.bad)
        return SIG_HASH_UNKNOWN;
    return bytes_equal(got, (struct bytes){sha1, sizeof sha1}) ? SIG_SHA1 : SIG_SHA2;
}

static bool is_mgf1(struct bytes oid)
{
    static const uint8_t mgf1[] = {PKCS1, 8};
    return bytes_equal(oid, (struct bytes){mgf1, sizeof mgf1});
}

/* maskGenAlgorithm: MGF1 has the hash that it uses as its parameters (RFC 4055 2.2, RFC 8017
 * A.2.1). */
static bool is_mask_right(struct cur tagged)
{
    struct cur algorithm = der_get(&tagged, DER_SEQUENCE);
    struct cur oid = der_get(&algorithm, DER_OID);
    if (!cur_done(&tagged) || algorithm.bad || !is_mgf1(cur_rest(&oid)))
        return cur_ok(&algorithm) && cur_ok(&tagged);
    struct cur hash = der_get(&algorithm, DER_SEQUENCE);
    (void)der_get(&hash, DER_OID);
    return cur_done(&algorithm) && !hash.bad;
}

/* RSASSA-PSS-params (RFC 4055 3.1): up to four elements in this order, each with a default. In a
 * signature they must be there. */
static bool is_pss_right(struct cur parameters)
{
    struct cur list = der_get(&parameters, DER_SEQUENCE);
    bool is_ok = cur_done(&parameters);
    for (uint8_t i = 0; i < 4; i++) {
        uint8_t tag = DER_CONTEXT | i;
        if (!der_next_is(&list, tag))
            continue;
        struct cur tagged = der_get(&list, tag);
        struct cur inner = tagged;
        if (i == 1) {
            is_ok &= is_mask_right(tagged);
            continue;
        }
        struct cur value = der_get(&inner, i == 0 ? DER_SEQUENCE : DER_INTEGER);
        if (i == 0)
            (void)der_get(&value, DER_OID);
        is_ok &= cur_done(&inner) && !value.bad;
    }
    return is_ok && cur_done(&list);
}

bool x509_signature_algorithm(struct certificate *c, struct cur algorithm)
{
    struct cur oid = der_get(&algorithm, DER_OID);
    if (oid.bad)
        return false;
    const struct oid_row *row = FIND(signatures, cur_rest(&oid));
    c->sig_alg = row != NULL ? row->name : der_oid_text(&c->arena, cur_rest(&oid));
    c->sig_hash = row != NULL ? (enum sig_hash)row->a : SIG_HASH_UNKNOWN;
    if (row == NULL || strcmp(row->name, "rsassaPss") != 0)
        return true;
    c->sig_hash = pss_hash(algorithm);
    if (!is_pss_right(algorithm))
        x509_lint(c, LINT_STRUCTURE, "pss-parameters",
                "the parameters of RSASSA-PSS are not those of RFC 4055 3.1", 0);
    return true;
}

/* An AlgorithmIdentifier without its parameters when they are NULL. */
static struct bytes algorithm_core(struct bytes whole, bool *has_null)
{
    struct cur in = cur_of(whole);
    struct cur list = der_get(&in, DER_SEQUENCE);
    uint8_t tag = 0;
    struct bytes oid = {NULL, 0};
    (void)der_any(&list, &tag, &oid);
    struct cur parameters = list;
    *has_null = parameters.n == 2 && cur_u16(&parameters) == 0x0500;
    bool is_bare = *has_null || (!list.bad && list.n == 0);
    return is_bare ? oid : whole;
}

enum sig_match x509_sig_match(struct bytes inner, struct bytes outer)
{
    bool inner_null = false;
    bool outer_null = false;
    if (bytes_equal(inner, outer))
        return SIG_MATCH_SAME;
    struct bytes a = algorithm_core(inner, &inner_null);
    struct bytes b = algorithm_core(outer, &outer_null);
    return bytes_equal(a, b) && inner_null != outer_null ? SIG_MATCH_NULL_ONLY
                                                         : SIG_MATCH_DIFFERENT;
}
