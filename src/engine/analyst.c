#include "engine/analyst.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "engine/certs.h"
#include "engine/checkpoint.h"
#include "engine/coverage.h"
#include "engine/judge.h"
#include "engine/label.h"
#include "engine/late.h"
#include "engine/metrics.h"
#include "engine/minutes.h"
#include "engine/open.h"
#include "engine/seen.h"
#include "engine/served.h"
#include "engine/services.h"
#include "history/recent.h"
#include "history/retries.h"
#include "history/scans.h"
#include "history/services.h"
#include "store/judgement.h"
#include "store/life.h"
#include "x509/x509.h"

enum { CONTROLS = 64 };

struct analyst {
    struct analyst_options o;
    pthread_t thread;
    struct ring *controls;
    struct certs *certs;
    struct services *services;
    struct served *served;
    struct seen *seen;
    struct history *history;
    struct history *again; /* of inputs that were counted before: as it was when they were */
    struct open_handshakes *open;
    struct minutes *minutes;
    struct metrics *metrics;
    struct scans *scans;
    struct findings *findings;
    struct judge judge;
    struct coverages coverages;
    struct appid *appid;
    struct run_result result;
    atomic_bool has_failed;
    atomic_ullong n_handshakes, n_findings;
    struct err err;
    uint32_t vantage; /* of the epoch in work */
    int64_t vantage_id;
    int64_t *now_us; /* by vantage: the latest packet time of its attempts */
    size_t n_now;
};

static int64_t public_id(const struct analyst *a, uint32_t input, uint64_t first_packet)
{
    return (int64_t)((uint64_t)a->o.input_ids[input] << 32 | (first_packet & UINT32_MAX));
}

/* The label by host name; a label from packets stands. */
static void label_by_name(struct analyst *a, struct handshake *h)
{
    const struct client_hello *ch = h->client_hello;
    if (a->appid == NULL || h->app_label[0] != '\0' || ch == NULL || !ch->has_sni)
        return;
    struct appid_label label = appid_by_name(a->appid, ch->sni);
    memcpy(h->app_label, label.name, sizeof h->app_label);
    h->app_risks = label.risks;
    if (label.name[0] != '\0')
        memcpy(h->app_source, "sni", sizeof "sni");
}

static enum name_match_fact compare_name(const struct handshake *h, const struct certificate *leaf)
{
    if (leaf == NULL || h->client_hello == NULL || !h->client_hello->has_sni)
        return NAME_FACT_NONE;
    switch (x509_match_name(leaf, h->client_hello->sni)) {
    case NAME_MATCH:
        return NAME_FACT_MATCH;
    case NAME_MISMATCH:
        return NAME_FACT_MISMATCH;
    default:
        return NAME_FACT_NOT_COMPARABLE;
    }
}

static enum ca_hint_fact compare_authorities(
        const struct handshake *h, const struct certificate *const *chain, size_t n)
{
    const struct cert_request *r = h->cert_request;
    if (r == NULL || r->authorities.n == 0 || n == 0)
        return CA_HINT_NONE;
    switch (x509_match_authorities(chain, n, r->authorities)) {
    case NAME_MATCH:
        return CA_HINT_MATCH;
    case NAME_MISMATCH:
        return CA_HINT_MISMATCH;
    default:
        return CA_HINT_NOT_COMPARABLE;
    }
}

/* The chains of one handshake, valid until the next one. */
struct chains {
    const struct certificate *server[TLS_CHAIN_CAP];
    size_t n_server;
    const struct certificate *client[TLS_CHAIN_CAP];
    size_t n_client;
    int64_t server_ids[TLS_CHAIN_CAP];
    struct handshake_refs refs;
};

