/* The flow table: keyed hash, order of use, and a heap of due times. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fetch.h"
#include "base/map.h"
#include "flow/flow_internal.h"

#define UNSEEN_MOST (UINT64_C(16) << 20)

/* Which of two addresses is the smaller one is asked for several times per packet. Any order does,
 * so bytes stay as they are. */
static uint64_t word_of(const uint8_t *p)
{
    uint64_t word;
    memcpy(&word, p, sizeof word);
    return word;
}

int flow_bit(const struct packet *p)
{
    for (size_t at = 0; at < sizeof p->src; at += sizeof(uint64_t)) {
        uint64_t src = word_of(p->src + at);
        uint64_t dst = word_of(p->dst + at);
        if (src != dst)
            return src > dst;
    }
    return p->src_port > p->dst_port;
}

uint64_t flow_hash(const struct packet *p)
{
    uint8_t key[40] = {0};
    bool swap = flow_bit(p) != 0;
    memcpy(key, swap ? p->dst : p->src, 16);
    memcpy(key + 16, swap ? p->src : p->dst, 16);
    uint16_t low = swap ? p->dst_port : p->src_port;
    uint16_t high = swap ? p->src_port : p->dst_port;
    memcpy(key + 32, &low, 2);
    memcpy(key + 34, &high, 2);
    key[36] = p->transport;
    key[37] = (uint8_t)p->vlans;
    key[38] = (uint8_t)(p->vlans >> 8);
    key[39] = (uint8_t)(p->vlans >> 16);
    uint64_t hash = hash_bytes(key, sizeof key);
    return hash != 0 ? hash : 1;
}

static bool same(const struct flow *f, const struct packet *p)
{
    const struct flow_side *src = &f->info.sides[flow_bit(p) == f->initiator_bit ? 0 : 1];
    const struct flow_side *dst = &f->info.sides[flow_bit(p) == f->initiator_bit ? 1 : 0];
    return src->port == p->src_port && dst->port == p->dst_port && f->info.vlans == p->vlans &&
           memcmp(src->ip, p->src, 16) == 0 && memcmp(dst->ip, p->dst, 16) == 0;
}

/* A bucket, then the first flow in it. */
void flow_table_fetch(const struct flow_table *t, const struct packet *p, int step)
{
    struct flow *const *bucket = &t->buckets[p->flow & (t->n_buckets - 1)];
    if (step == 0)
        fetch(bucket, sizeof *bucket);
    else
        fetch(*bucket, sizeof **bucket);
}

struct flow *table_find(struct flow_table *t, uint64_t hash, const struct packet *p)
{
    for (struct flow *f = t->buckets[hash & (t->n_buckets - 1)]; f != NULL; f = f->chain)
        if (f->hash == hash && same(f, p))
            return f;
    return NULL;
}

static bool before(const struct flow *a, const struct flow *b)
{
    if (a->heap_due != b->heap_due)
        return a->heap_due < b->heap_due;
    return a->info.first_packet < b->info.first_packet;
}

static void heap_put(struct flow_table *t, size_t at, struct flow *f)
{
    t->heap[at] = f;
    f->heap_at = at;
}

static void sift_up(struct flow_table *t, struct flow *f)
{
    size_t at = f->heap_at;
    for (; at > 1 && before(f, t->heap[at / 2]); at /= 2)
        heap_put(t, at, t->heap[at / 2]);
    heap_put(t, at, f);
}

static void sift_down(struct flow_table *t, struct flow *f)
{
    size_t at = f->heap_at;
    for (;;) {
        size_t child = at * 2;
        if (child + 1 <= t->n_heap && before(t->heap[child + 1], t->heap[child]))
            child++;
        if (child > t->n_heap || !before(t->heap[child], f))
            break;
        heap_put(t, at, t->heap[child]);
        at = child;
    }
    heap_put(t, at, f);
}

static int64_t due_of(const struct flow *f)
{
    if (f->closing_us != INT64_MAX)
        return f->closing_us + f->table->o.close_us;
    int64_t due = f->info.last_us + f->delta + f->table->o.idle_us;
    if (f->deadline_us < due)
        due = f->deadline_us;
    for (int dir = 0; dir < 2; dir++) {
        int64_t since = f->streams[dir].hole_since;
        if (since != INT64_MAX && since + f->table->o.hold_us < due)
            due = since + f->table->o.hold_us;
    }
    return due;
}

