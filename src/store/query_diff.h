#ifndef TLSWIRE_STORE_QUERY_DIFF_H
#define TLSWIRE_STORE_QUERY_DIFF_H

#include "store/query.h"

/*
 * What two times, or two databases, are compared by. Each part is rows in order of service, port,
 * topic and item. Attempts count by the time of their first packet.
 */
enum diff_part {
    DIFF_SHARES,   /* service, port, topic, item, text, hits, of */
    DIFF_TIMES,    /* service, port, topic (full, resumed), us, hits */
    DIFF_FINDINGS, /* service, port, topic (finding), item (defect and subject), text, severity,
                      hits of attempts; no hits when it is not known by handshake */
    DIFF_SPAN      /* one row: first, last (microseconds), services, attempts */
};

/* query_diff gives a part by service, or in_all together (service NULL). Of the filter it uses
 * since, until and service. */
bool query_diff(struct store *s, enum diff_part part, bool in_all, const struct list_filter *filter,
        query_row_fn *row, void *ctx, struct err *err);

#endif
