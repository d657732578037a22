/* Too many attempts fail: within five minutes, and so fast that the month's budget is gone. */
#include "rules/window.h"

/* The success that is promised is 99.95 %: of 10,000 attempts, five may fail. */
enum { SLO_OF = 10000, SLO_FAILURES = 5 };
enum { LOW_MINUTES = 5, LOW_LEAST = 50, LEAST_FAILURES = 3 };
enum { BURN_FACTOR = 4, BURN_LEAST = 50, BURN_CONFIRM_MINUTES = 5 };
#define BURN_LEAST_SPAN_US (30 * WINDOW_MINUTE_US)

/* Whether the failures are more than `factor` times what is allowed. */
static bool is_over(uint64_t failures, uint64_t attempts, uint64_t factor)
{
    return failures * SLO_OF > attempts * SLO_FAILURES * factor;
}

static enum verdict check_low(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    struct busy_counts c;
    if (!window_minutes(f, LOW_MINUTES, LOW_LEAST, &c, a, &v))
        return v;
    uint64_t n = busy_attempts(&c);
    uint64_t failures = busy_failures(&c);
    uint64_t seen = c.success + c.failed;
    if (failures < LEAST_FAILURES || !is_over(failures, n, 1))
        return RULE_PASS;
    bool is_seen = c.failed >= LEAST_FAILURES && is_over(c.failed, seen, 1);
    rule_subject(a, "-");
    rule_summary(a,
            "%llu of %llu attempts failed within five minutes: %.2f %% succeeded, strictly seen "
            "%.2f %% of %llu; 99.95 %% is expected",
            (unsigned long long)failures, (unsigned long long)n, 100 - window_percent(failures, n),
            window_percent(c.success, seen), (unsigned long long)seen);
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
    if (!window_hour(f, BURN_LEAST, &hour, a, &v) ||
            !window_minutes(f, BURN_CONFIRM_MINUTES, 1, &now, a, &v))
        return v;
    if (hour.to_us - hour.from_us < BURN_LEAST_SPAN_US)
        return RULE_NA;
    uint64_t n = busy_attempts(&hour);
    uint64_t failures = busy_failures(&hour);
    if (failures < LEAST_FAILURES || !is_over(failures, n, BURN_FACTOR) ||
            !is_over(busy_failures(&now), busy_attempts(&now), BURN_FACTOR))
        return RULE_PASS;
    rule_subject(a, "-");
    rule_summary(a,
            "%.2f %% of %llu attempts failed within an hour and %.2f %% of %llu in the last five "
            "minutes: %.0f times what 99.95 %% allows",
            window_percent(failures, n), (unsigned long long)n,
            window_percent(busy_failures(&now), busy_attempts(&now)),
            (unsigned long long)busy_attempts(&now),
            window_percent(failures, n) * SLO_OF / SLO_FAILURES / 100);
    bool is_seen = is_over(hour.failed, hour.success + hour.failed, BURN_FACTOR);
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
