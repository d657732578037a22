/*
 * Certificates for people. What is expected was read off `openssl x509 -text -fingerprint`; the
 * files in data/ were made with openssl. bytes.der has "q~q" as its CN and as its dNSName.
 */
#include "report/cert_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/cert_facts.h"
#include "report/cert_marks.h"
#include "tests/unit/test.h"

#define NOWHERE CERT_NO_MARK

struct file {
    uint8_t bytes[4096];
    size_t n;
};

static struct file file_of(const char *name)
{
    struct file f = {.n = 0};
    char path[512];
    (void)snprintf(path, sizeof path, "%s/%s", TEST_DATA, name);
    FILE *in = fopen(path, "rb");
    assert_non_null(in);
    f.n = fread(f.bytes, 1, sizeof f.bytes, in);
    assert_int_equal(fclose(in), 0);
    assert_in_range(f.n, 1, sizeof f.bytes - 1);
    return f;
}

/* Prints the certificate with what else is in view; the caller frees. */
static char *printed(struct bytes der, struct cert_view view)
{
    char *out = NULL;
    size_t len = 0;
    struct certificate *c = engine_certificate(der);
    struct extension *extensions = NULL;
    view.facts = c;
    view.n_extensions = engine_extensions(c, &extensions);
    view.extensions = extensions;
    FILE *f = open_memstream(&out, &len);
    assert_non_null(f);
    cert_text_put(f, &view);
    assert_int_equal(fclose(f), 0);
    certificate_free(c);
    return out;
}

static char *printed_file(const char *name)
{
    struct file f = file_of(name);
    return printed((struct bytes){f.bytes, f.n}, (struct cert_view){.n_row = 0});
}

/* Every line of expected stands in text. */
static void has_lines(const char *name, const char *text, const char *const *expected)
{
    struct text all = {0}, line = {0};
    text_addf(&all, "\n%s", text);
    for (; *expected != NULL; expected++) {
        text_clear(&line);
        text_addf(&line, "\n%s\n", *expected);
        if (strstr(text_str(&all), text_str(&line)) == NULL)
            fail_msg("%s lacks \"%s\":\n%s", name, *expected, text);
    }
    text_fini(&all);
    text_fini(&line);
}

