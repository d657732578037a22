#include "rules/judged.h"

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    char who[WHO_TEXT];
    const struct handshake *h = f->handshake;
    const struct proof_answer *p = rule_server_proof(f, a, &v);
    if (p == NULL)
        return v;
    if (p->proof.result == PROOF_VALID)
        return RULE_PASS;
    if (p->proof.result == PROOF_UNVERIFIED || f->n_chain == 0)
        return rule_undetermined(
                a, p->proof.why != NULL ? p->proof.why : "the signature could not be verified");
    if (!rule_one_copy(f, a, &v))
        return v;
    if (!handshake_is_complete(h))
        return rule_undetermined(a, "the capture has gaps");
    rule_name(f->chain[0], who);
    if (p->proof.result == PROOF_MISMATCHED)
        rule_summary(a,
                "the ServerKeyExchange is signed for another kind of key than that of %s: key and "
                "certificate do not belong together",
                who);
    else
        rule_summary(a,
                "the signature of the ServerKeyExchange does not verify under the key of %s: the "
                "server has another key, or somebody changed bytes on the way%s",
                who, p->proof.leaks_key ? "; this signature gives the private key away" : "");
    (void)rule_certificate_hit(f, a, 0, f->chain[0]->subject_der, "subject of the certificate");
    rule_bytes(a, SIDE_SERVER, &h->server_key_exchange->at, h->server_key_exchange->signature,
            "signature of the ServerKeyExchange, its first bytes");
    return RULE_HIT;
}

const struct rule rule_kex_signature_invalid = {
        .id = "kex-signature-invalid",
        .codes = "F3 F8 T4 M1 M8 P8",
        .title = "The server does not prove that it has the key of its certificate",
        .cite = "RFC 5246 7.4.3; RFC 8422 5.4",
        .what = "The signature of the ServerKeyExchange over both randoms and the parameters does "
                "not verify under the key of the server's certificate, or is for another kind of "
                "key.",
        .traps = "One missing byte spoils a signature: gaps, and overlapping packets with other "
                 "bytes, make it undetermined. Static RSA has no such signature. With --verify "
                 "first only a part of the handshakes is checked.",
        .unseen = "In TLS 1.3 the signature (CertificateVerify) is encrypted; with static RSA the "
                  "server signs nothing, see kex-static-rsa-keypair-failure.",
        .remedy = "Deploy the key and the certificate that belong together; else look for "
                  "tampering on the way.",
        .severity = SEV_CRITICAL,
        .on = RULE_HANDSHAKE,
        .check = check,
};
