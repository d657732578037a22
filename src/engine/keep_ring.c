#include "engine/keep_ring.h"

#include <pthread.h>
#include <string.h>

#include "base/alloc.h"
#include "engine/keep_hold.h"

enum {
    WAYS = 8,          /* flows that share a set */
    HEADS = 65536,     /* chains of copies, by flow */
    STEPS_MOST = 8192, /* along a chain: others in it are of other flows */
    ALIGN = 8,
};

/* How much was kept of a flow; the lane's alone. Small: one of each packet is looked at. */
struct share {
    uint32_t tag;  /* of the flow, beside the set that it is in */
    uint32_t used; /* when, in packets */
    uint32_t bytes;
    uint16_t packets;
    bool is_full;
};

enum { IS_SYN = 1, IS_AFTER_GAP = 2 /* packets before it may have been left out */ };

/* A copy in the ring; the bytes stand behind it. */
struct record {
    uint64_t before; /* where the one before it in the chain stands, plus 1; 0 none */
    uint64_t flow;
    uint64_t number; /* of the frame */
    uint64_t packet; /* that it is a part of: the number of the frame that completed it */
    int64_t ts_us;
    uint32_t size; /* with the bytes, aligned; 0: nothing more up to the end of the memory */
    uint32_t input;
    uint32_t position; /* in its flow, since the SYN */
    uint32_t n, wire_len, interface;
    uint16_t link_type;
    uint8_t flags;
};

struct keep_ring {
    struct keep_ring_options o;
    struct share *shares; /* sets of WAYS */
    size_t n_sets;
    uint32_t clock;
    struct hold *hold;
    pthread_mutex_t mutex; /* of what follows */
    uint8_t *data;
    uint64_t tail, end; /* bytes ever written: where the oldest copy is, and where the next goes */
    uint64_t heads[HEADS]; /* latest copy of the chain, plus 1; 0 none */
    int64_t newest_us;
};

struct keep_ring *keep_ring_new(const struct keep_ring_options *o)
{
    static const struct keep_ring_options usual = {
            KEEP_RING_BYTES, KEEP_RING_FLOWS, KEEP_RING_FLOW_PACKETS, KEEP_RING_FLOW_BYTES};
    struct keep_ring *r = xcalloc(1, sizeof *r);
    r->o = o != NULL ? *o : usual;
    r->o.bytes -= r->o.bytes % ALIGN;
    r->n_sets = r->o.flows / WAYS > 0 ? r->o.flows / WAYS : 1;
    r->shares = xcalloc(r->n_sets * WAYS, sizeof *r->shares);
    r->data = xcalloc(1, r->o.bytes);
    r->hold = hold_new();
    (void)pthread_mutex_init(&r->mutex, NULL);
    return r;
}

void keep_ring_free(struct keep_ring *r)
{
    if (r == NULL)
        return;
    (void)pthread_mutex_destroy(&r->mutex);
    hold_free(r->hold);
    xfree(r->data);
    xfree(r->shares);
    xfree(r);
}

/* The share of the flow; one with no packets when it was not counted. */
static struct share *share_of(struct keep_ring *r, uint64_t flow)
{
    struct share *set = &r->shares[flow % r->n_sets * WAYS];
    struct share *oldest = set;
    uint32_t tag = (uint32_t)(flow >> 32);
    uint32_t now = ++r->clock;
    for (int i = 0; i < WAYS; i++) {
        if (set[i].tag == tag) {
            set[i].used = now;
            return &set[i];
        }
        if (now - set[i].used > now - oldest->used)
            oldest = &set[i];
    }
    *oldest = (struct share){.tag = tag, .used = now};
    return oldest;
}

static struct record *record_at(const struct keep_ring *r, uint64_t at)
{
    return (struct record *)(void *)(r->data + at % r->o.bytes);
}

/* Where the copy behind the one at `at` is, or where it will be. */
static uint64_t behind(const struct keep_ring *r, uint64_t at)
{
    size_t left = r->o.bytes - (size_t)(at % r->o.bytes);
    if (left < sizeof(struct record) || record_at(r, at)->size == 0)
        return at + left;
    return at + record_at(r, at)->size;
}

