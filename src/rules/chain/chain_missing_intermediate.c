#include "rules/judged.h"

#define KIN_CONFIDENCE 0.7 /* it may be another root of that organisation */

/* A list whose own path ends short of an anchor, or at a root that the store does not know. */
static bool is_short(const struct chain_store_facts *s)
{
    enum chain_status sent = s->as_sent.path_status;
    return s->as_repaired.path_status == CHAIN_TRUSTED &&
           (sent == CHAIN_MISSING_INTERMEDIATE || sent == CHAIN_UNTRUSTED_ROOT);
}

static enum verdict hit(
        const struct rule_facts *f, struct rule_answer *a, const struct chain_missing *m)
{
    char who[WHO_TEXT], issuer[WHO_TEXT], url[WHO_TEXT];
    size_t child = m->is_wanted && m->child_at > 0 && (size_t)m->child_at < f->n_chain
                           ? (size_t)m->child_at
                           : 0;
    const struct certificate *c = f->chain[child];
    rule_name(c, who);
    if (m->is_wanted) {
        rule_clip(m->issuer != NULL ? m->issuer : "(unnamed)", issuer);
        rule_clip(m->url != NULL ? m->url : "", url);
        rule_summary(a, "%s was not sent, the issuer of %s%s%s", issuer, who,
                m->url != NULL ? "; it is published at " : "", url);
    } else {
        rule_summary(a,
                "what was sent leads from %s to no trusted root; with certificates that were seen "
                "elsewhere it does",
                who);
    }
    return rule_certificate_hit(f, a, child, c->issuer_der, "issuer, which was not sent");
}

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    const struct chain_facts *c = rule_trust(f, a, &v);
    const struct chain_verdict *unsure = NULL;
    bool has_short = false;
    if (c == NULL)
        return v;
    if (f->handshake->version == TLS_SSLV2)
        return RULE_NA; /* SSL 2.0 has room for one certificate */
    for (size_t i = 0; i < c->n_stores; i++) {
        const struct chain_verdict *sent = &c->stores[i].as_sent;
        if (sent->path_status == CHAIN_TRUSTED)
            return RULE_PASS;
        if (sent->path_status == CHAIN_UNVERIFIED || sent->path_status == CHAIN_MALFORMED)
            unsure = sent;
        has_short |= is_short(&c->stores[i]);
    }
    if (unsure != NULL)
        return rule_undetermined(a, rule_doubt(unsure));
    if (!has_short && !rule_lacks_kin(c))
        return RULE_NA; /* no path to a known root: other rules say why */
    if (f->handshake->server_certs != NULL && f->handshake->server_certs->n_dropped > 0)
        return rule_undetermined(a, "more certificates were sent than are kept");
    if (!has_short)
        a->confidence = KIN_CONFIDENCE;
    return hit(f, a, &c->missing);
}

const struct rule rule_chain_missing_intermediate = {
        .id = "chain-missing-intermediate",
        .codes = "F2 M1 P2",
        .title = "The server does not send an intermediate certificate",
        .cite = "RFC 5246 7.4.2; RFC 8446 4.4.2",
        .what = "From the certificates that were sent no path leads to a root of any trust store; "
                "with certificates that were seen elsewhere, or that were given, one does. The "
                "absent certificate and where it is published (caIssuers) are named. Also, with "
                "0.7 as "
                "confidence: the issuer was seen nowhere, and its organisation (O) is that of a "
                "trusted root.",
        .traps = "Clients that fetch or cache intermediates hide it, others fail. Resumed "
                 "handshakes carry no list. A list that one store trusts as it is passes. When an "
                 "issuer of another organisation was seen nowhere, chain-untrusted-root speaks.",
        .remedy = "Install the full chain file on the server.",
        .severity = SEV_HIGH,
        .on = RULE_SERVED,
        .check = check,
};
