/* What a TCP packet does to the table: SYN cache, opening, flags, data. */
#include <string.h>

#include "flow/flow_internal.h"

enum { RST_WINDOW = 1 << 20, EARLY_MOST = 64 * 1024, LATE_SYN_MOST = 64 * 1024 };

static void on_syn(struct flow_table *t, uint64_t hash, const struct packet *p)
{
    struct syn *s = syn_find(t, hash);
    bool is_same = s != NULL && s->initiator_bit == flow_bit(p) && s->has_isn[0] &&
                   s->isn[0] - p->seq < (s->is_isn_acked ? LATE_SYN_MOST : 1);
    if (is_same) { /* a retransmission, where the first time counts; or captured behind its answer
                    */
        s->isn[0] = p->seq;
        s->is_isn_acked = false;
        return;
    }
    s = syn_make(t, hash);
    s->syn_us = p->ts_us;
    s->packet = p->number;
    s->input = p->input;
    s->initiator_bit = (uint8_t)flow_bit(p);
    s->isn[0] = p->seq;
    s->has_isn[0] = true;
    s->ttl[0] = p->ttl;
}

static uint32_t after(int64_t from, int64_t to)
{
    int64_t d = to - from;
    return d < 0 ? 0 : d > UINT32_MAX ? UINT32_MAX : (uint32_t)d;
}

static void on_syn_ack(struct flow_table *t, uint64_t hash, const struct packet *p)
{
    struct syn *s = syn_find(t, hash);
    if (s == NULL || s->initiator_bit == flow_bit(p)) {
        s = syn_make(t, hash); /* the SYN was not seen: its number is known from the answer */
        s->packet = p->number;
        s->input = p->input;
        s->initiator_bit = (uint8_t)!flow_bit(p);
    }
    if (s->has_syn_ack && s->isn[1] == p->seq)
        return; /* sent again; with another number, the latest one is what the client may take */
    /* A SYN sent again with another number: the answered one is the connection. */
    bool is_answered = s->has_isn[0] && !s->is_isn_acked && p->ack - 1 - s->isn[0] < LATE_SYN_MOST;
    s->is_ending = false;
    if (!is_answered)
        s->isn[0] = p->ack - 1;
    s->is_isn_acked = !is_answered;
    s->isn[1] = p->seq;
    s->has_isn[0] = s->has_isn[1] = s->has_syn_ack = true;
    s->ttl[1] = p->ttl;
    if (s->syn_us == INT64_MIN)
        s->syn_us = p->ts_us - 1; /* marks "no SYN": see start_times */
    s->syn_ack_after = after(s->syn_us, p->ts_us);
}

static void on_ack(struct syn *s, const struct packet *p)
{
    if (s == NULL || !s->has_syn_ack || s->has_ack || s->initiator_bit != flow_bit(p))
        return;
    s->has_ack = true;
    s->ack_after = after(s->syn_us, p->ts_us);
}

static void start_times(struct flow_info *i, const struct syn *s, const struct packet *p)
{
    i->syn_us = i->syn_ack_us = i->ack_us = INT64_MIN;
    i->first_packet = p->number;
    i->first_us = p->ts_us;
    i->input = p->input;
    if (s == NULL)
        return;
    bool has_syn = s->ttl[0] != 0 && s->has_isn[0];
    i->is_syn_seen = has_syn;
    i->is_syn_ack_seen = s->has_syn_ack;
    if (has_syn)
        i->syn_us = s->syn_us;
    if (s->has_syn_ack)
        i->syn_ack_us = s->syn_us + s->syn_ack_after;
    if (s->has_ack)
        i->ack_us = s->syn_us + s->ack_after;
    i->first_packet = s->packet;
    i->first_us = has_syn ? s->syn_us : i->syn_ack_us;
    i->input = s->input;
}

static void set_base(struct flow *f, int dir, uint32_t base, bool is_start)
{
    f->streams[dir].has_base = true;
    f->streams[dir].is_base_acked = false;
    f->streams[dir].base = base;
    f->info.sides[dir].is_start_known = is_start;
}

/* Without a SYN the first packet tells nothing about who opened the connection, a port below 1024
 * (RFC 6335 6) at one end does. */
static uint8_t guess_initiator(const struct packet *p)
{
    bool is_answer = p->src_port < 1024 && p->dst_port >= 1024;
    return (uint8_t)(is_answer ? !flow_bit(p) : flow_bit(p));
}

/* Whether a segment stands behind a hole after what was not wanted: what fills the hole may be the
 * first that is. */
static bool is_behind_preface(const struct syn *s, int side, uint32_t seq)
{
    uint32_t at = seq - s->isn[side] - 1;
    return !s->is_tried && at > s->preface[side] && at < EARLY_MOST;
}

