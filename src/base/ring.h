#ifndef TLSWIRE_BASE_RING_H
#define TLSWIRE_BASE_RING_H

#include <stdbool.h>
#include <stddef.h>

/* A bounded queue of pointers from any number of threads to one that takes them. */
struct ring;

struct ring *ring_new(size_t slots);
/* ring_free frees the ring, not what is still in it. */
void ring_free(struct ring *r);
/* ring_push waits while the ring is full (offline, nothing is dropped). */
void ring_push(struct ring *r, void *item);
/* ring_pop waits for the next item; NULL once the ring is closed and empty. */
void *ring_pop(struct ring *r);
/* ring_try_pop gives the next item or NULL at once. */
void *ring_try_pop(struct ring *r);
/* ring_close says that nothing more will be pushed. */
void ring_close(struct ring *r);

#endif
