#ifndef TLSWIRE_MODEL_TLS_H
#define TLSWIRE_MODEL_TLS_H

#include "base/bytes.h"
#include "base/origin.h"

/*
 * What TLS messages say, as facts. Every struct bytes points into the arena of its connection.
 * Lists of 16-bit values stay in wire form (big-endian pairs); read them with u16_count and u16_at.
 */

/* Who a fact belongs to: the TLS client sends ClientHello, whoever opened the TCP connection. */
enum side { SIDE_CLIENT, SIDE_SERVER };

enum {
    TLS_SSLV2 = 0x0002,
    TLS_SSLV3 = 0x0300,
    TLS_1_0 = 0x0301,
    TLS_1_1 = 0x0302,
    TLS_1_2 = 0x0303,
    TLS_1_3 = 0x0304,
};

enum {
    TLS_RECORD_CCS = 20,
    TLS_RECORD_ALERT = 21,
    TLS_RECORD_HANDSHAKE = 22,
    TLS_RECORD_APPLICATION = 23,
    TLS_RECORD_HEARTBEAT = 24,
};

enum {
    TLS_CHAIN_CAP = 64,           /* certificates kept of one Certificate message */
    TLS_ALERT_CAP = 16,           /* alerts kept per side of one connection */
    TLS_HISTORY_CAP = 64,         /* letters of the history string */
    TLS_MESSAGE_CAP = 512 * 1024, /* bytes of one handshake message */
};

/* u16_count is the number of 16-bit values in list, u16_at the i-th of them (0 when out of range).
 */
size_t u16_count(struct bytes list);
uint16_t u16_at(struct bytes list, size_t i);
bool u16_has(struct bytes list, uint16_t value);

/* tls_is_13 says whether a negotiated version is TLS 1.3: final, a draft (0x7fxx) or an early
 * deployment's. */
bool tls_is_13(uint16_t version);

/* RFC 8446 4.1.2, RFC 5246 7.4.1.2; SSLv2 form: RFC 5246 E.2. */
struct client_hello {
    struct span at;
    bool is_sslv2_format;
    bool has_extensions;
    bool is_malformed; /* some extension did not parse; what did is kept */
    uint16_t record_version;
    uint16_t legacy_version;
    struct bytes random;
    struct bytes session_id;
    struct bytes cipher_suites; /* 16-bit list; SSLv2 form: only those kinds that are TLS suites */
    struct bytes compression;
    struct bytes extension_types; /* 16-bit list in wire order, GREASE included */
    struct bytes extensions;      /* the raw block */
    bool has_sni;
    struct bytes sni; /* as sent */
    bool has_alpn;
    struct bytes alpn; /* list of 8-bit-length names in wire form, without the outer length */
    bool has_supported_versions;
    struct bytes supported_versions;
    struct bytes groups;
    struct bytes point_formats;
    bool has_signature_algorithms;
    struct bytes signature_algorithms;
    bool has_key_share;
    struct bytes key_share_groups; /* 16-bit list */
    bool has_session_ticket;
    struct bytes session_ticket;
    bool has_psk;
    bool has_early_data;
    bool has_cookie;
    bool has_status_request;
    bool has_sct;
    bool has_ech;
    bool has_extended_master_secret;
    bool has_encrypt_then_mac;
    bool has_renegotiation_info;
};

/* RFC 8446 4.1.3, RFC 5246 7.4.1.3. */
struct server_hello {
    struct span at;
    bool is_hrr; /* the random of RFC 8446 4.1.3 says HelloRetryRequest */
    bool is_malformed;
    uint16_t record_version;
    uint16_t legacy_version;
    uint16_t version; /* negotiated: supported_versions when present, else legacy_version */
    struct bytes random;
    struct bytes session_id;
    uint16_t cipher_suite;
    uint8_t compression;
    struct bytes extension_types;
    struct bytes extensions;
    bool has_alpn;
    struct bytes alpn; /* the one chosen name */
    bool has_key_share;
    uint16_t group; /* of key_share; 0 when absent */
    bool has_psk;
    bool has_session_ticket;
    bool has_status_request;
    bool has_extended_master_secret;
    bool has_encrypt_then_mac;
    bool has_renegotiation_info;
};

