/* Handshakes within a connection, up to TLS 1.2. Judged when the connection has ended. */
#include "rules/support.h"

enum { CLIENT_STARTED = 3, PER_MINUTE = 10 };

/* Renegotiation is seen as records of type 22 behind the handshake; lost framing hides it. */
static bool applies(const struct rule_facts *f, struct rule_answer *a, enum verdict *verdict)
{
    const struct handshake *h = f->handshake;
    *verdict = RULE_NA;
    if (f->end == NULL || h->version == 0 || h->version == TLS_SSLV2 || tls_is_13(h->version) ||
            !outcome_is_success(h->outcome))
        return false;
    bool is_lost = f->end->is_framing_lost[SIDE_CLIENT] || f->end->is_framing_lost[SIDE_SERVER];
    if (f->end->n_renegotiations > 0)
        return true;
    *verdict = is_lost ? rule_undetermined(a, "not all records were seen") : RULE_PASS;
    return false;
}

static void show(const struct rule_facts *f, struct rule_answer *a, uint32_t n, const char *note)
{
    const struct renegotiations *r = &f->end->renegotiations;
    struct attempt_counts counts = {f->end->n_renegotiations, n, r->first_us, r->last_us};
    rule_connection(a, "the connection in which it happened");
    rule_series(a, &counts, note);
}

static enum verdict check_any(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    if (!applies(f, a, &v))
        return v;
    const struct renegotiations *r = &f->end->renegotiations;
    const char *who = r->n_client > 0 ? "client" : "server";
    if (r->n_client_done > CLIENT_STARTED)
        a->severity = SEV_HIGH;
    else if (r->n_done == 0)
        a->severity = SEV_LOW;
    rule_subject(a, "%s%s", who, r->n_done == 0 ? ", refused" : "");
    rule_summary(a,
            "%u renegotiation%s in one connection, %u of them begun by the client; %u went through",
            f->end->n_renegotiations, f->end->n_renegotiations == 1 ? "" : "s", r->n_client,
            r->n_done);
    show(f, a, r->n_client, "begun by the client, of all in this connection");
    return RULE_HIT;
}

static enum verdict check_dos(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    if (!applies(f, a, &v))
        return v;
    const struct renegotiations *r = &f->end->renegotiations;
    if (r->most_per_minute <= PER_MINUTE)
        return RULE_PASS;
    rule_subject(a, "-");
    rule_summary(a, "the server let the client renegotiate %u times within a minute",
            r->most_per_minute);
    show(f, a, r->n_client_done, "begun by the client and gone through with, of all");
    return RULE_HIT;
}

const struct rule rule_proto_renegotiation = {
        .id = "proto-renegotiation",
        .codes = "T3 P5",
        .title = "A connection was renegotiated",
        .cite = "RFC 5246 7.4.1.1; RFC 9325 3.5",
        .what = "Handshake records behind the end of the handshake. The side that sent the first "
                "of "
                "them began it: a server does with a HelloRequest. More than three that the client "
                "began and the server went through with are high.",
        .traps = "Old web servers ask for client certificates per URL this way. Attempts that the "
                 "server did not go through with are low: refusing is right. TLS 1.3 has no "
                 "renegotiation.",
        .remedy = "Disable renegotiation that clients begin.",
        .severity = SEV_MEDIUM,
        .on = RULE_CONNECTION,
        .check = check_any,
};

const struct rule rule_vuln_renegotiation_dos = {
        .id = "vuln-renegotiation-dos",
        .codes = "T3 P5",
        .title = "The server renegotiates as often as the client wants",
        .cite = "RFC 5746 1; CVE-2011-1473",
        .what = "In one connection the server went through with more than ten renegotiations "
                "within "
                "a minute that the client began.",
        .traps = "Minutes are counted from the first one on, so a burst on the border may be "
                 "missed. What the server asked for itself (HelloRequest) and what it refused does "
                 "not count.",
        .remedy = "Disable renegotiation that clients begin.",
        .severity = SEV_HIGH,
        .on = RULE_CONNECTION,
        .check = check_dos,
};
