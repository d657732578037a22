#include "history/rsa_probes.h"
#include "model/derived.h"
#include "rules/support.h"

#define HOUR_US ((int64_t)3600 * 1000000)

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    const struct handshake *h = f->handshake;
    char client[ENDPOINT_TEXT], server[ENDPOINT_TEXT];
    if (!rule_hello(f, a, &v))
        return v;
    const struct iana_suite *suite = rule_suite(f);
    if (suite == NULL || suite->kex != KEX_RSA || tls_is_13(h->version))
        return RULE_NA;
    if (handshake_rsa_exchange(h) != RSA_EXCHANGE_FAILED)
        return RULE_PASS;
    uint64_t n = history_rsa_probes(f->history, f->vantage, h) + 1;
    if ((double)n <= rule_threshold(f, THRESHOLD_BLEICHENBACHER_PER_HOUR))
        return RULE_PASS;
    const struct attempt_counts counts = {
            .n_attempts = n, .n_broken = n, .from_us = h->first_us - HOUR_US, .to_us = h->first_us};
    address_text(&h->sides[SIDE_CLIENT].endpoint.address, client);
    endpoint_text(&h->sides[SIDE_SERVER].endpoint, server);
    rule_subject(a, "%s %s", client, server);
    rule_summary(a,
            "%s made %llu RSA key exchanges with %s within an hour that failed right after "
            "ClientKeyExchange: as in an attack that decrypts by asking (ROBOT)",
            client, (unsigned long long)n, server);
    a->basis = BASIS_INFERRED;
    a->confidence = 0.6;
    rule_connection(a, "the latest of them");
    rule_series(a, &counts, "failed RSA key exchanges of the client");
    return RULE_HIT;
}

const struct rule rule_vuln_bleichenbacher_exposure = {
        .id = "vuln-bleichenbacher-exposure",
        .codes = "T3 T4",
        .title = "A client probes the RSA key exchange",
        .cite = "RFC 5246 7.4.7.1; CVE-2017-13099",
        .what = "More than 500 RSA key exchanges of one client with one server within an hour that "
                "failed right after ClientKeyExchange. That a TLS_RSA suite is chosen at all is "
                "kex-static-rsa.",
        .traps = "Load tests against a server with the wrong key look alike "
                 "(kex-static-rsa-keypair-failure). Counted to ten minutes: the hour may be 50 "
                 "minutes. Whether the server answers differently is not judged.",
        .unseen = "What the server answers inside its timing: the number of failures is evidence "
                  "of a trial, not of a weakness.",
        .remedy = "Disable the TLS_RSA suites; look at the client.",
        .severity = SEV_MEDIUM,
        .on = RULE_HANDSHAKE,
        .check = check,
};
