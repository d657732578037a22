#ifndef TLSWIRE_HISTORY_PROTOCOLS_H
#define TLSWIRE_HISTORY_PROTOCOLS_H

#include "model/handshake.h"

/*
 * The application protocols (ALPN) that a server was seen to choose, in clear up to TLS 1.2, per
 * vantage and endpoint. Entries hold no pointers. Bounded: the least recently used goes.
 */
struct protocols;

enum { PROTOCOLS_CAP = 20000, PROTOCOLS_OF_ONE = 6, PROTOCOL_BYTES = 15 };

/* Names in the order in which they were met; longer ones are not kept. */
struct protocol_list {
    size_t n;
    struct {
        uint8_t len;
        uint8_t name[PROTOCOL_BYTES];
    } items[PROTOCOLS_OF_ONE];
};

struct protocols *protocols_new(void);
/* protocols_free frees; NULL is fine. */
void protocols_free(struct protocols *p);
/* protocols_of gives what the server of h chose before, NULL when nothing is known; p may be NULL.
 * It lives until the next protocols_learn. */
const struct protocol_list *protocols_of(struct protocols *p, const struct handshake *h);
/* protocols_learn notes what the server of h chose. */
void protocols_learn(struct protocols *p, const struct handshake *h);

#endif
