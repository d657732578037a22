#include "history/hellos.h"

#include "history/host_key.h"

enum {
    SEGMENT = 1460, /* the most that an Ethernet segment holds */
    MESSAGE_HEADER = 4,
    WINDOW_FROM = 256,
    WINDOW_TO = 511,
    ALERT_UNEXPECTED = 10,
    ALERT_DECODE = 50,
    THIRD = 3,
};
#define SILENCE_US (5 * INT64_C(1000000))

struct server {
    struct hello_counts forms[HELLO_FORMS];
};

static uint64_t size_of(const struct client_hello *ch)
{
    return ch->raw.n + MESSAGE_HEADER;
}

bool hello_is_of(const struct handshake *h, enum hello_form form)
{
    const struct client_hello *ch = h->client_hello;
    switch (form) {
    case HELLO_LARGE:
        return ch->at.first_packet != ch->at.last_packet || ch->at.len > SEGMENT;
    case HELLO_WINDOW:
        return size_of(ch) >= WINDOW_FROM && size_of(ch) <= WINDOW_TO;
    default:
        return !ch->is_sslv2_format && ch->at.len > size_of(ch);
    }
}

bool hello_is_answered(const struct handshake *h)
{
    const struct side_facts *server = &h->sides[SIDE_SERVER];
    return h->server_hello != NULL || h->hello_retry_request != NULL || server->n_alerts > 0 ||
           server->last_message >= 0;
}

/* The client waited long enough, and the server's host had all of it. */
static bool has_waited(const struct handshake *h)
{
    const struct client_hello *ch = h->client_hello;
    return h->sides[SIDE_CLIENT].acked >= ch->at.offset + ch->at.len &&
           h->times.client_hello_last_us != TIME_NONE && h->times.end_us != TIME_NONE &&
           h->times.end_us - h->times.client_hello_last_us >= SILENCE_US;
}

static bool is_dropped(const struct handshake *h)
{
    switch (h->outcome) {
    case OUTCOME_FAIL_RESET_SERVER:
    case OUTCOME_FAIL_RESET_THIRD_PARTY:
    case OUTCOME_FAIL_CLOSED_SERVER:
        return true;
    case OUTCOME_FAIL_TIMEOUT_SERVER:
    case OUTCOME_FAIL_CLOSED_CLIENT:
    case OUTCOME_FAIL_RESET_CLIENT:
        return has_waited(h);
    default:
        return false;
    }
}

static bool has_alert(const struct side_facts *s, uint8_t description)
{
    for (size_t i = 0; i < s->n_alerts && i < TLS_ALERT_CAP; i++)
        if (s->alerts[i].description == description)
            return true;
    return false;
}

bool hello_is_failed(const struct handshake *h, enum hello_form form)
{
    const struct side_facts *server = &h->sides[SIDE_SERVER];
    bool is_late = h->server_hello != NULL || h->hello_retry_request != NULL;
    if (form == HELLO_SPLIT && !is_late && h->outcome == OUTCOME_FAIL_ALERT_SERVER)
        return has_alert(server, ALERT_UNEXPECTED) || has_alert(server, ALERT_DECODE);
    return !hello_is_answered(h) && server->payload_bytes == 0 && is_dropped(h);
}

static bool is_old(int64_t then_us, int64_t now_us)
{
    return now_us - then_us > HELLO_US;
}

struct hello_counts history_hellos(struct history *history, int64_t vantage,
        const struct service *s, const struct handshake *h, enum hello_form form)
{
    struct memory *m = history_topic(history, TOPIC_hellos);
    struct host_key key = host_key_of(vantage, s, h, SIDE_SERVER);
    const struct server *server = m != NULL ? memory_get(m, host_key_bytes(&key)) : NULL;
    if (server == NULL || is_old(server->forms[form].last_us, h->last_us))
        return (struct hello_counts){0};
    struct hello_counts c = server->forms[form];
    if (h->last_us > c.last_us)
        return c;
    if (c.n_failed < THIRD || h->last_us < c.third_us)
        return (struct hello_counts){0};
    c.n_failed--;
    return c;
}

static void learn_form(
        struct server *s, const struct handshake *h, enum hello_form form, int64_t us)
{
    struct hello_counts *c = &s->forms[form];
    bool is_of = hello_is_of(h, form);
    bool is_failed = hello_is_failed(h, form);
    bool is_passed = !is_failed && hello_is_answered(h);
    if (c->n_failed > 0 && is_old(c->last_us, us))
        *c = (struct hello_counts){0};
    if (is_of && is_failed) {
        if (c->n_failed == 0)
            c->first_us = us;
        if (++c->n_failed == THIRD)
            c->third_us = us;
        c->last_us = us;
    } else if (is_of && is_passed) {
        *c = (struct hello_counts){0};
    } else if (!is_of && c->n_failed > 0) {
        c->n_others_failed += is_failed;
        c->n_others_passed += is_passed;
    }
}

static bool is_judged(const struct handshake *h)
{
    return h->client_hello != NULL && !h->client_hello->is_malformed && handshake_is_complete(h);
}

static void learn(struct memory *memory, const struct lesson *l)
{
    const struct handshake *h = l->handshake;
    if (!is_judged(h))
        return;
    struct host_key key = host_key_of(l->vantage, l->service, h, SIDE_SERVER);
    struct server *s = memory_get(memory, host_key_bytes(&key));
    bool is_news = hello_is_failed(h, HELLO_SPLIT) || hello_is_failed(h, HELLO_LARGE);
    if (s == NULL && !is_news)
        return;
    s = memory_make(memory, host_key_bytes(&key), l->at_us);
    for (int form = 0; form < HELLO_FORMS; form++)
        learn_form(s, h, (enum hello_form)form, l->at_us);
}

const struct topic topic_hellos = {
        .kind = {.name = "hellos",
                .version = 1,
                .value_size = sizeof(struct server),
                .cap = HELLO_SERVERS},
        .learn = learn,
};
