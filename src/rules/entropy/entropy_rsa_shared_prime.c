#include "base/text.h"
#include "rules/judged.h"

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    char who[WHO_TEXT], other[WHO_TEXT];
    bool has_any = false, is_unsure = false;
    if (rule_leaf(f, a, &v) == NULL)
        return v;
    for (size_t i = 0; i < rule_n_keys(f); i++) {
        const struct key_facts *k = rule_key(f, i);
        enum key_type type = rule_key_owner(f, i)->key_type;
        bool is_rsa = type == KEY_RSA || type == KEY_RSA_PSS;
        has_any |= is_rsa;
        is_unsure |= is_rsa && (k == NULL || !k->is_rsa);
        if (k == NULL || !k->shared_prime.is_seen)
            continue;
        struct text hex = {0};
        text_add_hex(&hex, (struct bytes){k->shared_prime.sha256, 8});
        rule_key_name(f, i, who);
        rule_clip(k->shared_prime.subject != NULL ? k->shared_prime.subject : "another certificate",
                other);
        rule_summary(a,
                "the RSA modulus of %s has a prime in common with that of %s (%s...): both private "
                "keys can be computed",
                who, other, text_str(&hex));
        text_fini(&hex);
        return rule_key_hit(f, a, i);
    }
    if (is_unsure)
        return rule_undetermined(a, "a key was not compared");
    return has_any ? RULE_PASS : RULE_NA;
}

const struct rule rule_entropy_rsa_shared_prime = {
        .id = "entropy-rsa-shared-prime",
        .codes = "T3 P23 U6",
        .title = "Two RSA keys have a prime in common",
        .cite = "NIST SP 800-133 4; Heninger et al. 2012",
        .what = "The greatest common divisor of the modulus of a certificate and another that was "
                "seen is a prime: both were made by a random number generator without entropy.",
        .traps = "The same modulus in two certificates is cert-key-shared, not this.",
        .unseen = "In TLS 1.3 certificates are encrypted; and only keys that were seen are "
                  "compared with each other.",
        .remedy = "Make both keys again, on hosts whose random number generator works.",
        .severity = SEV_CRITICAL,
        .on = RULE_SERVED,
        .check = check,
};
