#include <string.h>

#include "history/audiences.h"
#include "history/issuers.h"
#include "rules/judged.h"

static enum verdict hit(
        const struct rule_facts *f, struct rule_answer *a, const char *before, const char *when)
{
    char now[WHO_TEXT], then[WHO_TEXT];
    const struct certificate *leaf = f->chain[0];
    rule_clip(leaf->issuer != NULL ? leaf->issuer : "", now);
    bool is_named_so = strncmp(before, now, strlen(before)) == 0;
    rule_clip(is_named_so ? "another key of that name" : before, then);
    rule_summary(a,
            "%.100s: the certificate is issued by %s, which was not seen before for it (%s "
            "%s)",
            f->service->name, now, when, then);
    (void)rule_certificate_hit(f, a, 0, leaf->issuer_der, "issuer of the server's certificate");
    rule_subject(a, "%.200s", leaf->issuer != NULL ? leaf->issuer : "");
    return RULE_HIT;
}

/* Some clients meet the newer issuer, others the older, always. */
static enum verdict check_divided(
        const struct rule_facts *f, struct rule_answer *a, const struct issuer_past *past)
{
    struct audience divided;
    const struct lesson l = rule_lesson(f);
    if (past->n_others == 0)
        return RULE_PASS;
    if (!history_audience(f->history, &l, AUDIENCE_BY_ISSUER, &divided))
        return RULE_PASS;
    if (!past->is_latest)
        return RULE_NA;
    char now[WHO_TEXT];
    const struct certificate *leaf = f->chain[0];
    a->severity = SEV_MEDIUM;
    a->confidence = 0.8;
    rule_clip(leaf->issuer != NULL ? leaf->issuer : "", now);
    rule_summary(a,
            "%.100s: %u clients meet a certificate issued by %s, newer than the issuer that %u "
            "others meet at the same address and time",
            f->service->name, divided.n_own, now, divided.n_others);
    (void)rule_certificate_hit(f, a, 0, leaf->issuer_der, "issuer of the server's certificate");
    rule_subject(a, "%.200s", leaf->issuer != NULL ? leaf->issuer : "");
    rule_connection(a, "the latest handshake of the others");
    a->evidence[a->n_evidence - 1].handshake_id = divided.other;
    return RULE_HIT;
}

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    struct issuer_past past;
    const struct certificate *leaf = rule_leaf(f, a, &v);
    if (leaf == NULL)
        return v;
    if (f->name_match != NAME_FACT_MATCH || leaf->is_self_issued || f->history == NULL)
        return RULE_NA;
    if (!history_issuers(f->history, f->vantage, f->service, leaf, &past))
        return RULE_PASS;
    if (!past.is_known && past.n_others > 0)
        return hit(f, a, past.before, "before:");
    return check_divided(f, a, &past);
}

const struct rule rule_cert_issuer_changed = {
        .id = "cert-issuer-changed",
        .codes = "F9 P1 P22 T4",
        .title = "Another CA key issues the certificates of a name",
        .cite = "RFC 5280 4.1.2.4, 4.2.1.1; RFC 8659",
        .what = "First sight of an issuing key (issuer name and authorityKeyIdentifier) for a name "
                "whose certificates another one issued before. Medium when it and the older one "
                "are met at one address within an hour, by at least two clients each, who came "
                "back and always met the same.",
        .traps = "CAs rotate their issuing keys: a single change is no more than a note. The two "
                 "certificates of a server with RSA and ECDSA keys often have different issuers: "
                 "only leaves with the same type of key are compared. Certificates that do not "
                 "name the SNI, and self-signed ones, count for nothing. One client that met both "
                 "means that the nodes differ, not the clients. CAA records are not looked at.",
        .remedy = "Confirm that the change was planned. When only some clients see it, look for "
                  "TLS inspection on their way.",
        .severity = SEV_INFO,
        .on = RULE_HANDSHAKE,
        .check = check,
};