/* RFC 5246 7.4.2: the chain as sent, each entry with the packets that carried it. */
struct cert_entry {
    struct bytes der;
    struct span at;
};

struct cert_message {
    struct span at;
    size_t n_certs; /* kept; at most TLS_CHAIN_CAP */
    size_t n_dropped;
    struct cert_entry *certs;
};

enum ske_kind { SKE_UNKNOWN, SKE_DHE, SKE_ECDHE, SKE_RSA_EXPORT, SKE_PSK_HINT, SKE_SRP };

/* RFC 5246 7.4.3, RFC 8422 5.4. */
struct server_key_exchange {
    struct span at;
    enum ske_kind kind;
    bool is_malformed;
    struct bytes raw;
    struct bytes params; /* what the signature covers after the two randoms */
    struct bytes dh_p, dh_g, dh_ys;
    uint16_t group; /* named curve; 0 when not ECDHE */
    struct bytes ec_point;
    struct bytes rsa_modulus, rsa_exponent; /* export RSA */
    bool has_scheme;
    uint16_t scheme; /* TLS 1.2: SignatureAndHashAlgorithm */
    struct bytes signature;
};

/* RFC 5246 7.4.4. */
struct cert_request {
    struct span at;
    struct bytes types;
    struct bytes schemes;     /* 16-bit list, TLS 1.2 */
    struct bytes authorities; /* 16-bit-length names in wire form */
};

/* RFC 5246 7.4.8. */
struct cert_verify {
    struct span at;
    bool has_scheme;
    uint16_t scheme;
    struct bytes signature;
};

/* RFC 6066 8. */
struct cert_status {
    struct span at;
    uint8_t type;
    struct bytes response;
};

/* RFC 5077 3.3. */
struct session_ticket {
    struct span at;
    uint32_t lifetime_s;
    struct bytes ticket;
};

struct alert {
    struct span at;
    uint8_t level;
    uint8_t description;
};

/* The outer header of one record (RFC 8446 5.1). */
struct record {
    uint8_t type;
    uint16_t version;
    uint16_t len;
};

enum fact_kind {
    FACT_CLIENT_HELLO,
    FACT_SERVER_HELLO, /* also HelloRetryRequest: is_hrr */
    FACT_CERTIFICATE,
    FACT_SERVER_KEY_EXCHANGE,
    FACT_CERTIFICATE_REQUEST,
    FACT_SERVER_HELLO_DONE,
    FACT_CLIENT_KEY_EXCHANGE,
    FACT_CERTIFICATE_VERIFY,
    FACT_CERTIFICATE_STATUS,
    FACT_NEW_SESSION_TICKET,
    FACT_HELLO_REQUEST,
    FACT_HANDSHAKE_OTHER, /* a handshake message in clear that has no struct; message_type says
                             which */
    FACT_CHANGE_CIPHER_SPEC,
    FACT_ALERT,               /* in clear */
    FACT_ENCRYPTED_ALERT,     /* outer type 21 after encryption began */
    FACT_ENCRYPTED_HANDSHAKE, /* outer type 22 after encryption began: Finished, renegotiation */
    FACT_APPLICATION_DATA,    /* outer type 23 */
    FACT_HEARTBEAT,           /* outer type 24 */
    FACT_MALFORMED,           /* a record or message that breaks its framing; why says how */
    FACT_FRAMING_LOST, /* a hole or garbage: nothing more is claimed for this side until resync */
};

/* One thing a dissector saw. The pointers live in the arena that the dissector was given. */
struct fact {
    enum fact_kind kind;
    enum side side;
    struct span at;
    struct record record; /* of the record that completed the fact */
    uint8_t message_type; /* handshake type, when the fact is a handshake message */
    bool has_nonce;
    uint64_t nonce;  /* the explicit nonce of a protected record (RFC 5288 3, RFC 6655 3) */
    const char *why; /* static text, FACT_MALFORMED and FACT_FRAMING_LOST */
    union {
        const struct client_hello *client_hello;
        const struct server_hello *server_hello;
        const struct cert_message *certificate;
        const struct server_key_exchange *server_key_exchange;
        const struct cert_request *cert_request;
        const struct cert_verify *cert_verify;
        const struct cert_status *cert_status;
        const struct session_ticket *session_ticket;
        struct alert alert;
    };
};

#endif
