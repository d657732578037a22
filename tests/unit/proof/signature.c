#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "proof/nonces.h"
#include "proof/prover.h"
#include "tests/unit/proof/captured.h"
#include "tests/unit/proof/help.h"

/* One signed ServerKeyExchange, owned. */
struct signed_ske {
    struct own key, client_random, server_random, params, signature;
    uint16_t version, scheme;
};

static struct proof ask(struct prover *p, const struct signed_ske *s)
{
    struct server_key_exchange ske = {.params = view(s->params),
            .has_scheme = s->version == TLS_1_2,
            .scheme = s->scheme,
            .signature = view(s->signature)};
    return prove_server_key_exchange(
            p, view(s->key), s->version, view(s->client_random), view(s->server_random), &ske);
}

static void release(struct signed_ske *s)
{
    xfree(s->key.p);
    xfree(s->client_random.p);
    xfree(s->server_random.p);
    xfree(s->params.p);
    xfree(s->signature.p);
}

static struct own spki_of(EVP_PKEY *key)
{
    unsigned char *der = NULL;
    int n = i2d_PUBKEY(key, &der);
    assert_true(n > 0);
    struct own o = own_copy((struct bytes){der, (size_t)n});
    OPENSSL_free(der);
    return o;
}

enum pad { PAD_NONE, PAD_PKCS1, PAD_PSS };

static struct own sign(EVP_PKEY *key, const char *md, enum pad pad, int salt, struct bytes text)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX *pctx = NULL;
    assert_int_equal(EVP_DigestSignInit_ex(ctx, &pctx, md, NULL, NULL, key, NULL), 1);
    if (pad == PAD_PSS) {
        assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING), 1);
        assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, salt), 1);
    }
    size_t n = 0;
    assert_int_equal(EVP_DigestSign(ctx, NULL, &n, text.p, text.n), 1);
    struct own o = {xcalloc(n, 1), n};
    assert_int_equal(EVP_DigestSign(ctx, o.p, &o.n, text.p, text.n), 1);
    EVP_MD_CTX_free(ctx);
    return o;
}

/* DSA keys come from parameters. */
static EVP_PKEY *dsa_key(void)
{
    EVP_PKEY *params = NULL, *key = NULL;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "DSA", NULL);
    EVP_PKEY_paramgen_init(ctx);
    assert_int_equal(EVP_PKEY_CTX_ctrl_str(ctx, "dsa_paramgen_bits", "1024"), 1);
    assert_int_equal(EVP_PKEY_paramgen(ctx, &params), 1);
    EVP_PKEY_CTX_free(ctx);
    ctx = EVP_PKEY_CTX_new_from_pkey(NULL, params, NULL);
    EVP_PKEY_keygen_init(ctx);
    assert_int_equal(EVP_PKEY_keygen(ctx, &key), 1);
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(params);
    return key;
}

static EVP_PKEY *rsa_pss_key(void)
{
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA-PSS", NULL);
    EVP_PKEY_keygen_init(ctx);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, 1280), 1);
    assert_int_equal(EVP_PKEY_keygen(ctx, &key), 1);
    EVP_PKEY_CTX_free(ctx);
    return key;
}

static EVP_PKEY *new_key(char kind)
{
    switch (kind) {
    case 'r':
        return EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)1280);
    case 's':
        return EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)512);
    case 'p':
        return rsa_pss_key();
    case 'd':
        return dsa_key();
    case 'e':
        return EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    case 'E':
        return EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-521");
    case '4':
        return EVP_PKEY_Q_keygen(NULL, NULL, "ED448");
    default:
        return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    }
}

