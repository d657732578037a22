#include <string.h>

#include "rules/judged.h"

/* Weak everywhere, on whatever the server sent but a root. */
static const struct certificate *small_curve(const struct rule_facts *f, size_t *at)
{
    for (*at = 0; *at < f->n_chain; ++*at) {
        const struct certificate *c = f->chain[*at];
        bool is_root = *at > 0 && c->self_signed != SELF_SIGNED_NO;
        bool is_usual = c->key_bits >= threshold_row(THRESHOLD_EC_SHORT_BITS)->preset;
        if (!is_usual && *at > 0 && rule_knows_path(f))
            continue; /* chain-weak-intermediate */
        if (c->is_parsed && !is_root && c->key_type == KEY_EC && c->key_bits > 0 &&
                c->key_bits < rule_threshold(f, THRESHOLD_EC_SHORT_BITS))
            return c;
    }
    return NULL;
}

static bool is_nist(const char *curve)
{
    return strcmp(curve, "P-256") == 0 || strcmp(curve, "P-384") == 0 ||
           strcmp(curve, "P-521") == 0;
}

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    size_t at = 0;
    const struct certificate *leaf = rule_leaf(f, a, &v);
    if (leaf == NULL)
        return v;
    const struct certificate *c = small_curve(f, &at);
    if (c != NULL) {
        if (c->key_bits < threshold_row(THRESHOLD_EC_SHORT_BITS)->preset)
            a->severity = SEV_HIGH; /* else the policy asks for more than everybody does */
        rule_summary(
                a, "%s has a key on %s, a curve of %u bits", rule_who(c), c->curve, c->key_bits);
        return rule_certificate_hit(f, a, at, c->subject_der, "subject of the certificate");
    }
    if (leaf->key_type != KEY_EC || leaf->has_explicit_curve)
        return RULE_NA; /* explicit parameters: cert-explicit-ec-params */
    bool is_brainpool = leaf->curve != NULL && strncmp(leaf->curve, "brainpool", 9) == 0;
    if (is_brainpool && rule_threshold(f, THRESHOLD_BRAINPOOL_ALLOWED) > 0)
        return RULE_PASS;
    if (leaf->curve == NULL || is_nist(leaf->curve))
        return RULE_PASS;
    if (!rule_public(f, a, &v))
        return v;
    rule_summary(a, "%s has a key on %s; public CAs may certify P-256, P-384 and P-521",
            rule_who(leaf), leaf->curve);
    return rule_certificate_hit(f, a, 0, leaf->subject_der, "subject of the certificate");
}

const struct rule rule_cert_key_ec_weak_curve = {
        .id = "cert-key-ec-weak-curve",
        .codes = "T1",
        .title = "A certificate has a key on a weak or unusual curve",
        .cite = "CA/Browser Forum BR 6.1.5; RFC 8422 5.1.1",
        .what = "The key of the server's certificate is on a curve of less than 224 bits (high), "
                "or, of a public one, on another curve than P-256, P-384 and P-521. Where a policy "
                "asks for more bits, curves between are medium, those of intermediates too.",
        .traps = "Larger curves (brainpool, secp256k1, SM2) are fine in private PKI; without a "
                 "trust "
                 "store they are undetermined. Below 224 bits an intermediate is "
                 "chain-weak-intermediate, unless no trust store can tell the path. Ed25519, Ed448 "
                 "and ML-DSA are not judged here. Roots "
                 "are left out.",
        .remedy = "Have it issued again with P-256.",
        .severity = SEV_MEDIUM,
        .on = RULE_SERVED,
        .check = check,
};
