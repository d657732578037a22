#ifndef TLSWIRE_PROOF_NONCES_H
#define TLSWIRE_PROOF_NONCES_H

#include "model/judgement.h"

/*
 * The r values of ECDSA and DSA signatures per key. Two signatures with the same r over different
 * bytes give the private key away.
 */
struct nonce_memory;

enum { NONCES_CAP = 100000 }; /* signatures remembered by default; the least recently used goes */

/* nonces_new makes an empty memory of at most cap signatures; 0 means NONCES_CAP. */
struct nonce_memory *nonces_new(size_t cap);
/* nonces_free frees it; NULL is fine. */
void nonces_free(struct nonce_memory *n);
/* nonce_read takes all but key and message from a signature (a SEQUENCE of two INTEGERs, RFC
 * 3279 2.2.3); false when it is none. */
bool nonce_read(struct bytes signature, struct nonce *out);
/*
 * nonces_find gives the place of an earlier signature with the same key and r over other bytes, or
 * NULL; it lives until the next nonces_add. *is_known says that the same bytes were signed, or that
 * it is the same signature: over other bytes it cannot verify.
 */
const struct nonce_place *nonces_find(
        struct nonce_memory *n, const struct nonce *nonce, bool *is_known);
/* nonces_add remembers a signature whose key and r were not there. */
void nonces_add(struct nonce_memory *n, const struct nonce *nonce, const struct nonce_place *place);

#endif
