#include "engine/judge.h"

#include <stdio.h>
#include <string.h>

#include "base/map.h"
#include "base/text.h"
#include "engine/community.h"
#include "findings/relations.h"
#include "rules/support.h"

static void add_check(struct judge *j, enum rule_on on, size_t number,
        enum verdict (*check)(const struct rule_facts *facts, struct rule_answer *answer))
{
    const struct rule *rule = rules_all[number];
    j->by_kind[on][j->n_kind[on]++] = (struct judge_check){.check = check,
            .number = (uint16_t)number,
            .severity = (uint8_t)rule->severity,
            .about = (uint8_t)rule->about,
            .needs_chain = rule->on == RULE_SERVED};
}

void judge_reload(struct judge *j, const struct policy *policy)
{
    j->policy = policy;
    j->past = NULL;
    j->clean_handshakes = (uint32_t)policy_threshold(policy, THRESHOLD_CLEAN_HANDSHAKES_TO_CLOSE);
    j->clean_minutes = (uint32_t)policy_threshold(policy, THRESHOLD_CLEAN_MINUTES_TO_CLOSE);
    j->n_rules = 0;
    memset(j->n_kind, 0, sizeof j->n_kind);
    for (size_t i = 0; rules_all[i] != NULL && i < JUDGE_RULES; i++) {
        /* Those about what was served run with those about the handshake, in order of id. */
        enum rule_on on = rules_all[i]->on == RULE_SERVED ? RULE_HANDSHAKE : rules_all[i]->on;
        enum severity any = SEV_INFO;
        j->rule_ids[j->n_rules++] = rules_all[i]->id;
        j->is_off[i] = !policy_severity(policy, rules_all[i]->id, &any);
        if (!j->is_off[i])
            add_check(j, on, i, rules_all[i]->check);
        if (!j->is_off[i] && rules_all[i]->is_also_at_end)
            add_check(j, RULE_CONNECTION, i, rules_all[i]->check);
        if (!j->is_off[i] && rules_all[i]->check_window != NULL)
            add_check(j, RULE_WINDOW, i, rules_all[i]->check_window);
    }
}

void judge_fini(struct judge *j)
{
    text_fini(&j->keys);
}

void judge_init(struct judge *j, struct findings *findings, const struct policy *policy)
{
    *j = (struct judge){.findings = findings};
    judge_reload(j, policy);
}

static void sighting_of_handshake(struct sighting *s, const struct handshake *h)
{
    s->handshake_id = h->id;
    s->input = h->input;
    s->vlan = h->vlan;
    s->tunnel = h->tunnel;
    s->has_endpoints = true;
    s->server = h->sides[SIDE_SERVER].endpoint;
    s->client = h->sides[SIDE_CLIENT].endpoint;
}

/* What only the sighting that is shown needs. */
static void complete(struct sighting *s, const struct handshake *h)
{
    uint8_t transport = h != NULL ? h->transport : TRANSPORT_TCP;
    if (s->has_endpoints)
        community_id(&s->client, &s->server, transport, s->community_id);
    if (h == NULL || h->client_hello == NULL || !h->client_hello->has_sni)
        return;
    struct text t = {0};
    text_add_escaped(&t, h->client_hello->sni);
    (void)snprintf(s->sni, sizeof s->sni, "%s", text_str(&t));
    text_fini(&t);
}

/* What is accepted is kept, but disturbs nobody. */
static void mute(struct judge *j, struct sighting *s)
{
    if (policy_is_paging(j->policy, s->defect, s->severity))
        s->notify = NOTIFY_PAGING;
    else if (policy_is_ticket(j->policy, s->defect, s->severity))
        s->notify = NOTIFY_TICKET;
    const struct exception *past = NULL;
    const struct exception *e = policy_exception(j->policy, s, &past);
    if (past != NULL && j->past != NULL)
        j->past[past->position]++;
    const struct maintenance *w = policy_window_at(
            j->policy, &s->service, s->has_endpoints ? &s->server.address : NULL, s->at_us);
    if (e == NULL && w == NULL)
        return;
    s->muted_by = e != NULL ? MUTED_EXCEPTION : MUTED_WINDOW;
    s->muted_why = e != NULL ? e->reason : w->reason;
    if (j->texts != NULL)
        s->muted_why = texts_keep(j->texts, s->muted_why);
}

static void sighting_of_not_tls(struct sighting *s, const struct not_tls *n)
{
    s->at_us = n->first_us;
    s->input = n->input;
    s->has_endpoints = true;
    s->server = n->server;
    s->client = n->client;
}

/* One finding per region: what is fine in one may be broken in the other. */
static void add_region(struct sighting *s, const char *region)
{
    bool is_all = strcmp(s->subject, "-") == 0;
    size_t n = is_all ? 0 : strlen(s->subject);
    rule_fit(&s->subject[n], sizeof s->subject - n, "%sregion %s", is_all ? "" : " ", region);
    n = strlen(s->summary);
    rule_fit(&s->summary[n], sizeof s->summary - n, " (region %s)", region);
}

