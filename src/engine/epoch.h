#ifndef TLSWIRE_ENGINE_EPOCH_H
#define TLSWIRE_ENGINE_EPOCH_H

#include "engine/pool.h"

/* The events of one epoch, of all workers, in the order of their keys. */
struct epoch {
    struct batch *batches[POOL_MOST];
    const struct event **events;
    size_t n;
};

/* epoch_take waits for one batch of each worker and puts their events in order. */
void epoch_take(struct epoch *e, struct pool *pool);
/* epoch_free gives the batches back. */
void epoch_free(struct epoch *e);

#endif
