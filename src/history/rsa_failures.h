#ifndef TLSWIRE_HISTORY_RSA_FAILURES_H
#define TLSWIRE_HISTORY_RSA_FAILURES_H

#include "history/history.h"

/* Per certificate: the RSA key exchanges that failed since one was completed. Keyed by the SHA-256
 * of the leaf, over all vantages. About 50 bytes each. */
enum { RSA_FAILURES_CAP = 20000 };

struct rsa_failures {
    uint64_t clients[3], prints[2]; /* distinct ones, as hashes; clients: address and print, since
                                       many may be behind one address */
    uint32_t n;                     /* failures in a row */
    uint8_t n_clients, n_prints;    /* 3 and 2 stand for more */
    uint8_t padding[2];
};

/* history_rsa_failures gives the failures in a row once h, which failed, is counted too. */
struct rsa_failures history_rsa_failures(
        struct history *history, const struct certificate *leaf, const struct handshake *h);

#endif
