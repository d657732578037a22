#include "rules/judged.h"

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    bool has_rsa = false;
    if (rule_leaf(f, a, &v) == NULL)
        return v;
    for (size_t i = 0; i < f->n_chain; i++) {
        const struct certificate *c = f->chain[i];
        bool is_rsa = c->is_parsed && (c->key_type == KEY_RSA || c->key_type == KEY_RSA_PSS);
        bool is_root = i > 0 && c->self_signed != SELF_SIGNED_NO;
        if (!is_rsa || is_root)
            continue;
        has_rsa = true;
        bool is_usual = c->key_bits >= threshold_row(THRESHOLD_RSA_SHORT_BITS)->preset;
        if (c->key_bits >= rule_threshold(f, THRESHOLD_RSA_SHORT_BITS) || c->key_bits == 0 ||
                (!is_usual && i > 0 && rule_knows_path(f)))
            continue;
        if (is_usual)
            a->severity = SEV_MEDIUM; /* the policy asks for more than everybody does */
        rule_summary(a, "%s has an RSA key of %u bits", rule_who(c), c->key_bits);
        return rule_certificate_hit(f, a, i, c->subject_der, "subject of the certificate");
    }
    return has_rsa ? RULE_PASS : RULE_NA;
}

const struct rule rule_cert_key_rsa_short = {
        .id = "cert-key-rsa-short",
        .codes = "F9 T1",
        .title = "A certificate has an RSA key of less than 2048 bits",
        .cite = "CA/Browser Forum BR 6.1.5; NIST SP 800-52r2 3.2",
        .what = "The modulus of the server's certificate has fewer than 2048 bits. Where a policy "
                "asks for more, keys between are medium, those of intermediates too.",
        .traps = "Below 2048 bits an intermediate is chain-weak-intermediate, unless no trust "
                 "store can tell the path. Roots are trusted by being there, not by their size: "
                 "they are left out. Bits of "
                 "the integer are counted, not bytes of its encoding.",
        .remedy = "Have it issued again with RSA of 3072 bits or P-256.",
        .severity = SEV_HIGH,
        .on = RULE_SERVED,
        .check = check,
};
