#include "base/fisher.h"
#include "history/prints.h"
#include "rules/window.h"

enum { LEAST = 10, OTHERS_LEAST = 20, OTHERS_PERCENT = 1 };
#define SIGNIFICANT 1e-4

/* It did not refuse before, does now, and is alone with that. */
static bool is_broken(const struct rule_facts *f, const struct print_counts *p, uint64_t others,
        uint64_t others_refused)
{
    double refuses = rule_threshold(f, THRESHOLD_PIN_BREAK_RATIO);
    return p->after_n >= LEAST && p->before_n >= LEAST && others >= OTHERS_LEAST &&
           rule_share(p->after_refused, p->after_n, refuses) >= 0 &&
           p->before_refused * 100 < p->before_n * OTHERS_PERCENT &&
           others_refused * 100 < others * OTHERS_PERCENT &&
           fisher_greater(p->after_refused, p->after_n, others_refused, others) < SIGNIFICANT;
}

static enum verdict hit(
        const struct rule_facts *f, struct rule_answer *a, const struct print_counts *p, int64_t us)
{
    const struct busy_counts after = {.from_us = us, .to_us = window_end(f)};
    const struct busy_counts before = {.from_us = us - WINDOW_HOUR_US, .to_us = us};
    rule_subject(a, "%s", p->name);
    rule_summary(a,
            "since the service shows a new key, clients with fingerprint %s refuse its certificate "
            "in %llu of %llu attempts (%llu of %llu before), no others do: a pinned key, or an "
            "intermediate that is new with it",
            p->name, (unsigned long long)p->after_refused, (unsigned long long)p->after_n,
            (unsigned long long)p->before_refused, (unsigned long long)p->before_n);
    a->confidence = 0.7;
    a->basis = BASIS_INFERRED;
    window_series(a, &before, p->before_refused, p->before_n, "refused before the new key");
    window_series(a, &after, p->after_refused, p->after_n, "refused after it");
    return RULE_HIT;
}

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    struct print_counts prints[PRINTS_OF_SERVICE];
    struct busy_counts hour;
    int64_t key_us;
    int64_t within_us = rule_threshold_us(f, THRESHOLD_PIN_BREAK_MINUTES);
    uint64_t all = 0, refused = 0;
    size_t n = history_prints(f->history, f->place, f->service, f->window_us, prints, &key_us);
    if (n == 0 || key_us == TIME_NONE || window_end(f) - key_us > within_us)
        return RULE_NA;
    if (!window_hour(f, 1, &hour, a, &v) && v == RULE_UNDETERMINED)
        return v;
    for (size_t i = 0; i < n; i++) {
        all += prints[i].after_n;
        refused += prints[i].after_refused;
    }
    for (size_t i = 0; i < n; i++)
        if (is_broken(f, &prints[i], all - prints[i].after_n, refused - prints[i].after_refused))
            return hit(f, a, &prints[i], key_us);
    return RULE_PASS;
}

const struct rule rule_ops_pin_break = {
        .id = "ops-pin-break",
        .codes = "F8 P22",
        .title = "A new key of the server breaks one kind of client",
        .cite = "RFC 7469 2.6",
        .what = "Within an hour after a busy service showed a public key for the first time, one "
                "fingerprint refuses in at least 20 % of at least 10 attempts (alert "
                "bad_certificate or certificate_unknown, or as inferred), which it did not in at "
                "least 10 before; all others refuse in less than 1 % of at least 20. Exact test, p "
                "below 0.0001.",
        .traps =
                "A new intermediate or root can have the same effect, so both are named and "
                "confidence is 0.7. Servers that show several keys side by side count each "
                "only once as new. With more than 0.1 % of the bytes lost or more than 20 % of the "
                "attempts undetermined nothing is said.",
        .remedy = "Ship backup pins, or do not pin.",
        .severity = SEV_MEDIUM,
        .on = RULE_WINDOW,
        .check = check,
};
