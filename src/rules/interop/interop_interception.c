#include "history/audiences.h"
#include "rules/judged.h"

/* The CA may be known by name only: roots are often not sent. */
static bool is_sanctioned(const struct rule_facts *f)
{
    const struct certificate issuer = {.subject = f->chain[0]->issuer};
    bool is_listed = policy_inspection(f->policy, &issuer);
    for (size_t i = 1; i < f->n_chain && !is_listed; i++)
        is_listed = f->chain[i]->is_parsed && policy_inspection(f->policy, f->chain[i]);
    return is_listed;
}

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    struct audience divided;
    char issuer[WHO_TEXT];
    const struct certificate *leaf = rule_leaf(f, a, &v);
    if (leaf == NULL)
        return v;
    if (f->name_match != NAME_FACT_MATCH || leaf->is_self_issued || f->history == NULL)
        return RULE_NA;
    enum root_kind root = audience_root(f->judgement);
    if (root == ROOT_UNKNOWN)
        return rule_undetermined(a, "where the chain ends is not known");
    if (root == ROOT_PUBLIC)
        return RULE_NA;
    const struct lesson l = rule_lesson(f);
    if (!history_audience(f->history, &l, AUDIENCE_BY_ROOT, &divided))
        return RULE_PASS;
    bool is_listed = is_sanctioned(f);
    if (is_listed)
        a->severity = SEV_INFO;
    a->confidence = 0.8;
    rule_clip(leaf->issuer != NULL ? leaf->issuer : "", issuer);
    rule_summary(a,
            "%u clients get a certificate for %.100s from %s, which is no public CA, while %u "
            "others get a public one from the same address%s",
            divided.n_own, f->service->name, issuer, divided.n_others,
            is_listed ? " (sanctioned inspection)" : "");
    (void)rule_certificate_hit(f, a, 0, leaf->issuer_der, "issuer of the server's certificate");
    rule_subject(a, "%.200s", leaf->issuer != NULL ? leaf->issuer : "");
    rule_connection(a, "the latest handshake of the others");
    a->evidence[a->n_evidence - 1].handshake_id = divided.other;
    return RULE_HIT;
}

const struct rule rule_interop_interception = {
        .id = "interop-interception",
        .codes = "T4 P22 U9 F9",
        .title = "Somebody intercepts the TLS of some clients",
        .cite = "RFC 7457 2.1; RFC 8446 9.3",
        .what = "One name and address, within an hour: some clients get a leaf from a CA that is "
                "not public, others one that chains to a public root, at least two clients each, "
                "who came back and always met the same. Info when the policy lists the CA "
                "(roles: inspection-cas).",
        .traps = "An internal server with the name of a public one has another address. One "
                 "client that met both means that the nodes of the service differ. Without a "
                 "public trust store, or with a chain that ends nowhere, nothing is said; neither "
                 "of self-signed leaves.",
        .remedy = "Exempt the destination from inspection, or document it in the policy.",
        .severity = SEV_MEDIUM,
        .on = RULE_HANDSHAKE,
        .check = check,
};
