#include "history/fallbacks.h"
#include "rules/support.h"

static enum verdict hit(
        const struct rule_facts *f, struct rule_answer *a, const struct fell_back *b)
{
    const struct server_hello *sh = f->handshake->server_hello;
    const char *from = iana_version_name(b->from), *to = iana_version_name(b->to);
    rule_subject(a, "0x%04x", b->from);
    rule_summary(a,
            "%llu times a client was broken off or not answered when it offered %s (the last time "
            "in "
            "handshake %lld) and succeeded within 10 seconds with %s at most, of which the first "
            "offer had everything",
            (unsigned long long)b->n, from != NULL ? from : "more", (long long)b->failed_handshake,
            to != NULL ? to : "less");
    if (sh != NULL)
        rule_server_hello(f, a, sh->legacy_version, "version of the ServerHello");
    else
        rule_connection(a, "the attempt that was broken off");
    return RULE_HIT;
}

/* The attempt that was broken off may be judged after the one that succeeded. */
static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    struct fell_back b;
    const struct handshake *h = f->handshake;
    if (h->client_hello != NULL && history_fell_back(f->history, f->vantage, h, &b) &&
            b.is_intolerance && (double)b.n >= rule_threshold(f, THRESHOLD_INTOLERANCE_MIN))
        return hit(f, a, &b);
    if (!rule_hello(f, a, &v))
        return v;
    return h->client_hello != NULL && outcome_is_success(h->outcome) ? RULE_PASS : RULE_NA;
}

const struct rule rule_proto_version_intolerance = {
        .id = "proto-version-intolerance",
        .codes = "F5 F8 U3",
        .title = "An offer of a newer version breaks the handshake",
        .cite = "RFC 8446 4.2.1, D.1; RFC 5246 E.1",
        .what = "At least three times for one server and SNI, less than a day apart: an alert, "
                "reset, close or silence of the server or the path answers a client's offer, and "
                "within ten seconds of its end one of the same client with a lower highest "
                "version succeeds.",
        .traps = "The offer that failed must hold the version and the suite that are chosen then: "
                 "a test tool that offers single versions or suites is refused with good reason. "
                 "Failures after a ServerHello, of the client, and of a fallback (RFC 7507) do not "
                 "count; that of a client that was not answered for a second does. Clients that "
                 "met it once may remember, so those of all clients are counted together. A larger "
                 "hello may be the reason, too.",
        .remedy = "Update the server, or the inline device in front of it.",
        .severity = SEV_MEDIUM,
        .on = RULE_HANDSHAKE,
        .check = check,
};
