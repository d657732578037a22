/* How long a certificate is valid: too long for a public CA, or not at all. */
#include "rules/support.h"

#define AT(seconds) (INT64_C(seconds) * 1000000)

/* BR 6.3.2, ballot SC-081v3: from notBefore, the longest lifetime in days of 86,400 seconds. */
static int64_t longest(int64_t not_before_us)
{
    static const struct {
        int64_t from_us;
        int days;
    } rows[] = {{AT(1868227200), 47}, {AT(1805068800), 100}, {AT(1773532800), 200},
            {AT(1598918400), 398}}; /* 2029-03-15, 2027-03-15, 2026-03-15, 2020-09-01 */
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (not_before_us >= rows[i].from_us)
            return rows[i].days;
    return 0;
}

static enum verdict check_long(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    char day[16];
    const struct certificate *leaf = rule_leaf(f, a, &v);
    if (leaf == NULL)
        return v;
    int64_t most = longest(leaf->not_before_us);
    if (most == 0 || leaf->is_ca || rule_publicity(f) == KNOWN_NO)
        return RULE_NA;
    bool is_endless = leaf->not_after_us == INT64_MAX;
    /* Both ends belong to it: the last second counts. */
    int64_t last = is_endless ? 0 : leaf->not_after_us - leaf->not_before_us + AT(1);
    if (!is_endless && last <= most * DAY_US)
        return RULE_PASS;
    if (!rule_public(f, a, &v))
        return v;
    rule_day(leaf->not_before_us, day);
    if (is_endless)
        rule_summary(a, "%s never expires; %lld days are allowed from %s", rule_who(leaf),
                (long long)most, day);
    else
        rule_summary(a, "%s is valid for %lld days from %s, %lld are allowed", rule_who(leaf),
                (long long)((last + DAY_US - 1) / DAY_US), day, (long long)most);
    return rule_certificate_hit(
            f, a, 0, leaf->validity_der, "validity of the server's certificate");
}

static enum verdict check_none(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    char from[16], to[16];
    const struct certificate *leaf = rule_leaf(f, a, &v);
    if (leaf == NULL)
        return v;
    if (leaf->not_after_us > leaf->not_before_us)
        return RULE_PASS;
    rule_day(leaf->not_before_us, from);
    rule_day(leaf->not_after_us, to);
    rule_summary(a, "%s is valid from %s to %s: never", rule_who(leaf), from, to);
    return rule_certificate_hit(
            f, a, 0, leaf->validity_der, "validity of the server's certificate");
}

const struct rule rule_cert_validity_nonpositive = {
        .id = "cert-validity-nonpositive",
        .codes = "F9",
        .title = "The server's certificate ends before it begins",
        .cite = "RFC 5280 4.1.2.5",
        .what = "notAfter of the server's certificate is not later than notBefore.",
        .traps = "None known. A UTCTime cannot say a year after 2049: what was meant as 2055 reads "
                 "as 1955 (cert-structure-invalid then says so too).",
        .remedy = "Have it issued again.",
        .severity = SEV_MEDIUM,
        .on = RULE_SERVED,
        .check = check_none,
};

const struct rule rule_cert_validity_too_long = {
        .id = "cert-validity-too-long",
        .codes = "F9 T1",
        .title = "A public certificate is valid for longer than allowed",
        .cite = "CA/Browser Forum BR 6.3.2 (SC-081v3)",
        .what = "The lifetime of the server's certificate, both ends included, is more than 398 "
                "days (issued from 2020-09-01), 200 (2026-03-15), 100 (2027-03-15) or 47 "
                "(2029-03-15).",
        .traps = "Only certificates that chain to a public root are judged; private CAs may do as "
                 "they like. Without a trust store it is undetermined.",
        .remedy = "Have it issued again with a lifetime that clients accept.",
        .severity = SEV_MEDIUM,
        .on = RULE_SERVED,
        .check = check_long,
};
