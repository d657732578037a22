#ifndef TLSWIRE_HISTORY_LEAF_KEYS_H
#define TLSWIRE_HISTORY_LEAF_KEYS_H

#include "history/history.h"

/*
 * Public keys of leaves, over all vantages: since when they are certified. Self-signed ones state
 * any time and count for nothing. 100,000 entries of 24 bytes.
 */
enum { LEAF_KEYS_CAP = 100000 };

struct leaf_key_past {
    int64_t since_us;    /* notBefore of the earliest other certificate with this key */
    bool is_compromised; /* a certificate with it was revoked for keyCompromise, verified */
};

/* history_leaf_key says whether another certificate with the key of this one was seen, which is the
 * earlier. */
bool history_leaf_key(
        struct history *history, const struct certificate *leaf, struct leaf_key_past *out);

#endif
