#ifndef TLSWIRE_ENGINE_SEEN_H
#define TLSWIRE_ENGINE_SEEN_H

#include "model/handshake.h"

/* The handshakes seen in this run, by their randoms; bounded to the latest two million. */
struct seen;

/* Copies are of one time, as far as clocks of capture points agree: at most two windows apart. */
#define SEEN_WINDOW_US (INT64_C(6) * 3600 * 1000000)

struct seen *seen_new(void);
/* seen_free frees; NULL is fine. */
void seen_free(struct seen *s);
/*
 * seen_add remembers h and says whether the same handshake was there before: both randoms equal,
 * at about the same time;
 * where one hello was not seen, the other's random and both endpoints. A copy that is cut does not
 * stand for one whose ending is seen.
 */
bool seen_add(struct seen *s, const struct handshake *h);

#endif
