#ifndef TLSWIRE_HISTORY_RECENT_H
#define TLSWIRE_HISTORY_RECENT_H

#include "history/history.h"

/*
 * How often the same thing happened lately: counts in a window of ten slots, and who was concerned.
 * Nothing crosses vantages.
 */

enum recent_kind {
    RECENT_NAME_REFUSED, /* unrecognized_name, per service and name; ten minutes */
    RECENT_CLIENT_CERT,  /* client certificates that were shown, per service; ten minutes */
    RECENT_NOT_TLS,      /* clear text met TLS, per client and server port; one hour */
};

enum { RECENT_CAP = 20000, RECENT_SLOTS = 10, RECENT_WHO = 8 };

/* What is counted together; no padding, so that it can be hashed. */
struct recent_key {
    uint64_t kind;
    int64_t vantage, service; /* ids */
    uint64_t what;            /* a fixed hash of what else belongs to it */
};

struct recent_event {
    struct recent_key key;
    uint64_t who; /* a fixed hash of who did it */
    bool is_bad;  /* else it only counts among all */
};

struct recent_counts {
    uint64_t n_all, n_bad;
    unsigned n_who; /* distinct ones among the bad, at most RECENT_WHO */
    int64_t from_us, to_us;
};

/* recent_with gives what was noted in the window up to at_us, with e itself counted as well; h may
 * be NULL. */
struct recent_counts recent_with(struct history *h, const struct recent_event *e, int64_t at_us);
/* recent_add notes e. */
void recent_add(struct history *h, const struct recent_event *e, int64_t at_us);
/* recent_name says whether the server did not know the name (alert 112). */
bool recent_name(const struct handshake *h, const struct service *s, int64_t vantage,
        struct recent_event *out);
/* recent_client_cert says whether the client showed a certificate in clear; is_bad when the server
 * refused with an alert about it (RFC 5246 7.2.2). */
bool recent_client_cert(const struct handshake *h, const struct service *s, int64_t vantage,
        struct recent_event *out);
/* recent_http_answer says whether a ClientHello was answered in HTTP. */
bool recent_http_answer(const struct handshake *h, const struct service *s, int64_t vantage,
        struct recent_event *out);
/* recent_clear_name tells the protocol, "HTTP" or "SMTP", that a client begins in clear with these
 * bytes; NULL when they are anything else. */
const char *recent_clear_name(struct bytes begin);
/* recent_clear_text is the event of a client that met, or was, clear text on a server's port. */
struct recent_event recent_clear_text(
        int64_t vantage, const struct endpoint *client, const struct endpoint *server);

#endif
