#ifndef TLSWIRE_ENGINE_OPEN_H
#define TLSWIRE_ENGINE_OPEN_H

#include "model/handshake.h"

/* Judged handshakes whose connection goes on: the little that rules about its end need. Bounded;
 * the oldest goes. */
struct open_handshakes;

enum { OPEN_HANDSHAKES = 131072 };

struct open_handshakes *open_new(void);
/* open_free frees; NULL is fine. */
void open_free(struct open_handshakes *o);
/* open_add remembers h (its id is set). */
void open_add(struct open_handshakes *o, const struct handshake *h, int64_t service_id);
/*
 * open_take gives the handshake with this id and forgets it; NULL when it is not there. Set are id,
 * input, vantage, packets and times, endpoints, outcome, what was negotiated, the fingerprints, and
 * the records and malformed messages counted until then. Valid until the next call.
 */
const struct handshake *open_take(struct open_handshakes *o, int64_t id, int64_t *service_id);
uint64_t open_evicted(const struct open_handshakes *o);

#endif
