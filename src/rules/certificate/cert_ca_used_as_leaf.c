#include "rules/support.h"

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    const struct certificate *leaf = rule_extensions(rule_leaf(f, a, &v), a, &v);
    if (leaf == NULL)
        return v;
    if (!leaf->is_ca)
        return RULE_PASS;
    if (leaf->self_signed != SELF_SIGNED_NO)
        a->severity = SEV_LOW;
    rule_summary(a, "%s is a CA's certificate (cA is TRUE)%s", rule_who(leaf),
            leaf->self_signed == SELF_SIGNED_YES ? ", self-signed" : "");
    return rule_certificate_hit(f, a, 0, leaf->subject_der, "subject of the certificate");
}

const struct rule rule_cert_ca_used_as_leaf = {
        .id = "cert-ca-used-as-leaf",
        .codes = "F9 T1",
        .title = "The server presents a CA's certificate as its own",
        .cite = "RFC 5280 4.2.1.9; CA/Browser Forum BR 7.1.2.7.8",
        .what = "basicConstraints of the first certificate that the server sent has cA = TRUE: who "
                "gets the key of this server can issue certificates.",
        .traps =
                "Self-signed certificates of appliances often say so and nobody trusts them as CA: "
                "they are low.",
        .remedy = "Have an end-entity certificate issued, and revoke this one if it was trusted.",
        .severity = SEV_HIGH,
        .on = RULE_SERVED,
        .check = check,
};
