/* What the analyst does each minute when the capture is live, and each hour: what is remembered and
 * counted is written, the capture is judged as if it had been a file, who watches is told. */
#include <time.h>

#include "base/now.h"
#include "base/slot.h"
#include "engine/analyst_internal.h"
#include "engine/checkpoint.h"
#include "engine/live_input.h"
#include "engine/record.h"
#include "store/life.h"
#include "store/remember.h"

#define HOUR_US (60 * MINUTE_US)
#define SECOND_US INT64_C(1000000)

/* Findings that are kept from hour to hour; the database has all. */
enum { FINDINGS_KEPT = FINDINGS_CAP / 4 };

static bool write_taken(struct analyst *a, struct err *err)
{
    struct analyst_live *l = &a->live;
    if (l->datagrams == NULL)
        return true;
    if (!record_unanalysed(l->datagrams, a->o.store, &l->datagrams_dropped, err))
        return false;
    unanalysed_free(l->datagrams);
    l->datagrams = NULL;
    return true;
}

/* While the database waits, the lanes keep them. */
static bool write_datagrams(struct analyst *a, struct err *err)
{
    const struct analyst_watch *w = a->o.watch;
    bool is_ok = write_taken(a, err);
    for (unsigned i = 0; i < w->n_lanes && !a->live.is_waiting && is_ok; i++)
        while (is_ok && (a->live.datagrams = w->datagrams(w->ctx, i)) != NULL)
            is_ok = write_taken(a, err);
    return is_ok;
}

static bool write_counts(struct analyst *a, const struct watch_counts *c, struct err *err)
{
    struct store_losses lost;
    store_losses(a->o.store, &lost);
    const struct record_counts counts = {.packets = c->packets,
            .flows = c->flows,
            .clock_jumps = c->clock_jumps,
            .capped = a->result.capped};
    const struct counter counters[] = {
            {"packets-received", c->received},
            {"packets-analysed", c->analysed},
            {"packets-skipped", c->skipped},
            {"packets-dropped-kernel", c->kernel_drops},
            {"packets-dropped-interface", c->interface_drops},
            {"packets-dropped-own", c->own_drops},
            {"packets-in-tunnels", c->tunnelled},
            {"rows-lost", lost.rows},
            {"updates-lost", lost.updates + a->live.refused},
            {"late-ends-lost", lost.late_ends},
            {"segments-removed", a->live.segments_removed},
            {"segments-not-removed", lost.segments_not_removed},
            {"segments-damaged", lost.segments_damaged},
            {"handshakes-not-verified", a->live.not_verified},
            {"certificates-not-stored", certs_not_stored(a->certs)},
            {"certificates-without-names", certs_nameless(a->certs)},
    };
    return (a->o.watch->keep == NULL || keep_live_counters(a->o.watch->keep, a->o.store, err)) &&
           record_counts(&counts, a->o.store, err) &&
           store_counters(a->o.store, counters, sizeof counters / sizeof *counters, err);
}

/* Ends a row of the capture. */
static void end_row(struct analyst *a, const struct watch_counts *c, int64_t minute_us)
{
    struct store_losses lost;
    store_losses(a->o.store, &lost);
    const struct capture_counts now = {
            .n = {[CAPTURE_received] = c->received,
                    [CAPTURE_analysed] = c->analysed,
                    [CAPTURE_skipped] = c->skipped,
                    [CAPTURE_kernel_drops] = c->kernel_drops,
                    [CAPTURE_interface_drops] = c->interface_drops,
                    [CAPTURE_own_drops] = c->own_drops,
                    [CAPTURE_waiting] = c->waiting,
                    [CAPTURE_gaps] = c->flows.gaps,
                    [CAPTURE_gap_bytes] = c->flows.gap_bytes,
                    [CAPTURE_evicted_flows] = c->flows.evicted_flows,
                    [CAPTURE_evicted_syns] = c->flows.evicted_syns,
                    [CAPTURE_capped_buffers] = c->flows.capped_buffers,
                    [CAPTURE_fragments_dropped] = c->packets.fragments_dropped,
                    [CAPTURE_truncated] = c->truncated,
                    [CAPTURE_handshakes] = a->result.handshakes,
                    [CAPTURE_handshakes_capped] = a->result.capped,
                    [CAPTURE_handshakes_not_verified] = a->live.not_verified,
                    [CAPTURE_certificates_not_stored] = certs_not_stored(a->certs),
                    [CAPTURE_certificates_without_names] = certs_nameless(a->certs),
                    [CAPTURE_rows_lost] = lost.rows,
                    [CAPTURE_updates_lost] = lost.updates + a->live.refused,
                    [CAPTURE_late_ends_lost] = lost.late_ends}};
    capture_rows_add(&a->live.rows, minute_us, &now);
}

/* As far as the latest minutes tell; they are more than an hour. */
static void note_drop_times(struct analyst *a, struct input_facts *in, int64_t now_us)
{
    a->o.watch->losses(a->o.watch->ctx, &a->live.losses); /* also what came while it ended */
    struct losses_minute m = losses_sum(&a->live.losses, a->live.judged_us, now_us + MINUTE_US);
    in->has_drop_times = m.drops > 0;
    in->drops_from_us = m.first_us;
    in->drops_to_us = m.last_us;
    a->live.judged_us = now_us;
}

