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

#endif
