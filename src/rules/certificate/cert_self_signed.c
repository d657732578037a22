#include <string.h>

#include "rules/support.h"

/* RFC 8737: validation certificates are self-signed on purpose. */
static bool is_acme(const struct handshake *h)
{
    static const char NAME[] = "acme-tls/1";
    const struct server_hello *sh = h->server_hello;
    return sh != NULL && sh->has_alpn && sh->alpn.n == sizeof NAME - 1 &&
           memcmp(sh->alpn.p, NAME, sizeof NAME - 1) == 0;
}

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    const struct certificate *leaf = rule_leaf(f, a, &v);
    if (leaf == NULL)
        return v;
    if (is_acme(f->handshake))
        return RULE_NA;
    if (leaf->self_signed == SELF_SIGNED_UNVERIFIED)
        return rule_undetermined(a, "its signature could not be verified");
    if (leaf->self_signed == SELF_SIGNED_NO)
        return RULE_PASS;
    bool had_ca = f->history != NULL && history_had_ca_leaf(f->history, f->vantage, f->service);
    if (had_ca)
        a->severity = SEV_HIGH;
    rule_summary(a, "%s is signed by its own key%s", rule_who(leaf),
            had_ca ? "; this service showed a CA-issued certificate before" : "");
    return rule_certificate_hit(f, a, 0, leaf->subject_der, "subject, equal to the issuer");
}

const struct rule rule_cert_self_signed = {
        .id = "cert-self-signed",
        .codes = "F2 T1 T4",
        .title = "The server's certificate is self-signed",
        .cite = "RFC 5280 3.2, 6.1",
        .what = "Subject and issuer of the server's certificate are equal and its own key verifies "
                "its signature. High when the service showed a CA-issued certificate before.",
        .traps = "Equal names are not enough: the signature is verified. TLS-ALPN-01 validation "
                 "(ALPN acme-tls/1) is left out. Appliances and remote desktops are often "
                 "self-signed on purpose.",
        .remedy = "Use a certificate of the CA that the clients trust.",
        .severity = SEV_MEDIUM,
        .on = RULE_SERVED,
        .check = check,
};
