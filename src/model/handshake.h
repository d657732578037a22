#ifndef TLSWIRE_MODEL_HANDSHAKE_H
#define TLSWIRE_MODEL_HANDSHAKE_H

#include "base/arena.h"
#include "base/tunnel.h"
#include "model/endpoint.h"
#include "model/tls.h"

/* How an attempt ended. One value each; the order is stored, so it is never changed. */
enum outcome {
    OUTCOME_UNDETERMINED,
    OUTCOME_SUCCESS,
    OUTCOME_SUCCESS_INFERRED,
    OUTCOME_FAIL_ALERT_CLIENT,
    OUTCOME_FAIL_ALERT_SERVER,
    OUTCOME_FAIL_INFERRED_CLIENT,
    OUTCOME_FAIL_INFERRED_SERVER,
    OUTCOME_FAIL_RESET_CLIENT,
    OUTCOME_FAIL_RESET_SERVER,
    OUTCOME_FAIL_RESET_THIRD_PARTY,
    OUTCOME_FAIL_CLOSED_CLIENT,
    OUTCOME_FAIL_CLOSED_SERVER,
    OUTCOME_FAIL_TIMEOUT_CLIENT,
    OUTCOME_FAIL_TIMEOUT_SERVER,
    OUTCOME_FAIL_TIMEOUT_PATH,
    OUTCOME_ABANDONED,
    OUTCOME_SCAN,
    OUTCOME_COUNT
};

enum basis { BASIS_SEEN, BASIS_INFERRED, BASIS_NONE };

/* Why an attempt is undetermined; stored by number, never renumbered. */
enum undetermined {
    UNDETERMINED_NOT, /* it is determined */
    UNDETERMINED_GAP,
    UNDETERMINED_ONE_DIRECTION,
    UNDETERMINED_START_NOT_SEEN,
    UNDETERMINED_OPEN_AT_END,
    UNDETERMINED_TLS13, /* the ending needs inference that is not made */
    UNDETERMINED_MALFORMED,
    UNDETERMINED_EVICTED,
    UNDETERMINED_AMBIGUOUS,
    UNDETERMINED_DISORDER, /* the capture shows the directions in an order that cannot have been */
    UNDETERMINED_COUNT
};

enum cert_visibility {
    CERT_SEEN,
    CERT_ENCRYPTED,
    CERT_RESUMED,
    CERT_NOT_CAPTURED,
    CERT_NOT_SENT, /* the suite has no certificate (anonymous, PSK), or the attempt ended before it
                    */
    CERT_VISIBILITY_COUNT
};

/* The session id of a ServerHello (RFC 5246 7.4.1.3): the client's means resumption, or TLS 1.3. */
enum session_id_kind { SESSION_ID_NONE, SESSION_ID_ECHOED, SESSION_ID_OWN };

enum resumption { RESUMPTION_UNKNOWN, RESUMPTION_FULL, RESUMPTION_RESUMED };

/* How the transport ended, first event wins. */
enum ending {
    ENDING_NONE,
    ENDING_FIN_CLIENT,
    ENDING_FIN_SERVER,
    ENDING_RST_CLIENT,
    ENDING_RST_SERVER
};

/* A time that was not seen. All times are microseconds since 1970 UTC, from packets. */
#define TIME_NONE INT64_MIN

/* When each step was completed, TIME_NONE where the packet was not seen. */
struct timings {
    int64_t syn_us, syn_ack_us, ack_us;
    int64_t client_hello_first_us, client_hello_last_us;
    int64_t server_hello_us;
    int64_t server_flight_end_us; /* ServerHelloDone, Finished of a server that goes on with a
                                     session; TLS 1.3: last server record before the client's */
    int64_t client_finished_us, server_finished_us;
    int64_t complete_us; /* both Finished; TLS 1.3: the client's Finished-sized record */
    int64_t client_data_us, server_data_us; /* first application data of each side */
    int64_t end_us; /* the packet (or deadline) that decided the outcome, else the last packet */
};

/* Durations derived from timings, microseconds, or TIME_NONE. */
struct durations {
    int64_t rtt_server_us; /* tap to server and back: SYN to SYN-ACK */
    int64_t rtt_client_us; /* tap to client and back: SYN-ACK to ACK */
    int64_t server_think_us;
    int64_t client_think_us;
    int64_t handshake_us;
    int64_t first_byte_us;
};

/* durations_of computes the durations whose two ends were seen, in order (architecture.md, Time).
 * A client that broke off, as the outcome says, has thought until then. */
struct durations durations_of(const struct timings *t, enum outcome outcome);

/* What explicit nonces (RFC 5288 3) did within one key; judged against the latest few. */
enum nonces {
    NONCES_NONE,
    NONCES_COUNTED, /* each one more than the one before */
    NONCES_OTHER,
    NONCES_REPEATED, /* one came twice: the key is broken (RFC 5116 3.1) */
    NONCES_COUNT
};