static bool look_up_chains(
        struct analyst *a, const struct handshake *h, struct chains *out, struct err *err)
{
    int64_t client_ids[TLS_CHAIN_CAP];
    const struct cert_message *c = h->client_certs;
    const struct cert_message *s = h->server_certs;
    certs_bury(a->certs); /* the chains of the handshake before are not looked at any more */
    if (c != NULL && !certs_chain(a->certs, c, c->at.last_us, out->client, client_ids,
                             &out->refs.client_chain_id, err))
        return false;
    out->n_client = c != NULL ? c->n_certs : 0;
    if (s == NULL)
        return true;
    out->n_server = s->n_certs;
    return certs_chain(a->certs, s, s->at.last_us, out->server, out->server_ids,
            &out->refs.server_chain_id, err);
}

/* Packet time of the certificates. */
static int64_t seen_us_of(const struct handshake *h)
{
    return h->server_certs != NULL ? h->server_certs->at.last_us : h->last_us;
}

/* What the certificates are worth, and whether the keys were there; written beside the chain. */
static bool verify(
        struct analyst *a, struct chains *chains, struct rule_facts *facts, struct err *err)
{
    bool is_again = a->o.is_again[facts->handshake->input];
    const struct verify_question q = {.handshake = facts->handshake,
            .service = facts->service,
            .server = chains->server,
            .n_server = chains->n_server,
            .client = chains->client,
            .n_client = chains->n_client,
            .at_us = facts->at_us,
            .is_name_match = facts->name_match == NAME_FACT_MATCH,
            .memory = is_again ? NULL : a->o.store};
    const struct judgement *j = verifier_judge(a->o.verifier, &q);
    const struct judgement_refs refs = {.leaf_id = chains->n_server > 0 ? chains->server_ids[0] : 0,
            .chain_id = chains->refs.server_chain_id,
            .client_chain_id = chains->refs.client_chain_id,
            .cert_ids = chains->server_ids,
            .n_certs = chains->n_server,
            .us = seen_us_of(facts->handshake)};
    facts->judgement = chains->refs.judgement = j;
    facts->is_public = j->is_public;
    return store_judgement(a->o.store, j, &refs, err);
}

/* What was known when the input was read first: nothing that came after it. */
static struct history *history_of(const struct analyst *a, uint32_t input)
{
    return a->o.is_again[input] ? a->again : a->history;
}

static void learn(struct analyst *a, const struct handshake *h, const struct rule_facts *facts)
{
    const struct metric_facts m = {.handshake = h,
            .leaf = facts->n_chain > 0 ? facts->chain[0] : NULL,
            .is_name_mismatch = facts->name_match == NAME_FACT_MISMATCH,
            .defects = a->judge.defects,
            .is_below_best = history_is_below_best(a->history, a->vantage_id, facts->service, h),
            .is_retry_lower = history_retry_is_lower(a->history, a->vantage_id, facts->service, h)};
    if (!a->o.is_again[h->input])
        metrics_take(a->metrics, facts->service->id, &m);
    const struct lesson l = {.vantage = a->vantage_id,
            .handshake = h,
            .service = facts->service,
            .leaf = facts->n_chain > 0 ? facts->chain[0] : NULL,
            .judgement = facts->judgement,
            .at_us = h->last_us};
    history_learn(history_of(a, h->input), &l);
    if (!a->o.is_again[h->input])
        minutes_touch(a->minutes, a->vantage_id, facts->service, h->first_us);
}

static bool judge_and_learn(struct analyst *a, const struct handshake *h, struct chains *chains,
        struct service_state *service, struct err *err)
{
    const struct certificate *leaf = chains->n_server > 0 ? chains->server[0] : NULL;
    int64_t seen_us = seen_us_of(h);
    struct rule_facts facts = {.at_us = a->o.has_at ? a->o.at_us : seen_us,
            .handshake = h,
            .service = &service->service,
            .vantage = a->vantage_id,
            .chain = chains->server,
            .n_chain = chains->n_server,
            .name_match = compare_name(h, leaf),
            .client_chain = chains->client,
            .n_client_chain = chains->n_client,
            .ca_hint = compare_authorities(h, chains->client, chains->n_client),
            .policy = a->o.policy,
            .history = history_of(a, h->input)};
    if (!verify(a, chains, &facts, err))
        return false;
    a->judge.is_again = a->o.is_again[h->input];
    if (!judge_handshake(&a->judge, &facts, service, err))
        return false;
    learn(a, h, &facts);
    if (leaf != NULL && !a->o.is_again[h->input])
        served_add(a->served, service->service.id, chains->server_ids[0], seen_us);
    return true;
}

