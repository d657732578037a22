/* The outcome of an attempt: exactly one value of defects.md section 3, with basis and confidence.
 */
#include "attempt/attempt_internal.h"

enum { ALERT_RECORD = 7 }; /* in clear: header, level, description */

void outcome_set(struct attempt *a, enum outcome outcome, enum basis basis, double confidence)
{
    a->hs->outcome = outcome;
    a->hs->basis = basis;
    a->hs->confidence = confidence;
    a->hs->undetermined = UNDETERMINED_NOT;
}

void outcome_set_undetermined(struct attempt *a, enum undetermined why)
{
    outcome_set(a, OUTCOME_UNDETERMINED, BASIS_NONE, 0);
    a->hs->undetermined = why;
}

void outcome_set_sided(struct attempt *a, enum side side, enum outcome client, enum outcome server,
        enum basis basis, double confidence)
{
    outcome_set(a, side == SIDE_CLIENT ? client : server, basis, confidence);
}

void conclude_success(struct attempt *a, const struct fact *f, enum basis basis, double confidence)
{
    a->is_concluded = a->is_established = true;
    outcome_set(a, OUTCOME_SUCCESS, basis, confidence);
    struct timings *t = &a->hs->times;
    t->end_us = f->at.last_us;
    if (a->is_tls13)
        t->complete_us = t->client_finished_us;
    else if (basis == BASIS_SEEN)
        t->complete_us = f->at.last_us;
}

void conclude_success_inferred(struct attempt *a, const struct fact *f, double confidence)
{
    conclude_success(a, f, BASIS_INFERRED, confidence);
    a->hs->outcome = OUTCOME_SUCCESS_INFERRED;
}

/* Bytes that the other side acknowledged, or that stand before a FIN, and that no packet brought:
 * something was lost. */
bool has_unseen_bytes(const struct attempt *a, const struct flow_info *info, enum side side)
{
    const struct flow_side *s = &info->sides[dir_of_side(a, side)];
    return s->n_gaps > 0 || s->acked > s->seen || (s->has_fin && s->fin_offset > s->next);
}

static bool has_hole(const struct attempt *a, const struct flow_info *info)
{
    return a->is_gap_before_end || has_unseen_bytes(a, info, SIDE_CLIENT) ||
           has_unseen_bytes(a, info, SIDE_SERVER);
}

/* Bytes that are no TLS behind a hello of the server may hide anything; where its hello was due
 * they are an answer in another language (HTTP on a TLS port). */
bool is_garbled(const struct attempt *a)
{
    bool is_before = a->hs->server_hello == NULL && a->hs->hello_retry_request == NULL;
    return !is_before && (a->is_no_tls[SIDE_CLIENT] || a->is_no_tls[SIDE_SERVER]);
}

/* Whether the capture can bear a statement that something did not happen. */
static bool may_judge_absence(struct attempt *a, const struct flow_info *info)
{
    if (!info->sides[0].is_seen || !info->sides[1].is_seen)
        outcome_set_undetermined(a, UNDETERMINED_ONE_DIRECTION);
    else if (has_hole(a, info))
        outcome_set_undetermined(a, UNDETERMINED_GAP);
    else if (is_garbled(a))
        outcome_set_undetermined(a, UNDETERMINED_MALFORMED);
    else if (a->hs->is_capped || info->is_capped)
        outcome_set_undetermined(a, UNDETERMINED_EVICTED);
    else if (a->hs->client_hello == NULL && !a->has_begun)
        outcome_set_undetermined(a, UNDETERMINED_START_NOT_SEEN);
    else if (info->has_passed)
        outcome_set_undetermined(a, UNDETERMINED_DISORDER);
    else
        return true;
    return false;
}

/* The first FIN or RST, in packet order. */
static const struct moment *first_ending(const struct attempt *a)
{
    if (!a->fin.is_seen && !a->rst.is_seen)
        return NULL;
    if (!a->fin.is_seen)
        return &a->rst;
    if (!a->rst.is_seen)
        return &a->fin;
    return moment_is_before(&a->rst, &a->fin) ? &a->rst : &a->fin;
}

/* Whether the latest record that a side sent, or began to send, was not acknowledged. */
static bool is_unacked(const struct attempt *a, const struct flow_info *info, enum side side)
{
    return info->sides[dir_of_side(a, side)].acked < a->last_end[side];
}

