#ifndef TLSWIRE_ENGINE_CHECKPOINT_H
#define TLSWIRE_ENGINE_CHECKPOINT_H

#include "history/history.h"
#include "store/store.h"

/* checkpoint_load fills the history with what earlier runs left in the database. */
bool checkpoint_load(struct history *h, struct store *s, struct err *err);
/* checkpoint_save writes what changed, and counts what the caps pushed out. */
bool checkpoint_save(struct history *h, struct store *s, struct err *err);
/* checkpoint_prune removes from the database what is beyond the caps. */
bool checkpoint_prune(struct history *h, struct store *s, struct err *err);

#endif