/* The packet time of the vantage in work, which goes only forward. */
static int64_t *now_of(struct analyst *a)
{
    if (a->vantage >= a->n_now) {
        a->now_us = xrealloc(a->now_us, a->vantage + 1, sizeof *a->now_us);
        while (a->n_now <= a->vantage)
            a->now_us[a->n_now++] = INT64_MIN / 2;
    }
    return &a->now_us[a->vantage];
}

/* Judges the minutes of services that are over. */
static bool judge_minutes(struct analyst *a, int64_t at_us, struct err *err)
{
    int64_t *now_us = now_of(a);
    struct due_minute due;
    if (at_us > *now_us)
        *now_us = at_us;
    while (minutes_next(a->minutes, a->vantage_id, *now_us, &due)) {
        const struct rule_facts facts = {.at_us = due.minute_us + MINUTE_US,
                .service = &due.service,
                .vantage = a->vantage_id,
                .window_us = due.minute_us,
                .history = a->history};
        a->judge.is_again = false;
        if (!judge_window(&a->judge, &facts, services_by_id(a->services, due.service.id), err))
            return false;
    }
    return true;
}

static bool take_handshake(struct analyst *a, struct handshake *h, struct err *err)
{
    struct chains chains = {.n_server = 0};
    h->id = public_id(a, h->input, h->first_packet);
    h->vantage = a->vantage;
    label_by_name(a, h);
    /* First, while the history does not know this attempt yet: it may be much later. */
    if (!judge_minutes(a, h->last_us, err))
        return false;
    struct service_state *service = services_of(a->services, h, err);
    if (service == NULL || !look_up_chains(a, h, &chains, err))
        return false;
    if (scans_take(a->scans, h)) { /* what one attempt cannot show, before any rule or count */
        h->outcome = OUTCOME_SCAN;
        h->basis = BASIS_INFERRED;
        h->confidence = 0.7;
    }
    chains.refs.service_id = service->service.id;
    chains.refs.is_duplicate = seen_add(a->seen, h) == SEEN_COPY;
    coverages_handshake(&a->coverages, h);
    a->result.handshakes++;
    a->result.duplicates += chains.refs.is_duplicate;
    a->result.capped += h->is_capped;
    if (!chains.refs.is_duplicate) {
        a->result.outcomes[h->outcome]++;
        if (!judge_and_learn(a, h, &chains, service, err))
            return false;
        chains.refs.defects = a->judge.defects;
        chains.refs.worst = a->judge.worst;
        chains.refs.finding_keys = text_str(&a->judge.keys);
        if (a->o.keeper != NULL && a->judge.defects[0] != '\0')
            keeper_want(a->o.keeper, h, a->judge.defects);
    }
    if (!chains.refs.is_duplicate)
        open_add(a->open, h, service->service.id);
    return store_handshake(a->o.store, h, &chains.refs, err);
}

