#include "engine/reader.h"

#include <stdio.h>

#include "base/alloc.h"
#include "capture/capture.h"
#include "engine/clock.h"
#include "engine/hasher.h"
#include "engine/notice.h"
#include "engine/pool.h"

/* A place where packets were captured: its clock and its fragments. */
struct vantage {
    uint32_t number;
    int64_t id; /* in every run the same */
    struct packet_clock clock;
    struct decoder *decoder;
};

enum { PROGRESS_PACKETS = 65536 };

struct reader {
    const struct reader_options *o;
    struct run_result *result;
    struct reader_result *counts;
    struct vantage **vantages; /* by input; NULL: a new one */
    uint32_t n_vantages;
    struct vantage *now;
    struct hasher *hasher; /* of the input being read; NULL none */
    uint32_t input;
    uint64_t bytes_before; /* of the inputs that are done */
    uint64_t bytes_total;
};

/* With has_ended what is open ends here; is_last: no packet of the vantage follows. */
static void end_epoch_as(struct reader *r, bool has_ended, bool is_last)
{
    struct control *c = xcalloc(1, sizeof *c);
    c->kind = CONTROL_EPOCH;
    c->now_us = TIME_NONE;
    c->vantage = r->now->number;
    c->vantage_id = r->now->id;
    c->position = r->input;
    c->is_last = is_last;
    pool_end_epoch(r->o->pool, r->now->number, r->now->clock.now_us, has_ended);
    analyst_tell(r->o->analyst, c);
}

static void end_epoch(struct reader *r, bool is_last)
{
    end_epoch_as(r, is_last, is_last);
}

static void report_progress(struct reader *r, struct capture *capture)
{
    struct run_progress p = {.bytes_total = r->bytes_total, .packets = r->result->packets};
    p.bytes_done = r->bytes_before + capture_stats(capture)->input_read;
    analyst_progress(r->o->analyst, &p.handshakes, &p.findings);
    r->o->run->progress(r->o->run->ctx, &p);
}

static bool is_inside(struct bytes outer, struct bytes inner)
{
    uintptr_t from = (uintptr_t)outer.p;
    uintptr_t at = (uintptr_t)inner.p;
    return inner.n == 0 || (at >= from && at - from + inner.n <= outer.n);
}

static void on_bytes(void *ctx, const void *p, size_t n)
{
    const struct reader *r = ctx;
    hasher_add(r->hasher, p, n);
}

static uint8_t *lend(void *ctx)
{
    const struct reader *r = ctx;
    return hasher_lend(r->hasher);
}

static void on_reuse(void *ctx)
{
    const struct reader *r = ctx;
    pool_flush(r->o->pool);
}

static void take_frame(struct reader *r, const struct frame *frame)
{
    struct packet p;
    /* What was open then was not silent, it was not watched. */
    if (clock_has_paused(&r->now->clock, frame->ts_us))
        end_epoch_as(r, true, false);
    int64_t clock_us = clock_step(&r->now->clock, frame->ts_us);
    if (packet_decode(r->now->decoder, frame, &p) != PACKET_OK)
        return;
    if (p.transport != PACKET_TCP) {
        if (!r->o->is_again[r->input])
            unanalysed_packet(r->o->unanalysed, &p);
        return;
    }
    p.input = r->input;
    pool_packet(r->o->pool, r->now->number, &p, clock_us);
    if (!is_inside(frame->data, p.payload)) /* put together from fragments: valid for this call */
        pool_flush(r->o->pool);
    if (pool_is_full(r->o->pool))
        end_epoch(r, false);
}

static enum capture_result read_frames(struct reader *r, struct capture *capture, struct err *err)
{
    struct frame frame;
    enum capture_result result;
    bool has_progress = r->o->run->progress != NULL;
    while ((result = capture_next(capture, &frame, err)) == CAPTURE_FRAME) {
        take_frame(r, &frame);
        r->result->packets++;
        if (r->result->packets % PROGRESS_PACKETS != 0)
            continue;
        if (has_progress)
            report_progress(r, capture);
        if (analyst_has_failed(r->o->analyst))
            break;
    }
    return result;
}

static struct vantage *vantage_new(struct reader *r)
{
    struct vantage *v = xcalloc(1, sizeof *v);
    v->number = r->n_vantages++;
    v->id = r->o->facts[r->input].vantage_id;
    v->decoder = decoder_new();
    decoder_key_vlan(v->decoder, r->o->run->is_vlan_key);
    return v;
}

static void vantage_end(struct reader *r, struct vantage *v)
{
    packet_counters_add(&r->counts->packets, decoder_counters(v->decoder));
    r->counts->n_clock_jumps += v->clock.n_jumps;
    decoder_free(v->decoder);
    xfree(v);
}

/* The later input that goes on where this one ended; n when there is none. */
static size_t successor(const struct reader *r, size_t i, int64_t last_us)
{
    const struct inputs *in = r->o->run->inputs;
    for (size_t j = i + 1; j < in->n; j++) {
        if (r->o->is_skipped[j] || r->vantages[j] != NULL)
            continue;
        if (r->o->run->vantages == VANTAGES_ONE)
            return j;
        if (r->o->run->vantages == VANTAGES_BY_NAME &&
                inputs_follows(&in->items[i], last_us, &in->items[j]))
            return j;
    }
    return in->n;
}

