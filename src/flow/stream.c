/* Reassembly of one direction: the first copy of a byte wins, holes are explicit. */
#include <string.h>

#include "base/alloc.h"
#include "flow/flow_internal.h"

int64_t stream_offset(const struct stream *s, uint32_t seq)
{
    uint32_t want = s->base + (uint32_t)s->next;
    return (int64_t)s->next + (int32_t)(seq - want);
}

uint64_t stream_acked(const struct flow *f, int dir, const struct packet *p)
{
    const struct stream *other = &f->streams[1 - dir];
    int64_t acked = stream_offset(other, p->ack);
    return (p->tcp_flags & TCP_ACK) && other->has_base && acked > 0 ? (uint64_t)acked : 0;
}

static void trim_kept(struct flow *f, struct stream *s)
{
    size_t keep = f->is_relaxed ? 0 : FLOW_KEPT;
    if (s->consumed <= keep * 2 && !(f->is_relaxed && s->consumed > 0))
        return;
    size_t drop = s->consumed - (s->consumed < keep ? s->consumed : keep);
    memmove(s->buf, s->buf + drop, s->n - drop);
    s->n -= drop;
    s->consumed -= drop;
    s->buf_offset += drop;
}

/* Nobody asks any more which packets brought the bytes that are consumed. */
static void trim_segments(struct stream *s)
{
    uint64_t wanted = s->buf_offset + s->consumed;
    size_t gone = 0;
    while (gone < s->n_segments && s->segments[gone].offset + s->segments[gone].len <= wanted)
        gone++;
    if (gone == 0)
        return;
    memmove(s->segments, s->segments + gone, (s->n_segments - gone) * sizeof *s->segments);
    s->n_segments -= gone;
}

/* Sizes of buffers that are used again: a padded hello (RFC 7685) and most others, one with
 * post-quantum shares, a server's flight. Larger ones grow by doubling. */
static const size_t SIZES[FLOW_SIZES] = {640, 2048, 8192};

static size_t size_of(size_t need)
{
    size_t i = 0;
    while (i < FLOW_SIZES && SIZES[i] < need)
        i++;
    return i;
}

static uint8_t *buffer_new(struct flow_table *t, size_t size)
{
    struct spare *spare = &t->spare[size];
    return spare->n > 0 ? spare->buffers[--spare->n] : xrealloc(NULL, SIZES[size], 1);
}

/* cap is one of SIZES, or larger. */
static void buffer_free(struct flow_table *t, uint8_t *buf, size_t cap)
{
    size_t size = size_of(cap);
    if (size < FLOW_SIZES && t->spare[size].n < FLOW_SPARE)
        t->spare[size].buffers[t->spare[size].n++] = buf;
    else
        xfree(buf);
}

static void widen(struct flow *f, struct stream *s, size_t need)
{
    struct flow_table *t = f->table;
    size_t size = size_of(need);
    size_t cap = size < FLOW_SIZES ? SIZES[size] : need * 2;
    t->buffered += cap - s->cap;
    if (size == FLOW_SIZES) {
        s->buf = xrealloc(s->buf, cap, 1);
    } else {
        uint8_t *buf = buffer_new(t, size);
        if (s->n > 0)
            memcpy(buf, s->buf, s->n);
        if (s->buf != NULL)
            buffer_free(t, s->buf, s->cap);
        s->buf = buf;
    }
    s->cap = cap;
}

/* Gives the buffer up; what it holds is gone. */
static void release(struct flow *f, struct stream *s)
{
    if (s->buf == NULL)
        return;
    f->table->buffered -= s->cap;
    buffer_free(f->table, s->buf, s->cap);
    s->buf = NULL;
    s->cap = s->n = s->consumed = 0;
}

static void append(
        struct flow *f, struct stream *s, struct bytes b, const struct origin_segment *from)
{
    if (s->n == 0)
        s->buf_offset = s->next;
    if (s->n + b.n > s->cap)
        widen(f, s, s->n + b.n);
    memcpy(s->buf + s->n, b.p, b.n);
    s->n += b.n;
    if (s->n_segments == s->cap_segments) {
        s->cap_segments = s->cap_segments > 0 ? s->cap_segments * 2 : 2;
        s->segments = xrealloc(s->segments, s->cap_segments, sizeof *s->segments);
    }
    s->segments[s->n_segments++] = *from;
}

/* Drops what is buffered: after a hole, and when nobody wants the direction any more. */
static void forget(struct stream *s)
{
    s->n = s->consumed = s->n_segments = 0;
    s->buf_offset = s->next;
}

void stream_give_back(struct flow *f)
{
    for (int dir = 0; dir < 2; dir++) {
        struct stream *s = &f->streams[dir];
        if (f->is_relaxed && s->n == s->consumed)
            forget(s);
        if (s->n == 0)
            release(f, s);
    }
}

