#include "base/text.h"
#include "history/leaf_keys.h"
#include "rules/support.h"

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    struct leaf_key_past past;
    char since[16];
    const struct certificate *leaf = rule_leaf(f, a, &v);
    if (leaf == NULL)
        return v;
    if (f->history == NULL || leaf->is_self_issued)
        return RULE_NA;
    if (!history_leaf_key(f->history, leaf, &past))
        return RULE_PASS;
    if (!past.is_compromised &&
            f->at_us - past.since_us <= rule_threshold_us(f, THRESHOLD_KEY_REUSED_DAYS))
        return RULE_PASS;
    rule_day(past.since_us, since);
    if (past.is_compromised)
        a->severity = SEV_HIGH;
    rule_summary(a, "the key of %.200s was certified before, on %s (%lld days ago)%s",
            rule_who(leaf), since, (long long)((f->at_us - past.since_us) / DAY_US),
            past.is_compromised ? ", and a certificate with it was revoked: keyCompromise" : "");
    const struct bytes key = {leaf->spki_sha256, sizeof leaf->spki_sha256};
    (void)rule_certificate_hit(f, a, 0, key, "SHA-256 of the subjectPublicKeyInfo");
    struct text hex = {0};
    text_add_hex(&hex, key);
    rule_subject(a, "%s", text_str(&hex));
    text_fini(&hex);
    return RULE_HIT;
}

const struct rule rule_cert_key_reused_long = {
        .id = "cert-key-reused-long",
        .codes = "U6 P22",
        .title = "Renewals keep the same key",
        .cite = "NIST SP 800-57 part 1 5.3.6",
        .what = "Another certificate with the public key of this leaf was seen, whose notBefore is "
                "more than 398 days ago. High when a certificate with this key was revoked for "
                "keyCompromise, in a verified CRL or OCSP answer. (policy: key-reused-days)",
        .traps = "Only certificates that were on the wire count, in this run or an earlier one. "
                 "Self-signed certificates state any notBefore and are left out, and so is a "
                 "single long-lived certificate, whose key is as old as it. Pinning may be the "
                 "reason.",
        .remedy = "Make a new key at each renewal.",
        .severity = SEV_LOW,
        .on = RULE_HANDSHAKE,
        .check = check,
};
