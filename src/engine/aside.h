#ifndef TLSWIRE_ENGINE_ASIDE_H
#define TLSWIRE_ENGINE_ASIDE_H

#include "engine/analyst.h"
#include "engine/epoch.h"

/*
 * Epochs of a live capture that wait in memory, in their order, while another program holds the
 * lock of the database: what they refer to cannot be stored then, and would be lost. One thread.
 */
struct aside;

enum {
    ASIDE_EPOCHS = 60, /* a quarter of a second each */
    ASIDE_BYTES = 128 << 20,
};

struct aside *aside_new(void);
/* aside_free frees, with what waits; NULL is fine. */
void aside_free(struct aside *a);
/* aside_push takes an epoch over; of the control, what concerns one. */
void aside_push(struct aside *a, const struct control *c, const struct epoch *e);
bool aside_is_empty(const struct aside *a);
/* aside_is_full says that the oldest must be taken now: more waits than memory is for. */
bool aside_is_full(const struct aside *a);
/* aside_pop hands the oldest over, to be freed with epoch_free; false when none waits. */
bool aside_pop(struct aside *a, struct control *c, struct epoch *e);

#endif
