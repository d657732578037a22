/* What the server asked for in its CertificateRequest, against what the client sent. */
#include "rules/support.h"

/* RFC 5246 7.4.1.4.1, RFC 8446 4.2.3, RFC 8422 5.1.3: a scheme that this key can sign with in TLS
 * 1.2, where a curve is not bound to a hash. */
static bool fits(enum key_type key, uint16_t scheme)
{
    unsigned hash = scheme >> 8;
    unsigned signature = scheme & 0xff;
    bool is_old = hash >= 1 && hash <= 6; /* md5 .. sha512 */
    switch (key) {
    case KEY_RSA:
        return (is_old && signature == 1) || (scheme >= 0x0804 && scheme <= 0x0806);
    case KEY_RSA_PSS:
        return scheme >= 0x0809 && scheme <= 0x080b;
    case KEY_DSA:
        return is_old && signature == 2;
    case KEY_EC:
        return (is_old && signature == 3) || (scheme >= 0x081a && scheme <= 0x081c);
    case KEY_ED25519:
        return scheme == 0x0807;
    case KEY_ED448:
        return scheme == 0x0808;
    default:
        return true; /* not known well enough */
    }
}

static enum verdict check_schemes(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    const struct cert_request *r = f->handshake->cert_request;
    const struct certificate *leaf = rule_client_leaf(f, a, &v);
    if (leaf == NULL)
        return v;
    if (r == NULL || f->handshake->version != TLS_1_2 || u16_count(r->schemes) == 0)
        return RULE_NA;
    for (size_t i = 0; i < u16_count(r->schemes); i++)
        if (fits(leaf->key_type, u16_at(r->schemes, i)))
            return RULE_PASS;
    rule_summary(a, "the server accepts no signature that the %s key of %s can make",
            key_type_name(leaf->key_type), rule_who(leaf));
    (void)rule_client_certificate_hit(
            f, a, leaf->subject_der, "subject of the client's certificate");
    rule_bytes(a, SIDE_SERVER, &r->at, r->schemes,
            "supported_signature_algorithms of the CertificateRequest");
    return RULE_HIT;
}

static enum verdict check_hint(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    const struct handshake *h = f->handshake;
    const struct certificate *leaf = rule_client_leaf(f, a, &v);
    if (leaf == NULL)
        return v;
    if (f->ca_hint == CA_HINT_NONE || h->cert_request == NULL)
        return RULE_NA;
    if (f->ca_hint == CA_HINT_NOT_COMPARABLE)
        return rule_undetermined(a, "the names of the CAs do not parse");
    if (f->ca_hint == CA_HINT_MATCH)
        return RULE_PASS;
    if (outcome_is_success(h->outcome)) {
        a->severity = SEV_LOW; /* the server trusts more than it says */
    } else if (!outcome_is_failure(h->outcome)) {
        a->severity = SEV_MEDIUM;
    }
    rule_summary(a, "none of the CAs that the server names (%zu) issued %s (issuer %.150s)",
            h->cert_request->n_authorities, rule_who(leaf), leaf->issuer);
    (void)rule_client_certificate_hit(f, a, leaf->issuer_der, "issuer of the client's certificate");
    rule_bytes(a, SIDE_SERVER, &h->cert_request->at, h->cert_request->authorities,
            "certificate_authorities of the CertificateRequest");
    return RULE_HIT;
}

const struct rule rule_mtls_ca_hint_mismatch = {
        .id = "mtls-ca-hint-mismatch",
        .codes = "M4 P1 U2 U9",
        .title = "The client's certificate is from no CA that the server names",
        .cite = "RFC 5246 7.4.4; RFC 8446 4.2.4",
        .what = "certificate_authorities of the CertificateRequest is not empty, and no "
                "certificate "
                "that the client sent has an issuer or subject in it.",
        .traps = "An empty list means any CA. Names are compared without case, spaces and string "
                 "types. A server that accepts the certificate all the same makes it low. "
                 "Intermediates that the client left away can hide the way to a named root.",
        .remedy = "Update the CA bundle of the server, or send the client's whole chain.",
        .severity = SEV_HIGH,
        .on = RULE_HANDSHAKE,
        .about = ABOUT_CLIENT,
        .check = check_hint,
};

const struct rule rule_mtls_sigalg_mismatch = {
        .id = "mtls-sigalg-mismatch",
        .codes = "F5 M4",
        .title = "The server accepts no signature that the client's key can make",
        .cite = "RFC 5246 7.4.4, 7.4.8; RFC 8446 4.2.3",
        .what = "No entry of supported_signature_algorithms in the CertificateRequest (TLS 1.2) "
                "belongs to the type of the key in the client's certificate.",
        .traps = "Only the key is compared, not the signatures of its chain, which servers rarely "
                 "hold to this list. Types of keys that are not known well are not judged.",
        .remedy = "Allow the algorithm on the server, or give the client another key.",
        .severity = SEV_MEDIUM,
        .on = RULE_HANDSHAKE,
        .about = ABOUT_CLIENT,
        .check = check_schemes,
};
