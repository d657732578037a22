/* What x509 noted about a certificate: its structure, and the profile of public CAs. */
#include <string.h>

#include "base/text.h"
#include "rules/support.h"

enum { LINTS_IN_WORDS = 2 }; /* a summary has room for these; of the others it names the id */

static void describe(const struct lint *l, size_t n, struct text *out)
{
    char day[16];
    if (n >= LINTS_IN_WORDS) {
        text_addf(out, "%s[%s]", n == LINTS_IN_WORDS ? "; also " : " ", l->id);
        return;
    }
    text_addf(out, "%s%s", n == 0 ? "" : "; ", l->text);
    if (l->effective_us > 0) {
        rule_day(l->effective_us, day);
        text_addf(out, " since %s", day);
    }
    text_addf(out, " [%s]", l->id);
}

/* Whether the lint is of that kind and holds for the certificate. */
static bool holds(const struct certificate *c, const struct lint *l, enum lint_kind kind)
{
    return l->kind == kind && (!c->is_parsed || c->not_before_us >= l->effective_us);
}

static bool has_any(const struct certificate *c, enum lint_kind kind)
{
    for (size_t i = 0; i < c->n_lints; i++)
        if (holds(c, &c->lints[i], kind))
            return true;
    return false;
}

static void list(const struct certificate *c, enum lint_kind kind, struct text *out)
{
    size_t n = 0;
    for (size_t i = 0; i < c->n_lints; i++)
        if (holds(c, &c->lints[i], kind))
            describe(&c->lints[i], n++, out);
}

static enum verdict hit(const struct rule_facts *f, struct rule_answer *a, enum lint_kind kind)
{
    const struct certificate *leaf = f->chain[0];
    struct text what = {0};
    list(leaf, kind, &what);
    rule_summary(a, "%.160s: %s", rule_who(leaf), text_str(&what));
    text_fini(&what);
    return rule_certificate_hit(f, a, 0, leaf->subject_der.n > 0 ? leaf->subject_der : leaf->der,
            leaf->subject_der.n > 0 ? "subject of the certificate" : "the certificate begins");
}

static bool only_unknown_critical(const struct certificate *c)
{
    for (size_t i = 0; i < c->n_lints; i++)
        if (c->lints[i].kind == LINT_STRUCTURE &&
                strcmp(c->lints[i].id, "unknown-critical-extension") != 0)
            return false;
    return true;
}

static enum verdict check_structure(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    if (f->n_chain == 0 && rule_leaf(f, a, &v) == NULL)
        return v;
    const struct certificate *leaf = f->chain[0]; /* one that does not parse is judged too */
    if (has_any(leaf, LINT_STRUCTURE))
        v = hit(f, a, LINT_STRUCTURE);
    else
        v = leaf->is_parsed ? RULE_PASS : rule_undetermined(a, "the certificate does not parse");
    if (v == RULE_HIT && only_unknown_critical(leaf) && rule_publicity(f) != KNOWN_YES)
        a->severity = SEV_LOW;
    return v;
}

static enum verdict check_lint(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    const struct certificate *leaf = rule_extensions(rule_leaf(f, a, &v), a, &v);
    if (leaf == NULL)
        return v;
    if (rule_publicity(f) == KNOWN_NO)
        return RULE_NA;
    if (!has_any(leaf, LINT_PROFILE))
        return RULE_PASS;
    return rule_public(f, a, &v) ? hit(f, a, LINT_PROFILE) : v;
}

const struct rule rule_cert_lint = {
        .id = "cert-lint",
        .codes = "F9 P24",
        .title = "A public certificate breaks the profile that its CA has to follow",
        .cite = "RFC 5280; CA/Browser Forum BR 7.1",
        .what = "The server's certificate chains to a public root and breaks one or more of the "
                "rules for issuing that have no row of their own; each is named in brackets, with "
                "the day from which it holds. Examples: no policy of the CA/Browser Forum, an "
                "organizational unit, keyEncipherment with an EC key, neither CRL nor OCSP named.",
        .traps =
                "Each rule holds only for certificates issued from its day on. Private CAs are not "
                "bound by them; without a trust store it is undetermined.",
        .remedy = "Report it to the CA.",
        .severity = SEV_LOW,
        .on = RULE_SERVED,
        .check = check_lint,
};

const struct rule rule_cert_structure_invalid = {
        .id = "cert-structure-invalid",
        .codes = "F9 T3",
        .title = "The server's certificate is not built as it must be",
        .cite = "RFC 5280 4.1, 4.2; X.690 10, 11",
        .what = "The first certificate that the server sent is not DER (lengths, BOOLEAN, "
                "INTEGER), "
                "holds an extension twice, one that does not parse or one that is critical and not "
                "known, extensions before version 3, times of the wrong type or form, bytes behind "
                "its end, or is a precertificate. Each is named in brackets.",
        .traps = "Closed PKIs have critical extensions of their own: alone, and unless the "
                 "certificate chains to a public root, that is low. What only our parser does not "
                 "understand is undetermined.",
        .remedy = "Correct the profile of the CA and have it issued again.",
        .severity = SEV_MEDIUM,
        .on = RULE_SERVED,
        .check = check_structure,
};
