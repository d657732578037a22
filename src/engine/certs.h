#ifndef TLSWIRE_ENGINE_CERTS_H
#define TLSWIRE_ENGINE_CERTS_H

#include "model/certificate.h"
#include "store/store.h"

/*
 * The certificates met in this run, parsed once each: found again by a keyed hash of the DER and a
 * comparison of all its bytes. Bounded; the least recently used goes.
 */
struct certs;

/* A certificate and when it was seen since it was last written. */
struct cert {
    struct certificate *facts;
    int64_t id; /* in the store */
    int64_t first_us, last_us;
    bool is_dirty;
};

enum { CERTS_CAP = 50000 };

struct certs *certs_new(struct store *store);
/* certs_free frees; certs_flush comes first. NULL is fine. */
void certs_free(struct certs *c);
/*
 * certs_chain looks up (and stores, when new) the entries of a Certificate message seen at us into
 * out[TLS_CHAIN_CAP] and their ids, and gives the id of the chain. The pointers live until
 * certs_bury. False with err when the store failed.
 */
bool certs_chain(struct certs *c, const struct cert_message *m, int64_t us,
        const struct certificate *out[TLS_CHAIN_CAP], int64_t ids[TLS_CHAIN_CAP], int64_t *chain_id,
        struct err *err);
/* certs_bury frees what was evicted since the last time: no pointer of an earlier chain is used any
 * more. */
void certs_bury(struct certs *c);
/* certs_flush writes when each was last seen. */
bool certs_flush(struct certs *c, struct err *err);
uint64_t certs_count(const struct certs *c); /* new to this run */

#endif