/* The schemes of RFC 5246, RFC 8422 and RFC 8446 and what they mean, apart from our table. */
static const struct row {
    const char *name;
    uint16_t version, scheme;
    char key;
    const char *md;
    enum pad pad;
} rows[] = {
        {"SSL 3.0 RSA", TLS_SSLV3, 0, 'r', "MD5-SHA1", PAD_PKCS1},
        {"TLS 1.0 RSA", TLS_1_0, 0, 'r', "MD5-SHA1", PAD_PKCS1},
        {"TLS 1.0 RSA of 512 bits", TLS_1_0, 0, 's', "MD5-SHA1", PAD_PKCS1},
        {"TLS 1.1 RSA", TLS_1_1, 0, 'r', "MD5-SHA1", PAD_PKCS1},
        {"TLS 1.0 DSA", TLS_1_0, 0, 'd', "SHA1", PAD_NONE},
        {"TLS 1.1 ECDSA", TLS_1_1, 0, 'e', "SHA1", PAD_NONE},
        {"rsa_pkcs1_md5", TLS_1_2, 0x0101, 'r', "MD5", PAD_PKCS1},
        {"rsa_pkcs1_sha1", TLS_1_2, 0x0201, 's', "SHA1", PAD_PKCS1},
        {"rsa_pkcs1_sha224", TLS_1_2, 0x0301, 'r', "SHA224", PAD_PKCS1},
        {"rsa_pkcs1_sha256", TLS_1_2, 0x0401, 'r', "SHA256", PAD_PKCS1},
        {"rsa_pkcs1_sha384", TLS_1_2, 0x0501, 'r', "SHA384", PAD_PKCS1},
        {"rsa_pkcs1_sha512", TLS_1_2, 0x0601, 'r', "SHA512", PAD_PKCS1},
        {"dsa_sha1", TLS_1_2, 0x0202, 'd', "SHA1", PAD_NONE},
        {"dsa_sha224", TLS_1_2, 0x0302, 'd', "SHA224", PAD_NONE},
        {"dsa_sha256", TLS_1_2, 0x0402, 'd', "SHA256", PAD_NONE},
        {"dsa_sha384", TLS_1_2, 0x0502, 'd', "SHA384", PAD_NONE},
        {"dsa_sha512", TLS_1_2, 0x0602, 'd', "SHA512", PAD_NONE},
        {"ecdsa_sha1", TLS_1_2, 0x0203, 'e', "SHA1", PAD_NONE},
        {"ecdsa_sha224", TLS_1_2, 0x0303, 'e', "SHA224", PAD_NONE},
        {"ecdsa_sha256", TLS_1_2, 0x0403, 'e', "SHA256", PAD_NONE},
        {"ecdsa_sha256 on P-521", TLS_1_2, 0x0403, 'E', "SHA256", PAD_NONE},
        {"ecdsa_sha384 on P-256", TLS_1_2, 0x0503, 'e', "SHA384", PAD_NONE},
        {"ecdsa_sha512", TLS_1_2, 0x0603, 'E', "SHA512", PAD_NONE},
        {"rsa_pss_rsae_sha256", TLS_1_2, 0x0804, 'r', "SHA256", PAD_PSS},
        {"rsa_pss_rsae_sha384", TLS_1_2, 0x0805, 'r', "SHA384", PAD_PSS},
        {"rsa_pss_rsae_sha512", TLS_1_2, 0x0806, 'r', "SHA512", PAD_PSS},
        {"ed25519", TLS_1_2, 0x0807, '2', NULL, PAD_NONE},
        {"ed448", TLS_1_2, 0x0808, '4', NULL, PAD_NONE},
        {"rsa_pss_pss_sha256", TLS_1_2, 0x0809, 'p', "SHA256", PAD_PSS},
        {"rsa_pss_pss_sha384", TLS_1_2, 0x080a, 'p', "SHA384", PAD_PSS},
        {"rsa_pss_pss_sha512", TLS_1_2, 0x080b, 'p', "SHA512", PAD_PSS},
};

static void random_bytes(struct own *o, size_t n, uint8_t seed)
{
    *o = (struct own){xcalloc(n, 1), n};
    for (size_t i = 0; i < n; i++)
        o->p[i] = (uint8_t)(seed + 37 * i + (i * i >> 3));
}

static struct own joined(const struct signed_ske *s)
{
    struct own o = {xcalloc(64 + s->params.n, 1), 64 + s->params.n};
    memcpy(o.p, s->client_random.p, 32);
    memcpy(o.p + 32, s->server_random.p, 32);
    memcpy(o.p + 64, s->params.p, s->params.n);
    return o;
}

