#ifndef TLSWIRE_HISTORY_ATTEMPTS_H
#define TLSWIRE_HISTORY_ATTEMPTS_H

#include "history/history.h"

/*
 * The latest attempts of a service, per place, as what counts busy services needs them: a service
 * is busy from its fifth attempt within ten minutes on, and the four before it count as well.
 * 20,000 services of 552 bytes.
 */
enum {
    ATTEMPTS_SERVICES = 20000,
    ATTEMPTS_BEFORE = 4,
    ATTEMPT_PRINT = 40 /* bytes */
};

/* What an attempt counts as. */
enum attempt_count {
    ATTEMPT_SUCCESS,
    ATTEMPT_SUCCESS_INFERRED,
    ATTEMPT_FAILED,
    ATTEMPT_FAILED_INFERRED,
    ATTEMPT_UNDETERMINED,
    /* Of successes; see struct busy_counts: */
    ATTEMPT_FULL,
    ATTEMPT_BELOW_BEST,
    ATTEMPT_BELOW_SOUND,
    ATTEMPT_RESUMED,
    ATTEMPT_OFFERED,
    ATTEMPT_GROUP_RETRIES,
    ATTEMPT_TLS13,
    /* Of all: the client refused the certificate, or did something that looks like it. */
    ATTEMPT_REFUSED,
    ATTEMPT_COUNTS
};

struct attempt {
    int64_t handshake, first_us; /* its public id */
    uint64_t bytes, gap_bytes;
    int64_t latency_us, server_think_us, client_think_us; /* negative: none */
    uint64_t leaf, key;         /* first bytes of their SHA-256; 0 none was seen */
    uint64_t question, answer;  /* the offer, and the server's fingerprint; 0 none */
    char print[ATTEMPT_PRINT];  /* of the client: JA4, else JA3 */
    uint32_t counts;            /* a bit for each attempt_count */
    uint8_t is_done, is_unused; /* its end was seen; the client left without any data */
    uint8_t zero[2];
};

static inline bool attempt_is(const struct attempt *a, enum attempt_count c)
{
    return (a->counts >> c & 1) != 0;
}

/* attempt_of tells what the attempt of a lesson is; false when it is none: scans, abandoned. What
 * history_learn hands on has it as l->attempt. */
bool attempt_of(const struct lesson *l, struct attempt *out);
bool attempt_is_success(const struct attempt *a);
bool attempt_is_failure(const struct attempt *a);
/* attempt_is_unused says whether the client said nothing before it left. In TLS 1.3 that is what
 * success-inferred is; and when the server sent tickets, which prove success, a record behind
 * Finished is what is missing. */
bool attempt_is_unused(const struct handshake *h, const struct connection_end *e);
/* attempt_print gives the name of the client's fingerprint; false without one. */
bool attempt_print(const struct handshake *h, char out[ATTEMPT_PRINT]);

/* What a service did before it was busy. */
struct attempts_before {
    size_t n;
    struct attempt all[ATTEMPTS_BEFORE];
};

/* history_attempts copies the attempts of the service in the ten minutes up to at_us, oldest first,
 * four at most. */
void history_attempts(struct history *h, int64_t place, const struct service *s, int64_t at_us,
        struct attempts_before *out);

#endif