/* Only an earlier due time moves at once; a later one is found out when the old one comes up. */
void table_due(struct flow *f)
{
    int64_t due = due_of(f);
    if (f->is_closed || due >= f->heap_due)
        return;
    f->heap_due = due;
    sift_up(f->table, f);
}

static void heap_remove(struct flow_table *t, struct flow *f)
{
    struct flow *last = t->heap[t->n_heap--];
    if (last == f)
        return;
    heap_put(t, f->heap_at, last);
    sift_up(t, last);
    sift_down(t, last);
}

static void use_unlink(struct flow_table *t, struct flow *f)
{
    *(f->newer != NULL ? &f->newer->older : &t->newest) = f->older;
    *(f->older != NULL ? &f->older->newer : &t->oldest) = f->newer;
    f->newer = f->older = NULL;
}

static void use_link(struct flow_table *t, struct flow *f)
{
    f->older = t->newest;
    *(t->newest != NULL ? &t->newest->newer : &t->oldest) = f;
    t->newest = f;
}

void table_touch(struct flow *f)
{
    if (f->table->newest == f)
        return;
    use_unlink(f->table, f);
    use_link(f->table, f);
}

static void grow(struct flow_table *t)
{
    struct flow **old = t->buckets;
    size_t n = t->n_buckets;
    t->n_buckets *= 2;
    t->buckets = xcalloc(t->n_buckets, sizeof(struct flow *));
    for (size_t i = 0; i < n; i++) {
        for (struct flow *f = old[i], *next; f != NULL; f = next) {
            next = f->chain;
            struct flow **at = &t->buckets[f->hash & (t->n_buckets - 1)];
            f->chain = *at;
            *at = f;
        }
    }
    xfree(old);
}

static void evict(struct flow_table *t, struct flow *f)
{
    t->counters.evicted_flows++;
    table_close(f, FLOW_CLOSE_EVICTED, t->clock_us);
}

static void hold_link(struct flow_table *t, struct flow *f)
{
    f->held_before = t->held_last;
    f->held_after = NULL;
    *(t->held_last != NULL ? &t->held_last->held_after : &t->held_first) = f;
    t->held_last = f;
}

static void hold_unlink(struct flow_table *t, struct flow *f)
{
    *(f->held_before != NULL ? &f->held_before->held_after : &t->held_first) = f->held_after;
    *(f->held_after != NULL ? &f->held_after->held_before : &t->held_last) = f->held_before;
}

void flow_hold(struct flow *f, size_t bytes)
{
    struct flow_table *t = f->table;
    if (f->held == 0 && bytes > 0)
        hold_link(t, f);
    else if (f->held > 0 && bytes == 0)
        hold_unlink(t, f);
    t->held += bytes - f->held;
    f->held = bytes;
}

void table_make_room(struct flow_table *t)
{
    while (t->held > t->o.total_held && t->held_first != t->held_last)
        evict(t, t->held_first);
}

struct flow *table_open(struct flow_table *t, uint64_t hash)
{
    while (t->n_flows > 0 && (t->n_flows >= t->o.max_flows || t->buffered > t->o.total_buffer))
        evict(t, t->oldest);
    if (t->n_flows >= t->n_buckets)
        grow(t);
    struct flow *f = t->free_list;
    if (f != NULL)
        t->free_list = f->chain;
    else
        f = xcalloc(1, sizeof *f);
    *f = (struct flow){.table = t, .hash = hash, .deadline_us = INT64_MAX, .closing_us = INT64_MAX};
    f->streams[0].hole_since = f->streams[1].hole_since = INT64_MAX;
    struct flow **at = &t->buckets[hash & (t->n_buckets - 1)];
    f->chain = *at;
    *at = f;
    use_link(t, f);
    t->n_flows++;
    t->counters.flows++;
    if (t->n_heap + 2 > t->cap_heap) {
        t->cap_heap = t->cap_heap > 0 ? t->cap_heap * 2 : 64;
        t->heap = xrealloc(t->heap, t->cap_heap, sizeof(struct flow *));
    }
    f->heap_due = t->clock_us + t->o.idle_us;
    t->n_heap++;
    heap_put(t, t->n_heap, f);
    sift_up(t, f);
    return f;
}

