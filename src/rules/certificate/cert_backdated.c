#include "rules/judged.h"

#define SECOND_US INT64_C(1000000)
#define DUTY_FROM_US (INT64_C(1694736000) * SECOND_US) /* 2023-09-15: BR 2.0.0 */

/* The earliest time of the embedded SCTs of one verdict; INT64_MAX when there is none. */
static int64_t earliest(const struct sct_list *l, enum signed_verdict verdict)
{
    int64_t us = INT64_MAX;
    for (size_t i = 0; i < l->n && i < SCT_CAP; i++) {
        const struct sct *s = &l->scts[i];
        if (s->is_parsed && s->channel == SCT_IN_CERTIFICATE && s->verdict == verdict &&
                s->timestamp_us < us)
            us = s->timestamp_us;
    }
    return us;
}

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    char who[WHO_TEXT], from[16], logged[16];
    const struct certificate *leaf = rule_leaf(f, a, &v);
    if (leaf == NULL)
        return v;
    if (leaf->sct_list.n == 0 || leaf->not_before_us < DUTY_FROM_US)
        return RULE_NA;
    const struct judgement *j = rule_judgement(f, a, &v);
    if (j == NULL)
        return v;
    if (j->is_public == KNOWN_NO)
        return RULE_NA;
    if (!j->has_ct_logs)
        return rule_undetermined(a, "no CT log list was given (--ct-logs)");
    if (j->scts == NULL)
        return rule_undetermined(a, "the timestamps were not read");
    int64_t valid = earliest(j->scts, SIGNED_VALID);
    int64_t other = earliest(j->scts, SIGNED_UNVERIFIED);
    int64_t limit = leaf->not_before_us + rule_threshold_us(f, THRESHOLD_BACKDATED_HOURS);
    if (valid <= limit)
        return RULE_PASS;
    if (valid == INT64_MAX || other <= limit || j->scts->problem != NULL)
        return rule_undetermined(a, "timestamps could not be verified");
    if (!rule_public(f, a, &v))
        return v;
    rule_name(leaf, who);
    rule_day(leaf->not_before_us, from);
    rule_day(valid, logged);
    rule_summary(a, "%s is valid from %s, but was logged on %s, %lld days later", who, from, logged,
            (long long)((valid - leaf->not_before_us) / DAY_US));
    return rule_certificate_hit(
            f, a, 0, leaf->validity_der, "validity of the server's certificate");
}

const struct rule rule_cert_backdated = {
        .id = "cert-backdated",
        .codes = "F9",
        .title = "A public certificate begins before it was issued",
        .cite = "CA/Browser Forum BR 7.1.2.7",
        .what = "The server's certificate chains to a public root, and its notBefore lies more "
                "than 48 hours before the earliest valid timestamp (SCT) in it.",
        .traps = "CAs backdate by an hour for clocks that are off: 48 hours are allowed. Only "
                 "timestamps that were verified (--ct-logs) count. Certificates from before "
                 "2023-09-15, when the rule came, are left out.",
        .remedy = "Report it to the CA.",
        .severity = SEV_LOW,
        .on = RULE_SERVED,
        .check = check,
};