static void test_certificates(void **state)
{
    static const struct {
        const char *name;
        const char *lines[40];
    } rows[] = {
            {"rsa.der",
                    {"subject           CN=www.example.test", "names             www.example.test",
                            "                  *.example.test", "                  IP 192.0.2.7",
                            "                  IP 2001:db8::1",
                            "                  e-mail a@example.test",
                            "                  URI https://example.test/",
                            "lifetime          90 days",
                            "issuer            C=DE, O=Example\\, Inc, CN=Example CA",
                            "key               RSA, 2048 bits",
                            "signature         sha256WithRSAEncryption",
                            "  basicConstraints (critical)           CA: no",
                            "  keyUsage (critical)                   digitalSignature, "
                            "nonRepudiation, keyAgreement, decipherOnly",
                            "  extendedKeyUsage                      serverAuth, clientAuth, "
                            "1.2.3.4.5",
                            "  subjectAltName                        DNS www.example.test",
                            "                                        registered id 1.2.3",
                            "                                        directory name CN=dir\\, name",
                            "  cRLDistributionPoints                 URI "
                            "http://crl.example.test/a.crl",
                            "                                        URI ldap://x/y",
                            "  certificatePolicies                   2.23.140.1.2.1 (domain "
                            "validated)",
                            "                                        2.23.140.1.1 (extended "
                            "validation), http://cps.example.test/",
                            "                                        1.3.6.1.4.1.99999.1",
                            "  authorityInfoAccess                   OCSP: URI "
                            "http://ocsp.example.test/",
                            "                                        CA issuers: URI "
                            "http://ca.example.test/ca.crt",
                            "  tlsFeature                            status_request (5): must "
                            "staple, status_request_v2 (17): must staple",
                            "  subjectKeyIdentifier                  "
                            "7d:94:06:81:a7:88:ac:73:41:04:a6:75:75:af:a1:6d:3b:a0:32:3d",
                            "  1.2.3.4.5.6 (critical)                5 bytes",
                            "  netscapeComment                       a comment",
                            "  signedCertificateTimestamps           2 SCTs",
                            "                                        2026-09-21T14:13:20.123000Z, "
                            "log ERERERERERERERERERERERERERERERERERERERERERE=",
                            "  ocspNoCheck                           yes", "version           3",
                            "serial            00:f1:e2:d3:c4:b5:a6:97", NULL}},
            {"ca.der",
                    {"issuer            C=DE, O=Example\\, Inc, CN=Example CA (self-signed)",
                            "names             none: no subjectAltName",
                            "lifetime          3650 days",
                            "  basicConstraints (critical)           CA: yes, path length 3",
                            "  keyUsage (critical)                   keyCertSign, cRLSign",
                            "  nameConstraints (critical)            permitted DNS .example.test",
                            "                                        permitted IP "
                            "192.0.2.0/255.255.255.0",
                            "                                        excluded e-mail bad.test",
                            "  authorityKeyIdentifier                directory name C=DE, "
                            "O=Example\\, Inc, CN=Example CA",
                            "                                        serial "
                            "5a:42:94:84:12:7b:54:3d:27:2c:ec:ee:4b:6c:b1:66:71:2b:ee:f6",
                            "SHA-256           "
                            "0e:2e:48:14:f2:83:23:2c:37:6e:b5:c7:fd:8b:92:e1:50:32:7b:0d:47:e8:01:"
                            "2c:e2:31:7a:19:e4:ce:2d:dd",
                            NULL}},
            {"ec.der", {"valid from        2026-11-26 10:41:06 UTC",
                               "valid until       2027-02-24 10:41:06 UTC",
                               "key               EC P-384", "version           1", NULL}},
            {"ed.der", {"subject           (empty)", "names             q~q",
                               "key               Ed25519",
                               "  authorityKeyIdentifier                "
                               "7d:94:06:81:a7:88:ac:73:41:04:a6:75:75:af:a1:6d:3b:a0:32:3d",
                               NULL}},
            {"v1.der", {"issuer            CN=old (self-signed)", "version           1",
                               "serial            01", "lifetime          30 days", NULL}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *text = printed_file(rows[i].name);
        has_lines(rows[i].name, text, rows[i].lines);
        free(text);
    }
}

static bool is_printable(const char *text)
{
    for (const char *s = text; *s != '\0'; s++)
        if (((unsigned char)*s < 0x20 && *s != '\n') || *s == 0x7f)
            return false;
    return true;
}

/* Every cut of a certificate prints something sane. */
static void test_broken(void **state)
{
    struct file f = file_of("rsa.der");
    (void)state;
    for (size_t n = 0; n < f.n; n++) {
        char *text = printed((struct bytes){f.bytes, n}, (struct cert_view){.n_row = 0});
        assert_non_null(strstr(text, "problem           does not parse: "));
        assert_null(strstr(text, "1970"));
        free(text);
    }
    f.bytes[f.n++] = 0;
    char *text = printed((struct bytes){f.bytes, f.n}, (struct cert_view){.n_row = 0});
    assert_non_null(strstr(text, "does not parse: bytes after the certificate"));
    free(text);
}

/* No byte of a certificate, changed, makes the text misbehave. */
static void test_damaged(void **state)
{
    static const uint8_t VALUES[] = {0x00, 0x1b, 0x30, 0x7f, 0x80, 0x84, 0xa0, 0xff};
    static const char *const NAMES[] = {"rsa.der", "ca.der"};
    (void)state;
    for (size_t k = 0; k < 2; k++) {
        const struct file whole = file_of(NAMES[k]);
        for (size_t i = 0; i < whole.n * sizeof VALUES; i++) {
            struct file f = whole;
            f.bytes[i / sizeof VALUES] = VALUES[i % sizeof VALUES];
            char *text = printed((struct bytes){f.bytes, f.n}, (struct cert_view){.n_row = 0});
            assert_true(is_printable(text));
            free(text);
        }
    }
}

/* An extension whose value was damaged is shown as that, and the others as they are. */
static void test_broken_extension(void **state)
{
    static const uint8_t USAGE[] = {0x55, 0x1d, 0x0f, 0x01, 0x01, 0xff, 0x04};
    struct file f = file_of("rsa.der");
    (void)state;
    uint8_t *at = memmem(f.bytes, f.n, USAGE, sizeof USAGE);
    assert_non_null(at);
    at[sizeof USAGE + 1] = 0x04; /* an OCTET STRING */
    char *text = printed((struct bytes){f.bytes, f.n}, (struct cert_view){.n_row = 0});
    static const char *const LINES[] = {
            "  keyUsage (critical)                   5 bytes that do not parse",
            "  basicConstraints (critical)           CA: no",
            NULL,
    };
    has_lines("damaged", text, LINES);
    assert_non_null(strstr(text, "problem           does not parse: "));
    free(text);
}

/* Whatever a name holds, it neither ends a line nor reaches the terminal, and nothing is lost. */
static void test_every_byte(void **state)
{
    static const uint8_t PLACE[] = {'q', '~', 'q'};
    (void)state;
    for (int b = 0; b < 256; b++) {
        struct file f = file_of("bytes.der");
        struct text escaped = {0}, back = {0}, line = {0};
        const uint8_t name[3] = {'q', (uint8_t)b, 'q'};
        int n = 0;
        for (uint8_t *at; (at = memmem(f.bytes, f.n, PLACE, sizeof PLACE)) != NULL; n++)
            at[1] = b == '~' ? '!' : (uint8_t)b;
        assert_int_equal(n, 2);
        if (b == '~')
            continue;
        char *text = printed((struct bytes){f.bytes, f.n}, (struct cert_view){.n_row = 0});
        assert_true(is_printable(text));
        text_add_escaped(&escaped, (struct bytes){name, sizeof name});
        text_addf(&line, "\nnames             %s\n", text_str(&escaped));
        assert_non_null(strstr(text, text_str(&line)));
        text_clear(&line);
        text_addf(&line, " DNS %s\n", text_str(&escaped));
        assert_non_null(strstr(text, text_str(&line)));
        text_unescape(&back, text_str(&escaped));
        assert_memory_equal(back.s, name, sizeof name);
        free(text);
        text_fini(&escaped);
        text_fini(&back);
        text_fini(&line);
    }
}

static void test_findings(void **state)
{
    struct cert_finding findings[] = {
            {7, "critical", "cert-expired", "it expired", NULL, NULL, false},
            {8, "critical", "cert-expired", "it expired at another service", NULL, NULL, false},
            {9, "high", "cert-eku-missing-serverauth", "no serverAuth", NULL, NULL, false},
            {10, "low", "cert-from-the-future", "unknown to the text", NULL, NULL, false},
    };
    struct value row[] = {
            {.name = "last_seen", .kind = VALUE_TEXT, .text = "2027-03-26T10:43:21.000000Z"},
            {.name = "first_seen", .kind = VALUE_TEXT, .text = "2026-11-25T10:43:21.000000Z"},
            {.name = "clients", .kind = VALUE_INTEGER, .integer = 3},
            {.name = "servers", .kind = VALUE_INTEGER, .integer = 2},
            {.name = "owner", .kind = VALUE_TEXT, .text = "web team"},
            {.name = "renewed", .kind = VALUE_TEXT, .text = "2027-02-01T10:43:21.000000Z"},
    };
    struct cert_view view = {.row = row, .n_row = 6, .findings = findings, .n_findings = 4};
    struct file f = file_of("rsa.der");
    (void)state;
    char *text = printed((struct bytes){f.bytes, f.n}, view);
    static const char *const LINES[] = {
            "valid until       2027-02-24 10:43:21 UTC (expired 30 days before it was last seen)   "
            "<< cert-expired",
            "  extendedKeyUsage                      serverAuth, clientAuth, 1.2.3.4.5   << "
            "cert-eku-missing-serverauth",
            "renewed           2027-02-01 10:43:21 UTC, 23 days before expiry, by a newer one for "
            "the same names",
            "met by            3 clients at 2 server addresses",
            "owner             web team",
            "  critical  #7     cert-expired",
            "  critical  #8     cert-expired",
            "                   it expired at another service",
            "  low       #10    cert-from-the-future",
            NULL,
    };
    has_lines("findings", text, LINES);
    free(text);
    row[0].text = "2026-11-25T10:43:21.000000Z"; /* a day before it is valid */
    text = printed((struct bytes){f.bytes, f.n}, view);
    static const char *const EARLY[] = {
            "valid from        2026-11-26 10:43:21 UTC (24 hours after it was last seen)",
            "valid until       2027-02-24 10:43:21 UTC (91 days left when it was last seen)   << "
            "cert-expired",
            NULL,
    };
    has_lines("early", text, EARLY);
    free(text);
}

/* A finding stands at the line that is wrong, and one about another certificate of the chain where
 * the chain lists that one. */
static void test_marks(void **state)
{
    static const struct {
        const char *defect, *summary, *concerns, *field, *items;
        size_t line;
    } rows[] = {
            {"cert-wildcard-misuse", "CN=x: \"*.co.uk\" stands", NULL, "names",
                    "a.test\n*.co.uk\nb.test", 1},
            {"cert-internal-name-public-ca", "CN=x: \"10.1.2.3\" is", NULL, "names",
                    "a.test\nIP 10.1.2.30\nIP 10.1.2.3", 2},
            {"cert-wildcard-misuse", "CN=x: \"*.uk\" stands", NULL, "names",
                    "a.test\nand 3 more: see subjectAltName", 1},
            {"name-mismatch", "asked for a, got CN=x that", NULL, "names", "b\nc", 0},
            {"chain-constraint-violation", "permitted subtree violation", NULL, "names", "b", 0},
            {"chain-constraint-violation", "path length exceeded", NULL, "names", "b", NOWHERE},
            {"chain-constraint-violation", "path length exceeded", NULL, "basicConstraints", "CA",
                    0},
            {"chain-constraint-violation", "path length exceeded", "bb", "basicConstraints", "CA",
                    NOWHERE},
            {"chain-constraint-violation", "path length exceeded", "bb", "chain", "2\n0\n1", 2},
            {"cert-sig-sha1", "CN=CA", "bb", "signature", "SHA-1", NOWHERE},
            {"cert-sig-sha1", "CN=CA", "bb", "chain", "2\n0\n1", 2},
            {"chain-untrusted-root", "CN=CA", "cc", "chain", "2\n0\n1", NOWHERE},
            {"chain-missing-intermediate", "x", NULL, "chain", "2\n0\n1", 1},
            {"chain-too-large", "x", NULL, "chain", "2\n0\n1", 0},
            {"chain-store-divergence", "x is trusted by a (old) but not by public:b (new)", NULL,
                    "trust", "a: trusted\n  path public:b: x\npublic:bb: malformed\npublic:b: odd",
                    3},
            {"ocsp-staple-expired", "x was valid until 2026-11-13", NULL, "revocation",
                    "staple: good\n  from 2026-11-13 a until 2026-11-20 a\nstaple: good\n  from "
                    "2026-11-01 a until 2026-11-13 a",
                    3},
            {"ocsp-staple-revoked", "x", NULL, "revocation",
                    "crl: revoked\nstaple: good\nstaple: revoked since", 2},
            {"ocsp-staple-invalid", "x", NULL, "revocation",
                    "staple: good, signature valid\nstaple: good, signature invalid (why)", 1},
            {"ocsp-staple-error", "x", NULL, "revocation",
                    "crl: silent\nstaple: good\nstaple: revoked\nstaple: tryLater", 3},
            {"ocsp-staple-missing", "x", NULL, "revocation", "crl: not-listed", NOWHERE},
            {"ocsp-staple-missing", "x", NULL, "authorityInfoAccess", "CA issuers: a\nOCSP: b", 1},
            {"revoked-cert-in-use", "x", NULL, "revocation",
                    "crl: not-listed\nocsp-file: revoked since", 1},
            {"revoked-cert-in-use", "x", NULL, "revocation", "staple: good\ncrl: on-hold since", 1},
            {"sct-invalid", "x", NULL, "SCTs", "A, signature valid\nB, signature invalid", 1},
            {"sct-timestamp-future", "x is of 2027-01-01, later", NULL, "SCTs",
                    "A, 2026-01-01 0, from\nB, 2027-01-01 0, from", 1},
            {"cert-expired", "x", NULL, "valid from", "2026", NOWHERE},
    };
    static struct cert_link chain[] = {{0, "a", NULL, "aa"}, {1, "b", NULL, "bb"}};
    const struct cert_view view = {.chain = chain, .n_chain = 2};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct cert_finding f = {.severity = "low",
                .defect = rows[i].defect,
                .summary = rows[i].summary,
                .concerns = rows[i].concerns};
        size_t line = cert_mark_of(&view, &f, rows[i].field, rows[i].items);
        if (line != rows[i].line)
            fail_msg("row %zu, %s: %zd", i, rows[i].defect, (ssize_t)line);
    }
}

