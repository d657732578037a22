#ifndef TLSWIRE_HISTORY_SCANS_H
#define TLSWIRE_HISTORY_SCANS_H

#include "model/handshake.h"

/*
 * Clients that walk from server to server (defects.md section 3, `scan`): more than SCAN_SERVERS
 * endpoints in five minutes, and nine of ten attempts left by the client without a word. A gateway
 * or a browser touches as many, but finishes what it begins; a client that trusts nobody any more
 * says so in alerts. Bounded: SCAN_CLIENTS clients, the least recently used goes.
 */
struct scans;

enum { SCAN_SERVERS = 50, SCAN_CLIENTS = 10000, SCAN_SUITES = 80, SCAN_STRANGE_SERVERS = 5 };

struct scans *scans_new(void);
/* scans_free frees; NULL is fine. */
void scans_free(struct scans *s);
/* scans_take remembers the attempt and says whether it is part of a scan: it did not succeed, and
 * its client walks, or offers more suites than any client that means it (SCAN_SUITES) to several
 * servers (SCAN_STRANGE_SERVERS) and left. */
bool scans_take(struct scans *s, const struct handshake *h);

#endif
