/* What a line of a comparison says, and how important it is. */
#include "report/diff_lines.h"

#include <string.h>

static bool is_time(enum diff_topic t)
{
    return t >= TOPIC_FULL_TIME_P50 && t <= TOPIC_RESUMED_TIME_P95;
}

static enum diff_change of_compared(enum compared c)
{
    static const enum diff_change CHANGES[] = {[COMPARED_SAME] = CHANGE_NONE,
            [COMPARED_FEW] = CHANGE_FEW,
            [COMPARED_LOWER] = CHANGE_LOWER,
            [COMPARED_HIGHER] = CHANGE_HIGHER};
    return CHANGES[c];
}

static enum diff_change of_shares(struct diff_line *l)
{
    const struct diff_amount *a = &l->side[0], *b = &l->side[1];
    if (a->share.of == 0 || b->share.of == 0)
        return CHANGE_NONE; /* not visible on that side */
    enum diff_change c = of_compared(compare_shares(a->share, b->share, &l->p));
    if (c == CHANGE_HIGHER && a->share.hits == 0 && l->item[0] != '\0')
        return CHANGE_NEW;
    if (c == CHANGE_LOWER && b->share.hits == 0 && l->item[0] != '\0')
        return CHANGE_GONE;
    return c;
}

/* A certificate is new or gone as soon as the other side showed another. */
static enum diff_change of_certificate(struct diff_line *l)
{
    const struct share a = l->side[0].share, b = l->side[1].share;
    if (l->is_in_all)
        return CHANGE_NONE; /* the line of its service says it */
    if (a.of > 0 && b.of > 0 && (a.hits == 0 || b.hits == 0))
        return a.hits == 0 ? CHANGE_NEW : CHANGE_GONE;
    return of_shares(l);
}

static enum diff_change of_finding(struct diff_line *l, const bool is_served[2])
{
    const struct diff_amount *a = &l->side[0], *b = &l->side[1];
    if (!a->is_there)
        return CHANGE_NEW;
    if (!b->is_there)
        return is_served[1] || l->service == NULL ? CHANGE_GONE : CHANGE_NONE;
    return a->has_share && b->has_share ? of_compared(compare_shares(a->share, b->share, &l->p))
                                        : CHANGE_NONE;
}

static enum diff_change of_time(struct diff_line *l)
{
    const struct histogram *a = l->side[0].times, *b = l->side[1].times;
    bool is_p95 = l->topic == TOPIC_FULL_TIME_P95 || l->topic == TOPIC_RESUMED_TIME_P95;
    if (a == NULL || b == NULL)
        return CHANGE_NONE; /* nobody got that far: success says so */
    return of_compared(compare_times(a, b, is_p95 ? 0.95 : 0.5, &l->p));
}

void diff_judge(struct diff_line *l, const bool is_served[2])
{
    l->p = 1;
    l->change = CHANGE_NONE;
    if (l->topic == TOPIC_SERVICE) {
        if (is_served[0] != is_served[1])
            l->change = is_served[0] ? CHANGE_ONLY_A : CHANGE_ONLY_B;
    } else if (l->topic == TOPIC_FINDING) {
        l->change = of_finding(l, is_served);
    } else if (!is_served[0] || !is_served[1] || l->topic == TOPIC_ATTEMPTS) {
        l->change = CHANGE_NONE; /* the line about the service says it */
    } else if (is_time(l->topic)) {
        l->change = of_time(l);
    } else if (l->topic == TOPIC_CERTIFICATE) {
        l->change = of_certificate(l);
    } else {
        l->change = of_shares(l);
    }
}

static bool is_success(enum diff_topic t)
{
    return t == TOPIC_SUCCESS || t == TOPIC_SUCCESS_SEEN;
}

bool diff_is_worse(const struct diff_line *l)
{
    if (is_success(l->topic))
        return l->change == CHANGE_LOWER;
    return l->topic == TOPIC_FINDING && l->change == CHANGE_NEW && l->severity >= SEV_HIGH;
}

/* What got better: it is told after what changed. */
static bool is_better(const struct diff_line *l)
{
    bool is_less = l->change == CHANGE_LOWER || l->change == CHANGE_GONE;
    if (is_success(l->topic))
        return l->change == CHANGE_HIGHER;
    return is_less && (l->topic == TOPIC_FINDING || l->topic == TOPIC_FAILURE || is_time(l->topic));
}

unsigned diff_rank(const struct diff_line *l)
{
    enum { BETTER = 2 * TOPIC_COUNT, FEW = 3 * TOPIC_COUNT, NONE = 4 * TOPIC_COUNT };
    unsigned topic = (unsigned)l->topic;
    if (l->change == CHANGE_NONE)
        return NONE + topic;
    if (l->change == CHANGE_FEW)
        return FEW + topic;
    if (is_better(l))
        return BETTER + topic;
    return diff_is_worse(l) ? topic : TOPIC_COUNT + topic;
}

const char *diff_topic_name(enum diff_topic t)
{
    static const char *const NAMES[TOPIC_COUNT] = {"service", "success", "success-seen", "finding",
            "failure", "full-p50", "full-p95", "resumed-p50", "resumed-p95", "certificate",
            "version", "cipher", "group", "alpn", "resumed", "server", "client", "undetermined",
            "attempts"};
    return NAMES[t];
}

const char *diff_topic_title(enum diff_topic t)
{
    static const char *const TITLES[TOPIC_COUNT] = {"service", "success", "success (seen)",
            "finding", "failure", "full, median", "full, 95 %", "resumed, median", "resumed, 95 %",
            "certificate", "version", "cipher suite", "group", "ALPN", "resumption", "server",
            "client (JA4)", "undetermined", "attempts"};
    return TITLES[t];
}

const char *diff_change_name(const struct diff_line *l)
{
    static const char *const NAMES[] = {
            "same", "too few to tell", "lower", "higher", "new", "gone", "only in A", "only in B"};
    if (is_time(l->topic) && (l->change == CHANGE_LOWER || l->change == CHANGE_HIGHER))
        return l->change == CHANGE_LOWER ? "faster" : "slower";
    if (l->item[0] != '\0' && (l->change == CHANGE_LOWER || l->change == CHANGE_HIGHER))
        return l->change == CHANGE_LOWER ? "less" : "more";
    return NAMES[l->change];
}
