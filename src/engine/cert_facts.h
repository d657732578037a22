#ifndef TLSWIRE_ENGINE_CERT_FACTS_H
#define TLSWIRE_ENGINE_CERT_FACTS_H

#include "model/certificate.h"
#include "model/extension.h"

/* What can be known of a stored certificate beyond its columns, for `tlswire show cert`. */

/* engine_certificate parses DER into facts and never fails: see x509_parse. The caller frees it
 * with certificate_free. */
struct certificate *engine_certificate(struct bytes der);
/* engine_extensions lists the extensions in their order, decoded; everything lives in c's arena.
 * Gives how many there are in *list, at most EXTENSIONS_CAP; what does not parse ends the list. */
size_t engine_extensions(struct certificate *c, struct extension **list);

#endif
