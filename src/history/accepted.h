#ifndef TLSWIRE_HISTORY_ACCEPTED_H
#define TLSWIRE_HISTORY_ACCEPTED_H

#include "history/hellos.h"

/*
 * What each server (vantage, service, address) chose of what clients offered, with the minute it
 * did so last. 50,000 servers of 488 bytes; the choice that was not made for longest goes.
 */
enum { ACCEPTED_SERVERS = 50000, ACCEPTED_CODES = 16, ACCEPTED_NAMES = 4, ACCEPTED_NAME = 16 };
#define ACCEPTED_US (7 * INT64_C(86400) * 1000000)

enum accepted_kind {
    ACCEPTED_VERSIONS, /* negotiated */
    ACCEPTED_SUITES,
    ACCEPTED_GROUPS,  /* of ECDHE, and of TLS 1.3 */
    ACCEPTED_SCHEMES, /* of the ServerKeyExchange of TLS 1.2; TLS 1.3 hides them */
    ACCEPTED_KINDS
};

struct accepted_list {
    size_t n;
    uint16_t codes[ACCEPTED_CODES];
};

/* An application protocol as the ServerHello carries it; TLS 1.3 hides it. */
struct accepted_name {
    uint8_t n;
    uint8_t bytes[ACCEPTED_NAME];
};

struct accepted {
    uint64_t n_hellos; /* ServerHellos since the first in this memory; 0 none in the last days */
    struct accepted_list lists[ACCEPTED_KINDS];
    /* The latest hellos of each form that it answered so, and those not of it; TIME_NONE none. */
    int64_t of_us[HELLO_FORMS], other_us[HELLO_FORMS];
    size_t n_names;
    struct accepted_name names[ACCEPTED_NAMES];
};

/* history_accepted gives what the server of h chose in the seven days up to at_us (to the minute),
 * before h; n_hellos is 0 when it was not seen to choose anything. */
void history_accepted(struct history *history, int64_t vantage, const struct service *s,
        const struct handshake *h, int64_t at_us, struct accepted *out);

#endif
