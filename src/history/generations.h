#ifndef TLSWIRE_HISTORY_GENERATIONS_H
#define TLSWIRE_HISTORY_GENERATIONS_H

#include "history/history.h"

/*
 * Per vantage, service, set of names and type of key: the newest leaf, and which addresses have it.
 * 50,000 entries of 264 bytes.
 */
enum { GENERATIONS_CAP = 50000, GENERATIONS_NODES = 8, GENERATIONS_OLD = 4 };

struct generation {
    int64_t first_us, last_us; /* sights of the newest leaf */
    int64_t not_before_us;
    int64_t handshake;     /* the latest with it */
    bool is_here;          /* this address has shown it */
    bool is_successor;     /* an address went from the leaf asked about to the newest */
    unsigned n_new, n_old; /* addresses that showed the newest last, and older ones (the one asked
                              about counted) */
};

/* history_newer says whether a leaf with the same names, a key of the same type and a later
 * notBefore was seen. */
bool history_newer(struct history *history, int64_t vantage, const struct service *s,
        const struct handshake *h, const struct certificate *leaf, struct generation *out);

#endif
