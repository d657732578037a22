#ifndef TLSWIRE_ENGINE_CONNECTION_H
#define TLSWIRE_ENGINE_CONNECTION_H

#include "appid/appid.h"
#include "engine/event.h"
#include "engine/run.h"
#include "fingerprint/fingerprint.h"
#include "flow/flow.h"

/*
 * Where finished things go, in the order in which they were decided. clock_us is the packet clock
 * at that moment. The receiver owns what it is given.
 */
struct connection_sink {
    void *ctx;
    void (*handshake)(void *ctx, struct handshake *h, int64_t clock_us);
    /* A connection whose handshake was given before has ended. */
    void (*end)(void *ctx, struct ended *e, int64_t clock_us);
    /* A connection on a known TLS port turned out to be something else, or one on another port
     * began with HTTP or SMTP in clear. */
    void (*not_tls)(void *ctx, struct not_tls *n, int64_t clock_us);
    /* A server has said hello on a port that is not known for TLS: said before the handshake is
     * concluded, as what comes meanwhile is judged by it. */
    void (*tls_port)(void *ctx, struct tls_port *t);
    enum app_label app_label;
    struct fingerprint_cache *fingerprints;
    struct appid *appid; /* of this thread; NULL when app_label is off */
};

/* connection_handler gives the handler that turns flows into handshakes; sink must outlive the
 * table. */
struct flow_handler connection_handler(const struct connection_sink *sink);

#endif
