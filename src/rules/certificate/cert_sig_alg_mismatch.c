#include "rules/support.h"

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    size_t at = 0;
    enum sig_match worst = SIG_MATCH_UNKNOWN;
    if (rule_leaf(f, a, &v) == NULL)
        return v;
    for (size_t i = 0; i < f->n_chain; i++)
        if (f->chain[i]->is_parsed && f->chain[i]->sig_match > worst) {
            worst = f->chain[i]->sig_match;
            at = i;
        }
    if (worst == SIG_MATCH_UNKNOWN)
        return RULE_NA;
    if (worst == SIG_MATCH_SAME)
        return RULE_PASS;
    if (worst == SIG_MATCH_NULL_ONLY)
        a->severity = SEV_LOW;
    const struct certificate *c = f->chain[at];
    rule_summary(a, "%s names two signature algorithms that differ%s", rule_who(c),
            worst == SIG_MATCH_NULL_ONLY ? " in NULL parameters only" : "");
    return rule_certificate_hit(
            f, a, at, c->outer_sig_alg, "signatureAlgorithm, beside the signed part");
}

const struct rule rule_cert_sig_alg_mismatch = {
        .id = "cert-sig-alg-mismatch",
        .codes = "F9",
        .title = "The two signature algorithms of a certificate differ",
        .cite = "RFC 5280 4.1.1.2, 4.1.2.3",
        .what = "signatureAlgorithm, which is not signed, is not the same as signature in the "
                "signed "
                "part, in a certificate that the server sent.",
        .traps = "One with NULL parameters and one without is low: they mean the same.",
        .remedy = "Have it issued again by software that encodes both alike.",
        .severity = SEV_MEDIUM,
        .on = RULE_SERVED,
        .check = check,
};
