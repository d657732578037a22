/* The client's certificate: expired, about to expire, not for clients. */
#include "rules/support.h"

static enum verdict check_expired(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    char day[24], at[24], span[24];
    const struct certificate *leaf = rule_client_leaf(f, a, &v);
    if (leaf == NULL)
        return v;
    if (leaf->not_after_us >= f->at_us)
        return RULE_PASS;
    rule_when(leaf->not_after_us, f->at_us, day);
    rule_when(f->at_us, leaf->not_after_us, at);
    rule_span(f->at_us - leaf->not_after_us, span);
    rule_summary(a, "the client's certificate %s expired on %s, %s before %s", rule_who(leaf), day,
            span, at);
    return rule_client_certificate_hit(
            f, a, leaf->validity_der, "validity of the client's certificate");
}

static enum verdict check_expiring(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    char day[24], span[24];
    const struct certificate *leaf = rule_client_leaf(f, a, &v);
    if (leaf == NULL)
        return v;
    if (leaf->not_after_us == INT64_MAX || leaf->not_after_us < f->at_us ||
            leaf->not_after_us <= leaf->not_before_us)
        return RULE_NA;
    int64_t left = leaf->not_after_us - f->at_us;
    int64_t lifetime = leaf->not_after_us - leaf->not_before_us;
    int64_t wanted = lifetime / (int64_t)rule_threshold(f, THRESHOLD_MTLS_EXPIRING_PART) -
                     lifetime / (int64_t)rule_threshold(f, THRESHOLD_MTLS_EXPIRING_SLACK_PART);
    if (left >= wanted)
        return RULE_PASS;
    rule_when(leaf->not_after_us, f->at_us, day);
    rule_span(left, span);
    rule_summary(a,
            "the client's certificate %s expires on %s, in %s: %lld %% of its lifetime is left",
            rule_who(leaf), day, span, (long long)(left / (lifetime / 100 + 1)));
    return rule_client_certificate_hit(
            f, a, leaf->validity_der, "validity of the client's certificate");
}

static enum verdict check_eku(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    const struct certificate *leaf = rule_extensions(rule_client_leaf(f, a, &v), a, &v);
    if (leaf == NULL)
        return v;
    if (!leaf->has_eku)
        return RULE_NA;
    if (leaf->eku & (EKU_CLIENT_AUTH | EKU_ANY))
        return RULE_PASS;
    if (!outcome_is_failure(f->handshake->outcome))
        a->severity = SEV_MEDIUM; /* a server that does not look at it */
    rule_summary(a, "the client's certificate %s may be used for %s, not for clients",
            rule_who(leaf),
            leaf->eku_text != NULL && leaf->eku_text[0] != '\0' ? leaf->eku_text : "nothing");
    return rule_client_certificate_hit(
            f, a, leaf->subject_der, "subject of the client's certificate");
}

const struct rule rule_mtls_cert_expired = {
        .id = "mtls-cert-expired",
        .codes = "F1 M4 U2",
        .title = "The client's certificate has expired",
        .cite = "RFC 5280 4.1.2.5; RFC 5246 7.4.6",
        .what = "notAfter of the first certificate that the client sent lies before the time of "
                "the "
                "packet (or before --at), whether the server accepted it or not.",
        .traps = "Packet time is used, not today's. 99991231235959Z means \"no expiration\". Not "
                 "visible in TLS 1.3.",
        .remedy = "Renew the client's certificate; let the server refuse expired ones.",
        .severity = SEV_HIGH,
        .on = RULE_HANDSHAKE,
        .about = ABOUT_CLIENT,
        .check = check_expired,
};

const struct rule rule_mtls_cert_expiring = {
        .id = "mtls-cert-expiring",
        .codes = "M3 M4 U2",
        .title = "The client's certificate will expire soon",
        .cite = "RFC 5280 4.1.2.5",
        .what = "Less than a third of the lifetime, less a tenth of it, is left of the client's "
                "certificate: renewal at two thirds is overdue.",
        .traps = "Only the share counts, because certificates of meshes live for hours. Those "
                 "without expiration are left out.",
        .remedy = "Look after the agent that renews it.",
        .severity = SEV_MEDIUM,
        .on = RULE_HANDSHAKE,
        .about = ABOUT_CLIENT,
        .check = check_expiring,
};

const struct rule rule_mtls_eku_missing_clientauth = {
        .id = "mtls-eku-missing-clientauth",
        .codes = "F9 M4 U2",
        .title = "The client's certificate is not for clients",
        .cite = "RFC 5280 4.2.1.12; RFC 5246 7.4.6",
        .what = "The client's certificate has an extended key usage without clientAuth and without "
                "anyExtendedKeyUsage. Public CAs leave clientAuth away from 2026 on.",
        .traps = "Servers that do not look at it go on: medium unless the handshake failed. Having "
                 "no extended key usage at all is legal.",
        .remedy = "Issue client certificates from a private CA, with clientAuth.",
        .severity = SEV_HIGH,
        .on = RULE_HANDSHAKE,
        .about = ABOUT_CLIENT,
        .check = check_eku,
};
