#include "rules/window.h"

enum { LEAST_BELOW = 3, BASELINE_LEAST = 200 };

/* The same day of the week before, else the seven days; client mixes change with the day. */
static bool baseline(const struct rule_facts *f, struct busy_counts *out)
{
    return (history_day(f->history, f->place, f->service, f->window_us, 7, out) &&
                   out->full >= BASELINE_LEAST) ||
           (history_baseline(f->history, f->place, f->service, f->window_us, out) &&
                   out->full >= BASELINE_LEAST);
}

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    struct busy_counts c, before;
    if (!window_hour(f, window_least(f), &c, a, &v))
        return v;
    if (c.full < window_least(f))
        return RULE_NA;
    if (c.below_best < LEAST_BELOW ||
            rule_share(c.below_best, c.full, rule_threshold(f, THRESHOLD_FALLBACK_SHARE)) <= 0)
        return RULE_PASS;
    rule_subject(a, "-");
    rule_summary(a,
            "%.1f %% of %llu full handshakes within an hour were below the best version, AEAD and "
            "forward secrecy that the service negotiates",
            window_percent(c.below_best, c.full), (unsigned long long)c.full);
    window_series(a, &c, c.below_best, c.full, "full handshakes below the service's best");
    if (c.below_sound < LEAST_BELOW ||
            rule_share(c.below_sound, c.full, rule_threshold(f, THRESHOLD_FALLBACK_SHARE)) <= 0)
        a->severity = SEV_INFO; /* TLS 1.2 as it should be, beside TLS 1.3 */
    if (!baseline(f, &before))
        return RULE_HIT;
    window_series(a, &before, before.below_best, before.full, "and before");
    double usual = (double)before.below_best / (double)before.full;
    if (a->severity > SEV_LOW && rule_share(c.below_best, c.full,
                                         rule_threshold(f, THRESHOLD_FALLBACK_FACTOR) * usual) < 0)
        a->severity = SEV_LOW;
    return RULE_HIT;
}

const struct rule rule_cipher_fallback_share = {
        .id = "cipher-fallback-share",
        .codes = "M6 P4 U3",
        .title = "Many handshakes stay below what the service can do",
        .cite = "RFC 9325 3.1.1, 4.2",
        .what = "Full handshakes below the best that the service was seen to negotiate, ranked by "
                "version, then AEAD, then forward secrecy: more than 1 % of at least 50 within an "
                "hour, and at least three.",
        .traps = "TLS 1.2 with AEAD and forward secrecy beside TLS 1.3 is what a mixed population "
                 "of clients gives: severity is info where 1 % or less is below that, too. "
                 "The mix of clients changes by hour and day: when the same weekday before (else "
                 "the "
                 "last seven days) is known and had more than half of that share, severity is low. "
                 "With more than 0.1 % of the bytes lost or more than 20 % of the attempts "
                 "undetermined nothing is said.",
        .remedy = "Find the clients by fingerprint and retire them; look for a node with an older "
                  "configuration.",
        .severity = SEV_MEDIUM,
        .on = RULE_WINDOW,
        .check = check,
};
