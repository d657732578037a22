/* Names of a certificate that are malformed, misuse a wildcard, or are not public. */
#include <string.h>

#include "base/text.h"
#include "model/endpoint.h"
#include "rules/support.h"

struct row {
    enum name_problem problem;
    enum severity severity;
    bool only_public;
    const char *what;
};

static bool is_of_cn(enum name_problem p)
{
    return p == NAME_CN_CONTROL || p == NAME_CN_NOT_IN_SAN;
}

static const struct row *first(
        const struct certificate *c, const struct row *rows, size_t n, bool only_public)
{
    for (size_t i = 0; i < n; i++)
        if (c->name_problems[rows[i].problem] != 0 && rows[i].only_public == only_public)
            return &rows[i];
    return NULL;
}

/* An iPAddress as people write it; one of another length in hexadecimal. */
static void add_address(struct text *t, struct bytes ip)
{
    char shown[ENDPOINT_TEXT];
    struct address a = {.ip = {[10] = 0xff, [11] = 0xff}};
    if (ip.n != 4 && ip.n != 16) {
        text_add_hex(t, ip);
        return;
    }
    memcpy(a.ip + sizeof a.ip - ip.n, ip.p, ip.n);
    address_text(&a, shown);
    text_add(t, shown);
}

static enum verdict hit(const struct rule_facts *f, struct rule_answer *a, const struct row *row)
{
    const struct certificate *leaf = f->chain[0];
    size_t at = leaf->name_problems[row->problem] - 1U;
    struct bytes name = leaf->common_name;
    struct text shown = {0};
    if (!is_of_cn(row->problem) && at < leaf->n_sans)
        name = leaf->sans[at].value;
    a->severity = row->severity;
    if (!is_of_cn(row->problem) && at < leaf->n_sans && leaf->sans[at].type == SAN_IP)
        add_address(&shown, name);
    else
        text_add_escaped(&shown, name);
    rule_summary(a, "%s: \"%.200s\" %s", rule_who(leaf), text_str(&shown), row->what);
    text_fini(&shown);
    return rule_certificate_hit(
            f, a, 0, name, is_of_cn(row->problem) ? "commonName" : "a subjectAltName");
}

static const struct certificate *names(
        const struct rule_facts *f, struct rule_answer *a, enum verdict *v)
{
    return rule_extensions(rule_leaf(f, a, v), a, v);
}

static enum verdict judge(const struct rule_facts *f, struct rule_answer *a,
        const struct certificate *leaf, const struct row *rows, size_t n)
{
    enum verdict v;
    const struct row *row = first(leaf, rows, n, false);
    if (row != NULL)
        return hit(f, a, row);
    row = first(leaf, rows, n, true);
    if (row == NULL || rule_publicity(f) == KNOWN_NO)
        return RULE_PASS;
    return rule_public(f, a, &v) ? hit(f, a, row) : v;
}

static enum verdict check_malformed(const struct rule_facts *f, struct rule_answer *a)
{
    static const struct row rows[] = {{NAME_CONTROL, SEV_HIGH, false, "holds a control byte"},
            {NAME_CN_CONTROL, SEV_HIGH, false, "(common name) holds a control byte"},
            {NAME_SPACE, SEV_LOW, false, "holds a space"},
            {NAME_DOT_FIRST, SEV_LOW, false, "has an empty label"},
            {NAME_DOT_LAST, SEV_LOW, false, "ends with a dot"},
            {NAME_LABEL_LONG, SEV_LOW, false, "has a label of more than 63 octets"},
            {NAME_NON_ASCII, SEV_LOW, false, "holds bytes that are not ASCII"},
            {NAME_UNDERSCORE, SEV_LOW, true, "holds an underscore"},
            {NAME_CN_NOT_IN_SAN, SEV_LOW, true, "(common name) is not in subjectAltName"}};
    enum verdict v;
    const struct certificate *leaf = names(f, a, &v);
    return leaf != NULL ? judge(f, a, leaf, rows, sizeof rows / sizeof *rows) : v;
}

static enum verdict check_wildcard(const struct rule_facts *f, struct rule_answer *a)
{
    static const struct row rows[] = {
            {NAME_WILDCARD_SUFFIX, SEV_MEDIUM, false, "stands directly below a public suffix"},
            {NAME_WILDCARD_TLD, SEV_MEDIUM, false,
                    "stands directly below a top level domain: OpenSSL and browsers accept no "
                    "such wildcard"},
            {NAME_WILDCARD_MANY, SEV_MEDIUM, false, "has more than one asterisk"},
            {NAME_WILDCARD_PLACE, SEV_MEDIUM, false,
                    "has an asterisk that is not the whole leftmost label"}};
    enum verdict v;
    const struct certificate *leaf = names(f, a, &v);
    return leaf != NULL ? judge(f, a, leaf, rows, sizeof rows / sizeof *rows) : v;
}

