#include "rules/judged.h"

/* HashAlgorithm of RFC 5246 7.4.1.4.1. */
enum { HASH_MD5 = 1, HASH_SHA1 = 2 };

static bool is_weak(uint16_t scheme)
{
    return scheme >> 8 == HASH_MD5 || scheme >> 8 == HASH_SHA1;
}

static enum verdict hit(struct rule_answer *a, enum side side, const struct span *at,
        uint16_t scheme, const char *message)
{
    uint8_t shown[2] = {(uint8_t)(scheme >> 8), (uint8_t)scheme};
    const char *hash = scheme >> 8 == HASH_MD5 ? "MD5" : "SHA-1";
    const char *who = side == SIDE_SERVER ? "server" : "client";
    rule_subject(a, "%s 0x%04x", who, scheme);
    rule_summary(a, "the %s signed its %s with %s (scheme 0x%04x)", who, message, hash, scheme);
    rule_bytes(a, side, at, (struct bytes){shown, sizeof shown}, "SignatureAndHashAlgorithm");
    return RULE_HIT;
}

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    const struct handshake *h = f->handshake;
    const struct server_key_exchange *s = h->server_key_exchange;
    const struct cert_verify *c = h->client_cert_verify;
    if (h->version != TLS_1_2)
        return RULE_NA; /* earlier versions fix MD5 and SHA-1, later ones forbid them */
    if (s != NULL && s->has_scheme && is_weak(s->scheme))
        return hit(a, SIDE_SERVER, &s->at, s->scheme, "ServerKeyExchange");
    if (c != NULL && c->has_scheme && is_weak(c->scheme))
        return hit(a, SIDE_CLIENT, &c->at, c->scheme, "CertificateVerify");
    if (s != NULL && s->is_malformed)
        return rule_undetermined(a, "the ServerKeyExchange does not parse");
    const struct iana_suite *lost = rule_lost_exchange(f);
    if (lost != NULL && lost->is_signed)
        return rule_undetermined(a, "the ServerKeyExchange is missing in the capture");
    bool has_any = (s != NULL && s->has_scheme) || (c != NULL && c->has_scheme);
    return has_any ? RULE_PASS : RULE_NA;
}

const struct rule rule_kex_signature_weak_hash = {
        .id = "kex-signature-weak-hash",
        .codes = "F5 T3",
        .title = "A signature of the handshake uses SHA-1 or MD5",
        .cite = "RFC 9155 2, 3",
        .what = "SignatureAndHashAlgorithm of the ServerKeyExchange, or of the client's "
                "CertificateVerify, names SHA-1 or MD5 in TLS 1.2.",
        .traps = "TLS 1.0 and 1.1 have no choice: proto-tls10 and proto-tls11 speak there.",
        .unseen = "In TLS 1.3 the signature (CertificateVerify) is encrypted.",
        .remedy = "Enable signatures with SHA-256 or better on both sides.",
        .severity = SEV_HIGH,
        .on = RULE_HANDSHAKE,
        .check = check,
};
