#ifndef TLSWIRE_HISTORY_PROTOCOLS_H
#define TLSWIRE_HISTORY_PROTOCOLS_H

#include "history/history.h"

/*
 * The application protocols (ALPN) that a server was seen to choose, in clear up to TLS 1.2, per
 * vantage and endpoint.
 */
enum { PROTOCOLS_CAP = 20000, PROTOCOLS_OF_ONE = 6, PROTOCOL_BYTES = 15 };

/* Names in the order in which they were met; longer ones are not kept. */
struct protocol_list {
    uint64_t n;
    struct {
        uint8_t len;
        uint8_t name[PROTOCOL_BYTES];
    } items[PROTOCOLS_OF_ONE];
};

/* protocols_of gives what the server of h chose before, NULL when nothing is known; history may be
 * NULL. It lives until something is learned. */
const struct protocol_list *protocols_of(
        struct history *history, int64_t vantage, const struct handshake *h);

#endif
