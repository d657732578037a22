#ifndef TLSWIRE_DISSECTORS_TLS_MESSAGES_H
#define TLSWIRE_DISSECTORS_TLS_MESSAGES_H

#include "base/arena.h"
#include "base/cursor.h"
#include "model/tls.h"

/*
 * Pure parsers of handshake message bodies. msg is the whole body; every cut of a valid body fails.
 * The views in *out borrow from msg; lists that are made from it live in the arena.
 */

/* RFC 8446 4.1.2, RFC 5246 7.4.1.2. An extension that does not parse sets is_malformed, the rest
 * stands. */
bool tls_client_hello(struct arena *a, struct cur msg, struct client_hello *out);
/* RFC 5246 E.2: the body behind the two-byte header of an SSLv2 record. */
bool tls_sslv2_client_hello(struct arena *a, struct cur msg, struct client_hello *out);
/* SERVER-HELLO of SSL 2.0, with the certificate in it (empty when a session goes on). */
bool tls_sslv2_server_hello(struct cur msg, struct server_hello *out, struct bytes *der);
/* RFC 8446 4.1.3, RFC 5246 7.4.1.3; also the shorter form of TLS 1.3 drafts before 22. */
bool tls_server_hello(struct arena *a, struct cur msg, struct server_hello *out);
/* tls_is_hello_retry says whether a ServerHello is a HelloRetryRequest by its random. */
bool tls_is_hello_retry(struct cur msg);
/* HelloRetryRequest of the drafts before 22 (handshake type 6). */
bool tls_draft_hello_retry(struct arena *a, struct cur msg, struct server_hello *out);
/* RFC 5246 7.4.2. */
bool tls_certificate(struct arena *a, struct cur msg, struct cert_message *out);
/* RFC 5246 7.4.3; suite and version tell the layout. is_malformed when that layout does not fit. */
bool tls_server_key_exchange(struct arena *a, struct cur msg, uint16_t suite, uint16_t version,
        struct server_key_exchange *out);
/* RFC 5246 7.4.7; suite tells the layout. False also for one that is neither DHE nor ECDHE:
 * is_other. */
bool tls_client_key_exchange(
        struct cur msg, uint16_t suite, struct client_key_exchange *out, bool *is_other);
/* RFC 5246 7.4.4. */
bool tls_cert_request(struct arena *a, struct cur msg, uint16_t version, struct cert_request *out);
/* RFC 5246 7.4.8. version is 0 while no ServerHello was seen, as when its direction was captured
 * late: then the form tells. */
bool tls_cert_verify(struct arena *a, struct cur msg, uint16_t version, struct cert_verify *out);
/* RFC 6066 8. */
bool tls_cert_status(struct arena *a, struct cur msg, struct cert_status *out);
/* RFC 5077 3.3. */
bool tls_session_ticket(struct arena *a, struct cur msg, struct session_ticket *out);
/* RFC 8879 4. */
bool tls_compressed_cert(struct arena *a, struct cur msg, struct compressed_cert *out);

#endif
