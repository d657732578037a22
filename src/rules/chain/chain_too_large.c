#include "rules/judged.h"

enum { ROUND_TRIP_MIN = 1000 }; /* us; below, a delay does not tell a round trip */

/* Bytes that the server sent from its ServerHello to the end of its certificates. */
static uint64_t flight(const struct server_hello *hello, const struct cert_message *m)
{
    uint64_t end = m->at.offset + m->at.len;
    return end > hello->at.offset ? end - hello->at.offset : m->at.len;
}

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    const struct handshake *h = f->handshake;
    if (rule_leaf(f, a, &v) == NULL)
        return v;
    const struct cert_message *m = h->server_certs;
    if (m == NULL || h->server_hello == NULL || h->transport != TRANSPORT_TCP)
        return RULE_NA;
    uint64_t bytes = flight(h->server_hello, m);
    if ((double)bytes <= rule_threshold(f, THRESHOLD_CHAIN_FLIGHT_BYTES))
        return RULE_PASS;
    struct durations d = durations_of(&h->times, h->outcome);
    if (d.rtt_server_us == TIME_NONE || d.rtt_client_us == TIME_NONE ||
            d.rtt_server_us + d.rtt_client_us < ROUND_TRIP_MIN)
        return RULE_NA;
    if (h->sides[SIDE_SERVER].n_gaps > 0 || h->sides[SIDE_SERVER].n_retransmits > 0)
        return rule_undetermined(a, "lost packets may have made the delay");
    int64_t spent = m->at.last_us - h->server_hello->at.first_us;
    int64_t round_trip = d.rtt_server_us + d.rtt_client_us;
    if (spent < round_trip)
        return RULE_PASS; /* it went out at once */
    size_t n_certs = m->n_certs + m->n_dropped;
    rule_summary(a,
            "%llu bytes up to the end of %zu certificate%s took %lld ms, a round trip (%lld ms) or "
            "more",
            (unsigned long long)bytes, n_certs, n_certs == 1 ? "" : "s", (long long)(spent / 1000),
            (long long)(round_trip / 1000));
    return rule_certificate_hit(f, a, 0, f->chain[0]->subject_der, "subject of the certificate");
}

const struct rule rule_chain_too_large = {
        .id = "chain-too-large",
        .codes = "M2 U8 S4",
        .title = "The certificates need an extra round trip",
        .cite = "RFC 6928 2",
        .what = "From its ServerHello to the end of its certificates the server sent more than "
                "14,600 bytes (ten segments, the initial window), and that took at least the round "
                "trip of the TCP handshake.",
        .traps = "Not judged without the times of the TCP handshake, below a millisecond of round "
                 "trip, and in TLS 1.3 (the certificates are encrypted); retransmissions make it "
                 "undetermined. Chains with ML-DSA exceed the window by design.",
        .remedy = "Shorten the chain, drop the root, or compress certificates (RFC 8879).",
        .severity = SEV_LOW,
        .on = RULE_SERVED,
        .check = check,
};