static struct flow *open_flow(struct flow_table *t, uint64_t hash, const struct syn *s,
        const struct packet *p, bool is_held)
{
    bool has_passed = s != NULL && s->has_passed;
    if (s != NULL && s->is_ending)
        s = NULL;
    struct flow *f = table_open(t, hash);
    f->initiator_bit = s != NULL ? s->initiator_bit : guess_initiator(p);
    int dir = flow_bit(p) == f->initiator_bit ? FLOW_INITIATOR : FLOW_RESPONDER;
    memcpy(f->info.sides[dir].ip, p->src, 16);
    memcpy(f->info.sides[1 - dir].ip, p->dst, 16);
    f->info.sides[dir].port = p->src_port;
    f->info.sides[1 - dir].port = p->dst_port;
    f->info.vlan = p->vlan;
    f->info.vlans = p->vlans;
    f->info.tunnel = p->tunnel;
    start_times(&f->info, s, p);
    f->info.last_us = p->ts_us;
    f->delta = t->clock_us - p->ts_us;
    /* What came before was seen and not wanted (a greeting, STARTTLS): it is not missing. */
    bool has_preface = s != NULL && s->is_rejected;
    f->has_preface = has_preface;
    f->info.has_passed = has_passed && !has_preface;
    for (int i = 0; i < 2 && s != NULL; i++) {
        if (s->has_isn[i] && !has_preface)
            set_base(f, i, s->isn[i] + 1, true);
        f->info.sides[i].is_seen = s->ttl[i] != 0;
        f->info.sides[i].ttl = f->info.sides[i].ttl_last = s->ttl[i];
    }
    f->streams[0].is_base_acked = s != NULL && !has_preface && s->is_isn_acked;
    if (has_preface && is_held)
        set_base(f, dir, s->isn[dir] + 1 + s->preface[dir], false);
    if (!f->streams[dir].has_base)
        set_base(f, dir, p->seq, false);
    /* What this packet acknowledges tells where the other direction stands, whatever its SYN said.
     */
    struct stream *other = &f->streams[1 - dir];
    bool is_far = other->has_base && p->ack - other->base > RST_WINDOW;
    if ((!other->has_base || is_far) && (p->tcp_flags & TCP_ACK))
        set_base(f, 1 - dir, p->ack, false);
    f->info.is_midstream = s == NULL;
    t->counters.midstream += s == NULL;
    f->user = t->h.open(t->h.ctx, f);
    return f;
}

static void pass_preface(struct syn *s, int side, const struct packet *p, uint32_t seq)
{
    uint32_t end = seq - s->isn[side] - 1 + p->payload_wire_len;
    if (seq - s->isn[side] - 1 <= s->preface[side] && end > s->preface[side])
        s->preface[side] = (uint16_t)(end < UINT16_MAX ? end : UINT16_MAX);
}

/* The first payload of an unknown flow: does the owner want it? */
static struct flow *admit(struct flow_table *t, uint64_t hash, const struct packet *p, uint32_t seq)
{
    struct syn *s = syn_find(t, hash);
    int side = s != NULL && flow_bit(p) == s->initiator_bit ? 0 : 1;
    bool is_start = s != NULL && s->has_isn[side] && seq == s->isn[side] + 1;
    bool is_early = s != NULL && s->has_isn[side] && !is_start && !s->is_rejected &&
                    seq - s->isn[side] - 1 < EARLY_MOST;
    if (is_early)
        return open_flow(t, hash, s, p, true); /* the first segment may still come */
    bool is_again = is_start && s->is_rejected;
    if (!is_again && t->h.probe(t->h.ctx, p, is_start) != FLOW_NO)
        return open_flow(t, hash, s, p, false);
    if (s != NULL && s->is_rejected && s->has_isn[side] && is_behind_preface(s, side, seq))
        return open_flow(t, hash, s, p, true);
    if (is_start)
        s->is_rejected = true;
    else if (s != NULL)
        s->has_passed = true;
    if (s != NULL && s->has_isn[side])
        pass_preface(s, side, p, seq);
    t->counters.no_flow++;
    return NULL;
}

static void emit(struct flow *f, int dir, enum flow_event_kind kind, const struct packet *p)
{
    struct flow_event e = {
            kind, dir, p->number, p->ts_us, p->input, p->ttl, p->ip_id, stream_acked(f, dir, p)};
    f->table->h.event(f->user, f, &e);
}

static void start_closing(struct flow *f, enum flow_close why)
{
    if (f->closing_us != INT64_MAX)
        return;
    f->closing_us = f->table->clock_us;
    f->closing = why;
}

