/* What comes after a handshake. */
#include "engine/analyst_internal.h"

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
            .region = analyst_region(a, h),
            .history = analyst_history(a, h->input),
            .policy = a->o.policy,
            .losses = analyst_losses(a),
            .end = e};
    facts.place = analyst_place(a, facts.region);
    a->judge.is_again = a->o.is_again[h->input];
    if (!judge_round(&a->judge, RULE_CONNECTION, &facts, service, err))
        return false;
    const struct lesson l = {.vantage = a->vantage_id,
            .place = facts.place,
            .handshake = h,
            .service = &service->service,
            .end = e,
            .at_us = e->last_us};
    history_learn(analyst_history(a, h->input), &l);
    if (!a->judge.is_again)
        metrics_end(a->metrics, service_id, facts.region, h->first_us,
                &(struct metrics_rest){ended->payload_after, ended->gap_after});
    if (a->judge.defects[0] == '\0')
        return true;
    analyst_keep(a, h, e);
    return store_later_defects(a->o.store, e->handshake_id, a->judge.defects, a->judge.worst,
            text_str(&a->judge.keys), err);
}

bool analyst_end(struct analyst *a, struct ended *e, struct err *err)
{
    e->end.handshake_id = analyst_id(a, e->end.input, e->first_packet);
    coverages_end(&a->coverages, a->vantage, e);
    if (!judge_end(a, e, err))
        return false;
    analyst_keep_end(a, &e->end);
    return store_connection_end(a->o.store, &e->end, err);
}
