#include "base/text.h"
#include "rules/judged.h"

static enum verdict hit(
        const struct rule_facts *f, struct rule_answer *a, const struct proof *proof)
{
    const struct handshake *h = f->handshake;
    struct text hex = {0};
    text_add_hex(&hex, (struct bytes){proof->spki_sha256, sizeof proof->spki_sha256});
    rule_subject(a, "%s", text_str(&hex));
    text_fini(&hex);
    rule_summary(a, "%s%s",
            proof->result == PROOF_MISMATCHED
                    ? "the CertificateVerify is for another kind of key than that of the client's "
                      "certificate"
                    : "the CertificateVerify of the client does not verify under the key of its "
                      "certificate",
            proof->leaks_key ? "; this signature gives the private key away" : "");
    rule_bytes(a, SIDE_CLIENT, &h->client_cert_verify->at, h->client_cert_verify->signature,
            "signature of the CertificateVerify, its first bytes");
    if (h->client_certs != NULL && h->client_certs->n_certs > 0)
        rule_bytes(a, SIDE_CLIENT, &h->client_certs->certs[0].at, h->client_certs->certs[0].der,
                "the client's certificate, its first bytes");
    return RULE_HIT;
}

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    const struct handshake *h = f->handshake;
    const struct proof_answer *p = rule_client_proof(f, a, &v);
    if (p == NULL)
        return v;
    if (p->proof.result == PROOF_VALID)
        return RULE_PASS;
    if (p->proof.result == PROOF_UNVERIFIED)
        return rule_undetermined(
                a, p->proof.why != NULL ? p->proof.why : "the signature could not be verified");
    if (!rule_one_copy(f, a, &v))
        return v;
    if (!h->is_transcript_whole || !handshake_is_complete(h))
        return rule_undetermined(a, "not every handshake message was seen");
    return hit(f, a, &p->proof);
}

const struct rule rule_mtls_signature_invalid = {
        .id = "mtls-signature-invalid",
        .codes = "F3 T4 M4",
        .title = "The client does not prove that it has the key of its certificate",
        .cite = "RFC 5246 7.4.8",
        .what = "The signature of the client's CertificateVerify over all handshake messages "
                "before it does not verify under the key of its certificate, or is for another "
                "kind of key.",
        .traps = "It needs every byte of the handshake: a gap, or overlapping packets with other "
                 "bytes, make it undetermined. SSL 3.0 is undetermined. With --verify first only a "
                 "part of the handshakes is checked.",
        .remedy = "Deploy the key and the certificate that belong together on the client.",
        .severity = SEV_CRITICAL,
        .on = RULE_HANDSHAKE,
        .about = ABOUT_CLIENT,
        .check = check,
};
