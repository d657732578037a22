#ifndef TLSWIRE_MODEL_DERIVED_H
#define TLSWIRE_MODEL_DERIVED_H

#include "model/handshake.h"

/* What follows from the facts about one handshake, where metrics, history and rules must agree. */

/* handshake_offers_resumption says whether the client offered to go on with a session; h has a
 * ClientHello. */
bool handshake_offers_resumption(const struct handshake *h);
/* handshake_latency is the time from the first byte of the ClientHello to the client's Finished;
 * TIME_NONE when either was not seen. */
int64_t handshake_latency(const struct handshake *h);
/* handshake_tier ranks what was negotiated by version, then AEAD, then forward secrecy: more is
 * better; 0 when it is not known. */
unsigned handshake_tier(const struct handshake *h);
/* handshake_is_sound says whether what was negotiated is at least TLS 1.2 with AEAD and forward
 * secrecy (RFC 9325 4.2). */
bool handshake_is_sound(const struct handshake *h);
/* handshake_is_left says whether the client of TLS 1.3 closed without a word where its Finished was
 * due: some stacks refuse a certificate that way. */
bool handshake_is_left(const struct handshake *h);
/* handshake_offered_version is the highest version that the client offered, TLS 1.3 at most; 0
 * without a ClientHello. */
uint16_t handshake_offered_version(const struct handshake *h);

/* A full handshake in which the client sent the secret encrypted with the key of the certificate
 * (RFC 5246 7.4.7.1). */
enum rsa_exchange {
    RSA_EXCHANGE_NONE,  /* it was none, or how it ended does not tell */
    RSA_EXCHANGE_DONE,  /* both sides have the secret */
    RSA_EXCHANGE_FAILED /* behind it came bad_record_mac, decrypt_error or (of a server that
                            asked for no certificate) handshake_failure, or the server left */
};
enum rsa_exchange handshake_rsa_exchange(const struct handshake *h);

#endif
