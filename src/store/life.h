#ifndef TLSWIRE_STORE_LIFE_H
#define TLSWIRE_STORE_LIFE_H

#include "store/store.h"

/* When findings were open, and what earlier runs left of them. */

/* store_life writes the life of a finding that has a row, and gives its id. */
bool store_life(struct store *s, struct finding *f, struct err *err);
/* store_past_life fills out for the stored finding with the key of sighting; left alone when there
 * is none. */
bool store_past_life(struct store *s, const struct sighting *sighting, struct finding_life *out,
        struct err *err);
/* store_open_findings calls fn for each open finding of a service; of the sighting defect (for the
 * call), subject, service.id and at_us are set. */
typedef void store_open_fn(
        void *ctx, const struct sighting *sighting, const struct finding_life *life);
bool store_open_findings(
        struct store *s, int64_t service_id, store_open_fn *fn, void *ctx, struct err *err);
/* store_any_finding says whether there is any. */
bool store_any_finding(struct store *s, bool *any, struct err *err);

/* store_open_by_severity counts the findings that are open and not muted: of a store for a run that
 * does not end, without reading them, by counts that store_count_open begins to keep, and
 * store_count_open_anew corrects when other programs wrote. */
bool store_count_open(struct store *s, struct err *err);
bool store_count_open_anew(struct store *s, struct err *err);
bool store_open_by_severity(struct store *s, uint64_t counts[SEV_COUNT], struct err *err);

#endif
