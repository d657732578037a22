/* Extended key usage of the server's certificate. */
#include "rules/support.h"

#define SPLIT_US (INT64_C(1805068800) * 1000000) /* 2027-03-15, Chrome Root Program 1.8 */

static enum verdict check_server(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    const struct certificate *leaf = rule_extensions(rule_leaf(f, a, &v), a, &v);
    if (leaf == NULL)
        return v;
    if (!leaf->has_eku)
        return RULE_NA;
    if (leaf->eku & (EKU_SERVER_AUTH | EKU_ANY))
        return RULE_PASS;
    rule_summary(a, "%s may be used for %s, not for servers", rule_who(leaf),
            leaf->eku_text != NULL && leaf->eku_text[0] != '\0' ? leaf->eku_text : "nothing");
    return rule_certificate_hit(f, a, 0, leaf->subject_der, "subject of the certificate");
}

static enum verdict check_client(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    const struct certificate *leaf = rule_extensions(rule_leaf(f, a, &v), a, &v);
    if (leaf == NULL)
        return v;
    bool is_both = (leaf->eku & EKU_SERVER_AUTH) && (leaf->eku & EKU_CLIENT_AUTH);
    if (!leaf->has_eku || rule_publicity(f) == KNOWN_NO)
        return RULE_NA;
    if (!is_both)
        return RULE_PASS;
    if (!rule_public(f, a, &v))
        return v;
    if (leaf->not_before_us >= SPLIT_US)
        a->severity = SEV_MEDIUM;
    rule_summary(a, "%s is a public server certificate that may also be used by clients",
            rule_who(leaf));
    return rule_certificate_hit(f, a, 0, leaf->subject_der, "subject of the certificate");
}

const struct rule rule_cert_eku_clientauth_public = {
        .id = "cert-eku-clientauth-public",
        .codes = "T1 U2",
        .title = "A public server certificate may also be used by clients",
        .cite = "Chrome Root Program Policy 1.8",
        .what = "The server's certificate chains to a public root and its extended key usage has "
                "clientAuth beside serverAuth: low, medium when issued from 2027-03-15, when "
                "browsers stop accepting it.",
        .traps = "Certificates issued before are not wrong; several CAs stopped earlier than they "
                 "had to. Without a trust store it is undetermined.",
        .remedy =
                "Give clients an identity from a private CA before the public CA drops clientAuth.",
        .severity = SEV_LOW,
        .on = RULE_SERVED,
        .check = check_client,
};

const struct rule rule_cert_eku_missing_serverauth = {
        .id = "cert-eku-missing-serverauth",
        .codes = "F9 T1",
        .title = "The server's certificate is not for servers",
        .cite = "RFC 5280 4.2.1.12; CA/Browser Forum BR 7.1.2.7.10",
        .what = "The server's certificate has an extended key usage without serverAuth and without "
                "anyExtendedKeyUsage.",
        .traps = "Having no extended key usage at all is legal in private PKI and not judged.",
        .remedy = "Have it issued again with serverAuth.",
        .severity = SEV_HIGH,
        .on = RULE_SERVED,
        .check = check_server,
};
