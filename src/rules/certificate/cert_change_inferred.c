#include "history/flights.h"
#include "rules/support.h"

enum { SIGNATURE_SLACK = 3 };

/* Only the Certificate changed, of a client that asked for an OCSP answer in it. */
static bool may_be_staple(const struct rule_facts *f, const struct flight_change *c)
{
    const struct client_hello *ch = f->handshake->client_hello;
    uint32_t now = c->now.verify, before = c->before.verify;
    uint32_t verify = now > before ? now - before : before - now;
    return ch != NULL && ch->has_status_request && verify <= SIGNATURE_SLACK;
}

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    struct flight_change c;
    char server[ENDPOINT_TEXT];
    const struct handshake *h = f->handshake;
    if (!tls_is_13(h->version) || h->is_ambiguous || f->history == NULL ||
            !history_flight(f->history, f->vantage, f->service, h, &c))
        return RULE_NA;
    double least = rule_threshold(f, THRESHOLD_CHANGE_MIN);
    if ((double)c.now.n != least || (double)c.before.n < least || c.is_return)
        return RULE_PASS;
    bool is_doubtful = may_be_staple(f, &c);
    a->confidence = is_doubtful ? 0.4 : 0.7;
    a->basis = BASIS_INFERRED;
    endpoint_text(&h->sides[SIDE_SERVER].endpoint, server);
    rule_subject(a, "%s", server);
    rule_summary(a,
            "%s seems to have another certificate for %.100s%s: the records of Certificate and "
            "CertificateVerify were %u and %u bytes long, now %u and %u",
            server, f->service->name, is_doubtful ? ", or another OCSP answer with it" : "",
            c.before.cert, c.before.verify, c.now.cert, c.now.verify);
    rule_connection(a, "the handshake that makes it stable");
    rule_connection(a, "the latest handshake with the lengths before");
    a->evidence[a->n_evidence - 1].handshake_id = c.before.handshake;
    return RULE_HIT;
}

const struct rule rule_cert_change_inferred = {
        .id = "cert-change-inferred",
        .codes = "F1 S1 S2 U1 P17",
        .title = "The certificate seems to have been replaced (TLS 1.3)",
        .cite = "RFC 8446 4.4.2, 4.4.3, 5.2",
        .what = "In full handshakes of one address and kind of client (JA4), the lengths of the "
                "records that hold Certificate and CertificateVerify were the same at least five "
                "times in a row, and now are others five times in a row. (policy: change-min)",
        .traps = "Told from lengths alone: confidence at most 0.7. Only flights in which each "
                 "message has a record of its own (OpenSSL, GnuTLS, NSS; at least three before one "
                 "as long as Finished) are compared. Signatures with ECDSA vary by a few bytes. "
                 "When the client asks for an OCSP answer and only the Certificate changed, that "
                 "may be it: 0.4. A certificate of the same length is not noticed.",
        .remedy = "None: a fact for the timeline.",
        .severity = SEV_INFO,
        .on = RULE_HANDSHAKE,
        .check = check,
};
