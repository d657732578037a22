#ifndef TLSWIRE_HISTORY_HISTORY_H
#define TLSWIRE_HISTORY_HISTORY_H

#include "model/finding.h"

/*
 * What was seen before, bounded. Now: the attempts of the last ten minutes per vantage and service,
 * and the leaves that a service, and each server of it, has shown. History keyed by service does
 * not cross vantages.
 */
struct history;

enum { HISTORY_SERVICES = 100000, HISTORY_MINUTES = 10 };

/* Attempts of one service in a window. */
struct attempt_counts {
    uint64_t n_attempts; /* success + failures; abandoned, scans and undetermined are not counted */
    uint64_t n_broken;   /* of these, ended by RST or FIN without alert before completion */
    int64_t from_us, to_us;
};

struct history *history_new(void);
/* history_free frees; NULL is fine. */
void history_free(struct history *h);
/* history_counts gives what was learned about the service in the ten minutes up to at_us, to the
 * minute. */
struct attempt_counts history_counts(
        struct history *h, uint32_t vantage, const struct service *s, int64_t at_us);
/* history_had_ca_leaf says whether the service served a leaf that was not self-signed before. */
bool history_had_ca_leaf(struct history *h, uint32_t vantage, const struct service *s);
/* history_latest_expiry is the latest notAfter of the leaves that this server has shown for the
 * service, INT64_MIN when none: another node of the service may be behind. */
int64_t history_latest_expiry(struct history *h, uint32_t vantage, const struct service *s,
        const struct endpoint *server);
/* history_learn remembers one judged attempt; leaf may be NULL. */
void history_learn(struct history *h, const struct handshake *hs, const struct service *s,
        const struct certificate *leaf, int64_t at_us);

#endif
