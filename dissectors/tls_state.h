#ifndef TLSWIRE_DISSECTORS_TLS_STATE_H
#define TLSWIRE_DISSECTORS_TLS_STATE_H

#include "dissectors/dissector.h"

enum {
    TLS_RECORD_HEADER = 5,
    TLS_RECORD_MOST = 16384 + 2048, /* RFC 5246 6.2.3 */
    TLS_MESSAGE_HEADER = 4,
};

/* One direction of one connection. */
struct tls_stream {
    bool has_record;   /* one was used up */
    bool has_ccs;      /* ChangeCipherSpec was seen, whatever it means */
    bool is_encrypted; /* it began encryption (up to TLS 1.2) */
    bool is_lost;      /* framing is lost until a record header is found again */
    uint8_t *partial;  /* a handshake message that began in an earlier record */
    size_t n_partial, cap_partial;
    struct span partial_at; /* of its first byte */
    uint64_t held;          /* which messages are kept, one bit a type: see held_bit */
    size_t skip;            /* bytes of a message over the cap that are still to come */
    uint8_t alert_level;    /* first byte of an alert cut in two (RFC 8446 5.1 forbids, some do) */
    bool has_half_alert;
};

struct tls {
    struct tls_stream streams[2];
    int client_dir; /* -1 until a hello tells */
    int begun_dir;  /* where a ClientHello began that is not whole so far, -1 */
    bool has_server_hello, is_tls13;
    bool had_loss; /* a ServerHello may have been missed */
    uint16_t version, suite;
    bool is_sslv2;      /* the server speaks it */
    bool is_sslv2_only; /* the client's hello offers nothing else */
    bool has_sslv2_key;
    bool is_sslv2_finished[2];     /* by direction */
    unsigned n_sslv2_protected[2]; /* the same */
    size_t sslv2_finished_len;     /* of CLIENT-FINISHED */
    uint8_t nonce_len; /* bytes that a protected record begins with: a nonce, or an IV */
    bool is_nonce_iv;
};

/* What a record or message is handed around with. */
struct tls_context {
    struct tls *tls;
    const struct dissector_sink *sink;
    const struct origin *origin;
    int dir;
    struct record record;
    uint64_t record_at; /* offset of its header in the stream */
    uint64_t offset;    /* of the record body in the stream */
};

/* tls_side names the sender of dir. */
enum side tls_side(const struct tls *t, int dir);
/* tls_emit sends a fact with its side and record filled in. */
void tls_emit(const struct tls_context *x, struct fact *f);
/* tls_handshake_record takes the body of a clear handshake record. */
void tls_handshake_record(struct tls_context *x, struct bytes body);
/* tls_message_plausible says whether a handshake header can begin a clear message. */
bool tls_message_plausible(uint8_t type, uint32_t len);

/* sslv2_probe_client and sslv2_probe_server recognise the hellos of SSL 2.0 by their lengths. */
enum probe sslv2_probe_client(struct bytes b);
enum probe sslv2_probe_server(struct bytes b);
/* sslv2_feed takes one record of SSL 2.0; the bytes used, 0 while it is not whole. */
size_t sslv2_feed(struct tls_context *x, struct bytes view, uint64_t offset);

#endif