/* Makes room for `size` bytes, at most half of the ring, in one piece; the oldest copies go. */
static uint64_t make_room(struct keep_ring *r, size_t size)
{
    size_t left = r->o.bytes - (size_t)(r->end % r->o.bytes);
    uint64_t at = left < size ? r->end + left : r->end;
    while (r->tail < r->end && at + size - r->tail > r->o.bytes)
        r->tail = behind(r, r->tail);
    if (at != r->end && left >= sizeof(struct record))
        record_at(r, r->end)->size = 0;
    if (r->tail >= r->end)
        r->tail = at;
    r->end = at + size;
    return at;
}

static uint64_t *head_of(struct keep_ring *r, uint64_t flow)
{
    return &r->heads[flow >> 32 & (HEADS - 1)];
}

static void put(struct keep_ring *r, const struct packet *p, const struct frame *f,
        const struct share *share, uint8_t flags)
{
    size_t size = (sizeof(struct record) + f->data.n + ALIGN - 1) / ALIGN * ALIGN;
    (void)pthread_mutex_lock(&r->mutex);
    uint64_t *head = head_of(r, p->flow);
    uint64_t at = make_room(r, size);
    struct record *record = record_at(r, at);
    *record = (struct record){.before = *head,
            .flow = p->flow,
            .number = f->number,
            .packet = p->number,
            .ts_us = f->ts_us,
            .size = (uint32_t)size,
            .input = p->input,
            .position = share->packets,
            .n = (uint32_t)f->data.n,
            .wire_len = f->wire_len,
            .interface = f->interface,
            .link_type = f->link_type,
            .flags = flags};
    if (f->data.n > 0)
        memcpy(record + 1, f->data.p, f->data.n);
    *head = at + 1;
    r->newest_us = f->ts_us;
    (void)pthread_mutex_unlock(&r->mutex);
}

/* A packet that is being added, with the fragments that it came in. */
struct adding {
    struct keep_ring *ring;
    const struct packet *packet;
    struct share *share;
    uint8_t flags; /* of its first frame */
};

static void add(struct adding *a, const struct frame *f)
{
    struct keep_ring *r = a->ring;
    struct share *s = a->share;
    size_t most = (r->o.bytes - sizeof(struct record)) / 2 - ALIGN;
    bool is_room = s->packets < r->o.flow_packets && f->data.n <= r->o.flow_bytes - s->bytes;
    if (s->is_full || !is_room || f->data.n > most) {
        s->is_full = true; /* what is kept of a flow has no holes */
        return;
    }
    put(r, a->packet, f, s, a->flags);
    a->flags &= (uint8_t)~IS_AFTER_GAP;
    s->packets++;
    s->bytes += (uint32_t)f->data.n;
}

static void on_held(void *ctx, const struct frame *f, const struct frame_detail *detail)
{
    (void)detail;
    add(ctx, f);
}

