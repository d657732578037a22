#ifndef TLSWIRE_X509_CRL_INTERNAL_H
#define TLSWIRE_X509_CRL_INTERNAL_H

#include "base/arena.h"
#include "x509/crl.h"
#include "x509/signed.h"

/* The bits of ReasonFlags that stand for a reason, as the first 16 bits of it (RFC 5280 4.2.1.13).
 */
enum { CRL_ALL_REASONS = 0x7f80 };

/* issuingDistributionPoint (RFC 5280 5.2.5). */
struct crl_scope {
    bool has_name;
    struct bytes full, relative; /* content of fullName, of nameRelativeToCRLIssuer */
    bool is_users_only, is_cas_only, is_attributes_only, is_indirect;
    unsigned reasons; /* of CRL_ALL_REASONS */
};

/* A key that a CRL was tried with, and whether its signature verifies under it. */
struct crl_key {
    uint8_t sha256[32]; /* of SubjectPublicKeyInfo */
    enum signed_verdict verdict;
};

/* One CRL with a copy of its bytes, which everything points into. */
struct crl {
    struct crl_facts facts;
    uint8_t *copy;
    struct signed_object object;
    struct bytes issuer;    /* the Name with its header */
    struct bytes entries;   /* content of revokedCertificates */
    struct bytes scope_der; /* issuingDistributionPoint; n 0 when there is none */
    struct crl_scope scope; /* covers everything when there is none */
    struct bytes key_id;    /* keyIdentifier of authorityKeyIdentifier; n 0 when there is none */
    uint64_t *index; /* 32 bits of the serial's hash, then the entry's place in entries; sorted */
    size_t n_index;
    /* Keys it was tried with. */
    struct crl_key *keys;
    size_t n_keys;
    bool has_key; /* the last of them is the one that verified */
};

/* An entry of revokedCertificates. */
struct crl_entry {
    struct bytes serial; /* minimal */
    int64_t revoked_us;
    int reason;
};

/* crl_parse fills c, which was zeroed, from a copy of der; false when it is no CRL. What it may not
 * be used for is in left_out. Its issuer as text goes into a. max_entries is how many there may be.
 */
bool crl_parse(struct crl *c, struct bytes der, struct arena *a, size_t max_entries);
/* crl_free frees c, which was made with xcalloc. */
void crl_free(struct crl *c);
/* crl_lookup finds a serial number (minimal content octets). */
bool crl_lookup(const struct crl *c, struct bytes serial, struct crl_entry *out);
/* crl_verify says whether the key of issuer signed it; the answer is kept. INVALID only where the
 * CRL names this very key: a CA may have several of one name. */
enum signed_verdict crl_verify(struct crl *c, const struct cert_view *issuer, const char **reason);

/* crl_scope_read reads an issuingDistributionPoint; false when it does not parse. */
bool crl_scope_read(struct bytes value, struct crl_scope *out);
/* crl_scope_excludes says why a direct CRL of leaf's issuer is none for leaf, or NULL. *is_partial:
 * it covers some reasons only, so that absence from it says little. */
const char *crl_scope_excludes(
        const struct crl_scope *s, const struct cert_view *leaf, bool *is_partial);

#endif
