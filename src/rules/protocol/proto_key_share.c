/* The key agreement of TLS 1.3: shares that are missing, and rounds that lead nowhere. */
#include "rules/protocol/hellos.h"
#include "rules/window.h"

enum { RATE_MINUTES = 8, RATE_LEAST = 50 };

static enum verdict check_no_share(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    const struct handshake *h = f->handshake;
    const struct server_hello *sh = h->server_hello;
    if (!rule_hello(f, a, &v))
        return v;
    if (sh->version != TLS_1_3)
        return RULE_NA;
    if (sh->is_malformed || h->is_ambiguous)
        return rule_undetermined(a, "the ServerHello does not parse to its end");
    if (sh->has_key_share || sh->has_psk)
        return RULE_PASS;
    bool is_refused = h->outcome == OUTCOME_FAIL_ALERT_CLIENT;
    bool is_taken = outcome_is_success(h->outcome) || h->times.client_finished_us != TIME_NONE;
    if (is_refused)
        a->severity = SEV_HIGH;
    rule_subject(a, h->hello_retry_request != NULL ? "after HelloRetryRequest" : "-");
    rule_summary(a, "the ServerHello has neither key_share nor pre_shared_key%s: %s",
            h->hello_retry_request != NULL ? " after a HelloRetryRequest" : "",
            is_refused ? "the client refused it"
            : is_taken ? "the client goes on with keys that anyone can compute"
                       : "whether the client goes on was not seen");
    rule_bytes(a, SIDE_SERVER, &sh->at, sh->extension_types, "extension types of the ServerHello");
    return RULE_HIT;
}

/* RFC 8446 4.1.4. */
static const char *abuse(const struct handshake *h, const struct hellos *x)
{
    const struct server_hello *r = x->retry;
    if (h->n_hello_retry_requests > 1)
        return "a second HelloRetryRequest";
    if (r->has_key_share && u16_has(x->first->key_share_groups, r->group))
        return "a HelloRetryRequest for a group of which the client had sent a key share";
    if (!r->has_key_share && r->cookie.n == 0)
        return "a HelloRetryRequest that asks for no change";
    return NULL;
}

static enum verdict check_retry(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    struct hellos x;
    const struct server_hello *r = f->handshake->hello_retry_request;
    if (r == NULL)
        return RULE_NA;
    if (!hellos_of(f, a, &x, &v))
        return v;
    const char *what = abuse(f->handshake, &x);
    if (what == NULL)
        return RULE_PASS;
    const char *group = r->has_key_share ? iana_group_name(r->group) : NULL;
    rule_subject(a, "%s", what);
    rule_summary(a, "%s%s%s%s", what, group != NULL ? " (" : "", group != NULL ? group : "",
            group != NULL ? ")" : "");
    rule_bytes(a, SIDE_SERVER, &r->at, r->extensions, "extensions of the HelloRetryRequest");
    rule_bytes(a, SIDE_CLIENT, &x.first->at, x.first->key_share_groups,
            "groups of the first ClientHello's key shares");
    return RULE_HIT;
}

/* A round trip that each of them costs. */
static enum verdict check_rate(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    struct busy_counts c;
    if (!window_minutes(f, RATE_MINUTES, RATE_LEAST, &c, a, &v))
        return v;
    if (c.full < RATE_LEAST)
        return RULE_NA;
    if ((double)c.group_retries <= rule_threshold(f, THRESHOLD_HRR_SHARE) * (double)c.full)
        return RULE_PASS;
    rule_subject(a, "rate");
    rule_summary(a,
            "%.1f %% of %llu full handshakes needed a HelloRetryRequest for another group, a round "
            "trip each",
            window_percent(c.group_retries, c.full), (unsigned long long)c.full);
    window_series(a, &c, c.group_retries, c.full,
            "with a HelloRetryRequest for another group, of full handshakes");
    return RULE_HIT;
}

const struct rule rule_proto_serverhello_no_key_share = {
        .id = "proto-serverhello-no-key-share",
        .codes = "F8 T3",
        .title = "A ServerHello of TLS 1.3 agrees on no key",
        .cite = "RFC 8446 4.1.3, 4.2.8; CVE-2026-3230",
        .what = "The ServerHello has neither key_share nor pre_shared_key. A client that goes on "
                "uses a key that everybody knows.",
        .traps = "A resumption without a new key exchange has pre_shared_key alone. High when the "
                 "client refused with an alert: then only the server is at fault.",
        .remedy = "Update the TLS library of the client, and find out who answers like this.",
        .severity = SEV_CRITICAL,
        .on = RULE_HANDSHAKE,
        .check = check_no_share,
};

const struct rule rule_proto_hrr_abuse = {
        .id = "proto-hrr-abuse",
        .codes = "F8 M2 U8",
        .title = "A HelloRetryRequest without need",
        .cite = "RFC 8446 4.1.4",
        .what = "The server sent a second HelloRetryRequest, asked for a group of which it already "
                "had the client's key share, or asked for no change at all; or more than 5 % of at "
                "least 50 full handshakes within eight minutes needed one for another group "
                "(hrr-share).",
        .traps = "Servers under load that ask only for a cookie are right. Needs every byte of the "
                 "handshake; drafts of TLS 1.3 are not judged. The rate costs a round trip each, "
                 "and harms nothing else; it is not judged with more than 0.1 % of the bytes lost.",
        .remedy = "Update the server; align the groups that it prefers with what clients send.",
        .severity = SEV_MEDIUM,
        .on = RULE_HANDSHAKE,
        .check = check_retry,
        .check_window = check_rate,
};
