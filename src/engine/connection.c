/* One connection: its flow feeds a dissector, whose facts feed the attempt. */
#include "engine/connection.h"

#include "attempt/attempt.h"
#include "base/alloc.h"
#include "dissectors/dissector.h"
#include "fingerprint/fingerprint.h"

struct connection {
    const struct connection_sink *sink;
    struct attempt *attempt;
    const struct dissector *dissector; /* NULL until the content tells */
    void *state;
    struct dissector_sink facts;
    struct flow *flow; /* during a call */
    int dir;
    uint32_t input;
    uint64_t first_packet;
};

static enum flow_probe probe(void *ctx, const struct packet *p, bool is_start)
{
    (void)ctx;
    bool more = false;
    if (dissector_find(p->payload, is_start, &more) != NULL)
        return FLOW_YES;
    return more && is_start ? FLOW_MORE : FLOW_NO;
}

static void on_fact(void *ctx, const struct fact *f)
{
    struct connection *c = ctx;
    attempt_fact(c->attempt, flow_info(c->flow), c->dir, f);
}

static void *open_connection(void *ctx, struct flow *f)
{
    struct connection *c = xcalloc(1, sizeof *c);
    c->sink = ctx;
    c->attempt = attempt_new(flow_info(f));
    c->facts = (struct dissector_sink){c, on_fact, attempt_arena(c->attempt)};
    c->input = flow_info(f)->input;
    c->first_packet = flow_info(f)->first_packet;
    return c;
}

/* Hands a concluded handshake over; from then on only record headers matter. */
static void hand_over(struct connection *c, struct flow *f)
{
    struct handshake *h = attempt_take(c->attempt, flow_info(f));
    if (h == NULL)
        return;
    fingerprint_handshake(h);
    c->facts.arena = attempt_arena(c->attempt);
    flow_relax(f);
    c->sink->handshake(c->sink->ctx, h);
}

static void after_call(struct connection *c, struct flow *f)
{
    if (attempt_is_over(c->attempt))
        hand_over(c, f);
    flow_deadline(f, attempt_deadline(c->attempt));
}

static bool find_dissector(struct connection *c, struct flow *f, struct bytes view, uint64_t offset)
{
    bool more = false;
    const struct flow_info *info = flow_info(f);
    bool is_start = offset == 0 && info->sides[c->dir].is_start_known;
    c->dissector = dissector_find(view, is_start, &more);
    if (c->dissector != NULL)
        c->state = c->dissector->new_state();
    else if (!more)
        flow_drop(f);
    return c->dissector != NULL;
}

static size_t on_data(void *user, struct flow *f, int dir, struct bytes view, uint64_t offset,
        const struct origin *o)
{
    struct connection *c = user;
    c->flow = f;
    c->dir = dir;
    if (c->dissector == NULL && !find_dissector(c, f, view, offset))
        return 0;
    size_t used = c->dissector->feed(c->state, &c->facts, dir, view, offset, o);
    after_call(c, f);
    return used;
}

static void on_gap(void *user, struct flow *f, int dir, uint64_t offset, uint64_t len)
{
    struct connection *c = user;
    c->flow = f;
    c->dir = dir;
    attempt_gap(c->attempt, flow_info(f), dir);
    if (c->dissector != NULL)
        c->dissector->gap(c->state, &c->facts, dir, offset, len);
}

static void on_event(void *user, struct flow *f, const struct flow_event *e)
{
    struct connection *c = user;
    attempt_event(c->attempt, flow_info(f), e);
}

static void on_deadline(void *user, struct flow *f, int64_t at_us)
{
    struct connection *c = user;
    attempt_expire(c->attempt, flow_info(f), at_us);
    after_call(c, f);
}

static void on_close(void *user, struct flow *f, enum flow_close why, int64_t at_us)
{
    struct connection *c = user;
    struct connection_end end;
    attempt_close(c->attempt, flow_info(f), why, at_us);
    hand_over(c, f);
    if (attempt_end(c->attempt, flow_info(f), &end))
        c->sink->end(c->sink->ctx, c->input, c->first_packet, &end);
    if (c->dissector != NULL)
        c->dissector->free_state(c->state);
    attempt_free(c->attempt);
    xfree(c);
}

struct flow_handler connection_handler(const struct connection_sink *sink)
{
    struct flow_handler h = {
            NULL, probe, open_connection, on_data, on_gap, on_event, on_deadline, on_close, NULL};
    h.ctx = (void *)(uintptr_t)sink; /* read only: open_connection keeps it as const */
    return h;
}
