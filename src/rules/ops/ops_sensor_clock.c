#include "history/clocks.h"
#include "rules/support.h"

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    const struct coverage *c = f->coverage;
    if (c == NULL)
        return RULE_NA;
    const struct clock_panel p = history_clock_panel(
            f->history, f->vantage, (int64_t)rule_threshold(f, THRESHOLD_SENSOR_CLOCK_SECONDS));
    unsigned least = (unsigned)rule_threshold(f, THRESHOLD_SENSOR_CLOCK_SERVERS);
    unsigned same = p.n_ahead > p.n_behind ? p.n_ahead : p.n_behind;
    unsigned others = p.n_ahead + p.n_behind + p.n_right - same;
    if (same + others < least)
        return RULE_NA;
    if (same < least || others > 0)
        return RULE_PASS;
    int64_t off_s = p.offset_s < 0 ? -p.offset_s : p.offset_s;
    rule_subject(a, "%.300s", c->input_name);
    rule_summary(a,
            "%u unrelated servers are %lld seconds or more %s the capture's clock, and none "
            "agrees with it: findings about time say nothing (%.150s)",
            same, (long long)off_s, p.offset_s < 0 ? "behind" : "ahead of", c->input_name);
    struct attempt_counts counts = {same, same, c->first_us, c->last_us};
    rule_series(a, &counts, "servers that are off to the same side, of all whose time is known");
    return RULE_HIT;
}

const struct rule rule_ops_sensor_clock = {
        .id = "ops-sensor-clock",
        .codes = "F4 P18 P25",
        .title = "The clock of the capture is wrong",
        .cite = "RFC 5246 7.4.1.3; RFC 6960 4.2.1",
        .what = "At least three servers with different addresses and owners are more than 60 "
                "seconds off the packets' time to the same side, and none agrees with it: by the "
                "time in their randoms (as in ops-time-skew-server), or because something that was "
                "signed for them, an OCSP answer or SCT that was verified, lies in the future.",
        .traps = "Captures whose times were rewritten, or that were replayed, look the same. "
                 "Servers that take their time from one wrong source do, too. Findings about "
                 "expiry, skew and staples of such a capture should not be believed.",
        .remedy = "Set up NTP where packets are captured; judge this capture with --at.",
        .severity = SEV_HIGH,
        .on = RULE_RUN_END,
        .check = check,
};
