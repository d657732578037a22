#include "engine/worker.h"

#include "base/alloc.h"

enum { BUFFER_LEAST = 64 << 20 };

struct lane {
    uint32_t vantage;
    struct flow_table *table;
    struct lane *next;
};

struct worker {
    struct connection_sink sink;
    struct flow_options options;
    struct lane *lanes; /* one per open vantage: few, the current one first */
    struct batch *out;
    enum event_phase phase;
    uint64_t packet; /* being processed, in PHASE_PACKET */
    uint32_t input;
    struct flow_counters ended; /* of tables that are gone */
};

static struct event event_at(const struct worker *w, enum event_kind kind, int64_t clock_us,
        uint32_t input, uint64_t first_packet)
{
    bool is_packet = w->phase == PHASE_PACKET;
    return (struct event){.clock_us = clock_us,
            .phase = w->phase,
            .input = is_packet ? w->input : input,
            .packet = is_packet ? w->packet : first_packet,
            .kind = kind};
}

static void on_handshake(void *ctx, struct handshake *h, int64_t clock_us)
{
    struct worker *w = ctx;
    struct event e = event_at(w, EVENT_HANDSHAKE, clock_us, h->input, h->first_packet);
    e.handshake = h;
    batch_add(w->out, e);
}

static void on_end(void *ctx, struct ended *ended, int64_t clock_us)
{
    struct worker *w = ctx;
    struct event e = event_at(w, EVENT_END, clock_us, ended->end.input, ended->first_packet);
    e.ended = ended;
    batch_add(w->out, e);
}

static void on_not_tls(void *ctx, struct not_tls *n, int64_t clock_us)
{
    struct worker *w = ctx;
    struct event e = event_at(w, EVENT_NOT_TLS, clock_us, n->input, n->first_packet);
    e.not_tls = n;
    batch_add(w->out, e);
}

static void on_tls_port(void *ctx, struct tls_port *t)
{
    struct worker *w = ctx;
    struct event e = event_at(w, EVENT_TLS_PORT, t->us, t->input, 0);
    e.tls_port = t;
    batch_add(w->out, e);
}

/* Workers share what may be buffered as they share flows; each gets enough for a burst. */
static size_t share_of(size_t bytes, const struct flow_options *all, size_t max_flows)
{
    size_t n = max_flows > 0 && max_flows < all->max_flows ? all->max_flows / max_flows : 1;
    return bytes / n > BUFFER_LEAST ? bytes / n : BUFFER_LEAST;
}

struct worker *worker_new(enum app_label label, size_t max_flows)
{
    struct worker *w = xcalloc(1, sizeof *w);
    w->sink = (struct connection_sink){.ctx = w,
            .handshake = on_handshake,
            .end = on_end,
            .not_tls = on_not_tls,
            .tls_port = on_tls_port,
            .app_label = label,
            .fingerprints = fingerprint_cache_new()};
    if (label != APP_LABEL_OFF)
        w->sink.appid = appid_new();
    flow_options_default(&w->options);
    w->options.total_buffer = share_of(w->options.total_buffer, &w->options, max_flows);
    w->options.total_held = share_of(w->options.total_held, &w->options, max_flows);
    w->options.max_flows = max_flows;
    w->options.syn_slots = max_flows;
    w->out = xcalloc(1, sizeof *w->out);
    return w;
}

void worker_free(struct worker *w)
{
    if (w == NULL)
        return;
    while (w->lanes != NULL) {
        struct lane *next = w->lanes->next;
        flow_table_end(w->lanes->table);
        flow_table_free(w->lanes->table);
        xfree(w->lanes);
        w->lanes = next;
    }
    batch_free(w->out);
    fingerprint_cache_free(w->sink.fingerprints);
    appid_free(w->sink.appid);
    xfree(w);
}

static struct lane *lane_of(struct worker *w, uint32_t vantage)
{
    for (struct lane **at = &w->lanes; *at != NULL; at = &(*at)->next)
        if ((*at)->vantage == vantage) {
            struct lane *found = *at;
            *at = found->next;
            found->next = w->lanes;
            w->lanes = found;
            return found;
        }
    struct flow_handler handler = connection_handler(&w->sink);
    struct lane *made = xcalloc(1, sizeof *made);
    made->vantage = vantage;
    made->table = flow_table_new(&w->options, &handler);
    made->next = w->lanes;
    w->lanes = made;
    return made;
}

static struct flow_table *table_of(struct worker *w, uint32_t vantage)
{
    if (w->lanes != NULL && w->lanes->vantage == vantage)
        return w->lanes->table;
    return lane_of(w, vantage)->table;
}

void worker_packet(struct worker *w, uint32_t vantage, const struct packet *p, int64_t clock_us)
{
    struct flow_table *table = table_of(w, vantage);
    w->phase = PHASE_DUE;
    flow_table_advance(table, clock_us);
    w->phase = PHASE_PACKET;
    w->packet = p->number;
    w->input = p->input;
    flow_table_packet(table, p, clock_us);
}

void worker_packets(
        struct worker *w, uint32_t vantage, const struct timed_packet *packets, size_t n)
{
    const struct flow_table *table = table_of(w, vantage);
    for (int step = 0; step < FLOW_FETCH_STEPS; step++)
        for (size_t i = 0; i < n; i++)
            flow_table_fetch(table, &packets[i].packet, step);
    for (size_t i = 0; i < n; i++)
        worker_packet(w, vantage, &packets[i].packet, packets[i].clock_us);
}

void worker_advance(struct worker *w, uint32_t vantage, int64_t clock_us)
{
    w->phase = PHASE_DUE;
    flow_table_advance(table_of(w, vantage), clock_us);
}

void worker_end_vantage(struct worker *w, uint32_t vantage)
{
    struct lane *lane = lane_of(w, vantage);
    w->phase = PHASE_FINAL;
    flow_table_end(lane->table);
    flow_counters_add(&w->ended, flow_table_counters(lane->table));
    flow_table_free(lane->table);
    w->lanes = lane->next; /* lane_of moved it to the front */
    xfree(lane);
}

struct batch *worker_take(struct worker *w)
{
    struct batch *b = w->out;
    w->out = xcalloc(1, sizeof *w->out);
    return b;
}

struct flow_counters worker_counters(const struct worker *w)
{
    struct flow_counters sum = w->ended;
    for (const struct lane *l = w->lanes; l != NULL; l = l->next)
        flow_counters_add(&sum, flow_table_counters(l->table));
    return sum;
}
