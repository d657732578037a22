#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "engine/analyst_internal.h"
#include "engine/checkpoint.h"
#include "engine/clear_text.h"
#include "engine/epoch.h"
#include "engine/late.h"
#include "history/tls_ports.h"
#include "store/life.h"

enum { CONTROLS = 64 };

static bool take_not_tls(struct analyst *a, const struct not_tls *n, struct err *err)
{
    bool is_again = a->o.is_again[n->input];
    struct history *history = analyst_history(a, n->input);
    if (!clear_text_is_met(history, a->vantage_id, n))
        return true;
    a->judge.is_again = is_again;
    return clear_text_judge(&a->judge, history, a->vantage_id, n, err) &&
           store_not_tls(a->o.store, analyst_id(a, n->input, n->first_packet), n, is_again, err);
}

/* A handshake that refers to what could not be written: false when that is for good. */
static bool lose_row(struct analyst *a)
{
    if (a->o.watch == NULL || !store_lose_row(a->o.store))
        return false;
    analyst_waits(a);
    return true;
}

static bool take_event(struct analyst *a, const struct event *e, struct err *err)
{
    switch (e->kind) {
    case EVENT_HANDSHAKE:
        return analyst_handshake(a, e->handshake, err) || lose_row(a);
    case EVENT_END:
        return analyst_end(a, e->ended, err);
    case EVENT_NOT_TLS:
        return take_not_tls(a, e->not_tls, err);
    default:
        history_note_tls(analyst_history(a, e->tls_port->input), a->vantage_id,
                &e->tls_port->server, e->tls_port->us);
        return true;
    }
}

void analyst_fail(struct analyst *a)
{
    if (a->o.watch != NULL && store_is_waiting(a->o.store)) {
        a->live.refused++;
        analyst_waits(a);
    } else {
        atomic_store(&a->has_failed, true);
    }
}

void analyst_fail_for_now(struct analyst *a)
{
    if (a->o.watch == NULL || !store_is_waiting(a->o.store))
        atomic_store(&a->has_failed, true);
}

static void judge_epoch(struct analyst *a, const struct control *c, struct epoch *e)
{
    a->vantage = c->vantage;
    a->vantage_id = c->vantage_id;
    if (a->o.watch == NULL)
        a->judge.input = c->position;
    else
        analyst_clock(a, c->now_us);
    /* After a failure nothing more is written, but the batches are still taken. */
    for (size_t i = 0; i < e->n && !atomic_load(&a->has_failed); i++) {
        if (!take_event(a, e->events[i], &a->err))
            analyst_fail(a);
        pulse_beat();
    }
    if (c->is_last && !atomic_load(&a->has_failed) && !analyst_minutes(a, INT64_MAX, &a->err))
        analyst_fail(a);
    int64_t now_us = *analyst_now(a);
    if (now_us != INT64_MAX && !atomic_load(&a->has_failed) &&
            !metrics_flush(a->metrics, now_us, a->o.watch != NULL ? ANALYST_ROWS_AT_ONCE : SIZE_MAX,
                    &a->err))
        analyst_fail_for_now(a);
    epoch_free(e);
    if (c->now_us != TIME_NONE && !atomic_load(&a->has_failed) &&
            !analyst_tick(a, c->now_us, &a->err))
        analyst_fail(a);
    atomic_store(&a->n_handshakes, a->result.handshakes);
    atomic_store(&a->n_findings, findings_count(a->findings));
}

/* Takes the epochs that wait, while the database can be written; all of them when they must be. */
static void take_aside(struct analyst *a, bool is_forced)
{
    struct aside *aside = a->live.aside;
    struct control c;
    struct epoch e;
    bool may = true;
    while (may && !aside_is_empty(aside)) {
        bool is_locked = !is_forced && !store_is_free(a->o.store, &a->err);
        if (is_locked)
            analyst_waits(a);
        may = (!is_locked || aside_is_full(aside)) && aside_pop(aside, &c, &e);
        if (may)
            judge_epoch(a, &c, &e);
        pulse_beat();
    }
}

static void take_epoch(struct analyst *a, const struct control *c)
{
    struct epoch e;
    epoch_take(&e, a->o.results, a->o.n_results);
    if (a->o.watch == NULL) {
        judge_epoch(a, c, &e);
        return;
    }
    aside_push(a->live.aside, c, &e);
    take_aside(a, false);
}

static void take_input_end(struct analyst *a, struct control *c)
{
    c->input.sha256 = c->sha256[0] != '\0' ? c->sha256 : NULL;
    c->input.damage = c->damage[0] != '\0' ? c->damage : NULL;
    if (a->o.watch == NULL)
        coverages_input(&a->coverages, &c->input);
    else /* of which the thread that captures knows no id */
        c->input.id = a->o.input_ids[c->input.index];
    if (a->o.keeper != NULL)
        keeper_input(a->o.keeper, c->input.index, c->input.vantage);
    if (!atomic_load(&a->has_failed) && !store_end_input(a->o.store, &c->input, &a->err))
        analyst_fail(a);
}

