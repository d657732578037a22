#ifndef TLSWIRE_FINDINGS_LIFE_H
#define TLSWIRE_FINDINGS_LIFE_H

#include "model/finding.h"

/* When a finding opens, closes and opens again. Times are packet times. */

/* life_sighted takes a sighting at a place, decided at us. */
void life_sighted(struct finding_life *l, uint64_t place, int64_t us);
/* life_follow is for a clock that was set back: what stands later than now was by a clock that was
 * wrong, and counts as of us, before which the next judgement is not. */
void life_follow(struct finding_life *l, int64_t now_us, int64_t us);
/* life_alerted says that the sighting that was decided at us had to be told to somebody; the first
 * since it opened counts. */
void life_alerted(struct finding_life *l, int64_t us);
/* life_clean takes one judgement at a place that did not find it; the finding closes once every
 * place where it was sighted had `needed` of them in a row. Whether it closed now. */
bool life_clean(struct finding_life *l, uint64_t place, uint32_t needed, int64_t us);
/* life_close closes it now, because another finding took its place. */
void life_close(struct finding_life *l, int64_t us, enum life_event_kind why);

#endif
