/* Key exchanges that RFC 10015 took out of TLS 1.2. */
#include "rules/support.h"

static enum verdict check(const struct rule_facts *f, struct rule_answer *a,
        bool (*is_bad)(const struct iana_suite *), const char *what)
{
    enum verdict v;
    if (!rule_hello(f, a, &v))
        return v;
    const struct iana_suite *suite = rule_suite(f);
    if (suite == NULL || tls_is_13(f->handshake->version))
        return RULE_NA;
    if (!is_bad(suite))
        return RULE_PASS;
    rule_summary(a, "the server chose %s: %s", suite->name, what);
    return rule_suite_hit(f, a);
}

static bool is_static(const struct iana_suite *s)
{
    return s->kex == KEX_DH || s->kex == KEX_ECDH;
}

static bool is_ffdhe(const struct iana_suite *s)
{
    return s->kex == KEX_DHE;
}

static enum verdict check_static(const struct rule_facts *f, struct rule_answer *a)
{
    return check(f, a, is_static, "the key of the certificate agrees on keys, no forward secrecy");
}

static enum verdict check_ffdhe(const struct rule_facts *f, struct rule_answer *a)
{
    return check(f, a, is_ffdhe, "finite-field Diffie-Hellman");
}

const struct rule rule_kex_static_dh_ecdh = {
        .id = "kex-static-dh-ecdh",
        .codes = "T3",
        .title = "Static Diffie-Hellman key exchange was chosen",
        .cite = "RFC 10015; RFC 9325 4.1",
        .what = "The suite in the ServerHello is a TLS_DH or TLS_ECDH suite that is not ephemeral: "
                "whoever gets the server's key can read recorded traffic.",
        .traps = "Anonymous suites are cipher-anon.",
        .remedy = "Disable these suites.",
        .severity = SEV_MEDIUM,
        .on = RULE_HANDSHAKE,
        .check = check_static,
};

const struct rule rule_kex_ffdhe_tls12 = {
        .id = "kex-ffdhe-tls12",
        .codes = "F5",
        .title = "Finite-field Diffie-Hellman was chosen in TLS 1.2 or earlier",
        .cite = "RFC 10015; BSI TR-02102-2",
        .what = "The suite in the ServerHello is a TLS_DHE suite with a certificate, which RFC "
                "10015 forbids since July 2026: its groups are often weak and cannot be "
                "negotiated.",
        .traps = "TR-02102-2 tolerates them to 2029. The groups of TLS 1.3 are not meant; neither "
                 "are DHE_PSK suites.",
        .remedy = "Prefer ECDHE or TLS 1.3.",
        .severity = SEV_MEDIUM,
        .on = RULE_HANDSHAKE,
        .check = check_ffdhe,
};
