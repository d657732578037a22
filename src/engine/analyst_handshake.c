/* A handshake from its certificates to its row: looked up, verified, judged, learned, stored. */
#include <string.h>

#include "base/alloc.h"
#include "base/map.h"
#include "engine/analyst_internal.h"
#include "engine/silence.h"
#include "history/retries.h"
#include "history/services.h"
#include "store/judgement.h"
#include "x509/x509.h"

int64_t analyst_id(const struct analyst *a, uint32_t input, uint64_t first_packet)
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
    bool is_stored = (q.n_server == 0 || chains->refs.server_chain_id != 0) &&
                     (q.n_client == 0 || chains->refs.client_chain_id != 0);
    a->live.not_verified += !is_stored;
    if (!is_stored || !analyst_may_verify(a))
        return true; /* undetermined: "nothing was verified" */
    const struct judgement *j = verifier_judge(a->o.verifier, &q);
    analyst_verified(a);
    const struct judgement_refs refs = {.leaf_id = chains->n_server > 0 ? chains->server_ids[0] : 0,
            .chain_id = chains->refs.server_chain_id,
            .client_chain_id = chains->refs.client_chain_id,
            .cert_ids = chains->server_ids,
            .n_certs = chains->n_server,
            .us = seen_us_of(facts->handshake)};
    facts->judgement = chains->refs.judgement = j;
    return store_judgement(a->o.store, j, &refs, err);
}

/* What was known when the input was read first: nothing that came after it. */
struct history *analyst_history(const struct analyst *a, uint32_t input)
{
    return a->o.is_again[input] ? a->again : a->history;
}

const char *analyst_region(const struct analyst *a, const struct handshake *h)
{
    return texts_keep(
            a->texts, policy_region(a->o.policy, &h->sides[SIDE_SERVER].endpoint.address));
}

int64_t analyst_place(const struct analyst *a, const char *region)
{
    if (region == NULL)
        return a->vantage_id;
    const uint64_t key[2] = {(uint64_t)a->vantage_id, hash_fixed(region, strlen(region))};
    return (int64_t)hash_fixed(key, sizeof key);
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
        metrics_take(a->metrics, facts->service->id, facts->region, &m);
    const struct lesson l = {.vantage = a->vantage_id,
            .place = facts->place,
            .handshake = h,
            .service = facts->service,
            .leaf = facts->n_chain > 0 ? facts->chain[0] : NULL,
            .is_name_match = facts->name_match == NAME_FACT_MATCH,
            .is_name_mismatch = facts->name_match == NAME_FACT_MISMATCH,
            .client_leaf = facts->n_client_chain > 0 ? facts->client_chain[0] : NULL,
            .judgement = facts->judgement,
            .at_us = h->last_us,
            .now_us = a->live.latest_us};
    history_learn(analyst_history(a, h->input), &l);
    const struct due_minute at = {.minute_us = h->first_us,
            .vantage = a->vantage_id,
            .place = facts->place,
            .region = facts->region,
            .service = *facts->service};
    bool never_was = a->o.watch != NULL && h->first_us > a->live.latest_us;
    if (!a->o.is_again[h->input] && !never_was)
        minutes_touch(a->minutes, &at);
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
            .region = analyst_region(a, h),
            .chain = chains->server,
            .n_chain = chains->n_server,
            .name_match = compare_name(h, leaf),
            .client_chain = chains->client,
            .n_client_chain = chains->n_client,
            .ca_hint = compare_authorities(h, chains->client, chains->n_client),
            .policy = a->o.policy,
            .inventory = a->o.inventory,
            .losses = analyst_losses(a),
            .history = analyst_history(a, h->input)};
    facts.place = analyst_place(a, facts.region);
    if (!verify(a, chains, &facts, err))
        return false;
    a->judge.is_again = a->o.is_again[h->input];
    if (!judge_round(&a->judge, RULE_HANDSHAKE, &facts, service, err))
        return false;
    learn(a, h, &facts);
    if (leaf != NULL && chains->server_ids[0] != 0 && !a->o.is_again[h->input])
        served_add(a->served, service->service.id, chains->server_ids[0], seen_us);
    return true;
}

int64_t *analyst_now(struct analyst *a)
{
    if (a->vantage >= a->n_now) {
        a->now_us = xrealloc(a->now_us, a->vantage + 1, sizeof *a->now_us);
        while (a->n_now <= a->vantage)
            a->now_us[a->n_now++] = INT64_MIN / 2;
    }
    return &a->now_us[a->vantage];
}

/* Judges the minutes of services that are over. */
bool analyst_minutes(struct analyst *a, int64_t at_us, struct err *err)
{
    int64_t *now_us = analyst_now(a);
    struct due_minute due;
    if (a->o.watch != NULL && at_us != INT64_MAX && at_us > a->live.end_us)
        at_us = a->live.end_us; /* of before the clock was set back */
    if (at_us > *now_us)
        *now_us = at_us;
    while (minutes_next(a->minutes, a->vantage_id, *now_us, &due)) {
        const struct rule_facts facts = {.at_us = due.minute_us + MINUTE_US,
                .service = &due.service,
                .vantage = a->vantage_id,
                .place = due.place,
                .region = due.region,
                .window_us = due.minute_us,
                .losses = analyst_losses(a),
                .history = a->history,
                .policy = a->o.policy};
        a->judge.is_again = false;
        if (!judge_round(&a->judge, RULE_WINDOW, &facts,
                    services_by_id(a->services, due.service.id), err))
            return false;
    }
    return true;
}

bool analyst_handshake(struct analyst *a, struct handshake *h, struct err *err)
{
    struct chains chains = {.n_server = 0};
    h->id = analyst_id(a, h->input, h->first_packet);
    h->vantage = a->vantage;
    label_by_name(a, h);
    /* First, while the history does not know this attempt yet: it may be much later. */
    if (!analyst_minutes(a, h->last_us, err))
        return false;
    struct service_state *service = services_of(a->services, h, err);
    if (service == NULL || !look_up_chains(a, h, &chains, err))
        return false;
    if (a->o.watch != NULL)
        (void)silence_doubt(h, &a->live.losses);
    if (scans_take(a->scans, h)) { /* what one attempt cannot show, before any rule or count */
        h->outcome = OUTCOME_SCAN;
        h->basis = BASIS_INFERRED;
        h->confidence = 0.7;
    }
    chains.refs.service_id = service->service.id;
    chains.refs.client_group = policy_group(a->o.policy, &h->sides[SIDE_CLIENT].endpoint.address);
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
        analyst_keep(a, h, NULL);
    }
    if (!chains.refs.is_duplicate)
        open_add(a->open, h, service->service.id);
    return store_handshake(a->o.store, h, &chains.refs, err);
}
