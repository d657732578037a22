#ifndef TLSWIRE_FINGERPRINT_NEGOTIATION_H
#define TLSWIRE_FINGERPRINT_NEGOTIATION_H

#include "base/text.h"
#include "model/handshake.h"

/* negotiation_id is a positive id made from the SHA-256 of a key. */
int64_t negotiation_id(struct bytes key);
/* negotiation_choice_key writes everything that h->server_hello and the server's messages chose. */
void negotiation_choice_key(struct text *t, const struct handshake *h);
/* fingerprint_server is our own fingerprint of a server (docs/fingerprints.md); h has a
 * ServerHello. */
void fingerprint_server(const struct handshake *h, char out[48]);

#endif
