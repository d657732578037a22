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
/* metrics_take counts an attempt of the service. region is where its server stands, NULL unknown;
 * it lives as long as m, and is told apart by its address. */
void metrics_take(
        struct metrics *m, int64_t service_id, const char *region, const struct metric_facts *f);
/* What a connection carried after its handshake. */
struct metrics_rest {
    uint64_t bytes, gap_bytes;
};
/* metrics_end counts the rest of a connection that began at first_us. */
void metrics_end(struct metrics *m, int64_t service_id, const char *region, int64_t first_us,
        const struct metrics_rest *rest);
/* metrics_flush writes `most` rows of minutes that were over two minutes before now_us; INT64_MAX:
 * of all. False with err when the store failed, now or when the cap was hit: what was not written
 * is kept. */
bool metrics_flush(struct metrics *m, int64_t now_us, size_t most, struct err *err);

#endif
