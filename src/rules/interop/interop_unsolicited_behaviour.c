#include "history/grease.h"
#include "rules/support.h"

enum { PAIRS = 3 };

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    char who[64];
    const struct handshake *h = f->handshake;
    const struct client_hello *ch = h->client_hello;
    if (ch == NULL || ch->is_malformed || ch->grease == 0 || h->prints.ja4[0] == '\0')
        return RULE_NA;
    if (h->server_hello != NULL)
        return RULE_PASS;
    if (!rule_ending(f, a, &v))
        return v;
    if (!handshake_is_complete(h))
        return rule_undetermined(a, "an answer may be missing in the capture");
    if (!grease_is_failed(h))
        return RULE_NA;
    struct grease_counts c = history_grease(f->history, f->vantage, f->service, h);
    unsigned failed = c.n_failed + 1;
    if (failed < PAIRS || c.n_plain_passed < PAIRS || c.n_plain_failed > 0 || c.n_passed > 0)
        return RULE_NA;
    rule_client(h, who);
    rule_subject(a, "GREASE %s", who);
    rule_summary(a,
            "the server refused %u hellos with GREASE values and took %u of the same client "
            "without them",
            failed, c.n_plain_passed);
    a->basis = BASIS_INFERRED;
    a->confidence = 0.8;
    struct attempt_counts counts = {
            .n_attempts = failed + c.n_plain_passed, .n_broken = failed, .to_us = h->last_us};
    counts.from_us = c.last_us;
    rule_bytes(a, SIDE_CLIENT, &ch->at, ch->extension_types, "extensions of the ClientHello");
    rule_series(a, &counts, "refused with GREASE, of all of this client");
    return RULE_HIT;
}

const struct rule rule_interop_unsolicited_behaviour = {
        .id = "interop-unsolicited-behaviour",
        .codes = "F8",
        .title = "The server refuses values that it should ignore",
        .cite = "RFC 8701 3; RFC 8446 4.1.2",
        .what = "The server refused (alert, reset, close or silence) at least three ClientHellos "
                "with GREASE values of a client software whose hellos without such values it took "
                "at least three times.",
        .traps = "GREASE changes from connection to connection, so one pair tells nothing. The "
                 "same software is told by its JA4, which leaves GREASE out. One hello with GREASE "
                 "that passes, or one without that fails, and nothing is said.",
        .remedy = "Patch the server: unknown suites, groups and extensions must be ignored.",
        .severity = SEV_LOW,
        .on = RULE_HANDSHAKE,
        .check = check,
};
