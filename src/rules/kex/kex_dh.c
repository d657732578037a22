/* Finite-field Diffie-Hellman parameters of the ServerKeyExchange. */
#include <stdio.h>

#include "rules/judged.h"

static const struct dh_facts *dh(
        const struct rule_facts *f, struct rule_answer *a, enum verdict *verdict)
{
    if (rule_dh_exchange(f, a, verdict) == NULL)
        return NULL;
    const struct judgement *j = rule_judgement(f, a, verdict);
    if (j == NULL)
        return NULL;
    if (!j->has_dh)
        *verdict = rule_undetermined(a, "the parameters were not looked at");
    return j->has_dh ? &j->dh : NULL;
}

static enum verdict hit(
        const struct rule_facts *f, struct rule_answer *a, struct bytes shown, const char *note)
{
    const struct dh_facts *d = &f->judgement->dh;
    if (d->group_name != NULL)
        rule_subject(a, "%s", d->group_name);
    else
        rule_subject(a, "%zu bits", d->bits);
    rule_bytes(a, SIDE_SERVER, &f->handshake->server_key_exchange->at, shown, note);
    return RULE_HIT;
}

static enum verdict check_common(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    const struct dh_facts *d = dh(f, a, &v);
    if (d == NULL)
        return v;
    if (d->group == DH_GROUP_UNKNOWN || d->bits > 1024)
        return RULE_PASS;
    rule_summary(a, "the server uses a Diffie-Hellman prime of %zu bits that many share: %s",
            d->bits, d->group_name != NULL ? d->group_name : "known");
    return hit(f, a, f->handshake->server_key_exchange->dh_p,
            "dh_p of the ServerKeyExchange, its first bytes");
}

/* Groups in the manner of X9.42 have a subgroup of prime order, which their users have to check. */
static bool has_known_order(const struct dh_facts *d)
{
    return d->group == DH_GROUP_RFC5114 || d->group == DH_GROUP_COMMON;
}

static enum verdict check_unsafe(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    const struct dh_facts *d = dh(f, a, &v);
    if (d == NULL)
        return v;
    const struct server_key_exchange *s = f->handshake->server_key_exchange;
    const char *of = d->group_name != NULL ? d->group_name : "the server's own";
    if (d->is_generator_trivial) {
        rule_summary(a, "the generator of the Diffie-Hellman group (%zu bits, %s) is 0, 1 or p-1",
                d->bits, of);
        return hit(f, a, s->dh_g, "dh_g of the ServerKeyExchange");
    }
    if (d->is_prime == ANSWER_YES && d->is_safe == ANSWER_YES)
        return RULE_PASS;
    if (d->is_prime == ANSWER_UNKNOWN ||
            (d->is_prime == ANSWER_YES && d->is_safe == ANSWER_UNKNOWN))
        return rule_undetermined(a, "the prime was not tested");
    if (d->is_prime == ANSWER_NO) {
        rule_summary(a, "the Diffie-Hellman modulus (%zu bits, %s) is not prime", d->bits, of);
    } else {
        bool is_known = has_known_order(d);
        if (is_known)
            a->severity = SEV_MEDIUM;
        rule_summary(a, "the Diffie-Hellman prime (%zu bits, %s) is not safe: %s", d->bits, of,
                is_known ? "its users have to check that public keys are in the subgroup"
                         : "(p-1)/2 is composite, and the order of the generator is not known");
    }
    return hit(f, a, s->dh_p, "dh_p of the ServerKeyExchange, its first bytes");
}

const struct rule rule_kex_dh_common_prime = {
        .id = "kex-dh-common-prime",
        .codes = "T3",
        .title = "A short Diffie-Hellman prime that many servers share",
        .cite = "RFC 9325 4.5, 7.4; RFC 7919 1",
        .what = "dh_p of the ServerKeyExchange has at most 1024 bits and is one that software "
                "shipped or a standard lists (mod_ssl, nginx, Java, RFC 2409, RFC 5114): one "
                "computation breaks it for all.",
        .traps = "Shared groups of 2048 bits and more (RFC 7919, RFC 3526) are fine.",
        .remedy = "Use ffdhe2048 or larger, or ECDHE.",
        .severity = SEV_MEDIUM,
        .on = RULE_HANDSHAKE,
        .check = check_common,
};

const struct rule rule_kex_dh_unsafe_group = {
        .id = "kex-dh-unsafe-group",
        .codes = "T3",
        .title = "The Diffie-Hellman group is not safe",
        .cite = "RFC 7919 2; NIST SP 800-56A 5.5.1.1",
        .what = "dh_p of the ServerKeyExchange is composite, or (p-1)/2 is and the order of the "
                "generator is not known, or dh_g is 0, 1 or p-1. Primality is tested by "
                "probability.",
        .traps = "Known groups with a subgroup of prime order (RFC 5114, Java's) are medium: safe "
                 "as long as public keys are checked. Primes above 8192 bits are not tested.",
        .remedy = "Use a group of RFC 7919, or ECDHE.",
        .severity = SEV_HIGH,
        .on = RULE_HANDSHAKE,
        .check = check_unsafe,
};
