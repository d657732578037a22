#ifndef TLSWIRE_HISTORY_SESSION_IDS_H
#define TLSWIRE_HISTORY_SESSION_IDS_H

#include "history/history.h"

/* Session ids that a server made up itself (RFC 5246 7.4.1.3), in order, per vantage and server
 * address. 10,000 servers of 48 bytes. */
enum { HISTORY_ID_SERVERS = 10000, HISTORY_ID_NEAR = 3 };

struct id_run {
    uint64_t n;       /* ids in a row, this one included, of which each differs from the one before
                         in at most HISTORY_ID_NEAR adjacent bytes */
    uint64_t n_equal; /* of these, equal to the one before */
};

/* history_id_run counts what was learned about the server together with h; n is 0 when h has no
 * such id. */
struct id_run history_id_run(struct history *history, int64_t vantage, const struct handshake *h);

#endif
