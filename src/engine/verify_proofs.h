#ifndef TLSWIRE_ENGINE_VERIFY_PROOFS_H
#define TLSWIRE_ENGINE_VERIFY_PROOFS_H

#include "engine/verify_nonces.h"

/*
 * Proof of possession: whether the server's signature in ServerKeyExchange and the client's in
 * CertificateVerify verify, and whether the public values on the wire are sound. Which handshakes
 * are asked is VERIFY_FIRST's: the first three per (endpoint, key, scheme), one in 1,000 after
 * that, and every one that then fails with alert 20, 51, 80 or a close.
 */
struct verify_proofs;

/* mismatched ones count as invalid. */
struct verify_proofs_counts {
    uint64_t valid, invalid, unverified, left_out;
};

/* verify_proofs_new borrows the memory of nonces. */
struct verify_proofs *verify_proofs_new(enum verify_level level, struct verify_nonces *nonces);
/* verify_proofs_free frees; NULL is fine. */
void verify_proofs_free(struct verify_proofs *v);
/* verify_proofs_judge fills the proofs, their nonces and the public values of j. */
void verify_proofs_judge(
        struct verify_proofs *v, const struct verify_question *q, struct judgement *j);
struct verify_proofs_counts verify_proofs_count(const struct verify_proofs *v);

#endif
