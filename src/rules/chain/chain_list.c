/* How the list of certificates is put together: order, a root at its end, certificates that belong
 * to no path. */
#include <stdio.h>

#include "rules/judged.h"

static bool is_break(const struct chain_facts *c, size_t i)
{
    for (size_t k = 0; k < c->n_order; k++)
        if (c->order[k] == i)
            return true;
    return false;
}

/* The path that the order is judged by, as chain_facts has it. */
static const struct chain_verdict *sent_path(const struct chain_facts *c)
{
    for (size_t i = 0; i < c->n_stores; i++)
        if (c->stores[i].as_sent.path_status == CHAIN_TRUSTED)
            return &c->stores[i].as_sent;
    return &c->stores[0].as_sent;
}

/* The entry behind which the path goes on elsewhere although its successor does not certify it; a
 * successor that does is another path over the same key. SIZE_MAX: none. */
static size_t first_break(const struct chain_facts *c)
{
    const struct chain_verdict *v = sent_path(c);
    for (size_t i = 1; i < v->n_path; i++) {
        if (v->path[i].sent_at < 0 || v->path[i].sent_at == (int)i)
            continue;
        return is_break(c, i - 1) ? i - 1 : SIZE_MAX;
    }
    return SIZE_MAX;
}

static enum verdict check_order(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    char first[WHO_TEXT], second[WHO_TEXT];
    const struct chain_facts *c = rule_server_chain(f, a, &v);
    if (c == NULL)
        return v;
    if (c->n_sent < 2 || tls_is_13(f->handshake->version))
        return RULE_NA;
    if (c->is_path_in_order)
        return RULE_PASS;
    if (c->n_stores == 0)
        return rule_undetermined(a, "no trust store was given (--trust)");
    if (c->is_capped || c->n_malformed > 0)
        return rule_undetermined(a, "not all certificates could be looked at");
    size_t at = first_break(c);
    if (at == SIZE_MAX || at + 1 >= f->n_chain)
        return RULE_PASS;
    rule_name(f->chain[at], first);
    rule_name(f->chain[at + 1], second);
    rule_summary(a, "certificate %zu of the list (%s) does not certify the one before (%s)", at + 2,
            second, first);
    return rule_certificate_hit(
            f, a, at + 1, f->chain[at + 1]->subject_der, "subject of the misplaced certificate");
}

static enum verdict check_root(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    char who[WHO_TEXT];
    const struct chain_facts *c = rule_server_chain(f, a, &v);
    if (c == NULL)
        return v;
    if (c->n_sent < 2 || rule_is_smtp(f->handshake))
        return RULE_NA;
    if (c->root_at < 0)
        return RULE_PASS;
    if (c->n_stores == 0)
        return rule_undetermined(a, "no trust store was given (--trust)");
    size_t at = (size_t)c->root_at;
    if (!c->is_root_known || at >= f->n_chain)
        return RULE_NA; /* chain-untrusted-root */
    rule_name(f->chain[at], who);
    rule_summary(a, "the root %s was sent: %zu bytes that whoever trusts it has already", who,
            f->chain[at]->der.n);
    return rule_certificate_hit(f, a, at, f->chain[at]->subject_der, "subject of the root");
}

static enum verdict check_unrelated(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    char who[WHO_TEXT], more[48] = "";
    const struct chain_facts *c = rule_server_chain(f, a, &v);
    if (c == NULL)
        return v;
    if (c->n_sent < 2)
        return RULE_NA;
    size_t n = c->n_unrelated + c->n_duplicates;
    bool is_twice = c->n_unrelated == 0;
    size_t at = n == 0 ? 0 : is_twice ? c->duplicates[0] : c->unrelated[0];
    if (n > 0 && at < f->n_chain) {
        rule_name(f->chain[at], who);
        if (n > 1)
            (void)snprintf(more, sizeof more, " (and %zu more)", n - 1);
        rule_summary(a, "certificate %zu of the list (%s) %s%s", at + 1, who,
                is_twice ? "was sent twice" : "is on no path from the server's certificate", more);
        return rule_certificate_hit(
                f, a, at, f->chain[at]->subject_der, "subject of the certificate");
    }
    if (c->is_capped || c->n_malformed > 0 || c->bad_link.is_seen)
        return rule_undetermined(a, "which certificates belong to a path is not known");
    return RULE_PASS;
}

const struct rule rule_chain_out_of_order = {
        .id = "chain-out-of-order",
        .codes = "F2",
        .title = "The certificates are not sent in their order",
        .cite = "RFC 5246 7.4.2",
        .what = "The path from the server's certificate goes through the list in another order: an "
                "entry does not certify the one before it.",
        .traps = "Cross-signed certificates behind the path, or beside it over the same key, are "
                 "fine. In TLS 1.3 the order is only recommended (RFC 8446 4.4.2): not applied.",
        .remedy = "Put the bundle in order: server, intermediates upwards.",
        .severity = SEV_LOW,
        .on = RULE_SERVED,
        .check = check_order,
};

const struct rule rule_chain_unneeded_root = {
        .id = "chain-unneeded-root",
        .codes = "P5",
        .title = "The server sends the root certificate",
        .cite = "RFC 5246 7.4.2; RFC 8446 4.4.2",
        .what = "The last certificate of the list is self-signed and in a trust store: it costs "
                "bytes and tells nobody anything.",
        .traps = "DANE-TA (RFC 7671 5.2) needs the root: mail servers (ports 25, 587, 2525) are "
                 "left out. A root that no store knows is chain-untrusted-root.",
        .remedy = "Drop the root from the bundle.",
        .severity = SEV_INFO,
        .on = RULE_SERVED,
        .check = check_root,
};

const struct rule rule_chain_unrelated_cert = {
        .id = "chain-unrelated-cert",
        .codes = "F2",
        .title = "The server sends a certificate that belongs to no path",
        .cite = "RFC 5246 7.4.2; RFC 8446 4.4.2",
        .what = "A certificate of the list is on no path from the server's certificate, or was "
                "sent twice.",
        .traps = "Every path counts, also those over cross-signed certificates and those that a "
                 "store does not trust. Nothing is said where a certificate does not parse or a "
                 "signature does not verify.",
        .remedy = "Clean the bundle.",
        .severity = SEV_LOW,
        .on = RULE_SERVED,
        .check = check_unrelated,
};