static struct signed_ske make(const struct row *row, EVP_PKEY *key, uint8_t seed)
{
    struct signed_ske s = {.key = spki_of(key), .version = row->version, .scheme = row->scheme};
    random_bytes(&s.client_random, 32, seed);
    random_bytes(&s.server_random, 32, (uint8_t)(seed + 1));
    random_bytes(&s.params, 69, (uint8_t)(seed + 2));
    struct own text = joined(&s);
    s.signature = sign(key, row->md, row->pad, RSA_PSS_SALTLEN_DIGEST, view(text));
    xfree(text.p);
    return s;
}

static void expect(const char *name, const char *what, struct proof got, enum proof_result want)
{
    if (got.result != want)
        fail_msg("%s, %s: %d (%s)", name, what, got.result, got.why != NULL ? got.why : "");
    assert_true((got.why == NULL) == (want == PROOF_VALID));
    assert_false(got.leaks_key);
}

/* One flipped bit anywhere, a cut signature, another key. */
static void alter(struct prover *p, const struct row *row, struct signed_ske *s)
{
    struct {
        const char *name;
        struct own *where;
    } parts[] = {{"client random", &s->client_random}, {"server random", &s->server_random},
            {"params", &s->params}, {"signature", &s->signature}};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        struct own *o = parts[i].where;
        for (size_t at = 0; at < 2; at++) {
            uint8_t *byte = o->p + (at == 0 ? o->n - 1 : o->n / 2);
            *byte ^= 0x10;
            expect(row->name, parts[i].name, ask(p, s), PROOF_INVALID);
            *byte ^= 0x10;
        }
    }
    s->signature.n--;
    expect(row->name, "cut signature", ask(p, s), PROOF_INVALID);
    s->signature.n++;
    struct own own = s->key;
    EVP_PKEY *stranger = new_key(row->key);
    s->key = spki_of(stranger);
    expect(row->name, "another key", ask(p, s), PROOF_INVALID);
    EVP_PKEY_free(stranger);
    xfree(s->key.p);
    s->key = own;
    expect(row->name, "whole again", ask(p, s), PROOF_VALID);
}

static void every_scheme(void **state)
{
    (void)state;
    struct prover *p = prover_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        EVP_PKEY *key = new_key(rows[i].key);
        assert_non_null(key);
        struct signed_ske s = make(&rows[i], key, (uint8_t)i);
        struct proof got = ask(p, &s);
        expect(rows[i].name, "as signed", got, PROOF_VALID);
        alter(p, &rows[i], &s);
        release(&s);
        EVP_PKEY_free(key);
    }
    prover_free(p);
}

/* What must never be called invalid. */
static void not_verifiable(void **state)
{
    (void)state;
    struct prover *p = prover_new();
    EVP_PKEY *rsa = new_key('r'), *pss = new_key('p'), *ec = new_key('e'), *ed = new_key('2');
    const struct row *row = &rows[9];
    struct signed_ske s = make(row, rsa, 1);
    static const uint16_t UNKNOWN[] = {
            0x0000, 0x0400, 0x0404, 0x0701, 0x0708, 0x081a, 0x0905, 0x2a2a, 0xeeee, 0xffff};
    for (size_t i = 0; i < sizeof UNKNOWN / sizeof *UNKNOWN; i++) {
        s.scheme = UNKNOWN[i];
        expect("rsa", "unknown scheme", ask(p, &s), PROOF_UNVERIFIED);
    }
    static const uint16_t OTHERS[] = {0x0402, 0x0403, 0x0807, 0x0808, 0x0809};
    for (size_t i = 0; i < sizeof OTHERS / sizeof *OTHERS; i++) {
        s.scheme = OTHERS[i];
        expect("rsa", "scheme of another key", ask(p, &s), PROOF_MISMATCHED);
    }
    s.scheme = row->scheme;
    static const uint16_t VERSIONS[] = {TLS_SSLV2, TLS_1_3, 0x7f1c, 0xfeff, 0};
    for (size_t i = 0; i < sizeof VERSIONS / sizeof *VERSIONS; i++) {
        s.version = VERSIONS[i];
        expect("rsa", "version", ask(p, &s), PROOF_UNVERIFIED);
    }
    s.version = row->version;
    s.client_random.n = 31;
    expect("rsa", "short random", ask(p, &s), PROOF_UNVERIFIED);
    s.client_random.n = 32;
    struct own own = s.key;
    for (size_t cut = 0; cut < own.n; cut += 7) { /* cuts of the key */
        s.key.n = cut;
        expect("rsa", "cut key", ask(p, &s), PROOF_UNVERIFIED);
    }
    s.key = own;
    xfree(s.key.p);
    s.key = spki_of(pss);
    expect("pss key", "pkcs1", ask(p, &s), PROOF_MISMATCHED);
    xfree(s.key.p);
    s.key = spki_of(ed);
    s.version = TLS_1_0;
    expect("ed25519", "TLS 1.0", ask(p, &s), PROOF_UNVERIFIED);
    size_t n = s.signature.n;
    s.signature.n = 0;
    expect("any", "no signature", ask(p, &s), PROOF_UNVERIFIED);
    s.signature.n = n;
    release(&s);
    EVP_PKEY_free(rsa);
    EVP_PKEY_free(pss);
    EVP_PKEY_free(ec);
    EVP_PKEY_free(ed);
    prover_free(p);
}

