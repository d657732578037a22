#include "engine/clear_text.h"

#include "engine/label.h"
#include "history/tls_ports.h"

static bool judge(struct judge *j, struct history *history, int64_t vantage,
        const struct not_tls *n, struct err *err)
{
    struct handshake nobody = {.transport = TRANSPORT_TCP};
    nobody.sides[SIDE_SERVER].endpoint = n->server;
    const struct service_state *state = services_of(j->services, &nobody, err);
    if (state == NULL)
        return false;
    const struct rule_facts facts = {.at_us = j->has_at ? j->at_us : n->first_us,
            .service = &state->service,
            .vantage = vantage,
            .history = history,
            .policy = j->policy,
            .not_tls = n};
    judge_rule(j, "proto-plaintext-on-tls-port", &facts);
    return true;
}

bool clear_text_is_met(struct history *history, int64_t vantage, const struct not_tls *n)
{
    return label_is_tls_port(n->server.port) ||
           history_spoke_tls(history, vantage, &n->server, n->first_us) != INT64_MIN;
}

bool clear_text_judge(struct judge *j, struct history *history, int64_t vantage,
        const struct not_tls *n, struct err *err)
{
    const struct begin *begin = &n->begin[SIDE_CLIENT];
    if (recent_clear_name((struct bytes){begin->bytes, begin->n}) == NULL ||
            !clear_text_is_met(history, vantage, n))
        return true;
    struct recent_event e = recent_clear_text(vantage, &n->client, &n->server);
    const struct recent_counts seen = recent_with(history, &e, n->first_us);
    if ((double)seen.n_bad >= policy_threshold(j->policy, THRESHOLD_PLAINTEXT_MIN) &&
            !judge(j, history, vantage, n, err))
        return false;
    recent_add(history, &e, n->first_us);
    return true;
}
