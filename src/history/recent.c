#include "history/recent.h"

#include <string.h>

#include "base/cursor.h"
#include "base/map.h"
#include "base/slot.h"

#define MINUTE_US (60 * (int64_t)1000000)

enum { UNRECOGNIZED_NAME = 112 };

struct slot {
    int64_t number; /* of the slot since 1970: old ones need no clearing */
    uint32_t n_all, n_bad;
};

struct who {
    uint64_t hash;
    int64_t number; /* of the slot in which it was last seen */
};

struct entry {
    struct slot slots[RECENT_SLOTS];
    struct who who[RECENT_WHO];
};

static int64_t slot_us(const struct recent_key *key)
{
    return key->kind == RECENT_NOT_TLS ? 6 * MINUTE_US : MINUTE_US;
}

static int64_t number_of(const struct recent_key *key, int64_t us)
{
    return slot_of_time(us, slot_us(key));
}

static struct bytes bytes_of(const struct recent_key *key)
{
    return (struct bytes){(const uint8_t *)key, sizeof *key};
}

static bool is_within(int64_t number, int64_t now)
{
    return number <= now && now - number < RECENT_SLOTS;
}

static void count(
        const struct entry *n, const struct recent_event *e, int64_t now, struct recent_counts *out)
{
    bool is_known = !e->is_bad;
    for (size_t i = 0; i < RECENT_SLOTS; i++) {
        if (!is_within(n->slots[i].number, now))
            continue;
        out->n_all += n->slots[i].n_all;
        out->n_bad += n->slots[i].n_bad;
    }
    out->n_who = 0;
    for (size_t i = 0; i < RECENT_WHO; i++) {
        if (n->who[i].hash == 0 || !is_within(n->who[i].number, now))
            continue;
        out->n_who++;
        is_known |= n->who[i].hash == e->who;
    }
    if (!is_known && out->n_who < RECENT_WHO)
        out->n_who++;
}

struct recent_counts recent_with(struct history *h, const struct recent_event *e, int64_t at_us)
{
    int64_t now = number_of(&e->key, at_us);
    struct recent_counts out = {.n_all = 1,
            .n_bad = e->is_bad,
            .n_who = e->is_bad,
            .from_us = (now - RECENT_SLOTS + 1) * slot_us(&e->key),
            .to_us = at_us};
    struct memory *m = history_topic(h, TOPIC_recent);
    const struct entry *n = m != NULL ? memory_get(m, bytes_of(&e->key)) : NULL;
    if (n != NULL)
        count(n, e, now, &out);
    return out;
}

static void note_who(struct entry *n, uint64_t who, int64_t now)
{
    size_t oldest = 0;
    for (size_t i = 0; i < RECENT_WHO; i++) {
        if (n->who[i].hash == who) {
            oldest = i;
            break;
        }
        if (n->who[i].hash == 0 || n->who[i].number < n->who[oldest].number)
            oldest = i;
        if (n->who[i].hash == 0)
            break;
    }
    n->who[oldest] = (struct who){who, now};
}

static void add(struct memory *m, const struct recent_event *e, int64_t at_us)
{
    int64_t now = number_of(&e->key, at_us);
    struct entry *n = memory_make(m, bytes_of(&e->key), at_us);
    struct slot *slot = &n->slots[slot_in_ring(now, RECENT_SLOTS)];
    if (slot->number != now)
        *slot = (struct slot){now, 0, 0};
    slot->n_all++;
    slot->n_bad += e->is_bad;
    if (e->is_bad)
        note_who(n, e->who, now);
}

void recent_add(struct history *h, const struct recent_event *e, int64_t at_us)
{
    struct memory *m = history_topic(h, TOPIC_recent);
    if (m != NULL)
        add(m, e, at_us);
}

/* 0 means nobody. */
static uint64_t hash_of(const void *p, size_t n)
{
    uint64_t h = hash_fixed(p, n);
    return h != 0 ? h : 1;
}

static uint64_t client_of(const struct handshake *h)
{
    const uint8_t *ip = h->sides[SIDE_CLIENT].endpoint.address.ip;
    return hash_of(ip, sizeof h->sides[SIDE_CLIENT].endpoint.address.ip);
}

static const struct alert *server_alert(const struct handshake *h, uint8_t from, uint8_t to)
{
    const struct side_facts *s = &h->sides[SIDE_SERVER];
    for (size_t i = 0; i < s->n_alerts && i < TLS_ALERT_CAP; i++)
        if (s->alerts[i].description >= from && s->alerts[i].description <= to)
            return &s->alerts[i];
    return NULL;
}