#define AT(seconds) (INT64_C(seconds) * 1000000)
#define BANNED_US AT(1341100800)   /* 2012-07-01: issued from then on ... */
#define LAST_END_US AT(1446336000) /* 2015-11-01: ... no such name may be valid after this */
#define REVOKED_US AT(1475280000)  /* 2016-10-01: none may be in use at all */

static enum verdict check_internal(const struct rule_facts *f, struct rule_answer *a)
{
    static const struct row rows[] = {{NAME_INTERNAL_IP, SEV_MEDIUM, true, "is a reserved address"},
            {NAME_INTERNAL_LABEL, SEV_MEDIUM, true, "is a single label"},
            {NAME_INTERNAL_TLD, SEV_MEDIUM, true,
                    "is below a top level domain that is not public"}};
    enum verdict v;
    const struct certificate *leaf = names(f, a, &v);
    if (leaf == NULL)
        return v;
    bool is_banned = leaf->not_before_us >= BANNED_US && leaf->not_after_us > LAST_END_US;
    if (!is_banned && f->at_us < REVOKED_US)
        return RULE_NA;
    if (rule_publicity(f) == KNOWN_NO)
        return RULE_NA;
    return judge(f, a, leaf, rows, sizeof rows / sizeof *rows);
}

const struct rule rule_cert_internal_name_public_ca = {
        .id = "cert-internal-name-public-ca",
        .codes = "F9",
        .title = "A public certificate names something that is not public",
        .cite = "CA/Browser Forum BR 7.1.2.7.12, 4.2.2",
        .what = "A subjectAltName of a server certificate of a public CA is a reserved address, a "
                "single label, or below a special-use top level domain (local, internal, lan, "
                "corp, "
                "...). Nobody owns such a name: others have certificates for it too.",
        .traps = "Only certificates that chain to a public root; without a trust store it is "
                 "undetermined. The list of top level domains holds what is not delegated, so that "
                 "new ones are not taken for internal. Allowed until 2015-11-01.",
        .remedy = "Move internal names to a private CA.",
        .severity = SEV_MEDIUM,
        .on = RULE_SERVED,
        .check = check_internal,
};

const struct rule rule_cert_name_malformed = {
        .id = "cert-name-malformed",
        .codes = "F9 T4",
        .title = "A name in the server's certificate is malformed",
        .cite = "RFC 5280 4.2.1.6; CA/Browser Forum BR 7.1.4.3",
        .what = "A dNSName or the common name holds a NUL or another control byte (high: such "
                "names "
                "were made to deceive), or a dNSName holds a space, an empty label, a dot at its "
                "end, a label of more than 63 octets or bytes that are not ASCII (low). For public "
                "certificates also: an underscore, or a common name that is no subjectAltName.",
        .traps = "Underscores and free text as common name are common and harmless in private PKI: "
                 "without a trust store they are undetermined.",
        .remedy = "Have it issued again with names as in the DNS.",
        .severity = SEV_MEDIUM,
        .on = RULE_SERVED,
        .check = check_malformed,
};

const struct rule rule_cert_wildcard_misuse = {
        .id = "cert-wildcard-misuse",
        .codes = "T1 M9 U1",
        .title = "A wildcard in the server's certificate stands where none may",
        .cite = "RFC 9525 6.3, 7.1; CA/Browser Forum BR 3.2.2.6",
        .what = "A dNSName has an asterisk that is not the whole leftmost label, more than one, or "
                "one directly below a public suffix such as \"*.co.uk\" or below a single label "
                "such as \"*.lan\". The latter matches by RFC 9525 6.3, but OpenSSL and "
                "browsers want two labels behind the asterisk.",
        .traps = "The public suffix list is the one that libpsl was built with, and only its ICANN "
                 "section: operators of private suffixes hold certificates for \"*.github.io\" "
                 "rightly. How many names share one wildcard key is not counted.",
        .remedy = "Use exact names, or wildcards per service.",
        .severity = SEV_MEDIUM,
        .on = RULE_SERVED,
        .check = check_wildcard,
};
