#ifndef TLSWIRE_HISTORY_CLIENTS_H
#define TLSWIRE_HISTORY_CLIENTS_H

#include "history/history.h"

/* Per vantage and client address: its latest attempts. About 170 bytes a client. */
enum { CLIENTS_CAP = 50000, CLIENT_VISITS = 4 };

struct client_visit {
    int64_t first_us, last_us; /* the handshake */
    uint8_t server[16];
    uint16_t port, padding[3];
};

/* Where a client was for a while. */
struct stay {
    const uint8_t *client, *server; /* addresses, 16 bytes each */
    uint16_t port;                  /* of the server */
    int64_t from_us, to_us;
};

/* history_visits gives the latest attempts of the client that overlap the stay, but for those
 * at the same server (address and port), and their number. */
size_t history_visits(struct history *h, int64_t vantage, const struct stay *stay,
        struct client_visit out[CLIENT_VISITS]);

#endif
