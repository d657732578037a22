#include "rules/codes.h"

#include <string.h>

const struct rule_code rule_codes[] = {{"F1", "Expired certificate",
                                               "up to TLS 1.2; in TLS 1.3 where the client sends "
                                               "its alert in clear, or by the size of "
                                               "what it sends"},
        {"F2", "Missing intermediate", "up to TLS 1.2; in TLS 1.3 only that clients leave"},
        {"F3", "Private key does not match the certificate",
                "up to TLS 1.2 by the signature of an ephemeral key exchange; with static RSA by "
                "the "
                "pattern of failures"},
        {"F4", "Clock skew",
                "where a time is signed or stated; a host that states none is not seen"},
        {"F5", "No agreement on cipher or version",
                "in every version: offers and refusals are in clear"},
        {"F6", "OCSP responder down",
                "staples up to TLS 1.2, and clients that wait; the responder itself is not read "
                "yet"},
        {"F7", "SNI routed to the wrong place",
                "up to TLS 1.2 without Encrypted Client Hello; in TLS 1.3 alert 112 and other "
                "choices"},
        {"F8", "Regression of a library",
                "what it does to handshakes, and when it began; not which version it is"},
        {"F9", "CA issued what it must not",
                "what stands in the certificate; not how the CA checked"},
        {"T1", "Certificate mismanagement", "by the inventory that traffic gives"},
        {"T2", "Cipher suite mismatch", "in every version"},
        {"T3", "Vulnerability of a TLS library", "only those that leave a mark on the wire"},
        {"T4", "Man in the middle",
                "downgrades, forged signatures and odd issuers; one with a valid certificate looks "
                "like the server"},
        {"T5", "OCSP or CRL failure", "staples up to TLS 1.2, and files that are given"},
        {"T6", "Handshake timeout", "with the side that owed the next message"},
        {"T7", "SNI misconfiguration", "unless Encrypted Client Hello hides the name"},
        {"T8", "HSTS misconfiguration",
                "not: the header is inside of encrypted HTTP, and clear HTTP is not read"},
        {"M1", "Handshake success rate",
                "attempts that reach the capture; in TLS 1.3 inferred in part"},
        {"M2", "Handshake latency", "from ClientHello to the client's Finished"},
        {"M3", "Lead time before expiry", "up to TLS 1.2"},
        {"M4", "Failure rate of mutual TLS", "up to TLS 1.2; in TLS 1.3 by sizes"},
        {"M5", "Stapling rate",
                "up to TLS 1.2, where the client asked and the certificate has a responder"},
        {"M6", "Fallback rate", "in every version"},
        {"M7", "Issuance success",
                "not: ACME runs inside of TLS, and its challenges in clear HTTP and DNS are not "
                "read"},
        {"M8", "Errors of access to private keys",
                "not itself: placeholder certificates and signatures that do not verify stand for "
                "it"},
        {"M9", "SNI mismatch rate", "up to TLS 1.2 without Encrypted Client Hello"},
        {"P1", "CA rotated before the trust stores", "up to TLS 1.2; in TLS 1.3 inferred"},
        {"P2", "\"Not trusted\" for want of an intermediate", "up to TLS 1.2"},
        {"P3", "Handshakes time out", "server, client and path apart"},
        {"P4", "Some mobile clients fail", "by fingerprints of clients"},
        {"P5", "CPU spikes on the load balancer",
                "not the CPU: full handshakes, resumption and how long the server takes"},
        {"P6", "Passes in CI, fails in production",
                "by comparing captures (tlswire diff) and trust stores"},
        {"P7", "Many alerts for one certificate",
                "one finding per certificate: how tlswire counts"},
        {"P8", "Private key not found", "not itself: see M8"},
        {"P9", "Revoked certificate accepted", "with a staple, or revocation data that is given"},
        {"P10", "Library upgrade breaks handshakes", "by what changed when it began"},
        {"P11", "No TLS metrics",
                "tlswire metrics is the remedy; what the capture lost stands beside each rate"},
        {"P12", "Traces without TLS spans",
                "not: tracing is inside of applications; handshakes with address, port and time "
                "can be "
                "joined to it"},
        {"P13", "Slow because of entropy or blocking crypto",
                "that the server takes long, not why; randoms that repeat"},
        {"P14", "SNI mismatch that comes and goes", "up to TLS 1.2, by server address"},
        {"P15", "Issuance fails",
                "not: ACME runs inside of TLS, and its challenges in clear HTTP and DNS are not "
                "read; "
                "what was not renewed in time is seen"},
        {"P16", "Mixed content", "not: pages are encrypted, and clear HTTP is not read"},
        {"P17", "Secret manager fails in rotation",
                "not: its calls are encrypted; certificates that are not replaced in time are "
                "seen"},
        {"P18", "False positives",
                "how tlswire judges: packet time, confidence, exceptions of the policy, a check of "
                "the "
                "capture's clock"},
        {"P19", "Heartbeat or keepalive stripped by a proxy",
                "TLS heartbeats up to TLS 1.2; keepalive of HTTP is encrypted"},
        {"P20", "Root cause unclear from logs", "packets and bytes behind every finding"},
        {"P21", "Metrics fine, clients fail",
                "where the capture is taken between both; it says what it did not see"},
        {"P22", "Pinning breaks on rotation",
                "that clients of one fingerprint leave once the key is another"},
        {"P23", "Entropy exhausted", "only its results: repeated values, weak keys"},
        {"P24", "CA takes long to approve",
                "not: it is a process; what the certificate lacks is seen"},
        {"P25", "Blind spots during the incident",
                "loss, one-sided flows and clocks of the capture"},
        {"U1", "Public API down by an expired certificate", "see F1"},
        {"U2", "Mutual TLS fails after a CA rotation", "up to TLS 1.2; in TLS 1.3 by sizes"},
        {"U3", "Legacy clients broken by deprecation", "by what clients offer"},
        {"U4", "Load balancer serves the wrong certificate", "see F7"},
        {"U5", "OCSP outage fails clients", "see F6"},
        {"U6", "Key leakage",
                "not the leak: keys that lists know, that are shared, or that can be computed"},
        {"U7", "Library upgrade breaks TLS tests in CI",
                "with a capture made in CI: exit status, tlswire diff"},
        {"U8", "Handshakes get slower", "by service and side"},
        {"U9", "Trust differs between clouds", "with a trust store of each"},
        {"U10", "Canary serves the wrong certificate", "up to TLS 1.2, by server address"},
        {"S1", "Mesh rotates its CA, with canary and rollback",
                "up to TLS 1.2; meshes speak TLS 1.3, where sizes remain"},
        {"S2", "Managed certificate expires", "up to TLS 1.2"},
        {"S3", "Postmortem of an OCSP outage", "as waiting clients and missing staples"},
        {"S4", "TLS offload or TLS in the application",
                "latency, resumption and sizes; not the CPU"},
        {NULL, NULL, NULL}};

