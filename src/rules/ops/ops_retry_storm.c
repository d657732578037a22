#include "history/retries.h"
#include "rules/window.h"

enum { MINUTES = 5, BEFORE_LEAST = 10, FACTOR = 2 };

static enum verdict by_client(const struct rule_facts *f, struct rule_answer *a, uint64_t n,
        const struct retries_span *span)
{
    const struct handshake *h = f->handshake;
    char client[ENDPOINT_TEXT];
    const struct busy_counts window = {.from_us = span->from_us, .to_us = span->to_us};
    address_text(&h->sides[SIDE_CLIENT].endpoint.address, client);
    rule_subject(a, "client %s", client);
    rule_summary(a, "%s failed %llu times within %llu seconds and tries again", client,
            (unsigned long long)n,
            (unsigned long long)((span->to_us - span->from_us) / 1000000 + 1));
    rule_connection(a, "the latest of them");
    window_series(a, &window, n, n, "failed attempts of the client");
    return RULE_HIT;
}

/* Failures doubled and attempts grew with them: a retry is one more attempt. */
static bool is_storm(const struct busy_counts *now, const struct busy_counts *before)
{
    uint64_t failed = busy_failures(now);
    uint64_t was = busy_failures(before);
    uint64_t n = busy_attempts(now);
    uint64_t n_was = busy_attempts(before);
    return was >= BEFORE_LEAST && failed >= FACTOR * was && n > n_was &&
           (n - n_was) * 2 >= failed - was;
}

static enum verdict by_service(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    struct busy_counts both, now;
    int64_t end = f->handshake->first_us - f->handshake->first_us % WINDOW_MINUTE_US;
    if (!history_minutes(
                f->history, f->place, f->service, end - MINUTES * WINDOW_MINUTE_US, 3, &both) ||
            !history_minutes(f->history, f->place, f->service, end, 3, &now))
        return RULE_PASS;
    if (!window_is_covered(f, &now, BEFORE_LEAST, a, &v) ||
            !window_is_covered(f, &both, BEFORE_LEAST, a, &v))
        return v == RULE_UNDETERMINED ? v : RULE_PASS;
    if (!is_storm(&now, &both))
        return RULE_PASS;
    rule_subject(a, "-");
    rule_summary(a,
            "failures doubled within five minutes, from %llu of %llu attempts to %llu of %llu: "
            "clients retry",
            (unsigned long long)busy_failures(&both), (unsigned long long)busy_attempts(&both),
            (unsigned long long)busy_failures(&now), (unsigned long long)busy_attempts(&now));
    window_series(
            a, &both, busy_failures(&both), busy_attempts(&both), "failures of three minutes");
    window_series(a, &now, busy_failures(&now), busy_attempts(&now), "and five minutes later");
    return RULE_HIT;
}

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    struct retries_span span;
    if (!rule_ending(f, a, &v))
        return v;
    if (!outcome_is_failure(f->handshake->outcome))
        return RULE_PASS;
    uint64_t n = 1 + history_retries(f->history, f->vantage, f->service, f->handshake,
                             rule_threshold_us(f, THRESHOLD_RETRY_STORM_SECONDS), &span);
    if ((double)n > rule_threshold(f, THRESHOLD_RETRY_STORM_ATTEMPTS))
        return by_client(f, a, n, &span);
    return by_service(f, a);
}

const struct rule rule_ops_retry_storm = {
        .id = "ops-retry-storm",
        .codes = "M1 P5 U7",
        .title = "Failed handshakes are tried again and again",
        .cite = "RFC 9325 3.1.3",
        .what = "More than 10 failed attempts of one client at one service within 60 seconds; or "
                "failures of a busy service (of three minutes, at least 10) at least doubled "
                "within five minutes while the attempts grew with them.",
        .traps = "Scans are not counted. Failures that double while attempts stay the same are no "
                 "retries but an outage, which ops-success-rate-low tells. With more than 0.1 % of "
                 "the bytes lost or more than 20 % of the attempts undetermined nothing is said of "
                 "the service.",
        .remedy = "Make the client wait longer after each failure; fix what fails.",
        .severity = SEV_HIGH,
        .on = RULE_HANDSHAKE,
        .check = check,
};
