#include "rules/support.h"

static bool has_host_name(const struct certificate *c, bool *has_uri)
{
    for (size_t i = 0; i < c->n_sans; i++) {
        if (c->sans[i].type == SAN_DNS || c->sans[i].type == SAN_IP)
            return true;
        *has_uri |= c->sans[i].type == SAN_URI;
    }
    return false;
}

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    bool has_uri = false;
    const struct certificate *leaf = rule_leaf(f, a, &v);
    if (leaf == NULL)
        return v;
    if (leaf->problem != NULL)
        return rule_undetermined(a, "the certificate does not parse to its end");
    if (leaf->has_eku && (leaf->eku & (EKU_SERVER_AUTH | EKU_ANY)) == 0)
        return RULE_NA;
    if (has_host_name(leaf, &has_uri) || leaf->n_sans_dropped > 0)
        return RULE_PASS;
    if (has_uri)
        return RULE_NA; /* workload identities (SPIFFE) carry a URI on purpose */
    rule_summary(a, "%s names no host in subjectAltName", rule_who(leaf));
    return rule_certificate_hit(f, a, 0, leaf->subject_der, "subject of the certificate");
}

const struct rule rule_cert_no_san = {
        .id = "cert-no-san",
        .codes = "F7 T7 M9",
        .title = "The server's certificate names no host in subjectAltName",
        .cite = "RFC 9525 6.3; CA/Browser Forum BR 7.1.2.7.12",
        .what = "The server's certificate has no subjectAltName with a dNSName or an iPAddress. "
                "Clients do not look at the common name any more.",
        .traps = "Certificates that are not for servers (extended key usage) and those with only a "
                 "URI (SPIFFE) are left out.",
        .remedy = "Have it issued again with its names in subjectAltName.",
        .severity = SEV_HIGH,
        .on = RULE_SERVED,
        .check = check,
};
