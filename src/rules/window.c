#include "rules/window.h"

enum { LOSS_PER_MILLE = 1, UNDETERMINED_PERCENT = 20 };

uint64_t window_least(const struct rule_facts *f)
{
    return (uint64_t)rule_threshold(f, THRESHOLD_WINDOW_MIN_ATTEMPTS);
}

int64_t window_end(const struct rule_facts *f)
{
    return f->window_us + WINDOW_MINUTE_US;
}

/* Attempts of which nothing was captured leave no gap. */
static bool is_lossy(const struct losses *l, const struct busy_counts *c)
{
    if (l == NULL)
        return false;
    struct losses_minute m = losses_sum(l, c->from_us, c->to_us);
    return m.drops * 1000 > m.packets * LOSS_PER_MILLE;
}

bool window_is_covered(const struct rule_facts *f, const struct busy_counts *c, uint64_t least,
        struct rule_answer *a, enum verdict *verdict)
{
    uint64_t all = busy_attempts(c) + c->undetermined;
    *verdict = RULE_NA;
    if (all < least)
        return false;
    if (c->gap_bytes * 1000 > (c->bytes + c->gap_bytes) * LOSS_PER_MILLE) {
        *verdict = rule_undetermined(
                a, "more than 0.1 % of the TLS bytes of the window are missing in the capture");
        return false;
    }
    if (is_lossy(f->losses, c)) {
        *verdict = rule_undetermined(
                a, "more than 0.1 % of the packets were dropped in minutes of the window");
        return false;
    }
    if (c->undetermined * 100 > all * UNDETERMINED_PERCENT) {
        *verdict = rule_undetermined(
                a, "more than 20 % of the attempts of the window are undetermined");
        return false;
    }
    return busy_attempts(c) >= least;
}

bool window_minutes(const struct rule_facts *f, unsigned minutes, uint64_t least,
        struct busy_counts *out, struct rule_answer *a, enum verdict *verdict)
{
    *verdict = RULE_NA;
    return history_minutes(f->history, f->place, f->service, window_end(f), minutes, out) &&
           window_is_covered(f, out, least, a, verdict);
}

bool window_hour(const struct rule_facts *f, uint64_t least, struct busy_counts *out,
        struct rule_answer *a, enum verdict *verdict)
{
    *verdict = RULE_NA;
    return history_hour(f->history, f->place, f->service, window_end(f), out) &&
           window_is_covered(f, out, least, a, verdict);
}

void window_series(struct rule_answer *a, const struct busy_counts *c, uint64_t count,
        uint64_t total, const char *note)
{
    const struct attempt_counts counts = {
            .n_attempts = total, .n_broken = count, .from_us = c->from_us, .to_us = c->to_us};
    rule_series(a, &counts, note);
}

double window_percent(uint64_t count, uint64_t total)
{
    return total > 0 ? 100.0 * (double)count / (double)total : 0;
}
