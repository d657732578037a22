#include "history/abilities.h"
#include "rules/support.h"

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    const struct handshake *h = f->handshake;
    char server[ENDPOINT_TEXT];
    if (!rule_hello(f, a, &v))
        return v;
    if (!history_lacks_tls13(h))
        return RULE_NA;
    const struct ability b = history_ability(f->history, f->vantage, f->service, h);
    bool has_clients = b.has_two_clients || rule_threshold(f, THRESHOLD_NO_TLS13_CLIENTS) < 2;
    if (b.has_tls13 || !has_clients ||
            (double)b.n_without_tls13 < rule_threshold(f, THRESHOLD_NO_TLS13_MIN))
        return RULE_PASS;
    endpoint_text(&h->sides[SIDE_SERVER].endpoint, server);
    rule_subject(a, "TLSv1.3");
    rule_summary(a,
            "%s chose TLSv1.2 in all of %llu full handshakes with clients that offered TLSv1.3",
            server, (unsigned long long)b.n_without_tls13);
    rule_server_hello(f, a, h->server_hello->legacy_version, "version of the ServerHello");
    return RULE_HIT;
}

const struct rule rule_proto_server_no_tls13 = {
        .id = "proto-server-no-tls13",
        .codes = "F8 T1",
        .title = "A server does not support TLS 1.3",
        .cite = "RFC 9325 3.1.1; NIST SP 800-52r2 3.1",
        .what = "In at least five full handshakes, of clients with at least two fingerprints, a "
                "server of the service chose TLS 1.2 though TLS 1.3 was offered.",
        .traps = "A server that once chose TLS 1.3 for this name, or whose random says that it "
                 "could have (RFC 8446 4.1.3), has it. What is seen may be a device in front of "
                 "the server.",
        .remedy = "Update the server's software, or enable TLS 1.3.",
        .severity = SEV_LOW,
        .on = RULE_HANDSHAKE,
        .check = check,
};
