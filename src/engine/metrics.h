#ifndef TLSWIRE_ENGINE_METRICS_H
#define TLSWIRE_ENGINE_METRICS_H

#include "model/metric.h"
#include "store/store.h"

/*
 * Counts per service and minute, by the first packet of each attempt. Bounded; the least recently
 * used row is written early, which loses nothing: what is written adds up. A row is freed when it
 * was written.
 */
struct metrics;

enum { METRICS_CAP = 16384 };

struct metrics *metrics_new(struct store *store);
/* metrics_free frees; metrics_flush comes first. NULL is fine. */
void metrics_free(struct metrics *m);
/* metrics_take counts an attempt of the service. */
void metrics_take(struct metrics *m, int64_t service_id, const struct metric_facts *f);
/* metrics_end counts what a connection that began at first_us carried after its handshake. */
void metrics_end(struct metrics *m, int64_t service_id, int64_t first_us, uint64_t bytes,
        uint64_t gap_bytes);
/* metrics_flush writes the minutes that were over two minutes before now_us; INT64_MAX: all. False
 * with err when the store failed, now or when the cap was hit. */
bool metrics_flush(struct metrics *m, int64_t now_us, struct err *err);

#endif