static void on_flags(struct flow *f, int dir, const struct packet *p)
{
    struct flow_side *side = &f->info.sides[dir];
    struct stream *s = &f->streams[dir];
    if (p->tcp_flags & TCP_RST) {
        int64_t distance = s->has_base ? stream_offset(s, p->seq) - (int64_t)s->next : 0;
        if (distance > RST_WINDOW || distance < -RST_WINDOW) {
            f->table->counters.bad_rst++;
            return;
        }
        if (!side->has_rst) {
            side->rst_offset = s->next + (uint64_t)(distance > 0 ? distance : 0);
            emit(f, dir, FLOW_EVENT_RST, p);
        }
        side->has_rst = true;
        start_closing(f, FLOW_CLOSE_RST);
    } else if (p->tcp_flags & TCP_FIN) {
        if (!side->has_fin) {
            int64_t at = stream_offset(s, p->seq) + (int64_t)p->payload_wire_len;
            side->fin_offset = at > 0 ? (uint64_t)at : 0;
            emit(f, dir, FLOW_EVENT_FIN, p);
        }
        side->has_fin = true;
        if (f->info.sides[1 - dir].has_fin)
            start_closing(f, FLOW_CLOSE_FIN);
    }
}

static void on_acknowledge(struct flow *f, int dir, const struct packet *p)
{
    uint64_t acked = stream_acked(f, dir, p);
    struct flow_side *side = &f->info.sides[1 - dir];
    if (acked > side->acked)
        side->acked = acked;
}

/* Whether bytes were sent before the reset of their side, which was captured first. */
static bool is_before_rst(const struct flow *f, int dir, uint32_t seq)
{
    int64_t offset = stream_offset(&f->streams[dir], seq);
    return offset < 0 || (uint64_t)offset < f->info.sides[dir].rst_offset;
}

/* How far the direction has come, before the packet is offered. */
static void on_reach(struct flow *f, int dir, const struct packet *p, uint32_t seq)
{
    struct flow_side *side = &f->info.sides[dir];
    const struct stream *s = &f->streams[dir];
    bool has_fin = (p->tcp_flags & TCP_FIN) != 0 && !side->has_fin; /* not one sent again */
    if (!s->has_base || (p->payload_wire_len == 0 && !has_fin))
        return;
    int64_t from = stream_offset(s, seq);
    int64_t end = from + (int64_t)p->payload_wire_len + has_fin;
    if (from < 0)
        return;
    bool is_late = (uint64_t)end <= side->acked || side->has_rst;
    side->n_late += (uint64_t)end > s->next && is_late;
    if ((uint64_t)end > side->seen)
        side->seen = (uint64_t)end;
}

/* A beginning that moves back shows that the capture's order is not the one of sending. */
static void move_base(struct flow *f, int dir, uint32_t base, bool is_start)
{
    struct flow_side *side = &f->info.sides[dir];
    uint32_t back = f->streams[dir].base - base;
    set_base(f, dir, base, is_start);
    if (back == 0)
        return;
    side->n_late++;
    side->acked += back;
    side->seen += side->seen > 0 ? back : 0;
    side->fin_offset += side->has_fin ? back : 0;
    side->rst_offset += side->has_rst ? back : 0;
}

/* Whether the beginning of a direction may turn out to be earlier. */
static bool is_base_guess(const struct flow *f, int dir)
{
    return !f->info.sides[dir].is_start_known || f->streams[dir].is_base_acked;
}

/* Where the direction begins was guessed from what the other side acknowledged, and nothing has
 * come of it yet: the directions may be captured out of step. Behind a SYN-ACK, a single byte is
 * rather a keep-alive (RFC 9293 3.8.4). */
static bool is_before_guess(const struct flow *f, int dir, uint32_t seq, size_t len)
{
    const struct stream *s = &f->streams[dir];
    bool is_guess = is_base_guess(f, dir) && s->next == 0 && s->held == NULL;
    int64_t offset = stream_offset(s, seq);
    bool may_be = !s->is_base_acked || len > 1;
    return is_guess && may_be && offset < 0 && -offset < EARLY_MOST;
}

