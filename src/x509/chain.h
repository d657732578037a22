#ifndef TLSWIRE_X509_CHAIN_H
#define TLSWIRE_X509_CHAIN_H

#include "model/certificate.h"
#include "model/chain.h"
#include "x509/trust.h"

/*
 * Judges lists of certificates at a packet time (RFC 5280 6.1, by OpenSSL) against several trust
 * stores. Paths are found here, over verified signatures and within fixed bounds, because OpenSSL
 * follows only one issuer of several; each path found is then given to OpenSSL alone. Strength is
 * not judged (security level 0), nor is the purpose: OpenSSL would stop at the leaf's
 * extendedKeyUsage and say nothing about the path; it is a fact of its own. Times are compared
 * here, both ends included (RFC 5280 4.1.2.5): OpenSSL calls the second of notAfter expired.
 * One thread.
 */
struct chain_engine;

struct chain_counts {
    uint64_t judged;                    /* calls */
    uint64_t cached;                    /* answered from the cache */
    uint64_t parsed, signatures, paths; /* d2i, signatures and paths given to OpenSSL */
    uint64_t capped;                    /* verdicts whose work was cut off */
    uint64_t pool, pool_dropped;        /* certificates in the pool in the end; pushed out */
    uint64_t evicted;                   /* verdicts that the cache lost */
};

/* chain_engine_new: trust is borrowed and must not change while the engine lives. */
struct chain_engine *chain_engine_new(const struct trust_set *trust);
/* chain_engine_free accepts NULL. */
void chain_engine_free(struct chain_engine *e);

/* chain_engine_give adds the CA certificates of a file or directory to those that may repair a
 * path; *n gets how many there were. False when it cannot be read or holds none. */
bool chain_engine_give(struct chain_engine *e, const char *path, size_t *n, struct err *err);

/*
 * chain_judge judges chain[0..n-1], the leaf first, as it was sent at at_us by a server or a
 * client. The facts live until the next call. NULL when n is 0; entries beyond CHAIN_SENT_CAP are
 * not looked at and set is_capped. Its CA certificates may repair other lists from now on.
 */
const struct chain_facts *chain_judge(struct chain_engine *e,
        const struct certificate *const *chain, size_t n, enum chain_role role, int64_t at_us);

struct chain_counts chain_engine_counts(const struct chain_engine *e);

#endif