static void find_past(void *ctx, const struct sighting *s, struct finding_life *out)
{
    struct analyst *a = ctx;
    if (!atomic_load(&a->has_failed) && !store_past_life(a->o.store, s, out, &a->err))
        analyst_fail(a);
}

static void restore_finding(
        void *ctx, const struct sighting *stored, const struct finding_life *life)
{
    size_t number = rule_number(stored->defect);
    struct sighting s = *stored;
    if (number == SIZE_MAX)
        return; /* of another version */
    s.defect = rules_all[number]->id;
    s.rule = (uint16_t)number;
    findings_restore(ctx, &s, life);
}

static void restore_open(void *ctx, struct findings *f, int64_t service_id)
{
    struct analyst *a = ctx;
    if (!atomic_load(&a->has_failed) &&
            !store_open_findings(a->o.store, service_id, restore_finding, f, &a->err))
        analyst_fail(a);
}

/* Findings that go on with those of the database, when it has any, or will have. */
static struct findings *past_findings(struct analyst *a)
{
    bool any = a->o.watch != NULL;
    if (!any && !store_any_finding(a->o.store, &any, &a->err))
        analyst_fail(a);
    const struct findings_past past = {find_past, restore_open, a};
    return findings_new(any ? &past : NULL);
}

void analyst_tell(struct analyst *a, struct control *c)
{
    ring_push(a->controls, c);
}

bool analyst_has_failed(const struct analyst *a)
{
    return atomic_load(&a->has_failed);
}

void analyst_progress(const struct analyst *a, uint64_t *handshakes, uint64_t *findings)
{
    *handshakes = atomic_load(&a->n_handshakes);
    *findings = atomic_load(&a->n_findings);
}

void analyst_judge_vantages(struct analyst *a)
{
    for (size_t i = 0; i < a->coverages.n; i++) {
        a->judge.is_again = a->o.is_again[a->coverages.items[i].input];
        const struct coverage *c = &a->coverages.items[i];
        struct rule_facts facts = {.at_us = a->o.has_at ? a->o.at_us : c->last_us,
                .vantage = c->vantage_id,
                .history = analyst_history(a, c->input),
                .coverage = c,
                .policy = a->o.policy};
        judge_run_end(&a->judge, &facts);
    }
}

/* A finding is told again whenever there is news of it, and is one all the same. */
static void count_finding(struct run_result *r, const struct finding *f)
{
    if (f->was_sighted) {
        r->severities[f->was_severity] -= f->was_muted_by == MUTED_NONE;
        r->muted -= f->was_muted_by != MUTED_NONE;
        r->findings--;
    }
    if (f->was_sighted || f->count > 0) {
        r->severities[f->severity] += f->first.muted_by == MUTED_NONE;
        r->muted += f->first.muted_by != MUTED_NONE;
        r->findings++;
    }
}

bool analyst_write_finding(void *ctx, struct finding *f)
{
    struct analyst *a = ctx;
    const struct watch_options *w = a->o.watch != NULL ? a->o.watch->options : NULL;
    if (!atomic_load(&a->has_failed) && !store_finding(a->o.store, f, &a->err)) {
        analyst_fail_for_now(a);
        if (!atomic_load(&a->has_failed))
            return false;
    }
    count_finding(&a->result, f);
    for (size_t i = 0; i < f->n_evidence; i++)
        analyst_keep_name(a, f->evidence[i].handshake_id);
    if (w != NULL && w->on_finding != NULL && (f->life.n_events > 0 || f->is_changed))
        w->on_finding(w->run.ctx, f);
    return true;
}

size_t analyst_counters(const struct analyst *a, struct counter out[VERIFIER_COUNTERS])
{
    const struct analyst_live *l = &a->live;
    size_t n = verifier_counters(a->o.verifier, out);
    for (size_t i = 0; i < l->n_verified; i++) {
        uint64_t value = i < n ? out[i].value : 0; /* their order is the same */
        out[i] = (struct counter){l->verified[i].name, l->verified[i].value + value};
    }
    return n > l->n_verified ? n : l->n_verified;
}

static bool write_counters(struct analyst *a, struct err *err)
{
    const struct counter counters[] = {
            {"findings-dropped", findings_dropped(a->findings)},
            {"services-evicted", services_evicted(a->services)},
            {"duplicate-handshakes", a->result.duplicates},
            {"open-handshakes-evicted", open_evicted(a->open)},
            {"minutes-not-judged", minutes_dropped(a->minutes)},
    };
    struct counter verified[VERIFIER_COUNTERS];
    size_t n_verified = analyst_counters(a, verified);
    return store_counters(a->o.store, verified, n_verified, err) &&
           store_counters(a->o.store, counters, sizeof counters / sizeof *counters, err);
}

bool analyst_save_history(struct analyst *a, size_t most, struct err *err)
{
    bool is_done = false;
    bool is_ok = checkpoint_save(a->history, a->o.store, most, &is_done, err);
    a->live.is_saving = is_ok && !is_done;
    return is_ok;
}