/* The text of a leaf with findings about its intermediate. */
static void test_concerns(void **state)
{
    struct cert_link chain[] = {{0, "CN=leaf", "2027-02-24T10:43:21Z", "aaaaaaaaaaaaaaaabb"},
            {1, "CN=CA", "2027-01-01T00:00:00Z", "0123456789abcdef01"}};
    struct cert_finding findings[] = {
            {7, "high", "chain-untrusted-root", "unknown", "0123456789abcdef01", "CN=CA", false},
            {8, "high", "chain-untrusted-root", "elsewhere", "0123456789abcdef01", "CN=CA", false},
            {9, "low", "cert-sig-sha1", "weak", "0123456789abcdef01", "CN=CA", false},
            {10, "low", "chain-unrelated-cert", "twice", "0123456789abcdef01", "CN=CA", true}};
    struct cert_view view = {.findings = findings,
            .n_findings = 4,
            .chain = chain,
            .n_chain = 2,
            .chain_count = 1,
            .chain_count_of = 1};
    static const char *const LINES[] = {
            "chain             2 certificates, in 1 of 1 handshake\n"
            "                  0 aaaaaaaaaaaaaaaa CN=leaf, until 2027-02-24\n"
            "                  1 0123456789abcdef CN=CA, until 2027-01-01   << "
            "chain-untrusted-root, cert-sig-sha1",
            "signature         sha256WithRSAEncryption",
            "  low       #9     cert-sig-sha1\n"
            "                   weak\n"
            "                   concerns 0123456789abcdef CN=CA, sent with it\n"
            "  low       #10    chain-unrelated-cert\n"
            "                   twice\n"
            "                   concerns 0123456789abcdef CN=CA, sent with it in another chain",
            NULL,
    };
    struct file f = file_of("rsa.der");
    (void)state;
    char *text = printed((struct bytes){f.bytes, f.n}, view);
    has_lines("concerns", text, LINES);
    free(text);
}

