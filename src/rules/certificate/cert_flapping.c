#include "history/switches.h"
#include "rules/support.h"

static enum verdict hit(
        const struct rule_facts *f, struct rule_answer *a, const struct switching *s)
{
    char server[ENDPOINT_TEXT];
    endpoint_text(&f->handshake->sides[SIDE_SERVER].endpoint, server);
    rule_summary(a,
            "%s shows different certificates for %.100s in turn: %u changes in %lld minutes, now "
            "%.150s",
            server, f->service->name, s->n,
            (long long)((f->handshake->last_us - s->from_us) / 60000000), rule_who(f->chain[0]));
    (void)rule_certificate_hit(f, a, 0, f->chain[0]->serial, "serial number of the certificate");
    rule_subject(a, "%s", server);
    if (s->before == 0)
        return RULE_HIT;
    rule_connection(a, "the latest handshake with the other certificate");
    a->evidence[a->n_evidence - 1].handshake_id = s->before;
    return RULE_HIT;
}

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    struct switching s;
    if (rule_leaf(f, a, &v) == NULL)
        return v;
    const struct handshake *h = f->handshake;
    const struct lesson l = rule_lesson(f);
    if (h->client_hello == NULL || !h->client_hello->has_sni ||
            !history_switching(
                    f->history, &l, rule_threshold_us(f, THRESHOLD_FLAPPING_WINDOW_MINUTES), &s))
        return RULE_NA;
    double least = rule_threshold(f, THRESHOLD_FLAPPING_MIN);
    if (s.n < least || s.n_returns + 1 < least)
        return RULE_PASS;
    /* Not over yet; and while new nodes come up both are served. */
    int64_t deploy = rule_threshold_us(f, THRESHOLD_FLAPPING_DEPLOY_MINUTES);
    if (!s.is_switch || (s.may_be_deployment && h->last_us - s.youngest_us < deploy))
        return RULE_NA;
    return hit(f, a, &s);
}

const struct rule rule_cert_flapping = {
        .id = "cert-flapping",
        .codes = "U4 U10 F7 P14 M9 S1",
        .title = "One address shows different certificates in turn",
        .cite = "RFC 6125 6.1; RFC 5280 4.1.2.5",
        .what = "For one SNI and server address, the leaf changes at least three times within an "
                "hour, to and fro: all changes but one lead to a leaf that was seen before. "
                "(policy: flapping-min, flapping-window-minutes, flapping-deploy-minutes)",
        .traps = "Changes are counted per kind of client (JA4), since a server may choose by the "
                 "offer; two leaves of the same names with keys of different types are a pair and "
                 "no change. Another issuer counts only when the same client address met the "
                 "certificate before, "
                 "too: else somebody may intercept some clients. A switch in one direction is "
                 "none, nor leaves that never come back. "
                 "While the younger leaf was first seen less than 15 minutes ago it may be a "
                 "deployment, unless one of the two does not name the host, or both were issued "
                 "within ten minutes. Without SNI an address may stand for many hosts: not judged. "
                 "In TLS "
                 "1.3 certificates are encrypted: see cert-change-inferred.",
        .remedy = "Bring the same certificate to all nodes behind the balancer.",
        .severity = SEV_HIGH,
        .on = RULE_HANDSHAKE,
        .check = check,
};