void table_sync(struct flow *f)
{
    for (int dir = 0; dir < 2; dir++)
        f->info.sides[dir].next = f->streams[dir].next;
}

/* The rest of a connection that was dropped is not asked for again, unless TLS begins in it. */
static void reject(const struct flow *f, struct syn *syn)
{
    if (syn == NULL)
        return;
    syn->is_tried = syn->is_rejected;
    syn->is_rejected = true;
    for (int dir = 0; dir < 2; dir++) {
        const struct stream *s = &f->streams[dir];
        bool is_known = f->info.sides[dir].is_start_known && !s->is_ignored;
        syn->preface[dir] = is_known && s->next < UINT16_MAX ? (uint16_t)s->next : UINT16_MAX;
    }
}

/* What the other side acknowledged behind all that was captured. One byte may be a FIN; very much
 * is an acknowledgement that makes no sense. */
static void count_unseen(struct flow *f, int dir)
{
    struct flow_side *side = &f->info.sides[dir];
    uint64_t missing = side->acked > side->seen ? side->acked - side->seen : 0;
    if (missing <= 1 || missing > UNSEEN_MOST || side->payload_bytes == 0 || !side->is_start_known)
        return;
    side->n_gaps++;
    side->gap_bytes += missing;
    f->table->counters.gaps++;
    f->table->counters.gap_bytes += missing;
}

void table_close(struct flow *f, enum flow_close why, int64_t at_us)
{
    struct flow_table *t = f->table;
    if (f->is_closed)
        return;
    for (int dir = 0; dir < 2; dir++)
        while (f->streams[dir].held != NULL && !f->is_dropping)
            stream_give_up(f, dir);
    f->is_closed = true;
    for (int dir = 0; dir < 2 && why != FLOW_CLOSE_DROPPED; dir++)
        count_unseen(f, dir);
    if (why == FLOW_CLOSE_DROPPED)
        reject(f, syn_find(t, f->hash));
    table_sync(f);
    t->h.close(f->user, f, why, at_us - f->delta);
    heap_remove(t, f);
    use_unlink(t, f);
    struct flow **at = &t->buckets[f->hash & (t->n_buckets - 1)];
    while (*at != f)
        at = &(*at)->chain;
    *at = f->chain;
    stream_fini(f, 0);
    stream_fini(f, 1);
    flow_hold(f, 0);
    t->n_flows--;
    f->chain = t->free_list;
    t->free_list = f;
}

/* What is due for one flow at exactly `due`. */
static void on_due(struct flow *f, int64_t due)
{
    const struct flow_options *o = &f->table->o;
    if (f->closing_us != INT64_MAX) {
        table_close(f, f->closing, f->closing_us);
        return;
    }
    for (int dir = 0; dir < 2; dir++) {
        int64_t since = f->streams[dir].hole_since;
        if (since != INT64_MAX && since + o->hold_us <= due)
            stream_give_up(f, dir);
    }
    if (f->deadline_us <= due && !f->is_dropping) {
        int64_t at = f->deadline_us;
        f->deadline_us = INT64_MAX;
        table_sync(f);
        f->table->h.deadline(f->user, f, at - f->delta);
        stream_give_back(f);
    }
    if (f->is_dropping)
        table_close(f, FLOW_CLOSE_DROPPED, due);
    else if (f->info.last_us + f->delta + o->idle_us <= due)
        table_close(f, FLOW_CLOSE_IDLE, due);
}

void flow_table_advance(struct flow_table *t, int64_t clock_us)
{
    while (t->n_heap > 0 && t->heap[1]->heap_due <= clock_us) {
        struct flow *f = t->heap[1];
        int64_t due = due_of(f);
        if (due > f->heap_due) {
            f->heap_due = due;
            sift_down(t, f);
            continue;
        }
        /* What happens now happens at its due time, not when a packet let us notice. */
        if (due > t->clock_us)
            t->clock_us = due;
        on_due(f, due);
        if (!f->is_closed && due_of(f) > f->heap_due) {
            f->heap_due = due_of(f);
            sift_down(t, f);
        }
    }
    if (clock_us > t->clock_us)
        t->clock_us = clock_us;
}

