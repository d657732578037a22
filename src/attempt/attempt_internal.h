#ifndef TLSWIRE_ATTEMPT_ATTEMPT_INTERNAL_H
#define TLSWIRE_ATTEMPT_ATTEMPT_INTERNAL_H

#include "attempt/attempt.h"

/* A moment in the connection that may decide its outcome. */
struct moment {
    bool is_seen;
    enum side side;
    uint32_t input;
    int64_t us;
    uint64_t packet; /* of that input */
    uint64_t at;     /* stream offset of its end */
    uint64_t acked;  /* what its sender had acknowledged of the other side by then */
};

/* Protected records of the client that were captured before the ServerHello: early data, or the
 * directions are out of step. */
enum { EARLY_RECORDS = 8 };

struct early {
    size_t n;
    struct fact facts[EARLY_RECORDS];
};

/* What becomes of early data (RFC 8446 4.2.10), whose records look like any others. */
enum early_data {
    EARLY_DATA_NONE,     /* not offered, or rejected by a HelloRetryRequest */
    EARLY_DATA_REJECTED, /* the server goes on without the client's key */
    EARLY_DATA_OPEN,     /* accepted or not: EncryptedExtensions tells, which is protected */
    EARLY_DATA_ENDED,    /* EndOfEarlyData came */
};

/* Of the latest renegotiation after the handshake, by side. */
struct renegotiation {
    bool is_open, is_client;
    bool has_ccs[2], has_finished[2];
    bool has_data[2]; /* since its latest record */
};

/* A record of the client behind its Finished that is as long as an alert and may be data. */
struct short_record {
    bool is_open;           /* nothing told so far */
    bool is_behind_tickets; /* what the server sends of its own had come: more is an answer */
    unsigned len;
    int64_t us;
    uint64_t end;        /* stream offset behind it */
    uint64_t answer_end; /* behind the first record of the server that acknowledges it, 0 none */
    int64_t answer_us;   /* when the server's data came, if it was data */
};

/* What the lengths of the server's flight have in common, without their tags. */
struct padding {
    unsigned n;
    bool is_plain; /* one is as long as Finished without padding */
    unsigned common, common_behind_type;
};

/* The latest explicit nonces of one side and key. */
enum { NONCES_KEPT = 8 };

struct nonce_ring {
    uint64_t high[NONCES_KEPT], low[NONCES_KEPT];
    unsigned n, at;
    uint64_t step; /* the latest */
    bool has_step;
};

/* A heartbeat that may be answered. */
struct heartbeat_open {
    bool is_open, is_clear, is_overread;
    bool is_full; /* the latest record of the answer was as long as records get: more may follow */
    uint32_t asked, answered;
    struct span asked_at;
};

struct heartbeats {
    struct heartbeat_facts facts[2]; /* by the side that asked */
    struct heartbeat_open open[2];
};

struct attempt {
    struct early *early;     /* in the arena; NULL none */
    struct handshake *hs;    /* NULL once taken */
    struct arena tail_arena; /* facts after the handshake was taken */
    bool is_concluded;
    bool is_established; /* as a success */
    bool is_taken;
    bool is_taken_at_close;
    bool is_foreign_rst; /* the reset does not look like the host's it names */
    bool has_row;        /* a handshake was given when it was taken */
    bool is_closing;
    int client_dir; /* the flow direction of the TLS client, -1 unknown */
    bool has_begun; /* the beginning of a ClientHello was seen, perhaps not all of it */
    bool is_tls13;
    bool has_hello_done;
    bool is_framing_lost[2]; /* by side: bytes are missing, or are no TLS */
    bool is_no_tls[2];       /* by side: some are no TLS */
    bool is_gap_before_end;  /* a hole before the outcome was known */
    struct moment fatal, other_fatal, closing_alert, close_notify, encrypted_alert;
    struct moment fin, rst; /* the first that was captured */
    struct moment fins[2];  /* by side */
    /* TLS 1.3, from record headers. */
    uint16_t suite;
    bool offers_alps;
    enum early_data early_data;
    bool offers_early_data;
    uint64_t hello_end;        /* stream offset behind the ServerHello */
    uint64_t server_flight_at; /* the same behind the server's Finished, as far as it can be told */
    bool is_server_finished;   /* a record of the server was as long as Finished */
    bool is_large_behind; /* early data may run: a large record stands behind one like Finished */
    bool has_client_answered; /* the server's flight, by whatever it did */
    bool has_client_cert;     /* the client answered a CertificateRequest, perhaps with nothing */
    bool is_flight_odd;       /* its flight fits nothing that is known */
    uint64_t flight_end;      /* stream offset behind its latest record up to Finished, 0 none */
    uint64_t flight_acked;    /* what its latest record acknowledged */
    uint64_t finished_end;    /* the same behind the Finished-sized record, 0 none */
    uint64_t client_data_end;
    bool is_unpadded;           /* the client's Finished, and so its alerts */
    unsigned server_flight_len; /* length of the latest record of the server's flight */
    uint16_t flight_lens[2];    /* of the latest two records before the server's Finished */
    unsigned n_flight;          /* how many there were */
    struct short_record maybe_data;
    bool is_flight_block;   /* its flight is one record that may be padded to a multiple of 64 */
    int64_t last_client_us; /* of the client's latest record */
    struct moment turn;     /* what the client did after a pause behind its flight */
    int64_t turn_pause_us;
    struct padding padding;
    struct moment padded_reply; /* the server's only record behind the client's flight so far, as
                                   long as a padded alert */
    struct moment reply; /* the client's first record that acknowledges the server's alert_sized */
    bool has_gone_on;    /* the server acknowledged the reply and sent another record */
    uint64_t answer_end; /* stream offset behind the server's first record that acknowledges the
                            client's flight, 0 none */
    struct moment alert_sized[2]; /* first record of this size, by side */
    bool is_alert_doubtful;       /* the server's may as well be data */
    int64_t alert_quiet_us[2];    /* how long nothing had come before it */
    int64_t quiet_us;             /* how long nothing had come before the latest fact */
    unsigned n_server_after_data;
    unsigned last_server_len; /* length of the latest protected server record, 0 none */
    int64_t last_server_us;   /* time of the latest that is longer than an alert */
    int64_t last_progress_us; /* latest fact */
    enum side owes;           /* the next message, up to the ServerHello of TLS 1.3 */
    uint64_t last_end[2];     /* by side: stream offset behind its latest fact */
    size_t transcript_bytes;
    bool is_transcript_odd;         /* a message came that is not kept in its place */
    struct record_facts records[2]; /* by side */
    struct nonce_ring *nonces[2];   /* by side; NULL before the first */
    struct heartbeats *heartbeats;  /* NULL before the first */
    size_t shape_len;
    uint64_t shape_record; /* the record of its latest letter */
    bool is_shape_done;    /* the client has answered */
    size_t history_len;
    char history_last;
    struct renegotiation renegotiation;
    int64_t minute_us; /* counts the client's renegotiations of one minute from here on */
    uint32_t n_in_minute;
    struct connection_end tail;
};

