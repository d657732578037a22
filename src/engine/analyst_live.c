/* What the analyst does by the clock when the capture is live: rows are committed at each tick,
 * what is remembered each minute, what concerns the capture itself each hour. */
#include <string.h>
#include <time.h>

#include "base/now.h"
#include "base/slot.h"
#include "engine/analyst_internal.h"
#include "engine/checkpoint.h"
#include "engine/late.h"
#include "engine/live_input.h"
#include "engine/notice.h"
#include "engine/record.h"
#include "store/life.h"
#include "store/remember.h"

#define HOUR_US (60 * MINUTE_US)
#define SECOND_US INT64_C(1000000)

/* Moduli that are compared for shared primes each hour; with more it would hold up the capture, and
 * waits for the end of the run. */
enum { KEYS_AN_HOUR = 5000, KEYS_AT_ONCE = 50 };
/* Findings that are kept from hour to hour; the database has all. */
enum { FINDINGS_KEPT = FINDINGS_CAP / 4 };
/* At the end, for a disk that is full or another program that holds the lock, all in all: the
 * service manager waits for 90 seconds. Later locks are waited for just a moment. */
#define END_US INT64_C(20000000)
enum { WAIT_MS = 250, LOCK_MS = 50 };

/* By which packets may be later than the end of the latest epoch that has one. */
#define AHEAD_US INT64_C(10000000)
#define VERIFY_SAVED_US INT64_C(2000000)

void analyst_live_begin(struct analyst *a)
{
    a->live.aside = aside_new();
    a->live.end_us = now_of(CLOCK_REALTIME);
    a->live.latest_us = a->live.end_us + AHEAD_US;
    a->live.input = a->o.watch->input;
    a->live.input_from = a->live.input_told =
            (struct watch_counts){.first_us = TIME_NONE, .last_us = TIME_NONE};
}

bool analyst_may_verify(struct analyst *a)
{
    struct analyst_live *l = &a->live;
    if (a->o.watch == NULL)
        return true;
    l->verifying_us = now_of(CLOCK_MONOTONIC);
    l->verify_us += (l->verifying_us - l->earned_us) / 2;
    l->earned_us = l->verifying_us;
    if (l->verify_us > VERIFY_SAVED_US)
        l->verify_us = VERIFY_SAVED_US;
    l->not_verified += l->verify_us <= 0;
    return l->verify_us > 0;
}

void analyst_verified(struct analyst *a)
{
    if (a->o.watch != NULL)
        a->live.verify_us -= now_of(CLOCK_MONOTONIC) - a->live.verifying_us;
}

const struct losses *analyst_losses(const struct analyst *a)
{
    return a->o.watch != NULL ? &a->live.losses : NULL;
}

static const struct run_options *run_of(const struct analyst *a)
{
    return &a->o.watch->options->run;
}

void analyst_waits(struct analyst *a)
{
    if (!a->live.is_waiting)
        run_notice(run_of(a), "%s; the capture goes on, writing is tried again", a->err.text);
    a->live.is_waiting = true;
}

/* A disk that is full passes; the store keeps what it can until then. */
static bool flush(struct analyst *a, struct err *err)
{
    bool is_ok = store_flush(a->o.store, err);
    if (!is_ok && !store_is_waiting(a->o.store))
        return false;
    if (!is_ok)
        analyst_waits(a);
    if (is_ok && a->live.is_waiting) {
        struct store_losses lost;
        store_losses(a->o.store, &lost);
        run_notice(run_of(a), "%s: is written again; %llu rows and %llu updates were lost so far",
                run_of(a)->db, (unsigned long long)lost.rows, (unsigned long long)lost.updates);
    }
    a->live.is_waiting = !is_ok;
    return true;
}

void analyst_wait(struct analyst *a)
{
    const struct timespec moment = {.tv_nsec = WAIT_MS * 1000000L};
    int64_t now_us = now_of(CLOCK_MONOTONIC);
    if (a->live.wait_until_us == 0)
        a->live.wait_until_us = now_us + END_US;
    do {
        int64_t left_ms = (a->live.wait_until_us - now_us) / 1000;
        store_wait_for_locks(a->o.store, left_ms > LOCK_MS ? (int)left_ms : LOCK_MS);
        if (!flush(a, &a->err))
            analyst_fail(a);
        if (!a->live.is_waiting || atomic_load(&a->has_failed))
            return;
        (void)nanosleep(&moment, NULL);
        now_us = now_of(CLOCK_MONOTONIC);
    } while (now_us < a->live.wait_until_us);
    store_wait_for_locks(a->o.store, LOCK_MS);
}

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