/* Protected records of one side, by their headers. */
struct record_facts {
    uint64_t n_data;     /* application data records */
    uint64_t data_bytes; /* their lengths, protection included */
    enum nonces nonces;
    bool has_nonce;
    bool is_iv; /* what is called a nonce is the explicit IV of a CBC suite */
    uint64_t first_nonce, last_nonce;
    uint64_t n_nonces; /* seen, of all keys */
    uint64_t n_jumps;  /* steps from one to the next that no counter makes */
    /* The record that brought one again; with NONCES_REPEATED. */
    struct {
        uint64_t packet, offset;
        int64_t us;
        uint32_t input;
    } repeated;
};

/* What came of the heartbeats that one side sent (RFC 6520 4). Behind encryption requests and
 * answers are told apart by their order alone, and their contents not at all. */
struct heartbeat_facts {
    uint64_t n;       /* records of this type */
    bool is_overread; /* a request in clear claims more payload than fits its record */
    uint16_t claimed; /* its payload_length */
    uint32_t asked;   /* length of its record, or of the protected one that was answered too long */
    struct span asked_at;
    bool is_leak;      /* the answer brought more than was asked with */
    bool is_inferred;  /* told by the lengths of protected records */
    uint32_t answered; /* length of the answer's records */
    struct span answer_at;
};

/* What one side did on the wire. */
struct side_facts {
    struct endpoint endpoint;
    bool is_seen;        /* at least one packet of this direction */
    bool is_start_known; /* its bytes begin behind its SYN: nothing came before TLS */
    uint64_t gap_bytes;
    uint64_t n_gaps;
    uint64_t payload_bytes;
    uint64_t packets;
    uint64_t n_retransmits;
    uint64_t acked; /* highest stream offset that the other side acknowledged */
    /* How often one segment was sent again that was never acknowledged, although the other side was
     * heard of meanwhile, and its bytes. */
    uint32_t n_stuck, stuck_len;
    uint64_t n_conflicts; /* overlapping copies with other bytes; first copy was used */
    uint64_t n_malformed;
    size_t n_alerts;      /* in clear; may exceed TLS_ALERT_CAP, then only the first are kept */
    struct alert *alerts; /* in the arena; NULL when there are none */
    uint64_t n_encrypted_alerts;
    uint64_t n_alert_sized; /* TLS 1.3: protected records that are as long as an alert */
    struct record_facts records;
    int last_message; /* handshake type of the last handshake message in clear, -1 none */
};

/* Fingerprints as text, empty when there is no hello, and ids of what was offered and chosen: the
 * same id means the same lists and numbers, whatever the randoms, names and keys; 0 none. */
struct fingerprints {
    char ja3[33];
    char ja3s[33];
    char ja4[40];
    char server[48]; /* our own, of the server: docs/fingerprints.md */
    int64_t offer, choice;
};

/* One attempt on one connection: everything known about it. Owns its arena. */
struct handshake {
    struct arena arena;
    int64_t id;     /* public id, stable across runs; 0 until the engine sets it */
    uint32_t input; /* index in this run of the input of the first packet */
    uint32_t vantage;
    uint64_t first_packet; /* the first packet of the connection that was seen */
    int64_t first_us;      /* its time */
    uint64_t last_packet;
    uint32_t last_input; /* of the last packet: rotated files go on with another */
    int64_t last_us;
    uint8_t transport;
    uint16_t vlan;        /* outermost VLAN id, 0 none */
    uint32_t vlans;       /* what told its flow from others of the same endpoints, 0 nothing */
    struct tunnel tunnel; /* the innermost that has an id */
    struct side_facts sides[2]; /* by enum side */
    bool is_client_initiator;   /* the TLS client also sent the SYN (or its start was not seen) */
    bool is_start_seen;         /* SYN or SYN-ACK was seen */
    bool is_midstream;          /* the first bytes of a direction were not seen */
    bool is_ambiguous;          /* overlapping copies with different bytes */
    bool is_capped;             /* a cap cut something; the run's counters say which */
    bool is_tls;                /* a hello of either side was seen, or began */

