/* A run on interfaces: from opening them to the last row. */
#include "engine/watch.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/map.h"
#include "base/now.h"
#include "base/text.h"
#include "capture/fanout.h"
#include "engine/analyst.h"
#include "engine/lane.h"
#include "engine/live_input.h"
#include "engine/minutes.h"
#include "engine/notice.h"
#include "engine/record.h"
#include "engine/reloader.h"
#include "engine/signals.h"
#include "engine/tally.h"
#include "engine/warden.h"
#include "store/capture.h"

enum {
    BEAT_MS = 250,
    QUEUE = 8,           /* epochs that wait for the analyst: what is more waits in the ring */
    INPUTS_MOST = 65536, /* of one run */
    START_MS = 2000,     /* until lanes take packets in */
    STEP_US = 1000000,   /* by which the clock may be set back while beats just wait for it */
    RELOAD_US = 3000000, /* that the end waits for a reload */
    VANTAGE_BITS = 22,
};

/* Packets of an input have numbers of 32 bits; a new input begins well before. */
#define INPUT_PACKETS (UINT64_C(1) << 31)
#define INPUT_US (INT64_C(86400) * 1000000)

struct watch {
    const struct watch_options *o;
    struct store *store;
    struct fanout *fanout;
    struct live *live[POOL_MOST];
    struct lane *lanes[POOL_MOST];
    unsigned n; /* lanes */
    struct tally tally;
    struct beats *beats;
    uint64_t n_beats;
    struct analyst *analyst;
    struct analyst_watch for_analyst;
    struct keep_ring *rings[POOL_MOST]; /* with --evidence, of the lanes */
    struct keep_live *keep;
    struct ring *results[POOL_MOST];
    int64_t *input_ids;
    bool *is_again;
    struct text name; /* of the interfaces, for the record */
    int64_t vantage_id;
    uint32_t input; /* being captured */
    int64_t input_from_us;
    struct watch_counts input_from; /* counts when it began */
    uint64_t lane_from[POOL_MOST];  /* frames of each lane when it began */
    int64_t last_end_us;            /* of the latest beat */
    int signals;                    /* descriptor that gives them */
    bool is_stopping;
    int patience; /* signals to stop that may still come before the program ends at once */
    struct warden warden;
    struct reloader *reloader;
    bool was_lost[LIVE_INTERFACES];
};

/* In any thread. */
static void counts(void *ctx, struct watch_counts *out)
{
    const struct watch *w = ctx;
    tally_counts(&w->tally, out);
}

static void counts_at(void *ctx, int64_t minute_us, struct watch_counts *out)
{
    struct watch *w = ctx;
    tally_minute(&w->tally, minute_us, out);
}

static void losses(void *ctx, struct losses *out)
{
    struct watch *w = ctx;
    tally_losses(&w->tally, out);
}

static struct unanalysed *datagrams(void *ctx, unsigned i)
{
    const struct watch *w = ctx;
    return lane_take(w->lanes[i]);
}

static void enter_worker(void *ctx)
{
    const struct watch *w = ctx;
    if (w->o->enter != NULL)
        w->o->enter(w->o->run.ctx, WATCH_LANE);
}

/* Lane 0 says when an epoch is over: then each lane has pushed, or will push, its batch. */
static void on_epoch(void *ctx, int64_t now_us, bool is_last)
{
    struct watch *w = ctx;
    struct control *c = xcalloc(1, sizeof *c);
    c->kind = CONTROL_EPOCH;
    c->vantage_id = w->vantage_id;
    c->is_last = is_last;
    c->now_us = now_us;
    analyst_tell(w->analyst, c);
}

static bool open_lanes(struct watch *w, struct err *err)
{
    const struct watch_options *o = w->o;
    w->fanout = fanout_new(o->n_interfaces);
    w->n = o->is_one_socket || o->run.n_workers == 0 ? 1 : o->run.n_workers;
    if (w->n > POOL_MOST)
        w->n = POOL_MOST;
    for (unsigned i = 0; i < w->n; i++) {
        const struct live_options live = {.interfaces = o->interfaces,
                .n_interfaces = o->n_interfaces,
                .lane = i,
                .n_lanes = w->n,
                .fanout = w->fanout,
                .ring_bytes = o->ring_bytes,
                .snap_len = o->snap_len,
                .is_promiscuous = o->is_promiscuous,
                .filter = o->run.filter};
        if (!live_open(&live, &w->live[i], err))
            return false;
    }
    return true;
}

