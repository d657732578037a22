#include "rules/judged.h"

static bool has_ticket(const struct handshake *h)
{
    const struct client_hello *ch = h->client_hello;
    return h->session_ticket != NULL ||
           (ch != NULL && (ch->session_ticket.n > 0 || ch->psk_identity.n > 0));
}

static void show(const struct handshake *h, struct rule_answer *a, enum ticket_source source)
{
    if (source == TICKET_NEW)
        rule_bytes(a, SIDE_SERVER, &h->session_ticket->at, h->session_ticket->ticket,
                "ticket of the NewSessionTicket, its first bytes");
    else if (source == TICKET_OFFERED)
        rule_bytes(a, SIDE_CLIENT, &h->client_hello->at, h->client_hello->session_ticket,
                "session_ticket of the ClientHello, its first bytes");
    else
        rule_bytes(a, SIDE_CLIENT, &h->client_hello->at, h->client_hello->psk_identity,
                "identity of pre_shared_key in the ClientHello, its first bytes");
}

static enum verdict check(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    const struct handshake *h = f->handshake;
    if (!has_ticket(h))
        return RULE_NA;
    const struct judgement *j = rule_judgement(f, a, &v);
    if (j == NULL)
        return v;
    if (j->zero_ticket.mac == NULL)
        return RULE_PASS;
    rule_subject(a, "-");
    rule_summary(a,
            "the %s of a session ticket verifies under a key of zeros: everybody can "
            "decrypt its sessions and forge others",
            j->zero_ticket.mac);
    show(h, a, j->zero_ticket.source);
    return RULE_HIT;
}

const struct rule rule_vuln_zero_stek = {
        .id = "vuln-zero-stek",
        .codes = "T3 U6",
        .title = "Session tickets are protected by a key of zeros",
        .cite = "CVE-2020-13777; RFC 5077 4",
        .what = "The last bytes of a ticket in a NewSessionTicket, or in session_ticket or the "
                "first pre_shared_key identity of a ClientHello, are an HMAC with SHA-256 or SHA-1 "
                "over all others under a key of zeros (OpenSSL, GnuTLS and all that follow RFC "
                "5077), or under what Go derives from one; or a ticket in the layout of mbedTLS "
                "has "
                "a tag of AES-GCM under a key of zeros.",
        .traps = "A MAC does not match by chance. Nothing of a ticket's contents is kept. Tickets "
                 "of other layouts (wolfSSL, rustls, Java, Schannel) are not tried. A ticket that "
                 "a client offers may come from "
                 "another server of the same name.",
        .remedy = "Patch the library, rotate ticket keys, and treat recorded traffic as exposed.",
        .severity = SEV_CRITICAL,
        .on = RULE_HANDSHAKE,
        .check = check,
};
