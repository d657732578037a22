#include "model/derived.h"
#include "rules/support.h"

#define LEFT_CONFIDENCE 0.4 /* a bare FIN: a user may have changed his mind */

/* Who sent what looks like an alert; what concerns client certificates has rules of its own. */
static bool is_refused(const struct handshake *h, enum side *by)
{
    bool is_client = h->outcome == OUTCOME_FAIL_INFERRED_CLIENT || handshake_is_left(h);
    *by = is_client ? SIDE_CLIENT : SIDE_SERVER;
    if (*by == SIDE_CLIENT)
        return true;
    return h->outcome == OUTCOME_FAIL_INFERRED_SERVER && !h->is_client_cert_sent &&
           !h->is_client_cert_empty;
}

static const char *words_of(const struct handshake *h, enum side by)
{
    if (!tls_is_13(h->version))
        return "sent an encrypted alert before the handshake was complete: its reason is hidden";
    if (handshake_is_left(h))
        return "closed where its Finished was due: it seems to refuse what the server sent, most "
               "likely its certificate";
    return by == SIDE_CLIENT ? "seems to refuse with an encrypted alert what the server sent, most "
                               "likely its certificate"
                             : "seems to refuse with an encrypted alert what the client sent";
}

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    enum side by;
    const struct handshake *h = f->handshake;
    if (!rule_ending(f, a, &v))
        return v;
    if (!is_refused(h, &by))
        return RULE_PASS;
    const char *name = by == SIDE_CLIENT ? "client" : "server";
    rule_client_subject(f, a, by == SIDE_CLIENT ? "client " : "server ");
    rule_summary(a, "the %s %s", name, words_of(h, by));
    a->confidence = handshake_is_left(h) ? LEFT_CONFIDENCE : h->confidence;
    a->basis = BASIS_INFERRED;
    rule_connection(a, "the attempt whose records look like a refusal");
    return RULE_HIT;
}

const struct rule rule_interop_reject_inferred = {
        .id = "interop-reject-inferred",
        .codes = "F1 F2 F3 M1 P21",
        .title = "A handshake seems to be refused with an encrypted alert",
        .cite = "RFC 8446 6.2",
        .what = "Where the rest of a side's flight was due, there is one protected record as long "
                "as "
                "an alert, and the connection ends; or a client of TLS 1.3 closes there without "
                "any "
                "record. One finding per service, sender and client fingerprint.",
        .traps =
                "Inferred from sizes and order, with the confidence of the outcome "
                "(docs/tls13-endings.md). An alert in clear is interop-fatal-alert; a bare FIN has "
                "0.4 as confidence, and one of a server, or a RST, is "
                "interop-reset-mid-handshake; what the server does behind a client "
                "certificate is mtls-reject-inferred or mtls-cert-missing.",
        .unseen = "The alert itself is encrypted: its reason cannot be read, only that there was "
                  "one.",
        .remedy = "Look at the server's certificate from the client's point of view: expiry, name, "
                  "chain; the client's log has the reason.",
        .severity = SEV_MEDIUM,
        .on = RULE_HANDSHAKE,
        .check = check,
};