/* Good signatures in an unusual shape: the key was there, so they are not invalid. */
static void odd_shapes(void **state)
{
    (void)state;
    struct prover *p = prover_new();
    EVP_PKEY *rsa = new_key('r'), *ec = new_key('e');
    struct signed_ske s = make(&rows[23], rsa, 3);
    struct own text = joined(&s);
    xfree(s.signature.p);
    s.signature = sign(rsa, "SHA256", PAD_PSS, 20, view(text));
    expect("pss", "salt of 20", ask(p, &s), PROOF_UNVERIFIED);
    /* RFC 5246 4.7: DigestInfo without parameters must be accepted */
    uint8_t info[17 + 32] = {0x30, 0x2f, 0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03,
            0x04, 0x02, 0x01, 0x04, 0x20};
    assert_int_equal(EVP_Digest(text.p, text.n, info + 17, NULL, EVP_sha256(), NULL), 1);
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, rsa, NULL);
    assert_int_equal(EVP_PKEY_sign_init(ctx), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING), 1);
    assert_int_equal(EVP_PKEY_sign(ctx, s.signature.p, &s.signature.n, info, sizeof info), 1);
    EVP_PKEY_CTX_free(ctx);
    s.scheme = 0x0401;
    expect("pkcs1", "no NULL", ask(p, &s), PROOF_VALID);
    struct own longer = {xcalloc(s.signature.n + 1, 1), s.signature.n + 1};
    memcpy(longer.p + 1, s.signature.p, s.signature.n);
    xfree(s.signature.p);
    s.signature = longer;
    expect("pkcs1", "a leading zero", ask(p, &s), PROOF_UNVERIFIED);
    release(&s);
    xfree(text.p);
    s = make(&rows[19], ec, 4);
    s.signature.p = xrealloc(s.signature.p, s.signature.n + 1, 1);
    s.signature.p[s.signature.n++] = 0;
    expect("ecdsa", "a byte behind", ask(p, &s), PROOF_UNVERIFIED);
    release(&s);
    EVP_PKEY_free(rsa);
    EVP_PKEY_free(ec);
    prover_free(p);
}

static struct own rsa_spki(const BIGNUM *n, const BIGNUM *e)
{
    BIGNUM *nn = BN_dup(n), *ee = BN_dup(e);
    OSSL_PARAM params[3];
    uint8_t n_le[512], e_le[8];
    size_t n_len = (size_t)BN_num_bytes(nn);
    assert_true(n_len <= sizeof n_le);
    assert_int_equal(BN_bn2nativepad(nn, n_le, (int)n_len), n_len);
    assert_int_equal(BN_bn2nativepad(ee, e_le, 4), 4);
    params[0] = OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_N, n_le, n_len);
    params[1] = OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_E, e_le, 4);
    params[2] = OSSL_PARAM_construct_end();
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    assert_int_equal(EVP_PKEY_fromdata_init(ctx), 1);
    assert_int_equal(EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params), 1);
    struct own o = spki_of(key);
    EVP_PKEY_free(key);
    EVP_PKEY_CTX_free(ctx);
    BN_free(nn);
    BN_free(ee);
    return o;
}

