#include "history/closings.h"

struct key {
    int64_t place, service;
};

struct sides {
    struct closings sides[2];
};

struct closings history_closings(
        struct history *history, int64_t place, const struct service *s, enum side side)
{
    const struct key key = {place, s->id};
    struct memory *m = history_topic(history, TOPIC_closings);
    const struct sides *c =
            m != NULL ? memory_get(m, (struct bytes){(const uint8_t *)&key, sizeof key}) : NULL;
    return c != NULL ? c->sides[side] : (struct closings){0};
}

/* Who ended first; false when nobody did. */
static bool side_of(const struct connection_end *e, enum side *side)
{
    bool is_client = e->ending == ENDING_FIN_CLIENT || e->ending == ENDING_RST_CLIENT;
    *side = is_client ? SIDE_CLIENT : SIDE_SERVER;
    return is_client || e->ending == ENDING_FIN_SERVER || e->ending == ENDING_RST_SERVER;
}

/* In TLS 1.3 by the size of a record. */
static bool has_notified(const struct connection_end *e, enum side side, bool is_13)
{
    return is_13 ? e->n_alert_sized[side] > 0
                 : e->n_encrypted_alerts[side] > 0 || e->n_alerts[side] > 0;
}

/* Data went both ways, and nothing of the bytes of who ended is missing. When the other had said
 * close_notify, closing the socket cuts nothing off. */
static bool is_counted(const struct connection_end *e, enum side side, bool is_13)
{
    bool is_answer = side == SIDE_SERVER ? e->is_left : has_notified(e, SIDE_SERVER, is_13);
    return !is_answer && e->records[SIDE_SERVER].n_data > 0 && e->records[SIDE_CLIENT].n_data > 0 &&
           e->gap_bytes[side] == 0 && !e->is_framing_lost[side];
}

static void learn_end(struct memory *memory, const struct lesson *l)
{
    const struct connection_end *e = l->end;
    enum side side;
    bool is_13 = tls_is_13(l->handshake->version);
    if (!side_of(e, &side) || !is_counted(e, side, is_13) ||
            !outcome_is_success(l->handshake->outcome) || l->handshake->version == TLS_SSLV2)
        return;
    const struct key key = {l->place, l->service->id};
    struct sides *both =
            memory_make(memory, (struct bytes){(const uint8_t *)&key, sizeof key}, l->at_us);
    struct closings *c = &both->sides[side];
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
    c->n_without += !has_notified(e, side, is_13);
}

const struct topic topic_closings = {
        .kind = {.name = "closings",
                .version = 2,
                .value_size = sizeof(struct sides),
                .cap = CLOSINGS_SERVICES},
        .learn_end = learn_end,
};
