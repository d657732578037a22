/* DSA, ECDSA (RFC 8422 5.4: a DER SEQUENCE of r and s) and EdDSA (RFC 8032). */
#include <limits.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>

#include "proof/bn.h"
#include "proof/prover_internal.h"

enum { ED25519_LEN = 64, ED448_LEN = 114, SEQUENCE_MAX = 4096 };

static int verify_digest(const struct claim *c, const struct proof *digest, struct bytes signature)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, c->key->pkey, NULL);
    must(ctx != NULL);
    int ok = EVP_PKEY_verify_init(ctx) == 1 ? EVP_PKEY_verify(ctx, signature.p, signature.n,
                                                      digest->digest, digest->digest_len)
                                            : -1;
    EVP_PKEY_CTX_free(ctx);
    return ok;
}

/* OpenSSL takes only DER: what is not is encoded anew, so that a good signature in a bad shape is
 * not called invalid. */
void verify_dsa(struct prover *p, const struct claim *c, struct proof *out)
{
    (void)p;
    const unsigned char *at = c->signature.p;
    ECDSA_SIG *pair =
            c->signature.n <= SEQUENCE_MAX ? d2i_ECDSA_SIG(NULL, &at, (long)c->signature.n) : NULL;
    unsigned char *der = NULL;
    int n = pair != NULL ? i2d_ECDSA_SIG(pair, &der) : -1;
    ECDSA_SIG_free(pair);
    if (n <= 0) {
        out->result = PROOF_INVALID;
        out->why = "the signature does not parse";
        OPENSSL_free(der);
        return;
    }
    struct bytes again = {der, (size_t)n};
    bool is_der = bytes_equal(again, c->signature);
    int ok = verify_digest(c, out, again);
    OPENSSL_free(der);
    if (ok == 1 && is_der) {
        out->result = PROOF_VALID;
    } else if (ok == 1) {
        out->why = "the signature is not in DER";
    } else if (ok == 0) {
        out->result = PROOF_INVALID;
        out->why = "the signature does not verify";
    } else {
        out->why = "the key cannot be used";
    }
}

void verify_eddsa(struct prover *p, const struct claim *c, struct proof *out)
{
    size_t want = c->key->type == KEY_ED25519 ? ED25519_LEN : ED448_LEN;
    if (c->signature.n != want) {
        out->result = PROOF_INVALID;
        out->why = "the signature has a wrong length";
        return;
    }
    EVP_MD_CTX_reset(p->md_ctx);
    int ok = EVP_DigestVerifyInit(p->md_ctx, NULL, NULL, NULL, c->key->pkey) == 1
                     ? EVP_DigestVerify(p->md_ctx, c->signature.p, c->signature.n, c->message.p,
                               c->message.n)
                     : -1;
    EVP_MD_CTX_reset(p->md_ctx);
    out->result = ok == 1 ? PROOF_VALID : ok == 0 ? PROOF_INVALID : PROOF_UNVERIFIED;
    if (ok != 1)
        out->why = ok == 0 ? "the signature does not verify" : "the key cannot be used";
}
