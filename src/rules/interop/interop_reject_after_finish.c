#include "history/prints.h"
#include "rules/window.h"

enum { LEAST = 20, BASELINE_LEAST = 20 };

/* Connections that were seen to their end, and what they are held against. */
struct baseline {
    uint64_t done, unused;
    bool is_own; /* the past of the fingerprint; else all others of the service meanwhile */
};

/* The others only where nothing is known of the fingerprint: one that always did so, such as a
 * health check, is known by its past. */
static struct baseline baseline_of(const struct print_counts *p, uint64_t done, uint64_t unused)
{
    if (p->old_done >= BASELINE_LEAST)
        return (struct baseline){p->old_done, p->old_unused, true};
    return (struct baseline){done - p->done, unused - p->unused, false};
}

static bool is_new(
        const struct rule_facts *f, const struct print_counts *p, const struct baseline *b)
{
    double share = rule_threshold(f, THRESHOLD_REJECT_AFTER_FINISH_SHARE);
    double factor = rule_threshold(f, THRESHOLD_REJECT_AFTER_FINISH_FACTOR);
    return rule_share(p->unused, p->done, share) > 0 &&
           rule_share(p->unused, p->done, factor * (double)b->unused / (double)b->done) >= 0;
}

static enum verdict hit(const struct rule_facts *f, struct rule_answer *a,
        const struct print_counts *p, const struct baseline *b)
{
    const struct busy_counts window = {.from_us = p->from_us, .to_us = window_end(f)};
    rule_subject(a, "%s", p->name);
    rule_summary(a,
            "clients with fingerprint %s complete the handshake and leave without a byte of data "
            "in %.0f %% of %llu connections; %.1f %% of %llu %s",
            p->name, window_percent(p->unused, p->done), (unsigned long long)p->done,
            window_percent(b->unused, b->done), (unsigned long long)b->done,
            b->is_own ? "before" : "of all others");
    a->basis = BASIS_INFERRED;
    a->confidence = b->is_own ? 0.5 : 0.3;
    if (!b->is_own)
        a->severity = SEV_INFO;
    window_series(a, &window, p->unused, p->done, "connections that the client left unused");
    if (!b->is_own)
        window_series(a, &window, b->unused, b->done, "and all others");
    return RULE_HIT;
}

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    struct print_counts prints[PRINTS_OF_SERVICE];
    struct busy_counts hour;
    int64_t key_us;
    uint64_t done = 0, unused = 0;
    if (!window_hour(f, 1, &hour, a, &v) && v == RULE_UNDETERMINED)
        return v;
    size_t n = history_prints(f->history, f->place, f->service, f->window_us, prints, &key_us);
    for (size_t i = 0; i < n; i++) {
        done += prints[i].done;
        unused += prints[i].unused;
    }
    enum verdict result = RULE_NA;
    for (size_t i = 0; i < n; i++) {
        const struct baseline b = baseline_of(&prints[i], done, unused);
        if (prints[i].done < LEAST || b.done < BASELINE_LEAST)
            continue;
        if (is_new(f, &prints[i], &b))
            return hit(f, a, &prints[i], &b);
        result = RULE_PASS;
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
                "share of at least 20 before that; where nothing was before, of at least 20 of all "
                "other fingerprints meanwhile (info).",
        .traps = "Health checks, preconnected sockets and port probes always do that: a "
                 "fingerprint that did so before is not named. Beside others alone it may be one "
                 "of these: severity is info and confidence 0.3 then, else 0.5. With more than "
                 "0.1 % of the bytes lost or more than 20 % of the attempts undetermined nothing "
                 "is said.",
        .unseen =
                "Why the client left cannot be read: only that it finished, and then sent nothing.",
        .remedy = "As for the certificate defect that is suspected: look at what changed.",
        .severity = SEV_LOW,
        .on = RULE_WINDOW,
        .check = check,
};
