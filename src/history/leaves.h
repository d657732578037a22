#ifndef TLSWIRE_HISTORY_LEAVES_H
#define TLSWIRE_HISTORY_LEAVES_H

#include "history/history.h"

/* The leaf that a service served last, per vantage. 50,000 services of 32 bytes. */
enum { HISTORY_LEAVES = 50000 };

/* history_leaf gives its SHA-256, NULL when none was seen; it lives until the next learning. */
const uint8_t *history_leaf(struct history *history, int64_t vantage, const struct service *s);

#endif
