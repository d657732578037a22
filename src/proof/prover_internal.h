#ifndef TLSWIRE_PROOF_PROVER_INTERNAL_H
#define TLSWIRE_PROOF_PROVER_INTERNAL_H

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>

#include "base/map.h"
#include "model/certificate.h"
#include "proof/prover.h"

enum hash {
    HASH_NONE,
    HASH_MD5,
    HASH_SHA1,
    HASH_SHA224,
    HASH_SHA256,
    HASH_SHA384,
    HASH_SHA512,
    HASH_MD5_SHA1,
    N_HASHES
};

enum { N_CURVES = 33, N_FIELDS = 5 };

struct public_key {
    EVP_PKEY *pkey; /* NULL: did not parse, or of a kind that OpenSSL does not know */
    enum key_type type;
    uint8_t spki_sha256[32];
    BIGNUM *n, *e;     /* RSA */
    BN_MONT_CTX *mont; /* RSA: NULL when the key cannot be used */
};

struct known_prime;

struct prover {
    struct map *keys;   /* SHA-256 of the DER as given -> struct public_key */
    struct map *primes; /* SHA-256 of p -> struct tested_prime */
    struct known_prime *known;
    unsigned prime_budget;
    BN_CTX *ctx;
    EVP_MD_CTX *md_ctx;
    EVP_MD *hashes[N_HASHES];
    EC_GROUP *curves[N_CURVES];
    BIGNUM *fields[N_FIELDS]; /* primes of RFC 7919, NULL until one is asked about */
    uint8_t *signed_bytes;    /* what the signature at hand covers */
    size_t n_signed, room;
    bool is_too_long;
};

/* What is asked of one signature. */
struct claim {
    const struct public_key *key;
    enum hash hash;
    struct bytes message;
    struct bytes signature;
};

/* prover_key gives the key of a certificate or SubjectPublicKeyInfo; it stays valid until the next
 * call. */
const struct public_key *prover_key(struct prover *p, struct bytes der);
/* prover_hash writes the digest of the message and gives its length, 0 for HASH_NONE. */
size_t prover_hash(
        struct prover *p, enum hash hash, struct bytes message, uint8_t out[PROOF_DIGEST_MAX]);

/* verify_* fill result, why and what goes with them; out->digest is filled before. */
void verify_rsa_pkcs1(struct prover *p, const struct claim *c, struct proof *out);
void verify_rsa_pss(struct prover *p, const struct claim *c, struct proof *out);
void verify_dsa(struct prover *p, const struct claim *c, struct proof *out); /* and ECDSA */
void verify_eddsa(struct prover *p, const struct claim *c, struct proof *out);

/* dh_public_check looks at a public key of the group modulo n. */
struct share_facts dh_public_check(const BIGNUM *n, struct bytes public);

/* named_prime gives p of a group by its name in OpenSSL, NULL when this one does not have it. The
 * caller frees. */
BIGNUM *named_prime(const char *name);
/* known_primes_new lists the primes that everybody knows; known_primes_free frees the list. */
struct known_prime *known_primes_new(void);
void known_primes_free(struct known_prime *list);

#endif
