#ifndef TLSWIRE_MODEL_JUDGEMENT_H
#define TLSWIRE_MODEL_JUDGEMENT_H

#include "model/chain.h"
#include "model/finding.h"
#include "model/proof.h"
#include "model/revocation.h"

/*
 * What was found out about the certificates and signatures of one handshake, beside what they say.
 * Made by the engine with x509 and proof, read by rules and store. Pointers are NULL where there is
 * nothing, or where it was not asked for; they live until the next handshake.
 */

/* What may be known or not. */
enum known { KNOWN_UNKNOWN, KNOWN_NO, KNOWN_YES };

/* Another certificate with the same modulus factor, serial number or key. */
struct cert_ref {
    bool is_seen;
    uint8_t sha256[32];
    const char *subject; /* escaped; lives with the history */
};

/* What is known about the key of one certificate, whoever served it. */
struct key_facts {
    bool is_rsa;
    struct rsa_key_facts rsa;
    struct cert_ref shared_prime;     /* a certificate whose modulus has a prime in common */
    struct cert_ref duplicate_serial; /* same issuer and serial number, other bytes */
    bool is_blocked;
    struct blocklist_hit blocked;
    enum known is_duplicate_of_issuer; /* the key that issued duplicate_serial issued this one too:
                                          equal authorityKeyIdentifiers; unknown without them */
};

/* Who else was seen with the key of the leaf (RFC 5280 leaves this to the owner of the key). */
struct key_use {
    unsigned n_domains; /* registrable domains of names that it was served for */
    const char *other;  /* one that is not of this handshake, escaped; NULL none */
    bool is_sslv2_seen; /* a server showed it over SSL 2.0 */
    bool is_tls_seen;   /* over TLS 1.0 or later */
};

/* One trust store as the user knows it. */
struct store_info {
    const char *name;
    bool is_public, is_named;
    int64_t newest_us; /* notBefore of its newest anchor: it cannot be older */
};

/* One proof that was asked for; tried is false when sampling left it out or there was nothing. */
struct proof_answer {
    bool is_tried;
    struct proof proof;
    bool is_nonce_reused;
    int64_t other_handshake; /* with the same nonce */
};

struct judgement {
    enum known is_public; /* the server's leaf chains to a public root */
    size_t n_stores;
    const struct store_info *stores;
    const struct chain_facts *server_chain;
    const struct chain_facts *client_chain;
    /* By position in the server's chain, n_chain of them. */
    const struct key_facts *const *keys;
    const struct key_use *key_use; /* of the leaf, before this handshake */
    /* OCSP answers of the CertificateStatus, the leaf's first; and from files. */
    size_t n_staples;
    const struct ocsp_answer *staples;
    const struct ocsp_answer *ocsp_file;
    const char *ocsp_source;
    bool has_crls;
    struct crl_answer crl;
    bool has_ct_logs;
    const struct sct_list *scts; /* of all three channels */
    struct sct_policy sct_policy;
    struct proof_answer server_proof, client_proof;
    /* Public values on the wire. */
    bool has_dh;
    struct dh_facts dh;
    struct share_facts server_share, client_share; /* the client's: of the group that was chosen */
    bool has_blocklist;
};

#endif
