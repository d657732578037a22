#ifndef TLSWIRE_HISTORY_SERVICES_H
#define TLSWIRE_HISTORY_SERVICES_H

#include "history/history.h"

/* Per vantage and service: its attempts of the last ten minutes, and what it has shown. */
enum { HISTORY_SERVICES = 100000, HISTORY_MINUTES = 10 };

/* Attempts of one service in a window. */
struct attempt_counts {
    uint64_t n_attempts; /* success + failures; abandoned, scans and undetermined are not counted */
    uint64_t n_broken;   /* of these, ended by RST or FIN without alert before completion */
    int64_t from_us, to_us;
};

/* history_counts gives what was learned about the service in the ten minutes up to at_us, to the
 * minute. */
struct attempt_counts history_counts(
        struct history *h, int64_t vantage, const struct service *s, int64_t at_us);
/* history_is_below_best says whether a full handshake negotiated less (version, AEAD, forward
 * secrecy) than the best that the service was seen to before. */
bool history_is_below_best(struct history *h, int64_t vantage, const struct service *s,
        const struct handshake *handshake);
/* history_had_ca_leaf says whether the service served a leaf that was not self-signed before. */
bool history_had_ca_leaf(struct history *h, int64_t vantage, const struct service *s);

#endif
