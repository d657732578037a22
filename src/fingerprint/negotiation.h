#ifndef TLSWIRE_FINGERPRINT_NEGOTIATION_H
#define TLSWIRE_FINGERPRINT_NEGOTIATION_H

#include "model/handshake.h"

/* negotiation_id is a positive id made from the SHA-256 of a key. */
int64_t negotiation_id(struct bytes key);
/* fingerprint_server is our own fingerprint of a server (docs/fingerprints.md); h has a
 * ServerHello. */
void fingerprint_server(const struct handshake *h, char out[48]);

#endif
