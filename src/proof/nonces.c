#include "proof/nonces.h"

#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <string.h>

#include "base/alloc.h"
#include "base/map.h"
#include "crypto/digest.h"
#include "proof/bn.h"

enum { R_MAX = 96, SIGNATURE_MAX = 4096 };

struct used {
    uint64_t id;
    uint8_t digest[SHA256_LEN]; /* of the digest that was signed */
};

struct nonce_memory {
    struct map *used; /* SPKI hash and r -> struct used */
};

struct nonce_memory *nonces_new(size_t cap)
{
    struct nonce_memory *n = xcalloc(1, sizeof *n);
    n->used = map_new(
            &(struct map_options){.cap = cap > 0 ? cap : NONCES_CAP, .on_evict = map_xfree});
    return n;
}

void nonces_free(struct nonce_memory *n)
{
    if (n == NULL)
        return;
    map_free(n->used);
    xfree(n);
}

/* r as a number, so that its encoding does not matter. */
static size_t read_r(struct bytes signature, uint8_t out[R_MAX])
{
    const unsigned char *at = signature.p;
    ECDSA_SIG *pair = signature.n > 0 && signature.n <= SIGNATURE_MAX
                              ? d2i_ECDSA_SIG(NULL, &at, (long)signature.n)
                              : NULL;
    size_t n = 0;
    if (pair != NULL && BN_num_bytes(ECDSA_SIG_get0_r(pair)) <= R_MAX)
        n = (size_t)BN_bn2bin(ECDSA_SIG_get0_r(pair), out);
    ECDSA_SIG_free(pair);
    ERR_clear_error();
    return n;
}

bool nonces_add(struct nonce_memory *n, const struct proof *proof, struct bytes signature,
        uint64_t id, uint64_t *other)
{
    uint8_t key[sizeof proof->spki_sha256 + R_MAX];
    if (proof->result != PROOF_VALID || !proof->has_nonce)
        return false;
    memcpy(key, proof->spki_sha256, sizeof proof->spki_sha256);
    size_t n_r = read_r(signature, key + sizeof proof->spki_sha256);
    if (n_r == 0)
        return false;
    struct used now = {.id = id};
    digest_sha256((struct bytes){proof->digest, proof->digest_len}, now.digest);
    struct bytes k = {key, sizeof proof->spki_sha256 + n_r};
    const struct used *before = map_get(n->used, k);
    if (before != NULL && memcmp(before->digest, now.digest, sizeof now.digest) != 0) {
        *other = before->id;
        return true;
    }
    if (before != NULL)
        return false;
    struct used *kept = xcalloc(1, sizeof *kept);
    *kept = now;
    map_put(n->used, k, kept);
    return false;
}
