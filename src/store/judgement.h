#ifndef TLSWIRE_STORE_JUDGEMENT_H
#define TLSWIRE_STORE_JUDGEMENT_H

#include "model/judgement.h"
#include "store/store.h"

/* Which rows a judgement belongs to; 0 where there is none. */
struct judgement_refs {
    int64_t leaf_id;  /* certificate */
    int64_t chain_id; /* of the server */
    int64_t client_chain_id;
    const int64_t *cert_ids;
    size_t n_certs;
    int64_t us; /* packet time of the certificates */
};

/* store_judgement writes what a judgement says about chain, keys, revocation and SCTs; what was
 * written before is passed over. */
bool store_judgement(struct store *s, const struct judgement *j, const struct judgement_refs *refs,
        struct err *err);

/* store_key_problem notes one problem of the key of a certificate that is stored. */
bool store_key_problem(struct store *s, const uint8_t sha256[32], const char *problem,
        const char *detail, struct err *err);

/* A trust store or data file of the run. */
struct data_file {
    const char *kind; /* "trust", "crl", "ocsp", "ct-logs", "blocklist", "intermediates" */
    const char *name; /* of a trust store, or NULL */
    const char *path;
    int64_t date_us; /* TIME_NONE when it has none */
    uint64_t entries, left_out;
    bool is_public, is_named;
};
bool store_data_file(struct store *s, const struct data_file *f, struct err *err);

/* store_crl_problem notes why a CRL could not be used in this run; nothing when it could. */
bool store_crl_problem(struct store *s, const struct crl_facts *f, struct err *err);

#endif
