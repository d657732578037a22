#include "history/tls_ports.h"
#include "rules/support.h"

/* spoke_us is when the server was seen to speak TLS, INT64_MIN never. */
static void name_hit(const struct rule_facts *f, struct rule_answer *a,
        const struct endpoint *client, const char *what, const struct recent_counts *n,
        int64_t spoke_us)
{
    char address[ENDPOINT_TEXT], when[24] = "";
    bool is_known = spoke_us != INT64_MIN;
    address_text(&client->address, address);
    if (is_known)
        rule_when(spoke_us, n->to_us, when);
    rule_subject(a, "%s", address);
    rule_summary(a, "%s %s port %u, %llu times in an hour%s%s", address, what, f->service->port,
            (unsigned long long)n->n_bad, is_known ? "; the server spoke TLS there on " : "", when);
}

static void add_series(struct rule_answer *a, const struct recent_counts *n)
{
    rule_series(a, &(struct attempt_counts){n->n_all, n->n_bad, n->from_us, n->to_us},
            "connections of this client to this port where clear text met TLS, in an hour");
}

/* A flow that began with clear text where TLS is expected. */
static enum verdict check_flow(const struct rule_facts *f, struct rule_answer *a)
{
    char what[64];
    const struct not_tls *n = f->not_tls;
    const struct begin *begin = &n->begin[SIDE_CLIENT];
    struct bytes bytes = {begin->bytes, begin->n};
    const char *name = recent_clear_name(bytes);
    struct recent_event e = recent_clear_text(f->vantage, &n->client, &n->server);
    struct recent_counts counts = recent_with(f->history, &e, n->first_us);
    if (name == NULL || (double)counts.n_bad < rule_threshold(f, THRESHOLD_PLAINTEXT_MIN))
        return RULE_PASS;
    rule_fit(what, sizeof what, "speaks %s in clear to", name);
    name_hit(f, a, &n->client, what, &counts,
            history_spoke_tls(f->history, f->vantage, &n->server, n->first_us));
    rule_bytes(a, SIDE_CLIENT, &begin->at, bytes, "first bytes of the client");
    add_series(a, &counts);
    return RULE_HIT;
}

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    struct recent_event e;
    const struct handshake *h = f->handshake;
    if (h == NULL)
        return f->not_tls != NULL ? check_flow(f, a) : RULE_NA;
    if (h->client_hello == NULL || h->outcome == OUTCOME_SCAN)
        return RULE_NA;
    if (!recent_http_answer(h, f->service, f->vantage, &e))
        return RULE_PASS;
    struct recent_counts counts = recent_with(f->history, &e, h->last_us);
    if ((double)counts.n_bad < rule_threshold(f, THRESHOLD_PLAINTEXT_MIN))
        return RULE_PASS;
    name_hit(f, a, &h->sides[SIDE_CLIENT].endpoint, "speaks TLS and is answered in HTTP on",
            &counts, INT64_MIN);
    rule_bytes(a, SIDE_SERVER, &h->malformed_at, h->malformed_bytes, "first bytes of the server");
    add_series(a, &counts);
    return RULE_HIT;
}

const struct rule rule_proto_plaintext_on_tls_port = {
        .id = "proto-plaintext-on-tls-port",
        .codes = "F7 F8 P21",
        .title = "Clear text and TLS meet on one port",
        .cite = "RFC 9110 4.2.2; RFC 8446 4",
        .what = "A client begins with HTTP or SMTP on a port that IANA registers for TLS, or one "
                "where the server was seen to speak TLS in the seven days before; or a "
                "ClientHello is answered with HTTP or a page of HTML: three times or more in an "
                "hour "
                "for one client and port.",
        .traps = "Once or twice is a mistyped address or a probe. CONNECT and the PROXY protocol "
                 "come before TLS and do not count, nor scans. A port where TLS only comes behind "
                 "STARTTLS or CONNECT is none of TLS. Health checks that only ask whether the port "
                 "answers look like this, and so do ports that take both on purpose. Clear text is "
                 "only seen when flows that are not "
                 "TLS are looked at (--app-label) and their start was captured.",
        .remedy = "Correct the scheme or the port on the side that is wrong.",
        .severity = SEV_MEDIUM,
        .on = RULE_HANDSHAKE,
        .check = check,
};
