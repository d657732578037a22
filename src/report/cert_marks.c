/* Which line of a certificate's text a finding is about. */
#include "report/cert_marks.h"

#include <string.h>

/* The line among items; CERT_NO_MARK when none of them is what is wrong. */
typedef size_t at_fn(const struct cert_view *v, const struct cert_finding *f, const char *items);

static bool is_defect(const struct cert_finding *f, const char *defect)
{
    return strcmp(f->defect, defect) == 0;
}

/* The next of the lines that items begins with; NULL after the last. */
static const char *next_line(const char *items)
{
    const char *end = strchr(items, '\n');
    return end != NULL ? end + 1 : NULL;
}

static bool holds(const char *line, const char *text)
{
    const char *at = strstr(line, text);
    return at != NULL && (size_t)(at - line) < strcspn(line, "\n");
}

static bool begins(const char *line, const char *text)
{
    return strncmp(line, text, strlen(text)) == 0;
}

/* The first line that begins with start and holds text; CERT_NO_MARK when none does. */
static size_t line_with(const char *items, const char *start, const char *text)
{
    size_t at = 0;
    for (const char *line = items; line != NULL; line = next_line(line), at++)
        if (begins(line, start) && holds(line, text))
            return at;
    return CERT_NO_MARK;
}

static size_t or_first(size_t at)
{
    return at != CERT_NO_MARK ? at : 0;
}

/* The first line with a day behind mark that the summary names too, as in "until 2026-11-13". */
static size_t line_dated(const char *items, const char *mark, const char *summary)
{
    struct text day = {0};
    size_t at = 0, found = CERT_NO_MARK;
    for (const char *line = items; line != NULL && found == CERT_NO_MARK;
            line = next_line(line), at++) {
        if (!holds(line, mark))
            continue;
        const char *from = strstr(line, mark) + strlen(mark);
        text_clear(&day);
        text_add_bytes(&day, from, strnlen(from, strlen("2026-11-13")));
        if (strstr(summary, text_str(&day)) != NULL)
            found = at;
    }
    text_fini(&day);
    return found;
}

/* Rules about one name quote it; of those that are not shown the last line tells how many. */
static size_t at_name(const struct cert_view *v, const struct cert_finding *f, const char *items)
{
    struct text quoted = {0};
    size_t at = 0, found = CERT_NO_MARK;
    (void)v;
    for (const char *line = items; line != NULL && found == CERT_NO_MARK;
            line = next_line(line), at++) {
        const char *name = begins(line, "IP ") ? line + strlen("IP ") : line;
        text_clear(&quoted);
        text_add(&quoted, "\"");
        text_add_bytes(&quoted, name, strcspn(name, "\n"));
        text_add(&quoted, "\"");
        if (strstr(f->summary, text_str(&quoted)) != NULL)
            found = at;
    }
    text_fini(&quoted);
    if (found == CERT_NO_MARK && strchr(f->summary, '"') != NULL)
        found = line_with(items, "and ", " more: ");
    return or_first(found);
}

/* Behind the line that counts them, the certificates of the chain stand in order. */
static size_t at_chain(const struct cert_view *v, const struct cert_finding *f, const char *items)
{
    (void)items;
    if (f->is_elsewhere)
        return CERT_NO_MARK;
    if (f->concerns == NULL)
        return v->n_chain == 0 || is_defect(f, "chain-too-large") ? 0 : 1;
    for (size_t i = 0; i < v->n_chain; i++)
        if (strcmp(v->chain[i].sha256, f->concerns) == 0)
            return i + 1;
    return CERT_NO_MARK;
}

/* A store's name, in which colons may be, and what behind it ends it here and there. */
static bool is_store(const char *line, const char *summary)
{
    size_t n = 0;
    while (line[n] != '\0' && line[n] == summary[n])
        n++;
    return begins(line + n, ": ") && begins(summary + n, " (");
}

/* The first store that does not trust it, as the summary has it. */
static size_t at_trust(const struct cert_view *v, const struct cert_finding *f, const char *items)
{
    static const char BEFORE[] = " but not by ";
    const char *store = strstr(f->summary, BEFORE);
    size_t at = 0;
    (void)v;
    for (const char *line = items; store != NULL && line != NULL; line = next_line(line), at++)
        if (is_store(line, store + strlen(BEFORE)))
            return at;
    return 0;
}

/* The first staple that is neither good nor revoked. */
static size_t at_staple_error(const char *items)
{
    size_t at = 0;
    for (const char *line = items; line != NULL; line = next_line(line), at++)
        if (begins(line, "staple: ") && !begins(line, "staple: good") &&
                !begins(line, "staple: revoked"))
            return at;
    return CERT_NO_MARK;
}

static size_t at_revocation(
        const struct cert_view *v, const struct cert_finding *f, const char *items)
{
    (void)v;
    if (is_defect(f, "ocsp-staple-revoked"))
        return or_first(line_with(items, "staple: revoked", ""));
    if (is_defect(f, "ocsp-staple-expired"))
        return or_first(line_dated(items, " until ", f->summary));
    if (is_defect(f, "ocsp-staple-invalid"))
        return or_first(line_with(items, "staple: ", "signature invalid"));
    if (is_defect(f, "ocsp-staple-error"))
        return or_first(at_staple_error(items));
    size_t at = line_with(items, "", ": revoked");
    return or_first(at != CERT_NO_MARK ? at : line_with(items, "", ": on-hold"));
}

