#include "rules/support.h"

enum { RETRIES = 3, FULL_SIZE = 1200 };

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    const struct handshake *h = f->handshake;
    const struct side_facts *server = &h->sides[SIDE_SERVER], *client = &h->sides[SIDE_CLIENT];
    if (!client->is_seen || !server->is_seen)
        return h->is_tls ? rule_undetermined(a, "one direction is missing") : RULE_NA;
    if (outcome_is_success(h->outcome))
        return server->payload_bytes >= FULL_SIZE ? RULE_PASS : RULE_NA;
    if (!rule_ending(f, a, &v))
        return v;
    if (server->n_stuck < RETRIES || server->stuck_len < FULL_SIZE || client->n_retransmits > 0)
        return RULE_NA;
    rule_subject(a, "%u", server->stuck_len);
    rule_summary(a,
            "a segment of %u bytes of the server's flight was sent again %u times and never "
            "acknowledged, although the client was heard of: %s",
            server->stuck_len, server->n_stuck,
            server->acked > 0 ? "shorter ones pass" : "nothing longer than a SYN-ACK passes");
    a->basis = BASIS_INFERRED;
    a->confidence = server->n_stuck > RETRIES ? 0.8 : 0.7;
    rule_connection(a, "the attempt whose large segments were sent again");
    return RULE_HIT;
}

const struct rule rule_interop_mtu_blackhole = {
        .id = "interop-mtu-blackhole",
        .codes = "P3 T6 M2",
        .title = "Full-sized segments of the server get lost on the way",
        .cite = "RFC 2923 2.1; RFC 8899",
        .what = "The handshake failed while one segment of the server's flight of at least 1,200 "
                "bytes was sent again three times or more and never acknowledged, although packets "
                "of the client came meanwhile.",
        .traps = "Loss in both directions also makes the client send again: nothing is said then. "
                 "Copies that the capture itself makes come within 100 ms and do not count. "
                 "Segments that offload puts together are longer than those on the wire: the "
                 "length is a hint. A tap behind the narrow place sees nothing of it. ICMP is not "
                 "looked at: where it arrives, the sender sends shorter segments and the handshake "
                 "goes on.",
        .remedy = "Let ICMP fragmentation-needed and packet-too-big pass, or clamp the MSS.",
        .severity = SEV_HIGH,
        .on = RULE_HANDSHAKE,
        .check = check,
};
