#ifndef TLSWIRE_STORE_SEGMENT_DAMAGE_H
#define TLSWIRE_STORE_SEGMENT_DAMAGE_H

#include "store/watch.h"

/* A segment that is damaged costs its own rows, not the capture. */

/* segment_put_aside gives the file another name, so that nobody writes it any more, says so in its
 * row, tells it (store_next_notice), and closes it. When that cannot be written now, it stays the
 * same damaged one, closed. */
bool segment_put_aside(struct store *s, struct segment_file *f, struct err *err);
/* segment_is_damaged says whether one of those that are written is. */
bool segment_is_damaged(const struct watch *w);
/* segment_mend puts these aside, and begins another for the newest; nothing when none is. */
bool segment_mend(struct store *s, struct err *err);

#endif
