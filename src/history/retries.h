#ifndef TLSWIRE_HISTORY_RETRIES_H
#define TLSWIRE_HISTORY_RETRIES_H

#include "history/history.h"

/* Per vantage, service and client address: its latest failed attempts. About 110 bytes each. */
enum { RETRIES_CAP = 50000, RETRIES_KEPT = 11 };

/* When the first and the last of them began, h among them. */
struct retries_span {
    int64_t from_us, to_us;
};

/* history_retries counts the failed attempts of the client at the service, 11 at most, that began
 * within a time of within_us, which ends when h or the last of them began. h is not counted. */
unsigned history_retries(struct history *history, int64_t vantage, const struct service *s,
        const struct handshake *h, int64_t within_us, struct retries_span *span);
/* history_retry_is_lower says whether h offers a lower version than an attempt of this client at
 * the service that failed in the 60 seconds before it. */
bool history_retry_is_lower(struct history *history, int64_t vantage, const struct service *s,
        const struct handshake *h);

#endif