static size_t at_sct(const struct cert_view *v, const struct cert_finding *f, const char *items)
{
    (void)v;
    if (is_defect(f, "sct-invalid"))
        return or_first(line_with(items, "", "signature invalid"));
    if (is_defect(f, "sct-timestamp-future"))
        return or_first(line_dated(items, ", ", f->summary));
    return 0;
}

static size_t at_responder(
        const struct cert_view *v, const struct cert_finding *f, const char *items)
{
    (void)v;
    return line_with(items, begins(f->defect, "chain-") ? "CA issuers" : "OCSP", "");
}

/* Constraints are of names or of the length of the path. */
static size_t at_subtree(const struct cert_view *v, const struct cert_finding *f, const char *items)
{
    (void)v;
    (void)items;
    return strstr(f->summary, "subtree") != NULL ? 0 : CERT_NO_MARK;
}

static size_t at_ca(const struct cert_view *v, const struct cert_finding *f, const char *items)
{
    (void)v;
    (void)items;
    bool is_length = strstr(f->summary, "path length") != NULL;
    return is_length || begins(f->defect, "cert-ca-") ? 0 : CERT_NO_MARK;
}

static size_t at_names_or_subtree(
        const struct cert_view *v, const struct cert_finding *f, const char *items)
{
    return begins(f->defect, "chain-") ? at_subtree(v, f, items) : at_name(v, f, items);
}

/* A field and the defects that it shows; '*' at the end stands for anything. Without at: the first
 * line. */
static const struct field {
    const char *name;
    at_fn *at;
    const char *beside[8];
} FIELDS[] = {
        {"certificate", NULL, {"cert-flapping", "cert-stale-node", "revoked-*"}},
        {"subject", NULL, {"cert-placeholder"}},
        {"problem", NULL, {"cert-structure-*", "cert-lint"}},
        {"names", at_names_or_subtree,
                {"name-*", "cert-no-san", "cert-name-*", "cert-wildcard-*", "cert-internal-*",
                        "chain-constraint-*"}},
        {"valid from", NULL, {"cert-not-yet-valid", "cert-backdated"}},
        {"valid until", NULL,
                {"cert-expired", "cert-expiring-*", "mtls-cert-expired", "mtls-cert-expiring",
                        "chain-intermediate-exp*", "cert-renewal-overdue"}},
        {"lifetime", NULL, {"cert-validity-*"}},
        {"issuer", NULL, {"cert-self-signed", "cert-issuer-changed", "chain-untrusted-root"}},
        {"key", NULL,
                {"cert-key-*", "cert-rsa-*", "cert-explicit-*", "entropy-*", "vuln-drown",
                        "chain-weak-*"}},
        {"signature", NULL, {"cert-sig-*", "chain-signature-invalid"}},
        {"role", NULL, {"cert-ca-used-as-leaf"}},
        {"owner", NULL, {"ops-unowned-certificate"}},
        {"chain", at_chain,
                {"chain-constraint-*", "chain-intermediate-*", "chain-missing-*", "chain-out-*",
                        "chain-signature-*", "chain-too-large", "chain-un*", "chain-weak-*"}},
        {"trust", at_trust, {"chain-store-*"}},
        {"revocation", at_revocation,
                {"ocsp-staple-revoked", "ocsp-staple-expired", "ocsp-staple-invalid",
                        "ocsp-staple-error", "revoked-*"}},
        {"SCTs", at_sct, {"sct-*"}},
        {"serial", NULL, {"cert-serial-*", "cert-duplicate-serial"}},
        {"keyUsage", NULL, {"cert-keyusage-*"}},
        {"extendedKeyUsage", NULL, {"cert-eku-*", "mtls-eku-*"}},
        {"basicConstraints", at_ca, {"cert-ca-*", "chain-constraint-*"}},
        {"nameConstraints", at_subtree, {"chain-constraint-*"}},
        {"authorityInfoAccess", at_responder,
                {"ocsp-staple-missing", "ocsp-responder-*", "chain-missing-*"}},
        {"cRLDistributionPoints", NULL, {"crl-*"}},
        {"tlsFeature", NULL, {"ocsp-must-staple-*"}},
        {"signedCertificateTimestamps", NULL, {"sct-*"}},
};

static bool shows(const struct field *field, const char *defect)
{
    for (size_t i = 0; i < sizeof field->beside / sizeof *field->beside; i++) {
        const char *pattern = field->beside[i];
        if (pattern == NULL)
            return false;
        size_t n = strlen(pattern);
        bool is_open = pattern[n - 1] == '*';
        if (is_open ? strncmp(pattern, defect, n - 1) == 0 : strcmp(pattern, defect) == 0)
            return true;
    }
    return false;
}

size_t cert_mark_of(const struct cert_view *v, const struct cert_finding *f, const char *field,
        const char *items)
{
    if (f->concerns != NULL)
        return strcmp(field, "chain") == 0 ? at_chain(v, f, items) : CERT_NO_MARK;
    for (size_t i = 0; i < sizeof FIELDS / sizeof *FIELDS; i++)
        if (strcmp(FIELDS[i].name, field) == 0 && shows(&FIELDS[i], f->defect))
            return FIELDS[i].at != NULL ? FIELDS[i].at(v, f, items) : 0;
    return CERT_NO_MARK;
}
