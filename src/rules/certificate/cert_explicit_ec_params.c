#include "rules/support.h"

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    bool has_ec = false;
    if (rule_leaf(f, a, &v) == NULL)
        return v;
    for (size_t i = 0; i < f->n_chain; i++) {
        const struct certificate *c = f->chain[i];
        has_ec |= c->is_parsed && c->key_type == KEY_EC;
        if (!c->is_parsed || !c->has_explicit_curve)
            continue;
        rule_summary(a, "%s describes its curve (%u bits) instead of naming it", rule_who(c),
                c->key_bits);
        return rule_certificate_hit(f, a, i, c->ec_base.n > 0 ? c->ec_base : c->subject_der,
                c->ec_base.n > 0 ? "base point of the curve" : "subject of the certificate");
    }
    return has_ec ? RULE_PASS : RULE_NA;
}

const struct rule rule_cert_explicit_ec_params = {
        .id = "cert-explicit-ec-params",
        .codes = "T3 T4",
        .title = "A certificate describes its elliptic curve instead of naming it",
        .cite = "RFC 5480 2.1.1; RFC 8422 5.1.1; CVE-2020-0601",
        .what = "The parameters of the key of a certificate that the server sent, roots included, "
                "are a SEQUENCE (specifiedCurve) instead of an object identifier. Whoever chooses "
                "the base point can give a key pair to any public key: clients that do not compare "
                "the parameters take such a certificate for a root that they trust.",
        .traps =
                "Some smart card PKIs do it honestly. It is high and not critical: whether the key "
                "is that of a trusted root is not compared.",
        .remedy = "Have it issued again with a named curve; patch clients that accept it.",
        .severity = SEV_HIGH,
        .on = RULE_SERVED,
        .check = check,
};
