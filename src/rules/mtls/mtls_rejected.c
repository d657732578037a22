/* The server refuses the client's certificate: in clear, or as TLS 1.3 lets it be guessed. */
#include "rules/support.h"

enum { FEW_CLIENTS = 2, ENOUGH = 100 };

static const struct alert *refusal(const struct handshake *h)
{
    static const uint8_t codes[] = {42, 43, 44, 45, 46, 48, 49};
    for (size_t i = 0; i < sizeof codes; i++)
        if (rule_alert(&h->sides[SIDE_SERVER], codes[i]) != NULL)
            return rule_alert(&h->sides[SIDE_SERVER], codes[i]);
    return NULL;
}

/* A single client is its own problem; several, or more than one in a hundred, are the server's. */
static bool is_common(const struct rule_facts *f, const struct recent_counts *n)
{
    return n->n_who >= rule_threshold(f, THRESHOLD_MTLS_REJECT_CLIENTS) ||
           (n->n_who >= FEW_CLIENTS && n->n_all >= ENOUGH &&
                   rule_share(n->n_bad, n->n_all, rule_threshold(f, THRESHOLD_MTLS_REJECT_RATIO)) >
                           0);
}

static enum verdict check_rejected(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    struct recent_event e;
    const struct handshake *h = f->handshake;
    if (h->client_certs == NULL && h->cert_request != NULL && !handshake_is_complete(h))
        return rule_undetermined(a, "the client's certificate is missing in the capture");
    if (!recent_client_cert(h, f->service, f->vantage, &e))
        return RULE_NA;
    if (!rule_ending(f, a, &v))
        return v;
    const struct alert *alert = refusal(h);
    if (!e.is_bad || alert == NULL)
        return RULE_PASS;
    struct recent_counts n = recent_with(f->history, &e, h->last_us);
    const char *name = iana_alert_name(alert->description);
    const char *who = f->n_client_chain > 0 ? rule_who(f->client_chain[0]) : "(unknown)";
    if (!is_common(f, &n))
        a->severity = SEV_MEDIUM;
    a->confidence = h->confidence;
    a->certificate = f->n_client_chain > 0 ? f->client_chain[0] : NULL;
    rule_subject(a, "%u %s", alert->description, name != NULL ? name : "unassigned");
    rule_summary(a, "the server refused the client's certificate %.200s with alert %u (%s)%s", who,
            alert->description, name != NULL ? name : "unassigned",
            is_common(f, &n) ? ", and those of others" : "");
    uint8_t shown[2] = {alert->level, alert->description};
    rule_bytes(a, SIDE_SERVER, &alert->at, (struct bytes){shown, sizeof shown}, "the alert");
    rule_series(a, &(struct attempt_counts){n.n_all, n.n_bad, n.from_us, n.to_us},
            "attempts with a refused client certificate, of all with one");
    return RULE_HIT;
}

static enum verdict check_inferred(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    const struct handshake *h = f->handshake;
    if (!tls_is_13(h->version) || !h->is_client_cert_sent)
        return RULE_NA;
    if (!rule_ending(f, a, &v))
        return v;
    bool is_alert = h->outcome == OUTCOME_FAIL_INFERRED_SERVER;
    bool is_end =
            h->outcome == OUTCOME_FAIL_CLOSED_SERVER || h->outcome == OUTCOME_FAIL_RESET_SERVER;
    if (!is_alert && !is_end)
        return RULE_PASS;
    a->confidence = h->confidence < 0.7 ? h->confidence : 0.7;
    a->basis = BASIS_INFERRED;
    rule_client_subject(f, a, "");
    rule_summary(a, "the client sent a certificate, then the server %s: it seems to refuse it",
            is_alert ? "sent what is as long as an alert" : "closed without any data");
    rule_connection(a, "the attempt whose records look like a refusal");
    return RULE_HIT;
}

const struct rule rule_mtls_cert_rejected = {
        .id = "mtls-cert-rejected",
        .codes = "F9 M4 P1 U2 S1",
        .title = "The server refuses client certificates",
        .cite = "RFC 5246 7.2.2, 7.4.6",
        .what = "The client sent a certificate and the server ended the handshake with "
                "bad_certificate, unsupported_certificate, certificate_revoked, "
                "certificate_expired, certificate_unknown, unknown_ca or access_denied. High when "
                "three clients or more met this within ten minutes, or more than 1 % of at least "
                "100 attempts with a client certificate, by two clients or more.",
        .traps = "A single bad client is medium, however often it tries: without the number of "
                 "clients and attempts, a lone one would be all of them. Clients are told apart by "
                 "address and certificate. TLS 1.3: mtls-reject-inferred.",
        .remedy = "unknown_ca: give the server the CA of these clients. certificate_expired: renew "
                  "them.",
        .severity = SEV_HIGH,
        .on = RULE_HANDSHAKE,
        .check = check_rejected,
};

const struct rule rule_mtls_reject_inferred = {
        .id = "mtls-reject-inferred",
        .codes = "M4 P21 U2",
        .title = "The server seems to refuse a client certificate",
        .cite = "RFC 8446 4.4.2.4, 6.2",
        .what = "TLS 1.3: the client's flight is as long as one with a certificate, and what the "
                "server sends then is one record as long as an alert, or FIN or RST, and no data.",
        .traps =
                "Inferred from sizes and order (docs/tls13-endings.md); confidence at most 0.7. An "
                "application that closes without an answer looks alike. An empty certificate is "
                "mtls-cert-missing.",
        .remedy = "Look into the server's log for the reason.",
        .severity = SEV_MEDIUM,
        .on = RULE_HANDSHAKE,
        .check = check_inferred,
};
