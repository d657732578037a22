#include "rules/support.h"

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    const struct coverage *c = f->coverage;
    if (c == NULL || c->n_connections == 0)
        return RULE_NA;
    double most = rule_threshold(f, THRESHOLD_ONE_SIDED_RATIO) * (double)c->n_connections;
    if ((double)c->n_one_sided <= most)
        return RULE_PASS;
    rule_subject(a, "%.300s", c->input_name);
    rule_summary(a, "%llu of %llu TLS connections show one direction only (%.200s)",
            (unsigned long long)c->n_one_sided, (unsigned long long)c->n_connections,
            c->input_name);
    struct attempt_counts counts = {c->n_connections, c->n_one_sided, c->first_us, c->last_us};
    rule_series(a, &counts, "connections with one direction, of all");
    return RULE_HIT;
}

const struct rule rule_ops_one_sided_capture = {
        .id = "ops-one-sided-capture",
        .codes = "P21 P25",
        .title = "The capture shows one direction only",
        .cite = "RFC 9293 3.1 (a connection has two directions)",
        .what = "More than 20 % of the TLS connections of a vantage have packets of one direction "
                "only.",
        .traps = "Asymmetric routing does this without any fault of the servers: such connections "
                 "are undetermined, not failures.",
        .remedy = "Tap both paths.",
        .severity = SEV_INFO,
        .on = RULE_RUN_END,
        .check = check,
};
