#ifndef TLSWIRE_HISTORY_SERVERS_H
#define TLSWIRE_HISTORY_SERVERS_H

#include "history/history.h"

/* history_latest_expiry is the latest notAfter of the leaves that this server has shown for the
 * service with the names and the type of key of this one, INT64_MIN when none: another node of the
 * service may be behind, and so may the other of a pair. */
int64_t history_latest_expiry(struct history *h, int64_t vantage, const struct service *s,
        const struct handshake *hs, const struct certificate *leaf);

#endif
