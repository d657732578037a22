#include <string.h>

#include "model/derived.h"
#include "rules/support.h"

static const char *how(enum outcome o, enum side *side)
{
    switch (o) {
    case OUTCOME_FAIL_RESET_CLIENT:
        *side = SIDE_CLIENT;
        return "client reset";
    case OUTCOME_FAIL_RESET_SERVER:
        *side = SIDE_SERVER;
        return "server reset";
    case OUTCOME_FAIL_RESET_THIRD_PARTY:
        *side = SIDE_SERVER;
        return "third party reset";
    case OUTCOME_FAIL_CLOSED_CLIENT:
        *side = SIDE_CLIENT;
        return "client closed";
    case OUTCOME_FAIL_CLOSED_SERVER:
        *side = SIDE_SERVER;
        return "server closed";
    default:
        return NULL;
    }
}

/* Bytes where the server's hello was due that are none: another protocol, or garbage. */
static bool is_other_language(const struct handshake *h)
{
    return h->server_hello == NULL && h->hello_retry_request == NULL && h->malformed != NULL &&
           h->malformed_side == SIDE_SERVER && strcmp(h->malformed, TLS_NO_RECORD) == 0;
}

/* mtls-reject-inferred and interop-reject-inferred speak. */
static bool is_refusal(const struct handshake *h, enum side by)
{
    return handshake_is_left(h) ||
           (by == SIDE_SERVER && tls_is_13(h->version) && h->is_client_cert_sent);
}

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    enum side side = SIDE_CLIENT;
    const struct handshake *h = f->handshake;
    if (!rule_ending(f, a, &v))
        return v;
    const char *what = how(h->outcome, &side);
    if (what == NULL)
        return RULE_PASS;
    if (is_refusal(h, side))
        return RULE_NA;
    struct attempt_counts counts = {.from_us = h->first_us, .to_us = h->last_us};
    if (f->history != NULL)
        counts = history_counts(f->history, f->vantage, f->service, h->last_us);
    counts.n_attempts++; /* the history ends before this attempt */
    counts.n_broken++;
    double most = rule_threshold(f, THRESHOLD_RESET_RATIO) * (double)counts.n_attempts;
    if ((double)counts.n_broken <= most)
        return RULE_PASS;
    const char *client = rule_message(&h->sides[SIDE_CLIENT]);
    bool is_other = is_other_language(h);
    const char *server = is_other ? "bytes that are no TLS" : rule_message(&h->sides[SIDE_SERVER]);
    rule_subject(a, "%s after %s, %s", what, client, server);
    bool is_foreign = h->outcome == OUTCOME_FAIL_RESET_THIRD_PARTY;
    rule_summary(a, "%s %s%s without an alert; last message of the client %s, of the server %s",
            is_foreign ? "a" : "the", what, is_foreign ? " (its TTL is not the host's)" : "",
            client, server);
    a->confidence = h->confidence;
    a->basis = h->basis;
    rule_connection(a, what);
    if (is_other)
        rule_bytes(a, SIDE_SERVER, &h->malformed_at, h->malformed_bytes, "its first bytes");
    rule_series(a, &counts, "attempts that broke off without an alert, of all in ten minutes");
    return RULE_HIT;
}

const struct rule rule_interop_reset_mid_handshake = {
        .id = "interop-reset-mid-handshake",
        .codes = "F8 T6 M1 P3",
        .title = "Handshakes break off without an alert",
        .cite = "RFC 8446 6.1",
        .what = "RST or FIN between ClientHello and Finished without an alert, for more than 1 % "
                "of "
                "the attempts of the service within ten minutes. The side and the last messages "
                "are "
                "named.",
        .traps =
                "Scans and clients that leave within 300 ms before any answer (happy eyeballs) are "
                "not counted. In TLS 1.3 an encrypted alert may be the client's first protected "
                "record: from there on, and when the server closes after its ServerHello, nothing "
                "is said.",
        .unseen = "A reset carries no reason. Who sent it is told by its addresses and hop counts "
                  "only.",
        .remedy = "Look at the side that broke off, and at middleboxes in between.",
        .severity = SEV_HIGH,
        .on = RULE_HANDSHAKE,
        .check = check,
};
