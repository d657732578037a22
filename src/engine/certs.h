#ifndef TLSWIRE_ENGINE_CERTS_H
#define TLSWIRE_ENGINE_CERTS_H

#include "model/certificate.h"
#include "store/store.h"

/*
 * The certificates met in this run, parsed once each: found again by a keyed hash of the DER and a
 * comparison of all its bytes. Bounded in number and bytes; the least recently used goes.
 *
 * Of a live capture only so many new ones are stored a second, by their bytes, and so many names of
 * them; what was left out is made good when the certificate is met again and there is room.
 */
struct certs;

/* A certificate and when it was seen since it was last written. */
struct cert {
    struct certificate *facts;
    int64_t id; /* in the store; 0: it is not stored */
    int64_t first_us, last_us;
    bool is_dirty;
    bool has_names; /* there, as far as they are kept */
    bool is_told;   /* it is counted as left out */
};

enum {
    CERTS_CAP = 50000,
    CERTS_BYTES = 128 << 20, /* of DER, and of names as they are in memory */
};

/* How much of new certificates is stored: so much a second, and what was saved up. */
struct certs_limits {
    int64_t names_a_second, names_saved;
    int64_t bytes_a_second, bytes_saved; /* of DER */
};
/* certs_live_limits are those of a live capture. */
extern const struct certs_limits certs_live_limits;

/* certs_new with limits NULL stores everything. */
struct certs *certs_new(struct store *store, const struct certs_limits *limits);
/* certs_free frees; certs_flush comes first. NULL is fine. */
void certs_free(struct certs *c);
/*
 * certs_chain looks up (and stores, when new) the entries of a Certificate message seen at us into
 * out[TLS_CHAIN_CAP] and their ids, and gives the id of the chain, 0 when it or one of them is not
 * stored. The pointers live until certs_bury. False with err when the store failed.
 */
bool certs_chain(struct certs *c, const struct cert_message *m, int64_t us,
        const struct certificate *out[TLS_CHAIN_CAP], int64_t ids[TLS_CHAIN_CAP], int64_t *chain_id,
        struct err *err);
/* certs_bury frees what was evicted since the last time: no pointer of an earlier chain is used any
 * more. */
void certs_bury(struct certs *c);
/* certs_flush writes when each was last seen. */
bool certs_flush(struct certs *c, struct err *err);
/* Live, where they are many: certs_flush_begin asks for that, and each certs_flush_some writes
 * `most` of it. */
void certs_flush_begin(struct certs *c);
bool certs_flush_some(struct certs *c, size_t most, struct err *err);
uint64_t certs_count(const struct certs *c); /* new to this run */
/* Certificates that were not stored, or without their names, when they were met first. */
uint64_t certs_not_stored(const struct certs *c);
uint64_t certs_nameless(const struct certs *c);

#endif