/* What a connection did after its handshake. */
static bool judge_end(struct analyst *a, const struct ended *ended, struct err *err)
{
    const struct connection_end *e = &ended->end;
    int64_t service_id = 0;
    const struct handshake *h = open_take(a->open, e->handshake_id, &service_id);
    struct service_state *service = h != NULL ? services_by_id(a->services, service_id) : NULL;
    if (service == NULL)
        return true;
    struct rule_facts facts = {.at_us = a->o.has_at ? a->o.at_us : e->last_us,
            .handshake = h,
            .service = &service->service,
            .vantage = a->vantage_id,
            .history = history_of(a, h->input),
            .policy = a->o.policy,
            .end = e};
    a->judge.is_again = a->o.is_again[h->input];
    if (!judge_connection(&a->judge, &facts, service, err))
        return false;
    const struct lesson l = {.vantage = a->vantage_id,
            .handshake = h,
            .service = &service->service,
            .end = e,
            .at_us = e->last_us};
    history_learn(history_of(a, h->input), &l);
    if (!a->judge.is_again)
        metrics_end(a->metrics, service_id, h->first_us, ended->payload_after, ended->gap_after);
    if (a->judge.defects[0] == '\0')
        return true;
    if (a->o.keeper != NULL)
        keeper_want(a->o.keeper, h, a->judge.defects);
    return store_later_defects(a->o.store, e->handshake_id, a->judge.defects, a->judge.worst,
            text_str(&a->judge.keys), err);
}

static bool take_end(struct analyst *a, struct ended *e, struct err *err)
{
    e->end.handshake_id = public_id(a, e->end.input, e->first_packet);
    coverages_end(&a->coverages, a->vantage, e);
    if (!judge_end(a, e, err))
        return false;
    if (a->o.keeper != NULL)
        keeper_end(a->o.keeper, &e->end);
    return store_connection_end(a->o.store, &e->end, err);
}

/* Who speaks in clear where TLS is expected, once it is no accident; a service is only made then.
 */
static bool judge_not_tls(struct analyst *a, const struct not_tls *n, struct err *err)
{
    const struct begin *begin = &n->begin[SIDE_CLIENT];
    if (recent_clear_name((struct bytes){begin->bytes, begin->n}) == NULL ||
            !label_is_tls_port(n->server.port))
        return true;
    struct recent_event e = recent_clear_text(a->vantage_id, &n->client, &n->server);
    if (recent_with(history_of(a, n->input), &e, n->first_us).n_bad >= RECENT_CLEAR_OFTEN) {
        struct handshake nobody = {.transport = TRANSPORT_TCP};
        nobody.sides[SIDE_SERVER].endpoint = n->server;
        const struct service_state *state = services_of(a->services, &nobody, err);
        if (state == NULL)
            return false;
        struct rule_facts facts = {.at_us = a->o.has_at ? a->o.at_us : n->first_us,
                .service = &state->service,
                .vantage = a->vantage_id,
                .history = history_of(a, n->input),
                .policy = a->o.policy,
                .not_tls = n};
        a->judge.is_again = a->o.is_again[n->input];
        judge_rule(&a->judge, "proto-plaintext-on-tls-port", &facts);
    }
    recent_add(history_of(a, n->input), &e, n->first_us);
    return true;
}

static bool take_event(struct analyst *a, const struct event *e, struct err *err)
{
    switch (e->kind) {
    case EVENT_HANDSHAKE:
        return take_handshake(a, e->handshake, err);
    case EVENT_END:
        return take_end(a, e->ended, err);
    default:
        return judge_not_tls(a, e->not_tls, err) &&
               store_not_tls(a->o.store, public_id(a, e->not_tls->input, e->not_tls->first_packet),
                       e->not_tls, a->o.is_again[e->not_tls->input], err);
    }
}

/* The events of one epoch in the order of their keys. */
struct epoch {
    struct batch *batches[POOL_MOST];
    const struct event **events;
    size_t n;
};

static int by_order(const void *left, const void *right)
{
    return event_order(*(const struct event *const *)left, *(const struct event *const *)right);
}

