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
    TLS_CHAIN_CAP = 64,              /* certificates kept of one Certificate message */
    TLS_ALERT_CAP = 16,              /* alerts kept per side of one connection */
    TLS_HISTORY_CAP = 64,            /* letters of the history string */
    TLS_SHAPE_CAP = 24,              /* letters of the shape of the server's flight */
    TLS_MESSAGE_CAP = 512 * 1024,    /* bytes of one handshake message */
    TLS_ARENA_CAP = 2 * 1024 * 1024, /* bytes of memory that the messages of one attempt may take */
    TLS_TRANSCRIPT_CAP = 16,         /* messages kept for the client's signature */
    TLS_TRANSCRIPT_BYTES = 128 * 1024,
};

/* u16_count is the number of 16-bit values in list, u16_at the i-th of them (0 when out of range).
 */
size_t u16_count(struct bytes list);
uint16_t u16_at(struct bytes list, size_t i);
bool u16_has(struct bytes list, uint16_t value);

/* tls_is_13 says whether a negotiated version is TLS 1.3: final, a draft (0x7fxx) or an early
 * deployment's. */
bool tls_is_13(uint16_t version);

/* random_is_poor says whether a random has next to nothing of chance: zeros, one byte over and
 * over, whatever time stands before these. */
bool random_is_poor(struct bytes random);

/* Where GREASE (RFC 8701) stands in a hello. */
enum {
    GREASE_SUITES = 1,
    GREASE_EXTENSIONS = 2,
    GREASE_GROUPS = 4,
    GREASE_VERSIONS = 8,
    GREASE_SCHEMES = 16,
    GREASE_KEY_SHARES = 32,
    GREASE_ALPN = 64,
    GREASE_PSK_MODES = 128,
};

/* Encrypted ClientHello, the outer form (RFC 9849 5). A client without a configuration sends the
 * same with random bytes (GREASE ECH, 6.2): the two cannot be told apart. */
struct ech {
    bool is_inner;
    uint16_t kdf, aead;
    uint8_t config_id;
    uint16_t enc_len, payload_len;
};

/* RFC 8446 4.1.2, RFC 5246 7.4.1.2; SSLv2 form: RFC 5246 E.2. */
struct client_hello {
    struct span at;
    struct bytes raw; /* the whole body */
    bool is_sslv2_format;
    bool has_extensions;
    bool is_malformed; /* something did not parse; what did is kept */
    uint16_t record_version;
    uint16_t legacy_version;
    struct bytes random;
    struct bytes session_id;
    struct bytes cipher_suites; /* 16-bit list; SSLv2 form: only those kinds that are TLS suites */
    struct bytes sslv2_kinds;   /* SSLv2 form: all of them, three bytes each */
    struct bytes compression;
    struct bytes extension_types; /* 16-bit list in wire order, GREASE included */
    struct bytes extensions;      /* the raw block; see hello_extension */
    unsigned grease;              /* GREASE_ bits */
    uint16_t misplaced_extension; /* the first that may not stand in a ClientHello */
    size_t n_misplaced;
    size_t n_unknown_extensions; /* neither in IANA's table nor GREASE */
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
    struct bytes signature_algorithms_cert;
    bool has_key_share;
    struct bytes key_share_groups;  /* 16-bit list */
    struct bytes key_share_lengths; /* 16-bit list beside it: bytes of each key_exchange */
    struct bytes key_shares;        /* the list in wire form */
    bool has_session_ticket;
    struct bytes session_ticket;
    bool has_psk;
    size_t n_psk_identities;
    struct bytes psk_identity;   /* the first */
    struct bytes psk_identities; /* all, in wire form; see psk_ticket_age */
    struct bytes psk_binders;    /* list of 8-bit-length binders */
    struct bytes psk_modes;      /* 8-bit list */
    bool has_early_data;
    bool has_cookie;
    struct bytes cookie;
    bool has_status_request;
    uint8_t status_request_type;
    struct bytes status_request_v2; /* the types asked for, 8-bit list */
    bool has_sct;
    bool has_ech;
    struct ech ech;
    bool has_esni; /* the drafts before ECH (0xffce) */
    bool has_extended_master_secret;
    bool has_encrypt_then_mac;
    bool has_renegotiation_info;
    uint8_t renegotiation_info_len; /* of renegotiated_connection: 0 in a first handshake */
    bool has_renegotiation_scsv, has_fallback_scsv; /* among the suites (RFC 5746, RFC 7507) */
    uint16_t record_size_limit;                     /* 0 absent */
    uint8_t max_fragment_length;                    /* code, 0 absent */
    struct bytes compress_certificate;              /* 16-bit list of algorithms */
    struct bytes certificate_authorities;           /* 16-bit-length names in wire form */
    size_t n_certificate_authorities;
    bool has_alps;
    struct bytes alps; /* like alpn */
    struct bytes delegated_credential;
    uint8_t heartbeat_mode; /* 1 peer may send, 2 may not, 0 absent */
    bool has_post_handshake_auth;
    bool has_npn, has_channel_id, has_token_binding, has_truncated_hmac;
    bool has_padding;
    uint16_t padding_len;
    struct bytes srp_identity;
    struct bytes client_cert_types, server_cert_types; /* RFC 7250, 8-bit lists */
    struct bytes srtp_profiles;
};

