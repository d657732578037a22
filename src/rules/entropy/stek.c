/* Keys of session tickets: how long, and by whom they are used. */
#include "base/text.h"
#include "history/ticket_keys.h"
#include "rules/judged.h"

/* The ticket of the handshake and what is known about its key; false with *verdict. */
static bool look(const struct rule_facts *f, struct rule_answer *a, struct keyed_ticket *t,
        struct ticket_key *k, enum verdict *verdict)
{
    if (!rule_hello(f, a, verdict))
        return false;
    *verdict = RULE_NA;
    if (!history_keyed_ticket(f->handshake, t))
        return false;
    const struct certificate *leaf = f->n_chain > 0 && f->chain[0]->is_parsed ? f->chain[0] : NULL;
    *k = history_ticket_key(f->history, f->handshake, f->service, leaf, t);
    *verdict = RULE_PASS;
    return k->is_name;
}

static void name_key(struct rule_answer *a, const struct keyed_ticket *t, const char *note)
{
    struct text hex = {0};
    text_add_hex(&hex, t->key_name);
    rule_subject(a, "%s", text_str(&hex));
    text_fini(&hex);
    rule_bytes(a, t->side, t->at, t->ticket, note);
}

static enum verdict check_age(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    struct keyed_ticket t;
    struct ticket_key k;
    if (!look(f, a, &t, &k, &v))
        return v;
    int64_t age_us = f->handshake->first_us - k.first_us;
    if (age_us <= rule_threshold_us(f, THRESHOLD_TICKET_KEY_MEDIUM_HOURS))
        return RULE_PASS;
    char day[16];
    rule_day(k.first_us, day);
    bool is_old = age_us > rule_threshold_us(f, THRESHOLD_TICKET_KEY_HIGH_DAYS);
    a->severity = is_old ? SEV_HIGH : SEV_MEDIUM;
    name_key(a, &t, "ticket that begins with the name of its key");
    rule_summary(a,
            "the key of session tickets that was seen on %s is in use %lld hours later: it opens "
            "every session of that time",
            day, (long long)(age_us / (DAY_US / 24)));
    return RULE_HIT;
}

static enum verdict check_shared(const struct rule_facts *f, struct rule_answer *a)
{
    enum verdict v;
    struct keyed_ticket t;
    struct ticket_key k;
    char server[ENDPOINT_TEXT];
    if (!look(f, a, &t, &k, &v))
        return v;
    if (!k.has_server || f->n_chain == 0)
        return RULE_NA;
    if (!k.is_other)
        return RULE_PASS;
    endpoint_text(&f->handshake->sides[SIDE_SERVER].endpoint, server);
    name_key(a, &t, "ticket that begins with the name of its key");
    a->confidence = 0.8;
    if (rule_publicity(f) != KNOWN_NO) /* most likely hosted: see the traps */
        a->severity = rule_publicity(f) == KNOWN_YES ? SEV_INFO : SEV_LOW;
    else if (k.is_same_host)
        a->severity = SEV_LOW; /* most likely one process */
    rule_summary(a,
            "%s uses the key of session tickets of %s, which has another %s, certificate and "
            "issuer",
            server, k.server, k.is_same_host ? "port" : "address");
    return RULE_HIT;
}

const struct rule rule_stek_long_lived = {
        .id = "stek-long-lived",
        .codes = "T1 T3 U6",
        .title = "A key of session tickets is used for too long",
        .cite = "RFC 9325 3.4; RFC 5077 5.5",
        .what = "A server issues or accepts a ticket whose key name was seen more than 24 hours "
                "before (medium), or more than 7 days (high), over all that the database "
                "remembers. The name is the first 16 bytes of a ticket.",
        .traps = "Only layouts with a key name, known by their length (OpenSSL and its like, RFC "
                 "5077), are looked at, and only names that two different tickets have; headers "
                 "that are the same everywhere (DPAPI) are no names. A ticket that is offered and "
                 "not accepted says nothing about today. In TLS 1.3 only tickets that clients "
                 "offer are to be seen.",
        .remedy = "Change the ticket keys daily, on all nodes by one service, and keep the old one "
                  "for as long as tickets live.",
        .severity = SEV_HIGH,
        .on = RULE_HANDSHAKE,
        .check = check_age,
};

const struct rule rule_stek_shared = {
        .id = "stek-shared",
        .codes = "F7 T3 U6",
        .title = "Servers of different owners share a key of session tickets",
        .cite = "RFC 9325 3.4; RFC 5077 5.5",
        .what = "Tickets with one key name are issued by servers with different addresses or "
                "ports, names, certificates and issuers.",
        .traps = "Nodes of one service, and services with certificates of one issuer, may share a "
                 "key. A content network shares on purpose, and nobody but it has public names of "
                 "several owners with one key: with a certificate of a public root this is info, "
                 "and low when no trust store tells, or when both servers have one address. Names "
                 "are known as for stek-long-lived. In "
                 "TLS 1.3 tickets are issued "
                 "encrypted.",
        .remedy = "Use separate ticket keys in each zone of trust; replace keys that came with a "
                  "product.",
        .severity = SEV_MEDIUM,
        .on = RULE_HANDSHAKE,
        .check = check_shared,
};
