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
    bool is_tls_seen;   /* a server showed it over TLS 1.0 or later */
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
};

/* Signatures that are made with a nonce (ECDSA, DSA); stored by number, never renumbered. */
enum nonce_source {
    NONCE_SERVER_KEY_EXCHANGE,
    NONCE_CLIENT_VERIFY,
    NONCE_CERTIFICATE,
    NONCE_STAPLE,
    NONCE_SOURCES
};

enum { NONCE_R_MAX = 72, NONCE_BYTES = 64 };

/* The public half of a nonce, and what it was used for. */
struct nonce {
    uint8_t spki_sha256[32];
    uint8_t r[NONCE_R_MAX]; /* big-endian without leading zeros */
    size_t n_r;
    uint64_t message;   /* hash_fixed of what was signed */
    uint64_t signature; /* the same of the whole signature */
};

/* Where a signature can be checked. */
struct nonce_place {
    enum nonce_source source;
    enum side side;
    bool is_verified;
    int64_t handshake_id;
    int64_t input_id; /* in the database, when an earlier run saw it; else 0: see at */
    struct span at;
    uint8_t bytes[NONCE_BYTES]; /* of the signature, its first */
    size_t n_bytes;
};

/* What became of one signature of the handshake. */
struct nonce_answer {
    bool is_remembered; /* its nonce was compared with all before */
    bool is_reused;     /* by `other`, under the same key over other bytes; this one verifies */
    uint8_t spki_sha256[32];
    struct nonce_place here, other;
};

/* Where a session ticket stands. */
enum ticket_source { TICKET_NEW, TICKET_OFFERED, TICKET_PSK };

/* A ticket whose MAC or tag verifies under a key of zeros. */
struct zero_ticket {
    const char *mac; /* static text: what verifies, see proof/ticket.h; NULL none */
    enum ticket_source source;
};

struct judgement {
    enum known is_public; /* the server's leaf chains to a public root */
    size_t n_stores;
    const struct store_info *stores;
    const struct chain_facts *server_chain;
    const struct chain_facts *client_chain;
    /* By position in the server's chain, n_chain of them. */
    const struct key_facts *const *keys;
    const struct key_facts *const *client_keys; /* likewise, of the client's */
    const struct key_use *key_use;              /* of the leaf, before this handshake */
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
    struct nonce_answer nonces[NONCE_SOURCES];
    /* Public values on the wire. */
    bool has_dh;
    struct dh_facts dh;
    struct share_facts server_share, client_share; /* the client's: of the group that was chosen */
    /* Without a ServerHello: the group of the first share in the ClientHello that is not valid,
     * which client_share is then; 0 none. */
    uint16_t refused_group;
    struct zero_ticket zero_ticket; /* the first of this handshake */
    bool has_blocklist;
};

#endif