bool recent_name(const struct handshake *h, const struct service *s, int64_t vantage,
        struct recent_event *out)
{
    const struct client_hello *ch = h->client_hello;
    if (ch == NULL || server_alert(h, UNRECOGNIZED_NAME, UNRECOGNIZED_NAME) == NULL)
        return false;
    uint64_t name = ch->sni.n > 0 ? hash_of(ch->sni.p, ch->sni.n) : 0;
    *out = (struct recent_event){{RECENT_NAME_REFUSED, vantage, s->id, name}, client_of(h), true};
    return true;
}

/* bad_certificate to certificate_unknown, unknown_ca, access_denied. */
static bool is_about_certificate(const struct handshake *h)
{
    return h->outcome == OUTCOME_FAIL_ALERT_SERVER &&
           (server_alert(h, 42, 46) != NULL || server_alert(h, 48, 49) != NULL);
}

bool recent_client_cert(const struct handshake *h, const struct service *s, int64_t vantage,
        struct recent_event *out)
{
    if (h->client_certs == NULL || h->client_certs->n_certs == 0)
        return false;
    struct bytes leaf = h->client_certs->certs[0].der;
    /* One address may stand for many clients, and one certificate as well: either tells them
     * apart. */
    uint64_t both[2] = {client_of(h), leaf.n > 0 ? hash_of(leaf.p, leaf.n) : 0};
    *out = (struct recent_event){{RECENT_CLIENT_CERT, vantage, s->id, 0},
            hash_of(both, sizeof both), is_about_certificate(h)};
    return true;
}

struct recent_event recent_clear_text(
        int64_t vantage, const struct endpoint *client, const struct endpoint *server)
{
    uint8_t pair[2 * sizeof client->address.ip + 2];
    memcpy(pair, client->address.ip, sizeof client->address.ip);
    memcpy(pair + sizeof client->address.ip, server->address.ip, sizeof server->address.ip);
    pair[sizeof pair - 2] = (uint8_t)(server->port >> 8);
    pair[sizeof pair - 1] = (uint8_t)server->port;
    uint64_t who = hash_of(client->address.ip, sizeof client->address.ip);
    return (struct recent_event){
            {RECENT_NOT_TLS, vantage, 0, hash_of(pair, sizeof pair)}, who, true};
}

/* RFC 9110 9, RFC 9113 3.4, RFC 5321 4.1.1.1. CONNECT may carry TLS, and what load balancers put
 * before TLS (PROXY) is none of these. */
const char *recent_clear_name(struct bytes begin)
{
    static const struct {
        const char *text, *name;
    } known[] = {{"GET ", "HTTP"}, {"POST ", "HTTP"}, {"HEAD ", "HTTP"}, {"PUT ", "HTTP"},
            {"DELETE ", "HTTP"}, {"OPTIONS ", "HTTP"}, {"PATCH ", "HTTP"}, {"PRI * HTTP/2", "HTTP"},
            {"EHLO ", "SMTP"}, {"HELO ", "SMTP"}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct cur c = cur_of(begin);
        struct bytes text = bytes_of_text(known[i].text);
        if (bytes_equal(cur_take(&c, text.n), text))
            return known[i].name;
    }
    return NULL;
}

/* Also without the status line: a server that takes the hello for a request of HTTP/0.9 sends the
 * page alone (older nginx, Python's http.server). */
static bool is_http_answer(struct bytes begin)
{
    static const char *const known[] = {
            "HTTP/1.", "<!DOCTYPE html", "<!DOCTYPE HTML", "<html", "<HTML"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct cur c = cur_of(begin);
        struct bytes text = bytes_of_text(known[i]);
        if (bytes_equal(cur_take(&c, text.n), text))
            return true;
    }
    return false;
}

bool recent_http_answer(const struct handshake *h, const struct service *s, int64_t vantage,
        struct recent_event *out)
{
    (void)s;
    if (h->client_hello == NULL || h->server_hello != NULL || h->hello_retry_request != NULL ||
            h->malformed_side != SIDE_SERVER || h->malformed == NULL ||
            strcmp(h->malformed, TLS_NO_RECORD) != 0 || !is_http_answer(h->malformed_bytes))
        return false;
    *out = recent_clear_text(
            vantage, &h->sides[SIDE_CLIENT].endpoint, &h->sides[SIDE_SERVER].endpoint);
    return true;
}

static void learn(struct memory *m, const struct lesson *l)
{
    static bool (*const kinds[])(const struct handshake *, const struct service *, int64_t,
            struct recent_event *) = {recent_name, recent_client_cert, recent_http_answer};
    struct recent_event e;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i](l->handshake, l->service, l->vantage, &e))
            add(m, &e, l->at_us);
}

const struct topic topic_recent = {
        .kind = {.name = "recent",
                .version = 1,
                .value_size = sizeof(struct entry),
                .cap = RECENT_CAP},
        .learn = learn,
};
