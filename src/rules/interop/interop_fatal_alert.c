#include "iana/iana.h"
#include "rules/support.h"

/* Where to look first (docs/defects.md): by sender, since the same number means different things.
 */
struct cause {
    uint8_t description;
    const char *text[2]; /* by the side that sent it */
    const char *see[2];  /* defects that say more, NULL none */
};

static const struct cause CAUSES[] = {
        {10, {"a message out of order", "a message out of order"},
                {"proto-malformed-message", "proto-malformed-message"}},
        {20,
                {"a record that does not verify: keys differ, or bytes were changed on the way",
                        "a record that does not verify: keys differ, or bytes were changed on the "
                        "way"},
                {"kex-static-rsa-keypair-failure", "kex-static-rsa-keypair-failure"}},
        {22, {"a record that is too long", "a record that is too long"},
                {"proto-malformed-message", "proto-malformed-message"}},
        {40,
                {"no parameters in common",
                        "no parameters in common, or a client certificate that is missing"},
                {"cipher-no-overlap", "cipher-no-overlap, mtls-cert-missing"}},
        {42, {"the server's certificate or its signature", "the client's certificate"},
                {"chain-signature-invalid, ops-pin-break", "mtls-cert-rejected"}},
        {43,
                {"the type, key or usage of the server's certificate",
                        "the type or usage of the client's certificate"},
                {"cert-keyusage-mismatch", "mtls-cert-rejected, mtls-eku-missing-clientauth"}},
        {44, {"the server's certificate is revoked", "the client's certificate is revoked"},
                {"revoked-cert-in-use", "mtls-cert-rejected"}},
        {45,
                {"the server's certificate has expired, or the client's clock is wrong",
                        "the client's certificate has expired"},
                {"cert-expired, ops-time-skew-client", "mtls-cert-rejected, mtls-cert-expired"}},
        {46,
                {"the name, a pin or the chain of the server's certificate",
                        "the client's certificate"},
                {"name-mismatch, ops-pin-break", "mtls-cert-rejected"}},
        {47, {"a value that the server may not choose", "a value that the client may not send"},
                {"proto-illegal-selection, proto-downgrade-sentinel", "proto-malformed-message"}},
        {48,
                {"the server's chain: a missing intermediate or an unknown root",
                        "the client's chain: an unknown CA"},
                {"chain-missing-intermediate, chain-untrusted-root, interop-interception",
                        "mtls-cert-rejected, mtls-ca-hint-mismatch, mtls-ca-generation-skew"}},
        {49, {"access policy", "access policy"}, {NULL, "mtls-cert-rejected"}},
        {50, {"a message that does not parse", "a message that does not parse"},
                {"proto-malformed-message", "proto-malformed-message"}},
        {51, {"a signature that does not verify", "a signature that does not verify"},
                {"kex-signature-invalid", "mtls-signature-invalid"}},
        {70, {"no protocol version in common", "no protocol version in common"},
                {NULL, "proto-client-legacy, cipher-no-overlap"}},
        {71, {"parameters that are too weak", "the client offers only weak parameters"},
                {"kex-dh-weak-size, cert-key-rsa-short", "cipher-no-overlap"}},
        {80, {"an internal error of the client", "an internal error of the server"},
                {"ops-regression", "ops-regression"}},
        {86, {"an inappropriate fallback", "a fallback although both speak a later version"},
                {NULL, "proto-fallback-scsv"}},
        {109, {"an extension is missing", "an extension is missing"},
                {"proto-illegal-selection", "proto-illegal-selection"}},
        {110, {"an extension that was not offered", "an extension that was not offered"},
                {"proto-illegal-selection", NULL}},
        {112, {"the name is not served here", "the name is not served here"},
                {NULL, "name-unrecognized"}},
        {113, {"the stapled OCSP answer", "the stapled OCSP answer"},
                {"ocsp-staple-invalid", NULL}},
        {115, {"an unknown PSK identity", "an unknown PSK identity"}, {NULL, NULL}},
        {116, {"a client certificate is required", "a client certificate is required"},
                {NULL, "mtls-cert-missing"}},
        {117, {"an error that has no other name", "an error that has no other name"},
                {"ops-regression", "ops-regression"}},
        {120, {"no application protocol in common", "no application protocol in common"},
                {NULL, "name-alpn-none"}},
        {121, {"an outdated ECH configuration", "an outdated ECH configuration"}, {NULL, NULL}},
};

static const struct cause *cause_of(uint8_t description)
{
    for (size_t i = 0; i < sizeof CAUSES / sizeof *CAUSES; i++)
        if (CAUSES[i].description == description)
            return &CAUSES[i];
    return NULL;
}

enum { FATAL = 2, CLOSE_NOTIFY = 0, USER_CANCELED = 90 };

/* The alert that ended the attempt: the first fatal one of that side, else its last one. */
static const struct alert *deciding_alert(const struct side_facts *s)
{
    const struct alert *found = NULL;
    for (size_t i = 0; i < s->n_alerts && i < TLS_ALERT_CAP; i++) {
        const struct alert *a = &s->alerts[i];
        if (a->description == CLOSE_NOTIFY || a->description == USER_CANCELED)
            continue;
        if (a->level == FATAL)
            return a;
        found = a;
    }
    return found;
}

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    const struct handshake *h = f->handshake;
    if (!rule_ending(f, a, &v))
        return v;
    if (h->outcome != OUTCOME_FAIL_ALERT_CLIENT && h->outcome != OUTCOME_FAIL_ALERT_SERVER)
        return RULE_PASS;
    enum side side = h->outcome == OUTCOME_FAIL_ALERT_CLIENT ? SIDE_CLIENT : SIDE_SERVER;
    const struct alert *alert = deciding_alert(&h->sides[side]);
    if (alert == NULL)
        return RULE_PASS;
    const char *who = side == SIDE_CLIENT ? "client" : "server";
    const char *name = iana_alert_name(alert->description);
    const struct cause *cause = cause_of(alert->description);
    const char *see = cause != NULL ? cause->see[side] : NULL;
    const char *print = h->prints.ja4[0] != '\0' ? h->prints.ja4 : h->prints.ja3;
    rule_subject(a, "%s %u %s", who, alert->description, print);
    rule_summary(a, "the %s refused with alert %u (%s)%s%s%s%s", who, alert->description,
            name != NULL ? name : "unassigned", cause != NULL ? ", most likely: " : "",
            cause != NULL ? cause->text[side] : "", see != NULL ? "; see " : "",
            see != NULL ? see : "");
    a->confidence = h->confidence;
    uint8_t shown[2] = {alert->level, alert->description};
    rule_bytes(a, side, &alert->at, (struct bytes){shown, sizeof shown}, "the alert");
    return RULE_HIT;
}

const struct rule rule_interop_fatal_alert = {
        .id = "interop-fatal-alert",
        .codes = "F5 F8 M1 P20",
        .title = "A handshake was refused with an alert",
        .cite = "RFC 8446 6.2; RFC 5246 7.2.2",
        .what = "A fatal alert in clear ended the handshake. One finding per service, sender, "
                "description and client fingerprint.",
        .traps = "close_notify and user_canceled are no failures. In TLS 1.3 most alerts are "
                 "encrypted and not seen here.",
        .unseen = "In TLS 1.3 most alerts are encrypted, and many programs leave without any. The "
                  "alert tells what the sender objected to, not what is wrong at the other end.",
        .remedy = "Depends on the alert: the summary names where to look first.",
        .severity = SEV_MEDIUM,
        .on = RULE_HANDSHAKE,
        .about = ABOUT_CLIENT,
        .check = check,
};
