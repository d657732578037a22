#include "rules/judged.h"

static enum verdict hit(const struct rule_facts *f, struct rule_answer *a, size_t i)
{
    char who[WHO_TEXT], list[WHO_TEXT], name[WHO_TEXT];
    const struct blocklist_hit *b = &rule_key(f, i)->blocked;
    if (b->is_truncated)
        a->confidence = 0.7; /* a part of the hash fits: others might as well */
    rule_key_name(f, i, who);
    rule_clip(b->list != NULL ? b->list : "a list", list);
    rule_clip(b->name != NULL ? b->name : "", name);
    rule_summary(a, "the key of %s is %sin %s, line %u%s%s%s", who,
            b->is_truncated ? "likely " : "", list, b->line, name[0] != '\0' ? ": " : "", name,
            b->is_truncated ? "; the list has only 80 bits of each hash" : "");
    return rule_key_hit(f, a, i);
}

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    bool is_unsure = false;
    if (rule_leaf(f, a, &v) == NULL)
        return v;
    const struct judgement *j = rule_judgement(f, a, &v);
    if (j == NULL)
        return v;
    if (!j->has_blocklist)
        return rule_undetermined(a, "no list of keys was given (--blocklist)");
    for (size_t i = 0; i < rule_n_keys(f); i++) {
        const struct key_facts *k = rule_key(f, i);
        is_unsure |= k == NULL;
        if (k != NULL && k->is_blocked)
            return hit(f, a, i);
    }
    return is_unsure ? rule_undetermined(a, "a key was not looked up") : RULE_PASS;
}

const struct rule rule_cert_key_blocklisted = {
        .id = "cert-key-blocklisted",
        .codes = "T3 P23 U6",
        .title = "A key is on a list of compromised keys",
        .cite = "CA/Browser Forum BR 4.9.1.1, 6.1.1.3",
        .what = "The key of a certificate that was sent is in a given list (--blocklist), by the "
                "SHA-256 of its SubjectPublicKeyInfo or modulus: Debian's keys of 2008, published "
                "and built-in private keys.",
        .traps = "Lists that keep only a part of the hash can hit by chance: confidence 0.7.",
        .unseen = "In TLS 1.3 certificates are encrypted; a leak of which no list knows.",
        .remedy = "Revoke the certificate and make a new key.",
        .severity = SEV_CRITICAL,
        .on = RULE_SERVED,
        .check = check,
};
