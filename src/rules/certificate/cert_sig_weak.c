/* Signatures over broken hashes, on any certificate but roots. */
#include "rules/support.h"

/* Whether a client relies on the signature of an entry. */
enum reliance { RELIED, NOT_RELIED, UNSURE };

static enum reliance reliance(const struct judgement *j, size_t at)
{
    bool has_trusted = false, is_relied = false, is_top = false;
    const struct chain_facts *c = j != NULL ? j->server_chain : NULL;
    for (size_t i = 0; c != NULL && at > 0 && i < c->n_stores; i++) {
        const struct chain_verdict *v = &c->stores[i].as_repaired;
        bool is_trusted = v->path_status == CHAIN_TRUSTED;
        has_trusted |= is_trusted;
        for (size_t k = 0; k < v->n_path; k++) {
            if (v->path[k].sent_at != (int)at)
                continue;
            is_relied |= is_trusted && !(v->has_anchor && k + 1 == v->n_path);
            is_top |= !is_trusted && !v->has_anchor && k + 1 == v->n_path;
        }
    }
    if (has_trusted)
        return is_relied ? RELIED : NOT_RELIED;
    return is_top ? UNSURE : RELIED;
}

static enum verdict check(
        const struct rule_facts *f, struct rule_answer *a, bool (*is_weak)(enum sig_hash))
{
    enum verdict v;
    if (rule_leaf(f, a, &v) == NULL)
        return v;
    bool has_any = false, is_unsure = false;
    for (size_t i = 0; i < f->n_chain; i++) {
        const struct certificate *c = f->chain[i];
        if (!c->is_parsed || c->self_signed != SELF_SIGNED_NO)
            continue; /* nobody relies on the signature of a root */
        has_any = true;
        enum reliance r = is_weak(c->sig_hash) ? reliance(f->judgement, i) : NOT_RELIED;
        is_unsure |= r == UNSURE;
        if (r != RELIED)
            continue;
        rule_summary(a, "%s is signed with %s", rule_who(c), c->sig_alg);
        return rule_certificate_hit(f, a, i, c->subject_der, "subject of the certificate");
    }
    if (is_unsure)
        return rule_undetermined(a, "a client may have the key of the last one as a root");
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
        .codes = "F9 T1",
        .title = "A certificate is signed with SHA-1",
        .cite = "CA/Browser Forum BR 7.1.3.2; RFC 9155",
        .what = "The signature algorithm of the server's certificate, or of an intermediate that "
                "it "
                "sent, uses SHA-1.",
        .traps =
                "Self-signed certificates are left out: nobody relies on their signature, nor on "
                "that "
                "of a cross-signed one beside a path that works without it. Not known for the last "
                "one of a path to a root that no trust store has: its key may be a root.",
        .remedy = "Have it issued again under SHA-256 or better.",
        .severity = SEV_HIGH,
        .on = RULE_SERVED,
        .check = check_sha1,
};

const struct rule rule_cert_sig_md5 = {
        .id = "cert-sig-md5",
        .codes = "F9 T1",
        .title = "A certificate is signed with MD5 or older",
        .cite = "RFC 6151; RFC 9155",
        .what = "The signature algorithm of the server's certificate, or of an intermediate that "
                "it "
                "sent, uses MD5, MD4 or MD2.",
        .traps =
                "Self-signed certificates are left out: nobody relies on their signature, nor on "
                "that "
                "of a cross-signed one beside a path that works without it. Not known for the last "
                "one of a path to a root that no trust store has: its key may be a root.",
        .remedy = "Replace it at once: such signatures can be forged.",
        .severity = SEV_CRITICAL,
        .on = RULE_SERVED,
        .check = check_md5,
};
