#include "engine/lane.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/alloc.h"
#include "base/now.h"
#include "engine/clock.h"
#include "model/handshake.h"

enum {
    WAIT_MS = 50,
    FRAMES_AT_ONCE = 4096,
    SETTLE_US = 2 * LIVE_HANDOVER_MS * 1000, /* after which an idle ring has given what is older */
    JUMP_US = 2000000, /* by which packet time may be ahead of the steady clock */
    LATE_US = 2000000, /* likewise one that keeps up, if its clock went back */
};

struct lane {
    struct lane_options o;
    struct pool *pool;
    struct decoder *decoder;
    struct packet_clock clock;
    pthread_t thread;
    struct pulse pulse;
    uint64_t beat;    /* the next one */
    struct beat last; /* the one before */
    uint32_t input;   /* of the packets to come */
    uint64_t numbers; /* packets of the input so far */
    int64_t ts_us;    /* of the latest packet */
    bool is_over;
    struct lane_counts counts;
    struct unanalysed *unanalysed;
    pthread_mutex_t mutex; /* of what follows */
    struct lane_counts shown;
    struct unanalysed *ready;
    bool is_wanted; /* somebody waits for datagrams */
    bool is_joined;
};

/* Makes the counts and the datagrams of the epoch visible to other threads. */
static void show(struct lane *l)
{
    l->counts.clock_jumps = l->clock.n_jumps;
    l->counts.packets = *decoder_counters(l->decoder);
    l->counts.flows = pool_counters(l->pool);
    (void)pthread_mutex_lock(&l->mutex);
    l->shown = l->counts;
    if (l->is_wanted && l->ready == NULL) {
        l->ready = l->unanalysed;
        l->unanalysed = unanalysed_next(l->ready);
        l->is_wanted = false;
    }
    (void)pthread_mutex_unlock(&l->mutex);
}

/* has_ended: what is open ends, but more may follow unless is_last. */
static void end_epoch_as(struct lane *l, int64_t now_us, bool has_ended, bool is_last)
{
    show(l);
    pool_end_epoch(l->pool, 0, l->clock.now_us, has_ended);
    if (l->o.on_epoch != NULL)
        l->o.on_epoch(l->o.ctx, now_us, is_last);
}

static void end_epoch(struct lane *l, int64_t now_us, bool is_last)
{
    end_epoch_as(l, now_us, is_last, is_last);
}

/* Whether packet time went on by more since the latest beat than time did, which the beat to come
 * tells, or the steady clock: the clock was set forward, or the machine slept. Once for each. */
static bool has_jumped(const struct lane *l, int64_t ts_us)
{
    struct beat next;
    if (l->beat == 0 || ts_us - l->clock.last_us <= JUMP_US || ts_us - l->last.end_us <= JUMP_US)
        return false;
    int64_t steady_us =
            beats_get(l->o.beats, l->beat, &next) ? next.said_us : now_of(CLOCK_MONOTONIC);
    return ts_us - l->last.end_us > steady_us - l->last.said_us + JUMP_US;
}

/* The times of a clock that was ahead are forgotten. */
static void follow(struct lane_counts *c, int64_t now_us)
{
    if (c->last_us > now_us)
        c->last_us = now_us;
    if (c->first_us > now_us)
        c->first_us = now_us;
}

/* The clock was set, or the machine slept: what was open then was not silent, it was not watched,
 * and nobody knows how long it took. */
static void step(struct lane *l, int64_t ts_us, bool is_back)
{
    if (is_back)
        follow(&l->counts, ts_us);
    if (is_back || has_jumped(l, ts_us) || clock_has_paused(&l->clock, ts_us)) {
        if (l->o.pool.n_workers > 1)
            end_epoch_as(l, TIME_NONE, true, false);
        else
            pool_cut(l->pool, 0);
    }
    (void)clock_step(&l->clock, ts_us);
}

static void take_beat(struct lane *l, const struct beat *b)
{
    if (!b->is_last)
        step(l, b->end_us, l->beat > 0 && b->end_us < l->last.end_us);
    l->last = *b;
    l->counts.n_beats = ++l->beat;
    end_epoch(l, b->end_us, b->is_last);
    l->is_over = b->is_last;
    if (b->input != l->input)
        l->numbers = 0;
    l->input = b->input;
}

/* Beats that the packet's time is past. */
static void take_beats_before(struct lane *l, int64_t ts_us)
{
    struct beat b;
    while (beats_get(l->o.beats, l->beat, &b) && !b.is_last && ts_us >= b.end_us)
        take_beat(l, &b);
}

static void count_frame(struct lane *l, const struct frame *f)
{
    struct lane_counts *c = &l->counts;
    if (c->frames++ == 0) {
        c->first_us = c->last_us = f->ts_us;
        c->link_type = f->link_type;
    }
    c->bytes += f->data.n;
    c->truncated += f->data.n < f->wire_len;
    c->first_us = f->ts_us < c->first_us ? f->ts_us : c->first_us;
    c->last_us = f->ts_us > c->last_us ? f->ts_us : c->last_us;
}

