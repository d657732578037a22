/* Heartbeats that ask for more than they bring (CVE-2014-0160). */
#include "rules/support.h"

static const char *name(enum side side)
{
    return side == SIDE_CLIENT ? "client" : "server";
}

/* What stands in front of the payload: type and length. */
static void show(struct rule_answer *a, enum side side, const struct heartbeat_facts *h)
{
    uint8_t shown[3] = {HEARTBEAT_REQUEST, (uint8_t)(h->claimed >> 8), (uint8_t)h->claimed};
    struct bytes b = {shown, h->is_overread ? sizeof shown : 0};
    rule_bytes(a, side, &h->asked_at, b, "the request");
}

static enum verdict leak(struct rule_answer *a, enum side asker, const struct heartbeat_facts *h)
{
    enum side leaker = asker == SIDE_CLIENT ? SIDE_SERVER : SIDE_CLIENT;
    if (h->is_inferred) {
        a->basis = BASIS_INFERRED;
        a->confidence = 0.8;
    }
    rule_subject(a, "%s leaks", name(leaker));
    rule_summary(a, "the %s answered a heartbeat of %u bytes with %u bytes: the rest is its memory",
            name(leaker), h->asked, h->answered);
    show(a, asker, h);
    rule_bytes(a, leaker, &h->answer_at, (struct bytes){NULL, 0}, "the answer");
    return RULE_HIT;
}

static enum verdict attempt(struct rule_answer *a, enum side asker, const struct heartbeat_facts *h)
{
    const uint32_t header = 3; /* type and length */
    bool is_probe = header + h->claimed <= h->asked;
    a->severity = SEV_HIGH;
    rule_subject(a, "%s asks", name(asker));
    rule_summary(a,
            is_probe ? "the %s sent a heartbeat of %u bytes with %u bytes of payload and without "
                       "the padding that must follow: a probe, which tells unpatched software and "
                       "reads no memory"
                     : "the %s sent a heartbeat of %u bytes that claims %u bytes of payload; no "
                       "answer of that size was seen",
            name(asker), h->asked, h->claimed);
    show(a, asker, h);
    return RULE_HIT;
}

/* At the end of the connection, whether it came behind what was judged with the handshake. */
static bool is_new(const struct rule_facts *f, const struct span *at)
{
    const struct handshake *h = f->handshake;
    return f->end == NULL || at->input != h->input || at->last_packet > h->last_packet;
}

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    const struct handshake *h = f->handshake;
    const struct heartbeat_facts *all = f->end != NULL ? f->end->heartbeats : h->heartbeats;
    if (all == NULL)
        return RULE_NA;
    for (int side = SIDE_CLIENT; side <= SIDE_SERVER; side++)
        if (all[side].is_leak && is_new(f, &all[side].answer_at))
            return leak(a, (enum side)side, &all[side]);
    for (int side = SIDE_CLIENT; side <= SIDE_SERVER; side++)
        if (all[side].is_overread && !all[side].is_leak && is_new(f, &all[side].asked_at))
            return attempt(a, (enum side)side, &all[side]);
    if (f->end != NULL)
        return RULE_NA;
    return handshake_is_complete(h) ? RULE_PASS : rule_undetermined(a, "the capture has gaps");
}

const struct rule rule_vuln_heartbleed = {
        .id = "vuln-heartbleed",
        .codes = "T3 P19",
        .title = "A heartbeat reads memory of the other side",
        .cite = "CVE-2014-0160; RFC 6520 4",
        .what = "A heartbeat request in clear claims more payload than fits its record beside "
                "header and padding: high. "
                "Its answer is longer than the request: critical. Behind encryption, where "
                "contents cannot be read, an answer of 512 bytes more than the request is a leak "
                "(inferred).",
        .traps = "An answer may be padded otherwise than its request: of an honest one no answer "
                 "counts in clear. Requests of both sides that cross are about "
                 "as long.",
        .unseen = "What the memory held, when the heartbeats are encrypted; a server that could be "
                  "attacked and was not.",
        .remedy = "Patch OpenSSL (1.0.1g or later), then replace keys, certificates and passwords.",
        .severity = SEV_CRITICAL,
        .on = RULE_HANDSHAKE,
        .is_also_at_end = true,
        .check = check,
};
