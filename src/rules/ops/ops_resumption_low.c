#include "base/fisher.h"
#include "rules/window.h"

enum { BASELINE_LEAST = 200 };
#define LEAST_SPAN_US (30 * WINDOW_MINUTE_US)
#define SIGNIFICANT 1e-4

/* Much less than in the seven days before, and not by chance. */
static bool has_dropped(
        const struct rule_facts *f, const struct busy_counts *now, struct busy_counts *before)
{
    if (!history_baseline(f->history, f->place, f->service, f->window_us, before))
        return false;
    uint64_t n = now->full + now->resumed;
    uint64_t was = before->full + before->resumed;
    if (was < BASELINE_LEAST)
        return false;
    double least = (1 - rule_threshold(f, THRESHOLD_RESUMPTION_DROP)) * (double)before->resumed /
                   (double)was;
    if (rule_share(now->resumed, n, least) >= 0)
        return false;
    return fisher_greater(now->full, n, before->full, was) < SIGNIFICANT;
}

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    struct busy_counts c, before;
    if (!window_hour(f, window_least(f), &c, a, &v))
        return v;
    uint64_t n = c.full + c.resumed;
    if (n < window_least(f) || c.to_us - c.from_us < LEAST_SPAN_US)
        return RULE_NA;
    double offered = rule_threshold(f, THRESHOLD_RESUMPTION_OFFERED);
    bool is_low = rule_share(c.resumption_offered, n, offered) >= 0 &&
                  rule_share(c.resumed, n, rule_threshold(f, THRESHOLD_RESUMPTION_LOW)) < 0;
    bool is_less = !is_low && has_dropped(f, &c, &before);
    if (!is_low && !is_less)
        return RULE_PASS;
    rule_subject(a, "-");
    if (is_low)
        rule_summary(a,
                "%.1f %% of %llu handshakes within an hour were resumed, though clients offered it "
                "in %.0f %% of them",
                window_percent(c.resumed, n), (unsigned long long)n,
                window_percent(c.resumption_offered, n));
    else
        rule_summary(a,
                "%.1f %% of %llu handshakes within an hour were resumed; %.1f %% in the seven days "
                "before",
                window_percent(c.resumed, n), (unsigned long long)n,
                window_percent(before.resumed, before.full + before.resumed));
    window_series(a, &c, c.resumed, n, "resumed handshakes, of full and resumed ones");
    if (is_less)
        window_series(a, &before, before.resumed, before.full + before.resumed, "and before");
    return RULE_HIT;
}

const struct rule rule_ops_resumption_low = {
        .id = "ops-resumption-low",
        .codes = "M2 P5 S4",
        .title = "Sessions are hardly resumed",
        .cite = "RFC 5077 5.5; RFC 8446 2.2",
        .what = "Resumed handshakes of full and resumed ones within an hour, at least 50: below 5 "
                "% while clients offer a session in at least 50 %, or less than half of the share "
                "of the seven days before (exact test, p below 0.0001).",
        .traps =
                "After new ticket keys it is low for minutes: at least half an hour must have been "
                "seen. With more than 0.1 % of the bytes lost or more than 20 % of the attempts "
                "undetermined nothing is said.",
        .remedy = "Share ticket keys between the nodes of the service.",
        .severity = SEV_LOW,
        .on = RULE_WINDOW,
        .check = check,
};