/* side_of_dir maps a flow direction to a TLS side; the initiator is the client until a hello tells.
 */
enum side side_of_dir(const struct attempt *a, int dir);
/* dir_of_side is its inverse. */
int dir_of_side(const struct attempt *a, enum side side);
/* history_add appends the letter of the fact (Zeek's ssl_history). */
void history_add(struct attempt *a, const struct fact *f);
/* attempt_moment is where and when f was, with what its sender had acknowledged by then. */
struct moment attempt_moment(const struct fact *f);
/* moment_is_before says which of two was captured first; a connection may go on in another file. */
bool moment_is_before(const struct moment *one, const struct moment *other);
/* transcript_add keeps a clear handshake message once the server has asked for a certificate, with
 * those that came before (RFC 5246 7.4.8: what CertificateVerify signs). */
void transcript_add(struct attempt *a, const struct fact *f);
/* heartbeats_add pairs requests and answers; heartbeats_lose forgets those that are open. */
void heartbeats_add(struct attempt *a, const struct fact *f);
void heartbeats_lose(struct attempt *a);
/* heartbeats_turn changes sides. */
void heartbeats_turn(struct attempt *a);
/* records_count counts a protected record and its nonce. */
void records_count(struct attempt *a, const struct fact *f);
/* early_keep notes a record that may have to be understood once the ServerHello is known. */
void early_keep(struct attempt *a, const struct fact *f);
/* padding_add takes a record of the server's flight, as long as content without its tag. */
void padding_add(struct padding *p, unsigned content, bool is_finished);
/* padding_shortest is how long the shortest record may be without its tag, 0 when nothing speaks
 * for padding. */
unsigned padding_shortest(const struct padding *p);
/* tls13_begin is called with the ServerHello that has chosen TLS 1.3. */
void tls13_begin(struct attempt *a, const struct fact *f);
/* tls13_client_answers notes that the client answers the server's flight, by whatever it does. */
void tls13_client_answers(struct attempt *a);
/* tls13_client_hello looks at what the client offers; its hello may be captured late. */
void tls13_client_hello(struct attempt *a);
/* tls13_client_acts notes a record or FIN of the client; may_close says that it may be the first
 * thing behind its flight even if no Finished was recognised. */
void tls13_client_acts(struct attempt *a, const struct moment *m, bool may_close);
/* tls13_may_be_early says whether what looks like the client's flight may be early data. */
bool tls13_may_be_early(const struct attempt *a);
/* records_tls13 follows protected records of TLS 1.3 by their headers. */
void records_tls13(struct attempt *a, const struct fact *f);
/* owed_by is who would have to send the next message. */
enum side owed_by(const struct attempt *a);
/* is_garbled says whether bytes that are no TLS stand where they may hide messages. */
bool is_garbled(const struct attempt *a);
/* has_unseen_bytes says whether bytes of side were sent that no packet brought. */
bool has_unseen_bytes(const struct attempt *a, const struct flow_info *info, enum side side);
/* conclude sets outcome, basis and confidence; why tells what ended the attempt, at_us when. */
void conclude(struct attempt *a, const struct flow_info *info, int64_t at_us);
/* conclude_success marks the handshake as complete at the fact that completed it. */
void conclude_success(struct attempt *a, const struct fact *f, enum basis basis, double confidence);
/* conclude_success_inferred does so where no message is recognised by its size. */
void conclude_success_inferred(struct attempt *a, const struct fact *f, double confidence);
/* conclude_tls13 decides how an attempt ended that had got as far as a ServerHello of TLS 1.3. end
 * is the first FIN or RST, NULL none; silent says that nothing came for ATTEMPT_TIMEOUT_US. */
void conclude_tls13(
        struct attempt *a, const struct flow_info *info, const struct moment *end, bool silent);
/* outcome_set and its like write the outcome; sided ones pick by side. */
void outcome_set(struct attempt *a, enum outcome outcome, enum basis basis, double confidence);
void outcome_set_sided(struct attempt *a, enum side side, enum outcome client, enum outcome server,
        enum basis basis, double confidence);
void outcome_set_undetermined(struct attempt *a, enum undetermined why);
/* conclude_silence blames the path or the side that owed the next message. */
void conclude_silence(struct attempt *a, const struct flow_info *info, enum side owes,
        enum basis basis, double confidence);
/* conclude_reset names the side that the reset came from, or a third party. */
void conclude_reset(struct attempt *a, enum basis basis, double confidence);

#endif
