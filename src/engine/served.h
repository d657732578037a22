#ifndef TLSWIRE_ENGINE_SERVED_H
#define TLSWIRE_ENGINE_SERVED_H

#include "store/store.h"

/* Which service served which leaf, added up until it is written; bounded. */
struct served;

struct served *served_new(struct store *store);
/* served_free frees; served_flush comes first. NULL is fine. */
void served_free(struct served *s);
void served_add(struct served *s, int64_t service_id, int64_t cert_id, int64_t us);
/* served_flush writes everything; false with err when the store failed, now or before: what was not
 * written is kept. */
bool served_flush(struct served *s, struct err *err);
/* Live, where they are many: served_flush_begin asks that what is there now be written, and each
 * served_flush_some writes `most` of it. */
void served_flush_begin(struct served *s);
bool served_flush_some(struct served *s, size_t most, struct err *err);

#endif
