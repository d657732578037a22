/* A lower version than both sides speak. */
#include "base/cursor.h"
#include "history/fallbacks.h"
#include "rules/support.h"

enum { SENTINEL_AT = 24, SENTINEL_BYTES = 8, INAPPROPRIATE_FALLBACK = 86 };

/* RFC 8446 4.1.3: what the server says of itself, against what the client asked for. */
static bool is_downgraded(const struct handshake *h)
{
    const struct client_hello *ch = h->client_hello;
    if (h->server_hello->downgrade == DOWNGRADE_TLS12)
        return h->version <= TLS_1_2 && u16_has(ch->supported_versions, TLS_1_3);
    return h->server_hello->downgrade == DOWNGRADE_TLS11 && h->version <= TLS_1_1 &&
           rule_best_version(ch) >= TLS_1_2;
}

static enum verdict check_sentinel(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    const struct handshake *h = f->handshake;
    if (!rule_hellos(f, a, &v))
        return v;
    if (tls_is_13(h->version))
        return RULE_NA;
    if (!is_downgraded(h))
        return RULE_PASS;
    bool is_12 = h->server_hello->downgrade == DOWNGRADE_TLS12;
    const char *name = iana_version_name(h->version);
    struct cur c = cur_of(h->server_hello->random);
    cur_skip(&c, SENTINEL_AT);
    rule_subject(a, "%s", name != NULL ? name : "-");
    rule_summary(a,
            "the client offered %s, the server speaks it as well and says so, but %s was chosen: "
            "somebody between this point and the server changed the ClientHello",
            is_12 ? "TLSv1.3" : "TLSv1.2 or later", name != NULL ? name : "a lower version");
    rule_bytes(a, SIDE_SERVER, &h->server_hello->at, cur_take(&c, SENTINEL_BYTES),
            "last eight bytes of the ServerHello's random");
    rule_bytes(a, SIDE_CLIENT, &h->client_hello->at, h->client_hello->supported_versions,
            "supported_versions of the ClientHello");
    return RULE_HIT;
}

/* The server speaks a later version and says so. */
static enum verdict refused(
        const struct rule_facts *f, struct rule_answer *a, const struct alert *alert)
{
    const struct client_hello *ch = f->handshake->client_hello;
    const char *name = iana_version_name(rule_best_version(ch));
    a->severity = SEV_HIGH;
    rule_summary(a,
            "the client fell back to %s although the server speaks a later version: the server "
            "refused it with alert 86 (inappropriate_fallback)",
            name != NULL ? name : "a lower version");
    uint8_t shown[2] = {alert->level, alert->description};
    rule_bytes(a, SIDE_SERVER, &alert->at, (struct bytes){shown, sizeof shown}, "the alert");
    rule_bytes(
            a, SIDE_CLIENT, &ch->at, ch->cipher_suites, "suites of the ClientHello, with 0x5600");
    return RULE_HIT;
}

static enum verdict fallback(
        const struct rule_facts *f, struct rule_answer *a, const struct fell_back *b)
{
    const struct client_hello *ch = f->handshake->client_hello;
    const char *from = iana_version_name(b->from), *to = iana_version_name(b->to);
    rule_summary(a,
            "the client fell back to %s at most, after its attempt with %s (handshake %lld) had "
            "failed",
            to != NULL ? to : "less", from != NULL ? from : "more", (long long)b->failed_handshake);
    if (ch->has_fallback_scsv)
        rule_bytes(a, SIDE_CLIENT, &ch->at, ch->cipher_suites,
                "suites of the ClientHello, with 0x5600");
    else
        rule_connection(a, "the attempt that failed");
    return RULE_HIT;
}

static enum verdict check_fallback(const struct rule_facts *f, struct rule_answer *a)
{
    char who[64];
    struct fell_back b;
    const struct handshake *h = f->handshake;
    const struct client_hello *ch = h->client_hello;
    if (ch == NULL)
        return RULE_NA;
    const struct alert *alert = rule_alert(&h->sides[SIDE_SERVER], INAPPROPRIATE_FALLBACK);
    bool is_refused = ch->has_fallback_scsv && alert != NULL;
    if (!is_refused && (!history_fell_back(f->history, f->vantage, h, &b) || !b.has_scsv))
        return ch->has_fallback_scsv ? RULE_PASS : RULE_NA;
    rule_client(h, who);
    rule_subject(a, "%s", who);
    return is_refused ? refused(f, a, alert) : fallback(f, a, &b);
}

const struct rule rule_proto_downgrade_sentinel = {
        .id = "proto-downgrade-sentinel",
        .codes = "T4 M6",
        .title = "A lower version was chosen although both sides speak a higher one",
        .cite = "RFC 8446 4.1.3",
        .what = "The last eight bytes of the ServerHello's random say that the server could have "
                "chosen a later version, the client offered one, and an earlier one was chosen.",
        .traps = "A client that did not offer the later version is no downgrade: its sentinel only "
                 "tells what the server can. Only the final TLS 1.3 counts as offered, no draft. A "
                 "ClientHello that was changed before it came to the capture looks like an honest "
                 "one. Old proxies that copy the server's random into a handshake of their own do "
                 "this without meaning harm; they break clients all the same.",
        .remedy = "Find the box between the capture and the server that rewrites the ClientHello.",
        .severity = SEV_CRITICAL,
        .on = RULE_HANDSHAKE,
        .check = check_sentinel,
};

const struct rule rule_proto_fallback_scsv = {
        .id = "proto-fallback-scsv",
        .codes = "F5 M6 U3",
        .title = "A client fell back to an earlier version",
        .cite = "RFC 7507 3; RFC 8996",
        .what = "TLS_FALLBACK_SCSV in the ClientHello with a version below that of the client's "
                "attempt with the same server and name that failed within ten seconds before. High "
                "when the server refused with inappropriate_fallback, because it speaks a later "
                "version.",
        .traps = "Ancient clients always send the value: without the server's alert or an attempt "
                 "before nothing is said. What was not captured did not happen.",
        .remedy = "Remove the fallback from the client, and find what made its first attempt fail.",
        .severity = SEV_MEDIUM,
        .on = RULE_HANDSHAKE,
        .about = ABOUT_CLIENT,
        .check = check_fallback,
};
