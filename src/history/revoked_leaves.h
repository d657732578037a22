#ifndef TLSWIRE_HISTORY_REVOKED_LEAVES_H
#define TLSWIRE_HISTORY_REVOKED_LEAVES_H

#include "history/history.h"

/* Leaves that a verified CRL or an authentic OCSP answer revokes, over all vantages; holds, which
 * may be lifted, are left out. 10,000 entries of 16 bytes. */
enum { REVOKED_LEAVES_CAP = 10000 };

struct revoked_leaf {
    int64_t revoked_us;
    int64_t known_us; /* it could be known: the CRL or answer is of this time */
};

/* history_revoked says whether the leaf with this SHA-256 is revoked, as far as was seen. */
bool history_revoked(struct history *history, const uint8_t sha256[32], struct revoked_leaf *out);

#endif
