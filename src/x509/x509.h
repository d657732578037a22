#ifndef TLSWIRE_X509_X509_H
#define TLSWIRE_X509_X509_H

#include "model/certificate.h"

/*
 * x509_parse reads one DER certificate (RFC 5280 4.1) into facts. It never fails: what does not
 * parse is named in problem. Digests and self_signed are filled too (the signature is verified by
 * OpenSSL when subject equals issuer). The caller owns the result and frees it with
 * certificate_free. What is wrong with it as it was issued is in lints and name_problems.
 */
struct certificate *x509_parse(struct bytes der);

enum name_match { NAME_MATCH, NAME_MISMATCH, NAME_NOT_COMPARABLE };

/*
 * x509_match_name compares a host name (SNI bytes) with the SANs of a leaf by RFC 9525: dNSName
 * without case, a wildcard only as the whole leftmost label, for one label, and not directly below
 * a public suffix (ICANN section), but below any other single label ("*.lan"); a name that is an IP
 * literal is compared with iPAddress; one dot at the end does not count. The common name is not
 * looked at. NOT_COMPARABLE: the certificate did not parse, the name is no valid host name, or
 * nothing matches among the names that were kept.
 */
enum name_match x509_match_name(const struct certificate *c, struct bytes host);

/*
 * x509_match_authorities says whether an issuer or subject of the chain is among the names of a
 * CertificateRequest (RFC 5246 7.4.4, wire form): byte by byte, or as text without case, runs of
 * spaces and string types. NOT_COMPARABLE: nothing matches, and a certificate or a name did not
 * parse.
 */
enum name_match x509_match_authorities(
        const struct certificate *const *chain, size_t n, struct bytes authorities);

/*
 * x509_registrable_domain writes the part of a host name (lower case) that somebody registered: the
 * public suffix and one label more, by the public suffix list; empty when there is none, as for an
 * address or a single label.
 */
void x509_registrable_domain(const char *host, char *out, size_t size);

/* x509_signature takes what is signed and the signature out of a certificate; both borrow. */
bool x509_signature(struct bytes der, struct bytes *tbs, struct bytes *signature);
/* x509_is_issued says whether the signature of one verifies under the key of the other, which its
 * issuer's name names. */
bool x509_is_issued(struct bytes der, struct bytes issuer_der);

#endif