    const struct client_hello
            *client_hello; /* the last one before ServerHello; NULL when not seen */
    const struct client_hello *client_hello_first; /* the one before HelloRetryRequest, else NULL */
    const struct server_hello *server_hello;       /* not the HelloRetryRequest */
    const struct server_hello *hello_retry_request; /* the first */
    uint32_t n_hello_retry_requests;
    const struct cert_message *server_certs;
    const struct cert_message *client_certs;
    const struct server_key_exchange *server_key_exchange;
    const struct client_key_exchange *client_key_exchange; /* of DHE and ECDHE suites */
    const struct cert_request *cert_request;
    const struct cert_verify *client_cert_verify;
    bool is_client_cert_empty; /* TLS 1.3: a record of the client is as long as an empty Certificate
                                */
    bool is_client_cert_sent;  /* TLS 1.3: its flight is as long as one with a certificate */
    /* TLS 1.3: lengths of the server's records that stand where Certificate and CertificateVerify
     * do when each message has a record of its own; 0 unknown. */
    uint16_t cert_record_len, verify_record_len;
    const struct cert_status *cert_status;
    const struct session_ticket *session_ticket;
    /* Messages from ClientHello to the client's CertificateVerify, when the server asked for a
     * certificate; not whole when one was missed or the cap was hit. */
    struct message *transcript;
    size_t n_transcript;
    bool is_transcript_whole;
    bool has_ccs[2];       /* by enum side */
    struct span ccs_at[2]; /* the first ChangeCipherSpec */
    bool has_finished[2];  /* an encrypted handshake record after CCS; TLS 1.3: not claimed */
    bool has_data[2];      /* application data records */
    uint32_t n_renegotiations;
    uint64_t n_malformed;
    const char *malformed; /* static text: the first thing that was malformed */
    enum side malformed_side;
    struct span malformed_at;
    struct bytes malformed_bytes;             /* its first ones, or the message's */
    const struct heartbeat_facts *heartbeats; /* two, by the side that asked; NULL when there are
                                                 none */

    uint16_t version;      /* negotiated; 0 when no ServerHello */
    uint16_t cipher_suite; /* of TLS and SSLv3 */
    uint32_t sslv2_kind;   /* SSLv2: the cipher kind that the client chose, 0 unknown */
    uint16_t group;        /* negotiated; 0 unknown */
    enum resumption resumption;
    enum cert_visibility cert_visibility;
    enum outcome outcome;
    enum undetermined undetermined;
    enum basis basis;
    double confidence; /* 0..1 of the outcome */
    enum ending ending;
    int owed_by; /* enum side that owed the next message when the attempt ended without success, -1
                    none */
    struct timings times;
    char history[TLS_HISTORY_CAP +
                 1];               /* Zeek's ssl_history letters: upper case client, lower server */
    char shape[TLS_SHAPE_CAP + 1]; /* the server's first flight: letters of history, '.' between
                                      records */
    struct fingerprints prints;
    char app_label[48];  /* nDPI application name, empty when none */
    char app_source[16]; /* "sni" or "packets" */
    uint64_t app_risks;  /* nDPI's mask */
};

/* Renegotiations after the handshake, up to TLS 1.2. One that a HelloRequest of the server asked
 * for is the server's. */
struct renegotiations {
    uint32_t n_client;         /* begun by the client */
    uint32_t n_done;           /* that both sides went through with */
    uint32_t n_client_done;    /* of these, begun by the client */
    uint32_t most_per_minute;  /* of these, in a minute (by fixed minutes from the first on) */
    int64_t first_us, last_us; /* begun; 0 without any */
};

/* What a connection did after its handshake row was made. Keyed by the handshake's id. */
struct connection_end {
    int64_t handshake_id;
    uint32_t input; /* of the first packet */
    uint32_t last_input;
    int64_t last_us;
    uint64_t last_packet;
    enum ending ending;
    bool is_left; /* before it the client sent an alert, or in TLS 1.3 what is as long as one */
    uint64_t payload_bytes[2];
    uint64_t packets[2];
    uint64_t gap_bytes[2];
    bool is_framing_lost[2];
    int64_t data_us[2]; /* first application data of each side, when after the handshake */
    size_t n_alerts[2];
    struct alert *alerts[2]; /* owned by who made the struct; NULL when there are none */
    uint64_t n_encrypted_alerts[2];
    uint64_t n_alert_sized[2];
    struct record_facts records[2];
    const struct heartbeat_facts *heartbeats; /* of the whole connection, as in the handshake; owned
                                                 like the alerts */
    uint32_t n_renegotiations;
    struct renegotiations renegotiations;
};

/* outcome_name gives the kebab-case name of defects.md section 3, e.g. "fail-alert-client". */
const char *outcome_name(enum outcome o);
const char *undetermined_name(enum undetermined u);
const char *basis_name(enum basis b);
const char *cert_visibility_name(enum cert_visibility v);
const char *resumption_name(enum resumption r);
const char *ending_name(enum ending e);
const char *nonces_name(enum nonces n);
/* outcome_is_success says whether the handshake was completed, seen or inferred. */
bool outcome_is_success(enum outcome o);
/* outcome_is_failure says whether the outcome counts as a failure in M1. */
bool outcome_is_failure(enum outcome o);
/* handshake_is_complete says whether no gap, no missing direction and no cap spoiled the handshake.
 */
bool handshake_is_complete(const struct handshake *h);
/* handshake_session_id says whose session id the ServerHello carries; h has one. */
enum session_id_kind handshake_session_id(const struct handshake *h);
/* handshake_new gives an empty handshake, freed with handshake_free. */
struct handshake *handshake_new(void);
/* handshake_free frees the arena and the struct; NULL is fine. */
void handshake_free(struct handshake *h);

#endif
