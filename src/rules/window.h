#ifndef TLSWIRE_RULES_WINDOW_H
#define TLSWIRE_RULES_WINDOW_H

#include "history/busy.h"
#include "rules/support.h"

/* What rules about windows of time (RULE_WINDOW) share. */

#define WINDOW_MINUTE_US (60 * (int64_t)1000000)
#define WINDOW_BLOCK_US (5 * WINDOW_MINUTE_US)
#define WINDOW_HOUR_US (60 * WINDOW_MINUTE_US)

/* window_least is how many attempts a window needs to be judged. */
uint64_t window_least(const struct rule_facts *f);
/* window_end is the end of the minute that is judged. */
int64_t window_end(const struct rule_facts *f);
/*
 * window_is_covered says whether the window has at least `least` attempts and shows enough of them:
 * at most 0.1 % of the TLS bytes are missing, at most 0.1 % of the packets were dropped in minutes
 * of it, and at most 20 % of the attempts are undetermined.
 * Else *verdict is NA (too few attempts) or UNDETERMINED with why.
 */
bool window_is_covered(const struct rule_facts *f, const struct busy_counts *c, uint64_t least,
        struct rule_answer *a, enum verdict *verdict);
/* window_minutes counts the last minutes (at most eight) of a busy service, window_hour its last
 * hour; both ask window_is_covered. */
bool window_minutes(const struct rule_facts *f, unsigned minutes, uint64_t least,
        struct busy_counts *out, struct rule_answer *a, enum verdict *verdict);
bool window_hour(const struct rule_facts *f, uint64_t least, struct busy_counts *out,
        struct rule_answer *a, enum verdict *verdict);
/* window_series adds evidence: count of total in the window. */
void window_series(struct rule_answer *a, const struct busy_counts *c, uint64_t count,
        uint64_t total, const char *note);
/* window_percent is count of total in percent; 0 of nothing. */
double window_percent(uint64_t count, uint64_t total);

#endif