void keep_ring_add(struct keep_ring *r, const struct packet *p, const struct frame *f)
{
    struct share *s = share_of(r, p->flow);
    bool is_syn = (p->tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
    struct adding a = {r, p, s, is_syn ? IS_SYN : 0};
    if (s->is_full || (s->packets == 0 && !is_syn))
        a.flags |= IS_AFTER_GAP;
    if (is_syn)
        *s = (struct share){.tag = s->tag, .used = s->used};
    if (s->is_full)
        return;
    if (p->datagram != 0)
        hold_release(r->hold, p->datagram, on_held, &a);
    add(&a, f);
}

void keep_ring_fragment(struct keep_ring *r, const struct packet *p, const struct frame *f)
{
    static const struct frame_detail none;
    hold_add(r->hold, p->datagram, f, &none);
}

static bool is_before(uint32_t input, uint64_t packet, uint32_t other, uint64_t other_packet)
{
    return input != other ? input < other : packet < other_packet;
}

/* The oldest copies of the connection, in order; gives how many. */
static size_t find(struct keep_ring *r, const struct keep_question *q,
        const struct record *found[KEEP_TAKEN_FRAMES])
{
    const struct record *latest[KEEP_TAKEN_FRAMES];
    size_t n = 0;
    int steps = 0;
    uint64_t at = *head_of(r, q->flow);
    for (; at != 0 && at - 1 >= r->tail && steps < STEPS_MOST; steps++) {
        const struct record *c = record_at(r, at - 1);
        at = c->before;
        if (c->flow != q->flow ||
                (q->end_packet != 0 && is_before(q->end_input, q->end_packet, c->input, c->packet)))
            continue;
        if (is_before(c->input, c->packet, q->input, q->first_packet))
            break;
        latest[n++ % KEEP_TAKEN_FRAMES] = c;
    }
    size_t kept = n < KEEP_TAKEN_FRAMES ? n : KEEP_TAKEN_FRAMES;
    for (size_t i = 0; i < kept; i++)
        found[i] = latest[(n - 1 - i) % KEEP_TAKEN_FRAMES];
    return kept;
}

/* How many of those found belong to the connection: another one may use its ports again. */
static size_t count(const struct keep_question *q, const struct record *const *found, size_t n)
{
    size_t i = 0, bytes = 0;
    for (; i < n && bytes + found[i]->n <= KEEP_TAKEN_BYTES; i++) {
        bool is_next = (found[i]->flags & IS_SYN) != 0 &&
                       is_before(q->last_input, q->last_packet, found[i]->input, found[i]->packet);
        if (i > 0 && is_next)
            break;
        bytes += found[i]->n;
    }
    return i;
}

static void copy(struct keep_taken *t, const struct record *const *found)
{
    size_t bytes = 0;
    if (t->data == NULL)
        t->data = xrealloc(NULL, KEEP_TAKEN_BYTES, 1);
    for (size_t i = 0; i < t->n; i++) {
        const struct record *c = found[i];
        t->frames[i] = (struct frame){.number = c->number,
                .ts_us = c->ts_us,
                .interface = c->interface,
                .link_type = c->link_type,
                .wire_len = c->wire_len,
                .data = {t->data + bytes, c->n}};
        memcpy(t->data + bytes, c + 1, c->n);
        bytes += c->n;
    }
}

/* From the first packet to the last, with no gap. */
static bool is_whole(const struct keep_question *q, const struct record *const *found, size_t n)
{
    if (n == 0 || found[0]->packet != q->first_packet || found[0]->input != q->input)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && (found[i]->flags & IS_AFTER_GAP) != 0)
            return false;
        if (found[i]->input == q->last_input && found[i]->number == q->last_packet)
            return true;
    }
    return false;
}

void keep_ring_take(struct keep_ring *r, const struct keep_question *q, struct keep_taken *out)
{
    const struct record *found[KEEP_TAKEN_FRAMES];
    (void)pthread_mutex_lock(&r->mutex);
    out->n = find(r, q, found);
    out->n = count(q, found, out->n);
    copy(out, found);
    out->is_whole = is_whole(q, found, out->n);
    out->gone = 0;
    if (out->n > 0 && is_before(q->input, q->first_packet, found[0]->input, found[0]->packet))
        out->gone = found[0]->position > 0 ? found[0]->position : 1;
    (void)pthread_mutex_unlock(&r->mutex);
}

void keep_taken_fini(struct keep_taken *t)
{
    xfree(t->data);
    t->data = NULL;
    t->n = 0;
}

int64_t keep_ring_span_us(struct keep_ring *r)
{
    int64_t span_us = INT64_MAX;
    (void)pthread_mutex_lock(&r->mutex);
    uint64_t at = r->tail;
    /* What is at the tail may be the end of the memory; a copy follows. */
    if (r->o.bytes - (size_t)(at % r->o.bytes) < sizeof(struct record) ||
            record_at(r, at)->size == 0)
        at = behind(r, at);
    if (r->tail > 0)
        span_us = r->newest_us - record_at(r, at)->ts_us;
    (void)pthread_mutex_unlock(&r->mutex);
    return span_us;
}
