#include "history/renewals.h"
#include "rules/support.h"

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    const struct certificate *leaf = rule_leaf(f, a, &v);
    if (leaf == NULL)
        return v;
    double life = (double)(leaf->not_after_us - leaf->not_before_us);
    double age = (double)(f->at_us - leaf->not_before_us);
    if (f->history == NULL || life <= 0 || age > life) /* cert-expired */
        return RULE_NA;
    struct renewal_habit r =
            history_renewals(f->history, f->vantage, f->service, f->handshake, leaf);
    if (r.n < rule_threshold(f, THRESHOLD_RENEWAL_MIN))
        return RULE_NA;
    double part = rule_threshold(f, THRESHOLD_RENEWAL_OVERDUE);
    if (age <= (r.median + part) * life)
        return RULE_PASS;
    rule_summary(a,
            "%.200s is %.0f days old; its %u predecessors here were renewed after %.0f %% of their "
            "lifetime, which would have been after %.0f days",
            rule_who(leaf), age / (double)DAY_US, r.n, r.median * 100,
            r.median * life / (double)DAY_US);
    return rule_certificate_hit(
            f, a, 0, leaf->validity_der, "validity of the server's certificate");
}

const struct rule rule_cert_renewal_overdue = {
        .id = "cert-renewal-overdue",
        .codes = "M3 M7 P15 P17 U1",
        .title = "The certificate was not renewed when it usually is",
        .cite = "RFC 5280 4.1.2.5",
        .what = "A server address that was seen to renew its certificate at least twice (same "
                "names, same type of key, later notBefore) shows one whose age is above the "
                "median age at renewal and 20 % of its lifetime. (policy: renewal-min, "
                "renewal-overdue)",
        .traps = "Ages are compared as parts of the lifetime, which may have been shortened since. "
                 "Of an even number of renewals the greater middle one counts, so that one early "
                 "reissue moves little. A leaf that had run out when the next began is left out: "
                 "a generation may have been missed.",
        .remedy = "Look into the logs of the ACME client or of the PKI.",
        .severity = SEV_MEDIUM,
        .on = RULE_HANDSHAKE,
        .check = check,
};
