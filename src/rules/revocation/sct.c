/* Signed certificate timestamps of all three channels. */
#include "rules/revocation/staple.h"

#define SECOND_US INT64_C(1000000)
#define DUTY_FROM_US (INT64_C(1525132800) * SECOND_US)  /* 2018-05-01: Chrome asks for SCTs */
#define COUNT_FROM_US (INT64_C(1649980800) * SECOND_US) /* 2022-04-15: by days of lifetime */

static const char *channel_name(enum sct_channel c)
{
    static const char *const names[] = {"in the certificate", "by TLS", "in the OCSP answer"};
    return names[c];
}

/* The SCTs that came; NULL, with *verdict, when there are none. */
static const struct sct_list *list(
        const struct rule_facts *f, struct rule_answer *a, enum verdict *verdict)
{
    const struct certificate *leaf = rule_leaf(f, a, verdict);
    if (leaf == NULL)
        return NULL;
    const struct judgement *j = rule_judgement(f, a, verdict);
    if (j == NULL)
        return NULL;
    *verdict = RULE_NA;
    if (j->scts != NULL && (j->scts->n > 0 || j->scts->problem != NULL))
        return j->scts;
    if (j->scts == NULL && leaf->sct_list.n > 0)
        *verdict = rule_undetermined(a, "the timestamps were not read");
    return NULL;
}

static enum verdict hit(
        const struct rule_facts *f, struct rule_answer *a, const struct sct *s, const char *note)
{
    const struct handshake *h = f->handshake;
    const struct certificate *leaf = f->chain[0];
    bool is_inside = s == NULL || s->channel == SCT_IN_CERTIFICATE;
    (void)rule_certificate_hit(f, a, 0, is_inside && s != NULL ? s->log_id : leaf->subject_der,
            is_inside && s != NULL ? note : "subject of the certificate");
    if (s != NULL && s->channel == SCT_IN_TLS && h->server_hello != NULL)
        rule_bytes(a, SIDE_SERVER, &h->server_hello->at, s->log_id, note);
    if (s != NULL && s->channel == SCT_IN_OCSP && h->cert_status != NULL)
        rule_bytes(a, SIDE_SERVER, &h->cert_status->at, s->log_id, note);
    return RULE_HIT;
}

/* What was enough before lifetimes were counted in days: 2 below 15 months. */
static bool was_enough(const struct certificate *leaf, const struct sct_policy *p)
{
    return leaf->not_before_us < COUNT_FROM_US && p->n_logs >= 2 && p->n_operators >= 2 &&
           leaf->not_after_us < leaf->not_before_us + 456 * DAY_US;
}

/* Whether SCTs could have come by the channels that the client has to ask for. */
static bool is_all_asked(const struct rule_facts *f, struct rule_answer *a, enum verdict *verdict)
{
    const struct handshake *h = f->handshake;
    if (!staple_is_absence_known(f, a, verdict))
        return false;
    bool wants_ocsp = f->chain[0]->n_ocsp_urls > 0;
    if (h->client_hello->has_sct && (!wants_ocsp || staple_is_asked(h)))
        return true;
    *verdict = rule_undetermined(a, "the client did not ask for timestamps by TLS and OCSP");
    return false;
}

static enum verdict check_missing(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    char who[WHO_TEXT];
    const struct certificate *leaf = rule_leaf(f, a, &v);
    if (leaf == NULL)
        return v;
    const struct judgement *j = rule_judgement(f, a, &v);
    if (j == NULL)
        return v;
    if (j->is_public == KNOWN_NO || leaf->not_before_us < DUTY_FROM_US)
        return RULE_NA;
    if (!j->has_ct_logs)
        return rule_undetermined(a, "no CT log list was given (--ct-logs)");
    const struct sct_policy *p = &j->sct_policy;
    if (p->verdict == SCT_POLICY_SATISFIED || was_enough(leaf, p))
        return RULE_PASS;
    if (p->verdict == SCT_POLICY_UNDETERMINED)
        return rule_undetermined(
                a, p->reason != NULL ? p->reason : "the timestamps could not be judged");
    if (!rule_public(f, a, &v) || !is_all_asked(f, a, &v))
        return v;
    rule_name(leaf, who);
    rule_summary(a,
            "%s came with valid timestamps of %u log%s and %u operator%s; %u logs of 2 operators "
            "are "
            "needed",
            who, p->n_logs, p->n_logs == 1 ? "" : "s", p->n_operators,
            p->n_operators == 1 ? "" : "s", p->n_needed);
    return hit(f, a, NULL, NULL);
}

