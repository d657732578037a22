#include "history/retries.h"

#include <string.h>

#include "model/derived.h"

#define MINUTE_US ((int64_t)60 * 1000000)

struct retries {
    int64_t failed_us[RETRIES_KEPT];
    uint32_t next;
    uint32_t version; /* offered by the latest of them */
};

struct key {
    int64_t vantage, service;
    uint8_t client[16];
};

static struct key key_of(int64_t vantage, const struct service *s, const struct handshake *h)
{
    struct key k = {.vantage = vantage, .service = s->id};
    memcpy(k.client, h->sides[SIDE_CLIENT].endpoint.address.ip, sizeof k.client);
    return k;
}

static void learn(struct memory *m, const struct lesson *l)
{
    const struct handshake *h = l->handshake;
    if (!outcome_is_failure(h->outcome))
        return;
    const struct key key = key_of(l->vantage, l->service, h);
    struct retries *r = memory_make(m, (struct bytes){(const uint8_t *)&key, sizeof key}, l->at_us);
    r->failed_us[r->next] = h->first_us;
    r->next = (r->next + 1) % RETRIES_KEPT;
    r->version = handshake_offered_version(h);
}

static const struct retries *recall(struct history *history, int64_t vantage,
        const struct service *s, const struct handshake *h)
{
    const struct key key = key_of(vantage, s, h);
    struct memory *m = history_topic(history, TOPIC_retries);
    return m != NULL ? memory_get(m, (struct bytes){(const uint8_t *)&key, sizeof key}) : NULL;
}

static bool is_recent(int64_t us, const struct handshake *h, int64_t within_us)
{
    return us != 0 && us <= h->first_us && h->first_us - us <= within_us;
}

/* Failures are learned as they end, which may be in another order than they began: the latest that
 * began ends the time. */
static int64_t latest_us(const struct retries *r, const struct handshake *h)
{
    int64_t us = h->first_us;
    for (size_t i = 0; i < RETRIES_KEPT; i++)
        if (r->failed_us[i] > us)
            us = r->failed_us[i];
    return us;
}

unsigned history_retries(struct history *history, int64_t vantage, const struct service *s,
        const struct handshake *h, int64_t within_us, struct retries_span *span)
{
    const struct retries *r = recall(history, vantage, s, h);
    unsigned n = 0;
    *span = (struct retries_span){h->first_us, h->first_us};
    if (r == NULL)
        return 0;
    span->to_us = latest_us(r, h);
    if (span->to_us - h->first_us > within_us)
        span->to_us = h->first_us; /* read out of order */
    for (size_t i = 0; i < RETRIES_KEPT; i++) {
        int64_t us = r->failed_us[i];
        if (us == 0 || us > span->to_us || span->to_us - us > within_us)
            continue;
        n++;
        if (us < span->from_us)
            span->from_us = us;
    }
    return n;
}

bool history_retry_is_lower(struct history *history, int64_t vantage, const struct service *s,
        const struct handshake *h)
{
    uint16_t version = handshake_offered_version(h);
    const struct retries *r = version != 0 ? recall(history, vantage, s, h) : NULL;
    if (r == NULL)
        return false;
    int64_t last_us = r->failed_us[(r->next + RETRIES_KEPT - 1) % RETRIES_KEPT];
    return is_recent(last_us, h, MINUTE_US) && version < r->version;
}

const struct topic topic_retries = {
        .kind = {.name = "retries",
                .version = 1,
                .value_size = sizeof(struct retries),
                .cap = RETRIES_CAP},
        .learn = learn,
};
