#ifndef TLSWIRE_ENGINE_EVENT_H
#define TLSWIRE_ENGINE_EVENT_H

#include "model/handshake.h"
#include "model/run.h"

/*
 * What workers hand to the analyst, with the key that puts the events of all workers into one
 * order that does not depend on how many there are.
 */
enum event_kind { EVENT_HANDSHAKE, EVENT_END, EVENT_NOT_TLS, EVENT_TLS_PORT };
/* At one clock reading, what was due comes before what the packet brought, and that before what
 * the end of the vantage closed. */
enum event_phase { PHASE_DUE, PHASE_PACKET, PHASE_FINAL };

/* One allocation: heartbeats and the alerts of both sides stand behind it. */
struct ended {
    uint64_t first_packet; /* of the connection: with input the key of its handshake */
    struct connection_end end;
    uint64_t payload_after, gap_after; /* both sides, since the handshake was given */
};

struct event {
    int64_t clock_us;
    enum event_phase phase;
    uint32_t input;
    uint64_t packet; /* the deciding packet, or the first one of the connection */
    uint32_t seq;    /* order within one worker and epoch */
    enum event_kind kind;
    union {
        struct handshake *handshake; /* owned */
        struct ended *ended;         /* owned */
        struct not_tls *not_tls;     /* owned */
        struct tls_port *tls_port;   /* owned */
    };
};

/* The events of one epoch and worker. */
struct batch {
    struct event *events;
    size_t n, cap;
};

/* batch_add appends e and sets its seq. */
void batch_add(struct batch *b, struct event e);
/* event_order compares by key: negative when a comes first. */
int event_order(const struct event *a, const struct event *b);
/* batch_free frees the batch and what its events own; NULL is fine. */
void batch_free(struct batch *b);

#endif
