#include "iana/iana.h"
#include "rules/support.h"

/* RFC 5246 7.4.2, RFC 8422 5.3: what the key is used for in this key exchange; 0 nothing to say. */
static unsigned needed(const struct iana_suite *suite)
{
    if (suite->kex == KEX_RSA || suite->kex == KEX_RSA_PSK)
        return KU_KEY_ENCIPHERMENT;
    if (suite->kex == KEX_DHE || suite->kex == KEX_ECDHE)
        return KU_DIGITAL_SIGNATURE;
    return 0;
}

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    const struct certificate *leaf = rule_extensions(rule_leaf(f, a, &v), a, &v);
    if (leaf == NULL || !rule_hello(f, a, &v))
        return v;
    const struct iana_suite *suite = rule_suite(f);
    unsigned use = suite != NULL ? needed(suite) : 0;
    if (use == 0 || !leaf->has_key_usage)
        return RULE_NA;
    if (leaf->key_usage & use)
        return RULE_PASS;
    rule_summary(a, "%s does not allow %s, which %s needs", rule_who(leaf),
            use == KU_KEY_ENCIPHERMENT ? "keyEncipherment" : "digitalSignature", suite->name);
    (void)rule_certificate_hit(f, a, 0, leaf->subject_der, "subject of the certificate");
    rule_server_hello(f, a, f->handshake->cipher_suite, "cipher_suite of the ServerHello");
    return RULE_HIT;
}

const struct rule rule_cert_keyusage_mismatch = {
        .id = "cert-keyusage-mismatch",
        .codes = "F5 T2",
        .title = "The certificate's key may not be used the way it was",
        .cite = "RFC 5246 7.4.2; RFC 8422 5.3; RFC 5280 4.2.1.3",
        .what = "The key exchange in the ServerHello encrypts to the key of the certificate "
                "(static "
                "RSA) but keyUsage lacks keyEncipherment, or signs with it ((EC)DHE) but keyUsage "
                "lacks digitalSignature.",
        .traps =
                "No keyUsage means no limit. Export and static (EC)DH key exchange are not judged.",
        .remedy = "Have it issued again with the usage that the cipher suites need.",
        .severity = SEV_MEDIUM,
        .on = RULE_SERVED,
        .check = check,
};