enum downgrade { DOWNGRADE_NONE, DOWNGRADE_TLS12, DOWNGRADE_TLS11 };

/* RFC 8446 4.1.3, RFC 5246 7.4.1.3. */
struct server_hello {
    struct span at;
    struct bytes raw; /* the whole body */
    bool is_hrr;      /* the random of RFC 8446 4.1.3 says HelloRetryRequest */
    bool is_malformed;
    uint16_t record_version;
    uint16_t legacy_version;
    uint16_t version; /* negotiated: supported_versions when present, else legacy_version */
    struct bytes random;
    enum downgrade downgrade; /* the sentinel in random: the server could do a higher version */
    struct bytes session_id;
    uint16_t cipher_suite;
    bool is_sslv2_hit;        /* SSLv2: the session of the client goes on */
    struct bytes sslv2_kinds; /* SSLv2: what it accepts of the client's, three bytes each */
    uint8_t compression;
    struct bytes extension_types;
    struct bytes extensions;
    unsigned grease; /* GREASE_EXTENSIONS: no server may send it */
    uint16_t misplaced_extension;
    size_t n_misplaced;
    bool has_alpn;
    struct bytes alpn; /* the one chosen name */
    bool has_sni;      /* acknowledged */
    bool has_key_share;
    uint16_t group; /* of key_share; 0 when absent */
    struct bytes key_exchange;
    bool has_psk;
    uint16_t psk_index;
    struct bytes cookie; /* of a HelloRetryRequest */
    bool has_session_ticket;
    bool has_status_request;
    struct bytes sct_list;
    bool has_extended_master_secret;
    bool has_encrypt_then_mac;
    bool has_renegotiation_info;
    uint8_t renegotiation_info_len;
    uint16_t record_size_limit;
    uint8_t max_fragment_length;
    uint8_t heartbeat_mode;
    struct bytes point_formats;
    bool has_npn;
    struct bytes npn; /* like alpn: what the server offers */
};

/* hello_extension gives the body of the first extension of this type in a raw block. */
struct bytes hello_extension(struct bytes block, uint16_t type, bool *found);

/* client_key_share gives the key_exchange that the client sent for a group; n is 0 when it sent
 * none (RFC 8446 4.2.8). */
struct bytes client_key_share(const struct client_hello *ch, uint16_t group);
/* psk_ticket_age gives the obfuscated age of the i-th identity of a list in wire form; false when
 * it has no such. An identity that was agreed upon outside of TLS has 0 (RFC 8446 4.2.11). */
