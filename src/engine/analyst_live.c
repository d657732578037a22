/* What the analyst does by the clock when the capture is live: rows are committed at each tick, and
 * segments and clocks looked at; see analyst_minute.c for the rest. */
#include <time.h>

#include "base/now.h"
#include "base/slot.h"
#include "engine/analyst_internal.h"
#include "engine/checkpoint.h"
#include "engine/late.h"
#include "engine/notice.h"
#include "engine/record.h"
#include "store/life.h"
#include "store/remember.h"

/* Moduli that are compared for shared primes each hour; with more it would hold up the capture, and
 * waits for the end of the run. */
enum { KEYS_AN_HOUR = 5000, KEYS_AT_ONCE = 50 };
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
bool analyst_flush(struct analyst *a, struct err *err)
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
        if (!analyst_flush(a, &a->err))
            analyst_fail(a);
        if (!a->live.is_waiting || atomic_load(&a->has_failed))
            return;
        (void)nanosleep(&moment, NULL);
        now_us = now_of(CLOCK_MONOTONIC);
    } while (now_us < a->live.wait_until_us);
    store_wait_for_locks(a->o.store, LOCK_MS);
}

/* All keys of the database are compared, once an hour; it takes some time to get them all. */
bool analyst_compare(struct analyst *a, struct err *err)
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
    if (!analyst_write_some(a, err) || !compare_keys(a, err) || !analyst_tell_input(a, now_us, err))
        analyst_fail_for_now(a);
    if (a->live.is_saving && !analyst_save_history(a, ANALYST_SAVED_AT_ONCE, err))
        analyst_fail_for_now(a);
    bool is_begun = false;
    bool is_ok = (!is_new || analyst_each_minute(a, before_us, now_us, err)) &&
                 analyst_flush(a, err) && rotate(a, now_us, &is_begun, err) &&
                 (!(is_new || is_begun) || retain(a, now_us, err)) && prune(a, now_us, err);
    tell_notices(a);
    return is_ok;
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
