#include "history/ticket_keys.h"

#include <stdio.h>
#include <string.h>

#include "base/cursor.h"
#include "base/map.h"

enum { LEAST_DISTINCT = 10 }; /* of 16 random bytes 15 or so are distinct */

struct use {
    int64_t first_us;
    uint64_t last_ticket; /* hash */
    uint64_t is_name;
    uint64_t leaf, issuer; /* hashes; 0 not known */
    uint8_t ip[16];
    uint64_t port;
    uint64_t name;
    char name_text[HISTORY_TICKET_NAME];
};

/* Windows protects tickets with DPAPI, whose blobs begin with the same bytes everywhere. */
static bool is_header(struct bytes name)
{
    static const uint8_t blob[] = {1, 0, 0, 0, 0xd0, 0x8c, 0x9d, 0xdf};
    static const uint8_t cms[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07};
    struct cur c = cur_of(name);
    if (bytes_equal(cur_take(&c, sizeof blob), (struct bytes){blob, sizeof blob}))
        return true;
    c = cur_of(name);
    cur_skip(&c, 6); /* SEQUENCE and OBJECT IDENTIFIER with their lengths */
    return bytes_equal(cur_take(&c, sizeof cms), (struct bytes){cms, sizeof cms});
}

static bool is_random(struct bytes name)
{
    uint64_t seen[4] = {0};
    unsigned n = 0;
    for (struct cur c = cur_of(name); cur_more(&c);) {
        uint8_t b = cur_u8(&c);
        uint64_t bit = UINT64_C(1) << (b & 63);
        n += (seen[b >> 6] & bit) == 0;
        seen[b >> 6] |= bit;
    }
    return n >= LEAST_DISTINCT;
}

static bool has_name(struct keyed_ticket *t)
{
    return ticket_layout_of(t->ticket, &t->key_name) != TICKET_LAYOUT_UNKNOWN &&
           is_random(t->key_name) && !is_header(t->key_name);
}

static bool issued(const struct handshake *h, struct keyed_ticket *out)
{
    const struct session_ticket *t = h->session_ticket;
    if (t == NULL)
        return false;
    *out = (struct keyed_ticket){.ticket = t->ticket, .side = SIDE_SERVER, .at = &t->at};
    return has_name(out);
}

/* Also of one that was not accepted: that its key was used once is known nevertheless. */
static bool offered(const struct handshake *h, struct keyed_ticket *out)
{
    const struct client_hello *ch = h->client_hello;
    if (ch == NULL)
        return false;
    *out = (struct keyed_ticket){.side = SIDE_CLIENT, .at = &ch->at};
    out->ticket = ch->session_ticket.n > 0 ? ch->session_ticket : ch->psk_identity;
    return has_name(out);
}

static bool is_accepted(const struct handshake *h)
{
    const struct client_hello *ch = h->client_hello;
    const struct server_hello *sh = h->server_hello;
    if (sh == NULL || h->is_ambiguous || h->resumption != RESUMPTION_RESUMED)
        return false;
    return tls_is_13(h->version) ? sh->has_psk && sh->psk_index == 0 && ch->session_ticket.n == 0
                                 : ch->session_ticket.n > 0;
}

bool history_keyed_ticket(const struct handshake *h, struct keyed_ticket *out)
{
    return !h->is_ambiguous && (issued(h, out) || (offered(h, out) && is_accepted(h)));
}

static uint64_t hash_of(struct bytes b)
{
    return b.n > 0 ? hash_fixed(b.p, b.n) : 0;
}

static bool is_same_host(const struct use *u, const struct handshake *h)
{
    return memcmp(u->ip, h->sides[SIDE_SERVER].endpoint.address.ip, sizeof u->ip) == 0;
}

static bool is_other(const struct use *u, const struct handshake *h, const struct service *s,
        const struct certificate *leaf)
{
    const struct endpoint *e = &h->sides[SIDE_SERVER].endpoint;
    return u->leaf != 0 && leaf != NULL && leaf->issuer_der.n > 0 &&
           !(is_same_host(u, h) && u->port == e->port) &&
           u->name != hash_of(bytes_of_text(s->name)) &&
           u->leaf != hash_fixed(leaf->sha256, sizeof leaf->sha256) &&
           u->issuer != hash_of(leaf->issuer_der);
}

struct ticket_key history_ticket_key(struct history *history, const struct handshake *h,
        const struct service *s, const struct certificate *leaf, const struct keyed_ticket *t)
{
    struct ticket_key k = {0};
    struct memory *m = history_topic(history, TOPIC_ticket_keys);
    const struct use *u = m != NULL ? memory_get(m, t->key_name) : NULL;
    if (u == NULL)
        return k;
    k.is_name = u->is_name != 0 || u->last_ticket != hash_of(t->ticket);
    k.first_us = u->first_us;
    k.has_server = u->leaf != 0;
    k.server = u->name_text;
    k.is_other = is_other(u, h, s, leaf);
    k.is_same_host = is_same_host(u, h);
    return k;
}

static void learn_ticket(struct memory *m, const struct lesson *l, const struct keyed_ticket *t)
{
    uint64_t hash = hash_of(t->ticket);
    struct use *u = memory_make(m, t->key_name, l->at_us);
    if (u->last_ticket == 0)
        u->first_us = l->handshake->first_us;
    else if (u->last_ticket != hash)
        u->is_name = 1;
    u->last_ticket = hash;
    if (l->handshake->first_us < u->first_us)
        u->first_us = l->handshake->first_us;
    if (u->leaf != 0 || l->leaf == NULL || !l->leaf->is_parsed || l->leaf->issuer_der.n == 0)
        return;
    const struct endpoint *e = &l->handshake->sides[SIDE_SERVER].endpoint;
    memcpy(u->ip, e->address.ip, sizeof u->ip);
    u->port = e->port;
    u->name = hash_of(bytes_of_text(l->service->name));
    u->leaf = hash_fixed(l->leaf->sha256, sizeof l->leaf->sha256);
    u->issuer = hash_of(l->leaf->issuer_der);
    (void)snprintf(u->name_text, sizeof u->name_text, "%.*s", (int)sizeof u->name_text - 1,
            l->service->name);
}

static void learn(struct memory *m, const struct lesson *l)
{
    struct keyed_ticket t;
    if (l->handshake->is_ambiguous)
        return;
    if (offered(l->handshake, &t))
        learn_ticket(m, l, &t);
    if (issued(l->handshake, &t))
        learn_ticket(m, l, &t);
}

const struct topic topic_ticket_keys = {
        .kind = {.name = "ticket-keys",
                .version = 2,
                .value_size = sizeof(struct use),
                .cap = HISTORY_TICKET_KEYS},
        .learn = learn,
};
