/* One connection: its flow feeds a dissector, whose facts feed the attempt. */
#include "engine/connection.h"

#include <string.h>

#include "attempt/attempt.h"
#include "base/alloc.h"
#include "dissectors/dissector.h"
#include "engine/label.h"

struct connection {
    const struct connection_sink *sink;
    struct attempt *attempt;
    const struct dissector *dissector; /* NULL until the content tells */
    void *state;
    struct dissector_sink facts;
    struct flow *flow; /* during a call */
    int dir;
    bool is_labelled; /* packets go to nDPI as long as the flow does not turn out to be TLS */
    bool is_not_tls;
    bool is_port_told;
    struct label label;
    uint64_t told_payload, told_gaps; /* bytes of both sides when the handshake was given */
};

/* Whether a flow that is not TLS is worth a look: only from its first byte on. */
static bool is_of_interest(const struct connection_sink *sink, uint16_t a, uint16_t b)
{
    return sink->app_label != APP_LABEL_OFF && (label_is_tls_port(a) || label_is_tls_port(b));
}

/* Clear text anywhere else: whether TLS was spoken there is for the analyst to know. It costs no
 * flow. */
static void tell_clear_text(const struct connection_sink *sink, const struct packet *p)
{
    struct not_tls *n = sink->app_label != APP_LABEL_OFF ? label_clear_text(p) : NULL;
    if (n != NULL)
        sink->not_tls(sink->ctx, n, p->ts_us);
}

static enum flow_probe probe(void *ctx, const struct packet *p, bool is_start)
{
    const struct connection_sink *sink = ctx;
    bool more = false;
    if (dissector_find(p->payload, is_start, &more) != NULL)
        return FLOW_YES;
    if (more && is_start)
        return FLOW_MORE;
    if (is_start && is_of_interest(sink, p->src_port, p->dst_port))
        return FLOW_YES;
    if (is_start)
        tell_clear_text(sink, p);
    return FLOW_NO;
}

static void on_fact(void *ctx, const struct fact *f);

static void *open_connection(void *ctx, struct flow *f)
{
    struct connection *c = xcalloc(1, sizeof *c);
    c->sink = ctx;
    c->attempt = attempt_new(flow_info(f));
    c->facts = (struct dissector_sink){c, on_fact, attempt_arena(c->attempt)};
    const struct flow_side *sides = flow_info(f)->sides;
    c->is_labelled = sides[0].is_start_known && sides[1].is_start_known &&
                     is_of_interest(c->sink, sides[0].port, sides[1].port);
    flow_want_packets(f, c->is_labelled || c->sink->app_label == APP_LABEL_FULL);
    return c;
}

/* A payload packet, before its bytes are offered: TLS goes to nDPI only when all labels are wanted.
 */
static void on_raw(void *user, struct flow *f, int dir, const struct packet *p)
{
    struct connection *c = user;
    bool more = false;
    bool is_full = c->sink->app_label == APP_LABEL_FULL;
    (void)dir;
    bool is_tls = c->dissector != NULL || dissector_find(p->payload, true, &more) != NULL;
    if (!is_full && is_tls) {
        flow_want_packets(f, false);
        return;
    }
    label_packet(&c->label, c->sink, p);
    if (c->label.is_done)
        flow_want_packets(f, false);
    if (c->label.is_done && c->is_not_tls)
        flow_drop(f);
}

static uint64_t payload_of(const struct flow *f)
{
    const struct flow_side *sides = flow_info(f)->sides;
    return sides[0].payload_bytes + sides[1].payload_bytes;
}

static uint64_t gaps_of(const struct flow *f)
{
    const struct flow_side *sides = flow_info(f)->sides;
    return sides[0].gap_bytes + sides[1].gap_bytes;
}

/* Hands a concluded handshake over; from then on only record headers matter. */
static void hand_over(struct connection *c, struct flow *f)
{
    struct handshake *h = attempt_take(c->attempt, flow_info(f));
    c->facts.arena = attempt_arena(c->attempt); /* it changed, also when there is no row to give */
    if (h == NULL)
        return;
    h->last_input = flow_info(f)->last_input;
    fingerprint_handshake(c->sink->fingerprints, h);
    if (c->sink->app_label == APP_LABEL_FULL)
        label_handshake(&c->label, c->sink, h);
    c->told_payload = payload_of(f);
    c->told_gaps = gaps_of(f);
    flow_relax(f);
    c->sink->handshake(c->sink->ctx, h, flow_clock(f));
}

/* Clear text may come before the handshake is concluded. */
static void tell_tls_port(struct connection *c)
{
    struct tls_port *t = NULL;
    if (!c->is_port_told && c->sink->app_label != APP_LABEL_OFF)
        t = label_tls_port(flow_info(c->flow), c->dir, flow_clock(c->flow));
    c->is_port_told = true;
    if (t != NULL)
        c->sink->tls_port(c->sink->ctx, t);
}

