#ifndef TLSWIRE_HISTORY_TLS_PORTS_H
#define TLSWIRE_HISTORY_TLS_PORTS_H

#include "history/history.h"

/* Endpoints that were seen to speak TLS from the first byte on, on ports that are not known for it,
 * per vantage, and when last (to the hour). It is noted when the server says hello, and not learned
 * from handshakes: what comes before they are concluded counts. 50,000 values of 8 bytes. */
enum { HISTORY_TLS_PORTS = 50000 };
#define HISTORY_TLS_PORT_US (INT64_C(7) * 86400 * 1000000)

/* history_spoke_tls is the time (microseconds) of a ServerHello of this endpoint in the seven days
 * before at_us; INT64_MIN when there was none. h may be NULL. */
int64_t history_spoke_tls(
        struct history *h, int64_t vantage, const struct endpoint *server, int64_t at_us);
/* history_note_tls notes that the endpoint spoke TLS at us. h may be NULL. */
void history_note_tls(
        struct history *h, int64_t vantage, const struct endpoint *server, int64_t us);

#endif
