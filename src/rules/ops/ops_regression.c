/* Something got worse at the time when the server itself changed. */
#include "base/fisher.h"
#include "rules/window.h"

enum { LEAST = 20, LATEST = 32, FAILURE_POINTS = 1, FAILURE_FACTOR = 2, VERSION_POINTS = 10 };
#define SIDE_US (6 * WINDOW_BLOCK_US) /* half an hour on either side */
#define SIGNIFICANT 1e-4
#define LATENCY_LEAST_US ((int64_t)5000)

struct sides {
    struct busy_counts before, after;
};

static bool is_more(uint64_t after, uint64_t n_after, uint64_t before, uint64_t n_before)
{
    return fisher_greater(after, n_after, before, n_before) < SIGNIFICANT;
}

static bool fails_more(const struct sides *s, struct rule_answer *a)
{
    uint64_t n_before = busy_attempts(&s->before);
    uint64_t n_after = busy_attempts(&s->after);
    uint64_t before = busy_failures(&s->before);
    uint64_t after = busy_failures(&s->after);
    bool is_large = after * 100 >= n_after * FAILURE_POINTS &&
                    after * n_before >= FAILURE_FACTOR * before * n_after;
    if (!is_large || !is_more(after, n_after, before, n_before))
        return false;
    rule_summary(a, "failures rose from %.1f %% to %.1f %%", window_percent(before, n_before),
            window_percent(after, n_after));
    window_series(a, &s->before, before, n_before, "failed attempts before the change");
    window_series(a, &s->after, after, n_after, "failed attempts after it");
    return true;
}

static uint64_t successes(const struct busy_counts *c)
{
    return c->success + c->success_inferred;
}

static bool negotiates_less(const struct sides *s, struct rule_answer *a)
{
    uint64_t n_before = successes(&s->before);
    uint64_t n_after = successes(&s->after);
    uint64_t before = n_before - s->before.tls13;
    uint64_t after = n_after - s->after.tls13;
    double points = window_percent(after, n_after) - window_percent(before, n_before);
    if (points < VERSION_POINTS || !is_more(after, n_after, before, n_before))
        return false;
    rule_summary(a, "handshakes below TLS 1.3 rose from %.1f %% to %.1f %%",
            window_percent(before, n_before), window_percent(after, n_after));
    window_series(a, &s->before, before, n_before, "handshakes below TLS 1.3 before the change");
    window_series(a, &s->after, after, n_after, "and after it");
    return true;
}

/* Half as slow again, and at least 5 ms slower. */
static bool is_slower(const struct sides *s, struct rule_answer *a)
{
    const struct spread *before = &s->before.latency;
    const struct spread *after = &s->after.latency;
    uint64_t n_before = spread_count(before);
    uint64_t n_after = spread_count(after);
    if (n_before < LEAST || n_after < LEAST)
        return false;
    int64_t was = spread_quantile(before, 0.5);
    int64_t is = spread_quantile(after, 0.5);
    int64_t limit = was + was / 2 > was + LATENCY_LEAST_US ? was + was / 2 : was + LATENCY_LEAST_US;
    uint64_t above = spread_above(after, limit);
    if (is < limit || !is_more(above, n_after, spread_above(before, limit), n_before))
        return false;
    rule_summary(a, "the median of full handshakes rose from about %.1f ms to %.1f ms",
            (double)was / 1000, (double)is / 1000);
    window_series(a, &s->before, spread_above(before, limit), n_before,
            "handshakes above one and a half times the median before");
    window_series(a, &s->after, above, n_after, "and after the change");
    return true;
}

/* Half an hour of whole blocks before the block with the change, and after it. */
static bool look(const struct rule_facts *f, int64_t at_us, struct sides *s, struct rule_answer *a,
        enum verdict *v)
{
    int64_t block = at_us - at_us % WINDOW_BLOCK_US;
    int64_t end = window_end(f) - window_end(f) % WINDOW_BLOCK_US;
    int64_t from = block + WINDOW_BLOCK_US;
    int64_t to = from + SIDE_US < end ? from + SIDE_US : end;
    *v = RULE_NA;
    return to > from &&
           history_span(f->history, f->place, f->service, block - SIDE_US, block, &s->before) &&
           history_span(f->history, f->place, f->service, from, to, &s->after) &&
           window_is_covered(f, &s->before, LEAST, a, v) &&
           window_is_covered(f, &s->after, LEAST, a, v);
}

static struct busy_counts counts_of(const struct busy_tally *t, int64_t from_us, int64_t to_us)
{
    return (struct busy_counts){.from_us = from_us,
            .to_us = to_us,
            .success = t->success,
            .failed = t->failed,
            .undetermined = t->undetermined,
            .tls13 = t->tls13,
            .bytes = t->bytes,
            .gap_bytes = t->gap_bytes};
}

/* Where there are no blocks yet, or the capture is too short for them: all before the change, and
 * all since. */
