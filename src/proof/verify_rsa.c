/* RSA signatures (RFC 8017 8.1, 8.2), and what a faulty one gives away. */
#include <limits.h>
#include <openssl/rsa.h>
#include <string.h>

#include "base/alloc.h"
#include "proof/bn.h"
#include "proof/prover_internal.h"

enum { DIGEST_INFO_MAX = 32 + PROOF_DIGEST_MAX, LEAK_BITS = 64 };

struct oid {
    uint8_t len;
    uint8_t body[9];
};

static const struct oid oids[N_HASHES] = {
        [HASH_MD5] = {8, {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x05}},
        [HASH_SHA1] = {5, {0x2b, 0x0e, 0x03, 0x02, 0x1a}},
        [HASH_SHA224] = {9, {0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x04}},
        [HASH_SHA256] = {9, {0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01}},
        [HASH_SHA384] = {9, {0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02}},
        [HASH_SHA512] = {9, {0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03}},
};

/* DigestInfo in DER with the parameters NULL or without (RFC 5246 4.7 says that both must be
 * accepted); MD5 and SHA-1 together stand bare (RFC 2246 4.7). */
static size_t digest_info(
        uint8_t out[DIGEST_INFO_MAX], enum hash hash, const struct proof *digest, bool with_null)
{
    size_t n = 0, len = digest->digest_len;
    const struct oid *oid = &oids[hash];
    if (oid->len > 0) {
        size_t inner = 2U + oid->len + (with_null ? 2U : 0U);
        const uint8_t head[] = {
                0x30, (uint8_t)(2 + inner + 2 + len), 0x30, (uint8_t)inner, 0x06, oid->len};
        static const uint8_t NONE[] = {0x05, 0x00};
        const uint8_t octets[] = {0x04, (uint8_t)len};
        memcpy(out, head, sizeof head);
        n = sizeof head;
        memcpy(out + n, oid->body, oid->len);
        n += oid->len;
        memcpy(out + n, NONE, sizeof NONE);
        n += with_null ? sizeof NONE : 0;
        memcpy(out + n, octets, sizeof octets);
        n += sizeof octets;
    }
    memcpy(out + n, digest->digest, len);
    return n + len;
}

/* EMSA-PKCS1-v1_5 (RFC 8017 9.2); NULL when the modulus has no room for it. */
static BIGNUM *encoded(const struct claim *c, const struct proof *digest, bool with_null)
{
    uint8_t info[DIGEST_INFO_MAX];
    size_t n_info = digest_info(info, c->hash, digest, with_null);
    size_t n = (size_t)BN_num_bytes(c->key->n);
    if (n < n_info + 11)
        return NULL;
    uint8_t *em = xcalloc(n, 1);
    em[1] = 1;
    memset(em + 2, 0xff, n - n_info - 3);
    memcpy(em + n - n_info, info, n_info);
    BIGNUM *number = bn_from((struct bytes){em, n});
    xfree(em);
    return number;
}

/* A signature that is right modulo one prime and wrong modulo the other gives that prime away
 * (Lenstra 1996, Weimer 2015). */
static bool is_leak(struct prover *p, const struct claim *c, const BIGNUM *got, const BIGNUM *want)
{
    BIGNUM *d = bn_new(), *g = bn_new();
    must(BN_sub(d, got, want));
    BN_set_negative(d, 0);
    must(BN_gcd(g, d, c->key->n, p->ctx));
    bool is = bn_bits(g) >= LEAK_BITS && bn_bits(g) + LEAK_BITS <= bn_bits(c->key->n);
    BN_free(d);
    BN_free(g);
    return is;
}

static void compare(struct prover *p, const struct claim *c, const BIGNUM *got, struct proof *out)
{
    out->result = PROOF_INVALID;
    out->why = "the signature does not verify";
    for (int with_null = 1; with_null >= 0; with_null--) {
        BIGNUM *want = encoded(c, out, with_null == 1);
        if (want == NULL) {
            out->result = PROOF_UNVERIFIED;
            out->why = "the modulus is too short for the hash";
            return;
        }
        bool is_equal = BN_cmp(got, want) == 0;
        if (!is_equal)
            out->leaks_key = out->leaks_key || is_leak(p, c, got, want);
        BN_free(want);
        if (!is_equal)
            continue;
        bool is_whole = c->signature.n == (size_t)BN_num_bytes(c->key->n);
        out->leaks_key = false;
        out->result = is_whole ? PROOF_VALID : PROOF_UNVERIFIED;
        out->why = is_whole ? NULL : "the signature has not the length of the modulus";
        return;
    }
}

static bool is_usable(const struct claim *c, struct proof *out)
{
    if (c->key->mont != NULL && c->signature.n < INT_MAX / 16)
        return true;
    out->why = "the RSA key cannot be used";
    return false;
}

void verify_rsa_pkcs1(struct prover *p, const struct claim *c, struct proof *out)
{
    if (!is_usable(c, out))
        return;
    BIGNUM *s = bn_from(c->signature), *got = bn_new();
    if (BN_cmp(s, c->key->n) >= 0) {
        out->result = PROOF_INVALID;
        out->why = "the signature is not below the modulus";
    } else {
        must(BN_mod_exp_mont(got, s, c->key->e, c->key->n, p->ctx, c->key->mont));
        compare(p, c, got, out);
    }
    BN_free(s);
    BN_free(got);
}

/* 1 verifies, 0 does not, -1 the key forbids these parameters. */
static int pss(struct prover *p, const struct claim *c, const struct proof *digest, int salt_len)
{
    int ok = -1;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, c->key->pkey, NULL);
    must(ctx != NULL);
    if (EVP_PKEY_verify_init(ctx) == 1 &&
            EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
            EVP_PKEY_CTX_set_signature_md(ctx, p->hashes[c->hash]) == 1 &&
            EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, p->hashes[c->hash]) == 1 &&
            EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, salt_len) == 1)
        ok = EVP_PKEY_verify(
                     ctx, c->signature.p, c->signature.n, digest->digest, digest->digest_len) == 1;
    EVP_PKEY_CTX_free(ctx);
    return ok;
}

/* The salt is as long as the hash (RFC 8446 4.2.3); with another length the key was still there. */
void verify_rsa_pss(struct prover *p, const struct claim *c, struct proof *out)
{
    if (!is_usable(c, out))
        return;
    if ((size_t)BN_num_bytes(c->key->n) < 2 * out->digest_len + 2) {
        out->why = "the modulus is too short for the hash";
        return;
    }
    int ok = pss(p, c, out, RSA_PSS_SALTLEN_DIGEST);
    if (ok == 1) {
        out->result = PROOF_VALID;
    } else if (ok < 0) {
        out->why = "the key does not allow these PSS parameters";
    } else if (pss(p, c, out, RSA_PSS_SALTLEN_AUTO) == 1) {
        out->why = "the PSS salt has not the length of the hash";
    } else {
        out->result = PROOF_INVALID;
        out->why = "the signature does not verify";
    }
}
