/*
 * How an attempt ended that chose TLS 1.3 and for which no success was seen (defects.md section 3).
 * Up to the client's first protected record the ending is as plain as before: no record, no
 * Finished. Behind it the sizes of records speak, and what they say is inferred. The confidences
 * come from docs/tls13-endings.md.
 */
#include "attempt/attempt_internal.h"

enum { ANSWER_SHARE = 4 }; /* an answer comes sooner than this part of the pause before it */

/* Whether the server only answered what the client did after a pause: it had said nothing about the
 * certificate all the while, and spoke as soon as the client did. */
static bool is_answer(const struct attempt *a, const struct moment *m)
{
    int64_t after = m->us - a->turn.us;
    return a->turn.is_seen && m->acked >= a->turn.at && after >= 0 &&
           after <= a->turn_pause_us / ANSWER_SHARE;
}

/* Whether the client had begun to close before the server did what it did. */
static bool has_said_bye(const struct attempt *a, const struct moment *m)
{
    const struct moment *alert = &a->alert_sized[SIDE_CLIENT];
    const struct moment *fin = &a->fins[SIDE_CLIENT];
    return (alert->is_seen && m->acked >= alert->at) || (fin->is_seen && m->acked >= fin->at);
}

/* The server complained, closed or reset: what a certificate that it did not like looks like. */
static void after_complaint(struct attempt *a, const struct moment *m)
{
    a->hs->times.end_us = m->us;
    if (m == &a->rst)
        conclude_reset(a, BASIS_INFERRED, 0.6);
    else if (m == &a->alert_sized[SIDE_SERVER])
        outcome_set(a, OUTCOME_FAIL_INFERRED_SERVER, BASIS_INFERRED, 0.7);
    else
        outcome_set(a, OUTCOME_FAIL_CLOSED_SERVER, BASIS_INFERRED, 0.6);
}

/* A single record of the client may be a padded alert, one of the server that is longer than its
 * others would be may be data, and one that comes late may mean anything. */
static bool is_open_question(const struct attempt *a)
{
    bool is_alert = a->alert_sized[SIDE_SERVER].is_seen;
    bool is_late = is_alert && a->alert_quiet_us[SIDE_SERVER] >= ATTEMPT_TIMEOUT_US;
    return is_late || (is_alert && a->is_alert_doubtful) ||
           (a->is_flight_block && a->finished_end == 0);
}

static void after_certificate(struct attempt *a, const struct moment *end)
{
    const struct moment *alert = &a->alert_sized[SIDE_SERVER];
    bool is_by_server = end != NULL && end->side == SIDE_SERVER;
    const struct moment *m = a->padded_reply.is_seen ? &a->padded_reply
                             : alert->is_seen        ? alert
                             : is_by_server          ? end
                                                     : NULL;
    bool is_left = m == NULL && end != NULL && a->finished_end != 0; /* by the client */
    bool is_answered = m != NULL && m != &a->rst && is_answer(a, m);
    bool may_be_answer = m == NULL || m == &a->padded_reply || has_said_bye(a, m);
    if (!is_open_question(a) && (is_left || is_answered))
        outcome_set(a, OUTCOME_SUCCESS_INFERRED, BASIS_INFERRED,
                m == alert && a->has_gone_on ? 0.7 : 0.5);
    else if (is_open_question(a) || may_be_answer)
        outcome_set_undetermined(a, UNDETERMINED_TLS13);
    else
        after_complaint(a, m);
}

/* Finished without a certificate leaves the server nothing to refuse: who closes now had no use for
 * the connection. A server that had not even got it broke off. */
