#include "history/generations.h"
#include "rules/support.h"

static enum verdict hit(
        const struct rule_facts *f, struct rule_answer *a, const struct generation *g)
{
    char server[ENDPOINT_TEXT], old[16], new[16];
    const struct certificate *leaf = f->chain[0];
    bool is_expired = leaf->not_after_us < f->at_us;
    endpoint_text(&f->handshake->sides[SIDE_SERVER].endpoint, server);
    rule_day(leaf->not_before_us, old);
    rule_day(g->not_before_us, new);
    rule_summary(a,
            "%s still shows the %scertificate of %s for %.100s; others have had one of %s for "
            "%lld minutes",
            server, is_expired ? "expired " : "", old, f->service->name, new,
            (long long)((f->handshake->last_us - g->first_us) / 60000000));
    if (is_expired)
        a->severity = SEV_CRITICAL;
    (void)rule_certificate_hit(f, a, 0, leaf->validity_der, "validity of the older certificate");
    rule_subject(a, "%s", server);
    rule_connection(a, "the latest handshake with the newer certificate");
    if (a->n_evidence > 0)
        a->evidence[a->n_evidence - 1].handshake_id = g->handshake;
    return RULE_HIT;
}

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    struct generation g;
    const struct certificate *leaf = rule_leaf(f, a, &v);
    if (leaf == NULL)
        return v;
    if (f->history == NULL || f->service->is_address)
        return RULE_NA;
    if (!history_newer(f->history, f->vantage, f->service, f->handshake, leaf, &g))
        return RULE_PASS;
    int64_t grace = rule_threshold_us(f, THRESHOLD_STALE_NODE_HOURS);
    int64_t now = f->handshake->last_us;
    if (g.is_here) /* it goes to and fro */
        return RULE_NA;
    /* The newer one must stay: a rollout that was taken back makes nobody stale. */
    if (now - g.first_us <= grace || g.last_us - g.first_us <= grace / 2 || now - g.last_us > grace)
        return RULE_NA;
    bool is_expired = leaf->not_after_us < f->at_us;
    if (!is_expired && (!g.is_successor || g.n_old > g.n_new))
        return RULE_NA;
    return hit(f, a, &g);
}

const struct rule rule_cert_stale_node = {
        .id = "cert-stale-node",
        .codes = "P1 P17 P21 U1 S1",
        .title = "An address still serves the older certificate",
        .cite = "RFC 5280 4.1.2.5",
        .what = "More than two hours after a newer leaf was first seen for a name (later "
                "notBefore, same names, same type of key), another address, which has never shown "
                "it, still serves an older one. Critical when that one has expired. (policy: "
                "stale-node-hours)",
        .traps = "Two providers of one name have leaves of their own: unless the older one has "
                 "expired, some address must have gone from just this one to the newer. The newer "
                 "must have been served for at least an hour of the two, and within the last two: "
                 "what was taken back is not newer. While more addresses serve older leaves than "
                 "the newer, that may be a long-lived canary: silent until the old one expires.",
        .remedy = "Finish the rollout on this address.",
        .severity = SEV_HIGH,
        .on = RULE_HANDSHAKE,
        .check = check,
};
