#include "history/default_leaves.h"
#include "rules/support.h"

/* More clients of a name than are kept cannot be asked for. */
static unsigned least_clients(const struct rule_facts *f)
{
    double least = rule_threshold(f, THRESHOLD_DEFAULT_CERT_CLIENTS);
    return least < DEFAULT_LEAF_CLIENTS ? (unsigned)least : DEFAULT_LEAF_CLIENTS;
}

static double least_names(const struct rule_facts *f)
{
    double least = rule_threshold(f, THRESHOLD_DEFAULT_CERT_NAMES);
    return least < DEFAULT_LEAF_NAMES ? least : DEFAULT_LEAF_NAMES;
}

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    char server[ENDPOINT_TEXT];
    const struct certificate *leaf = rule_leaf(f, a, &v);
    if (leaf == NULL)
        return v;
    if (f->name_match == NAME_FACT_NONE || f->name_match == NAME_FACT_NOT_COMPARABLE ||
            f->history == NULL)
        return RULE_NA;
    if (f->name_match == NAME_FACT_MATCH)
        return RULE_PASS;
    if (leaf->problem != NULL || leaf->n_sans_dropped > 0)
        return rule_undetermined(a, "not all names of the certificate are known");
    if (!history_was_named(f->history, f->vantage, f->service))
        return RULE_NA;
    const struct lesson l = rule_lesson(f);
    unsigned n = history_default_names(f->history, &l, least_clients(f));
    if (n < least_names(f))
        return RULE_NA;
    endpoint_text(&f->handshake->sides[SIDE_SERVER].endpoint, server);
    rule_summary(a,
            "%s answers %.100s and other names (%u so far) with %.150s, which has none of them; "
            "they had certificates of their own before",
            server, f->service->name, n, rule_who(leaf));
    (void)rule_certificate_hit(f, a, 0, leaf->subject_der, "subject of the server's certificate");
    const struct client_hello *ch = f->handshake->client_hello;
    rule_bytes(a, SIDE_CLIENT, &ch->at, ch->sni, "server_name of the ClientHello");
    return RULE_HIT;
}

const struct rule rule_name_default_cert_served = {
        .id = "name-default-cert-served",
        .codes = "F7 U4 U10 M9 P14",
        .title = "A default certificate is served in place of those of several names",
        .cite = "RFC 6066 3; RFC 6125 6.4",
        .what = "One leaf at one address answers at least three distinct SNIs, asked for by at "
                "least two clients each within a day, none of which it has, although for each of "
                "them a leaf that has it was seen before. (policy: default-cert-names, "
                "default-cert-clients)",
        .traps = "Scanners ask for random names, and wildcard records lead any name to an address: "
                 "only names that had a certificate count, and a single client is not enough. "
                 "Clients are told apart by address and JA4.",
        .remedy = "Restore the binding of the virtual hosts.",
        .severity = SEV_HIGH,
        .on = RULE_HANDSHAKE,
        .check = check,
};
