#include "iana/iana.h"
#include "rules/support.h"

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    const struct handshake *h = f->handshake;
    if (!rule_hello(f, a, &v))
        return v;
    const struct iana_suite *suite = rule_suite(f);
    if (suite == NULL || tls_is_13(h->version))
        return RULE_NA;
    if (suite->kex != KEX_RSA && suite->kex != KEX_RSA_EXPORT)
        return RULE_PASS;
    rule_summary(a, "the server chose %s: no forward secrecy", suite->name);
    return rule_suite_hit(f, a);
}

const struct rule rule_kex_static_rsa = {
        .id = "kex-static-rsa",
        .codes = "F5 T3",
        .title = "Static RSA key exchange was chosen",
        .cite = "RFC 9325 4.1; NIST SP 800-52r2",
        .what = "The suite in the ServerHello is a TLS_RSA suite: whoever gets the server's key "
                "can read recorded traffic, and the server is exposed to the Bleichenbacher "
                "family.",
        .traps = "Middleboxes that decrypt need it by design; it stays high, so that its owner is "
                 "named.",
        .remedy = "Disable the TLS_RSA suites.",
        .severity = SEV_HIGH,
        .on = RULE_HANDSHAKE,
        .check = check,
};
