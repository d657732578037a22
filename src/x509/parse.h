#ifndef TLSWIRE_X509_PARSE_H
#define TLSWIRE_X509_PARSE_H

#include "model/certificate.h"
#include "x509/der.h"

/* x509_name_text gives a Name as text in the arena, NULL when it does not parse; *common_name gets
 * the last CN. */
const char *x509_name_text(struct arena *a, struct cur name, struct bytes *common_name);
/* x509_key reads a SubjectPublicKeyInfo into type, size and curve; false when it does not parse. */
bool x509_key(struct certificate *c, struct cur spki);
/* x509_signature_algorithm reads an AlgorithmIdentifier. */
bool x509_signature_algorithm(struct certificate *c, struct cur algorithm);
/* x509_sig_match compares the two AlgorithmIdentifiers of a certificate (RFC 5280 4.1.1.2). */
enum sig_match x509_sig_match(struct bytes inner, struct bytes outer);
/* x509_extensions reads the extensions; false when one that we know does not parse: the others are
 * read all the same. */
bool x509_extensions(struct certificate *c, struct cur list);
/* x509_verify_self verifies the certificate with its own key (OpenSSL). */
enum self_signed x509_verify_self(struct bytes der);

/* x509_lint notes what is wrong with a certificate, each id once, up to CERT_LINT_CAP; text is
 * static or in its arena, effective_us as in struct lint. */
void x509_lint(struct certificate *c, enum lint_kind kind, const char *id, const char *text,
        int64_t effective_us);
/* x509_lint_der notes where bytes that begin with DER elements break X.690 8 and 10: lengths,
 * BOOLEAN and INTEGER. Elements within OCTET and BIT STRINGs are not looked at. */
void x509_lint_der(struct certificate *c, struct bytes elements);
/* x509_lint_time notes a time of Validity that RFC 5280 4.1.2.5 does not allow. */
void x509_lint_time(struct certificate *c, uint8_t tag, struct cur body, int64_t us);
/* x509_lint_profile notes what a parsed certificate as a whole does that RFC 5280 or the Baseline
 * Requirements do not allow. */
void x509_lint_profile(struct certificate *c);

/* x509_names fills name_problems from the SANs and the common name. */
void x509_names(struct certificate *c);
/* x509_is_public_suffix says whether a host name is a suffix below which anybody can register: the
 * ICANN section of the public suffix list that libpsl was built with. */
bool x509_is_public_suffix(struct bytes host);

#endif
