#include "rules/judged.h"

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    char day[24], who[WHO_TEXT];
    const struct certificate *leaf = rule_leaf(f, a, &v);
    if (leaf == NULL)
        return v;
    if (leaf->not_before_us <= f->at_us + rule_threshold_us(f, THRESHOLD_NOT_YET_VALID_SECONDS))
        return RULE_PASS;
    bool is_far = leaf->not_before_us - f->at_us > 366 * DAY_US;
    if (is_far) { /* nobody issues so far ahead: more likely the clock of the capturing host */
        a->confidence = 0.4;
        a->severity = SEV_LOW;
    }
    rule_when(leaf->not_before_us, f->at_us, day);
    rule_name(leaf, who);
    rule_summary(a, "%s is not valid before %s%s", who, day,
            is_far ? ", more than a year after the packets: their times are more likely wrong"
                   : "");
    return rule_certificate_hit(
            f, a, 0, leaf->validity_der, "validity of the server's certificate");
}

const struct rule rule_cert_not_yet_valid = {
        .id = "cert-not-yet-valid",
        .codes = "F4 T1",
        .title = "The server's certificate is not valid yet",
        .cite = "RFC 5280 4.1.2.5",
        .what = "notBefore of the server's certificate lies more than 5 minutes after the time of "
                "the packet that carried it.",
        .traps = "Fresh certificates and small differences between clocks: 5 minutes are allowed. "
                 "When many unrelated servers look like this, the capturing host's clock is wrong; "
                 "more than a year ahead is low, with a low confidence, for that reason: captures "
                 "whose times were rewritten are more common than certificates issued so early.",
        .remedy = "Correct the clock of the issuer or of the server, or have it issued again.",
        .severity = SEV_HIGH,
        .on = RULE_SERVED,
        .check = check,
};