/* The handshake ends with the fact that ends it, whatever else its segment brings. */
static void on_fact(void *ctx, const struct fact *fact)
{
    struct connection *c = ctx;
    if (fact->kind == FACT_SERVER_HELLO)
        tell_tls_port(c);
    attempt_fact(c->attempt, c->dir, fact);
    if (attempt_is_over(c->attempt))
        hand_over(c, c->flow);
}

static bool find_dissector(struct connection *c, struct flow *f, struct bytes view, uint64_t offset,
        const struct origin *o)
{
    bool more = false;
    const struct flow_info *info = flow_info(f);
    bool is_start = offset == 0 && info->sides[c->dir].is_start_known;
    c->dissector = dissector_find(view, is_start, &more);
    if (c->dissector != NULL) {
        c->state = c->dissector->new_state();
    } else if (!more && c->is_labelled) {
        struct span at = origin_span(o, offset, view.n);
        c->is_not_tls = true;
        if (offset == 0)
            label_begin(&c->label, c->dir, view, &at);
        flow_ignore(f, c->dir);
        if (c->label.is_done)
            flow_drop(f);
    } else if (!more) {
        flow_drop(f);
    }
    return c->dissector != NULL;
}

/* What the latest bytes tell beside facts. */
static void note_bytes(
        struct connection *c, const struct flow *f, int dir, struct bytes view, uint64_t offset)
{
    int client = c->dissector->client(c->state);
    if (client >= 0)
        attempt_begin(c->attempt, client);
    attempt_bytes(c->attempt, dir, offset + view.n, flow_info(f)->last_us);
}

static size_t on_data(void *user, struct flow *f, int dir, struct bytes view, uint64_t offset,
        const struct origin *o)
{
    struct connection *c = user;
    c->flow = f;
    c->dir = dir;
    if (c->dissector == NULL && !find_dissector(c, f, view, offset, o))
        return 0;
    size_t used = c->dissector->feed(c->state, &c->facts, dir, view, offset, o);
    note_bytes(c, f, dir, view, offset);
    flow_hold(f, attempt_held(c->attempt));
    flow_deadline(f, attempt_deadline(c->attempt));
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
    flow_hold(f, attempt_held(c->attempt));
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
    if (attempt_is_over(c->attempt))
        hand_over(c, f);
    flow_hold(f, attempt_held(c->attempt));
    flow_deadline(f, attempt_deadline(c->attempt));
}

static void give_end(
        const struct connection *c, const struct flow *f, const struct connection_end *e)
{
    size_t n[2];
    for (int i = 0; i < 2; i++)
        n[i] = e->n_alerts[i] < TLS_ALERT_CAP ? e->n_alerts[i] : TLS_ALERT_CAP;
    size_t n_beats = e->heartbeats != NULL ? 2 : 0;
    struct ended *ended = xrealloc(NULL, 1,
            sizeof *ended + n_beats * sizeof *e->heartbeats + (n[0] + n[1]) * sizeof(struct alert));
    struct heartbeat_facts *heartbeats = (struct heartbeat_facts *)(void *)(ended + 1);
    struct alert *alerts = (struct alert *)(void *)(heartbeats + n_beats);
    ended->first_packet = flow_info(f)->first_packet;
    ended->end = *e;
    ended->end.heartbeats = n_beats > 0 ? heartbeats : NULL;
    for (size_t i = 0; i < n_beats; i++)
        heartbeats[i] = e->heartbeats[i];
    for (int i = 0; i < 2; i++) {
        if (n[i] > 0)
            memcpy(alerts, e->alerts[i], n[i] * sizeof *alerts);
        ended->end.alerts[i] = n[i] > 0 ? alerts : NULL;
        alerts += n[i];
    }
    ended->end.input = flow_info(f)->input;
    ended->end.last_input = flow_info(f)->last_input;
    ended->payload_after = payload_of(f) - c->told_payload;
    ended->gap_after = gaps_of(f) - c->told_gaps;
    c->sink->end(c->sink->ctx, ended, flow_clock(f));
}

static void on_close(void *user, struct flow *f, enum flow_close why, int64_t at_us)
{
    struct connection *c = user;
    const struct flow_info *info = flow_info(f);
    struct connection_end end;
    attempt_close(c->attempt, info, why, at_us);
    hand_over(c, f);
    if (attempt_end(c->attempt, info, &end))
        give_end(c, f, &end);
    else if (c->is_not_tls && c->label.flow != NULL)
        c->sink->not_tls(c->sink->ctx, label_not_tls(&c->label, c->sink, info), flow_clock(f));
    label_fini(&c->label);
    if (c->dissector != NULL)
        c->dissector->free_state(c->state);
    attempt_free(c->attempt);
    xfree(c);
}

struct flow_handler connection_handler(const struct connection_sink *sink)
{
    struct flow_handler h = {
            NULL, probe, open_connection, on_data, on_gap, on_event, on_deadline, on_close, on_raw};
    h.ctx = (void *)(uintptr_t)sink; /* read only: open_connection keeps it as const */
    return h;
}
