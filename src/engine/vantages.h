#ifndef TLSWIRE_ENGINE_VANTAGES_H
#define TLSWIRE_ENGINE_VANTAGES_H

#include "engine/run.h"
#include "store/store.h"

/* vantages_id gives the id of the vantage that an input of the run would go on with: that of an
 * input of an earlier run which it follows, else its own id. The same for all inputs with
 * --one-vantage. False with err when the store failed. */
bool vantages_id(struct store *s, const struct run_options *o, size_t input, int64_t input_id,
        int64_t *id, struct err *err);

#endif
