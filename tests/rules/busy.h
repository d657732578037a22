#ifndef TLSWIRE_TESTS_RULES_BUSY_H
#define TLSWIRE_TESTS_RULES_BUSY_H

#include "history/busy.h"
#include "tests/rules/build.h"

/* A busy service of the past, for rules about windows. MINUTE0 is the start of the minute that is
 * judged; it lies at the end of five minutes. */
#define MINUTE (INT64_C(60) * 1000000)
#define BLOCK (5 * MINUTE)
#define MINUTE0 (NOW - NOW % (12 * BLOCK) + 12 * BLOCK - MINUTE)

/* Timings of a full handshake: round trips of 2 ms and 3 ms, and what the sides think. */
static inline void busy_times(struct world *w, int64_t us, int64_t server_us, int64_t client_us)
{
    struct timings *t = &w->hs.times;
    *t = (struct timings){.syn_us = us, .syn_ack_us = us + 2000, .ack_us = us + 5000};
    t->client_hello_first_us = t->client_hello_last_us = us + 5000;
    t->server_hello_us = t->server_flight_end_us = us + 7000 + server_us;
    t->client_finished_us = t->server_flight_end_us + 3000 + client_us;
    t->server_finished_us = t->complete_us = t->client_finished_us;
    t->client_data_us = t->server_data_us = t->end_us = TIME_NONE;
}

static inline void busy_one(struct world *w, enum outcome o, int64_t us)
{
    w->hs.outcome = o;
    w->hs.first_us = w->hs.last_us = us;
    for (int i = 0; i < 2; i++)
        w->hs.sides[i].payload_bytes = 1000;
    busy_times(w, us, 1000, 1000);
    world_learn(w, &w->certs[0], us);
}

/* n attempts with this outcome, from us on, within a second. */
static inline void busy_many(struct world *w, unsigned n, enum outcome o, int64_t us)
{
    for (unsigned i = 0; i < n; i++)
        busy_one(w, o, us + i);
}

/* The service became busy three days ago. */
static inline void busy_init(struct world *w)
{
    world_init(w);
    w->history = history_new();
    w->facts.history = w->history;
    w->facts.window_us = MINUTE0;
    w->hs.resumption = RESUMPTION_FULL;
    memset(w->certs[0].spki_sha256, 7, sizeof w->certs[0].spki_sha256);
    busy_many(w, BUSY_ATTEMPTS, OUTCOME_SUCCESS, MINUTE0 - 3 * DAY);
}

static inline void busy_fini(struct world *w)
{
    history_free(w->history);
}

#endif
