#ifndef TLSWIRE_HISTORY_RENEWALS_H
#define TLSWIRE_HISTORY_RENEWALS_H

#include "history/history.h"

/*
 * Per vantage, service, server address, set of names and type of key: at which part of its lifetime
 * a leaf was renewed. 50,000 entries of 72 bytes.
 */
enum { RENEWALS_CAP = 50000, RENEWALS_KEPT = 8 };

struct renewal_habit {
    unsigned n;    /* renewals that were seen; the latest RENEWALS_KEPT count */
    double median; /* age at renewal, as part of the lifetime; of two middle ones the greater */
};

/* history_renewals tells what was learned about the server that shows this leaf; n is 0 when
 * nothing was. */
struct renewal_habit history_renewals(struct history *history, int64_t vantage,
        const struct service *s, const struct handshake *h, const struct certificate *leaf);

#endif
