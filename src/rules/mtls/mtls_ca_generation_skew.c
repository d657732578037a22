#include "base/fisher.h"
#include "history/client_issuers.h"
#include "rules/judged.h"

#define SIGNIFICANT 1e-4
enum { UNKNOWN_CA = 48, FEW = 3 };

/* The server itself says so, without exception: that needs no large numbers. */
static bool is_clear(const struct rule_facts *f, const struct ca_generations *g)
{
    return g->own_n >= FEW && g->own_refused == g->own_n && g->other_n >= FEW &&
           g->other_refused == 0 &&
           rule_alert(&f->handshake->sides[SIDE_SERVER], UNKNOWN_CA) != NULL;
}

static enum verdict hit(const struct rule_facts *f, struct rule_answer *a,
        const struct ca_generations *g, bool is_failing)
{
    char issuer[WHO_TEXT];
    const struct certificate *leaf = f->client_chain[0];
    const struct attempt_counts own = {g->own_n, g->own_refused, g->from_us, f->handshake->last_us};
    rule_clip(leaf->issuer, issuer);
    if (is_failing) {
        a->confidence = f->ca_hint == CA_HINT_MISMATCH ? 1.0 : 0.8;
        rule_summary(a,
                "%.100s refuses clients whose certificate is from the newer key of %s (%llu of "
                "%llu), hardly those of the older (%llu of %llu): it does not trust the new one "
                "yet",
                f->service->name, issuer, (unsigned long long)g->own_refused,
                (unsigned long long)g->own_n, (unsigned long long)g->other_refused,
                (unsigned long long)g->other_n);
    } else {
        a->severity = SEV_INFO;
        rule_summary(a,
                "clients of %.100s have certificates of two generations of %s at once, and the "
                "server accepts both",
                f->service->name, issuer);
    }
    (void)rule_client_certificate_hit(f, a, leaf->issuer_der, "issuer of the client's certificate");
    rule_subject(a, "%.200s%s", leaf->issuer, is_failing ? "" : " (overlap)");
    rule_series(a, &own, "refused, of those from the newer key");
    return RULE_HIT;
}

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    struct ca_generations g;
    const struct certificate *leaf = rule_client_leaf(f, a, &v);
    if (leaf == NULL)
        return v;
    if (f->history == NULL || leaf->is_self_issued || leaf->issuer == NULL)
        return RULE_NA;
    if (!rule_ending(f, a, &v))
        return v;
    const struct lesson l = rule_lesson(f);
    if (!history_ca_generations(f->history, &l, &g))
        return RULE_PASS;
    if (!g.is_newer)
        return RULE_NA;
    if (g.own_refused + g.other_refused == 0)
        return hit(f, a, &g, false);
    if (outcome_is_success(f->handshake->outcome))
        return RULE_NA;
    if (fisher_greater(g.own_refused, g.own_n, g.other_refused, g.other_n) < SIGNIFICANT)
        return hit(f, a, &g, true);
    if (!is_clear(f, &g))
        return RULE_NA;
    (void)hit(f, a, &g, true);
    a->confidence = a->confidence < 0.7 ? a->confidence : 0.7;
    return RULE_HIT;
}

const struct rule rule_mtls_ca_generation_skew = {
        .id = "mtls-ca-generation-skew",
        .codes = "P1 U2 S1 U9",
        .title = "The server does not trust the new key of the clients' CA yet",
        .cite = "RFC 5280 4.1.2.4; RFC 8446 4.2.4",
        .what = "Within a day, clients show certificates of two issuing keys with the same name, "
                "or names that differ in words with digits only (\"G2\", \"2024\"), and the server "
                "refuses those of the newer (whose certificates begin later) with alerts about "
                "certificates, more than those of the older: exact test, p below 0.0001; or it "
                "refuses all of the newer with unknown_ca and none of the older, at least three "
                "of each (confidence 0.7).",
        .traps =
                "An overlap that was planned, without refusals, is info. Issuing keys are told "
                "apart by name and authorityKeyIdentifier. When the names are the same, the list "
                "of the CertificateRequest cannot show which key the server knows: confidence 0.8. "
                "In TLS 1.3 certificates are encrypted.",
        .remedy = "Give the new CA certificate to every server before clients get certificates "
                  "from it.",
        .severity = SEV_HIGH,
        .on = RULE_HANDSHAKE,
        .check = check,
};
