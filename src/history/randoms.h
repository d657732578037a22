#ifndef TLSWIRE_HISTORY_RANDOMS_H
#define TLSWIRE_HISTORY_RANDOMS_H

#include "history/history.h"

/*
 * Randoms of hellos, by a hash of 128 bits of all but the first four bytes, in whose place many
 * stacks have the time (RFC 5246 7.4.1.2), over all vantages: of servers all, of clients those of
 * handshakes that were completed. Not of SSL 2.0, no HelloRetryRequest, and none that is one byte
 * repeated. Bits of the hash choose
 * one of 4,096 buckets, in which the oldest of 32 goes. 131,072 values of 24 bytes.
 */
enum { HISTORY_RANDOM_BUCKETS = 4096, HISTORY_RANDOM_SLOTS = 32 };

struct random_repeat {
    bool is_repeated; /* in another handshake, where the other side's random was another */
    int64_t first_handshake;
};

/* history_random gives the random of a side as above, but of any client; false when there is none.
 */
bool history_random(const struct handshake *h, enum side side, struct bytes *out);
/* history_random_repeat tells what was learned about the random of a side. When both randoms are
 * those of the earlier handshake it is a copy of it. */
struct random_repeat history_random_repeat(
        struct history *history, const struct handshake *h, enum side side);

#endif