/* The capture of the hour, as if it had been a file. */
static void judge_capture(struct analyst *a, const struct watch_counts *c, int64_t now_us)
{
    const struct watch_counts *before = &a->live.judged;
    struct input_facts in = {.path = a->o.watch->name,
            .vantage = a->vantage,
            .vantage_id = a->vantage_id,
            .index = a->judge.input,
            .frames = c->frames - before->frames,
            .truncated = c->truncated - before->truncated,
            .drops = watch_drops(c) - watch_drops(before),
            .has_drops = true,
            .first_us = before->last_us != TIME_NONE && before->frames > 0 ? before->last_us
                                                                           : c->first_us,
            .last_us = now_us};
    if (in.first_us > now_us)
        in.first_us = now_us; /* the clock was set back */
    if (in.frames == 0)
        return;
    note_drop_times(a, &in, now_us);
    coverages_input(&a->coverages, &in);
    analyst_judge_vantages(a);
    coverages_fini(&a->coverages);
    a->live.judged = *c;
}

void analyst_judge_rest(struct analyst *a)
{
    struct watch_counts c;
    a->o.watch->counts(a->o.watch->ctx, &c);
    judge_capture(a, &c, a->live.end_us != 0 ? a->live.end_us : c.last_us);
}

static bool each_hour(
        struct analyst *a, const struct watch_counts *c, int64_t now_us, struct err *err)
{
    /* What stands in the way of forgetting is written first; the capture gives news each hour. */
    findings_each(a->findings, analyst_write_finding, a);
    findings_forget(a->findings, FINDINGS_KEPT);
    judge_capture(a, c, now_us);
    return store_count_open_anew(a->o.store, err) && analyst_compare(a, err);
}

static void tell_minute(struct analyst *a, const struct watch_counts *c, int64_t at_us)
{
    const struct watch_options *w = a->o.watch->options;
    struct watch_minute m = {.at_us = at_us,
            .counts = *c,
            .handshakes = a->result.handshakes,
            .duplicates = a->result.duplicates,
            .capped = a->result.capped,
            .not_verified = a->live.not_verified,
            .certs_not_stored = certs_not_stored(a->certs),
            .certs_nameless = certs_nameless(a->certs),
            .is_waiting = a->live.is_waiting,
            .segments_removed = a->live.segments_removed};
    struct err unused;
    for (int i = 0; i < OUTCOME_COUNT; i++) {
        m.succeeded += outcome_is_success((enum outcome)i) ? a->result.outcomes[i] : 0;
        m.failed += outcome_is_failure((enum outcome)i) ? a->result.outcomes[i] : 0;
    }
    store_losses(a->o.store, &m.lost);
    m.lost.updates += a->live.refused;
    (void)store_open_by_severity(a->o.store, m.open_findings, &unused);
    if (w->on_minute != NULL)
        w->on_minute(w->run.ctx, &m);
}

/* Who looks while it goes on, or after it was killed, sees how far it got. */
static bool write_input(
        struct analyst *a, const struct watch_counts *c, int64_t now_us, struct err *err)
{
    struct analyst_live *l = &a->live;
    if (l->is_begin_due || l->is_waiting)
        return true;
    live_input_fill(&l->input, &l->input_from, c, now_us);
    l->input_told = *c;
    l->told_us = now_of(CLOCK_MONOTONIC);
    return store_input_so_far(a->o.store, &l->input, err);
}

bool analyst_tell_input(struct analyst *a, int64_t now_us, struct err *err)
{
    struct watch_counts c;
    if (now_of(CLOCK_MONOTONIC) - a->live.told_us < SECOND_US)
        return true;
    a->o.watch->counts(a->o.watch->ctx, &c);
    return !live_input_is_news(&a->live.input_told, &c) || write_input(a, &c, now_us, err);
}

/* What fails is kept; the next minute writes it. */
static bool write_minute(
        struct analyst *a, const struct watch_counts *c, int64_t now_us, struct err *err)
{
    int64_t hour_us = slot_start(now_us, HOUR_US);
    bool is_hour = a->live.hour_us != 0 && hour_us != a->live.hour_us;
    if (is_hour && !each_hour(a, c, now_us, err))
        return false;
    a->live.hour_us = hour_us;
    return capture_rows_write(&a->live.rows, a->o.store, err) &&
           (a->live.reloaded_us != 0 || verifier_store(a->o.verifier, a->o.store, err)) &&
           analyst_checkpoint(a, now_us, err) && write_datagrams(a, err) &&
           write_counts(a, c, err) && write_input(a, c, now_us, err) &&
           checkpoint_prune(a->history, a->o.store, &a->live.next_topic, err);
}

/* before_us: start of the minute that is over. Who watches is told it whether it could be written
 * or not. */
bool analyst_each_minute(struct analyst *a, int64_t before_us, int64_t now_us, struct err *err)
{
    struct watch_counts c;
    if (!store_is_there(a->o.store, err))
        return false;
    a->o.watch->counts_at(a->o.watch->ctx, slot_start(now_us, MINUTE_US), &c);
    end_row(a, &c, before_us);
    if (!write_minute(a, &c, now_us, err) && !store_is_waiting(a->o.store))
        return false;
    if (!analyst_flush(a, err))
        return false;
    tell_minute(a, &c, slot_start(now_us, MINUTE_US));
    return true;
}

bool analyst_last(struct analyst *a, struct err *err)
{
    struct watch_counts c;
    int64_t now_us = now_of(CLOCK_REALTIME);
    a->o.watch->counts(a->o.watch->ctx, &c);
    end_row(a, &c, slot_start(now_us, MINUTE_US));
    if (!analyst_keep_tick(a, a->live.minute_us, true, err) || !write_datagrams(a, err) ||
            !capture_rows_write(&a->live.rows, a->o.store, err) || !write_counts(a, &c, err) ||
            !analyst_flush(a, err))
        return false;
    tell_minute(a, &c, now_us);
    return true;
}
