#include "base/text.h"
#include "rules/support.h"

static const char *owner_of(const struct inventory *inventory, const struct certificate *c)
{
    struct text names = {0}, sha256 = {0}, spki = {0};
    for (size_t i = 0; i < c->n_sans; i++) {
        if (c->sans[i].type != SAN_DNS)
            continue;
        text_add_escaped(&names, c->sans[i].value);
        text_add_bytes(&names, "\n", 1);
    }
    if (!c->has_san)
        text_add_escaped(&names, c->common_name);
    text_add_hex(&sha256, (struct bytes){c->sha256, sizeof c->sha256});
    text_add_hex(&spki, (struct bytes){c->spki_sha256, sizeof c->spki_sha256});
    const struct owned owned = {text_str(&sha256), text_str(&spki), text_str(&names)};
    const char *owner = inventory_owner(inventory, &owned);
    text_fini(&names);
    text_fini(&sha256);
    text_fini(&spki);
    return owner;
}

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    const struct certificate *leaf = rule_leaf(f, a, &v);
    if (leaf == NULL)
        return v;
    const struct endpoint *server = &f->handshake->sides[SIDE_SERVER].endpoint;
    if (f->inventory == NULL || !policy_has_owned(f->policy) ||
            !policy_owned(f->policy, &server->address))
        return RULE_NA;
    if (owner_of(f->inventory, leaf) != NULL)
        return RULE_PASS;
    if (leaf->n_sans_dropped > 0)
        return rule_undetermined(a, "the certificate has more names than are kept");
    rule_summary(a, "nobody owns %.300s, which one of our addresses serves", rule_who(leaf));
    return rule_certificate_hit(f, a, 0, leaf->subject_der, "subject of the server's certificate");
}

const struct rule rule_ops_unowned_certificate = {
        .id = "ops-unowned-certificate",
        .codes = "P11 P25 T1",
        .title = "A certificate is in nobody's inventory",
        .cite = "NIST SP 1800-16 B 4",
        .what = "An inventory of owners is given (read --inventory, or inventory in the policy), "
                "and a server with one of our addresses (policy: owned) shows a leaf that none of "
                "its lines matches, by name, certificate or key.",
        .traps = "On the side of clients the whole internet goes by: without prefixes of our own "
                 "nothing is said.",
        .remedy = "Find out who owns the certificate, and add it to the inventory.",
        .severity = SEV_INFO,
        .on = RULE_HANDSHAKE,
        .check = check,
};
