#include "rules/judged.h"

enum {
    BROKEN = RSA_WEAK_N_NEGATIVE | RSA_WEAK_N_EVEN | RSA_WEAK_N_SMALL_FACTOR | RSA_WEAK_N_POWER,
    LENGTH = RSA_WEAK_N_LENGTH
};

static const char *what_is_wrong(unsigned weak)
{
    if (weak & RSA_WEAK_N_NEGATIVE)
        return "is negative";
    if (weak & RSA_WEAK_N_EVEN)
        return "is even";
    if (weak & RSA_WEAK_N_SMALL_FACTOR)
        return "has a factor below 752";
    return weak & RSA_WEAK_N_POWER ? "is a power of another number"
                                   : "has a bit length that 8 does not divide";
}

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    char who[WHO_TEXT];
    size_t i = rule_rsa_key(f, a, BROKEN, KEYS_WITHOUT_ROOTS, &v);
    if (i == SIZE_MAX) {
        i = rule_rsa_key(f, a, BROKEN | LENGTH, KEYS_WITHOUT_ROOTS, &v);
        a->severity = SEV_LOW;
    }
    if (i == SIZE_MAX)
        return v;
    rule_name(f->chain[i], who);
    rule_summary(a, "the RSA modulus of %s (%zu bits) %s", who, rule_key(f, i)->rsa.bits,
            what_is_wrong(rule_key(f, i)->rsa.weak));
    return rule_key_hit(f, a, i);
}

const struct rule rule_cert_rsa_modulus_malformed = {
        .id = "cert-rsa-modulus-malformed",
        .codes = "F9 P23",
        .title = "The modulus of an RSA key is not sound",
        .cite = "CA/Browser Forum BR 6.1.6; NIST SP 800-89 5.3.3",
        .what = "The modulus of the server's certificate, or of an intermediate that it sent, is "
                "negative, even, has a factor below 752, or is a perfect power; a bit length that "
                "8 does not divide is low.",
        .traps = "A length of 2047 bits alone breaks nothing. Roots are left out.",
        .remedy = "Make a new key on a host whose random number generator works.",
        .severity = SEV_HIGH,
        .on = RULE_SERVED,
        .check = check,
};