#define TEXT(called, is)                                                                           \
    {                                                                                              \
        .name = (called), .kind = VALUE_TEXT, .text = (is)                                         \
    }

/* What trust stores, responders and logs say; without any of it there are no such lines. */
static void test_judged(void **state)
{
    static const struct value trusted[] = {TEXT("store", "web"), TEXT("as_sent", "trusted"),
            TEXT("as_repaired", "trusted"), TEXT("anchor", "CN=Root"), TEXT("path", "0123 4567"),
            TEXT("valid_from", "2026-11-26T10:43:21.000000Z"),
            TEXT("valid_until", "2027-02-24T10:43:21.000000Z")};
    static const struct value lacking[] = {TEXT("store", "corp"),
            TEXT("as_sent", "missing-intermediate"), TEXT("as_repaired", "trusted"),
            TEXT("reason", "why"), TEXT("path", "0123"),
            TEXT("valid_from", "2027-02-24T10:43:21.000000Z"),
            TEXT("valid_until", "2026-11-26T10:43:21.000000Z")};
    static const struct value missing[] = {TEXT("note", "missing-issuer"),
            {.name = "position", .kind = VALUE_INTEGER, .integer = 1}, TEXT("detail", "CN=CA")};
    static const struct value invalid[] = {TEXT("note", "signature-invalid"),
            {.name = "position", .kind = VALUE_INTEGER, .integer = -1}};
    static const struct value staple[] = {TEXT("channel", "staple"), TEXT("status", "good"),
            TEXT("verdict", "unverified"), TEXT("reason", "no issuer"),
            TEXT("this_update", "2026-11-26T00:00:00.000000Z")};
    static const struct value crl[] = {TEXT("channel", "crl"), TEXT("status", "revoked"),
            TEXT("verdict", "valid"), TEXT("revoked", "2026-11-20T00:00:00.000000Z"),
            TEXT("revoked_reason", "superseded"), TEXT("source", "a.crl"),
            TEXT("this_update", "2026-11-26T00:00:00.000000Z"),
            TEXT("next_update", "2026-12-26T00:00:00.000000Z")};
    static const struct value known[] = {TEXT("channel", "tls"), TEXT("log", "Log One"),
            TEXT("operator", "Op"), TEXT("log_id", "00"),
            TEXT("timestamp", "2026-11-26T00:00:00.000000Z"), TEXT("verdict", "valid")};
    static const struct value other[] = {TEXT("channel", "certificate"),
            TEXT("log_id", "0123456789abcdef0123"),
            TEXT("timestamp", "2026-11-26T00:00:00.000000Z"), TEXT("verdict", "unverified"),
            TEXT("reason", "unknown log")};
    static const struct value prime[] = {
            TEXT("problem", "shared-prime"), TEXT("detail", "CN=other")};
    struct cert_row verdicts[] = {{lacking, 7}, {trusted, 7}},
                    notes[] = {{invalid, 2}, {missing, 3}};
    struct cert_row revocation[] = {{crl, 8}, {staple, 5}}, scts[] = {{known, 6}, {other, 5}};
    struct cert_row problems[] = {{prime, 2}};
    struct cert_view view = {.verdicts = {verdicts, 2},
            .notes = {notes, 2},
            .revocation = {revocation, 2},
            .scts = {scts, 2},
            .key_problems = {problems, 1}};
    static const char *const LINES[] = {
            "trust             corp: missing-intermediate as sent, trusted with intermediates from "
            "elsewhere (why)\n"
            "                    path 0123, never valid together\n"
            "                  web: trusted, by CN=Root\n"
            "                    path 0123 4567, valid from 2026-11-26 10:43:21 UTC until "
            "2027-02-24 10:43:21 UTC",
            "about the chain   the signature of one that was not sent does not verify\n"
            "                  the issuer of 1 was not sent: CN=CA",
            "revocation        crl: revoked since 2026-11-20 00:00:00 UTC (superseded), signature "
            "valid\n"
            "                    from 2026-11-26 00:00:00 UTC until 2026-12-26 00:00:00 UTC, file "
            "a.crl\n"
            "                  staple: good, signature unverified (no issuer)\n"
            "                    from 2026-11-26 00:00:00 UTC",
            "SCTs              Log One of Op, 2026-11-26 00:00:00 UTC, from tls, signature valid\n"
            "                  log 0123456789abcdef, 2026-11-26 00:00:00 UTC, from certificate, "
            "signature unverified (unknown log)",
            "key problem       shared-prime: CN=other",
            NULL,
    };
    struct file f = file_of("rsa.der");
    (void)state;
    char *text = printed((struct bytes){f.bytes, f.n}, view);
    has_lines("judged", text, LINES);
    free(text);
    text = printed_file("rsa.der");
    assert_null(strstr(text, "trust  "));
    assert_null(strstr(text, "revocation  "));
    assert_null(strstr(text, "SCTs  "));
    free(text);
}

