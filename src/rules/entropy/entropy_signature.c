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
static enum verdict rest(struct rule_answer *a, const struct view w[2])
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
        has_any = true;
    }
    if (doubt != NULL)
        return rule_undetermined(a, doubt);
    return has_any ? RULE_PASS : RULE_NA;
}

static const char *const SIGNATURES[NONCE_SOURCES] = {
        "ServerKeyExchange", "CertificateVerify", "certificate", "OCSP response"};

static void show_place(struct rule_answer *a, const struct nonce_place *p, const char *which)
{
    char note[sizeof a->evidence[0].note];
    rule_fit(note, sizeof note, "%s signature with the nonce (%s), its first bytes", which,
            SIGNATURES[p->source]);
    size_t at = a->n_evidence;
    rule_bytes(a, p->side, &p->at, (struct bytes){p->bytes, p->n_bytes}, note);
    if (a->n_evidence == at)
        return;
    a->evidence[at].handshake_id = p->handshake_id;
    a->evidence[at].input_id = p->input_id;
}

static enum verdict nonce_hit(
        const struct rule_facts *f, struct rule_answer *a, const struct nonce_answer *n)
{
    struct text hex = {0};
    text_add_hex(&hex, (struct bytes){n->spki_sha256, sizeof n->spki_sha256});
    rule_subject(a, "%s", text_str(&hex));
    text_fini(&hex);
    rule_summary(a,
            "the signature of the %s has the nonce of another (%s, handshake %lld) under the same "
            "key over other bytes: the private key can be computed%s",
            SIGNATURES[n->here.source], SIGNATURES[n->other.source],
            (long long)n->other.handshake_id,
            n->other.is_verified ? "" : "; the other was not verified");
    if (!n->other.is_verified)
        a->confidence = 0.9;
    if (n->here.side == SIDE_SERVER && f->n_chain > 0)
        a->certificate = f->chain[0];
    show_place(a, &n->here, "this");
    show_place(a, &n->other, "the other");
    return RULE_HIT;
}

/* Whether a side signed with a nonce (RFC 5246 7.4.1.4.1; before TLS 1.2 the key tells). */
static bool has_nonce(const struct rule_facts *f, enum side side)
{
    enum { DSA = 2, ECDSA = 3, FIRST_NEW = 7 };
    const struct server_key_exchange *s = f->handshake->server_key_exchange;
    const struct cert_verify *c = f->handshake->client_cert_verify;
    bool is_server = side == SIDE_SERVER;
    const struct certificate *leaf = is_server               ? (f->n_chain > 0 ? f->chain[0] : NULL)
                                     : f->n_client_chain > 0 ? f->client_chain[0]
                                                             : NULL;
    if (is_server ? s == NULL || s->signature.n == 0 : c == NULL)
        return false;
    if (is_server ? s->has_scheme : c->has_scheme) {
        uint16_t scheme = is_server ? s->scheme : c->scheme;
        return scheme >> 8 < FIRST_NEW && ((scheme & 0xff) == DSA || (scheme & 0xff) == ECDSA);
    }
    return leaf != NULL && (leaf->key_type == KEY_EC || leaf->key_type == KEY_DSA);
}

static enum verdict check_nonce(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    const struct judgement *j = rule_judgement(f, a, &v);
    bool is_any = false;
    if (j == NULL)
        return v;
    for (int i = 0; i < NONCE_SOURCES; i++) {
        if (j->nonces[i].is_reused)
            return nonce_hit(f, a, &j->nonces[i]);
        is_any |= j->nonces[i].is_remembered;
    }
    if ((has_nonce(f, SIDE_SERVER) && !j->nonces[NONCE_SERVER_KEY_EXCHANGE].is_remembered) ||
            (has_nonce(f, SIDE_CLIENT) && !j->nonces[NONCE_CLIENT_VERIFY].is_remembered))
        return rule_undetermined(a, "a signature could not be compared with those before");
    return is_any ? RULE_PASS : RULE_NA;
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
    return rest(a, w);
}

const struct rule rule_entropy_ecdsa_nonce_reuse = {
        .id = "entropy-ecdsa-nonce-reuse",
        .codes = "T3 P23 U6",
        .title = "A signature repeats the nonce of another",
        .cite = "RFC 6979 1; FIPS 186-5 6.3",
        .what = "Two ECDSA or DSA signatures under one key have the same r over different bytes: "
                "of ServerKeyExchange, the client's CertificateVerify, certificates of the "
                "server's chain and stapled OCSP answers, also of earlier runs.",
        .traps = "The same signature sent again is none, nor is one over the same bytes. The later "
                 "one has to verify, whatever --verify says; if the earlier one was not verified, "
                 "confidence is 0.9. Certificates whose issuer the chain lacks are not compared.",
        .unseen = "In TLS 1.3 the signature is encrypted; nonces that are only biased, not "
                  "repeated, are not looked for.",
        .remedy = "Revoke the certificate, make a new key, and repair the random number generator.",
        .severity = SEV_CRITICAL,
        .on = RULE_HANDSHAKE,
        .check = check_nonce,
};

const struct rule rule_entropy_rsa_fault = {
        .id = "entropy-rsa-fault",
        .codes = "F3 T3 U6",
        .title = "A faulty RSA signature gives the private key away",
        .cite = "Lenstra 1996; RFC 8017 8.2",
        .what = "An RSA signature with PKCS #1 v1.5 padding does not verify, and the greatest "
                "common divisor of its error and the modulus is a factor.",
        .traps = "A damaged capture gives no factor. kex-signature-invalid or "
                 "mtls-signature-invalid is raised as well. PSS signatures do not leak this way.",
        .unseen = "In TLS 1.3 the signature is encrypted.",
        .remedy = "Take the host out of service; replace the key and the hardware.",
        .severity = SEV_CRITICAL,
        .on = RULE_HANDSHAKE,
        .check = check_fault,
};