static void make_keep(struct watch *w)
{
    for (unsigned i = 0; i < w->n; i++)
        w->rings[i] = keep_ring_new(NULL);
    w->keep = keep_live_new(&(struct keep_live_options){.run = &w->o->run,
            .name = text_str(&w->name),
            .rings = w->rings,
            .n_rings = w->n,
            .snap_len = w->o->snap_len > 0 ? (uint32_t)w->o->snap_len : LIVE_SNAP_LEN});
}

static void make_lanes(struct watch *w)
{
    const struct run_options *run = &w->o->run;
    if (run->evidence != NULL)
        make_keep(w);
    for (unsigned i = 0; i < w->n; i++) {
        const struct lane_options o = {.live = w->live[i],
                .is_vlan_key = run->is_vlan_key,
                .beats = w->beats,
                .number = i,
                .n = w->n,
                .pool = {.n_workers = w->n > 1 ? 1 : run->n_workers,
                        .label = run->app_label,
                        .max_flows = POOL_FLOWS / w->n,
                        .queue = QUEUE,
                        .enter = enter_worker,
                        .ctx = w},
                .keep = w->rings[i],
                .on_epoch = i == 0 ? on_epoch : NULL,
                .ctx = w};
        w->lanes[i] = lane_new(&o);
    }
}

/* What stands in the database for a stretch of the capture. */
static struct input_facts facts_of(const struct watch *w, uint32_t index, int64_t from_us)
{
    const int64_t key[2] = {from_us, index};
    return (struct input_facts){.index = index,
            .path = text_str(&w->name),
            .quick_hash = hash_fixed(key, sizeof key) ^ hash_fixed(w->name.s, w->name.n),
            .vantage_id = w->vantage_id,
            .first_us = TIME_NONE,
            .last_us = TIME_NONE,
            .is_live = true,
            .from_us = from_us};
}

static void start_analyst(struct watch *w)
{
    const struct run_options *run = &w->o->run;
    unsigned n = 0;
    for (unsigned i = 0; i < w->n; i++) {
        unsigned of_lane;
        struct ring *const *rings = lane_results(w->lanes[i], &of_lane);
        for (unsigned k = 0; k < of_lane && n < POOL_MOST; k++)
            w->results[n++] = rings[k];
    }
    w->for_analyst = (struct analyst_watch){.options = w->o,
            .name = text_str(&w->name),
            .counts = counts,
            .counts_at = counts_at,
            .losses = losses,
            .datagrams = datagrams,
            .n_lanes = w->n,
            .keep = w->keep,
            .input = facts_of(w, 0, w->input_from_us),
            .ctx = w};
    w->for_analyst.input.id = w->input_ids[0];
    const struct analyst_options o = {.store = w->store,
            .results = w->results,
            .n_results = n,
            .input_ids = w->input_ids,
            .is_again = w->is_again,
            .has_at = run->has_at,
            .at_us = run->at_us,
            .app_label = run->app_label,
            .verifier = run->verifier,
            .policy = run->policy,
            .inventory = run->inventory,
            .watch = &w->for_analyst};
    w->analyst = analyst_start(&o);
}

static uint64_t frames_of(struct watch *w, unsigned lane)
{
    struct lane_counts c;
    lane_counts_of(w->lanes[lane], &c);
    return c.frames;
}

/* The highest number of a packet of the input so far, or a little more: each lane gives every n-th
 * number, and one of them may have all the packets. */
static uint64_t highest_number(struct watch *w)
{
    uint64_t most = 0;
    for (unsigned i = 0; i < w->n; i++) {
        uint64_t n = frames_of(w, i) - w->lane_from[i];
        most = n > most ? n : most;
    }
    return most * w->n;
}

