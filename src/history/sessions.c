#include "history/sessions.h"

#include <stdio.h>
#include <string.h>

#include "base/cursor.h"
#include "base/map.h"

enum { SHORTEST_ID = 16, NAME = 256 };

struct session {
    int64_t issued_us, not_after_us;
    uint64_t name; /* hash of that of the service, 0 none */
    uint32_t n_names, are_names_known;
    uint8_t leaf[32];
    uint32_t names[HISTORY_SESSION_NAMES]; /* hashes of the leaf's dNSNames in lower case */
    char name_text[HISTORY_SESSION_NAME];
};

struct key {
    uint64_t hash[2];
    uint64_t is_ticket;
};

static bool is_constant(struct bytes id)
{
    struct cur c = cur_of(id);
    uint8_t first = cur_peek_u8(&c, 0);
    while (cur_more(&c))
        if (cur_u8(&c) != first)
            return false;
    return true;
}

/* Ids that are short or all alike are not one server's alone. */
static bool key_of(struct bytes value, bool is_ticket, struct key *out)
{
    if (value.n < SHORTEST_ID || is_constant(value))
        return false;
    *out = (struct key){.is_ticket = is_ticket};
    hash_wide(value.p, value.n, out->hash);
    return true;
}

static struct session *find(struct memory *m, struct bytes value, bool is_ticket)
{
    struct key key;
    if (m == NULL || !key_of(value, is_ticket, &key))
        return NULL;
    return memory_get(m, (struct bytes){(const uint8_t *)&key, sizeof key});
}

/* A client that offers a ticket adds a session id only to see it echoed (RFC 5077 3.4); but a
 * server without tickets may go on with the id. */
static struct session *resumed(struct memory *m, const struct handshake *h)
{
    const struct client_hello *ch = h->client_hello;
    if (ch == NULL || h->is_ambiguous || h->version == TLS_SSLV2 || tls_is_13(h->version) ||
            h->resumption != RESUMPTION_RESUMED)
        return NULL;
    struct session *s = find(m, ch->session_ticket, true);
    return s != NULL ? s : find(m, ch->session_id, false);
}

struct bytes history_session_evidence(const struct handshake *h)
{
    const struct client_hello *ch = h->client_hello;
    return ch->session_ticket.n > 0 ? ch->session_ticket : ch->session_id;
}

static uint32_t hash_name(const uint8_t *p, size_t n)
{
    uint8_t lower[NAME];
    for (size_t i = 0; i < n && i < sizeof lower; i++)
        lower[i] = p[i] >= 'A' && p[i] <= 'Z' ? (uint8_t)(p[i] + 32) : p[i];
    return (uint32_t)hash_fixed(lower, n < sizeof lower ? n : sizeof lower);
}

static bool has(const struct session *s, uint32_t hash)
{
    for (uint32_t i = 0; i < s->n_names && i < HISTORY_SESSION_NAMES; i++)
        if (s->names[i] == hash)
            return true;
    return false;
}

/* RFC 6125 6.4.3: an asterisk stands for the leftmost label. */
static bool names(const struct session *s, const char *name)
{
    char wild[NAME];
    const char *dot = strchr(name, '.');
    if (s->are_names_known == 0 || has(s, hash_name((const uint8_t *)name, strnlen(name, NAME))))
        return true;
    if (dot == NULL)
        return false;
    int n = snprintf(wild, sizeof wild, "*%s", dot);
    return n > 0 && has(s, hash_name((const uint8_t *)wild, strnlen(wild, NAME)));
}

static uint64_t name_of(const struct service *s)
{
    return s->is_address || s->is_unanswered ? 0 : hash_fixed(s->name, strlen(s->name));
}

bool history_session(struct history *history, const struct handshake *h, const struct service *s,
        struct resumed_session *out)
{
    struct memory *m = history_topic(history, TOPIC_sessions);
    const struct session *o = m != NULL ? resumed(m, h) : NULL;
    if (o == NULL)
        return false;
    uint64_t name = name_of(s);
    *out = (struct resumed_session){.issued_us = o->issued_us,
            .not_after_us = o->not_after_us,
            .leaf = o->leaf,
            .name = o->name != 0 ? o->name_text : NULL,
            .is_other_name = o->name != 0 && name != 0 && o->name != name,
            .is_named = name == 0 || names(o, s->name)};
    return true;
}

static struct session session_of(const struct lesson *l)
{
    struct session s = {.issued_us = l->handshake->first_us,
            .not_after_us = l->leaf->not_after_us,
            .name = name_of(l->service),
            .are_names_known = l->leaf->has_san && l->leaf->n_sans_dropped == 0};
    memcpy(s.leaf, l->leaf->sha256, sizeof s.leaf);
    (void)snprintf(
            s.name_text, sizeof s.name_text, "%.*s", (int)sizeof s.name_text - 1, l->service->name);
    for (size_t i = 0; i < l->leaf->n_sans; i++) {
        const struct san *san = &l->leaf->sans[i];
        if (san->type != SAN_DNS || san->value.n == 0)
            continue;
        if (s.n_names == HISTORY_SESSION_NAMES) {
            s.are_names_known = 0;
            break;
        }
        s.names[s.n_names++] = hash_name(san->value.p, san->value.n);
    }
    return s;
}

static void keep(
        struct memory *m, struct bytes value, bool is_ticket, const struct session *s, int64_t us)
{
    struct key key;
    if (key_of(value, is_ticket, &key))
        *(struct session *)memory_make(m, (struct bytes){(const uint8_t *)&key, sizeof key}, us) =
                *s;
}

static void learn_full(struct memory *m, const struct lesson *l)
{
    const struct handshake *h = l->handshake;
    if (l->leaf == NULL || !l->leaf->is_parsed || h->server_hello == NULL)
        return;
    bool is_own = handshake_session_id(h) == SESSION_ID_OWN;
    if (!is_own && h->session_ticket == NULL)
        return;
    const struct session s = session_of(l);
    if (is_own)
        keep(m, h->server_hello->session_id, false, &s, l->at_us);
    if (h->session_ticket != NULL)
        keep(m, h->session_ticket->ticket, true, &s, l->at_us);
}

static void learn(struct memory *m, const struct lesson *l)
{
    const struct handshake *h = l->handshake;
    if (h->is_ambiguous || h->version == TLS_SSLV2 || tls_is_13(h->version))
        return;
    if (h->resumption != RESUMPTION_RESUMED) {
        learn_full(m, l);
        return;
    }
    const struct session *before = resumed(m, h);
    if (before == NULL || h->session_ticket == NULL)
        return;
    const struct session copy = *before;
    keep(m, h->session_ticket->ticket, true, &copy, l->at_us);
}

const struct topic topic_sessions = {
        .kind = {.name = "sessions",
                .version = 1,
                .value_size = sizeof(struct session),
                .cap = HISTORY_SESSIONS},
        .learn = learn,
};
