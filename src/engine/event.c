#include "engine/event.h"

#include "base/alloc.h"

void batch_add(struct batch *b, struct event e)
{
    if (b->n == b->cap) {
        b->cap = b->cap > 0 ? b->cap * 2 : 64;
        b->events = xrealloc(b->events, b->cap, sizeof *b->events);
    }
    e.seq = (uint32_t)b->n;
    b->events[b->n++] = e;
}

#define ORDER(x, y) ((x) < (y) ? -1 : (x) > (y))

int event_order(const struct event *a, const struct event *b)
{
    int order = ORDER(a->clock_us, b->clock_us);
    if (order == 0)
        order = ORDER(a->phase, b->phase);
    if (order == 0)
        order = ORDER(a->input, b->input);
    if (order == 0)
        order = ORDER(a->packet, b->packet);
    return order != 0 ? order : ORDER(a->seq, b->seq);
}

static void release(struct event *e)
{
    if (e->kind == EVENT_HANDSHAKE)
        handshake_free(e->handshake);
    else if (e->kind == EVENT_END)
        xfree(e->ended);
    else if (e->kind == EVENT_NOT_TLS)
        xfree(e->not_tls);
    else
        xfree(e->tls_port);
}

void batch_free(struct batch *b)
{
    if (b == NULL)
        return;
    for (size_t i = 0; i < b->n; i++)
        release(&b->events[i]);
    xfree(b->events);
    xfree(b);
}
