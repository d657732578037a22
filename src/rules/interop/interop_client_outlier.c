#include <string.h>

#include "base/fisher.h"
#include "history/prints.h"
#include "rules/window.h"

static uint64_t least(const struct rule_facts *f)
{
    return (uint64_t)rule_threshold(f, THRESHOLD_OUTLIER_MIN);
}

static bool is_outlier(const struct rule_facts *f, const struct print_counts *p, uint64_t others,
        uint64_t others_failed)
{
    double fails = rule_threshold(f, THRESHOLD_OUTLIER_FAIL_RATIO);
    double others_fail = rule_threshold(f, THRESHOLD_OUTLIER_OTHER_RATIO);
    return p->n >= least(f) && others >= least(f) && rule_share(p->failed, p->n, fails) >= 0 &&
           rule_share(others_failed, others, others_fail) < 0 &&
           fisher_greater(p->failed, p->n, others_failed, others) <
                   rule_threshold(f, THRESHOLD_OUTLIER_P);
}

static enum verdict hit(const struct rule_facts *f, struct rule_answer *a,
        const struct print_counts *p, uint64_t others, uint64_t others_failed)
{
    const struct busy_counts window = {.from_us = p->from_us, .to_us = window_end(f)};
    rule_subject(a, "%s", p->name);
    rule_summary(a,
            "clients with fingerprint %s fail in %llu of %llu attempts (%.0f %%), all others in "
            "%llu "
            "of %llu",
            p->name, (unsigned long long)p->failed, (unsigned long long)p->n,
            window_percent(p->failed, p->n), (unsigned long long)others_failed,
            (unsigned long long)others);
    window_series(a, &window, p->failed, p->n, "failed attempts of the fingerprint");
    window_series(a, &window, others_failed, others, "and of all others");
    return RULE_HIT;
}

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    struct print_counts prints[PRINTS_OF_SERVICE];
    struct busy_counts hour;
    int64_t key_us;
    uint64_t all = 0, failed = 0;
    if (!window_hour(f, 1, &hour, a, &v) && v == RULE_UNDETERMINED)
        return v;
    size_t n = history_prints(f->history, f->place, f->service, f->window_us, prints, &key_us);
    for (size_t i = 0; i < n; i++) {
        all += prints[i].n;
        failed += prints[i].failed;
    }
    for (size_t i = 0; i < n; i++)
        if (is_outlier(f, &prints[i], all - prints[i].n, failed - prints[i].failed))
            return hit(f, a, &prints[i], all - prints[i].n, failed - prints[i].failed);
    return n > 1 && all >= 2 * least(f) ? RULE_PASS : RULE_NA;
}

const struct rule rule_interop_client_outlier = {
        .id = "interop-client-outlier",
        .codes = "F8 P4 P10 P22 U3",
        .title = "One kind of client fails where all others succeed",
        .cite = "Fisher's exact test; docs/fingerprints.md",
        .what = "Attempts of a busy service in this half hour and the one before, by fingerprint "
                "of "
                "the client (JA4): one fails in at least 20 % of at least 20 attempts, all others "
                "together in less than 1 % of at least 20, and chance does so with p below 0.0001.",
        .traps =
                "Scans are not counted. One fingerprint stands for many programs. With more than "
                "0.1 % of the bytes lost or more than 20 % of the attempts undetermined nothing is "
                "said.",
        .unseen = "Which program and version a fingerprint is; clients of the same library look "
                  "alike.",
        .remedy = "Fix or roll back that build of the client.",
        .severity = SEV_HIGH,
        .on = RULE_WINDOW,
        .check = check,
};
