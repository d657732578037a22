#include "findings/relations.h"

#include <stddef.h>
#include <string.h>

/* What is wrong with the server's certificate in every client's eyes: Go and GnuTLS say
 * bad_certificate for all of it, Java and BoringSSL certificate_unknown, and others just leave. */
static const char *const REFUSED_CERTIFICATES[] = {"cert-eku-missing-serverauth", "cert-expired",
        "cert-keyusage-mismatch", "cert-not-yet-valid", "cert-self-signed",
        "chain-constraint-violation", "chain-intermediate-expired", "chain-missing-intermediate",
        "chain-signature-invalid", "chain-untrusted-root", "name-mismatch", "ocsp-staple-revoked",
        "revoked-cert-in-use"};
static const struct {
    const char *symptom, *subject;
} REFUSALS[] = {{"interop-fatal-alert", "client 42 "}, {"interop-fatal-alert", "client 46 "},
        {"interop-reset-mid-handshake", "client "}};

/* Other alerts by sender and description, as defects.md section 4 maps them; the subject of
 * interop-fatal-alert begins with both. */
static const struct {
    const char *symptom, *subject, *cause;
} EXPLAINS[] = {
        {"interop-fatal-alert", "client 43 ", "cert-eku-missing-serverauth"},
        {"interop-fatal-alert", "client 43 ", "cert-keyusage-mismatch"},
        {"interop-fatal-alert", "client 44 ", "ocsp-staple-revoked"},
        {"interop-fatal-alert", "client 44 ", "revoked-cert-in-use"},
        {"interop-fatal-alert", "client 45 ", "cert-expired"},
        {"interop-fatal-alert", "client 45 ", "cert-not-yet-valid"},
        {"interop-fatal-alert", "client 45 ", "chain-intermediate-expired"},
        {"interop-fatal-alert", "client 47 ", "kex-dh-bad-public"},
        {"interop-fatal-alert", "client 47 ", "kex-dh-unsafe-group"},
        {"interop-fatal-alert", "client 48 ", "chain-missing-intermediate"},
        {"interop-fatal-alert", "client 48 ", "chain-untrusted-root"},
        {"interop-fatal-alert", "client 48 ", "cert-self-signed"},
        {"interop-fatal-alert", "client 48 ", "chain-constraint-violation"},
        {"interop-fatal-alert", "client 51 ", "kex-signature-invalid"},
        {"interop-fatal-alert", "client 71 ", "kex-dh-weak-size"},
        {"interop-fatal-alert", "client 71 ", "cert-key-rsa-short"},
        {"interop-fatal-alert", "client 113 ", "ocsp-staple-expired"},
        {"interop-fatal-alert", "client 113 ", "ocsp-staple-invalid"},
        {"interop-fatal-alert", "client 113 ", "ocsp-staple-revoked"},
        {"interop-fatal-alert", "server 40 ", "mtls-cert-missing"},
        {"interop-fatal-alert", "server 42 ", "mtls-cert-missing"},
        {"interop-fatal-alert", "server 42 ", "mtls-cert-expired"},
        {"interop-fatal-alert", "server 42 ", "mtls-eku-missing-clientauth"},
        {"interop-fatal-alert", "server 43 ", "mtls-eku-missing-clientauth"},
        {"interop-fatal-alert", "server 45 ", "mtls-cert-expired"},
        {"interop-fatal-alert", "server 48 ", "mtls-ca-hint-mismatch"},
        {"interop-fatal-alert", "server 48 ", "mtls-ca-generation-skew"},
        {"mtls-cert-rejected", "48 ", "mtls-ca-generation-skew"},
        {"name-mismatch", "", "name-default-cert-served"},
        {"chain-untrusted-root", "", "interop-interception"},
        {"cert-issuer-changed", "", "interop-interception"},
        {"interop-fatal-alert", "server 51 ", "mtls-signature-invalid"},
        {"interop-fatal-alert", "server 116 ", "mtls-cert-missing"},
        {"interop-fatal-alert", "server 112 ", "name-unrecognized"},
        {"interop-fatal-alert", "server 120 ", "name-alpn-none"},
        {"interop-fatal-alert", "server 86 ", "proto-fallback-scsv"},
        {"interop-fatal-alert", "server 40 ", "cipher-no-overlap"},
        {"interop-fatal-alert", "server 40 ", "mtls-sigalg-mismatch"},
        {"interop-fatal-alert", "server 70 ", "cipher-no-overlap"},
        {"interop-fatal-alert", "server 71 ", "cipher-no-overlap"},
        {"interop-fatal-alert", "server 42 ", "mtls-cert-rejected"},
        {"interop-fatal-alert", "server 43 ", "mtls-cert-rejected"},
        {"interop-fatal-alert", "server 44 ", "mtls-cert-rejected"},
        {"interop-fatal-alert", "server 45 ", "mtls-cert-rejected"},
        {"interop-fatal-alert", "server 46 ", "mtls-cert-rejected"},
        {"interop-fatal-alert", "server 48 ", "mtls-cert-rejected"},
        {"interop-reset-mid-handshake", "server ", "cipher-no-overlap"},
        {"interop-reset-mid-handshake", "server ", "interop-large-hello-stall"},
        {"interop-reset-mid-handshake", "server ", "interop-hello-size-window"},
        {"interop-reset-mid-handshake", "server ", "interop-record-split-fail"},
        {"interop-reset-mid-handshake", "client ", "interop-mtu-blackhole"},
        {"ops-handshake-timeout", "server ", "interop-large-hello-stall"},
        {"ops-handshake-timeout", "server ", "interop-hello-size-window"},
        {"ops-handshake-timeout", "path ", "interop-mtu-blackhole"},
        {"ops-handshake-timeout", "client ", "interop-mtu-blackhole"},
        {"interop-fatal-alert", "server 10 ", "interop-record-split-fail"},
        {"interop-fatal-alert", "server 50 ", "interop-record-split-fail"},
};

