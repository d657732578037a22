#ifndef TLSWIRE_STORE_WATCHER_H
#define TLSWIRE_STORE_WATCHER_H

#include "store/store.h"

enum watcher { WATCHER_UNKNOWN, WATCHER_NONE, WATCHER_RUNS };

/* store_watcher says whether a run that does not end writes the database at this moment; the rows
 * of one that was killed look like those of one that goes on. UNKNOWN: the directory of its
 * segments cannot be read. */
enum watcher store_watcher(const struct store *s);

#endif
