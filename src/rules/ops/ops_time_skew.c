/* Clocks of hosts against that of the capture, by the time in front of their randoms. */
#include "history/clocks.h"
#include "rules/judged.h"

static enum verdict check(const struct rule_facts *f, struct rule_answer *a, enum side side)
{
    const struct handshake *h = f->handshake;
    char address[ENDPOINT_TEXT];
    const struct clock_skew c = history_clock(f->history, f->vantage, h, side,
            &(struct clock_demand){(size_t)rule_threshold(f, THRESHOLD_SKEW_MIN),
                    (int64_t)rule_threshold(f, THRESHOLD_SKEW_SPREAD_SECONDS)});
    if (!c.is_known)
        return RULE_NA;
    int64_t off_s = c.offset_s < 0 ? -c.offset_s : c.offset_s;
    if ((double)off_s <= rule_threshold(f, THRESHOLD_SKEW_SECONDS))
        return RULE_PASS;
    struct bytes random = side == SIDE_SERVER ? h->server_hello->random : h->client_hello->random;
    address_text(&h->sides[side].endpoint.address, address);
    rule_subject(a, "%s", address);
    rule_summary(a,
            "the clock of %s is %lld seconds %s that of the capture, in %u handshakes; when all "
            "hosts seem off, the capture's is wrong (ops-sensor-clock)",
            address, (long long)off_s, c.offset_s < 0 ? "behind" : "ahead of", c.n);
    if (c.is_short)
        a->confidence = 0.8;
    random.n = random.n < 4 ? random.n : 4;
    rule_bytes(a, side, side == SIDE_SERVER ? &h->server_hello->at : &h->client_hello->at, random,
            "gmt_unix_time at the front of the random");
    return RULE_HIT;
}

static enum verdict check_server(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    return rule_hello(f, a, &v) ? check(f, a, SIDE_SERVER) : v;
}

static enum verdict check_client(const struct rule_facts *f, struct rule_answer *a)
{
    return f->handshake->client_hello != NULL ? check(f, a, SIDE_CLIENT) : RULE_NA;
}

#define WHAT                                                                                       \
    "Before TLS 1.3: the first four bytes of the randoms, as seconds since 1970, in at least "     \
    "five hellos that are at least three seconds apart: their median is more than 120 seconds "    \
    "off the time of the packets, and they lie within 60 seconds of each other. Of hellos in "     \
    "quicker succession at least five state the same time, to the second, no more than 30 years "  \
    "off."
#define TRAPS                                                                                      \
    "Modern stacks have random bytes there, which do not lie together, and some a constant, "      \
    "which does not go on with time: where too little of it was seen, confidence is 0.8. Several " \
    "hosts behind one address disagree, so nothing is said. When ops-sensor-clock is found too, "  \
    "believe no clock but the servers'."

const struct rule rule_ops_time_skew_client = {
        .id = "ops-time-skew-client",
        .codes = "F4",
        .title = "The clock of a client is wrong",
        .cite = "RFC 5246 7.4.1.2",
        .what = WHAT,
        .traps = TRAPS,
        .unseen = "Clocks of hosts that state no time: since TLS 1.3 the random holds none.",
        .remedy = "Set up NTP on that host: certificates will seem expired or not yet valid to it.",
        .severity = SEV_MEDIUM,
        .on = RULE_HANDSHAKE,
        .check = check_client,
};

const struct rule rule_ops_time_skew_server = {
        .id = "ops-time-skew-server",
        .codes = "F4 P3",
        .title = "The clock of a server is wrong",
        .cite = "RFC 5246 7.4.1.3",
        .what = WHAT,
        .traps = TRAPS,
        .unseen = "Clocks of hosts that state no time: since TLS 1.3 the random holds none.",
        .remedy = "Set up NTP on that host: tickets, staples and client certificates are judged by "
                  "its clock.",
        .severity = SEV_MEDIUM,
        .on = RULE_HANDSHAKE,
        .check = check_server,
};
