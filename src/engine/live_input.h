#ifndef TLSWIRE_ENGINE_LIVE_INPUT_H
#define TLSWIRE_ENGINE_LIVE_INPUT_H

#include "engine/watch.h"

/* The row of a live input: what was captured between two counts. */

/* live_input_fill puts what came after `from` into in, and that it was watched until to_us by the
 * clock, which may have been set back. */
void live_input_fill(struct input_facts *in, const struct watch_counts *from,
        const struct watch_counts *now, int64_t to_us);
/* live_input_is_news says whether the row would be another one. */
bool live_input_is_news(const struct watch_counts *before, const struct watch_counts *now);

#endif