static void after_finished(
        struct attempt *a, const struct flow_info *info, const struct moment *end)
{
    bool is_acked = info->sides[dir_of_side(a, SIDE_CLIENT)].acked >= a->finished_end;
    if (end != NULL && end->side == SIDE_SERVER && !is_acked) {
        if (end == &a->rst)
            conclude_reset(a, BASIS_INFERRED, 0.7);
        else
            outcome_set(a, OUTCOME_FAIL_CLOSED_SERVER, BASIS_INFERRED, 0.7);
        return;
    }
    if (end == NULL && !is_acked) {
        conclude_silence(a, info, SIDE_SERVER, BASIS_INFERRED, 0.7);
        return;
    }
    bool is_client = end == NULL || end->side == SIDE_CLIENT;
    a->hs->times.complete_us = a->hs->times.client_finished_us;
    outcome_set(a, OUTCOME_SUCCESS_INFERRED, BASIS_INFERRED, is_client ? 0.6 : 0.5);
}

/* The server complained before the client had said anything and before it left; a server that gave
 * up waiting did so because the client was silent. */
static bool server_refused(const struct attempt *a, const struct moment *end)
{
    const struct moment *alert = &a->alert_sized[SIDE_SERVER];
    bool is_late = end != NULL && end->side == SIDE_CLIENT && moment_is_before(end, alert);
    return alert->is_seen && !is_late && a->alert_quiet_us[SIDE_SERVER] < ATTEMPT_TIMEOUT_US;
}

/* No protected record of the client: nothing was finished, whatever the server's records hold. */
static void before_client(
        struct attempt *a, const struct flow_info *info, const struct moment *end, bool silent)
{
    const struct moment *alert = &a->alert_sized[SIDE_SERVER];
    bool gave_up = alert->is_seen && a->alert_quiet_us[SIDE_SERVER] >= ATTEMPT_TIMEOUT_US;
    if (server_refused(a, end)) {
        a->hs->times.end_us = alert->us;
        outcome_set(a, OUTCOME_FAIL_INFERRED_SERVER, BASIS_INFERRED, 0.7);
    } else if (silent || gave_up) {
        /* The server's flight cannot be seen to be whole: who owes is a guess once it began. */
        bool has_begun = a->last_server_len != 0;
        conclude_silence(a, info, has_begun ? SIDE_CLIENT : SIDE_SERVER,
                has_begun ? BASIS_INFERRED : BASIS_SEEN, has_begun ? 0.7 : 1.0);
    } else if (end == &a->rst) {
        conclude_reset(a, BASIS_SEEN, 1.0);
    } else {
        a->hs->times.end_us = end->us;
        outcome_set_sided(a, end->side, OUTCOME_FAIL_CLOSED_CLIENT, OUTCOME_FAIL_CLOSED_SERVER,
                BASIS_SEEN, 1.0);
    }
}

/* An alert where the flight was due: behind a certificate it would be an answer to the server's. A
 * server that had left before did not wait for it. */
static bool client_refused(const struct attempt *a, const struct moment *end)
{
    const struct moment *alert = &a->alert_sized[SIDE_CLIENT];
    if (!alert->is_seen || a->flight_end != 0)
        return false;
    return end == NULL || end->side == SIDE_CLIENT || moment_is_before(alert, end);
}

void conclude_tls13(
        struct attempt *a, const struct flow_info *info, const struct moment *end, bool silent)
{
    const struct moment *by = silent ? NULL : end;
    if (end != NULL && !silent)
        a->hs->times.end_us = end->us;
    if (client_refused(a, end)) {
        a->hs->times.end_us = a->alert_sized[SIDE_CLIENT].us;
        bool is_sure = end != NULL && a->early_data != EARLY_DATA_OPEN;
        outcome_set(a, OUTCOME_FAIL_INFERRED_CLIENT, BASIS_INFERRED, is_sure ? 0.9 : 0.7);
    } else if (by == NULL && !silent) {
        outcome_set_undetermined(a, UNDETERMINED_OPEN_AT_END);
    } else if (a->flight_end == 0) {
        before_client(a, info, end, silent);
    } else if (a->has_client_cert) {
        after_certificate(a, by);
    } else if (a->finished_end != 0 && !tls13_may_be_early(a)) {
        after_finished(a, info, by);
    } else {
        outcome_set_undetermined(a, UNDETERMINED_TLS13);
    }
}
