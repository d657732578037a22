#include "history/services.h"

#include "base/slot.h"
#include "model/derived.h"

#define MINUTE_US (60 * (int64_t)1000000)

/* Counts of one minute; minute tells which, so that old ones need no clearing. */
struct minute {
    int64_t minute;
    uint32_t n_attempts, n_broken;
};

struct service_memory {
    struct minute minutes[HISTORY_MINUTES];
    uint32_t had_ca_leaf;
    uint32_t best_tier; /* of handshake_tier, full handshakes that were completed */
};

struct key {
    int64_t vantage, service;
};

static struct key key_of(int64_t vantage, const struct service *s)
{
    return (struct key){vantage, s->id};
}

static struct service_memory *recall(struct history *h, int64_t vantage, const struct service *s)
{
    struct key key = key_of(vantage, s);
    struct memory *m = history_topic(h, TOPIC_services);
    return m != NULL ? memory_get(m, (struct bytes){(const uint8_t *)&key, sizeof key}) : NULL;
}

struct attempt_counts history_counts(
        struct history *h, int64_t vantage, const struct service *s, int64_t at_us)
{
    int64_t now = slot_of_time(at_us, MINUTE_US);
    struct attempt_counts c = {.from_us = (now - HISTORY_MINUTES + 1) * MINUTE_US, .to_us = at_us};
    const struct service_memory *m = recall(h, vantage, s);
    for (int i = 0; m != NULL && i < HISTORY_MINUTES; i++) {
        const struct minute *one = &m->minutes[i];
        if (one->minute > now || now - one->minute >= HISTORY_MINUTES)
            continue;
        c.n_attempts += one->n_attempts;
        c.n_broken += one->n_broken;
    }
    return c;
}

bool history_had_ca_leaf(struct history *h, int64_t vantage, const struct service *s)
{
    const struct service_memory *m = recall(h, vantage, s);
    return m != NULL && m->had_ca_leaf != 0;
}

static unsigned tier_of(const struct handshake *h)
{
    return outcome_is_success(h->outcome) && h->resumption == RESUMPTION_FULL ? handshake_tier(h)
                                                                              : 0;
}

bool history_is_below_best(struct history *h, int64_t vantage, const struct service *s,
        const struct handshake *handshake)
{
    unsigned tier = tier_of(handshake);
    const struct service_memory *m = tier != 0 ? recall(h, vantage, s) : NULL;
    return m != NULL && tier < m->best_tier;
}

static bool is_counted(enum outcome o)
{
    return outcome_is_success(o) || outcome_is_failure(o);
}

static bool is_broken(enum outcome o)
{
    return o >= OUTCOME_FAIL_RESET_CLIENT && o <= OUTCOME_FAIL_CLOSED_SERVER;
}

static void learn(struct memory *memory, const struct lesson *l)
{
    struct key key = key_of(l->vantage, l->service);
    struct service_memory *m =
            memory_make(memory, (struct bytes){(const uint8_t *)&key, sizeof key}, l->at_us);
    if (l->leaf != NULL && l->leaf->is_parsed && l->leaf->self_signed == SELF_SIGNED_NO)
        m->had_ca_leaf = 1;
    if (tier_of(l->handshake) > m->best_tier)
        m->best_tier = tier_of(l->handshake);
    if (!is_counted(l->handshake->outcome))
        return;
    int64_t now = slot_of_time(l->at_us, MINUTE_US);
    struct minute *one = &m->minutes[slot_in_ring(now, HISTORY_MINUTES)];
    if (one->minute != now)
        *one = (struct minute){now, 0, 0};
    one->n_attempts++;
    one->n_broken += is_broken(l->handshake->outcome);
}

const struct topic topic_services = {
        .kind = {.name = "services",
                .version = 2,
                .value_size = sizeof(struct service_memory),
                .cap = HISTORY_SERVICES},
        .learn = learn,
};