static void tell_end(struct watch *w)
{
    struct watch_counts c;
    struct control *control = xcalloc(1, sizeof *control);
    counts(w, &c);
    control->kind = CONTROL_INPUT_END;
    control->input = facts_of(w, w->input, w->input_from_us);
    live_input_fill(&control->input, &w->input_from, &c, now_of(CLOCK_REALTIME));
    w->input_from = c;
    for (unsigned i = 0; i < w->n; i++)
        w->lane_from[i] = frames_of(w, i);
    analyst_tell(w->analyst, control);
}

/* Numbers of packets begin anew with each input, so that ids of connections stay apart. */
static void begin_input(struct watch *w, int64_t now_us)
{
    struct control *c = xcalloc(1, sizeof *c);
    tell_end(w);
    w->input++;
    w->input_from_us = now_us;
    c->kind = CONTROL_INPUT_BEGIN;
    c->input = facts_of(w, w->input, now_us);
    c->from = w->input_from;
    analyst_tell(w->analyst, c);
}

static bool is_lagging(struct watch *w)
{
    for (unsigned i = 0; i < w->n; i++) {
        struct lane_counts c;
        lane_counts_of(w->lanes[i], &c);
        if (w->n_beats - c.n_beats >= BEATS_KEPT - 2)
            return true;
    }
    return false;
}

/* Both at one moment: lanes tell from them whether the clock was set. */
static int64_t read_clocks(int64_t *steady_us)
{
    int64_t now_us = 0;
    for (int i = 0; i < 5; i++) {
        *steady_us = now_of(CLOCK_MONOTONIC);
        now_us = now_of(CLOCK_REALTIME);
        if (now_of(CLOCK_MONOTONIC) - *steady_us < STEP_US / 4)
            break;
    }
    return now_us;
}

static void beat(struct watch *w, bool is_last)
{
    int64_t steady_us = 0;
    int64_t now_us = now_of(CLOCK_REALTIME);
    if (is_lagging(w)) {
        tally_look(&w->tally, now_us);
        return;
    }
    if (now_us < w->input_from_us)
        w->input_from_us = now_us;
    bool is_due = highest_number(w) >= INPUT_PACKETS || now_us - w->input_from_us >= INPUT_US;
    if (is_due && !is_last && w->input + 1 < INPUTS_MOST)
        begin_input(w, now_us);
    now_us = read_clocks(&steady_us); /* last: what came before it may have taken a while */
    /* A clock that is set right waits a moment; one that was wrong by more is followed, or nothing
     * would be due until it is there again. */
    if (now_us < w->last_end_us && now_us >= w->last_end_us - STEP_US)
        now_us = w->last_end_us;
    w->last_end_us = now_us;
    tally_look(&w->tally, now_us);
    const struct beat b = {
            .end_us = now_us, .said_us = steady_us, .input = w->input, .is_last = is_last};
    beats_say(w->beats, &b);
    w->n_beats++;
}

/* The first look only tells: by the next one every lane has noticed. */
static void reopen(struct watch *w, size_t i)
{
    struct err why = {.text = ""};
    bool is_lost = false, was_lost = w->was_lost[i];
    for (unsigned k = 0; k < w->n; k++)
        is_lost |= live_is_lost(w->live[k], i, &why);
    if (!is_lost)
        return;
    w->was_lost[i] = true;
    if (!was_lost)
        run_notice(&w->o->run, "%s; it is opened again when it comes back", why.text);
    for (unsigned k = 0; k < w->n; k++)
        if (!was_lost || !live_reopen(w->live[k], i, &why))
            return;
    w->was_lost[i] = false;
    run_notice(&w->o->run, "%s: is back", w->o->interfaces[i]);
}

static void say_status(struct watch *w)
{
    struct watch_counts c;
    uint64_t handshakes, findings;
    counts(w, &c);
    analyst_progress(w->analyst, &handshakes, &findings);
    run_notice(&w->o->run,
            "%llu packets received, %llu analysed, %llu skipped, %llu waiting, %llu dropped by the "
            "kernel, %llu by tlswire; before that %llu by interfaces; %u of %u interfaces up; %llu "
            "handshakes, %llu findings",
            (unsigned long long)c.received, (unsigned long long)c.analysed,
            (unsigned long long)c.skipped, (unsigned long long)c.waiting,
            (unsigned long long)c.kernel_drops, (unsigned long long)c.own_drops,
            (unsigned long long)c.interface_drops, c.interfaces_up, c.interfaces,
            (unsigned long long)handshakes, (unsigned long long)findings);
}

