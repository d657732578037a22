#ifndef TLSWIRE_ENGINE_CONNECTION_H
#define TLSWIRE_ENGINE_CONNECTION_H

#include "flow/flow.h"
#include "model/handshake.h"

/* Where finished things go; both calls come in the order in which they were decided. */
struct connection_sink {
    void *ctx;
    /* A handshake was concluded at due_us (a due time) or by the packet `packet`; the receiver owns
     * it. */
    void (*handshake)(void *ctx, struct handshake *h);
    /* A connection whose handshake was given before has ended; handshake_key is that handshake's
     * first packet. */
    void (*end)(void *ctx, uint32_t input, uint64_t first_packet, const struct connection_end *e);
};

/* connection_handler gives the handler that turns flows into handshakes; sink must outlive the
 * table. */
struct flow_handler connection_handler(const struct connection_sink *sink);

#endif
