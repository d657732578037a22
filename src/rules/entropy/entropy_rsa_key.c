/* RSA keys whose making shows in the modulus. */
#include "rules/judged.h"

static enum verdict check(
        const struct rule_facts *f, struct rule_answer *a, unsigned flag, const char *what)
{
    enum verdict v;
    char who[WHO_TEXT];
    size_t i = rule_rsa_key(f, a, flag, KEYS_ALL, &v);
    if (i == SIZE_MAX)
        return v;
    rule_key_name(f, i, who);
    rule_summary(a, "the RSA key of %s (%zu bits) %s", who, rule_key(f, i)->rsa.bits, what);
    return rule_key_hit(f, a, i);
}

static enum verdict check_roca(const struct rule_facts *f, struct rule_answer *a)
{
    return check(f, a, RSA_WEAK_ROCA, "has the form that Infineon's chips made (ROCA)");
}

static enum verdict check_close(const struct rule_facts *f, struct rule_answer *a)
{
    return check(f, a, RSA_WEAK_CLOSE_PRIMES,
            "has primes so close that Fermat's method finds them at once");
}

static enum verdict check_sleeve(const struct rule_facts *f, struct rule_answer *a)
{
    a->confidence = 0.9; /* a pattern, not a factor */
    return check(f, a, RSA_WEAK_SHORT_SLEEVE,
            "has blocks of zero bits at regular places: its primes are mostly zeros");
}

const struct rule rule_entropy_rsa_roca = {
        .id = "entropy-rsa-roca",
        .codes = "T3 P23",
        .title = "An RSA key can be factored (ROCA)",
        .cite = "CVE-2017-15361",
        .what = "The modulus of a certificate, the server's or the client's, lies in the subgroup "
                "of 65537 for all test primes, as keys of a flawed library do.",
        .traps = "By chance fewer than one key in a hundred million looks like that.",
        .unseen = "In TLS 1.3 certificates are encrypted.",
        .remedy = "Replace the key, and the chip or card that made it.",
        .severity = SEV_CRITICAL,
        .on = RULE_SERVED,
        .check = check_roca,
};

const struct rule rule_entropy_rsa_close_primes = {
        .id = "entropy-rsa-close-primes",
        .codes = "P23",
        .title = "An RSA key can be factored (close primes)",
        .cite = "CVE-2022-26320; FIPS 186-5 A.1.3",
        .what = "Fermat's method finds the factors of the modulus of a certificate, the server's "
                "or "
                "the client's, within 100 steps.",
        .traps = "None: the factors were found.",
        .unseen = "In TLS 1.3 certificates are encrypted.",
        .remedy = "Replace the key.",
        .severity = SEV_CRITICAL,
        .on = RULE_SERVED,
        .check = check_close,
};

const struct rule rule_entropy_rsa_short_sleeve = {
        .id = "entropy-rsa-short-sleeve",
        .codes = "T3 P23",
        .title = "An RSA key has long runs of zeros at regular places",
        .cite = "NIST SP 800-133 4; FIPS 186-5 A.1",
        .what = "The modulus of a certificate, the server's or the client's, has blocks of zero "
                "bits "
                "at a fixed stride, far beyond chance: its primes were filled by a few bits per "
                "word.",
        .traps = "It is a pattern, not a factor: confidence 0.9. Confirm by factoring offline.",
        .unseen = "In TLS 1.3 certificates are encrypted.",
        .remedy = "Replace the key and what made it.",
        .severity = SEV_CRITICAL,
        .on = RULE_SERVED,
        .check = check_sleeve,
};
