#ifndef TLSWIRE_PROOF_TICKET_H
#define TLSWIRE_PROOF_TICKET_H

#include "proof/prover.h"

/*
 * prove_ticket_zero says whether the last bytes of a ticket are an HMAC over all others under a key
 * of zeros (RFC 5077 4; zeros of any length up to a block are one key). It names the hash,
 * "SHA-256" as in RFC 5077, OpenSSL and GnuTLS up to 3.6.2, or "SHA-1" as in later GnuTLS; NULL
 * when not. Nothing is decrypted.
 */
const char *prove_ticket_zero(struct prover *p, struct bytes ticket);

#endif