/* Offers what is unconsumed; the answer may skip ahead of what has come. */
static void offer(struct flow *f, int dir)
{
    struct stream *s = &f->streams[dir];
    size_t have = s->n - s->consumed;
    struct origin o = {s->segments, s->n_segments};
    size_t used = f->table->h.data(f->user, f, dir, (struct bytes){s->buf + s->consumed, have},
            s->buf_offset + s->consumed, &o);
    if (used > have) {
        s->next += used - have;
        /* The buffer ends before the skipped bytes: it cannot be continued. */
        forget(s);
    } else {
        s->consumed += used;
        trim_segments(s);
        trim_kept(f, s);
    }
    stream_give_back(f);
    if (s->n - s->consumed > f->table->o.flow_buffer) {
        f->info.is_capped = true;
        f->table->counters.capped_buffers++;
        flow_ignore(f, dir);
    }
}

/* In-order bytes at s->next. */
static void deliver(struct flow *f, int dir, struct bytes b, const struct origin_segment *from)
{
    struct stream *s = &f->streams[dir];
    struct origin_segment own = *from;
    own.offset = s->next;
    own.len = (uint32_t)b.n;
    if (f->is_relaxed && s->n == s->consumed) {
        /* Nothing waits: the packet itself is the view, only an unconsumed tail is copied. */
        forget(s);
        release(f, s);
        struct origin o = {&own, 1};
        size_t used = f->table->h.data(f->user, f, dir, b, s->next, &o);
        if (used >= b.n || s->is_ignored) {
            s->next += used >= b.n ? used : b.n;
            return;
        }
        s->next += used;
        own.offset += used;
        own.len -= (uint32_t)used;
        append(f, s, (struct bytes){b.p + used, b.n - used}, &own);
        s->next += b.n - used;
        return;
    }
    append(f, s, b, &own);
    s->next += b.n;
    offer(f, dir);
}

static void compare(struct flow *f, int dir, struct bytes have, struct bytes again)
{
    if (bytes_equal(have, again))
        return;
    f->info.sides[dir].n_conflicts++;
    f->table->counters.conflicts++;
}

/* Compares the part of a segment before s->next with the bytes still kept. */
static void compare_kept(struct flow *f, int dir, uint64_t offset, struct bytes b)
{
    struct stream *s = &f->streams[dir];
    uint64_t from = offset > s->buf_offset ? offset : s->buf_offset;
    uint64_t to = offset + b.n < s->buf_offset + s->n ? offset + b.n : s->buf_offset + s->n;
    if (from < to)
        compare(f, dir, (struct bytes){s->buf + (from - s->buf_offset), (size_t)(to - from)},
                (struct bytes){b.p + (from - offset), (size_t)(to - from)});
}

static struct held *hold_piece(
        struct flow *f, int dir, uint64_t offset, struct bytes b, const struct origin_segment *from)
{
    struct held *h = xcalloc(1, sizeof *h + b.n);
    h->offset = offset;
    h->len = (uint32_t)b.n;
    h->from = *from;
    memcpy(h->data, b.p, b.n);
    f->streams[dir].held_bytes += sizeof *h + b.n;
    f->table->buffered += sizeof *h + b.n;
    return h;
}

/* Takes out the first piece; the caller frees it. */
static struct held *held_pop(struct flow *f, struct stream *s)
{
    struct held *h = s->held;
    s->held = h->next;
    if (s->held == NULL)
        s->held_last = NULL;
    s->held_bytes -= sizeof *h + h->len;
    f->table->buffered -= sizeof *h + h->len;
    return h;
}

/* Keeps a segment beyond a hole; what is already held stays, the rest is put between. */
static void hold(
        struct flow *f, int dir, uint64_t offset, struct bytes b, const struct origin_segment *from)
{
    struct stream *s = &f->streams[dir];
    struct held *last = s->held_last;
    bool is_behind_all = last != NULL && last->offset + last->len <= offset;
    struct held **at = is_behind_all ? &last->next : &s->held;
    while (b.n > 0) {
        while (*at != NULL && (*at)->offset + (*at)->len <= offset)
            at = &(*at)->next;
        uint64_t limit = *at != NULL ? (*at)->offset : UINT64_MAX;
        size_t n;
        if (*at == NULL || offset < limit) {
            n = limit - offset < b.n ? (size_t)(limit - offset) : b.n;
            struct held *h = hold_piece(f, dir, offset, (struct bytes){b.p, n}, from);
            h->next = *at;
            *at = h;
            at = &h->next;
            if (h->next == NULL)
                s->held_last = h;
        } else {
            uint64_t skip = offset - (*at)->offset;
            n = (*at)->len - skip < b.n ? (size_t)((*at)->len - skip) : b.n;
            compare(f, dir, (struct bytes){(*at)->data + skip, n}, (struct bytes){b.p, n});
        }
        offset += n;
        b = (struct bytes){b.p + n, b.n - n};
    }
    if (s->hole_since == INT64_MAX && s->held != NULL)
        s->hole_since = f->table->clock_us;
}

