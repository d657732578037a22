#ifndef TLSWIRE_FINDINGS_FINDINGS_H
#define TLSWIRE_FINDINGS_FINDINGS_H

#include "model/finding.h"

/* Merges sightings into findings: one open finding per (defect, subject, service). */
struct findings;

enum { FINDINGS_CAP = 200000 };

struct findings *findings_new(void);
void findings_free(struct findings *f);
/* findings_add merges a sighting; false when the cap dropped it (counted). */
bool findings_add(struct findings *f, const struct sighting *s);
/* findings_each calls fn for every finding in order of its first sighting, which borrows it; of
 * what fn changes the id is kept. */
void findings_each(struct findings *f, void (*fn)(void *ctx, struct finding *finding), void *ctx);
size_t findings_count(const struct findings *f);
uint64_t findings_dropped(const struct findings *f);

#endif