bool analyst_checkpoint(struct analyst *a, int64_t now_us, struct err *err)
{
    if (now_us != INT64_MAX) {
        certs_flush_begin(a->certs);
        services_flush_begin(a->services);
        served_flush_begin(a->served);
        return analyst_save_history(a, ANALYST_SAVED_AT_ONCE, err) && write_counters(a, err);
    }
    return certs_flush(a->certs, err) && analyst_save_history(a, SIZE_MAX, err) &&
           metrics_flush(a->metrics, now_us, SIZE_MAX, err) && services_flush(a->services, err) &&
           served_flush(a->served, err) && write_counters(a, err);
}

bool analyst_write_some(struct analyst *a, struct err *err)
{
    return certs_flush_some(a->certs, ANALYST_ROWS_AT_ONCE, err) &&
           services_flush_some(a->services, err) &&
           served_flush_some(a->served, ANALYST_ROWS_AT_ONCE, err);
}

static void write_rest(struct analyst *a)
{
    if (atomic_load(&a->has_failed))
        return;
    if (a->o.watch != NULL)
        analyst_judge_rest(a);
    else
        analyst_judge_vantages(a);
    if (!certs_flush(a->certs, &a->err) ||
            !late_judge(a->o.verifier, &a->judge, a->o.store, a->o.is_again, &a->err)) {
        analyst_fail(a);
        return;
    }
    findings_each(a->findings, analyst_write_finding, a);
    if (atomic_load(&a->has_failed) || !verifier_store(a->o.verifier, a->o.store, &a->err) ||
            !analyst_checkpoint(a, INT64_MAX, &a->err) ||
            !checkpoint_prune(a->history, a->o.store, NULL, &a->err) ||
            (a->o.watch != NULL && !analyst_last(a, &a->err)))
        analyst_fail(a);
}

static void *work(void *arg)
{
    struct analyst *a = arg;
    struct control *c;
    const struct watch_options *w = a->o.watch != NULL ? a->o.watch->options : NULL;
    (void)pthread_setname_np(pthread_self(), "analyst");
    pulse_use(&a->pulse);
    if (w != NULL && w->enter != NULL)
        w->enter(w->run.ctx, WATCH_WRITER);
    while ((c = ring_pop(a->controls)) != NULL) {
        if (c->kind == CONTROL_EPOCH)
            take_epoch(a, c);
        else if (c->kind == CONTROL_INPUT_END)
            take_input_end(a, c);
        else
            analyst_change(a, c);
        xfree(c);
        pulse_beat();
    }
    if (w != NULL) {
        analyst_wait(a);
        take_aside(a, true);
        analyst_wait(a);
    }
    write_rest(a);
    if (w != NULL)
        analyst_wait(a);
    pulse_end();
    return NULL;
}

struct analyst *analyst_start(const struct analyst_options *options)
{
    struct analyst *a = xcalloc(1, sizeof *a);
    a->o = *options;
    a->controls = ring_new(CONTROLS);
    a->findings = past_findings(a);
    a->history = history_new();
    a->again = history_new();
    if (!checkpoint_load(a->history, a->o.store, &a->err))
        analyst_fail(a);
    a->open = open_new();
    a->minutes = minutes_new();
    a->metrics = metrics_new(a->o.store);
    a->scans = scans_new();
    judge_init(&a->judge, a->findings, a->o.policy);
    a->texts = texts_new();
    a->judge.texts = a->texts;
    a->judge.past = a->o.past;
    a->judge.has_at = a->o.has_at;
    a->judge.at_us = a->o.at_us;
    a->certs = certs_new(a->o.store, a->o.watch != NULL ? &certs_live_limits : NULL);
    a->services = services_new(a->o.store, a->o.policy, a->judge.n_rules, a->judge.rule_ids);
    a->judge.services = a->services;
    a->served = served_new(a->o.store);
    a->seen = seen_new();
    if (a->o.watch != NULL)
        analyst_live_begin(a);
    a->appid = a->o.app_label != APP_LABEL_OFF ? appid_new() : NULL;
    if (pthread_create(&a->thread, NULL, work, a) != 0)
        abort();
    return a;
}

const struct pulse *analyst_pulse(const struct analyst *a)
{
    return &a->pulse;
}

void analyst_close(struct analyst *a)
{
    ring_close(a->controls);
}

bool analyst_finish(struct analyst *a, struct run_result *result, struct err *err)
{
    analyst_close(a);
    (void)pthread_join(a->thread, NULL);
    bool is_ok = !atomic_load(&a->has_failed);
    if (!is_ok)
        *err = a->err;
    a->result.certificates = certs_count(a->certs);
    a->result.services = services_count(a->services);
    *result = a->result;
    coverages_fini(&a->coverages);
    certs_free(a->certs);
    services_free(a->services);
    served_free(a->served);
    seen_free(a->seen);
    aside_free(a->live.aside);
    unanalysed_free(a->live.datagrams);
    history_free(a->history);
    history_free(a->again);
    open_free(a->open);
    minutes_free(a->minutes);
    metrics_free(a->metrics);
    xfree(a->now_us);
    scans_free(a->scans);
    findings_free(a->findings);
    analyst_means_free(&a->own);
    judge_fini(&a->judge);
    texts_free(a->texts);
    appid_free(a->appid);
    ring_free(a->controls);
    xfree(a);
    return is_ok;
}
