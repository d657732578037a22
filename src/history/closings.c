#include "history/closings.h"

struct key {
    int64_t vantage, service;
};

struct closings history_closings(struct history *history, int64_t vantage, const struct service *s)
{
    const struct key key = {vantage, s->id};
    struct memory *m = history_topic(history, TOPIC_closings);
    const struct closings *c =
            m != NULL ? memory_get(m, (struct bytes){(const uint8_t *)&key, sizeof key}) : NULL;
    return c != NULL ? *c : (struct closings){0};
}

/* The server ended first, behind data, and nothing of its bytes is missing. A client that had said
 * close_notify wanted to end: closing the socket then cuts nothing off. */
static bool is_counted(const struct connection_end *e)
{
    bool is_server = e->ending == ENDING_FIN_SERVER || e->ending == ENDING_RST_SERVER;
    return is_server && !e->is_left && e->records[SIDE_SERVER].n_data > 0 &&
           e->records[SIDE_CLIENT].n_data > 0 && e->gap_bytes[SIDE_SERVER] == 0 &&
           !e->is_framing_lost[SIDE_SERVER];
}

static void learn_end(struct memory *memory, const struct lesson *l)
{
    const struct connection_end *e = l->end;
    if (!is_counted(e) || !outcome_is_success(l->handshake->outcome) ||
            l->handshake->version == TLS_SSLV2)
        return;
    const struct key key = {l->vantage, l->service->id};
    struct closings *c =
            memory_make(memory, (struct bytes){(const uint8_t *)&key, sizeof key}, l->at_us);
    bool is_13 = tls_is_13(l->handshake->version);
    if (c->n >= CLOSINGS_HALVED) {
        c->n /= 2;
        c->n_without /= 2;
        c->n_tls13 /= 2;
    }
    if (c->n == 0)
        c->first_us = l->at_us;
    c->last_us = l->at_us;
    c->n++;
    c->n_tls13 += is_13;
    c->n_without +=
            is_13 ? e->n_alert_sized[SIDE_SERVER] == 0
                  : e->n_encrypted_alerts[SIDE_SERVER] == 0 && e->n_alerts[SIDE_SERVER] == 0;
}

const struct topic topic_closings = {
        .kind = {.name = "closings",
                .version = 1,
                .value_size = sizeof(struct closings),
                .cap = CLOSINGS_SERVICES},
        .learn_end = learn_end,
};