static void take_signal(struct watch *w, int number)
{
    if (number == SIGUSR1) {
        say_status(w);
    } else if (number == SIGHUP) {
        if (w->o->reopen != NULL)
            w->o->reopen(w->o->run.ctx);
        reloader_ask(w->reloader);
    } else {
        w->is_stopping = true; /* another one ends it at once: see drain */
        w->patience = 0;
    }
}

static void wait_until(struct watch *w, int64_t until_us)
{
    int number = signals_wait(w->signals, until_us);
    if (number != 0)
        take_signal(w, number);
}

/* What comes before every lane takes packets in is not seen: whoever waits is told after that. */
static void wait_for_lanes(struct watch *w)
{
    int64_t until_us = now_of(CLOCK_MONOTONIC) + START_MS * 1000;
    for (unsigned i = 0; i < w->n && !w->is_stopping;) {
        if (live_is_taking(w->live[i]) || now_of(CLOCK_MONOTONIC) > until_us)
            i++;
        else
            wait_until(w, now_of(CLOCK_MONOTONIC) + 5000);
    }
}

static void capture(struct watch *w)
{
    int64_t start_us = now_of(CLOCK_MONOTONIC);
    int64_t next_us = start_us + BEAT_MS * 1000;
    int64_t second_us = start_us;
    while (!w->is_stopping && !analyst_has_failed(w->analyst)) {
        int64_t now_us = now_of(CLOCK_MONOTONIC);
        if (now_us >= next_us) {
            beat(w, false);
            for (size_t i = 0; i < w->o->n_interfaces; i++)
                reopen(w, i);
            next_us = now_us + BEAT_MS * 1000 - (now_us - next_us) % (BEAT_MS * 1000);
        }
        if (now_us - second_us >= 1000000) {
            live_look(w->live[0]);
            warden_look(&w->warden);
            second_us = now_us;
        }
        reloader_look(w->reloader, w->analyst);
        if (w->o->duration_us > 0 && now_us - start_us >= w->o->duration_us)
            break;
        wait_until(w, next_us);
    }
    w->is_stopping = true;
}

static bool keeps_up(void *ctx)
{
    struct watch *w = ctx;
    return !is_lagging(w);
}

static bool lanes_are_over(void *ctx)
{
    const struct watch *w = ctx;
    bool are_over = true;
    for (unsigned i = 0; i < w->n; i++)
        are_over = are_over && pulse_is_over(lane_pulse(w->lanes[i]));
    return are_over;
}

static bool analyst_is_over(void *ctx)
{
    const struct watch *w = ctx;
    return pulse_is_over(analyst_pulse(w->analyst));
}

static void drain(struct watch *w)
{
    signals_at_once(w->patience);
    if (w->o->stopping != NULL)
        w->o->stopping(w->o->run.ctx);
    for (unsigned i = 0; i < w->n; i++)
        live_stop(w->live[i]);
    warden_await(&w->warden, keeps_up, w);
    beat(w, true);
    warden_await(&w->warden, lanes_are_over, w);
    for (unsigned i = 0; i < w->n; i++)
        lane_join(w->lanes[i]);
    live_look(w->live[0]);
    tally_look(&w->tally, now_of(CLOCK_REALTIME));
    tell_end(w);
    analyst_close(w->analyst);
    warden_await(&w->warden, analyst_is_over, w);
}