static void epoch_take(struct analyst *a, struct epoch *e)
{
    size_t n = 0;
    for (unsigned i = 0; i < pool_size(a->o.pool); i++) {
        e->batches[i] = ring_pop(pool_results(a->o.pool, i)); /* one per epoch is certain */
        n += e->batches[i] != NULL ? e->batches[i]->n : 0;
    }
    e->events = xcalloc(n + 1, sizeof *e->events);
    e->n = 0;
    for (unsigned i = 0; i < pool_size(a->o.pool); i++)
        for (size_t k = 0; e->batches[i] != NULL && k < e->batches[i]->n; k++)
            e->events[e->n++] = &e->batches[i]->events[k];
    bool is_sorted = true;
    for (size_t i = 1; i < e->n && is_sorted; i++)
        is_sorted = event_order(e->events[i - 1], e->events[i]) <= 0;
    if (!is_sorted)
        qsort(e->events, e->n, sizeof *e->events, by_order);
}

static void fail(struct analyst *a)
{
    atomic_store(&a->has_failed, true);
}

static void take_epoch(struct analyst *a, const struct control *c)
{
    struct epoch e = {.n = 0};
    epoch_take(a, &e);
    a->vantage = c->vantage;
    a->vantage_id = c->vantage_id;
    a->judge.input = c->position;
    /* After a failure nothing more is written, but the batches are still taken. */
    for (size_t i = 0; i < e.n && !atomic_load(&a->has_failed); i++)
        if (!take_event(a, e.events[i], &a->err))
            fail(a);
    if (c->is_last && !atomic_load(&a->has_failed) && !judge_minutes(a, INT64_MAX, &a->err))
        fail(a);
    int64_t now_us = *now_of(a);
    if (now_us != INT64_MAX && !atomic_load(&a->has_failed) &&
            !metrics_flush(a->metrics, now_us, &a->err))
        fail(a);
    xfree((void *)(uintptr_t)e.events);
    for (unsigned i = 0; i < pool_size(a->o.pool); i++)
        if (e.batches[i] != NULL)
            batch_free(e.batches[i]);
    atomic_store(&a->n_handshakes, a->result.handshakes);
    atomic_store(&a->n_findings, findings_count(a->findings));
}

static void take_input_end(struct analyst *a, struct control *c)
{
    c->input.sha256 = c->sha256[0] != '\0' ? c->sha256 : NULL;
    c->input.damage = c->damage[0] != '\0' ? c->damage : NULL;
    coverages_input(&a->coverages, &c->input);
    if (a->o.keeper != NULL)
        keeper_input(a->o.keeper, c->input.index, c->input.vantage);
    if (!atomic_load(&a->has_failed) && !store_end_input(a->o.store, &c->input, &a->err))
        fail(a);
}

static void *work(void *arg)
{
    struct analyst *a = arg;
    struct control *c;
    while ((c = ring_pop(a->controls)) != NULL) {
        if (c->kind == CONTROL_EPOCH)
            take_epoch(a, c);
        else
            take_input_end(a, c);
        xfree(c);
    }
    return NULL;
}

static void find_past(void *ctx, const struct sighting *s, struct finding_life *out)
{
    struct analyst *a = ctx;
    if (!atomic_load(&a->has_failed) && !store_past_life(a->o.store, s, out, &a->err))
        fail(a);
}

static void restore_finding(
        void *ctx, const struct sighting *stored, const struct finding_life *life)
{
    const struct rule *rule = rule_find(stored->defect);
    struct sighting s = *stored;
    if (rule == NULL)
        return; /* of another version */
    s.defect = rule->id;
    while (rules_all[s.rule] != rule)
        s.rule++;
    findings_restore(ctx, &s, life);
}

static void restore_open(void *ctx, struct findings *f, int64_t service_id)
{
    struct analyst *a = ctx;
    if (!atomic_load(&a->has_failed) &&
            !store_open_findings(a->o.store, service_id, restore_finding, f, &a->err))
        fail(a);
}

