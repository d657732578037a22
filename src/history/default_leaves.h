#ifndef TLSWIRE_HISTORY_DEFAULT_LEAVES_H
#define TLSWIRE_HISTORY_DEFAULT_LEAVES_H

#include "history/history.h"

/*
 * Names that got a leaf which has none of them, per vantage, server address and leaf, as far as
 * such a name had a leaf of its own before. 20,000 entries of 264 bytes for these, and 50,000 of 8
 * for the names.
 */
enum { DEFAULT_LEAVES_CAP = 20000, NAMED_LEAVES_CAP = 50000, DEFAULT_LEAF_NAMES = 8 };
/* What was last seen longer ago than a day counts for nothing. */
#define DEFAULT_LEAF_US (86400 * (int64_t)1000000)

enum { DEFAULT_LEAF_CLIENTS = 3 };

/* history_was_named says whether a leaf that names the service was seen for it. */
bool history_was_named(struct history *history, int64_t vantage, const struct service *s);
/* history_default_names counts the names that got this leaf at this address, from at least `least`
 * clients each, this handshake counted; least is at most DEFAULT_LEAF_CLIENTS. */
unsigned history_default_names(struct history *history, const struct lesson *l, unsigned least);

#endif
