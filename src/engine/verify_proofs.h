#ifndef TLSWIRE_ENGINE_VERIFY_PROOFS_H
#define TLSWIRE_ENGINE_VERIFY_PROOFS_H

#include "engine/verify.h"
#include "model/judgement.h"

/*
 * Proof of possession: whether the server's signature in ServerKeyExchange and the client's in
 * CertificateVerify verify, and whether the public values on the wire are sound. Which handshakes
 * are asked is VERIFY_FIRST's: the first three per (endpoint, key, scheme), one in 1,000 after
 * that, and every one that then fails with alert 20, 51, 80 or a close.
 */
struct verify_proofs;

struct verify_proofs_counts {
    uint64_t tried, left_out;
};

struct verify_proofs *verify_proofs_new(enum verify_level level);
/* verify_proofs_free frees; NULL is fine. */
void verify_proofs_free(struct verify_proofs *v);
/* verify_proofs_judge fills the proofs and public values of j. server and client are the leaves,
 * NULL when they were not seen. */
void verify_proofs_judge(struct verify_proofs *v, const struct handshake *h,
        const struct certificate *server, const struct certificate *client, struct judgement *j);
struct verify_proofs_counts verify_proofs_count(const struct verify_proofs *v);

#endif
