/* Signatures that give the private key away. */
#include "base/text.h"
#include "rules/judged.h"

/* One side's signature, as far as it was looked at. */
struct view {
    const struct proof_answer *answer;
    enum verdict verdict;
    const char *why;
    enum side side;
};

static void look(const struct rule_facts *f, struct rule_answer *a, struct view out[2])
{
    a->why = NULL;
    out[0].side = SIDE_SERVER;
    out[0].answer = rule_server_proof(f, a, &out[0].verdict);
    out[0].why = a->why;
    a->why = NULL;
    out[1].side = SIDE_CLIENT;
    out[1].answer = rule_client_proof(f, a, &out[1].verdict);
    out[1].why = a->why;
    a->why = NULL;
}

static enum verdict hit(const struct rule_facts *f, struct rule_answer *a, const struct view *w)
{
    const struct handshake *h = f->handshake;
    struct text hex = {0};
    text_add_hex(&hex,
            (struct bytes){w->answer->proof.spki_sha256, sizeof w->answer->proof.spki_sha256});
    rule_subject(a, "%s", text_str(&hex));
    text_fini(&hex);
    if (w->side == SIDE_SERVER) {
        if (f->n_chain > 0)
            a->certificate = f->chain[0];
        rule_bytes(a, SIDE_SERVER, &h->server_key_exchange->at, h->server_key_exchange->signature,
                "signature of the ServerKeyExchange, its first bytes");
    } else {
        rule_bytes(a, SIDE_CLIENT, &h->client_cert_verify->at, h->client_cert_verify->signature,
                "signature of the CertificateVerify, its first bytes");
    }
    return RULE_HIT;
}

static const char *whose(const struct view *w)
{
    return w->side == SIDE_SERVER ? "server" : "client";
}

/* What is left to say when nobody's signature hit: the worst that one of them leaves open. */
static enum verdict rest(
        struct rule_answer *a, const struct view w[2], bool (*applies)(const struct proof *))
{
    bool has_any = false;
    const char *doubt = NULL;
    for (int i = 0; i < 2; i++) {
        const struct proof_answer *p = w[i].answer;
        if (p == NULL && w[i].verdict == RULE_UNDETERMINED)
            doubt = w[i].why;
        if (p == NULL)
            continue;
        if (p->proof.result == PROOF_UNVERIFIED)
            doubt = p->proof.why != NULL ? p->proof.why : "the signature could not be verified";
        has_any |= applies(&p->proof);
    }
    if (doubt != NULL)
        return rule_undetermined(a, doubt);
    return has_any ? RULE_PASS : RULE_NA;
}

static bool has_nonce(const struct proof *p)
{
    return p->has_nonce;
}

static enum verdict check_nonce(const struct rule_facts *f, struct rule_answer *a)
{
    struct view w[2];
    look(f, a, w);
    for (int i = 0; i < 2; i++) {
        const struct proof_answer *p = w[i].answer;
        if (p == NULL || !p->is_nonce_reused || !p->proof.has_nonce)
            continue;
        rule_summary(a,
                "the %s used the nonce of its signature in handshake %lld too, over other bytes: "
                "its private key can be computed",
                whose(&w[i]), (long long)p->other_handshake);
        return hit(f, a, &w[i]);
    }
    return rest(a, w, has_nonce);
}

static bool is_rsa_scheme(const struct rule_facts *f, enum side side)
{
    enum { RSA_PKCS1 = 1 };
    const struct server_key_exchange *s = f->handshake->server_key_exchange;
    const struct cert_verify *c = f->handshake->client_cert_verify;
    if (side == SIDE_SERVER ? s->has_scheme : c->has_scheme)
        return ((side == SIDE_SERVER ? s->scheme : c->scheme) & 0xff) == RSA_PKCS1;
    if (side == SIDE_CLIENT)
        return true; /* the key decides, and the proof knows it */
    return f->n_chain > 0 && f->chain[0]->key_type == KEY_RSA;
}

static bool is_any(const struct proof *p)
{
    (void)p;
    return true;
}

static enum verdict check_fault(const struct rule_facts *f, struct rule_answer *a)
{
    struct view w[2];
    look(f, a, w);
    for (int i = 0; i < 2; i++) {
        const struct proof_answer *p = w[i].answer;
        if (p != NULL && p->proof.result == PROOF_INVALID && p->proof.leaks_key) {
            rule_summary(a,
                    "the %s made a faulty RSA signature, which gives a factor of its modulus: the "
                    "private key can be computed",
                    whose(&w[i]));
            return hit(f, a, &w[i]);
        }
        if (p != NULL && !is_rsa_scheme(f, w[i].side)) {
            w[i].answer = NULL; /* PSS and other schemes do not leak this way */
            w[i].verdict = RULE_NA;
        }
    }
    return rest(a, w, is_any);
}

const struct rule rule_entropy_ecdsa_nonce_reuse = {
        .id = "entropy-ecdsa-nonce-reuse",
        .title = "A signature repeats the nonce of another",
        .cite = "RFC 6979 1; FIPS 186-5 6.3",
        .what = "Two verified ECDSA or DSA signatures under one key have the same r over different "
                "digests (ServerKeyExchange, the client's CertificateVerify).",
        .traps = "The same signature sent again is none. Only signatures that verify count, and "
                 "only those that were checked (--verify).",
        .remedy = "Revoke the certificate, make a new key, and repair the random number generator.",
        .severity = SEV_CRITICAL,
        .on = RULE_HANDSHAKE,
        .check = check_nonce,
};

const struct rule rule_entropy_rsa_fault = {
        .id = "entropy-rsa-fault",
        .title = "A faulty RSA signature gives the private key away",
        .cite = "Lenstra 1996; RFC 8017 8.2",
        .what = "An RSA signature with PKCS #1 v1.5 padding does not verify, and the greatest "
                "common divisor of its error and the modulus is a factor.",
        .traps = "A damaged capture gives no factor. kex-signature-invalid or "
                 "mtls-signature-invalid is raised as well. PSS signatures do not leak this way.",
        .remedy = "Take the host out of service; replace the key and the hardware.",
        .severity = SEV_CRITICAL,
        .on = RULE_HANDSHAKE,
        .check = check_fault,
};
