#include "rules/judged.h"

static enum verdict violation(
        const struct rule_facts *f, struct rule_answer *a, const struct chain_verdict *v)
{
    char who[WHO_TEXT];
    size_t at = v->reason_at >= 0 && (size_t)v->reason_at < v->n_path ? (size_t)v->reason_at : 0;
    rule_element(f, v, at, who);
    rule_summary(a, "the path of the server's certificate is not allowed: %s (at %s)",
            v->reason != NULL ? v->reason : "a constraint of a CA is violated", who);
    return rule_path_hit(f, a, v, at);
}

/* A convention of CAs and browsers, not of RFC 5280. */
static enum verdict usage(
        const struct rule_facts *f, struct rule_answer *a, const struct chain_verdict *v)
{
    char who[WHO_TEXT];
    a->severity = SEV_MEDIUM;
    rule_element(f, v, (size_t)v->eku_at, who);
    rule_summary(
            a, "the extended key usage of the CA %s does not allow it to issue for servers", who);
    return rule_path_hit(f, a, v, (size_t)v->eku_at);
}

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict verdict;
    const struct chain_facts *c = rule_trust(f, a, &verdict);
    const struct chain_verdict *bad = NULL, *usages = NULL, *unsure = NULL;
    bool is_fine = false;
    if (c == NULL)
        return verdict;
    for (size_t i = 0; i < c->n_stores; i++) {
        const struct chain_verdict *v = &c->stores[i].as_repaired;
        if (v->path_status == CHAIN_CONSTRAINT_VIOLATION && v->n_path > 0 && bad == NULL)
            bad = v;
        if (v->path_status == CHAIN_UNVERIFIED || v->path_status == CHAIN_MALFORMED)
            unsure = v;
        if (v->path_status != CHAIN_TRUSTED)
            continue;
        is_fine |= v->eku_at < 0;
        if (v->eku_at >= 0 && (size_t)v->eku_at < v->n_path)
            usages = v;
    }
    if (bad != NULL)
        return violation(f, a, bad);
    if (usages != NULL && !is_fine)
        return usage(f, a, usages);
    if (is_fine)
        return RULE_PASS;
    return unsure != NULL ? rule_undetermined(a, rule_doubt(unsure)) : RULE_NA;
}

const struct rule rule_chain_constraint_violation = {
        .id = "chain-constraint-violation",
        .codes = "F9",
        .title = "The chain breaks a constraint of its CAs",
        .cite = "RFC 5280 6.1.4, 4.2.1.9, 4.2.1.10, 4.2.1.3",
        .what = "A trust store has the root of the chain, but every path to it breaks a path "
                "length, name constraint, key usage or the CA flag. Medium when only the extended "
                "key usage of a CA lacks serverAuth.",
        .traps = "That extended key usages have to nest is a convention of CAs and browsers, not "
                 "of RFC 5280. What could not be understood (an unknown critical extension) is "
                 "undetermined.",
        .remedy = "Have the certificate issued by a CA that may.",
        .severity = SEV_HIGH,
        .on = RULE_SERVED,
        .check = check,
};
