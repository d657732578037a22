/* Signatures over broken hashes, on any certificate but roots. */
#include "rules/support.h"

static enum verdict check(
        const struct rule_facts *f, struct rule_answer *a, bool (*is_weak)(enum sig_hash))
{
    enum verdict v;
    if (rule_leaf(f, a, &v) == NULL)
        return v;
    bool has_any = false;
    for (size_t i = 0; i < f->n_chain; i++) {
        const struct certificate *c = f->chain[i];
        if (!c->is_parsed || c->self_signed != SELF_SIGNED_NO)
            continue; /* nobody relies on the signature of a root */
        has_any = true;
        if (!is_weak(c->sig_hash))
            continue;
        rule_summary(a, "%s is signed with %s", rule_who(c), c->sig_alg);
        return rule_certificate_hit(f, a, i, c->subject_der, "subject of the certificate");
    }
    return has_any ? RULE_PASS : RULE_NA;
}

static bool is_sha1(enum sig_hash h)
{
    return h == SIG_SHA1;
}

static bool is_md5(enum sig_hash h)
{
    return h == SIG_MD5 || h == SIG_MD4 || h == SIG_MD2;
}

static enum verdict check_sha1(const struct rule_facts *f, struct rule_answer *a)
{
    return check(f, a, is_sha1);
}

static enum verdict check_md5(const struct rule_facts *f, struct rule_answer *a)
{
    return check(f, a, is_md5);
}

const struct rule rule_cert_sig_sha1 = {
        .id = "cert-sig-sha1",
        .title = "A certificate is signed with SHA-1",
        .cite = "CA/Browser Forum BR 7.1.3.2; RFC 9155",
        .what = "The signature algorithm of the server's certificate, or of an intermediate that "
                "it "
                "sent, uses SHA-1.",
        .traps = "Self-signed certificates are left out: nobody relies on their signature.",
        .remedy = "Have it issued again under SHA-256 or better.",
        .severity = SEV_HIGH,
        .on = RULE_SERVED,
        .check = check_sha1,
};

const struct rule rule_cert_sig_md5 = {
        .id = "cert-sig-md5",
        .title = "A certificate is signed with MD5 or older",
        .cite = "RFC 6151; RFC 9155",
        .what = "The signature algorithm of the server's certificate, or of an intermediate that "
                "it "
                "sent, uses MD5, MD4 or MD2.",
        .traps = "Self-signed certificates are left out: nobody relies on their signature.",
        .remedy = "Replace it at once: such signatures can be forged.",
        .severity = SEV_CRITICAL,
        .on = RULE_SERVED,
        .check = check_md5,
};
