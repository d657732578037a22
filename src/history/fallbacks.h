#ifndef TLSWIRE_HISTORY_FALLBACKS_H
#define TLSWIRE_HISTORY_FALLBACKS_H

#include "history/history.h"

/*
 * Attempts that failed, by client, server and name, per vantage: what a client tries next within
 * ten seconds of their end, with a lower version, it has fallen back to. A failure is judged when
 * its connection is over, often after what came next: so the last four successes without TLS 1.3
 * are remembered as well. Cases of intolerance are counted over all clients of the server and name:
 * a client that has met one often goes on with the lower version. 20,000 values of 184 bytes, made
 * by these.
 */
#define HISTORY_FALLBACK_US (INT64_C(10) * 1000000)
/* A client that leaves after so long a silence was not answered. */
#define HISTORY_FALLBACK_WAIT_US (INT64_C(1) * 1000000)
enum { HISTORY_FALLBACKS = 20000, HISTORY_FALLBACK_SUITES = 36 };

struct fell_back {
    uint16_t from, to; /* highest versions offered before and now */
    int64_t failed_us; /* when the attempt before ended */
    int64_t failed_handshake;
    bool has_scsv; /* the lower offer had TLS_FALLBACK_SCSV */
    /* The server or the path broke the higher offer off before a ServerHello, although it held the
     * version and suite with which this one succeeded. */
    bool is_intolerance;
    uint64_t n; /* such cases of any client less than a day apart, this one included */
};

/* history_fell_back says whether the client of h offers a lower version than in an attempt that
 * failed just before; when h failed itself, whether the one that followed and was judged already
 * succeeded with a lower version. */
bool history_fell_back(
        struct history *history, int64_t vantage, const struct handshake *h, struct fell_back *out);

#endif
