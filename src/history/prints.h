#ifndef TLSWIRE_HISTORY_PRINTS_H
#define TLSWIRE_HISTORY_PRINTS_H

#include "history/attempts.h"

/*
 * How the clients of a busy service do, by fingerprint (JA4, else JA3): the latest 16 of them.
 * About 2.5 KB a service.
 */
enum { PRINTS_SERVICES = 10000, PRINTS_OF_SERVICE = 16, PRINT_TEXT = ATTEMPT_PRINT };

/* One fingerprint at one service. */
struct print_counts {
    char name[PRINT_TEXT];
    int64_t from_us; /* of the half hour that the counts begin in: this one and the one before */
    uint64_t n, failed;
    uint64_t done, unused; /* successes whose end was seen; left by the client without any data */
    uint64_t old_done, old_unused; /* before that */
    /* Since the service showed a key for the first time (n stops after an hour), and before that in
     * both half hours: attempts, and those that the client refused (alerts 42 and 46, or as
     * inferred). */
    uint64_t after_n, after_refused, before_n, before_refused;
};

/* history_prints copies what is known about the service up to at_us and gives their number. *key_us
 * is when it showed its latest new key, TIME_NONE when none was new. */
size_t history_prints(struct history *h, int64_t place, const struct service *s, int64_t at_us,
        struct print_counts out[PRINTS_OF_SERVICE], int64_t *key_us);

#endif
