#ifndef TLSWIRE_HISTORY_GREASE_H
#define TLSWIRE_HISTORY_GREASE_H

#include "history/history.h"

/*
 * One client software (JA4, which leaves GREASE out) with one server, with and without GREASE (RFC
 * 8701); remembered from its first failure with GREASE, or pass without, on. 20,000 pairs of 32
 * bytes.
 */
enum { GREASE_PAIRS = 20000 };
#define GREASE_US (7 * INT64_C(86400) * 1000000)

struct grease_counts {
    int64_t last_us;  /* what is seven days older counts no more */
    int64_t third_us; /* when there were three failures with GREASE and three passes without */
    uint32_t n_failed, n_passed, n_plain_failed, n_plain_passed;
};

/* history_grease gives what was learned about the client of h with its server before h; nothing of
 * an h that is read again and came before the third pair. */
struct grease_counts history_grease(struct history *history, int64_t vantage,
        const struct service *s, const struct handshake *h);
/* grease_is_failed says whether the server refused the hello of h, whatever it holds. */
bool grease_is_failed(const struct handshake *h);

#endif