/* Findings that go on with those of the database, when it has any. */
static struct findings *past_findings(struct analyst *a)
{
    bool any = false;
    if (!store_any_finding(a->o.store, &any, &a->err))
        fail(a);
    const struct findings_past past = {find_past, restore_open, a};
    return findings_new(any ? &past : NULL);
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
        fail(a);
    a->open = open_new();
    a->minutes = minutes_new();
    a->metrics = metrics_new(a->o.store);
    a->scans = scans_new();
    judge_init(&a->judge, a->findings, a->o.policy);
    a->judge.past = a->o.past;
    a->certs = certs_new(a->o.store);
    a->services = services_new(a->o.store, a->judge.n_rules, a->judge.rule_ids);
    a->judge.services = a->services;
    a->served = served_new(a->o.store);
    a->seen = seen_new();
    a->appid = a->o.app_label != APP_LABEL_OFF ? appid_new() : NULL;
    if (pthread_create(&a->thread, NULL, work, a) != 0)
        abort();
    (void)pthread_setname_np(a->thread, "analyst");
    return a;
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

static void judge_vantages(struct analyst *a)
{
    for (size_t i = 0; i < a->coverages.n; i++) {
        a->judge.is_again = a->o.is_again[a->coverages.items[i].input];
        const struct coverage *c = &a->coverages.items[i];
        struct rule_facts facts = {.at_us = a->o.has_at ? a->o.at_us : c->last_us,
                .vantage = c->vantage_id,
                .history = history_of(a, c->input),
                .coverage = c,
                .policy = a->o.policy};
        judge_run_end(&a->judge, &facts);
    }
}

static void write_finding(void *ctx, struct finding *f)
{
    struct analyst *a = ctx;
    if (f->count > 0 && f->first.muted_by == MUTED_NONE)
        a->result.severities[f->severity]++;
    a->result.muted += f->count > 0 && f->first.muted_by != MUTED_NONE;
    a->result.findings += f->count > 0;
    for (size_t i = 0; a->o.keeper != NULL && i < f->n_evidence; i++)
        keeper_name(a->o.keeper, f->evidence[i].handshake_id);
    if (!atomic_load(&a->has_failed) && !store_finding(a->o.store, f, &a->err))
        fail(a);
}

static void write_rest(struct analyst *a)
{
    if (atomic_load(&a->has_failed))
        return;
    judge_vantages(a);
    if (!certs_flush(a->certs, &a->err) ||
            !late_judge(a->o.verifier, &a->judge, a->o.store, a->o.is_again, &a->err)) {
        fail(a);
        return;
    }
    findings_each(a->findings, write_finding, a);
    const struct counter counters[] = {
            {"findings-dropped", findings_dropped(a->findings)},
            {"services-evicted", services_evicted(a->services)},
            {"duplicate-handshakes", a->result.duplicates},
            {"open-handshakes-evicted", open_evicted(a->open)},
            {"minutes-not-judged", minutes_dropped(a->minutes)},
    };
    struct counter verified[VERIFIER_COUNTERS];
    size_t n_verified = verifier_counters(a->o.verifier, verified);
    if (atomic_load(&a->has_failed) || !verifier_store(a->o.verifier, a->o.store, &a->err) ||
            !store_counters(a->o.store, verified, n_verified, &a->err) ||
            !checkpoint_save(a->history, a->o.store, &a->err) ||
            !metrics_flush(a->metrics, INT64_MAX, &a->err) ||
            !services_flush(a->services, &a->err) || !served_flush(a->served, &a->err) ||
            !store_counters(a->o.store, counters, sizeof counters / sizeof *counters, &a->err))
        fail(a);
}

bool analyst_finish(struct analyst *a, struct run_result *result, struct err *err)
{
    ring_close(a->controls);
    (void)pthread_join(a->thread, NULL);
    write_rest(a);
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
    history_free(a->history);
    history_free(a->again);
    open_free(a->open);
    minutes_free(a->minutes);
    metrics_free(a->metrics);
    xfree(a->now_us);
    scans_free(a->scans);
    findings_free(a->findings);
    judge_fini(&a->judge);
    appid_free(a->appid);
    ring_free(a->controls);
    xfree(a);
    return is_ok;
}