static bool look_closely(const struct rule_facts *f, const struct busy_change *c, struct sides *s,
        struct rule_answer *a, enum verdict *v)
{
    s->before = counts_of(&c->before, c->at_us - SIDE_US, c->at_us);
    int64_t end = c->at_us + SIDE_US < window_end(f) ? c->at_us + SIDE_US : window_end(f);
    s->after = counts_of(&c->after, c->at_us, end);
    return window_is_covered(f, &s->before, LEAST, a, v) &&
           window_is_covered(f, &s->after, LEAST, a, v);
}

/* Whether it still is so in the latest attempts: what is new stumbles at its start. */
static bool lasts(uint32_t latest, uint64_t count, uint64_t total)
{
    unsigned n = total < LATEST ? (unsigned)total : LATEST;
    unsigned is_so = 0;
    for (unsigned i = 0; i < n; i++)
        is_so += latest >> i & 1;
    return 2 * is_so * total >= count * n;
}

static const char *what_is_worse_closely(
        const struct busy_change *c, const struct sides *s, struct rule_answer *a)
{
    uint64_t n = busy_attempts(&s->after);
    const struct busy_tally *t = &c->after;
    if (lasts(t->latest_failed, t->failed, n) && fails_more(s, a))
        return "failures";
    uint64_t older = t->success - t->tls13;
    return lasts(t->latest_older, older, n) && negotiates_less(s, a) ? "versions" : NULL;
}

static void name_change(const struct busy_change *c, char *out, size_t size)
{
    if (c->kind == CHANGE_LEAF)
        rule_fit(out, size, "a new certificate (SHA-256 %016llx...)", (unsigned long long)c->value);
    else
        rule_fit(out, size, "another answer to the same ClientHello (server fingerprint)");
}

/* What got worse, as a word; NULL nothing. */
static const char *what_is_worse(const struct sides *s, struct rule_answer *a)
{
    if (fails_more(s, a))
        return "failures";
    if (negotiates_less(s, a))
        return "versions";
    return is_slower(s, a) ? "latency" : NULL;
}

static bool try_change(const struct rule_facts *f, const struct busy_change *c,
        struct rule_answer *a, enum verdict *v)
{
    struct sides s;
    char change[96], worse[128];
    bool is_close = !look(f, c->at_us, &s, a, v);
    if (is_close && (*v == RULE_UNDETERMINED || !look_closely(f, c, &s, a, v)))
        return false;
    *v = RULE_PASS;
    const char *what = is_close ? what_is_worse_closely(c, &s, a) : what_is_worse(&s, a);
    if (what == NULL)
        return false;
    a->confidence = is_close ? 0.7 : 1.0;
    name_change(c, change, sizeof change);
    rule_fit(worse, sizeof worse, "%s", a->summary);
    rule_subject(a, "%s %016llx", what, (unsigned long long)c->value);
    rule_summary(a, "%s when the service began to show %s", worse, change);
    return true;
}

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    struct busy_change changes[BUSY_CHANGES];
    enum verdict result = RULE_NA;
    size_t n = history_changes(f->history, f->place, f->service, changes);
    for (size_t i = 0; i < n; i++) {
        enum verdict v;
        bool is_in_time = changes[i].at_us < window_end(f) &&
                          window_end(f) - changes[i].at_us <= 2 * SIDE_US - WINDOW_BLOCK_US;
        if (changes[i].kind == CHANGE_KEY || !is_in_time)
            continue;
        if (try_change(f, &changes[i], a, &v))
            return RULE_HIT;
        if (v == RULE_UNDETERMINED || result == RULE_NA)
            result = v;
    }
    return result;
}

const struct rule rule_ops_regression = {
        .id = "ops-regression",
        .codes = "F8 P10 U7 U8",
        .title = "Handshakes got worse when the server changed",
        .cite = "change point at a known time; Fisher's exact test",
        .what = "A service shows a certificate for the first time, or answers a ClientHello that "
                "it "
                "knows in another way (version, suite, extensions, packing of its flight), and in "
                "the half hour after it, compared with the half hour before, failures at least "
                "doubled, handshakes below TLS 1.3 rose by 10 points, or the median latency by "
                "half. "
                "Each with p below 0.0001 and at least 20 attempts on both sides.",
        .traps =
                "Client mixes change as well: without a change of the server nothing is said, and "
                "server fingerprints are compared only for the same ClientHello. The five minutes "
                "with the change are on neither side; until there is more, or in a short capture, "
                "failures and versions are counted right up to the change and since, when the "
                "latest attempts are still so, with confidence 0.7. That both came together does "
                "not prove that "
                "one caused the other. With more than 0.1 % of the bytes lost or more than 20 % of "
                "the attempts undetermined on either side nothing is said.",
        .remedy = "Roll back, or patch what was deployed.",
        .severity = SEV_HIGH,
        .on = RULE_WINDOW,
        .check = check,
};
