#ifndef TLSWIRE_HISTORY_SESSIONS_H
#define TLSWIRE_HISTORY_SESSIONS_H

#include "history/history.h"

/*
 * Sessions before TLS 1.3, by a hash of their ticket or session id, over all vantages: which leaf
 * authenticated them, and for which name. A ticket that renews another goes on with its leaf.
 * 10,000 sessions of 176 bytes.
 */
enum { HISTORY_SESSIONS = 10000, HISTORY_SESSION_NAMES = 16, HISTORY_SESSION_NAME = 48 };

struct resumed_session {
    int64_t issued_us; /* of the full handshake */
    int64_t not_after_us;
    const uint8_t *leaf; /* SHA-256 */
    const char *name; /* of the service; NULL when it had none. Both live until the next learning */
    bool is_other_name; /* another name than that of the service asked about; both have one */
    bool is_named;      /* the leaf names the service asked about, or may: it has more names than
                           are kept, or none */
};

/* history_session finds the session that h resumed; false when h resumed none, or it is not known.
 */
bool history_session(struct history *history, const struct handshake *h, const struct service *s,
        struct resumed_session *out);
/* history_session_evidence is what the client offered to resume it. */
struct bytes history_session_evidence(const struct handshake *h);

#endif
