#include "history/session_ids.h"
#include "rules/support.h"

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    const struct handshake *h = f->handshake;
    char server[ENDPOINT_TEXT];
    if (!rule_hello(f, a, &v))
        return v;
    const struct id_run r = history_id_run(f->history, f->vantage, h);
    if (r.n == 0)
        return RULE_NA;
    if ((double)r.n < rule_threshold(f, THRESHOLD_SEQUENCE_RECORDS))
        return RULE_PASS;
    endpoint_text(&h->sides[SIDE_SERVER].endpoint, server);
    rule_subject(a, "%s", server);
    rule_summary(a,
            "%llu session ids of %s in a row: each is the one before%s, but for at most %d bytes "
            "beside each other",
            (unsigned long long)r.n, server, r.n_equal + 1 >= r.n ? " again" : "", HISTORY_ID_NEAR);
    rule_bytes(a, SIDE_SERVER, &h->server_hello->at, h->server_hello->session_id,
            "session_id of the ServerHello");
    return RULE_HIT;
}

const struct rule rule_entropy_session_id_predictable = {
        .id = "entropy-session-id-predictable",
        .codes = "T3",
        .title = "The session ids of a server can be foretold",
        .cite = "RFC 5246 7.4.1.3, F.1.4",
        .what = "At least 16 session ids in a row that one server made up in full handshakes are "
                "constant or sequential: each differs from the one before in at most three "
                "adjacent bytes.",
        .traps = "The id of a resumed session, and that of the client in TLS 1.3, is not the "
                 "server's. A fixed prefix, such as the name of a node, is common and no defect: "
                 "the whole id is compared. Counters of several processes that take turns are not "
                 "found.",
        .unseen = "The generator: only what it gave.",
        .remedy = "Make session ids of random bytes, or use tickets.",
        .severity = SEV_LOW,
        .on = RULE_HANDSHAKE,
        .check = check,
};