bool psk_ticket_age(struct bytes identities, size_t i, uint32_t *age);

/* RFC 5246 7.4.2: the chain as sent, each entry with the packets that carried it. */
struct cert_entry {
    struct bytes der;
    struct span at;
};

struct cert_message {
    struct span at;
    struct bytes raw;
    size_t n_certs; /* kept; at most TLS_CHAIN_CAP */
    size_t n_dropped;
    struct cert_entry *certs; /* NULL when there are none */
};

enum ske_kind { SKE_UNKNOWN, SKE_DHE, SKE_ECDHE, SKE_RSA_EXPORT, SKE_PSK_HINT, SKE_SRP };

/* How an ECDHE curve is given (RFC 8422 5.4, RFC 4492 5.4). */
enum curve_type { CURVE_NONE, CURVE_EXPLICIT_PRIME, CURVE_EXPLICIT_CHAR2, CURVE_NAMED };

/* RFC 5246 7.4.3, RFC 8422 5.4, RFC 4279 2, RFC 5054 2.5.3. */
struct server_key_exchange {
    struct span at;
    enum ske_kind kind;
    bool is_malformed;
    struct bytes raw;
    struct bytes params; /* what the signature covers after the two randoms */
    struct bytes psk_hint;
    struct bytes dh_p, dh_g, dh_ys;
    enum curve_type curve_type;
    uint16_t group;        /* named curve; 0 when not ECDHE or explicit */
    struct bytes ec_prime; /* explicit prime curve */
    struct bytes ec_point;
    struct bytes rsa_modulus, rsa_exponent; /* export RSA */
    struct bytes srp_n, srp_g, srp_salt, srp_b;
    bool has_scheme;
    uint16_t scheme; /* TLS 1.2: SignatureAndHashAlgorithm */
    struct bytes signature;
};

/* RFC 5246 7.4.7, RFC 8422 5.7, RFC 4279 3: what the client of a DHE or ECDHE suite sends. */
struct client_key_exchange {
    struct span at;
    bool is_implicit; /* empty: the key is that of the client's certificate */
    struct bytes dh_yc;
    struct bytes ec_point;
};

/* RFC 5246 7.4.4. */
struct cert_request {
    struct span at;
    struct bytes raw;
    struct bytes types;
    struct bytes schemes;     /* 16-bit list, TLS 1.2 */
    struct bytes authorities; /* 16-bit-length names in wire form */
    size_t n_authorities;
};

/* RFC 5246 7.4.8. */
struct cert_verify {
    struct span at;
    bool has_scheme;
    uint16_t scheme;
    struct bytes signature;
};

/* RFC 6066 8, RFC 6961 2.2. */
struct cert_status {
    struct span at;
    struct bytes raw;
    uint8_t type;           /* 1 ocsp, 2 ocsp_multi */
    struct bytes response;  /* 1: the response; 2: the first that is not empty */
    struct bytes responses; /* 2: 24-bit-length responses in wire form */
    size_t n_responses;
};

/* How a ticket is built, as far as its length can tell: RFC 5077 4 recommends a 16-byte key name,
 * a 16-byte IV, the encrypted state with its own length, and a 32-byte MAC; OpenSSL and its like
 * leave the inner length out. */
enum ticket_layout { TICKET_LAYOUT_UNKNOWN, TICKET_LAYOUT_RFC5077, TICKET_LAYOUT_OPENSSL };

/* RFC 5077 3.3. */
struct session_ticket {
    struct span at;
    uint32_t lifetime_s;
    struct bytes ticket;
    enum ticket_layout layout;
    struct bytes key_name; /* its first 16 bytes, when the layout has one */
};

/* RFC 8879 4, in clear only where it is misused. */
struct compressed_cert {
    struct span at;
    uint16_t algorithm;
    uint32_t uncompressed_len;
    uint32_t compressed_len;
};