static const struct {
    const char *defect, *ended;
} SUPERSEDES[] = {
        {"cert-expired", "cert-expiring-1d"},
        {"cert-expired", "cert-expiring-7d"},
        {"cert-expired", "cert-expiring-30d"},
        {"cert-expiring-1d", "cert-expiring-7d"},
        {"cert-expiring-1d", "cert-expiring-30d"},
        {"cert-expiring-7d", "cert-expiring-30d"},
        {"mtls-cert-expired", "mtls-cert-expiring"},
        {"chain-intermediate-expired", "chain-intermediate-expiring"},
};

static const char WRONG_CLOCK[] = "the clock of the capture is wrong";

/* Judged by the time of the packets, which is wrong; is_always also when another time was given. */
static const struct {
    const char *cause, *muted, *why;
    bool is_always;
} MUTES[] = {
        {"ops-sensor-clock", "cert-expired", WRONG_CLOCK, false},
        {"ops-sensor-clock", "cert-expiring-1d", WRONG_CLOCK, false},
        {"ops-sensor-clock", "cert-expiring-7d", WRONG_CLOCK, false},
        {"ops-sensor-clock", "cert-expiring-30d", WRONG_CLOCK, false},
        {"ops-sensor-clock", "cert-not-yet-valid", WRONG_CLOCK, false},
        {"ops-sensor-clock", "chain-intermediate-expired", WRONG_CLOCK, false},
        {"ops-sensor-clock", "chain-intermediate-expiring", WRONG_CLOCK, false},
        {"ops-sensor-clock", "mtls-cert-expired", WRONG_CLOCK, false},
        {"ops-sensor-clock", "mtls-cert-expiring", WRONG_CLOCK, false},
        {"ops-sensor-clock", "ocsp-staple-expired", WRONG_CLOCK, false},
        {"ops-sensor-clock", "resumption-past-expiry", WRONG_CLOCK, false},
        {"ops-sensor-clock", "sct-timestamp-future", WRONG_CLOCK, false},
        {"ops-sensor-clock", "ops-time-skew-client", WRONG_CLOCK, true},
        {"ops-sensor-clock", "ops-time-skew-server", WRONG_CLOCK, true},
};

const char *relations_mutes(const char *cause, const char *defect, bool has_at)
{
    for (size_t i = 0; i < sizeof MUTES / sizeof *MUTES; i++)
        if (strcmp(MUTES[i].cause, cause) == 0 && strcmp(MUTES[i].muted, defect) == 0 &&
                (MUTES[i].is_always || !has_at))
            return MUTES[i].why;
    return NULL;
}

/* Failures, or about them; all of interop- and ops- beside these. */
static const char *const HIT_USERS[] = {"cipher-no-overlap", "kex-static-rsa-keypair-failure",
        "mtls-cert-missing", "mtls-cert-rejected", "mtls-reject-inferred", "name-alpn-none",
        "name-unrecognized", "proto-version-intolerance"};

bool relations_hits_users(const char *defect)
{
    if (strncmp(defect, "interop-", 8) == 0 || strncmp(defect, "ops-", 4) == 0)
        return true;
    for (size_t i = 0; i < sizeof HIT_USERS / sizeof *HIT_USERS; i++)
        if (strcmp(HIT_USERS[i], defect) == 0)
            return true;
    return false;
}

static bool is_refusal(const char *symptom, const char *subject)
{
    for (size_t i = 0; i < sizeof REFUSALS / sizeof *REFUSALS; i++)
        if (strcmp(REFUSALS[i].symptom, symptom) == 0 &&
                strncmp(REFUSALS[i].subject, subject, strlen(REFUSALS[i].subject)) == 0)
            return true;
    return false;
}

static bool is_refused(const char *cause)
{
    for (size_t i = 0; i < sizeof REFUSED_CERTIFICATES / sizeof *REFUSED_CERTIFICATES; i++)
        if (strcmp(REFUSED_CERTIFICATES[i], cause) == 0)
            return true;
    return false;
}

bool relations_explains(const char *cause, const char *symptom, const char *subject)
{
    if (is_refused(cause) && is_refusal(symptom, subject))
        return true;
    for (size_t i = 0; i < sizeof EXPLAINS / sizeof *EXPLAINS; i++)
        if (strcmp(EXPLAINS[i].cause, cause) == 0 && strcmp(EXPLAINS[i].symptom, symptom) == 0 &&
                strncmp(EXPLAINS[i].subject, subject, strlen(EXPLAINS[i].subject)) == 0)
            return true;
    return false;
}

const char *relations_superseded(const char *defect, int i)
{
    for (size_t k = 0; k < sizeof SUPERSEDES / sizeof *SUPERSEDES; k++)
        if (strcmp(SUPERSEDES[k].defect, defect) == 0 && i-- == 0)
            return SUPERSEDES[k].ended;
    return NULL;
}
