#ifndef TLSWIRE_HISTORY_BUSY_H
#define TLSWIRE_HISTORY_BUSY_H

#include "history/history.h"
#include "history/spread.h"

/*
 * Services with at least five attempts within ten minutes, per place (struct lesson): how their
 * attempts went, by minute (the last ten), by five minutes (the last 65) and by day (the last
 * eight). Those before the fifth count as well. About 12 KB a service. Attempts belong to the time
 * of their first packet.
 */
enum { BUSY_SERVICES = 10000, BUSY_ATTEMPTS = 5, BUSY_CHANGES = 4 };

/* What happened to a service in a span of time. */
struct busy_counts {
    int64_t from_us, to_us; /* from the first attempt that was counted, when that is later */
    uint64_t success, success_inferred, failed, failed_inferred, undetermined;
    /* Of successes (group_retries: full, after a HelloRetryRequest for another group); those below
     * sound are below the service's best and not sound (handshake_is_sound): */
    uint64_t full, below_best, below_sound, resumed, resumption_offered, group_retries, tls13;
    uint64_t bytes, gap_bytes;  /* of the handshakes, not of what came after them */
    struct spread latency;      /* full handshakes without HelloRetryRequest, less one round trip */
    struct spread server_think; /* ClientHello to ServerHello, less the server's round trip */
    struct spread client_think; /* server's flight to the client's answer, likewise */
};

/* busy_attempts is what succeeded or failed. */
uint64_t busy_attempts(const struct busy_counts *c);
uint64_t busy_failures(const struct busy_counts *c);

/* history_minutes counts the whole minutes (at most eight) up to end_us, the start of a minute.
 * False when the service is not busy. */
bool history_minutes(struct history *h, int64_t place, const struct service *s, int64_t end_us,
        unsigned minutes, struct busy_counts *out);
/* history_hour counts the hour up to end_us, the start of a minute: from the first block of five
 * minutes that lies in it on. */
bool history_hour(struct history *h, int64_t place, const struct service *s, int64_t end_us,
        struct busy_counts *out);
/* history_span counts the blocks of five minutes that lie within both times, of the last hour. */
bool history_span(struct history *h, int64_t place, const struct service *s, int64_t from_us,
        int64_t to_us, struct busy_counts *out);
/* history_baseline counts the seven days (UTC) before the day of at_us. */
bool history_baseline(struct history *h, int64_t place, const struct service *s, int64_t at_us,
        struct busy_counts *out);
/* history_day counts the day that was `ago` days before that of at_us, 7 at most. */
bool history_day(struct history *h, int64_t place, const struct service *s, int64_t at_us,
        unsigned ago, struct busy_counts *out);

/* Something about a server that was there for the first time. */
enum busy_change_kind { CHANGE_NONE, CHANGE_SERVER, CHANGE_LEAF, CHANGE_KEY };

/* What happened on one side of a change. */
struct busy_tally {
    uint64_t bytes, gap_bytes;
    uint32_t success, tls13, failed, undetermined;
    uint32_t latest_failed, latest_older; /* a bit for each of the latest 32 attempts: it failed; it
                                             succeeded below TLS 1.3 */
};

struct busy_change {
    int64_t at_us;
    uint64_t value; /* of the server's fingerprint a hash, else the first 8 bytes of the SHA-256 */
    uint32_t kind;
    uint32_t unused;
    struct busy_tally before, after; /* within half an hour */
};

/* history_changes copies the latest changes, oldest first, and gives their number. A new server
 * fingerprint counts only when the same ClientHello was answered differently before. */
size_t history_changes(struct history *h, int64_t place, const struct service *s,
        struct busy_change out[BUSY_CHANGES]);

/* The latest client that was slow to answer the server's flight. */
struct busy_stall {
    uint8_t client[16], server[16];
    int64_t from_us, to_us;
};
enum { BUSY_STALL_US = 500000 };
bool history_stall(
        struct history *h, int64_t place, const struct service *s, struct busy_stall *out);

#endif
