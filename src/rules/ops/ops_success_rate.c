/* Too many attempts fail: within five minutes, and so fast that the month's budget is gone. */
#include "rules/window.h"

enum { LEAST_FAILURES = 3, BURN_CONFIRM_MINUTES = 5 };
#define BURN_LEAST_SPAN_US (30 * WINDOW_MINUTE_US)

/* The share that may fail. */
static double budget(const struct rule_facts *f)
{
    return 1 - rule_threshold(f, THRESHOLD_SUCCESS_RATE_SLO);
}

static enum verdict check_low(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    struct busy_counts c;
    unsigned minutes = (unsigned)rule_threshold(f, THRESHOLD_SUCCESS_WINDOW_MINUTES);
    if (!window_minutes(f, minutes, window_least(f), &c, a, &v))
        return v;
    uint64_t n = busy_attempts(&c);
    uint64_t failures = busy_failures(&c);
    uint64_t seen = c.success + c.failed;
    if (failures < LEAST_FAILURES || rule_share(failures, n, budget(f)) <= 0)
        return RULE_PASS;
    bool is_seen = c.failed >= LEAST_FAILURES && rule_share(c.failed, seen, budget(f)) > 0;
    rule_subject(a, "-");
    rule_summary(a,
            "%llu of %llu attempts failed within %u minutes: %.2f %% succeeded, strictly seen "
            "%.2f %% of %llu; %.6g %% is expected",
            (unsigned long long)failures, (unsigned long long)n, minutes,
            100 - window_percent(failures, n), window_percent(c.success, seen),
            (unsigned long long)seen, 100 - 100 * budget(f));
    a->basis = is_seen ? BASIS_SEEN : BASIS_INFERRED;
    a->confidence = is_seen ? 1.0 : 0.7;
    window_series(a, &c, failures, n, "failed attempts, of all that succeeded or failed");
    window_series(a, &c, c.failed, seen, "likewise, without what is inferred");
    return RULE_HIT;
}

static enum verdict check_burn(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    struct busy_counts hour, now;
    if (!window_hour(f, window_least(f), &hour, a, &v) ||
            !window_minutes(f, BURN_CONFIRM_MINUTES, 1, &now, a, &v))
        return v;
    if (hour.to_us - hour.from_us < BURN_LEAST_SPAN_US)
        return RULE_NA;
    uint64_t n = busy_attempts(&hour);
    uint64_t failures = busy_failures(&hour);
    double most = rule_threshold(f, THRESHOLD_BURN_RATE) * budget(f);
    if (failures < LEAST_FAILURES || rule_share(failures, n, most) <= 0 ||
            rule_share(busy_failures(&now), busy_attempts(&now), most) <= 0)
        return RULE_PASS;
    rule_subject(a, "-");
    rule_summary(a,
            "%.2f %% of %llu attempts failed within an hour and %.2f %% of %llu in the last five "
            "minutes: %.0f times what %.6g %% allows",
            window_percent(failures, n), (unsigned long long)n,
            window_percent(busy_failures(&now), busy_attempts(&now)),
            (unsigned long long)busy_attempts(&now),
            budget(f) > 0 ? window_percent(failures, n) / budget(f) / 100 : 1e6,
            100 - 100 * budget(f));
    bool is_seen = rule_share(hour.failed, hour.success + hour.failed, most) > 0;
    a->basis = is_seen ? BASIS_SEEN : BASIS_INFERRED;
    a->confidence = is_seen ? 1.0 : 0.7;
    window_series(a, &hour, failures, n, "failed attempts of the hour");
    window_series(a, &now, busy_failures(&now), busy_attempts(&now), "and of five minutes");
    return RULE_HIT;
}

#define COVERAGE                                                                                   \
    "Scans, abandoned and undetermined attempts are not counted; with more than 0.1 % of the "     \
    "bytes lost or more than 20 % of the attempts undetermined nothing is said. "

const struct rule rule_ops_success_rate_low = {
        .id = "ops-success-rate-low",
        .codes = "F8 M1 P21 U7 U9",
        .title = "Too many handshakes of the service fail",
        .cite = "service level objective 99.95 %",
        .what = "Success of the attempts of a service within five minutes, with at least 50 of "
                "them, below 99.95 %: success / (success + failures). The strict rate, without "
                "what is inferred, stands beside it.",
        .traps = COVERAGE "Fewer than three failures are no rate: one client that tries twice "
                          "would page somebody. When only inferred failures bring it below, "
                          "confidence is 0.7.",
        .remedy = "Look at the other findings of the service at this time, worst first.",
        .severity = SEV_CRITICAL,
        .on = RULE_WINDOW,
        .check = check_low,
};

const struct rule rule_ops_burn_rate = {
        .id = "ops-burn-rate",
        .codes = "M1",
        .title = "The error budget of the service is used up too fast",
        .cite = "service level objective 99.95 %",
        .what = "More than four times as many failures as 99.95 % allows (0.2 %) within an hour, "
                "and still within the last five minutes.",
        .traps = COVERAGE "Judged once half an hour was seen: before that it would repeat "
                          "ops-success-rate-low. Maintenance windows belong into the policy.",
        .remedy = "Call the owner of the service; look at its other findings.",
        .severity = SEV_HIGH,
        .on = RULE_WINDOW,
        .check = check_burn,
};
