#ifndef TLSWIRE_STORE_SEGMENT_LIST_H
#define TLSWIRE_STORE_SEGMENT_LIST_H

#include "store/segment_file.h"

/* The rows of the table segment, for the writer. */

/* Stored; never renumbered. */
enum segment_state { SEGMENT_WRITTEN, SEGMENT_ENDED, SEGMENT_FINISHED, SEGMENT_DAMAGED };

struct segment_row {
    int64_t id, from_us, to_us; /* without a to_us, from_us again */
    int64_t state;
    char *path;
    uint64_t bytes; /* for who fills it */
};

struct segment_list {
    struct segment_row *items; /* oldest first */
    size_t n;
};

/* segment_list_read reads all; free with segment_list_fini, also after a failure. */
bool segment_list_read(struct store *s, struct segment_list *l, struct err *err);
void segment_list_fini(struct segment_list *l);
/* segment_list_ended notes that the segment has ended now. */
void segment_list_ended(struct store *s, int64_t id);

#endif
