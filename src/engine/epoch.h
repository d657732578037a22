#ifndef TLSWIRE_ENGINE_EPOCH_H
#define TLSWIRE_ENGINE_EPOCH_H

#include "base/ring.h"
#include "engine/event.h"

enum { EPOCH_BATCHES = 64 }; /* workers at most */

/* The events of one epoch, of all workers, in the order of their keys. */
struct epoch {
    struct batch *batches[EPOCH_BATCHES];
    unsigned n_batches;
    const struct event **events;
    size_t n;
};

/* epoch_take waits for one batch of each of n rings and puts their events in order. */
void epoch_take(struct epoch *e, struct ring *const *results, unsigned n);
/* epoch_free gives the batches back. */
void epoch_free(struct epoch *e);

#endif
