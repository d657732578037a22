#include "rules/judged.h"

static enum verdict hit(
        const struct rule_facts *f, struct rule_answer *a, const struct chain_bad_link *bad)
{
    char who[WHO_TEXT], issuer[WHO_TEXT];
    const struct certificate *child = f->chain[bad->child_at];
    bool is_sent = bad->issuer_at >= 0 && (size_t)bad->issuer_at < f->n_chain;
    rule_name(child, who);
    rule_clip(child->issuer != NULL ? child->issuer : "(unnamed)", issuer);
    rule_summary(a,
            "the signature of %s does not verify under the key of %s, whose name and key "
            "identifier fit",
            who, issuer);
    (void)rule_certificate_hit(f, a, (size_t)bad->child_at, child->issuer_der,
            "issuer of the certificate with the signature");
    const struct cert_message *m = f->handshake->server_certs;
    if (is_sent && m != NULL && (size_t)bad->issuer_at < m->n_certs)
        rule_bytes(a, SIDE_SERVER, &m->certs[bad->issuer_at].at,
                f->chain[bad->issuer_at]->subject_der, "subject of the issuer");
    return RULE_HIT;
}

/* Whether some store found a path that could be verified to its end. */
static bool has_path(const struct chain_facts *c, const struct chain_verdict **unsure)
{
    bool is_any = false;
    for (size_t i = 0; i < c->n_stores; i++) {
        const struct chain_verdict *v = &c->stores[i].as_repaired;
        is_any |= v->path_status == CHAIN_TRUSTED || v->path_status == CHAIN_UNTRUSTED_ROOT ||
                  v->path_status == CHAIN_CONSTRAINT_VIOLATION ||
                  v->path_status == CHAIN_SELF_SIGNED;
        if (v->path_status == CHAIN_UNVERIFIED || v->path_status == CHAIN_MALFORMED)
            *unsure = v;
    }
    return is_any;
}

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    const struct chain_facts *c = rule_server_chain(f, a, &v);
    if (c == NULL)
        return v;
    const struct chain_bad_link *bad = &c->bad_link;
    const struct chain_verdict *unsure = NULL;
    bool is_listed = bad->is_seen && bad->child_at >= 0 && (size_t)bad->child_at < f->n_chain;
    if (is_listed && bad->is_by_key_id)
        return rule_one_copy(f, a, &v) ? hit(f, a, bad) : v;
    if (c->n_sent < 2 && !bad->is_seen)
        return RULE_NA; /* nothing to compare */
    if (has_path(c, &unsure))
        return RULE_PASS;
    if (bad->is_seen)
        return rule_undetermined(a, "another key of the same name may have signed it");
    return unsure != NULL ? rule_undetermined(a, rule_doubt(unsure)) : RULE_PASS;
}

const struct rule rule_chain_signature_invalid = {
        .id = "chain-signature-invalid",
        .codes = "F3 F9 T4",
        .title = "The signature of a certificate does not verify",
        .cite = "RFC 5280 6.1.3",
        .what = "A certificate that was sent names an issuer by name and key identifier, the "
                "certificate of that issuer is there, and the signature does not verify under its "
                "key.",
        .traps = "Where only the names fit, another key of the same name may have signed: nothing "
                 "is said. Algorithms that could not be verified, and bytes of which overlapping "
                 "packets bring two versions, are undetermined.",
        .remedy = "Look for tampering on the way; else the bundle or the CA is broken.",
        .severity = SEV_CRITICAL,
        .on = RULE_SERVED,
        .check = check,
};
