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
};

struct server_memory {
    int64_t latest_expiry_us;
};

struct history {
    struct map *services, *servers;
};

struct history *history_new(void)
{
    struct history *h = xcalloc(1, sizeof *h);
    const struct map_options o = {.cap = HISTORY_SERVICES, .on_evict = map_xfree};
    h->services = map_new(&o);
    h->servers = map_new(&o);
    return h;
}

void history_free(struct history *h)
{
    if (h == NULL)
        return;
    map_free(h->services);
    map_free(h->servers);
    xfree(h);
}

struct key {
    int64_t service;
    uint32_t vantage;
    uint32_t zero; /* no padding with chance content */
};

struct server_key {
    struct key service;
    uint8_t ip[16];
    uint64_t port;
};

static struct server_key server_key_of(
        uint32_t vantage, const struct service *s, const struct endpoint *server)
{
    struct server_key key = {.service = {s->id, vantage, 0}, .port = server->port};
    memcpy(key.ip, server->address.ip, sizeof key.ip);
    return key;
}

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

int64_t history_latest_expiry(
        struct history *h, uint32_t vantage, const struct service *s, const struct endpoint *server)
{
    struct server_key key = server_key_of(vantage, s, server);
    const struct server_memory *m =
            map_get(h->servers, (struct bytes){(const uint8_t *)&key, sizeof key});
    return m != NULL ? m->latest_expiry_us : INT64_MIN;
}

static void learn_expiry(struct history *h, const struct handshake *hs, const struct service *s,
        const struct certificate *leaf)
{
    struct server_key key = server_key_of(hs->vantage, s, &hs->sides[SIDE_SERVER].endpoint);
    struct bytes at = {(const uint8_t *)&key, sizeof key};
    struct server_memory *m = map_get(h->servers, at);
    if (m == NULL) {
        m = xcalloc(1, sizeof *m);
        m->latest_expiry_us = INT64_MIN;
        map_put(h->servers, at, m);
    }
    if (leaf->not_after_us > m->latest_expiry_us)
        m->latest_expiry_us = leaf->not_after_us;
}

static struct memory *make(struct history *h, uint32_t vantage, const struct service *s)
{
    struct key key = {s->id, vantage, 0};
    struct memory *m = xcalloc(1, sizeof *m);
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
        learn_expiry(h, hs, s, leaf);
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
