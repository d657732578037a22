#include "history/closings.h"
#include "rules/support.h"

enum { LEAST = 20 };

static enum verdict check_side(const struct rule_facts *f, struct rule_answer *a, enum side side)
{
    struct closings c = history_closings(f->history, f->place, f->service, side);
    if (c.n < LEAST)
        return RULE_NA;
    if (c.n_without * 2 <= c.n)
        return RULE_PASS;
    bool is_inferred = c.n_tls13 * 2 > c.n;
    bool is_client = side == SIDE_CLIENT;
    rule_subject(a, "%s", is_client ? "client" : "-");
    rule_summary(a, "%u of %u connections that %s ended first were ended without close_notify%s",
            c.n_without, c.n, is_client ? "clients" : "the server",
            is_inferred ? ", by the sizes of the last records" : "");
    struct attempt_counts counts = {c.n, c.n_without, c.first_us, c.last_us};
    rule_series(a, &counts,
            is_client ? "ended without close_notify, of all that clients ended"
                      : "ended without close_notify, of all that the server ended");
    if (is_client || is_inferred)
        a->severity = SEV_INFO;
    if (is_inferred) {
        a->basis = BASIS_INFERRED;
        a->confidence = 0.6;
    }
    return RULE_HIT;
}

/* The server's first: its data may be cut off for others. */
static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict server = check_side(f, a, SIDE_SERVER);
    if (server == RULE_HIT)
        return server;
    enum verdict client = check_side(f, a, SIDE_CLIENT);
    return client == RULE_NA ? server : client;
}

const struct rule rule_ops_close_without_notify = {
        .id = "ops-close-without-notify",
        .codes = "F8 T4",
        .title = "Connections end without close_notify",
        .cite = "RFC 8446 6.1; RFC 5246 7.2.1",
        .what = "More than half of at least 20 connections with data both ways that one side ended "
                "first (FIN or RST) carried no alert of that side before (in TLS 1.3: no record of "
                "that size). One finding per service and side; of clients for information.",
        .traps = "Very common, and harmless where the protocol above says how long an answer is: "
                 "for information only. Connections with missing bytes of that side are not "
                 "counted, nor those on which the other had said close_notify. Old ones count "
                 "half as many come.",
        .remedy = "Shut TLS down before the socket.",
        .severity = SEV_LOW,
        .on = RULE_WINDOW,
        .check = check,
};
