#ifndef TLSWIRE_X509_CRL_INTERNAL_H
#define TLSWIRE_X509_CRL_INTERNAL_H

#include "base/arena.h"
#include "x509/crl.h"
#include "x509/signed.h"

/* One CRL with a copy of its bytes, which everything points into. */
struct crl {
    struct crl_facts facts;
    uint8_t *copy;
    struct signed_object object;
    struct bytes issuer;  /* the Name with its header */
    struct bytes entries; /* content of revokedCertificates */
    struct bytes scope;   /* issuingDistributionPoint; n 0 when it covers everything */
    uint64_t *index; /* 32 bits of the serial's hash, then the entry's place in entries; sorted */
    size_t n_index;
    /* Keys it was tried with. */
    uint8_t (*keys)[32];
    size_t n_keys;
    bool has_key;       /* the last of them is the one that verified */
    const char *reason; /* of the last that did not */
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
/* crl_verify says whether this key signed it; the answer is kept. */
enum signed_verdict crl_verify(struct crl *c, struct bytes spki, const char **reason);

#endif
