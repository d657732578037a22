#ifndef TLSWIRE_STORE_PRUNE_H
#define TLSWIRE_STORE_PRUNE_H

#include "store/store_internal.h"

/*
 * What a run that does not end removes from its inventory: rows of dictionaries, offers and choices
 * that only segments referred to which are gone, and what was counted by minute, hour and server
 * long ago. In slices, as a large DELETE would hold up the capture; a slice that cannot be
 * committed is tried again.
 *
 * Of tables that SQLite numbers, the row with the largest id stays: so no id is given to another
 * value.
 */

enum { PRUNE_TABLES = 5, PRUNE_COUNTS = 4 };

/* Where it is; all 0 at the start. */
struct prune {
    int64_t oldest; /* rows are removed whose last segment is before this one; 0: nothing to do */
    int64_t done;   /* the same of the last time that was gone through all tables */
    int table;
    int64_t after; /* this id */
    int64_t last;  /* up to this one, which was the largest when the table was begun */
    sqlite3_stmt *ends[PRUNE_TABLES], *removes[PRUNE_TABLES], *segments;

    int64_t before_us, done_us; /* likewise for counts */
    bool is_counting;
    int counts;
    sqlite3_value *group[2]; /* NULL: before the first */
    sqlite3_stmt *nexts[PRUNE_COUNTS], *forgets[PRUNE_COUNTS];
};

void prune_fini(struct prune *p);

#endif
