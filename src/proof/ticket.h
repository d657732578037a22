#ifndef TLSWIRE_PROOF_TICKET_H
#define TLSWIRE_PROOF_TICKET_H

#include "proof/prover.h"

/*
 * prove_ticket_zero says whether a ticket is authenticated under a key of zeros, and by what: its
 * last bytes are an HMAC over all others, "HMAC (SHA-256)" as in RFC 5077 4, OpenSSL and GnuTLS up
 * to 3.6.2, or "HMAC (SHA-1)" as in later GnuTLS (zeros of any length up to a block are one key);
 * under the key that Go derives from zeros; or it has the layout of mbedTLS and its tag is one of
 * AES-GCM. NULL when it is not. Each is 16 bytes or more, which chance does not give. Nothing of
 * what is in the ticket is kept.
 */
const char *prove_ticket_zero(struct prover *p, struct bytes ticket);

#endif
