#include "base/cursor.h"
#include "rules/support.h"

/* By chance a new session id begins with so many bytes of another once in 2^32. */
enum { TELLING = 4, ID_MOST = 32 };

static bool begins_with(struct bytes id, struct bytes with)
{
    struct cur c = cur_of(id);
    struct bytes head = cur_take(&c, with.n);
    return cur_ok(&c) && bytes_equal(head, with);
}

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    const struct handshake *h = f->handshake;
    const struct client_hello *ch = h->client_hello;
    if (!rule_hello(f, a, &v))
        return v;
    if (h->version < TLS_SSLV3 || h->version > TLS_1_2)
        return RULE_NA;
    if (ch == NULL)
        return handshake_is_complete(h)
                       ? RULE_NA
                       : rule_undetermined(a, "the ClientHello is missing in the capture");
    struct bytes asked = ch->session_id, given = h->server_hello->session_id;
    if (ch->session_ticket.n == 0 || asked.n == 0 || asked.n >= ID_MOST)
        return RULE_NA;
    bool is_telling = asked.n >= TELLING || h->resumption == RESUMPTION_RESUMED;
    if (given.n <= asked.n || !begins_with(given, asked))
        return RULE_PASS;
    if (!is_telling)
        return rule_undetermined(a, "the session id is too short to tell chance from echo");
    rule_subject(a, "-");
    rule_summary(a,
            "the server answered a session id of %zu bytes, sent with a ticket, with %zu bytes "
            "that begin with it: the rest is memory of the server",
            asked.n, given.n);
    rule_bytes(a, SIDE_SERVER, &h->server_hello->at, given, "session_id of the ServerHello");
    rule_bytes(a, SIDE_CLIENT, &ch->at, asked, "session_id of the ClientHello");
    return RULE_HIT;
}

const struct rule rule_vuln_ticketbleed = {
        .id = "vuln-ticketbleed",
        .codes = "T3",
        .title = "The server echoes a longer session id than the client sent",
        .cite = "CVE-2016-9244; RFC 5077 3.4",
        .what = "The ClientHello has a ticket and a session id of 1 to 31 bytes, and session_id of "
                "the ServerHello begins with it and is longer: the bytes behind it come from the "
                "server's memory (Ticketbleed).",
        .traps = "A new id may begin like a short one by chance: less than four bytes count only "
                 "in a session that goes on.",
        .remedy = "Patch the load balancer, or disable session tickets until then.",
        .severity = SEV_HIGH,
        .on = RULE_HANDSHAKE,
        .check = check,
};