static char *pem_of(const char *subject, const char *services)
{
    char *out = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&out, &len);
    assert_non_null(f);
    struct value row[] = {
            {.name = "subject", .kind = VALUE_TEXT, .text = subject},
            {.name = "issuer", .kind = VALUE_NULL},
            {.name = "services",
                    .kind = services != NULL ? VALUE_TEXT : VALUE_NULL,
                    .text = services},
            {.name = "pem", .kind = VALUE_TEXT, .text = "-----BEGIN X-----\n-----END X-----\n"},
    };
    cert_text_pem(f, row, 4);
    assert_int_equal(fclose(f), 0);
    return out;
}

/* OpenSSL reads lines of 254 characters and takes each piece for a line: none may become one that
 * begins a certificate. */
static void test_pem(void **state)
{
    (void)state;
    char *text = pem_of("CN=a", "a.test:443\nb.test:8443");
    assert_string_equal(text, "# subject: CN=a\n# service: a.test:443\n# service: b.test:8443\n"
                              "-----BEGIN X-----\n-----END X-----\n");
    free(text);
    for (size_t shift = 0; shift < 600; shift++) {
        struct text subject = {0};
        for (size_t i = 0; i < shift; i++)
            text_add(&subject, i % 2 == 0 ? "x" : "\xc3\xa4");
        text_add(&subject, "-----BEGIN CERTIFICATE-----");
        text = pem_of(text_str(&subject), NULL);
        size_t n = strcspn(text, "\n");
        assert_in_range(n, 1, 250);
        text[n] = '\0';
        assert_null(strstr(text, "-----"));
        assert_string_equal(text + n + 1, "-----BEGIN X-----\n-----END X-----\n");
        if (shift > 220)
            assert_string_equal(text + n - 3, "...");
        struct text shown = {0};
        text_add_escaped(&shown, bytes_of_text(text)); /* still UTF-8 */
        assert_null(strstr(text_str(&shown), "\\xc3"));
        assert_null(strstr(text_str(&shown), "\\xa4"));
        text_fini(&shown);
        text_fini(&subject);
        free(text);
    }
}

static void test_json(void **state)
{
    struct extension list[] = {
            {"2.5.29.15", "keyUsage", true, false, {(const uint8_t *)"abc", 3}, "a \"b\"\nc"},
            {"1.2.3", NULL, false, true, {NULL, 0}, NULL}};
    struct text t = {0};
    (void)state;
    cert_text_extensions(&t, list, 2);
    assert_string_equal(text_str(&t),
            "[{\"oid\":\"2.5.29.15\",\"name\":\"keyUsage\",\"critical\":true,\"length\":3,"
            "\"parses\":true,\"values\":[\"a \\\"b\\\"\",\"c\"]},"
            "{\"oid\":\"1.2.3\",\"name\":null,\"critical\":false,\"length\":0,\"parses\":false,"
            "\"values\":[]}]");
    text_fini(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_certificates),
            cmocka_unit_test(test_broken), cmocka_unit_test(test_damaged),
            cmocka_unit_test(test_broken_extension), cmocka_unit_test(test_every_byte),
            cmocka_unit_test(test_findings), cmocka_unit_test(test_marks),
            cmocka_unit_test(test_concerns), cmocka_unit_test(test_judged),
            cmocka_unit_test(test_pem), cmocka_unit_test(test_json)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