/* s with s = em^d modulo p, and modulo q off by wrong. */
static struct own crt_signature(
        const BIGNUM *prime[2], const BIGNUM *e, const BIGNUM *em, unsigned wrong)
{
    BN_CTX *ctx = BN_CTX_new();
    BIGNUM *half[2], *d = BN_new(), *less = BN_new(), *h = BN_new();
    for (size_t i = 0; i < 2; i++) {
        half[i] = BN_new();
        BN_sub(less, prime[i], BN_value_one());
        assert_non_null(BN_mod_inverse(d, e, less, ctx));
        assert_int_equal(BN_mod_exp(half[i], em, d, prime[i], ctx), 1);
    }
    BN_add_word(half[1], wrong);
    /* Garner: s = s_q + q * ((s_p - s_q) / q mod p) */
    assert_non_null(BN_mod_inverse(d, prime[1], prime[0], ctx));
    BN_mod_sub(h, half[0], half[1], prime[0], ctx);
    BN_mod_mul(h, h, d, prime[0], ctx);
    BN_mul(h, h, prime[1], ctx);
    BN_add(h, h, half[1]);
    BIGNUM *n = product_of(prime[0], prime[1]);
    struct own o = {xcalloc((size_t)BN_num_bytes(n), 1), (size_t)BN_num_bytes(n)};
    BN_nnmod(h, h, n, ctx);
    assert_int_equal(BN_bn2binpad(h, o.p, (int)o.n), o.n);
    BN_free(n);
    BN_free(half[0]);
    BN_free(half[1]);
    BN_free(d);
    BN_free(less);
    BN_free(h);
    BN_CTX_free(ctx);
    return o;
}

/* EMSA-PKCS1-v1_5 by hand: prefix in hex, then the digest (RFC 8017 9.2 note 1). */
static BIGNUM *pkcs1(const char *prefix, const EVP_MD *md, struct bytes text, size_t len)
{
    struct own head = own_hex(prefix);
    uint8_t em[512], digest[64];
    unsigned n = 0;
    assert_int_equal(EVP_Digest(text.p, text.n, digest, &n, md, NULL), 1);
    memset(em, 0xff, len);
    em[0] = 0;
    em[1] = 1;
    em[len - n - head.n - 1] = 0;
    memcpy(em + len - n - head.n, head.p, head.n);
    memcpy(em + len - n, digest, n);
    xfree(head.p);
    return BN_bin2bn(em, (int)len, NULL);
}

static const struct fault_row {
    const char *name;
    uint16_t version, scheme;
    const char *prefix;
    const EVP_MD *(*md)(void);
} faults[] = {
        {"TLS 1.0", TLS_1_0, 0, "", EVP_md5_sha1},
        {"sha1", TLS_1_2, 0x0201, "3021300906052b0e03021a05000414", EVP_sha1},
        {"sha256", TLS_1_2, 0x0401, "3031300d060960864801650304020105000420", EVP_sha256},
        {"sha256 without NULL", TLS_1_2, 0x0401,
                "302f300b0609608648016503040201"
                "0420",
                EVP_sha256},
        {"sha512", TLS_1_2, 0x0601, "3051300d060960864801650304020305000440", EVP_sha512},
        {"md5", TLS_1_2, 0x0101, "3020300c06082a864886f70d020505000410", EVP_md5},
};

static void faulty_rsa(void **state)
{
    (void)state;
    struct prover *p = prover_new();
    BIGNUM *e = BN_new(), *prime[2];
    BN_set_word(e, 65537);
    for (size_t i = 0; i < 2; i++)
        prime[i] = prime_of(512);
    BIGNUM *n = product_of(prime[0], prime[1]);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        struct signed_ske s = {
                .key = rsa_spki(n, e), .version = faults[i].version, .scheme = faults[i].scheme};
        random_bytes(&s.client_random, 32, 1);
        random_bytes(&s.server_random, 32, 2);
        random_bytes(&s.params, 36, 3);
        struct own text = joined(&s);
        BIGNUM *em = pkcs1(faults[i].prefix, faults[i].md(), view(text), 128);
        s.signature = crt_signature((const BIGNUM *[]){prime[0], prime[1]}, e, em, 0);
        expect(faults[i].name, "right", ask(p, &s), PROOF_VALID);
        xfree(s.signature.p);
        s.signature = crt_signature((const BIGNUM *[]){prime[0], prime[1]}, e, em, 1);
        struct proof got = ask(p, &s);
        assert_int_equal(got.result, PROOF_INVALID);
        if (!got.leaks_key)
            fail_msg("%s: no leak", faults[i].name);
        s.params.p[0] ^= 1; /* over other bytes it is only invalid */
        expect(faults[i].name, "other text", ask(p, &s), PROOF_INVALID);
        BN_free(em);
        xfree(text.p);
        release(&s);
    }
    BN_free(prime[0]);
    BN_free(prime[1]);
    BN_free(n);
    BN_free(e);
    prover_free(p);
}

