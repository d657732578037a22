#include "history/prints.h"
#include "rules/window.h"

enum { LEAST = 20, BASELINE_LEAST = 20 };

static bool is_new(const struct rule_facts *f, const struct print_counts *p)
{
    double share = rule_threshold(f, THRESHOLD_REJECT_AFTER_FINISH_SHARE);
    double factor = rule_threshold(f, THRESHOLD_REJECT_AFTER_FINISH_FACTOR);
    return p->done >= LEAST && rule_share(p->unused, p->done, share) > 0 &&
           p->old_done >= BASELINE_LEAST &&
           rule_share(p->unused, p->done, factor * (double)p->old_unused / (double)p->old_done) >=
                   0;
}

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    struct print_counts prints[PRINTS_OF_SERVICE];
    struct busy_counts hour;
    int64_t key_us;
    if (!window_hour(f, 1, &hour, a, &v) && v == RULE_UNDETERMINED)
        return v;
    size_t n = history_prints(f->history, f->vantage, f->service, f->window_us, prints, &key_us);
    enum verdict result = RULE_NA;
    for (size_t i = 0; i < n; i++) {
        const struct print_counts *p = &prints[i];
        if (!is_new(f, p)) {
            if (p->done >= LEAST && p->old_done >= BASELINE_LEAST)
                result = RULE_PASS;
            continue;
        }
        const struct busy_counts window = {.from_us = p->from_us, .to_us = window_end(f)};
        rule_subject(a, "%s", p->name);
        rule_summary(a,
                "clients with fingerprint %s complete the handshake and leave without a byte of "
                "data "
                "in %.0f %% of %llu connections; %.1f %% of %llu before",
                p->name, window_percent(p->unused, p->done), (unsigned long long)p->done,
                window_percent(p->old_unused, p->old_done), (unsigned long long)p->old_done);
        a->basis = BASIS_INFERRED;
        a->confidence = 0.5;
        window_series(a, &window, p->unused, p->done, "connections that the client left unused");
        return RULE_HIT;
    }
    return result;
}

const struct rule rule_interop_reject_after_finish_inferred = {
        .id = "interop-reject-after-finish-inferred",
        .codes = "F1 F2 P21",
        .title = "Clients finish the handshake and then leave",
        .cite = "RFC 8446 4.4.2.4",
        .what = "Some stacks judge the certificate only after their Finished. Connections of one "
                "fingerprint at one service, in this half hour and the one before, that the client "
                "closed without application data: more than half of at least 20, and ten times the "
                "share of at least 20 before that.",
        .traps = "Health checks, preconnected sockets and port probes always do that: without a "
                 "history in which the fingerprint did not, nothing is said. It is inferred: "
                 "confidence 0.5. With more than 0.1 % of the bytes lost or more than 20 % of the "
                 "attempts undetermined nothing is said.",
        .unseen =
                "Why the client left cannot be read: only that it finished, and then sent nothing.",
        .remedy = "As for the certificate defect that is suspected: look at what changed.",
        .severity = SEV_LOW,
        .on = RULE_WINDOW,
        .check = check,
};