/* Delivers what has become in-order. */
static void drain(struct flow *f, int dir)
{
    struct stream *s = &f->streams[dir];
    while (s->held != NULL && s->held->offset <= s->next) {
        struct held *h = held_pop(f, s);
        if (h->offset + h->len > s->next && !s->is_ignored) {
            size_t old = (size_t)(s->next - h->offset);
            deliver(f, dir, (struct bytes){h->data + old, h->len - old}, &h->from);
        }
        xfree(h);
    }
    s->hole_since = s->held == NULL ? INT64_MAX : s->hole_since;
}

void stream_give_up(struct flow *f, int dir)
{
    struct stream *s = &f->streams[dir];
    if (s->held == NULL)
        return;
    uint64_t len = s->held->offset - s->next;
    uint64_t at = s->next;
    s->next = s->held->offset;
    forget(s);
    if (!f->has_preface || at > 0) { /* else what is missing was perhaps not wanted either */
        f->info.sides[dir].n_gaps++;
        f->info.sides[dir].gap_bytes += len;
        f->table->counters.gaps++;
        f->table->counters.gap_bytes += len;
        f->table->h.gap(f->user, f, dir, at, len);
    }
    drain(f, dir);
    if (s->held != NULL)
        s->hole_since = f->table->clock_us;
}

/* A segment that comes again. A copy made by the capture follows at once, a sender waits at least
 * FLOW_RETRY_US (RFC 6298 2.4 has a second, systems 200 ms). */
static void note_again(struct flow *f, int dir, const struct packet *p, int64_t offset)
{
    struct flow_side *side = &f->info.sides[dir];
    side->n_retransmits++;
    f->table->counters.retransmits++;
    if (offset < 0 || (uint64_t)offset < side->acked)
        return;
    if (side->n_stuck == 0 || side->stuck_at != (uint64_t)offset) {
        side->stuck_at = (uint64_t)offset;
        side->stuck_since_us = side->stuck_us = p->ts_us;
        side->n_stuck = 1;
    } else if (p->ts_us - side->stuck_us >= FLOW_RETRY_US) {
        side->n_stuck++;
        side->stuck_us = p->ts_us;
    }
    side->stuck_len = p->payload_wire_len;
}

void stream_segment(struct flow *f, int dir, const struct packet *p, uint32_t seq, uint64_t reached)
{
    struct stream *s = &f->streams[dir];
    struct bytes b = p->payload;
    if (b.n == 0 || s->is_ignored)
        return;
    int64_t offset = stream_offset(s, seq);
    uint64_t end = (uint64_t)(offset + (int64_t)b.n);
    if (offset + (int64_t)b.n <= (int64_t)(reached < s->next ? reached : s->next))
        note_again(f, dir, p, offset);
    if (offset < 0) {
        if ((int64_t)end <= 0)
            return;
        b = (struct bytes){b.p - offset, b.n - (size_t)-offset};
        offset = 0;
    }
    uint64_t from_offset = (uint64_t)offset;
    struct origin_segment from = {
            from_offset, p->number, p->ts_us, (uint32_t)b.n, p->input, stream_acked(f, dir, p)};
    if (from_offset < s->next)
        compare_kept(f, dir, from_offset, b);
    if (end <= s->next)
        return;
    if (from_offset < s->next) {
        size_t old = (size_t)(s->next - from_offset);
        b = (struct bytes){b.p + old, b.n - old};
        from_offset = s->next;
    }
    if (from_offset > s->next || s->held != NULL) {
        f->info.sides[dir].n_reordered += from_offset > s->next;
        f->table->counters.reordered += from_offset > s->next;
        hold(f, dir, from_offset, b, &from);
        drain(f, dir);
    } else {
        deliver(f, dir, b, &from);
    }
    size_t most = f->is_relaxed ? FLOW_RELAXED_HOLD : f->table->o.hold_bytes;
    while (s->held_bytes > most && !f->is_dropping)
        stream_give_up(f, dir);
}

void flow_ignore(struct flow *f, int dir)
{
    struct stream *s = &f->streams[dir];
    s->is_ignored = true;
    forget(s);
    while (s->held != NULL)
        xfree(held_pop(f, s));
    s->hole_since = INT64_MAX;
}

void stream_fini(struct flow *f, int dir)
{
    struct stream *s = &f->streams[dir];
    flow_ignore(f, dir);
    release(f, s);
    xfree(s->segments);
    *s = (struct stream){0};
}