static void fill_facts(struct control *c, const struct capture_stats *s)
{
    struct input_facts *f = &c->input;
    f->link_type = s->link_type;
    f->frames = s->frames;
    f->filtered = s->filtered;
    f->bytes = s->bytes;
    f->truncated = s->truncated;
    f->drops = s->drops;
    f->has_drops = s->has_drops;
    f->first_us = s->first_us;
    f->last_us = s->last_us;
    if (f->size == 0)
        f->size = s->input_read;
}

static void widen_times(struct run_result *result, const struct capture_stats *s)
{
    if (s->first_us == TIME_NONE)
        return;
    if (result->first_us == TIME_NONE || s->first_us < result->first_us)
        result->first_us = s->first_us;
    if (result->last_us == TIME_NONE || s->last_us > result->last_us)
        result->last_us = s->last_us;
}

static bool is_enough(const struct reader *r)
{
    return r->o->run->max_packets > 0 && r->result->packets >= r->o->run->max_packets;
}

/* The end of one input: its facts, and what of its vantage goes on. */
static void finish_input(struct reader *r, size_t i, struct capture *capture,
        enum capture_result how, const struct err *why)
{
    const struct capture_stats *s = capture_stats(capture);
    struct control *c = xcalloc(1, sizeof *c);
    pool_flush(r->o->pool); /* the frames stand in memory of the hasher */
    c->kind = CONTROL_INPUT_END;
    c->input = r->o->facts[i];
    c->input.vantage = r->now->number;
    c->input.vantage_id = r->now->id;
    fill_facts(c, s);
    if (how == CAPTURE_DAMAGED) {
        c->input.damaged_at = s->frames;
        (void)snprintf(c->damage, sizeof c->damage, "%s", why->text);
        r->result->n_partly++;
        run_notice(
                r->o->run, "%s: %s; what stands before it was analysed", c->input.path, why->text);
    }
    if (r->hasher != NULL)
        hasher_end(r->hasher, c->sha256);
    if (is_enough(r))
        c->sha256[0] = '\0'; /* of the part that was read only */
    c->input.is_cut = is_enough(r) || r->o->run->filter != NULL;
    widen_times(r->result, s);
    r->result->bytes += s->bytes;
    r->result->n_read++;
    r->bytes_before += s->input_read;
    size_t next = successor(r, i, s->last_us);
    bool is_last = next == r->o->run->inputs->n;
    end_epoch(r, is_last);
    analyst_tell(r->o->analyst, c);
    if (is_last)
        vantage_end(r, r->now);
    else
        r->vantages[next] = r->now;
    r->now = NULL;
}

/* An input that could not be opened, and why. */
static void tell_broken(struct reader *r, size_t i, const struct err *why)
{
    struct control *c = xcalloc(1, sizeof *c);
    c->kind = CONTROL_INPUT_END;
    c->input = r->o->facts[i];
    c->input.vantage = r->now->number;
    c->input.vantage_id = r->now->id;
    c->input.is_cut = true;
    (void)snprintf(c->damage, sizeof c->damage, "%s", why->text);
    analyst_tell(r->o->analyst, c);
}

static void read_input(struct reader *r, size_t i)
{
    const struct run_options *run = r->o->run;
    const struct input *in = &run->inputs->items[i];
    struct capture *capture = NULL;
    struct err err;
    r->hasher = run->has_hash ? hasher_new() : NULL;
    struct capture_options options = {.filter = run->filter,
            .max_frames = run->max_packets > 0 ? run->max_packets - r->result->packets : 0,
            .on_bytes = r->hasher != NULL ? on_bytes : NULL,
            .lend = r->hasher != NULL ? lend : NULL,
            .on_reuse = on_reuse,
            .ctx = r};
    r->input = (uint32_t)i;
    r->now = r->vantages[i] != NULL ? r->vantages[i] : vantage_new(r);
    if (!capture_open(in->path, &options, &capture, &err)) {
        char unused[65];
        if (r->hasher != NULL)
            hasher_end(r->hasher, unused);
        run_notice(r->o->run, "%s", err.text);
        r->result->n_broken++;
        r->vantages[i] = NULL;
        end_epoch(r, true);
        tell_broken(r, i, &err);
        vantage_end(r, r->now);
        return;
    }
    enum capture_result how = read_frames(r, capture, &err);
    finish_input(r, i, capture, how, &err);
    capture_close(capture);
}

void reader_run(
        const struct reader_options *o, struct run_result *result, struct reader_result *counts)
{
    const struct inputs *in = o->run->inputs;
    struct reader r = {.o = o, .result = result, .counts = counts};
    r.vantages = xcalloc(in->n + 1, sizeof *r.vantages);
    for (size_t i = 0; i < in->n; i++)
        if (!o->is_skipped[i])
            r.bytes_total += in->items[i].size;
    size_t i = 0;
    for (; i < in->n && !is_enough(&r) && !analyst_has_failed(o->analyst); i++)
        if (!o->is_skipped[i])
            read_input(&r, i);
    for (; i < in->n; i++) /* a vantage that waits for an input which is not read any more */
        if (r.vantages[i] != NULL) {
            r.now = r.vantages[i];
            end_epoch(&r, true);
            vantage_end(&r, r.now);
        }
    xfree(r.vantages);
}
