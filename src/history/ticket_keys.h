#ifndef TLSWIRE_HISTORY_TICKET_KEYS_H
#define TLSWIRE_HISTORY_TICKET_KEYS_H

#include "history/history.h"

/*
 * Keys of session tickets by their name (RFC 5077 4), over all vantages: tickets as issued, and as
 * offered before TLS 1.3 and in it. What stands in place of a name is believed to be one when two
 * tickets have it. 5,000 keys of 120 bytes.
 */
enum { HISTORY_TICKET_KEYS = 5000, HISTORY_TICKET_NAME = 48 };

/* One ticket in a handshake whose server has its key. */
struct keyed_ticket {
    struct bytes ticket, key_name;
    enum side side; /* who sent it */
    const struct span *at;
};

struct ticket_key {
    bool is_name;     /* two tickets have it, the one asked about included */
    int64_t first_us; /* the first ticket with it was seen */
    /* The first server with a certificate that used it. */
    bool has_server;
    const char *server; /* name of the service; lives until the next learning */
    bool is_other;      /* than that of the handshake: another endpoint, name, leaf and issuer */
    bool is_same_host;  /* it has the address of that server */
};

/* history_keyed_ticket gives a ticket that the server issued, else one that it accepted; false when
 * there is none, or its layout has no name. */
bool history_keyed_ticket(const struct handshake *h, struct keyed_ticket *out);
/* history_ticket_key tells what was learned about its key; leaf is the server's, NULL none. */
struct ticket_key history_ticket_key(struct history *history, const struct handshake *h,
        const struct service *s, const struct certificate *leaf, const struct keyed_ticket *t);

#endif
