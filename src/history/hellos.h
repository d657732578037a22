#ifndef TLSWIRE_HISTORY_HELLOS_H
#define TLSWIRE_HISTORY_HELLOS_H

#include "history/history.h"

/*
 * How a server (vantage, service, address) takes hellos of a special form beside others: those that
 * need more than one segment, those of 256 to 511 bytes, those in several records. A server is
 * remembered from the first that failed on. 20,000 servers of 120 bytes. What is older than seven
 * days is forgotten.
 */
enum { HELLO_SERVERS = 20000 };
#define HELLO_US (7 * INT64_C(86400) * 1000000)

enum hello_form {
    HELLO_LARGE,  /* more than one segment, or more than one holds */
    HELLO_WINDOW, /* 256 to 511 bytes (RFC 7685 4) */
    HELLO_SPLIT,  /* several records (RFC 8446 5.1) */
    HELLO_FORMS
};

/* Failures of one form without a success of that form since, and the others meanwhile. */
struct hello_counts {
    int64_t first_us, third_us, last_us; /* of the failures; all is zero without one */
    uint32_t n_failed, n_others_passed, n_others_failed;
    uint32_t zero;
};

/* hello_is_of says whether the ClientHello of h, which it has, is of this form. */
bool hello_is_of(const struct handshake *h, enum hello_form form);
/* hello_is_answered says whether the server of h answered with a message of its own. */
bool hello_is_answered(const struct handshake *h);
/*
 * hello_is_failed says whether the server had all of the hello of h and did not take it: silence of
 * 5 s, FIN or RST instead of any message; for HELLO_SPLIT also alert 10 or 50.
 */
bool hello_is_failed(const struct handshake *h, enum hello_form form);
/* history_hellos gives what was learned about the form with the server of h before h; of an h that
 * is read again, only whether it was the third failure or a later one. */
struct hello_counts history_hellos(struct history *history, int64_t vantage,
        const struct service *s, const struct handshake *h, enum hello_form form);

#endif
