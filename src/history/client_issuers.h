#ifndef TLSWIRE_HISTORY_CLIENT_ISSUERS_H
#define TLSWIRE_HISTORY_CLIENT_ISSUERS_H

#include "history/history.h"

/*
 * Per vantage and service: the keys that issued the certificates of its clients, and how often the
 * server refused these, within a day. 10,000 entries of 336 bytes.
 */
enum { CLIENT_ISSUERS_CAP = 10000, CLIENT_ISSUERS_KEPT = 6 };
#define CLIENT_ISSUERS_US (86400 * (int64_t)1000000)

/* Two generations of one CA. */
struct ca_generations {
    bool is_newer; /* own has issued the later certificates */
    uint64_t own_n, own_refused;
    uint64_t other_n, other_refused;
    int64_t from_us;
};

/*
 * history_ca_generations says whether certificates of another issuing key with the same name, or
 * one that differs in numbers only ("G1", "2024"), were seen within a day. This handshake is
 * counted.
 */
bool history_ca_generations(
        struct history *history, const struct lesson *l, struct ca_generations *out);

#endif
