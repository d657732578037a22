#include "rules/support.h"

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    const struct session_ticket *t = f->handshake->session_ticket;
    if (t == NULL)
        return RULE_NA;
    if (t->lifetime_s <= rule_threshold(f, THRESHOLD_TICKET_LIFETIME_SECONDS))
        return RULE_PASS;
    uint8_t shown[4] = {(uint8_t)(t->lifetime_s >> 24), (uint8_t)(t->lifetime_s >> 16),
            (uint8_t)(t->lifetime_s >> 8), (uint8_t)t->lifetime_s};
    rule_subject(a, "%u s", t->lifetime_s);
    rule_summary(a, "the server's session ticket is said to live for %.1f days",
            (double)t->lifetime_s / 86400);
    rule_bytes(a, SIDE_SERVER, &t->at, (struct bytes){shown, sizeof shown},
            "ticket_lifetime_hint of the NewSessionTicket");
    return RULE_HIT;
}

const struct rule rule_ticket_lifetime_excess = {
        .id = "ticket-lifetime-excess",
        .codes = "T1",
        .title = "A session ticket lives longer than a week",
        .cite = "RFC 8446 4.6.1; RFC 9325 3.4",
        .what = "ticket_lifetime_hint of the NewSessionTicket is more than 604800 seconds: a "
                "stolen ticket key opens all that time.",
        .traps = "0 means that nothing is said. In TLS 1.3 the message is encrypted.",
        .remedy = "Shorten the life of tickets, and change their keys as often.",
        .severity = SEV_LOW,
        .on = RULE_HANDSHAKE,
        .check = check,
};
