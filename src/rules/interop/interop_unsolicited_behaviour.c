#include "history/grease.h"
#include "rules/support.h"

enum { PAIRS = 3 };

static enum verdict hit(
        const struct rule_facts *f, struct rule_answer *a, const struct grease_counts *c)
{
    const struct handshake *h = f->handshake;
    const struct client_hello *ch = h->client_hello;
    rule_client_subject(f, a, "GREASE ");
    rule_summary(a,
            "the server refused %u hellos with GREASE values and took %u of the same client "
            "without them",
            c->n_failed, c->n_plain_passed);
    a->basis = BASIS_INFERRED;
    a->confidence = 0.8;
    struct attempt_counts counts = {.n_attempts = c->n_failed + c->n_plain_passed,
            .n_broken = c->n_failed,
            .from_us = c->last_us,
            .to_us = h->last_us};
    rule_bytes(a, SIDE_CLIENT, &ch->at, ch->extension_types,
            ch->grease != 0 ? "extensions of the ClientHello"
                            : "extensions of a ClientHello without them, which passed");
    rule_series(a, &counts, "refused with GREASE, of all of this client");
    return RULE_HIT;
}

/* The pairs may come in any order: one without GREASE may complete them. */
static bool is_pairs(const struct grease_counts *c)
{
    return c->n_failed >= PAIRS && c->n_plain_passed >= PAIRS && c->n_plain_failed == 0 &&
           c->n_passed == 0;
}

static enum verdict check_plain(const struct rule_facts *f, struct rule_answer *a)
{
    const struct handshake *h = f->handshake;
    if (h->server_hello == NULL)
        return RULE_NA;
    struct grease_counts c = history_grease(f->history, f->vantage, f->service, h);
    c.n_plain_passed++;
    return is_pairs(&c) ? hit(f, a, &c) : RULE_NA;
}

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    const struct handshake *h = f->handshake;
    const struct client_hello *ch = h->client_hello;
    if (ch == NULL || ch->is_malformed || h->prints.ja4[0] == '\0')
        return RULE_NA;
    if (ch->grease == 0)
        return check_plain(f, a);
    if (h->server_hello != NULL)
        return RULE_PASS;
    if (!rule_ending(f, a, &v))
        return v;
    if (!handshake_is_complete(h))
        return rule_undetermined(a, "an answer may be missing in the capture");
    if (!grease_is_failed(h))
        return RULE_NA;
    struct grease_counts c = history_grease(f->history, f->vantage, f->service, h);
    c.n_failed++;
    return is_pairs(&c) ? hit(f, a, &c) : RULE_NA;
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
