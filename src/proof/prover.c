#include <limits.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/x509.h>

#include "base/alloc.h"
#include "crypto/digest.h"
#include "proof/bn.h"
#include "proof/prover_internal.h"

enum { LONGEST_RSA_BITS = 16384, LONG_EXPONENT_BITS = 64, LONG_EXPONENT_MODULUS = 3072 };

static void key_free(void *ctx, void *value)
{
    (void)ctx;
    struct public_key *k = value;
    EVP_PKEY_free(k->pkey);
    BN_free(k->n);
    BN_free(k->e);
    BN_MONT_CTX_free(k->mont);
    xfree(k);
}

struct prover *prover_new(void)
{
    static const char *const NAMES[N_HASHES] = {[HASH_MD5] = "MD5",
            [HASH_SHA1] = "SHA1",
            [HASH_SHA224] = "SHA224",
            [HASH_SHA256] = "SHA256",
            [HASH_SHA384] = "SHA384",
            [HASH_SHA512] = "SHA512",
            [HASH_MD5_SHA1] = "MD5-SHA1"};
    struct prover *p = xcalloc(1, sizeof *p);
    p->keys = map_new(&(struct map_options){.cap = PROVER_KEY_CAP, .on_evict = key_free});
    p->primes = map_new(&(struct map_options){.cap = PROVER_PRIME_CAP, .on_evict = map_xfree});
    p->known = known_primes_new();
    p->prime_budget = PROVER_PRIME_BUDGET;
    p->ctx = bn_ctx_new();
    p->md_ctx = EVP_MD_CTX_new();
    must(p->md_ctx != NULL);
    for (size_t i = HASH_NONE + 1; i < N_HASHES; i++)
        p->hashes[i] = EVP_MD_fetch(NULL, NAMES[i], NULL); /* NULL: not in this OpenSSL */
    ERR_clear_error();
    return p;
}

void prover_free(struct prover *p)
{
    if (p == NULL)
        return;
    map_free(p->keys);
    map_free(p->primes);
    known_primes_free(p->known);
    BN_CTX_free(p->ctx);
    EVP_MD_CTX_free(p->md_ctx);
    for (size_t i = 0; i < N_HASHES; i++)
        EVP_MD_free(p->hashes[i]);
    for (size_t i = 0; i < N_CURVES; i++)
        EC_GROUP_free(p->curves[i]);
    for (size_t i = 0; i < N_FIELDS; i++)
        BN_free(p->fields[i]);
    xfree(p->signed_bytes);
    xfree(p);
}

static enum key_type type_of(const EVP_PKEY *pkey)
{
    static const struct {
        int id;
        enum key_type type;
    } TYPES[] = {{EVP_PKEY_RSA, KEY_RSA}, {EVP_PKEY_RSA_PSS, KEY_RSA_PSS}, {EVP_PKEY_DSA, KEY_DSA},
            {EVP_PKEY_EC, KEY_EC}, {EVP_PKEY_ED25519, KEY_ED25519}, {EVP_PKEY_ED448, KEY_ED448}};
    for (size_t i = 0; i < sizeof TYPES / sizeof *TYPES; i++)
        if (EVP_PKEY_get_base_id(pkey) == TYPES[i].id)
            return TYPES[i].type;
    return KEY_UNKNOWN;
}

/* An even modulus has no Montgomery form; lengths are those that OpenSSL itself accepts. */
static void prepare_rsa(struct public_key *k, BN_CTX *ctx)
{
    if (EVP_PKEY_get_bn_param(k->pkey, OSSL_PKEY_PARAM_RSA_N, &k->n) != 1 ||
            EVP_PKEY_get_bn_param(k->pkey, OSSL_PKEY_PARAM_RSA_E, &k->e) != 1)
        return;
    bool is_long = bn_bits(k->n) > LONGEST_RSA_BITS ||
                   (bn_bits(k->n) > LONG_EXPONENT_MODULUS && bn_bits(k->e) > LONG_EXPONENT_BITS);
    if (is_long || !BN_is_odd(k->n) || bn_bits(k->n) < 2 || bn_bits(k->e) > bn_bits(k->n))
        return;
    k->mont = BN_MONT_CTX_new();
    must(k->mont != NULL && BN_MONT_CTX_set(k->mont, k->n, ctx) == 1);
}

static void take_spki(struct public_key *k, X509_PUBKEY *spki)
{
    unsigned char *der = NULL;
    int n = i2d_X509_PUBKEY(spki, &der);
    if (n > 0)
        digest_sha256((struct bytes){der, (size_t)n}, k->spki_sha256);
    OPENSSL_free(der);
    k->pkey = X509_PUBKEY_get(spki);
    k->type = k->pkey != NULL ? type_of(k->pkey) : KEY_UNKNOWN;
}

/* A SubjectPublicKeyInfo or a Certificate; neither parses as the other. */
static void parse_key(struct public_key *k, struct bytes der)
{
    if (der.n == 0 || der.n > LONG_MAX / 2)
        return;
    const unsigned char *at = der.p, *end = der.p + der.n;
    X509_PUBKEY *spki = d2i_X509_PUBKEY(NULL, &at, (long)der.n);
    if (spki != NULL && at == end)
        take_spki(k, spki);
    at = der.p;
    X509 *x = spki == NULL ? d2i_X509(NULL, &at, (long)der.n) : NULL;
    if (x != NULL && at == end)
        take_spki(k, X509_get_X509_PUBKEY(x));
    X509_PUBKEY_free(spki);
    X509_free(x);
}

const struct public_key *prover_key(struct prover *p, struct bytes der)
{
    uint8_t hash[SHA256_LEN];
    digest_sha256(der, hash);
    struct bytes id = {hash, sizeof hash};
    struct public_key *k = map_get(p->keys, id);
    if (k != NULL)
        return k;
    k = xcalloc(1, sizeof *k);
    parse_key(k, der);
    if (k->type == KEY_RSA || k->type == KEY_RSA_PSS)
        prepare_rsa(k, p->ctx);
    ERR_clear_error();
    map_put(p->keys, id, k);
    return k;
}

size_t prover_hash(
        struct prover *p, enum hash hash, struct bytes message, uint8_t out[PROOF_DIGEST_MAX])
{
    unsigned n = 0;
    if (hash == HASH_NONE || p->hashes[hash] == NULL)
        return 0;
    must(EVP_DigestInit_ex2(p->md_ctx, p->hashes[hash], NULL));
    must(EVP_DigestUpdate(p->md_ctx, message.p, message.n));
    must(EVP_DigestFinal_ex(p->md_ctx, out, &n));
    return n;
}
