#ifndef TLSWIRE_HISTORY_CLOSINGS_H
#define TLSWIRE_HISTORY_CLOSINGS_H

#include "history/history.h"

/* How a service (per place, struct lesson) ends connections on which data went both ways, and how
 * its clients do, by who is the first to end. 50,000 services of 64 bytes; old ones count half
 * every CLOSINGS_HALVED. */
enum { CLOSINGS_SERVICES = 50000, CLOSINGS_HALVED = 1024 };

struct closings {
    int64_t first_us, last_us;
    uint32_t n, n_without; /* without a close_notify */
    uint32_t n_tls13;      /* of n; there it is told by the size of a record */
    uint32_t zero;
};

/* history_closings gives what was learned about a side of the service. */
struct closings history_closings(
        struct history *history, int64_t place, const struct service *s, enum side side);

#endif