static void on_frame(void *ctx, const struct frame *frame)
{
    struct lane *l = ctx;
    struct packet p;
    struct frame f = *frame;
    take_beats_before(l, f.ts_us);
    l->ts_us = f.ts_us;
    count_frame(l, &f);
    f.number = l->numbers++ * l->o.n + l->o.number + 1;
    step(l, f.ts_us, clock_is_set_back(&l->clock, f.ts_us));
    enum packet_result result = packet_decode(l->decoder, &f, &p);
    if (result == PACKET_OK || result == PACKET_FRAGMENT)
        l->counts.analysed++;
    else
        l->counts.skipped++;
    if (result == PACKET_FRAGMENT && l->o.keep != NULL)
        keep_ring_fragment(l->o.keep, &p, &f);
    if (result != PACKET_OK)
        return;
    l->counts.tunnelled += p.tunnels > 0;
    if (p.transport != PACKET_TCP) {
        unanalysed_packet(l->unanalysed, &p);
        return;
    }
    p.input = l->input;
    if (l->o.keep != NULL) {
        p.flow = flow_hash(&p);
        keep_ring_add(l->o.keep, &p, &f);
    }
    pool_packet(l->pool, 0, &p, l->clock.now_us);
    pool_flush(l->pool); /* its bytes are gone after this call */
    /* Packets that were copied take room: an epoch of one lane may end early. */
    if (l->o.pool.n_workers > 1 && pool_is_full(l->pool))
        end_epoch(l, TIME_NONE, false);
}

/* Whether nothing can come from before the beat any more. A lane that was held up has older packets
 * in its ring for long: only their times tell how far it is. */
static bool is_due(const struct lane *l, const struct beat *b, bool is_idle)
{
    if (b->is_last)
        return is_idle && live_is_drained(l->o.live);
    int64_t age_us = now_of(CLOCK_MONOTONIC) - b->said_us;
    bool keeps_up = now_of(CLOCK_REALTIME) - l->ts_us < LATE_US;
    return (is_idle && age_us >= SETTLE_US) || (keeps_up && age_us >= LATE_US);
}

static void take_beats_due(struct lane *l, bool is_idle)
{
    struct beat b;
    while (!l->is_over && beats_get(l->o.beats, l->beat, &b) && is_due(l, &b, is_idle))
        take_beat(l, &b);
}

static void *work(void *arg)
{
    struct lane *l = arg;
    (void)pthread_setname_np(pthread_self(), "lane");
    pulse_use(&l->pulse);
    if (l->o.pool.enter != NULL)
        l->o.pool.enter(l->o.pool.ctx);
    while (!l->is_over) {
        size_t n = live_read(l->o.live, WAIT_MS, FRAMES_AT_ONCE, on_frame, l);
        pulse_beat();
        take_beats_due(l, n == 0);
    }
    l->counts.flows = pool_stop(l->pool);
    show(l);
    pulse_end();
    return NULL;
}

struct lane *lane_new(const struct lane_options *o)
{
    struct lane *l = xcalloc(1, sizeof *l);
    l->o = *o;
    l->counts.first_us = l->counts.last_us = TIME_NONE;
    l->shown = l->counts;
    l->decoder = decoder_new();
    decoder_key_vlan(l->decoder, o->is_vlan_key);
    l->unanalysed = unanalysed_new();
    l->pool = pool_new(&o->pool);
    (void)pthread_mutex_init(&l->mutex, NULL);
    return l;
}

void lane_start(struct lane *l)
{
    if (pthread_create(&l->thread, NULL, work, l) != 0)
        abort();
}

struct ring *const *lane_results(const struct lane *l, unsigned *n)
{
    return pool_results(l->pool, n);
}

void lane_counts_of(struct lane *l, struct lane_counts *out)
{
    (void)pthread_mutex_lock(&l->mutex);
    *out = l->shown;
    (void)pthread_mutex_unlock(&l->mutex);
}

struct unanalysed *lane_take(struct lane *l)
{
    (void)pthread_mutex_lock(&l->mutex);
    struct unanalysed *u = l->ready;
    l->ready = NULL;
    l->is_wanted = true;
    if (u == NULL && l->is_joined) {
        u = l->unanalysed;
        l->unanalysed = NULL;
    }
    (void)pthread_mutex_unlock(&l->mutex);
    return u;
}

const struct pulse *lane_pulse(const struct lane *l)
{
    return &l->pulse;
}

void lane_join(struct lane *l)
{
    (void)pthread_join(l->thread, NULL);
    (void)pthread_mutex_lock(&l->mutex);
    l->is_joined = true;
    (void)pthread_mutex_unlock(&l->mutex);
}

void lane_free(struct lane *l)
{
    if (l == NULL)
        return;
    unanalysed_free(l->unanalysed);
    unanalysed_free(l->ready);
    decoder_free(l->decoder);
    pool_free(l->pool);
    (void)pthread_mutex_destroy(&l->mutex);
    xfree(l);
}