static void add_sighting(
        struct judge *j, size_t number, const struct rule_facts *facts, const struct rule_answer *a)
{
    const struct rule *rule = rules_all[number];
    struct sighting s = {.defect = rule->id,
            .severity = a->severity,
            .confidence = a->confidence,
            .basis = a->basis,
            .is_again = j->is_again,
            .vantage = facts->vantage,
            .at_us = facts->at_us,
            .decided_us = j->decided_us,
            .about = j->is_window ? ABOUT_SERVICE : a->about,
            .rule = (uint16_t)number};
    s.place = j->places[s.about];
    memcpy(s.subject, a->subject, sizeof s.subject);
    if (j->is_window && facts->region != NULL)
        add_region(&s, facts->region);
    memcpy(s.summary, a->summary, sizeof s.summary);
    if (facts->service != NULL)
        s.service = *facts->service;
    if (facts->handshake != NULL) {
        s.at_us = facts->handshake->first_us; /* when it was seen, whatever time it is judged by */
        sighting_of_handshake(&s, facts->handshake);
    } else if (facts->not_tls != NULL) {
        sighting_of_not_tls(&s, facts->not_tls);
    } else if (facts->coverage != NULL) {
        s.input = facts->coverage->input;
        s.at_us = a->has_seen ? a->seen_from_us : facts->coverage->first_us;
        s.until_us = a->has_seen ? a->seen_to_us : 0;
    } else {
        s.input = j->input;
        s.at_us = facts->window_us;
    }
    if (a->certificate != NULL) {
        s.has_certificate = true;
        memcpy(s.certificate, a->certificate->sha256, sizeof s.certificate);
    }
    s.n_evidence = a->n_evidence;
    for (size_t i = 0; i < a->n_evidence; i++) {
        s.evidence[i] = a->evidence[i];
        if (s.evidence[i].handshake_id == 0)
            s.evidence[i].handshake_id = s.handshake_id; /* else the rule names another */
        if (s.evidence[i].kind == EVIDENCE_BYTES && s.evidence[i].at.last_packet != 0)
            s.evidence[i].input = s.evidence[i].at.input;
        else
            s.evidence[i].input = s.input;
    }
    mute(j, &s);
    if (s.muted_by == MUTED_NONE && s.notify > j->notify)
        j->notify = s.notify;
    if (findings_shows(j->findings, &s))
        complete(&s, facts->handshake);
    size_t at = findings_add(j->findings, &s);
    if (at != FINDINGS_NONE && j->n_hits < JUDGE_HITS)
        j->hits[j->n_hits++] = (struct judge_hit){rule, at};
}

/* Symptoms of what else was found. */
static void explain(struct judge *j)
{
    for (size_t i = 0; i < j->n_hits; i++)
        for (size_t k = 0; k < j->n_hits; k++)
            if (relations_explains(j->hits[k].rule->id, j->hits[i].rule->id,
                        findings_subject(j->findings, j->hits[i].finding)))
                findings_explained(j->findings, j->hits[i].finding, j->hits[k].rule->id);
}

/* The same address seen elsewhere may be another host. */
static uint64_t place_of_server(const struct handshake *h, int64_t vantage)
{
    uint8_t key[8 + 16 + 2];
    memcpy(key, &vantage, 8);
    memcpy(key + 8, h->sides[SIDE_SERVER].endpoint.address.ip, 16);
    memcpy(key + 24, &h->sides[SIDE_SERVER].endpoint.port, 2);
    return hash_fixed(key, sizeof key);
}

/* As rule_client names it. */
static uint64_t place_of_client(const struct handshake *h, int64_t vantage)
{
    const char *print = h->prints.ja4[0] != '\0' ? h->prints.ja4 : h->prints.ja3;
    size_t n = strlen(print);
    const uint64_t key[2] = {
            (uint64_t)vantage, n > 0 ? hash_fixed(print, n)
                                     : hash_fixed(h->sides[SIDE_CLIENT].endpoint.address.ip, 16)};
    return hash_fixed(key, sizeof key);
}

/* Handshakes and minutes do not close what the other found; minutes are of one region. */
static uint64_t place_of_service(const struct rule_facts *facts, bool is_window)
{
    const int64_t key[2] = {is_window ? facts->place : facts->vantage, is_window};
    return hash_fixed(key, sizeof key);
}

/* Where this round looked: what is sighted there, and what is clean there. */
static void place_round(struct judge *j, const struct rule_facts *facts)
{
    const struct handshake *h = facts->handshake;
    j->places[ABOUT_SERVER] = h != NULL ? place_of_server(h, facts->vantage) : 0;
    j->places[ABOUT_CLIENT] = h != NULL ? place_of_client(h, facts->vantage) : 0;
    j->places[ABOUT_SERVICE] = place_of_service(facts, j->is_window);
    j->decided_us = facts->handshake != NULL ? facts->handshake->last_us : facts->at_us;
    if (facts->end != NULL)
        j->decided_us = facts->end->last_us;
}

