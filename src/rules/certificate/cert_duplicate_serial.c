#include "base/text.h"
#include "rules/judged.h"

static enum verdict hit(const struct rule_facts *f, struct rule_answer *a, size_t i)
{
    char who[WHO_TEXT], other[WHO_TEXT], serial[WHO_TEXT];
    const struct certificate *c = f->chain[i];
    const struct cert_ref *o = &rule_key(f, i)->duplicate_serial;
    struct text hex = {0}, sum = {0};
    text_add_hex(&hex, c->serial);
    text_add_hex(&sum, (struct bytes){o->sha256, 8});
    rule_name(c, who);
    rule_clip(o->subject != NULL ? o->subject : "another certificate", other);
    rule_clip(text_str(&hex), serial);
    rule_summary(a, "the issuer of %s gave its serial number %.40s to %s (%s...) as well", who,
            serial, other, text_str(&sum));
    text_fini(&hex);
    text_fini(&sum);
    return rule_certificate_hit(f, a, i, c->serial, "serial number of the certificate");
}

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    const char *doubt = NULL;
    bool has_any = false;
    if (rule_leaf(f, a, &v) == NULL)
        return v;
    for (size_t i = 0; i < f->n_chain; i++) {
        if (!f->chain[i]->is_parsed || f->chain[i]->is_self_issued)
            continue; /* each of those has a key of its own */
        has_any = true;
        const struct key_facts *k = rule_key(f, i);
        if (k == NULL)
            doubt = "a serial number was not looked up";
        if (k == NULL || !k->duplicate_serial.is_seen)
            continue;
        if (k->is_duplicate_of_issuer == KNOWN_YES)
            return hit(f, a, i);
        if (k->is_duplicate_of_issuer == KNOWN_UNKNOWN)
            doubt = "another key of the same name may have issued the other certificate";
    }
    if (doubt != NULL)
        return rule_undetermined(a, doubt);
    return has_any ? RULE_PASS : RULE_NA;
}

const struct rule rule_cert_duplicate_serial = {
        .id = "cert-duplicate-serial",
        .codes = "F9",
        .title = "Two certificates of one issuer have the same serial number",
        .cite = "RFC 5280 4.1.2.2",
        .what = "Another certificate that was seen has the same issuer, by name and key, and the "
                "same serial number, but other bytes.",
        .traps = "CAs of equal names but other keys are different issuers; so are self-signed "
                 "certificates. Where the key cannot be compared it is undetermined. "
                 "Precertificates are never on the wire.",
        .remedy = "Ask the CA to revoke and reissue.",
        .severity = SEV_HIGH,
        .on = RULE_SERVED,
        .check = check,
};
