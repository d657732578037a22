/* Hellos that fail for their form alone: too long for one segment, 256 to 511 bytes, or split. */
#include "history/accepted.h"
#include "history/hellos.h"
#include "rules/support.h"

enum { FAILURES = 3 };
#define HOUR_US (INT64_C(3600) * 1000000)

static const char *how(enum outcome o)
{
    switch (o) {
    case OUTCOME_FAIL_RESET_SERVER:
    case OUTCOME_FAIL_RESET_THIRD_PARTY:
        return "a reset";
    case OUTCOME_FAIL_CLOSED_SERVER:
        return "a close";
    case OUTCOME_FAIL_ALERT_SERVER:
        return "an alert";
    default:
        return "silence";
    }
}

/* Whether the rules apply to this handshake at all, and whether it failed. */
static bool is_failed(const struct rule_facts *f, struct rule_answer *a, enum hello_form form,
        enum verdict *verdict)
{
    const struct handshake *h = f->handshake;
    *verdict = RULE_NA;
    if (h->client_hello == NULL || h->client_hello->is_malformed || !hello_is_of(h, form))
        return false;
    bool is_taken = h->server_hello != NULL || h->hello_retry_request != NULL;
    if (is_taken)
        *verdict = RULE_PASS;
    if (is_taken || !rule_ending(f, a, verdict))
        return false;
    if (!handshake_is_complete(h)) {
        *verdict = rule_undetermined(a, "an answer may be missing in the capture");
        return false;
    }
    return hello_is_failed(h, form);
}

static enum verdict hit(const struct rule_facts *f, struct rule_answer *a,
        const struct hello_counts *before, const char *what)
{
    const struct handshake *h = f->handshake;
    const struct client_hello *ch = h->client_hello;
    unsigned failed = before->n_failed + 1;
    rule_subject(a, "-");
    if (before->n_others_passed > 0)
        rule_summary(a,
                "%u hellos %s in a row met with %s (the last of %zu bytes), while %u others were "
                "answered",
                failed, what, how(h->outcome), ch->raw.n + 4, before->n_others_passed);
    else
        rule_summary(a,
                "%u hellos %s in a row met with %s (the last of %zu bytes); shorter ones had been "
                "answered within the hour before, no larger one for 7 days",
                failed, what, how(h->outcome), ch->raw.n + 4);
    a->basis = BASIS_INFERRED;
    struct attempt_counts counts = {.n_attempts = failed + before->n_others_passed,
            .n_broken = failed,
            .from_us = before->first_us,
            .to_us = h->last_us};
    rule_bytes(a, SIDE_CLIENT, &ch->at, ch->raw, "the ClientHello, its first bytes");
    rule_series(a, &counts, "hellos of this form that failed, of all since");
    return RULE_HIT;
}

static enum verdict check_large(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    const struct handshake *h = f->handshake;
    if (!is_failed(f, a, HELLO_LARGE, &v))
        return v;
    struct hello_counts c = history_hellos(f->history, f->vantage, f->service, h, HELLO_LARGE);
    if (c.n_failed + 1 < FAILURES || c.n_others_failed > 0)
        return RULE_NA;
    a->confidence = c.n_others_passed >= FAILURES ? 0.9 : 0.8;
    if (c.n_others_passed == 0) {
        struct accepted seen;
        history_accepted(f->history, f->vantage, f->service, h, h->last_us, &seen);
        bool has_small = seen.small_us != TIME_NONE && c.first_us - seen.small_us <= HOUR_US;
        if (!has_small || seen.large_us != TIME_NONE)
            return RULE_NA;
        a->confidence = 0.6;
    }
    return hit(f, a, &c, "of more than one segment");
}

static enum verdict check_window(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    const struct handshake *h = f->handshake;
    if (!is_failed(f, a, HELLO_WINDOW, &v))
        return v;
    struct hello_counts c = history_hellos(f->history, f->vantage, f->service, h, HELLO_WINDOW);
    if (c.n_failed + 1 < FAILURES || c.n_others_passed < FAILURES || c.n_others_failed > 0)
        return RULE_NA;
    a->confidence = 0.7;
    return hit(f, a, &c, "of 256 to 511 bytes");
}

static enum verdict check_split(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    const struct handshake *h = f->handshake;
    if (!is_failed(f, a, HELLO_SPLIT, &v))
        return v;
    struct hello_counts c = history_hellos(f->history, f->vantage, f->service, h, HELLO_SPLIT);
    if (c.n_failed + 1 < FAILURES || c.n_others_passed == 0 || c.n_others_failed > 0)
        return RULE_NA;
    a->confidence = c.n_others_passed >= FAILURES ? 0.8 : 0.6;
    return hit(f, a, &c, "split over several records");
}

const struct rule rule_interop_large_hello_stall = {
        .id = "interop-large-hello-stall",
        .title = "The server does not take a ClientHello of more than one segment",
        .cite = "RFC 8446 5.1; RFC 9293 3.1 (a stream has no message boundaries)",
        .what = "Three ClientHellos in a row that needed more than one TCP segment got no message "
                "of the server: a reset, a close, or 5 s of silence after it had acknowledged all "
                "of them; meanwhile, or within the hour before, it answered shorter ones. Post-"
                "quantum key shares make hellos that long.",
        .traps = "Loss on the way is none: the last segment must have been acknowledged, or the "
                 "server ended the connection. A server that is down answers the shorter ones no "
                 "more either: one such failure and nothing is said; without a shorter one "
                 "meanwhile, only a server that was never seen to take a large one is named. A "
                 "capture behind receive offload shows one large segment: more than 1,460 bytes "
                 "count as several.",
        .remedy = "Update the server or the box before it: it must read until the message is "
                  "whole.",
        .severity = SEV_HIGH,
        .on = RULE_HANDSHAKE,
        .check = check_large,
};

const struct rule rule_interop_hello_size_window = {
        .id = "interop-hello-size-window",
        .title = "The server does not take a ClientHello of 256 to 511 bytes",
        .cite = "RFC 7685 1, 4",
        .what = "Three ClientHellos in a row whose message had 256 to 511 bytes got no message of "
                "the server, while at least three shorter or longer ones were answered.",
        .traps = "What counts is the length of the record's content, with the 4 bytes of the "
                 "message header. Rare today.",
        .remedy = "Patch the terminator; clients pad the hello meanwhile (RFC 7685).",
        .severity = SEV_LOW,
        .on = RULE_HANDSHAKE,
        .check = check_window,
};

const struct rule rule_interop_record_split_fail = {
        .id = "interop-record-split-fail",
        .title = "The server does not take a message that is split over records",
        .cite = "RFC 8446 5.1; RFC 5246 6.2.1",
        .what = "Three ClientHellos in a row that stood in more than one record were answered with "
                "alert 10 or 50, a reset, a close or silence, while hellos in one record were "
                "answered.",
        .traps = "Only hellos are compared: a certificate is split by its length, which differs "
                 "from server to server and not from attempt to attempt.",
        .remedy = "Patch the parser of handshake messages.",
        .severity = SEV_MEDIUM,
        .on = RULE_HANDSHAKE,
        .check = check_split,
};
