#include "rules/judged.h"

#define SECOND_US INT64_C(1000000)
#define SHORTER_FROM_US (INT64_C(1773532800) * SECOND_US) /* 2026-03-15 */

/* BR 1.6.1: Short-lived Subscriber Certificate; both ends count (BR 6.3.2). */
static bool is_short_lived(const struct certificate *c)
{
    int64_t days = c->not_before_us < SHORTER_FROM_US ? 10 : 7;
    return c->not_after_us < c->not_before_us + days * DAY_US;
}

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    char who[WHO_TEXT];
    const struct certificate *leaf = rule_leaf(f, a, &v);
    if (leaf == NULL)
        return v;
    if (leaf->n_ocsp_urls > 0 || leaf->n_crl_urls > 0)
        return RULE_PASS;
    if (leaf->problem != NULL)
        return rule_undetermined(a, "the certificate does not parse to its end");
    if (is_short_lived(leaf))
        return RULE_NA;
    if (!rule_public(f, a, &v))
        return v;
    rule_name(leaf, who);
    rule_summary(a, "%s names neither an OCSP responder nor a CRL", who);
    return rule_certificate_hit(f, a, 0, leaf->subject_der, "subject of the certificate");
}

const struct rule rule_revocation_no_pointer = {
        .id = "revocation-no-pointer",
        .codes = "F9 T5",
        .title = "A public certificate does not say where its revocation is told",
        .cite = "CA/Browser Forum BR 7.1.2.11, 1.6.1",
        .what = "The server's certificate chains to a public root and has neither the URL of an "
                "OCSP responder nor a CRL distribution point.",
        .traps = "Short-lived certificates need none: up to 10 days, 7 days when issued from "
                 "2026-03-15 on. Private CAs are left out.",
        .remedy = "Have it issued again.",
        .severity = SEV_LOW,
        .on = RULE_SERVED,
        .check = check,
};
