#ifndef TLSWIRE_HISTORY_RSA_PROBES_H
#define TLSWIRE_HISTORY_RSA_PROBES_H

#include "history/history.h"

/* Per vantage, client and server: RSA key exchanges that failed, by ten minutes of the last hour.
 * About 80 bytes each. */
enum { RSA_PROBES_CAP = 20000 };

/* history_rsa_probes counts the failures in the hour before h, to the ten minutes (50 to 60
 * minutes), without h. */
uint64_t history_rsa_probes(struct history *history, int64_t vantage, const struct handshake *h);

#endif
