#include "history/history.h"

#include <string.h>

#include "base/alloc.h"
#include "base/map.h"

#define MINUTE_US (60 * (int64_t)1000000)

/* Counts of one minute; minute tells which, so that old ones need no clearing. */
struct minute {
    int64_t minute;
    uint32_t n_attempts, n_broken;
};

struct memory {
    struct minute minutes[HISTORY_MINUTES];
    bool had_ca_leaf;
    int64_t latest_expiry_us;
};

struct history {
    struct map *services;
};

struct history *history_new(void)
{
    struct history *h = xcalloc(1, sizeof *h);
    h->services = map_new(&(struct map_options){.cap = HISTORY_SERVICES, .on_evict = map_xfree});
    return h;
}

void history_free(struct history *h)
{
    if (h == NULL)
        return;
    map_free(h->services);
    xfree(h);
}

struct key {
    int64_t service;
    uint32_t vantage;
    uint32_t zero; /* no padding with chance content */
};

static struct memory *recall(struct history *h, uint32_t vantage, const struct service *s)
{
    struct key key = {s->id, vantage, 0};
    return map_get(h->services, (struct bytes){(const uint8_t *)&key, sizeof key});
}

static int64_t minute_of(int64_t us)
{
    return us / MINUTE_US - (us % MINUTE_US < 0);
}

struct attempt_counts history_counts(
        struct history *h, uint32_t vantage, const struct service *s, int64_t at_us)
{
    int64_t now = minute_of(at_us);
    struct attempt_counts c = {.from_us = (now - HISTORY_MINUTES + 1) * MINUTE_US, .to_us = at_us};
    const struct memory *m = recall(h, vantage, s);
    for (int i = 0; m != NULL && i < HISTORY_MINUTES; i++) {
        const struct minute *one = &m->minutes[i];
        if (one->minute > now || now - one->minute >= HISTORY_MINUTES)
            continue;
        c.n_attempts += one->n_attempts;
        c.n_broken += one->n_broken;
    }
    return c;
}

bool history_had_ca_leaf(struct history *h, uint32_t vantage, const struct service *s)
{
    const struct memory *m = recall(h, vantage, s);
    return m != NULL && m->had_ca_leaf;
}

int64_t history_latest_expiry(struct history *h, uint32_t vantage, const struct service *s)
{
    const struct memory *m = recall(h, vantage, s);
    return m != NULL ? m->latest_expiry_us : INT64_MIN;
}

static struct memory *make(struct history *h, uint32_t vantage, const struct service *s)
{
    struct key key = {s->id, vantage, 0};
    struct memory *m = xcalloc(1, sizeof *m);
    m->latest_expiry_us = INT64_MIN;
    map_put(h->services, (struct bytes){(const uint8_t *)&key, sizeof key}, m);
    return m;
}

static bool is_counted(enum outcome o)
{
    return outcome_is_success(o) || outcome_is_failure(o);
}

static bool is_broken(enum outcome o)
{
    return o >= OUTCOME_FAIL_RESET_CLIENT && o <= OUTCOME_FAIL_CLOSED_SERVER;
}

void history_learn(struct history *h, const struct handshake *hs, const struct service *s,
        const struct certificate *leaf, int64_t at_us)
{
    struct memory *m = recall(h, hs->vantage, s);
    if (m == NULL)
        m = make(h, hs->vantage, s);
    if (leaf != NULL && leaf->is_parsed) {
        m->had_ca_leaf |= leaf->self_signed == SELF_SIGNED_NO;
        if (leaf->not_after_us > m->latest_expiry_us)
            m->latest_expiry_us = leaf->not_after_us;
    }
    if (!is_counted(hs->outcome))
        return;
    int64_t now = minute_of(at_us);
    struct minute *one = &m->minutes[((now % HISTORY_MINUTES) + HISTORY_MINUTES) % HISTORY_MINUTES];
    if (one->minute != now)
        *one = (struct minute){now, 0, 0};
    one->n_attempts++;
    one->n_broken += is_broken(hs->outcome);
}