bool rule_has_code(const struct rule *r, const char *code)
{
    size_t n = strlen(code);
    for (const char *at = r->codes; *at != '\0'; at += strspn(at, " ")) {
        size_t len = strcspn(at, " ");
        if (len == n && strncmp(at, code, n) == 0)
            return true;
        at += len;
    }
    return false;
}

const char *rule_unseen(const struct rule *r)
{
    static const struct {
        const char *prefix, *text;
    } KINDS[] = {
            {"cert-", "In TLS 1.3 certificates are encrypted, and a resumed handshake shows none."},
            {"chain-", "In TLS 1.3 certificates are encrypted, and a resumed handshake shows none. "
                       "Which store a client trusts is not sent."},
            {"unknown-anchor",
                    "Which store a client trusts is not sent. In TLS 1.3 certificates are "
                    "encrypted."},
            {"mtls-", "In TLS 1.3 the request and the client's certificate are encrypted: sizes "
                      "remain."},
            {"ocsp-", "In TLS 1.3 staples are encrypted. Whether a client looks at them is not "
                      "sent."},
            {"sct-", "In TLS 1.3 certificates and timestamps are encrypted."},
            {"revocation-", "In TLS 1.3 certificates are encrypted."},
            {"resumption-", "In TLS 1.3 tickets are issued encrypted, and so are certificates."},
            {"stek-", "What a ticket holds, and tickets of TLS 1.3 as they are issued."},
            {"ticket-", "In TLS 1.3 tickets are issued encrypted."},
    };
    if (r->unseen != NULL)
        return r->unseen;
    for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++)
        if (strncmp(r->id, KINDS[i].prefix, strlen(KINDS[i].prefix)) == 0)
            return KINDS[i].text;
    if (r->on == RULE_WINDOW)
        return "Attempts that do not reach the capture. How handshakes of TLS 1.3 end is inferred.";
    return NULL;
}