/* All keys of the database are compared, once an hour; it takes some time to get them all. */
static bool begin_comparing(struct analyst *a, struct err *err)
{
    int64_t n = 0;
    if (!store_certificates_count(a->o.store, &n, err))
        return false;
    a->live.is_comparing = n <= KEYS_AN_HOUR && verifier_n_moduli(a->o.verifier) <= KEYS_AN_HOUR;
    return true;
}

static bool compare_keys(struct analyst *a, struct err *err)
{
    bool is_done = false;
    if (!a->live.is_comparing)
        return true;
    if (!verifier_recall(a->o.verifier, a->o.store, KEYS_AT_ONCE, &is_done, err))
        return false;
    a->live.is_comparing = !is_done;
    return !is_done || late_judge(a->o.verifier, &a->judge, a->o.store, a->o.is_again, err);
}

static bool each_hour(
        struct analyst *a, const struct watch_counts *c, int64_t now_us, struct err *err)
{
    /* What stands in the way of forgetting is written first; the capture gives news each hour. */
    findings_each(a->findings, analyst_write_finding, a);
    findings_forget(a->findings, FINDINGS_KEPT);
    judge_capture(a, c, now_us);
    return store_count_open_anew(a->o.store, err) && begin_comparing(a, err);
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

/* A new segment begins when the one before is large or old enough. */
static bool rotate(struct analyst *a, int64_t now_us, bool *is_begun, struct err *err)
{
    const struct watch_options *w = a->o.watch->options;
    int64_t age_us = store_segment_age_us(a->o.store, now_us);
    bool is_large = w->rotate_bytes > 0 && store_segment_bytes(a->o.store) >= w->rotate_bytes;
    bool is_old = w->rotate_us > 0 && age_us >= w->rotate_us;
    *is_begun = !a->live.is_waiting && (is_large || is_old);
    return !*is_begun || store_rotate(a->o.store, now_us, err) || store_is_waiting(a->o.store);
}

/* Old ones go. */
static bool retain(struct analyst *a, int64_t now_us, struct err *err)
{
    struct store_keep keep = a->o.watch->options->keep;
    uint64_t removed = 0;
    keep.now_us = now_us;
    keep.is_unsure = !wall_is_sure(&a->live.wall);
    bool has_limit = keep.segments > 0 || keep.bytes > 0 || keep.age_us > 0;
    bool is_ok = !has_limit || store_retain(a->o.store, &keep, &removed, err) ||
                 store_is_waiting(a->o.store);
    a->live.segments_removed += removed;
    return is_ok;
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

static bool tell_input(struct analyst *a, int64_t now_us, struct err *err)
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
static bool each_minute(struct analyst *a, int64_t before_us, int64_t now_us, struct err *err)
{
    struct watch_counts c;
    if (!store_is_there(a->o.store, err))
        return false;
    a->o.watch->counts_at(a->o.watch->ctx, slot_start(now_us, MINUTE_US), &c);
    end_row(a, &c, before_us);
    if (!write_minute(a, &c, now_us, err) && !store_is_waiting(a->o.store))
        return false;
    if (!flush(a, err))
        return false;
    tell_minute(a, &c, slot_start(now_us, MINUTE_US));
    return true;
}

static bool begin_input(struct analyst *a, struct err *err)
{
    struct input_facts *in = &a->live.input;
    bool was_known = false;
    if (in->id == 0 && !store_input_id(a->o.store, in->quick_hash, "", &in->id, &was_known, err))
        return false;
    a->o.input_ids[in->index] = in->id;
    return store_begin_input(a->o.store, in, err);
}

static void begin_due_input(struct analyst *a)
{
    if (!a->live.is_begin_due)
        return;
    a->live.is_begin_due = !begin_input(a, &a->err);
    if (a->live.is_begin_due)
        analyst_fail_for_now(a);
}

/* Minutes of the time that never was are not judged: their attempts are remembered no more. */
void analyst_clock(struct analyst *a, int64_t end_us)
{
    a->o.watch->losses(a->o.watch->ctx, &a->live.losses);
    if (end_us == TIME_NONE || atomic_load(&a->has_failed))
        return;
    if (end_us < a->live.end_us) {
        int64_t *now_us = analyst_now(a);
        if (*now_us > end_us)
            *now_us = end_us;
        minutes_set_back(a->minutes, a->vantage_id, end_us);
        if (!metrics_flush(a->metrics, INT64_MAX, SIZE_MAX, &a->err))
            analyst_fail_for_now(a);
    }
    a->live.end_us = end_us;
    a->live.latest_us = end_us + AHEAD_US;
    findings_now(a->findings, a->live.latest_us);
}

/* What is kept and removed by age goes by these, nothing that is judged. */
static void read_clocks(struct analyst *a)
{
    int64_t steady_us = now_of(CLOCK_BOOTTIME), wall_us = now_of(CLOCK_REALTIME);
    if (wall_look(&a->live.wall, wall_us, steady_us, now_of(CLOCK_BOOTTIME)))
        run_notice(run_of(a), "the clock was set; for an hour no segment is removed by its age");
    store_clocks(a->o.store, wall_us, steady_us);
}

static void tell_notices(struct analyst *a)
{
    struct err line;
    while (store_next_notice(a->o.store, &line))
        run_notice(run_of(a), "%s", line.text);
}

/* A little of what the inventory need not hold any more. */
static bool prune(struct analyst *a, int64_t now_us, struct err *err)
{
    int64_t keep_us = a->o.watch->options->keep_counts_us;
    int64_t before_us =
            keep_us > 0 ? forget_before(&a->live.forget, now_us, keep_us, now_of(CLOCK_MONOTONIC))
                        : TIME_NONE;
    return store_prune(a->o.store, before_us, err) || store_is_waiting(a->o.store);
}

/* After it, files are those of the new verifier. */
static void record_due_reload(struct analyst *a)
{
    struct analyst_live *l = &a->live;
    if (l->reloaded_us == 0)
        return;
    bool is_ok = record_reload(a->o.policy, l->reloaded_us, a->o.store, &a->err);
    if (is_ok)
        l->reloaded_us = 0;
    if (!is_ok || !verifier_store(a->o.verifier, a->o.store, &a->err))
        analyst_fail_for_now(a);
}

/* The clock may have been set back. */
bool analyst_tick(struct analyst *a, int64_t now_us, struct err *err)
{
    read_clocks(a);
    int64_t minute_us = slot_start(now_us, MINUTE_US);
    int64_t before_us = a->live.minute_us;
    bool is_new = before_us != 0 && minute_us != before_us;
    a->live.minute_us = minute_us;
    begin_due_input(a);
    record_due_reload(a);
    if (!analyst_minutes(a, now_us, err))
        analyst_fail(a);
    findings_each(a->findings, analyst_write_finding, a);
    if (!analyst_keep_tick(a, now_us, false, err))
        return false;
    if (!analyst_write_some(a, err) || !compare_keys(a, err) || !tell_input(a, now_us, err))
        analyst_fail_for_now(a);
    if (a->live.is_saving && !analyst_save_history(a, ANALYST_SAVED_AT_ONCE, err))
        analyst_fail_for_now(a);
    bool is_begun = false;
    bool is_ok = (!is_new || each_minute(a, before_us, now_us, err)) && flush(a, err) &&
                 rotate(a, now_us, &is_begun, err) &&
                 (!(is_new || is_begun) || retain(a, now_us, err)) && prune(a, now_us, err);
    tell_notices(a);
    return is_ok;
}

bool analyst_last(struct analyst *a, struct err *err)
{
    struct watch_counts c;
    int64_t now_us = now_of(CLOCK_REALTIME);
    a->o.watch->counts(a->o.watch->ctx, &c);
    end_row(a, &c, slot_start(now_us, MINUTE_US));
    if (!analyst_keep_tick(a, a->live.minute_us, true, err) || !write_datagrams(a, err) ||
            !capture_rows_write(&a->live.rows, a->o.store, err) || !write_counts(a, &c, err) ||
            !flush(a, err))
        return false;
    tell_minute(a, &c, now_us);
    return true;
}

void analyst_means_free(struct watch_means *m)
{
    verifier_free(m->verifier);
    inventory_free(m->inventory);
    policy_free(m->policy);
    *m = (struct watch_means){0};
}

/* What the policy gives is looked up again at each handshake; only the judge keeps answers. What
 * the verifier before remembered of keys and nonces stands in the database. */
static bool take_means(struct analyst *a, const struct watch_means *m, struct err *err)
{
    bool is_ok = a->live.reloaded_us != 0 || verifier_store(a->o.verifier, a->o.store, err);
    a->live.n_verified = analyst_counters(a, a->live.verified);
    a->o.policy = m->policy;
    a->o.inventory = m->inventory;
    a->o.verifier = m->verifier;
    judge_reload(&a->judge, m->policy);
    services_reload(a->services, m->policy);
    analyst_means_free(&a->own);
    a->own = *m;
    a->live.reloaded_us = now_of(CLOCK_REALTIME);
    record_due_reload(a);
    return is_ok;
}

void analyst_change(struct analyst *a, struct control *c)
{
    if (c->kind == CONTROL_MEANS) {
        if (!take_means(a, &c->means, &a->err))
            analyst_fail(a);
        return;
    }
    a->judge.input = c->input.index;
    a->live.input = c->input;
    a->live.input_from = a->live.input_told = c->from;
    a->live.is_begin_due = true;
    if (!atomic_load(&a->has_failed))
        begin_due_input(a);
}
