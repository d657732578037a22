#include "base/text.h"
#include "rules/support.h"

/* RFC 6066 3 allows no literal addresses in server_name; what such a client means is not known. */
static bool is_literal(struct bytes host)
{
    bool has_letter = false;
    for (size_t i = 0; i < host.n; i++) {
        if (host.p[i] == ':')
            return true;
        has_letter |= host.p[i] != '.' && (host.p[i] < '0' || host.p[i] > '9');
    }
    return !has_letter;
}

static bool names_a_host(const struct certificate *c)
{
    for (size_t i = 0; i < c->n_sans; i++)
        if (c->sans[i].type == SAN_DNS || c->sans[i].type == SAN_IP)
            return true;
    return false;
}

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    char server[ENDPOINT_TEXT];
    const struct handshake *h = f->handshake;
    const struct certificate *leaf = rule_leaf(f, a, &v);
    if (leaf == NULL)
        return v;
    if (leaf->problem != NULL)
        return rule_undetermined(a, "the certificate does not parse to its end");
    if (f->name_match == NAME_FACT_NONE || f->name_match == NAME_FACT_NOT_COMPARABLE)
        return RULE_NA;
    if (is_literal(h->client_hello->sni) || !names_a_host(leaf))
        return RULE_NA; /* a certificate that names nothing is cert-no-san */
    if (f->name_match == NAME_FACT_MATCH)
        return RULE_PASS;
    /* RFC 9849 6.1: only TLS 1.3 can have accepted the inner hello. */
    if (h->client_hello->has_ech && tls_is_13(h->version))
        return rule_undetermined(a, "the name may be that of an outer ClientHello (ECH)");
    if (leaf->n_sans_dropped > 0)
        return rule_undetermined(a, "the certificate has more names than are kept");
    if (rule_is_smtp(h))
        a->severity = SEV_MEDIUM;
    struct text sni = {0}, hex = {0};
    text_add_escaped(&sni, h->client_hello->sni);
    text_add_hex(&hex, (struct bytes){leaf->sha256, 8});
    endpoint_text(&h->sides[SIDE_SERVER].endpoint, server);
    (void)rule_certificate_hit(f, a, 0, leaf->subject_der, "subject of the certificate");
    rule_subject(a, "%s %s %s", text_str(&sni), server, text_str(&hex));
    bool has_subject = leaf->subject != NULL && leaf->subject[0] != '\0';
    rule_summary(a, "asked for %s, got %s%s that does not name it", text_str(&sni),
            has_subject ? "a certificate of " : "", rule_who(leaf));
    rule_bytes(a, SIDE_CLIENT, &h->client_hello->at, h->client_hello->sni, "server_name");
    text_fini(&sni);
    text_fini(&hex);
    return RULE_HIT;
}

const struct rule rule_name_mismatch = {
        .id = "name-mismatch",
        .codes = "F7 T7 M9 P14 U4 U10",
        .title = "The certificate does not name the host that the client asked for",
        .cite = "RFC 9525 6; RFC 6066 3",
        .what = "server_name of the ClientHello matches no dNSName of the server's certificate; a "
                "wildcard stands for exactly the leftmost label.",
        .traps =
                "Not judged without server_name, for IP literals, for resumed handshakes, and when "
                "the certificate names no host at all (cert-no-san). "
                "Medium for opportunistic mail (ports 25, 587, 2525). Undetermined when "
                "the client offered ECH and TLS 1.3 was chosen: the visible name may be the outer "
                "one. Health checks may ask "
                "for names that are meant to fail.",
        .unseen = "In TLS 1.3 the certificate is encrypted, with Encrypted Client Hello the inner "
                  "name is too.",
        .remedy = "Correct the route by server_name, or add the name to the certificate.",
        .severity = SEV_HIGH,
        .on = RULE_SERVED,
        .check = check,
};
