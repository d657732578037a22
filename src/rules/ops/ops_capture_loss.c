#include "rules/support.h"

static double share(uint64_t part, uint64_t rest)
{
    return part == 0 ? 0 : (double)part / ((double)part + (double)rest);
}

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    const struct coverage *c = f->coverage;
    if (c == NULL || c->n_connections == 0)
        return RULE_NA;
    double drops = c->has_drops ? share(c->drops, c->frames) : 0;
    double gaps = share(c->gap_bytes, c->payload_bytes);
    double most = rule_threshold(f, THRESHOLD_LOSS_RATIO);
    if (drops <= most && gaps <= most)
        return RULE_PASS;
    rule_subject(a, "%.300s", c->input_name);
    rule_summary(a,
            "%llu bytes of TLS connections are missing (%.2f %%), %llu packets dropped (%.150s)",
            (unsigned long long)c->gap_bytes, gaps * 100, (unsigned long long)c->drops,
            c->input_name);
    a->has_seen = c->has_lost;
    a->seen_from_us = c->lost_from_us;
    a->seen_to_us = c->lost_to_us;
    struct attempt_counts counts = {c->payload_bytes + c->gap_bytes, c->gap_bytes,
            c->has_lost ? c->lost_from_us : c->first_us, c->has_lost ? c->lost_to_us : c->last_us};
    rule_series(a, &counts, "bytes missing, of all bytes of TLS connections");
    return RULE_HIT;
}

const struct rule rule_ops_capture_loss = {
        .id = "ops-capture-loss",
        .codes = "P11 P21 P25",
        .title = "The capture lost packets",
        .cite = "RFC 9293 3.4 (sequence numbers show what is missing)",
        .what = "More than 0.1 % of the bytes of TLS connections are missing by sequence number, "
                "or "
                "the capture file itself says that more than 0.1 % of the packets were dropped.",
        .traps = "A short snap length looks like loss; the counters tell how many frames were cut. "
                 "Findings keep their confidence: what needs something to be absent asks whether "
                 "its own handshake is whole, and of windows with such loss nothing is said.",
        .remedy = "Enlarge the capture buffer, or thin out what the span port sends.",
        .severity = SEV_INFO,
        .on = RULE_RUN_END,
        .check = check,
};
