#ifndef TLSWIRE_STORE_CAPTURE_H
#define TLSWIRE_STORE_CAPTURE_H

#include "model/losses.h"
#include "store/query.h"

/* What a live capture took in and lost, by run and minute. */

/* store_capture_minute adds to what is stored of the run's minute; `waiting` takes its place. */
bool store_capture_minute(
        struct store *s, int64_t minute_us, const struct capture_counts *counts, struct err *err);

/* store_capture_losses adds the minutes from since_us on of runs before to l. */
bool store_capture_losses(struct store *s, int64_t since_us, struct losses *l, struct err *err);

/* query_capture gives the counts of steps of step_us, over all runs, in order of time; of the
 * filter it uses since, until and limit. */
bool query_capture(struct store *s, int64_t step_us, const struct list_filter *filter,
        query_row_fn *row, void *ctx, struct err *err);

#endif