static void on_packet(struct flow *f, const struct packet *p, uint32_t seq)
{
    int dir = flow_bit(p) == f->initiator_bit ? FLOW_INITIATOR : FLOW_RESPONDER;
    struct flow_side *side = &f->info.sides[dir];
    side->is_seen = true;
    if (!(p->tcp_flags & TCP_RST)) {
        if (side->ttl == 0) /* the SYN was not seen */
            side->ttl = p->ttl;
        side->ttl_last = p->ttl;
        side->ip_id_last = p->ip_id;
    }
    side->packets++;
    side->payload_bytes += p->payload_wire_len;
    side->last_us = p->ts_us;
    f->delta = f->table->clock_us - p->ts_us;
    f->info.last_us = p->ts_us;
    f->info.last_packet = p->number;
    f->info.last_input = p->input;
    table_touch(f);
    on_acknowledge(f, dir, p);
    if (f->is_watched)
        emit(f, dir, FLOW_EVENT_PACKET, p);
    if (p->payload.n > 0 && !f->streams[dir].has_base)
        set_base(f, dir, seq, false);
    else if (p->payload.n > 0 && is_before_guess(f, dir, seq, p->payload.n))
        move_base(f, dir, seq, false);
    uint64_t reached = side->seen;
    on_reach(f, dir, p, seq);
    if (p->payload.n > 0) {
        if (f->wants_packets && f->table->h.raw != NULL)
            f->table->h.raw(f->user, f, dir, p);
        if (!side->has_rst || is_before_rst(f, dir, seq))
            stream_segment(f, dir, p, seq, reached);
        table_sync(f);
    }
    if (!f->is_dropping)
        on_flags(f, dir, p);
    if (f->is_dropping)
        table_close(f, FLOW_CLOSE_DROPPED, f->table->clock_us);
    else
        table_due(f);
}

/* A SYN that takes over the ports of a flow that is there; not one that is sent again, or that was
 * captured behind the data it opened the way for. */
static bool is_reuse(const struct flow *f, const struct packet *p)
{
    int dir = flow_bit(p) == f->initiator_bit ? FLOW_INITIATOR : FLOW_RESPONDER;
    const struct stream *s = &f->streams[dir];
    uint32_t behind = s->base - (p->seq + 1);
    bool is_late = behind == 0 || (is_base_guess(f, dir) && behind < LATE_SYN_MOST);
    return !s->has_base || !is_late;
}

/* Where a direction begins, from a SYN that was captured behind data of the other side, or from
 * its answer. */
static void late_start(struct flow *f, int dir, uint32_t base, bool is_acked)
{
    struct stream *s = &f->streams[dir];
    if (!is_base_guess(f, dir) || s->next > 0 || s->held != NULL || f->has_preface)
        return;
    if (!s->has_base)
        set_base(f, dir, base, true);
    else if (s->base - base < LATE_SYN_MOST)
        move_base(f, dir, base, true);
    else
        return;
    s->is_base_acked = is_acked;
}

static void on_late_syn(struct flow *f, const struct packet *p)
{
    int dir = flow_bit(p) == f->initiator_bit ? FLOW_INITIATOR : FLOW_RESPONDER;
    bool is_answer = (p->tcp_flags & TCP_ACK) != 0;
    late_start(f, dir, p->seq + 1, false);
    if (is_answer)
        late_start(f, 1 - dir, p->ack, true);
    int64_t *at = is_answer ? &f->info.syn_ack_us : &f->info.syn_us;
    if (*at == INT64_MIN)
        *at = p->ts_us;
    f->info.is_syn_seen |= !is_answer;
    f->info.is_syn_ack_seen |= is_answer;
}

/* An ending of a connection of which nothing is known yet: what comes later was sent before. */
static void pass_by(struct flow_table *t, uint64_t hash, const struct packet *p)
{
    struct syn *s = syn_find(t, hash);
    if (s == NULL) {
        s = syn_make(t, hash);
        s->packet = p->number;
        s->input = p->input;
        s->initiator_bit = guess_initiator(p);
        s->is_ending = true;
    }
    s->has_passed = true;
}

void flow_table_packet(struct flow_table *t, const struct packet *p, int64_t clock_us)
{
    flow_table_advance(t, clock_us);
    t->counters.packets++;
    uint64_t hash = p->flow != 0 ? p->flow : flow_hash(p);
    struct flow *f = table_find(t, hash, p);
    bool is_syn = (p->tcp_flags & TCP_SYN) != 0;
    uint32_t seq = p->seq + is_syn; /* the SYN takes a number; data in it follows */
    if (is_syn && !(p->tcp_flags & TCP_ACK)) {
        if (f != NULL && is_reuse(f, p)) {
            t->counters.reused++;
            table_close(f, FLOW_CLOSE_REUSED, t->clock_us);
            f = NULL;
        }
        if (f == NULL)
            on_syn(t, hash, p);
    } else if (is_syn && f == NULL) {
        on_syn_ack(t, hash, p);
    } else if (f == NULL && (p->tcp_flags & TCP_ACK)) {
        on_ack(syn_find(t, hash), p);
    }
    if (f != NULL && is_syn)
        on_late_syn(f, p);
    if (f == NULL && p->payload.n > 0)
        f = admit(t, hash, p, seq);
    else if (f == NULL && (p->tcp_flags & (TCP_FIN | TCP_RST)))
        pass_by(t, hash, p);
    if (f != NULL)
        on_packet(f, p, seq);
    table_make_room(t);
}
