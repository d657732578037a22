#include "rules/support.h"

enum { LEAST = 20, ONE_OF = 20 };

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    const struct coverage *c = f->coverage;
    if (c == NULL || c->n_connections < LEAST)
        return RULE_NA;
    if (c->n_undecodable * ONE_OF <= c->n_connections)
        return RULE_PASS;
    rule_subject(a, "%.300s", c->input_name);
    rule_summary(a, "%llu of %llu TLS connections hold bytes that do not parse as TLS (%.200s)",
            (unsigned long long)c->n_undecodable, (unsigned long long)c->n_connections,
            c->input_name);
    struct attempt_counts counts = {c->n_connections, c->n_undecodable, c->first_us, c->last_us};
    rule_series(a, &counts, "connections that do not parse, of all");
    return RULE_HIT;
}

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
        .check = check,
};
