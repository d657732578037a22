#include "rules/support.h"

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    const struct handshake *h = f->handshake;
    if (!rule_ending(f, a, &v))
        return v;
    const char *who = NULL;
    if (h->outcome == OUTCOME_FAIL_TIMEOUT_CLIENT)
        who = "client";
    else if (h->outcome == OUTCOME_FAIL_TIMEOUT_SERVER)
        who = "server";
    else if (h->outcome == OUTCOME_FAIL_TIMEOUT_PATH)
        who = "path";
    if (who == NULL)
        return RULE_PASS;
    const char *client = rule_message(&h->sides[SIDE_CLIENT]);
    const char *server = rule_message(&h->sides[SIDE_SERVER]);
    rule_subject(a, "%s after %s, %s", who, client, server);
    rule_summary(a,
            h->outcome == OUTCOME_FAIL_TIMEOUT_PATH
                    ? "no progress for 10 s on the %s: the last message was not acknowledged "
                      "(client sent %s, server %s)"
                    : "the %s fell silent for 10 s (client sent %s, server %s)",
            who, client, server);
    a->confidence = h->confidence;
    rule_connection(a, "the attempt that timed out");
    return RULE_HIT;
}

const struct rule rule_ops_handshake_timeout = {
        .id = "ops-handshake-timeout",
        .codes = "F6 T6 M1 P3",
        .title = "A handshake timed out",
        .cite = "RFC 9293 3.8; RFC 8446 4",
        .what = "No progress for 10 s in the middle of a handshake. The side that owed the next "
                "message is named; the path when the last message was never acknowledged.",
        .traps =
                "Needs proof that time passed without loss: later packets. A connection that never "
                "sent a ClientHello is not a failure.",
        .unseen = "What dropped the packets, where the capture lies on the other side of it.",
        .remedy = "Server: overload or a blocked back end. Client: a stalled validation. Path: MTU "
                  "or a firewall.",
        .severity = SEV_HIGH,
        .on = RULE_HANDSHAKE,
        .check = check,
};
