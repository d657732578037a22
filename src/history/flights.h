#ifndef TLSWIRE_HISTORY_FLIGHTS_H
#define TLSWIRE_HISTORY_FLIGHTS_H

#include "history/history.h"

/*
 * Per vantage, service, server address and kind of client: the lengths of Certificate and
 * CertificateVerify in TLS 1.3, and those before. 20,000 entries of 48 bytes.
 */
enum { FLIGHTS_CAP = 20000 };

/* Handshakes in a row with the same lengths. */
struct flight_run {
    uint32_t cert, verify; /* lengths of records */
    uint64_t n;
    int64_t handshake; /* the latest of them */
};

struct flight_change {
    struct flight_run before, now; /* this handshake counted in now; before.n is 0 when there was
                                      no other, or just one handshake with it */
    bool is_return;                /* now is like before: what stood between was no change */
};

/* history_flight tells the run that h belongs to and the one before; false when h has no lengths.
 */
bool history_flight(struct history *history, int64_t vantage, const struct service *s,
        const struct handshake *h, struct flight_change *out);

#endif
