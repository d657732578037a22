#ifndef TLSWIRE_ENGINE_VERIFY_NONCES_H
#define TLSWIRE_ENGINE_VERIFY_NONCES_H

#include "engine/verifier.h"

/*
 * The nonces of all signatures by ECDSA and DSA that are seen, also in earlier runs. Signatures are
 * remembered whether or not they were verified; when one repeats a nonce, it is verified then.
 */
struct verify_nonces;

enum {
    VERIFY_NONCES_REFUTED = 1000,   /* that many do not verify: the rest is not compared */
    VERIFY_NONCES_STORED = 64,      /* handshakes of one (endpoint, key, scheme) */
    VERIFY_NONCES_OF_KEY = 10000,   /* read back for one key */
    VERIFY_NONCES_IN_STORE = 100000 /* kept in the database; the oldest go */
};

/* One signature. */
struct nonce_use {
    const uint8_t *spki_sha256; /* of the key that it is under */
    struct bytes signature;
    uint64_t message; /* hash_fixed of what was signed */
    bool is_stored;   /* to be remembered by later runs, and compared with those of earlier ones */
    bool is_verified; /* else prove says so, when it matters */
    bool (*prove)(void *ctx);
    void *ctx;
    enum nonce_source source;
    enum side side;
    struct span at;
    int64_t handshake_id;
};

struct verify_nonces *verify_nonces_new(void);
/* verify_nonces_free frees; NULL is fine. */
void verify_nonces_free(struct verify_nonces *v);
/* verify_nonces_take compares one signature with all before, remembers it, and fills out. memory is
 * the database, NULL when earlier runs are not to be remembered. */
void verify_nonces_take(struct verify_nonces *v, const struct nonce_use *u, struct store *memory,
        struct nonce_answer *out);

/* verify_nonces_certificate does so for the signature of entry i of the chain of a side, as far as
 * the chain has its issuer. Once for each certificate is enough. */
void verify_nonces_certificate(struct verify_nonces *v, const struct verify_question *q,
        enum side side, size_t i, struct nonce_answer *out);
/* verify_nonces_staple does so for the signature of the leaf's stapled OCSP answer. */
void verify_nonces_staple(struct verify_nonces *v, const struct verify_question *q,
        const struct ocsp_answer *staple, struct nonce_answer *out);

#endif