/* ECDSA with a nonce of our choice: r = x(kG), s = (h + r d) / k. */
static struct own ecdsa_with(EVP_PKEY *key, const BIGNUM *k, struct bytes text)
{
    BN_CTX *ctx = BN_CTX_new();
    EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    const BIGNUM *order = EC_GROUP_get0_order(group);
    EC_POINT *kg = EC_POINT_new(group);
    BIGNUM *d = NULL, *r = BN_new(), *s = BN_new(), *h = BN_new(), *inverse = BN_new();
    uint8_t digest[32];
    assert_int_equal(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_PRIV_KEY, &d), 1);
    assert_int_equal(EVP_Digest(text.p, text.n, digest, NULL, EVP_sha256(), NULL), 1);
    assert_non_null(BN_bin2bn(digest, sizeof digest, h));
    assert_int_equal(EC_POINT_mul(group, kg, k, NULL, NULL, ctx), 1);
    assert_int_equal(EC_POINT_get_affine_coordinates(group, kg, r, NULL, ctx), 1);
    BN_nnmod(r, r, order, ctx);
    BN_mod_mul(s, r, d, order, ctx);
    BN_mod_add(s, s, h, order, ctx);
    assert_non_null(BN_mod_inverse(inverse, k, order, ctx));
    BN_mod_mul(s, s, inverse, order, ctx);
    ECDSA_SIG *sig = ECDSA_SIG_new();
    assert_int_equal(ECDSA_SIG_set0(sig, r, s), 1);
    unsigned char *der = NULL;
    int n = i2d_ECDSA_SIG(sig, &der);
    struct own o = own_copy((struct bytes){der, (size_t)n});
    OPENSSL_free(der);
    ECDSA_SIG_free(sig);
    BN_free(d);
    BN_free(h);
    BN_free(inverse);
    EC_POINT_free(kg);
    EC_GROUP_free(group);
    BN_CTX_free(ctx);
    return o;
}

/* 0: not there, else the id of the handshake before. */
static int64_t add_nonce(struct prover *p, struct nonce_memory *nonces, EVP_PKEY *key,
        const BIGNUM *k, uint8_t seed, int64_t id)
{
    struct signed_ske s = make(&rows[19], key, seed);
    struct own text = joined(&s);
    xfree(s.signature.p);
    s.signature = ecdsa_with(key, k, view(text));
    struct proof proof = ask(p, &s);
    expect("ecdsa", "chosen nonce", proof, PROOF_VALID);
    struct nonce nonce = {.message = seed};
    assert_true(nonce_read(view(s.signature), &nonce));
    memcpy(nonce.spki_sha256, proof.spki_sha256, sizeof nonce.spki_sha256);
    for (size_t cut = 0; cut < s.signature.n; cut++)
        assert_false(nonce_read((struct bytes){s.signature.p, cut}, &(struct nonce){0}));
    bool is_known = false;
    const struct nonce_place *other = nonces_find(nonces, &nonce, &is_known);
    int64_t found = other != NULL ? other->handshake_id : 0;
    if (other == NULL && !is_known)
        nonces_add(nonces, &nonce, &(struct nonce_place){.handshake_id = id});
    xfree(text.p);
    release(&s);
    return found;
}

