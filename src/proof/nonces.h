#ifndef TLSWIRE_PROOF_NONCES_H
#define TLSWIRE_PROOF_NONCES_H

#include "base/bytes.h"
#include "model/proof.h"

/*
 * The r values of ECDSA and DSA signatures per key. Two signatures with the same r over different
 * digests give the private key away.
 */
struct nonce_memory;

enum { NONCES_CAP = 100000 }; /* signatures remembered by default; the least recently used goes */

/* nonces_new makes an empty memory of at most cap signatures; 0 means NONCES_CAP. */
struct nonce_memory *nonces_new(size_t cap);
/* nonces_free frees it; NULL is fine. */
void nonces_free(struct nonce_memory *n);
/*
 * nonces_add takes a signature (DER, r and s) that was verified: proof must be valid and has_nonce,
 * else nothing happens. It says whether an earlier signature under the same key has the same r and
 * another digest; *other gets the id of that one. The same signature sent again is none.
 */
bool nonces_add(struct nonce_memory *n, const struct proof *proof, struct bytes signature,
        uint64_t id, uint64_t *other);

#endif