static enum verdict check_invalid(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    char who[WHO_TEXT], log[48], operator[48];
    const char *doubt = NULL;
    const struct sct_list *l = list(f, a, &v);
    if (l == NULL)
        return v;
    if (!f->judgement->has_ct_logs)
        return rule_undetermined(a, "no CT log list was given (--ct-logs)");
    for (size_t i = 0; i < l->n && i < SCT_CAP; i++) {
        const struct sct *s = &l->scts[i];
        if (s->verdict == SIGNED_UNVERIFIED)
            doubt = s->reason != NULL ? s->reason : "a timestamp could not be verified";
        if (s->verdict != SIGNED_INVALID || s->log == NULL)
            continue;
        if (!rule_one_copy(f, a, &v))
            return v;
        rule_name(f->chain[0], who);
        rule_fit(log, sizeof log, "%s", s->log->description != NULL ? s->log->description : "");
        rule_fit(operator, sizeof operator, "%s",
                s->log->operator_name != NULL ? s->log->operator_name : "");
        rule_summary(a, "a timestamp %s for %s does not verify under the key of the log %s (%s)",
                channel_name(s->channel), who, log, operator);
        return hit(f, a, s, "id of the log, from the timestamp");
    }
    if (doubt == NULL)
        doubt = l->problem;
    return doubt != NULL ? rule_undetermined(a, doubt) : RULE_PASS;
}

static enum verdict check_future(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    char who[WHO_TEXT], day[16], at[16];
    bool has_any = false;
    int64_t latest = f->at_us + rule_threshold_us(f, THRESHOLD_SCT_FUTURE_SECONDS);
    const struct sct_list *l = list(f, a, &v);
    if (l == NULL)
        return v;
    for (size_t i = 0; i < l->n && i < SCT_CAP; i++) {
        const struct sct *s = &l->scts[i];
        has_any |= s->is_parsed;
        if (!s->is_parsed || s->timestamp_us <= latest)
            continue;
        rule_name(f->chain[0], who);
        rule_day(s->timestamp_us, day);
        rule_day(f->at_us, at);
        rule_summary(a, "a timestamp %s for %s is of %s, later than the packet (%s)",
                channel_name(s->channel), who,
                s->timestamp_us == INT64_MAX ? "a day out of range" : day, at);
        return hit(f, a, s, "id of the log, from the timestamp");
    }
    if (l->problem != NULL)
        return rule_undetermined(a, "not all timestamps could be read");
    return has_any ? RULE_PASS : RULE_NA;
}

const struct rule rule_sct_missing = {
        .id = "sct-missing",
        .codes = "F9",
        .title = "A public certificate came with too few signed timestamps",
        .cite = "RFC 6962 3.3; CT policies of Chrome and Apple",
        .what = "The server's certificate chains to a public root and came with valid timestamps "
                "(SCTs) of fewer logs than browsers want: 2 for a lifetime up to 180 days, else 3, "
                "of at least 2 operators. Certificate, TLS extension and OCSP answer count "
                "together.",
        .traps = "Needs a list of logs (--ct-logs); logs that it does not know make it "
                 "undetermined, and so does a client that did not ask for timestamps by TLS and "
                 "OCSP. Before 2022-04-15, 2 were enough below 15 months; before 2018-05-01 none "
                 "was asked for. Companies may opt out of it for their own clients.",
        .remedy = "Have a certificate issued that is logged.",
        .severity = SEV_MEDIUM,
        .on = RULE_SERVED,
        .check = check_missing,
};

const struct rule rule_sct_invalid = {
        .id = "sct-invalid",
        .codes = "F9",
        .title = "A signed certificate timestamp does not verify",
        .cite = "RFC 6962 3.2, 3.3",
        .what = "The signature of a timestamp (SCT) fails under the key of its log, over the "
                "certificate or the precertificate that is built again from it.",
        .traps = "Timestamps of logs that the list (--ct-logs) does not know, and embedded ones "
                 "without the certificate of the issuer, are unverified, not invalid.",
        .remedy = "Report it to the CA.",
        .severity = SEV_HIGH,
        .on = RULE_SERVED,
        .check = check_invalid,
};

const struct rule rule_sct_timestamp_future = {
        .id = "sct-timestamp-future",
        .codes = "F4",
        .title = "A signed certificate timestamp lies in the future",
        .cite = "RFC 6962 3.2, 5.2",
        .what = "The time in a timestamp (SCT) is more than 5 minutes later than the packet.",
        .traps = "When many unrelated servers look like this, the capturing host's clock is wrong.",
        .remedy = "Correct the clock.",
        .severity = SEV_LOW,
        .on = RULE_SERVED,
        .check = check_future,
};
