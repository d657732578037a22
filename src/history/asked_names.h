#ifndef TLSWIRE_HISTORY_ASKED_NAMES_H
#define TLSWIRE_HISTORY_ASKED_NAMES_H

#include "history/history.h"

/* Server addresses, per vantage, that clients ask for by name, and for which names the certificate
 * was that the latest of them got. 20,000 entries of 16 bytes. */
enum { ASKED_NAMES_CAP = 20000 };
/* What was last seen longer ago than a day counts for nothing. */
#define ASKED_NAMES_US (86400 * (int64_t)1000000)

struct asked_names {
    bool is_other_leaf; /* the leaf of l has other names; false when either was not seen */
};

/* history_asked_names says whether the server of l was asked for by name within the day before. */
bool history_asked_names(struct history *history, const struct lesson *l, struct asked_names *out);

#endif