/* Ends a round: what it did not find may be over. */
static void settle(struct judge *j, const struct rule_facts *facts)
{
    if (j->n_hits > 1)
        explain(j);
    if (j->is_again || facts->service == NULL)
        return;
    struct findings_round r = {.service_id = facts->service->id,
            .is_judged = j->is_judged,
            .n_rules = j->n_rules,
            .needed = facts->handshake != NULL ? j->clean_handshakes : j->clean_minutes,
            .us = j->decided_us};
    memcpy(r.places, j->places, sizeof r.places);
    findings_settle(j->findings, &r);
}

static void note_hit(struct judge *j, const char *id, enum severity severity, const char *subject)
{
    if (j->keys.n > 0)
        text_add(&j->keys, "\n");
    text_add(&j->keys, id);
    text_add(&j->keys, " ");
    text_add(&j->keys, subject);
    size_t n = strlen(j->defects);
    if (n == 0 || severity > j->worst)
        j->worst = severity;
    if (n + strlen(id) + 2 <= sizeof j->defects)
        (void)snprintf(j->defects + n, sizeof j->defects - n, "%s%s", n > 0 ? "," : "", id);
}

/* A fact about somebody else's server weighs less; not one about our client there. */
static void lower_foreign(const struct judge *j, const struct rule *rule,
        const struct rule_facts *facts, enum finding_about about, enum severity *inout)
{
    const struct address *server = NULL;
    if (facts->handshake != NULL)
        server = &facts->handshake->sides[SIDE_SERVER].endpoint.address;
    else if (facts->not_tls != NULL)
        server = &facts->not_tls->server.address;
    if (server == NULL || *inout == SEV_INFO || about == ABOUT_CLIENT ||
            relations_hits_users(rule->id) || policy_says_severity(j->policy, rule->id) ||
            policy_owned(j->policy, server))
        return;
    *inout = (enum severity)(*inout - 1);
}

static __attribute__((noinline)) void take_hit(
        struct judge *j, size_t number, const struct rule_facts *facts, struct rule_answer *a)
{
    const struct rule *rule = rules_all[number];
    (void)policy_severity(j->policy, rule->id, &a->severity);
    lower_foreign(j, rule, facts, a->about, &a->severity);
    add_sighting(j, number, facts, a);
    note_hit(j, rule->id, a->severity, a->subject);
}

static inline enum verdict run_rule(
        struct judge *j, const struct judge_check *c, const struct rule_facts *facts)
{
    struct rule_answer *a = &j->answer;
    /* The texts are long: only what a rule reads before filling is cleared. */
    a->severity = (enum severity)c->severity;
    a->confidence = 1.0;
    a->basis = BASIS_SEEN;
    a->about = (enum finding_about)c->about;
    a->subject[0] = a->summary[0] = '\0';
    a->has_seen = false;
    a->why = NULL;
    a->certificate = NULL;
    a->n_evidence = 0;
    enum verdict v = c->check(facts, a);
    if (v == RULE_HIT)
        take_hit(j, c->number, facts, a);
    return v;
}

static void begin(struct judge *j, const struct rule_facts *facts, bool is_window)
{
    j->is_window = is_window;
    j->defects[0] = '\0';
    j->notify = NOTIFY_NONE;
    text_clear(&j->keys);
    memset(j->is_judged, 0, j->n_rules * sizeof *j->is_judged);
    j->n_hits = 0;
    place_round(j, facts);
}

bool judge_round(struct judge *j, enum rule_on on, const struct rule_facts *facts,
        struct service_state *state, struct err *err)
{
    int64_t us = facts->handshake != NULL ? facts->handshake->first_us : facts->window_us;
    bool is_counted = !j->is_again && state != NULL;
    begin(j, facts, on == RULE_WINDOW);
    if (is_counted && !services_round(j->services, state, us, err))
        return false;
    const struct judge_check *end = j->by_kind[on] + j->n_kind[on];
    for (const struct judge_check *c = j->by_kind[on]; c < end; c++) {
        if (c->needs_chain && facts->n_chain == 0)
            continue;
        enum verdict v = run_rule(j, c, facts);
        j->is_judged[c->number] = v == RULE_PASS || v == RULE_HIT;
        if (v != RULE_NA && is_counted)
            services_verdict(state, c->number, v);
    }
    settle(j, facts);
    return true;
}

void judge_run_end(struct judge *j, const struct rule_facts *facts)
{
    begin(j, facts, false);
    for (size_t k = 0; k < j->n_kind[RULE_RUN_END]; k++)
        (void)run_rule(j, &j->by_kind[RULE_RUN_END][k], facts);
    for (size_t i = 0; i < j->n_hits; i++)
        findings_mute(j->findings, facts->vantage, j->hits[i].rule->id, j->has_at);
}

void judge_rule(struct judge *j, const char *id, const struct rule_facts *facts)
{
    begin(j, facts, false);
    size_t number = rule_number(id);
    if (number >= j->n_rules || j->is_off[number])
        return;
    const struct rule *rule = rules_all[number];
    const struct judge_check c = {
            .check = rule->check, .number = (uint16_t)number, .severity = (uint8_t)rule->severity};
    (void)run_rule(j, &c, facts);
}
