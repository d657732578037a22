#ifndef TLSWIRE_HISTORY_SHARES_H
#define TLSWIRE_HISTORY_SHARES_H

#include "history/history.h"

/*
 * Ephemeral public values, by a hash of 128 bits of group, length and bytes: of servers dh_Ys, the
 * point of a ServerKeyExchange or the key_share of a ServerHello; of clients the first key_share
 * that is not GREASE. Over all vantages. Bits of the hash choose one of 4,096 buckets of 16 values;
 * in a full one the next value that was used once goes. 65,536 values of 32 bytes.
 */
enum { HISTORY_SHARE_BUCKETS = 4096, HISTORY_SHARE_SLOTS = 16 };

/* A public value in a message. */
struct public_value {
    uint16_t group; /* 0: a finite field of the server's */
    struct bytes value;
    const struct span *at;
};

/* Earlier handshakes with the same value and another client random. */
struct value_reuse {
    bool is_reused;
    int64_t first_us; /* of the first handshake with this value */
    int64_t first_handshake;
    uint64_t n; /* handshakes before this one */
};

/* history_public_value finds the ephemeral public value of a side; false when it sent none. */
bool history_public_value(const struct handshake *h, enum side side, struct public_value *out);
/* history_value_reuse tells what was learned about this value. A ClientHello that is sent again,
 * also after a HelloRetryRequest, has the same random and is no reuse. */
struct value_reuse history_value_reuse(struct history *history, const struct handshake *h,
        enum side side, const struct public_value *v);

#endif