static bool begin(struct watch *w, struct err *err)
{
    struct input_facts in;
    bool was_known;
    for (size_t i = 0; i < w->o->n_interfaces; i++)
        text_addf(&w->name, "%s%s", i > 0 ? "," : "", w->o->interfaces[i]);
    w->vantage_id = (INT64_C(1) << VANTAGE_BITS) |
                    (int64_t)(hash_fixed(w->name.s, w->name.n) >> (64 - VANTAGE_BITS));
    w->input_from_us = now_of(CLOCK_REALTIME);
    w->last_end_us = w->input_from_us;
    tally_begin(&w->tally, w->lanes, w->live, w->n, w->o->n_interfaces, w->input_from_us);
    w->input_from = (struct watch_counts){.first_us = TIME_NONE, .last_us = TIME_NONE};
    in = facts_of(w, 0, w->input_from_us);
    /* Rules look at windows of an hour, which may have begun before this run. */
    int64_t since_us = w->input_from_us - LOSSES_MINUTES * MINUTE_US;
    return store_capture_losses(w->store, since_us, &w->tally.losses, err) &&
           record_run(&w->o->run, w->store, err) &&
           verifier_store(w->o->run.verifier, w->store, err) &&
           store_input_id(w->store, in.quick_hash, "", &in.id, &was_known, err) &&
           (w->input_ids[0] = in.id, store_begin_input(w->store, &in, err)) &&
           store_flush(w->store, err);
}

static void fill(struct run_result *result, const struct watch_counts *c, size_t n_interfaces)
{
    result->n_inputs = result->n_read = n_interfaces;
    result->packets = c->frames;
    result->bytes = c->bytes;
    result->first_us = c->first_us;
    result->last_us = c->last_us;
}

static int run(struct watch *w, struct run_result *result, struct err *err)
{
    struct watch_counts c;
    if (w->o->enter != NULL)
        w->o->enter(w->o->run.ctx, WATCH_CONTROL);
    make_lanes(w);
    start_analyst(w);
    if (w->o->reload != NULL)
        w->reloader = reloader_start(w->o);
    for (unsigned i = 0; i < w->n; i++)
        lane_start(w->lanes[i]);
    warden_begin(&w->warden, w->o, w->analyst, w->lanes, w->n);
    wait_for_lanes(w);
    if (w->o->ready != NULL)
        w->o->ready(w->o->run.ctx);
    capture(w);
    drain(w);
    counts(w, &c);
    bool is_ok = analyst_finish(w->analyst, result, err) && store_end_run(w->store, 0, err);
    fill(result, &c, w->o->n_interfaces);
    if (w->keep != NULL)
        keep_live_result(w->keep, result);
    return is_ok ? 0 : 4;
}

static void close_all(struct watch *w)
{
    for (unsigned i = 0; i < w->n; i++) {
        lane_free(w->lanes[i]);
        live_close(w->live[i]);
        keep_ring_free(w->rings[i]);
    }
    fanout_free(w->fanout);
    keep_live_free(w->keep);
    beats_free(w->beats);
    text_fini(&w->name);
    xfree(w->input_ids);
    xfree(w->is_again);
    store_close(w->store);
    if (w->signals >= 0)
        (void)close(w->signals);
}

int run_watch(const struct watch_options *o, struct run_result *result, struct err *err)
{
    struct watch w = {.o = o, .signals = -1, .patience = 1};
    int status = 1;
    *result = (struct run_result){.first_us = TIME_NONE, .last_us = TIME_NONE};
    w.beats = beats_new();
    w.input_ids = xcalloc(INPUTS_MOST, sizeof *w.input_ids);
    w.is_again = xcalloc(INPUTS_MOST, sizeof *w.is_again);
    if (open_lanes(&w, err)) {
        status = 4;
        w.signals = signals_open();
        if (store_open_watch(o->run.db, now_of(CLOCK_REALTIME), &w.store, err) && begin(&w, err)) {
            store_has_begun(w.store);
            status = run(&w, result, err);
        }
    }
    bool is_alone = reloader_stop(w.reloader, RELOAD_US);
    close_all(&w);
    if (!is_alone) { /* what it uses may not be freed, and all is written */
        run_notice(&o->run, "%s%sended before a reload was done", status != 0 ? err->text : "",
                status != 0 ? "; " : "");
        if (o->ending != NULL)
            o->ending(o->run.ctx);
        _exit(status);
    }
    return status;
}