/* Silence of ATTEMPT_TIMEOUT_US: the side that owed the next message did not send it. */
void conclude_silence(struct attempt *a, const struct flow_info *info, enum side owes,
        enum basis basis, double confidence)
{
    enum side waiting = owes == SIDE_SERVER ? SIDE_CLIENT : SIDE_SERVER;
    enum side stuck = is_unacked(a, info, waiting) ? waiting : owes;
    a->hs->times.end_us = a->last_progress_us + ATTEMPT_TIMEOUT_US;
    if (!is_unacked(a, info, stuck))
        outcome_set_sided(a, owes, OUTCOME_FAIL_TIMEOUT_CLIENT, OUTCOME_FAIL_TIMEOUT_SERVER, basis,
                confidence);
    else if (info->sides[dir_of_side(a, stuck)].n_retransmits > 0)
        outcome_set(a, OUTCOME_FAIL_TIMEOUT_PATH, basis, confidence < 0.9 ? confidence : 0.9);
    else /* nobody waits so long without sending again: that was not captured */
        outcome_set_undetermined(a, UNDETERMINED_GAP);
}

void conclude_reset(struct attempt *a, enum basis basis, double confidence)
{
    a->hs->times.end_us = a->rst.us;
    if (a->is_foreign_rst)
        outcome_set(a, OUTCOME_FAIL_RESET_THIRD_PARTY, BASIS_INFERRED, 0.7);
    else
        outcome_set_sided(a, a->rst.side, OUTCOME_FAIL_RESET_CLIENT, OUTCOME_FAIL_RESET_SERVER,
                basis, confidence);
}

/* Whether the FIN of the client left before anything of the server's answer had come to it,
 * whatever was on its way by then. */
static bool is_before_answer(const struct attempt *a)
{
    const struct handshake *hs = a->hs;
    const struct server_hello *answer =
            hs->hello_retry_request != NULL ? hs->hello_retry_request : hs->server_hello;
    return answer == NULL || a->fin.acked <= answer->at.offset;
}

/* A client that leaves before any answer raced another connection, or had no use for this one. */
static bool is_abandoned(const struct attempt *a)
{
    const struct handshake *hs = a->hs;
    /* A hello that is not whole ends where nothing more came. */
    bool is_whole = hs->times.client_hello_last_us != TIME_NONE;
    int64_t said = is_whole ? hs->times.client_hello_last_us : a->last_progress_us;
    bool quick = a->fin.us - said <= ATTEMPT_ABANDON_US;
    bool server_silent = hs->sides[SIDE_SERVER].n_alerts == 0 && !a->is_no_tls[SIDE_SERVER];
    return a->fin.side == SIDE_CLIENT && is_before_answer(a) && quick && server_silent;
}

static void conclude_closed(struct attempt *a)
{
    a->hs->times.end_us = a->fin.us;
    if (a->closing_alert.is_seen && a->closing_alert.side == a->fin.side)
        outcome_set_sided(a, a->fin.side, OUTCOME_FAIL_ALERT_CLIENT, OUTCOME_FAIL_ALERT_SERVER,
                BASIS_SEEN, 0.9);
    else if (is_abandoned(a))
        outcome_set(a, OUTCOME_ABANDONED, BASIS_SEEN, 1.0);
    else
        outcome_set_sided(a, a->fin.side, OUTCOME_FAIL_CLOSED_CLIENT, OUTCOME_FAIL_CLOSED_SERVER,
                BASIS_SEEN, 1.0);
}

/* Whether the packets do not stand in the order in which they were sent: who did something first
 * cannot be told then. */
static bool is_disordered(const struct flow_info *info)
{
    return info->sides[0].n_late > 0 || info->sides[1].n_late > 0;
}

/* A side that had closed before the other one complained is the one that broke off. What each had
 * acknowledged tells the order better than the capture does. */
static bool has_closed_first(const struct attempt *a, const struct moment *alert)
{
    const struct moment *fin = &a->fins[1 - alert->side];
    if (!fin->is_seen)
        return false;
    return alert->acked >= fin->at || (fin->acked < alert->at && moment_is_before(fin, alert));
}

/* The server's flight of TLS 1.3 is not seen to be whole; once it has begun, the client is next. */
enum side owed_by(const struct attempt *a)
{
    if (!a->is_tls13)
        return a->owes;
    return a->flight_end == 0 && a->last_server_len != 0 ? SIDE_CLIENT : SIDE_SERVER;
}

