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
/* x509_extensions reads the extensions; false when one that we know does not parse. */
bool x509_extensions(struct certificate *c, struct cur list);
/* x509_verify_self verifies the certificate with its own key (OpenSSL). */
enum self_signed x509_verify_self(struct bytes der);

#endif
