#ifndef TLSWIRE_HISTORY_ABILITIES_H
#define TLSWIRE_HISTORY_ABILITIES_H

#include "history/history.h"

/* What a server has shown it can do, per vantage, service and address. 50,000 of 24 bytes. */
enum { HISTORY_ABILITIES = 50000 };
#define HISTORY_ABILITY_US (INT64_C(3600) * 1000000)

struct ability {
    /* Full handshakes in TLS 1.2, without the sentinel of RFC 8446 4.1.3, of clients that offered
     * TLS 1.3, h included. */
    uint64_t n_without_tls13;
    bool has_two_clients; /* that differ in their fingerprints */
    bool has_tls13;       /* it used or announced it at least once */
    /* The hybrid group that it chose within the hour before; 0 none. */
    uint16_t pq_group;
    int64_t pq_us;
};

/* history_ability tells what was learned about the server of h, together with h. */
struct ability history_ability(struct history *history, int64_t vantage, const struct service *s,
        const struct handshake *h);
/* history_lacks_tls13 says whether h counts in n_without_tls13. */
bool history_lacks_tls13(const struct handshake *h);
/* history_is_pq_group says whether a group is, or has in it, a key exchange that resists quantum
 * computers. */
bool history_is_pq_group(uint16_t group);

#endif
