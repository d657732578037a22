#ifndef TLSWIRE_HISTORY_ALPN_CHOICES_H
#define TLSWIRE_HISTORY_ALPN_CHOICES_H

#include "history/history.h"

/*
 * Per vantage, service, list of ALPN names and kind of client: what each address chose, before TLS
 * 1.3. 20,000 entries of 320 bytes.
 */
enum { ALPN_CHOICES_CAP = 20000, ALPN_NODES = 8, ALPN_TEXT = 16 };
#define ALPN_WINDOW_US (3600 * (int64_t)1000000)

struct alpn_divergence {
    struct bytes other; /* what another address chose, n 0 nothing; until the next learning */
    int64_t handshake;  /* there */
};

/* alpn_is_judged says whether the choice of h is in clear, and was made. */
bool alpn_is_judged(const struct handshake *h);
/* history_alpn says whether another address made another choice, between two handshakes within an
 * hour in which this one made the same, the latter one being h. */
bool history_alpn(struct history *history, int64_t vantage, const struct service *s,
        const struct handshake *h, struct alpn_divergence *out);

#endif
