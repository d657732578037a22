#include "rules/support.h"

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    const struct certificate *leaf = rule_leaf(f, a, &v);
    if (leaf == NULL)
        return v;
    if (leaf->key_type != KEY_DSA)
        return RULE_PASS;
    rule_summary(a, "%s has a DSA key", rule_who(leaf));
    return rule_certificate_hit(f, a, 0, leaf->subject_der, "subject of the certificate");
}

const struct rule rule_cert_key_dsa = {
        .id = "cert-key-dsa",
        .codes = "T1",
        .title = "The server's certificate has a DSA key",
        .cite = "CA/Browser Forum BR 6.1.5; BSI TR-02102-2; FIPS 186-5",
        .what = "The key of the server's certificate is of type id-dsa, which TLS 1.3 and today's "
                "clients do not accept.",
        .traps = "None known.",
        .remedy = "Have it issued again with ECDSA or RSA.",
        .severity = SEV_MEDIUM,
        .on = RULE_SERVED,
        .check = check,
};
