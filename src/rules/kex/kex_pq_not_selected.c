#include "history/abilities.h"
#include "rules/support.h"

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    const struct handshake *h = f->handshake;
    if (!rule_hello(f, a, &v))
        return v;
    const struct client_hello *ch =
            h->client_hello_first != NULL ? h->client_hello_first : h->client_hello;
    if (ch == NULL || !tls_is_13(h->version) || !h->server_hello->has_key_share ||
            h->server_hello->group == 0)
        return RULE_NA;
    const struct ability b = history_ability(f->history, f->vantage, f->service, h);
    if (b.pq_group == 0 || client_key_share(ch, b.pq_group).n == 0)
        return RULE_NA;
    if (history_is_pq_group(h->server_hello->group))
        return RULE_PASS;
    const char *pq = iana_group_name(b.pq_group);
    const char *chosen = iana_group_name(h->server_hello->group);
    rule_subject(a, "0x%04x", b.pq_group);
    rule_summary(a,
            "the server chose %s, though the client sent a share of %s too, which the server took "
            "from another client within the hour",
            chosen != NULL ? chosen : "another group", pq != NULL ? pq : "a hybrid group");
    a->confidence = 0.7;
    rule_server_hello(f, a, h->server_hello->group, "group of the ServerHello's key_share");
    return RULE_HIT;
}

const struct rule rule_kex_pq_not_selected = {
        .id = "kex-pq-not-selected",
        .codes = "F8 T3",
        .title = "A server leaves a hybrid key exchange unused",
        .cite = "RFC 8446 4.2.7, 4.2.8",
        .what = "In TLS 1.3 a server chooses a classical group although the client sent a "
                "key_share of a group that resists quantum computers, and the same server (name "
                "and address) chose that group within the hour before.",
        .traps = "A client that only lists the group, without a share, would cost a round trip: a "
                 "server may avoid that. Nodes behind one address may differ.",
        .remedy = "Put the hybrid group first in the server's preferences, and update its library.",
        .severity = SEV_LOW,
        .on = RULE_HANDSHAKE,
        .check = check,
};