void flow_options_default(struct flow_options *o)
{
    *o = (struct flow_options){.max_flows = 262144,
            .syn_slots = 1 << 18,
            .flow_buffer = 1 << 20,
            .total_buffer = 512U << 20,
            .total_held = 1U << 30,
            .hold_bytes = 64 * 1024,
            .hold_us = 2 * 1000000,
            .idle_us = 120 * (int64_t)1000000,
            .close_us = 2 * 1000000};
}

struct flow_table *flow_table_new(const struct flow_options *o, const struct flow_handler *h)
{
    struct flow_table *t = xcalloc(1, sizeof *t);
    t->o = *o;
    t->h = *h;
    t->clock_us = INT64_MIN / 2;
    t->n_buckets = 1024;
    t->buckets = xcalloc(t->n_buckets, sizeof(struct flow *));
    t->n_syns = SYN_WAYS;
    while (t->n_syns < o->syn_slots)
        t->n_syns *= 2;
    t->syns = xcalloc(t->n_syns, sizeof *t->syns);
    return t;
}

static int older_first(const void *left, const void *right)
{
    const struct flow_info *a = &(*(struct flow *const *)left)->info;
    const struct flow_info *b = &(*(struct flow *const *)right)->info;
    if (a->input != b->input)
        return a->input < b->input ? -1 : 1;
    return a->first_packet < b->first_packet ? -1 : a->first_packet > b->first_packet;
}

void flow_table_end(struct flow_table *t)
{
    size_t n = t->n_heap;
    if (n == 0)
        return;
    struct flow **all = xcalloc(n, sizeof(struct flow *));
    memcpy(all, t->heap + 1, n * sizeof(struct flow *));
    qsort(all, n, sizeof(struct flow *), older_first);
    for (size_t i = 0; i < n; i++) {
        /* A closing flow has ended already; the others end with the capture. */
        bool is_closing = all[i]->closing_us != INT64_MAX;
        table_close(all[i], is_closing ? all[i]->closing : FLOW_CLOSE_END,
                is_closing ? all[i]->closing_us : t->clock_us);
    }
    xfree(all);
}

void flow_table_free(struct flow_table *t)
{
    if (t == NULL)
        return;
    while (t->free_list != NULL) {
        struct flow *f = t->free_list;
        t->free_list = f->chain;
        xfree(f);
    }
    for (size_t size = 0; size < FLOW_SIZES; size++)
        while (t->spare[size].n > 0)
            xfree(t->spare[size].buffers[--t->spare[size].n]);
    xfree(t->buckets);
    xfree(t->heap);
    xfree(t->syns);
    xfree(t);
}

const struct flow_counters *flow_table_counters(const struct flow_table *t)
{
    return &t->counters;
}

void flow_counters_add(struct flow_counters *sum, const struct flow_counters *c)
{
    sum->packets += c->packets;
    sum->flows += c->flows;
    sum->syns += c->syns;
    sum->midstream += c->midstream;
    sum->evicted_flows += c->evicted_flows;
    sum->evicted_syns += c->evicted_syns;
    sum->capped_buffers += c->capped_buffers;
    sum->reused += c->reused;
    sum->gaps += c->gaps;
    sum->gap_bytes += c->gap_bytes;
    sum->conflicts += c->conflicts;
    sum->retransmits += c->retransmits;
    sum->reordered += c->reordered;
    sum->duplicates += c->duplicates;
    sum->no_flow += c->no_flow;
    sum->bad_rst += c->bad_rst;
}

const struct flow_info *flow_info(const struct flow *f)
{
    return &f->info;
}

int64_t flow_clock(const struct flow *f)
{
    return f->table->clock_us;
}

void flow_deadline(struct flow *f, int64_t at_us)
{
    f->deadline_us = at_us == INT64_MAX ? at_us : at_us + f->delta;
    table_due(f);
}

void flow_relax(struct flow *f)
{
    f->is_relaxed = true;
}

void flow_drop(struct flow *f)
{
    f->is_dropping = true;
}

void flow_want_packets(struct flow *f, bool on)
{
    f->wants_packets = on;
}

void flow_watch(struct flow *f, bool on)
{
    f->is_watched = on;
}