/* ticket_layout_of guesses the layout of a ticket as a server issued or a client sent it. */
enum ticket_layout ticket_layout_of(struct bytes ticket, struct bytes *key_name);

/* A handshake message as it was sent, without its header: for the transcript. */
struct message {
    enum side side;
    uint8_t type;
    struct bytes body;
};

struct alert {
    struct span at;
    uint8_t level;
    uint8_t description;
};

enum { HEARTBEAT_REQUEST = 1, HEARTBEAT_RESPONSE = 2 };

/* RFC 6520 4, as far as it is in clear. */
struct heartbeat {
    bool is_clear;
    uint8_t type;         /* HEARTBEAT_ */
    uint16_t payload_len; /* as it claims */
};

/* The outer header of one record (RFC 8446 5.1). */
struct record {
    uint8_t type;
    uint16_t version;
    uint16_t len;
};

/* Why a FACT_FRAMING_LOST has no hole. */
#define TLS_NO_RECORD "not a TLS record"

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
    FACT_COMPRESSED_CERTIFICATE,
    FACT_HANDSHAKE_OTHER, /* a handshake message in clear that has no struct; message_type says
                             which */
    FACT_CHANGE_CIPHER_SPEC,
    FACT_ALERT,               /* in clear */
    FACT_ENCRYPTED_ALERT,     /* outer type 21 after encryption began */
    FACT_ENCRYPTED_HANDSHAKE, /* outer type 22 after encryption began: Finished, renegotiation */
    FACT_APPLICATION_DATA,    /* outer type 23 */
    FACT_HEARTBEAT,           /* outer type 24, in clear or not */
    FACT_MALFORMED,           /* a record or message that breaks its framing; why says how */
    FACT_FRAMING_LOST, /* a hole or garbage: nothing more is claimed for this side until resync */
};

/* One thing a dissector saw. The pointers live in the arena that the dissector was given. */
struct fact {
    enum fact_kind kind;
    enum side side;
    struct span at;
    struct record record; /* of the record that completed the fact */
    uint64_t record_at;   /* where that record begins in the stream */
    uint8_t message_type; /* handshake type, when the fact is a handshake message */
    bool is_bare;        /* a FACT_HANDSHAKE_OTHER of which only the type is known: there was one of
                            its kind before, or is_capped */
    bool is_capped;      /* there was no room for it (TLS_ARENA_CAP) */
    struct bytes body;   /* of a handshake message in clear, kept in the arena; of what is no TLS
                            record its first bytes */
    uint32_t sslv2_kind; /* FACT_CLIENT_KEY_EXCHANGE of SSLv2: the cipher chosen, else 0 */
    bool has_nonce;
    bool is_iv;     /* the nonce is the explicit IV of a CBC suite (RFC 4346, RFC 5246 6.2.3.2) */
    uint64_t nonce; /* the explicit nonce of a protected record (RFC 5288 3, RFC 6655 3), or the
                       last eight bytes of the IV */
    uint64_t nonce_high; /* the bytes of a longer IV before these, else 0 */
    const char *why;     /* static text, FACT_MALFORMED and FACT_FRAMING_LOST */
    bool is_hole;        /* FACT_FRAMING_LOST: bytes are missing, else they are no TLS */
    union {
        const struct client_hello *client_hello;
        const struct server_hello *server_hello;
        const struct cert_message *certificate;
        const struct server_key_exchange *server_key_exchange;
        /* NULL: of another kind, or it does not parse; the fact stands */
        const struct client_key_exchange *client_key_exchange;
        const struct cert_request *cert_request;
        const struct cert_verify *cert_verify;
        const struct cert_status *cert_status;
        const struct session_ticket *session_ticket;
        const struct compressed_cert *compressed_cert;
        struct alert alert;
        struct heartbeat heartbeat;
    };
};

#endif
