#ifndef TLSWIRE_ENGINE_CHECKPOINT_H
#define TLSWIRE_ENGINE_CHECKPOINT_H

#include "history/history.h"
#include "store/store.h"

/* checkpoint_load fills the history with what earlier runs left in the database. */
bool checkpoint_load(struct history *h, struct store *s, struct err *err);
/* checkpoint_save writes `most` rows of what changed; when that was all, it counts what the caps
 * pushed out and sets *is_done. What could not be written is written by the next call. */
bool checkpoint_save(
        struct history *h, struct store *s, size_t most, bool *is_done, struct err *err);
/* checkpoint_prune removes from the database what is beyond the caps: of topic number *next, which
 * it moves on to the one after it, or with NULL of all topics. */
bool checkpoint_prune(struct history *h, struct store *s, size_t *next, struct err *err);

#endif