/* RFC 5246 7.2.1: who says close_notify first closes; the other side only answers. Who says so
 * after a long silence of the other gave up waiting. */
static void conclude_close_notify(struct attempt *a, const struct flow_info *info, bool silent)
{
    enum side owes = owed_by(a);
    if (silent && owes != a->close_notify.side) {
        conclude_silence(a, info, owes, BASIS_SEEN, 1.0);
        return;
    }
    a->hs->times.end_us = a->close_notify.us;
    outcome_set_sided(a, a->close_notify.side, OUTCOME_FAIL_CLOSED_CLIENT,
            OUTCOME_FAIL_CLOSED_SERVER, BASIS_SEEN, 1.0);
}

static void conclude_absence(struct attempt *a, const struct flow_info *info, int64_t at_us)
{
    const struct moment *end = first_ending(a);
    int64_t until = end != NULL ? end->us : at_us;
    if (a->close_notify.is_seen && a->close_notify.us < until)
        until = a->close_notify.us;
    bool silent = until - a->last_progress_us >= ATTEMPT_TIMEOUT_US;
    if (end != NULL && !silent && is_disordered(info)) {
        outcome_set_undetermined(a, UNDETERMINED_DISORDER);
    } else if (a->close_notify.is_seen && !has_closed_first(a, &a->close_notify)) {
        conclude_close_notify(a, info, silent);
    } else if (a->encrypted_alert.is_seen && end != NULL &&
               !has_closed_first(a, &a->encrypted_alert)) {
        a->hs->times.end_us = a->encrypted_alert.us;
        outcome_set_sided(a, a->encrypted_alert.side, OUTCOME_FAIL_INFERRED_CLIENT,
                OUTCOME_FAIL_INFERRED_SERVER, BASIS_INFERRED, 0.7);
    } else if (a->is_tls13 && (end != &a->fin || !is_abandoned(a))) {
        conclude_tls13(a, info, end, silent);
    } else if (silent) {
        conclude_silence(a, info, a->owes, BASIS_SEEN, 1.0);
    } else if (end == NULL) {
        outcome_set_undetermined(a, UNDETERMINED_OPEN_AT_END);
    } else if (end == &a->rst) {
        conclude_reset(a, BASIS_SEEN, 1.0);
    } else {
        conclude_closed(a);
    }
}

/* Both sides complained: the alert that the sender of the other had acknowledged came first. Where
 * neither or both had, the order of a capture that moved packets tells nothing. */
static bool order_alerts(struct attempt *a, const struct flow_info *info)
{
    if (!a->other_fatal.is_seen)
        return true;
    bool is_second = a->fatal.acked >= a->other_fatal.at;
    bool is_first = a->other_fatal.acked >= a->fatal.at;
    if (is_second && !is_first)
        a->fatal = a->other_fatal;
    return is_second != is_first || !is_disordered(info);
}

/* What the complaining side had got of the other and the capture has not is as long as an alert, or
 * of unknown length: it may only have answered one. */
static bool may_be_answer(const struct attempt *a, const struct flow_info *info)
{
    uint64_t seen = info->sides[dir_of_side(a, 1 - a->fatal.side)].next;
    return a->fatal.acked == seen + ALERT_RECORD || (info->has_passed && seen == 0);
}

static void conclude_alert(struct attempt *a, const struct flow_info *info)
{
    if (!order_alerts(a, info)) {
        outcome_set_undetermined(a, UNDETERMINED_DISORDER);
        return;
    }
    if (may_be_answer(a, info)) {
        outcome_set_undetermined(a, UNDETERMINED_GAP);
        return;
    }
    a->hs->times.end_us = a->fatal.us;
    /* Positive evidence: a clear alert stands even when other bytes were lost. */
    bool lossless = !a->is_gap_before_end;
    outcome_set_sided(a, a->fatal.side, OUTCOME_FAIL_ALERT_CLIENT, OUTCOME_FAIL_ALERT_SERVER,
            BASIS_SEEN, lossless ? 1.0 : 0.9);
}

void conclude(struct attempt *a, const struct flow_info *info, int64_t at_us)
{
    if (a->is_concluded)
        return;
    a->is_concluded = true;
    a->hs->times.end_us = info->last_us; /* unless a deadline decides */
    if (a->fatal.is_seen && !has_closed_first(a, &a->fatal)) {
        conclude_alert(a, info);
        return;
    }
    if (may_judge_absence(a, info))
        conclude_absence(a, info, at_us);
}
