#include "history/closings.h"
#include "rules/support.h"

enum { LEAST = 20 };

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    struct closings c = history_closings(f->history, f->vantage, f->service);
    if (c.n < LEAST)
        return RULE_NA;
    if (c.n_without * 2 <= c.n)
        return RULE_PASS;
    bool is_inferred = c.n_tls13 * 2 > c.n;
    rule_subject(a, "-");
    rule_summary(a,
            "%u of %u connections that the server ended first were ended without close_notify%s",
            c.n_without, c.n, is_inferred ? ", by the sizes of the last records" : "");
    struct attempt_counts counts = {c.n, c.n_without, c.first_us, c.last_us};
    rule_series(a, &counts, "ended without close_notify, of all that the server ended");
    if (is_inferred) {
        a->severity = SEV_INFO;
        a->basis = BASIS_INFERRED;
        a->confidence = 0.6;
    }
    return RULE_HIT;
}

const struct rule rule_ops_close_without_notify = {
        .id = "ops-close-without-notify",
        .codes = "F8 T4",
        .title = "Connections end without close_notify",
        .cite = "RFC 8446 6.1; RFC 5246 7.2.1",
        .what = "More than half of at least 20 connections with data both ways that the server "
                "ended first (FIN or RST) carried no alert of the server before (in TLS 1.3: no "
                "record of that size). One finding per service.",
        .traps = "Very common, and harmless where the protocol above says how long an answer is: "
                 "for information only. Connections with missing bytes of the server are not "
                 "counted, nor those that the client ended first, with FIN or close_notify. Old "
                 "ones count half as many "
                 "come.",
        .remedy = "Shut TLS down before the socket.",
        .severity = SEV_LOW,
        .on = RULE_WINDOW,
        .check = check,
};
