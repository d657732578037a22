#ifndef TLSWIRE_HISTORY_SSLV2_KEYS_H
#define TLSWIRE_HISTORY_SSLV2_KEYS_H

#include "history/history.h"

/* Keys that a server showed over SSL 2.0, and RSA keys shown over TLS, over all vantages. 10,000
 * and 50,000 of 8 bytes. */
enum { HISTORY_SSLV2_KEYS = 10000, HISTORY_TLS_RSA_KEYS = 50000 };

/* history_sslv2_key says whether the key with this SHA-256 of its SubjectPublicKeyInfo is one. */
bool history_sslv2_key(struct history *history, const uint8_t spki_sha256[32]);
/* history_tls_rsa_key says so of one that was shown over TLS 1.0 to 1.2. */
bool history_tls_rsa_key(struct history *history, const uint8_t spki_sha256[32]);

#endif
