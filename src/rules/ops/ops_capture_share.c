/* How many of the TLS connections of a vantage say little. */
#include "rules/support.h"

enum { UNDECODABLE_LEAST = 20 };
#define UNDECODABLE_RATIO 0.05

struct share {
    uint64_t n;
    double most;
    const char *what, *note;
};

static enum verdict judge(const struct rule_facts *f, struct rule_answer *a, const struct share *s)
{
    const struct coverage *c = f->coverage;
    if (rule_share(s->n, c->n_connections, s->most) <= 0)
        return RULE_PASS;
    rule_subject(a, "%.300s", c->input_name);
    rule_summary(a, "%llu of %llu TLS connections %s (%.200s)", (unsigned long long)s->n,
            (unsigned long long)c->n_connections, s->what, c->input_name);
    struct attempt_counts counts = {c->n_connections, s->n, c->first_us, c->last_us};
    rule_series(a, &counts, s->note);
    return RULE_HIT;
}

static enum verdict check_one_sided(const struct rule_facts *f, struct rule_answer *a)
{
    const struct coverage *c = f->coverage;
    if (c == NULL || c->n_connections == 0)
        return RULE_NA;
    const struct share s = {c->n_one_sided, rule_threshold(f, THRESHOLD_ONE_SIDED_RATIO),
            "show one direction only", "connections with one direction, of all"};
    return judge(f, a, &s);
}

static enum verdict check_undecodable(const struct rule_facts *f, struct rule_answer *a)
{
    const struct coverage *c = f->coverage;
    if (c == NULL || c->n_connections < UNDECODABLE_LEAST)
        return RULE_NA;
    const struct share s = {c->n_undecodable, UNDECODABLE_RATIO,
            "hold bytes that do not parse as TLS", "connections that do not parse, of all"};
    return judge(f, a, &s);
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
        .check = check_one_sided,
};

const struct rule rule_ops_undecodable_tls = {
        .id = "ops-undecodable-tls",
        .codes = "P11 P25",
        .title = "Much of what looks like TLS cannot be read",
        .cite = "RFC 8446 5.1",
        .what = "More than 5 % of at least 20 TLS connections of a vantage hold records or "
                "handshake messages that break their framing, although nothing of them is missing.",
        .traps = "Lost packets are ops-capture-loss. A server that answers a hello in another "
                 "language is none, nor are connections on TLS ports without a hello: the report "
                 "counts them (not TLS). QUIC and DTLS are counted apart (not analysed).",
        .remedy = "Find out what speaks there; tell us the version and port.",
        .severity = SEV_INFO,
        .on = RULE_RUN_END,
        .check = check_undecodable,
};
