#ifndef TLSWIRE_STORE_METRIC_H
#define TLSWIRE_STORE_METRIC_H

#include "model/metric.h"
#include "store/query.h"

/* The counts of services by minute. */

/* store_metrics adds the row to what is stored of this service, region (NULL none) and minute. */
bool store_metrics(struct store *s, int64_t service_id, const char *region, int64_t minute_us,
        const struct metrics_row *row, struct err *err);

/*
 * query_metrics gives M1 to M9 (docs/metrics.md) of each service and step of step_us, in order of
 * time and name; of the filter it uses since, until, service, region
 * and limit. With a region the rows are also by region, else they are of all regions together.
 */
bool query_metrics(struct store *s, int64_t step_us, const struct list_filter *filter,
        query_row_fn *row, void *ctx, struct err *err);

#endif