/* r as a number: X.690 8.3 as ECDSA-Sig-Value (RFC 3279 2.2.3). */
static void nonce_values(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        size_t n_r; /* 0: not read */
        uint8_t first;
    } values[] = {{"3006020101020101", 1, 1}, {"300702020080020101", 1, 0x80},
            {"3007020200010201ff", 1, 1}, {"30810602010102010a", 1, 1}, {"3006020100020101", 0, 0},
            {"3006020181020101", 0, 0}, {"300602010102010100", 0, 0}, {"3006020101040101", 0, 0},
            {"3003020101", 0, 0}, {"3080020101020101", 0, 0}, {"", 0, 0}};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        struct own o = own_hex(values[i].hex);
        struct nonce nonce = {0};
        if (nonce_read(view(o), &nonce) != (values[i].n_r > 0) || nonce.n_r != values[i].n_r ||
                nonce.r[0] != values[i].first)
            fail_msg("row %zu", i);
        xfree(o.p);
    }
}

static void nonce_reuse(void **state)
{
    (void)state;
    struct prover *p = prover_new();
    struct nonce_memory *nonces = nonces_new(3);
    EVP_PKEY *a = new_key('e'), *b = new_key('e');
    BIGNUM *k[5];
    for (size_t i = 0; i < 5; i++)
        k[i] = prime_of(200);
    assert_int_equal(add_nonce(p, nonces, a, k[0], 1, 10), 0);
    assert_int_equal(add_nonce(p, nonces, a, k[0], 1, 11), 0); /* the same signature again */
    assert_int_equal(add_nonce(p, nonces, b, k[0], 2, 12), 0); /* another key */
    assert_int_equal(add_nonce(p, nonces, a, k[1], 3, 13), 0); /* another nonce */
    assert_int_equal(add_nonce(p, nonces, a, k[0], 4, 14), 10);
    for (size_t i = 2; i < 5; i++) /* the memory is bounded */
        assert_int_equal(add_nonce(p, nonces, a, k[i], 5, 20 + (int64_t)i), 0);
    assert_int_equal(add_nonce(p, nonces, a, k[0], 6, 30), 0);
    for (size_t i = 0; i < 5; i++)
        BN_free(k[i]);
    EVP_PKEY_free(a);
    EVP_PKEY_free(b);
    nonces_free(nonces);
    nonces_free(NULL);
    prover_free(p);
    prover_free(NULL);
}

/* Handshakes between real programs, with the leaf as a certificate. */
static void real_captures(void **state)
{
    (void)state;
    struct prover *p = prover_new();
    for (size_t i = 0; i < sizeof captured / sizeof *captured; i++) {
        const struct captured *c = &captured[i];
        struct signed_ske s = {.key = own_hex(c->leaf),
                .client_random = own_hex(c->client_random),
                .server_random = own_hex(c->server_random),
                .params = own_hex(c->params),
                .signature = own_hex(c->signature),
                .version = c->version,
                .scheme = c->scheme};
        expect(c->name, "as captured", ask(p, &s), PROOF_VALID);
        s.params.p[s.params.n - 1] ^= 1;
        expect(c->name, "altered", ask(p, &s), PROOF_INVALID);
        release(&s);
    }
    prover_free(p);
}

enum { N_MESSAGES = sizeof captured_messages / sizeof *captured_messages };

struct transcript {
    struct own bodies[N_MESSAGES];
    struct message messages[N_MESSAGES + 2];
};

static void load(struct transcript *t)
{
    for (size_t i = 0; i < N_MESSAGES; i++) {
        t->bodies[i] = own_hex(captured_messages[i].body);
        t->messages[i] =
                (struct message){captured_messages[i].side == 'c' ? SIDE_CLIENT : SIDE_SERVER,
                        captured_messages[i].type, view(t->bodies[i])};
    }
}

