#include "rules/judged.h"

enum {
    BROKEN = RSA_WEAK_E_NEGATIVE | RSA_WEAK_E_ONE | RSA_WEAK_E_EVEN | RSA_WEAK_E_BELOW_3,
    SMALL = RSA_WEAK_E_SMALL
};

static const char *what_is_wrong(unsigned weak)
{
    if (weak & RSA_WEAK_E_NEGATIVE)
        return "negative";
    if (weak & RSA_WEAK_E_ONE)
        return "1: whatever it encrypts stays as it is";
    if (weak & RSA_WEAK_E_EVEN)
        return "even: it has no private key";
    return weak & RSA_WEAK_E_BELOW_3 ? "below 3" : "small, below 65537";
}

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    char who[WHO_TEXT];
    size_t i = rule_rsa_key(f, a, BROKEN, KEYS_WITHOUT_ROOTS, &v);
    if (i == SIZE_MAX) {
        i = rule_rsa_key(f, a, BROKEN | SMALL, KEYS_WITHOUT_ROOTS, &v);
        a->severity = SEV_LOW;
    }
    if (i == SIZE_MAX)
        return v;
    const struct certificate *c = f->chain[i];
    rule_name(c, who);
    rule_summary(a, "the RSA exponent of %s is %s", who, what_is_wrong(rule_key(f, i)->rsa.weak));
    (void)rule_key_hit(f, a, i);
    if (f->handshake->server_certs != NULL && i < f->handshake->server_certs->n_certs)
        rule_bytes(a, SIDE_SERVER, &f->handshake->server_certs->certs[i].at, c->rsa_exponent,
                "publicExponent");
    return RULE_HIT;
}

const struct rule rule_cert_rsa_exponent_bad = {
        .id = "cert-rsa-exponent-bad",
        .codes = "F9",
        .title = "The exponent of an RSA key is not sound",
        .cite = "CA/Browser Forum BR 6.1.6; NIST SP 800-89 5.3.3",
        .what = "publicExponent of the server's certificate, or of an intermediate that it sent, "
                "is negative, even, or below 3; from 3 to 65535 is low.",
        .traps = "An exponent of 3 still exists in old appliances. Roots are left out.",
        .remedy = "Have it issued again for a new key with 65537 as exponent.",
        .severity = SEV_HIGH,
        .on = RULE_SERVED,
        .check = check,
};
