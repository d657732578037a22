#ifndef TLSWIRE_X509_SIGNED_H
#define TLSWIRE_X509_SIGNED_H

#include "model/revocation.h"
#include "x509/der.h"

/*
 * What certificates, CRLs and OCSP answers have in common: a body, an AlgorithmIdentifier and a
 * BIT STRING over the body (RFC 5280 4.1.1). Everything borrows from the bytes that were read.
 */
struct signed_object {
    struct bytes tbs;       /* with its header: what is signed */
    struct bytes algorithm; /* AlgorithmIdentifier with its header */
    struct bytes signature;
};

/* The fields of a certificate that signatures and look-ups need (RFC 5280 4.1.2). */
struct cert_view {
    struct signed_object object;
    struct bytes serial;          /* content octets as sent */
    struct bytes issuer, subject; /* the Name with its header */
    struct bytes spki;            /* SubjectPublicKeyInfo with its header */
    struct bytes key;             /* the bits of its BIT STRING */
    int64_t not_before_us, not_after_us;
    struct cur extensions; /* for extension_next; empty when there are none */
};

struct extension {
    struct bytes oid;
    bool is_critical;
    struct bytes value; /* content of extnValue */
};

/* signed_read takes the three elements from c and leaves what follows; false when they do not
 * parse. */
bool signed_read(struct cur *c, struct signed_object *out);
/* signed_verify verifies with the key of a SubjectPublicKeyInfo. *reason gets why not VALID; an
 * algorithm that OpenSSL does not know, or that is not for this key, is UNVERIFIED. */
enum signed_verdict signed_verify(
        const struct signed_object *o, struct bytes spki, const char **reason);
/* cert_view_read reads one DER certificate and nothing behind it; false when it does not parse. */
bool cert_view_read(struct bytes der, struct cert_view *out);
/* cert_view_issued says whether issuer's key signed c, and its subject is c's issuer. */
enum signed_verdict cert_view_issued(
        const struct cert_view *c, const struct cert_view *issuer, const char **reason);
/* extension_next reads the next element of Extensions; false at the end, and then the list is bad
 * when it did not parse. */
bool extension_next(struct cur *list, struct extension *out);
/* extension_find gives the first extension with this OID (content octets). */
bool extension_find(struct cur list, struct bytes oid, struct extension *out);
/* integer_minimal takes sign octets that DER does not allow off the content of an INTEGER, so that
 * serial numbers can be compared as bytes. */
struct bytes integer_minimal(struct bytes content);

#endif
