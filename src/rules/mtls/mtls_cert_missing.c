#include "rules/support.h"

enum { EMPTY_LIST = 3, ALERT_NO_CERTIFICATE = 41 };

/* RFC 5246 7.4.6: an empty list; SSL 3.0 sends a warning instead. */
static bool is_answer_empty(const struct handshake *h)
{
    const struct cert_message *m = h->client_certs;
    if (m != NULL)
        return m->n_certs == 0 && m->raw.n <= EMPTY_LIST;
    return rule_alert(&h->sides[SIDE_CLIENT], ALERT_NO_CERTIFICATE) != NULL;
}

/* How sure it is that the server gave up because of it; 0 it did not. */
static double refused(const struct handshake *h)
{
    const struct side_facts *server = &h->sides[SIDE_SERVER];
    bool is_named = rule_alert(server, 116) != NULL || rule_alert(server, 40) != NULL ||
                    rule_alert(server, 42) != NULL;
    switch (h->outcome) {
    case OUTCOME_FAIL_ALERT_SERVER:
        return is_named ? 1.0 : 0.7;
    case OUTCOME_FAIL_INFERRED_SERVER:
        return 0.7;
    case OUTCOME_FAIL_CLOSED_SERVER:
    case OUTCOME_FAIL_RESET_SERVER:
        return 0.6;
    default:
        return 0;
    }
}

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    char who[64];
    const struct handshake *h = f->handshake;
    bool is_13 = tls_is_13(h->version);
    if (is_13 ? !h->is_client_cert_empty : h->cert_request == NULL)
        return RULE_NA;
    if (!is_13 && h->client_certs == NULL && !handshake_is_complete(h))
        return rule_undetermined(a, "the client's answer is missing in the capture");
    if (!is_13 && !is_answer_empty(h))
        return h->client_certs != NULL ? RULE_PASS : RULE_NA;
    if (!rule_ending(f, a, &v))
        return v;
    double sure = refused(h);
    if (sure == 0 && !outcome_is_success(h->outcome))
        return RULE_NA; /* it failed for another reason */
    if (sure == 0)
        a->severity = SEV_INFO;
    a->confidence = sure == 0 ? 1.0 : sure;
    if (is_13) {
        a->confidence = a->confidence < 0.7 ? a->confidence : 0.7;
        a->basis = BASIS_INFERRED;
    } else if (sure > 0 && sure < 1) {
        a->basis = BASIS_INFERRED;
    }
    rule_client(h, who);
    rule_subject(a, "%s", who);
    rule_summary(a, "the server asked for a certificate and the client has none: %s",
            sure > 0 ? "the handshake failed" : "the server goes on without");
    if (!is_13)
        rule_bytes(a, SIDE_SERVER, &h->cert_request->at, h->cert_request->types,
                "certificate_types of the CertificateRequest");
    if (h->client_certs != NULL)
        rule_bytes(a, SIDE_CLIENT, &h->client_certs->at, h->client_certs->raw,
                "Certificate of the client");
    else
        rule_connection(a, is_13 ? "a record of the size of an empty Certificate"
                                 : "alert no_certificate of the client");
    return RULE_HIT;
}

const struct rule rule_mtls_cert_missing = {
        .id = "mtls-cert-missing",
        .codes = "M4 U2",
        .title = "The server wants a client certificate and the client has none",
        .cite = "RFC 5246 7.4.6; RFC 8446 4.4.2.4",
        .what = "The server sent a CertificateRequest, the client an empty list, and the server "
                "ended "
                "the handshake. Info when the server goes on. In TLS 1.3 the empty Certificate is "
                "told by the size of its record: inferred.",
        .traps = "Browsers answer with nothing until their user has chosen. Another alert than "
                 "certificate_required, handshake_failure or bad_certificate, or none, lowers the "
                 "confidence.",
        .remedy = "Give the client a certificate.",
        .severity = SEV_MEDIUM,
        .on = RULE_HANDSHAKE,
        .about = ABOUT_CLIENT,
        .check = check,
};
