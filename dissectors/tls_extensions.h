#ifndef TLSWIRE_DISSECTORS_TLS_EXTENSIONS_H
#define TLSWIRE_DISSECTORS_TLS_EXTENSIONS_H

#include "base/arena.h"
#include "base/cursor.h"
#include "model/tls.h"

/* Numbers of extensions that are read, by IANA's registry of ExtensionType values. */
enum {
    EXT_SERVER_NAME = 0,
    EXT_MAX_FRAGMENT_LENGTH = 1,
    EXT_TRUNCATED_HMAC = 4,
    EXT_STATUS_REQUEST = 5,
    EXT_GROUPS = 10,
    EXT_POINT_FORMATS = 11,
    EXT_SRP = 12,
    EXT_SIGNATURE_ALGORITHMS = 13,
    EXT_USE_SRTP = 14,
    EXT_HEARTBEAT = 15,
    EXT_ALPN = 16,
    EXT_STATUS_REQUEST_V2 = 17,
    EXT_SCT = 18,
    EXT_CLIENT_CERT_TYPE = 19,
    EXT_SERVER_CERT_TYPE = 20,
    EXT_PADDING = 21,
    EXT_ENCRYPT_THEN_MAC = 22,
    EXT_EXTENDED_MASTER_SECRET = 23,
    EXT_TOKEN_BINDING = 24,
    EXT_COMPRESS_CERTIFICATE = 27,
    EXT_RECORD_SIZE_LIMIT = 28,
    EXT_DELEGATED_CREDENTIAL = 34,
    EXT_SESSION_TICKET = 35,
    EXT_KEY_SHARE_OLD = 40, /* drafts before 23 */
    EXT_PSK = 41,
    EXT_EARLY_DATA = 42,
    EXT_SUPPORTED_VERSIONS = 43,
    EXT_COOKIE = 44,
    EXT_PSK_MODES = 45,
    EXT_CERTIFICATE_AUTHORITIES = 47,
    EXT_POST_HANDSHAKE_AUTH = 49,
    EXT_SIGNATURE_ALGORITHMS_CERT = 50,
    EXT_KEY_SHARE = 51,
    EXT_NPN = 13172,
    EXT_ALPS_OLD = 17513,
    EXT_ALPS = 17613,
    EXT_CHANNEL_ID = 30032,
    EXT_ECH = 0xfe0d,
    EXT_ESNI = 0xffce, /* drafts of ECH before 7 */
    EXT_RENEGOTIATION_INFO = 0xff01,
};

/* Messages that carry extensions (RFC 8446 4.2). */
enum extension_place {
    IN_CLIENT_HELLO = 1,
    IN_SERVER_HELLO = 2, /* of TLS 1.3 */
    IN_HELLO_RETRY_REQUEST = 4,
    IN_ENCRYPTED_EXTENSIONS = 8,
    IN_CERTIFICATE = 16,
    IN_CERTIFICATE_REQUEST = 32,
    IN_NEW_SESSION_TICKET = 64,
    IN_SERVER_HELLO_12 = 128, /* up to TLS 1.2 */
};

/* extension_is_known says whether the type has a row in the table. */
bool extension_is_known(uint16_t type);
/* extension_may_stand says whether a known type may stand in that message; true for types that
 * are not known. */
bool extension_may_stand(uint16_t type, enum extension_place place);

/* tls_client_extension reads one extension of a ClientHello; false when it does not parse. */
bool tls_client_extension(
        struct arena *a, uint16_t type, struct cur body, struct client_hello *out);
/* tls_server_extension reads one of a ServerHello or HelloRetryRequest. */
bool tls_server_extension(uint16_t type, struct cur body, struct server_hello *out);
/* tls_list_add appends a 16-bit value to a list that was allocated with room for it. */
void tls_list_add(uint8_t *list, struct bytes *out, uint16_t value);

#endif