static void captured_client(void **state)
{
    (void)state;
    struct prover *p = prover_new();
    struct transcript t = {0};
    load(&t);
    struct own leaf = own_hex(captured_client_leaf), sig = own_hex(captured_verify);
    struct cert_verify v = {
            .has_scheme = true, .scheme = captured_verify_scheme, .signature = view(sig)};
    struct bytes key = view(leaf);
    expect("mtls", "as captured",
            prove_certificate_verify(p, key, TLS_1_2, t.messages, N_MESSAGES, &v), PROOF_VALID);
    /* the CertificateVerify and what follows are not under it; a HelloRequest never is */
    t.messages[N_MESSAGES] = (struct message){SIDE_CLIENT, 15, view(sig)};
    t.messages[N_MESSAGES + 1] = (struct message){SIDE_SERVER, 4, view(leaf)};
    expect("mtls", "with more",
            prove_certificate_verify(p, key, TLS_1_2, t.messages, N_MESSAGES + 2, &v), PROOF_VALID);
    for (size_t i = 0; i < N_MESSAGES; i++) {
        if (t.bodies[i].n == 0)
            continue;
        t.bodies[i].p[t.bodies[i].n / 2] ^= 4;
        expect("mtls", "altered",
                prove_certificate_verify(p, key, TLS_1_2, t.messages, N_MESSAGES, &v),
                PROOF_INVALID);
        t.bodies[i].p[t.bodies[i].n / 2] ^= 4;
    }
    expect("mtls", "SSL 3.0",
            prove_certificate_verify(p, key, TLS_SSLV3, t.messages, N_MESSAGES, &v),
            PROOF_UNVERIFIED);
    expect("mtls", "no ClientHello",
            prove_certificate_verify(p, key, TLS_1_2, t.messages + 1, N_MESSAGES - 1, &v),
            PROOF_UNVERIFIED);
    expect("mtls", "no ClientKeyExchange",
            prove_certificate_verify(p, key, TLS_1_2, t.messages, N_MESSAGES - 1, &v),
            PROOF_UNVERIFIED);
    expect("mtls", "nothing", prove_certificate_verify(p, key, TLS_1_2, NULL, 0, &v),
            PROOF_UNVERIFIED);
    for (size_t i = 0; i < N_MESSAGES; i++)
        xfree(t.bodies[i].p);
    xfree(leaf.p);
    xfree(sig.p);
    prover_free(p);
}

/* The same transcript signed as TLS 1.0 does it. */
static void old_client(void **state)
{
    (void)state;
    static const struct row ROWS[] = {{"RSA", TLS_1_0, 0, 'r', "MD5-SHA1", PAD_PKCS1},
            {"DSA", TLS_1_0, 0, 'd', "SHA1", PAD_NONE},
            {"ECDSA", TLS_1_1, 0, 'e', "SHA1", PAD_NONE}};
    struct prover *p = prover_new();
    struct transcript t = {0};
    load(&t);
    struct own text = {xcalloc(65536, 1), 0};
    for (size_t i = 0; i < N_MESSAGES; i++) {
        size_t n = t.bodies[i].n;
        const uint8_t header[] = {t.messages[i].type, 0, (uint8_t)(n >> 8), (uint8_t)n};
        memcpy(text.p + text.n, header, 4);
        memcpy(text.p + text.n + 4, t.bodies[i].p, n);
        text.n += 4 + n;
    }
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        EVP_PKEY *key = new_key(ROWS[i].key);
        struct own spki = spki_of(key), sig = sign(key, ROWS[i].md, ROWS[i].pad, 0, view(text));
        struct cert_verify v = {.signature = view(sig)};
        expect(ROWS[i].name, "as signed",
                prove_certificate_verify(
                        p, view(spki), ROWS[i].version, t.messages, N_MESSAGES, &v),
                PROOF_VALID);
        sig.p[sig.n - 1] ^= 1;
        expect(ROWS[i].name, "altered",
                prove_certificate_verify(
                        p, view(spki), ROWS[i].version, t.messages, N_MESSAGES, &v),
                PROOF_INVALID);
        xfree(spki.p);
        xfree(sig.p);
        EVP_PKEY_free(key);
    }
    xfree(text.p);
    for (size_t i = 0; i < N_MESSAGES; i++)
        xfree(t.bodies[i].p);
    prover_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(every_scheme),
            cmocka_unit_test(not_verifiable),
            cmocka_unit_test(odd_shapes),
            cmocka_unit_test(faulty_rsa),
            cmocka_unit_test(nonce_values),
            cmocka_unit_test(nonce_reuse),
            cmocka_unit_test(real_captures),
            cmocka_unit_test(captured_client),
            cmocka_unit_test(old_client),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
