#include "rules/support.h"

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    char day[24], at[24], span[24];
    const struct certificate *leaf = rule_leaf(f, a, &v);
    if (leaf == NULL)
        return v;
    if (leaf->not_after_us >= f->at_us)
        return RULE_PASS;
    rule_when(leaf->not_after_us, f->at_us, day);
    rule_when(f->at_us, leaf->not_after_us, at);
    rule_span(f->at_us - leaf->not_after_us, span);
    rule_summary(a, "%s expired on %s, %s before %s", rule_who(leaf), day, span, at);
    return rule_certificate_hit(
            f, a, 0, leaf->validity_der, "validity of the server's certificate");
}

const struct rule rule_cert_expired = {
        .id = "cert-expired",
        .codes = "F1 T1 M1 M3 P18 U1",
        .title = "The server's certificate has expired",
        .cite = "RFC 5280 4.1.2.5",
        .what = "notAfter of the first certificate that the server sent lies before the time of "
                "the "
                "packet that carried it (or before --at).",
        .traps = "Packet time is used, not today's: an old capture is judged by its own time. "
                 "99991231235959Z means \"no expiration\". A capturing host whose clock is wrong "
                 "makes every certificate look wrong.",
        .remedy = "Renew the certificate, deploy it on every node behind the address, and automate "
                  "its renewal.",
        .severity = SEV_CRITICAL,
        .on = RULE_SERVED,
        .check = check,
};
