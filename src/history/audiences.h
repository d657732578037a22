#ifndef TLSWIRE_HISTORY_AUDIENCES_H
#define TLSWIRE_HISTORY_AUDIENCES_H

#include "history/history.h"

/*
 * Per vantage, service and server address: which clients met which issuer of its leaf within the
 * last hour, as far as the leaf names the service and is not self-signed. 10,000 entries of 768
 * bytes.
 */
enum {
    AUDIENCES_CAP = 10000,
    AUDIENCES_CLIENTS = 16,
    AUDIENCE_CLIENTS = 2, /* of each group */
    AUDIENCE_REPEATS = 3  /* handshakes of each group beyond the first of each client */
};
#define AUDIENCE_WINDOW_US (3600 * (int64_t)1000000)

enum audience_by { AUDIENCE_BY_ISSUER, AUDIENCE_BY_ROOT };
enum root_kind { ROOT_UNKNOWN, ROOT_PUBLIC, ROOT_PRIVATE };

struct audience {
    unsigned n_own, n_others; /* clients of this group, and of the other */
    int64_t from_us;          /* the first of these handshakes */
    int64_t other;            /* id of the latest handshake of the other group */
};

/* audience_root says where a chain ends: public, or at a CA of somebody's own. */
enum root_kind audience_root(const struct judgement *j);
/*
 * history_audience says whether clients are divided: this handshake counted, at least two clients
 * on each side, who came back, were always on the same side, and at the same time as the others. By
 * issuer only leaves with keys of the same type are compared.
 */
bool history_audience(
        struct history *history, const struct lesson *l, enum audience_by by, struct audience *out);

#endif
