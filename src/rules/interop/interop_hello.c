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

/* What speaks for the form as the reason: others of another form that passed. */
struct contrast {
    bool is_meanwhile; /* since the first failure; else within the hour before */
    double confidence; /* 0: none */
};

/*
 * Failures are concluded later than successes, so what passed meanwhile may have been learned
 * before the first failure was; only packet times tell then. Such a server must not have taken the
 * form.
 */
static struct contrast contrast_of(const struct rule_facts *f, const struct hello_counts *c,
        enum hello_form form, unsigned needed)
{
    struct accepted seen;
    if (c->n_others_passed >= needed)
        return (struct contrast){true, c->n_others_passed >= FAILURES ? 0.9 : 0.8};
    history_accepted(
            f->history, f->vantage, f->service, f->handshake, f->handshake->last_us, &seen);
    if (seen.of_us[form] != TIME_NONE || seen.other_us[form] == TIME_NONE ||
            seen.n_hellos < needed || c->first_us - seen.other_us[form] > HOUR_US)
        return (struct contrast){false, 0};
    bool is_meanwhile = seen.other_us[form] > c->first_us;
    return (struct contrast){is_meanwhile, is_meanwhile ? 0.8 : 0.6};
}

static enum verdict check(const struct rule_facts *f, struct rule_answer *a, enum hello_form form,
        unsigned needed, const char *what)
{
    enum verdict v;
    const struct handshake *h = f->handshake;
    if (!is_failed(f, a, form, &v))
        return v;
    struct hello_counts c = history_hellos(f->history, f->vantage, f->service, h, form);
    if (c.n_failed + 1 < FAILURES || c.n_others_failed > 0)
        return RULE_NA;
    struct contrast others = contrast_of(f, &c, form, needed);
    if (others.confidence == 0)
        return RULE_NA;
    rule_subject(a, "-");
    rule_summary(a,
            "%u hellos %s in a row met with %s (the last of %zu bytes); others were answered %s",
            c.n_failed + 1, what, how(h->outcome), h->client_hello->raw.n + 4,
            others.is_meanwhile ? "meanwhile" : "within the hour before");
    a->basis = BASIS_INFERRED;
    a->confidence = others.confidence;
    struct attempt_counts counts = {.n_attempts = c.n_failed + 1 + c.n_others_passed,
            .n_broken = c.n_failed + 1,
            .from_us = c.first_us,
            .to_us = h->last_us};
    rule_bytes(a, SIDE_CLIENT, &h->client_hello->at, h->client_hello->raw,
            "the ClientHello, its first bytes");
    rule_series(a, &counts, "hellos of this form that failed, of all since");
    return RULE_HIT;
}

static enum verdict check_large(const struct rule_facts *f, struct rule_answer *a)
{
    return check(f, a, HELLO_LARGE, 1, "of more than one segment");
}

static enum verdict check_window(const struct rule_facts *f, struct rule_answer *a)
{
    return check(f, a, HELLO_WINDOW, FAILURES, "of 256 to 511 bytes");
}

static enum verdict check_split(const struct rule_facts *f, struct rule_answer *a)
{
    return check(f, a, HELLO_SPLIT, 1, "split over several records");
}

const struct rule rule_interop_large_hello_stall = {
        .id = "interop-large-hello-stall",
        .codes = "F8 P3 T6 U3 P4",
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
        .codes = "F8",
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
        .codes = "F8 P10",
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
