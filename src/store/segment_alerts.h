#ifndef TLSWIRE_STORE_SEGMENT_ALERTS_H
#define TLSWIRE_STORE_SEGMENT_ALERTS_H

#include "store/segments.h"

/*
 * Which source has the alerts of a handshake. Queries ask for each of very many handshakes, few of
 * which have any: after some questions all ids are read into memory.
 */
struct segment_alerts {
    struct alert_place *places; /* in order of id */
    size_t n, n_asked;
    bool is_whole;    /* all are there */
    bool is_too_many; /* more than are kept: each question searches the sources */
};

/* segment_alerts_find gives the source; *is_there is false when the handshake has none. A code of
 * SQLite. */
int segment_alerts_find(struct segment_alerts *a, struct segments *r, int64_t handshake_id,
        size_t *source, bool *is_there);
/* segment_alerts_clear forgets what is of another moment. */
void segment_alerts_clear(struct segment_alerts *a);

#endif
