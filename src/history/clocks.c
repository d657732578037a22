#include "history/clocks.h"

#include "base/cursor.h"
#include "history/host_key.h"
#include "history/randoms.h"

#define SECOND_US INT64_C(1000000)

enum { SAMPLES = 9, APART_S = 3, PANEL_SIDE = 2, STEP_S = 1, PLAUSIBLE_DAYS = 30 * 365 };

/* Of those who speak for the capture's clock. */
static const struct clock_demand WITNESS = {5, 60};

struct sample {
    uint32_t at_s, stated_s;
};

struct clock {
    uint64_t n;
    struct sample samples[SAMPLES]; /* a circle of the latest */
    uint32_t n_alike; /* hellos that say what the first sample says, until one does not */
    uint32_t rest;    /* of the latest random: what follows the time */
    uint32_t is_unlike, zero;
};

/* One server of the panel. */
struct witness {
    uint32_t host, owner; /* hashes */
    int32_t offset_s;
};

struct panel {
    uint64_t n;
    struct witness witnesses[HISTORY_PANEL];
};

union entry {
    struct clock clock;
    struct panel panel;
};

/* rest is what follows the time in the random. */
static bool sample_of(const struct handshake *h, enum side side, struct sample *out, uint32_t *rest)
{
    struct bytes random;
    int64_t at_s = h->first_us / SECOND_US;
    if (h->first_us < 0 || at_s > UINT32_MAX || tls_is_13(h->version) ||
            !history_random(h, side, &random))
        return false;
    struct cur c = cur_of(random);
    *out = (struct sample){(uint32_t)at_s, cur_u32(&c)};
    *rest = cur_u32(&c);
    return true;
}

static int64_t offset_of(const struct sample *s)
{
    return (int64_t)s->stated_s - s->at_s;
}

/* Hellos in quick succession: the same time to the second before other random bytes. */
static void take_alike(struct clock *o, const struct sample *s, uint32_t rest)
{
    int64_t step = o->n > 0 ? offset_of(s) - offset_of(&o->samples[0]) : 0;
    o->is_unlike |= o->n <= SAMPLES && (step > STEP_S || step < -STEP_S);
    o->n_alike += o->is_unlike == 0 && o->n <= SAMPLES && (o->n_alike == 0 || rest != o->rest);
    o->rest = rest;
}

static void take(struct clock *o, struct sample s, uint32_t rest)
{
    take_alike(o, &s, rest);
    if (o->n > 0) {
        uint32_t last = o->samples[(o->n - 1) % SAMPLES].at_s;
        if (s.at_s - last < APART_S || last - s.at_s < APART_S)
            return;
    }
    o->samples[o->n++ % SAMPLES] = s;
}

static int64_t spread_of(const int64_t *v, size_t n)
{
    int64_t least = v[0], most = v[0];
    for (size_t i = 1; i < n; i++) {
        least = v[i] < least ? v[i] : least;
        most = v[i] > most ? v[i] : most;
    }
    return most - least;
}

/* Sorts the offsets, of which there are few. */
static void sort(int64_t *v, size_t n)
{
    for (size_t i = 1; i < n; i++)
        for (size_t k = i; k > 0 && v[k - 1] > v[k]; k--) {
            int64_t swap = v[k];
            v[k] = v[k - 1];
            v[k - 1] = swap;
        }
}

/* A prefix that stands still, such as zero, seems right for a while. */
static bool goes_on(const struct clock *o, size_t n)
{
    const struct sample *first = &o->samples[0], *last = &o->samples[0];
    for (size_t i = 1; i < n; i++) {
        const struct sample *s = &o->samples[i];
        if (s->at_s < first->at_s)
            first = s;
        if (s->at_s > last->at_s)
            last = s;
    }
    int64_t passed_s = (int64_t)last->at_s - first->at_s;
    return 2 * ((int64_t)last->stated_s - first->stated_s) >= passed_s;
}

/*
 * Too short a time to see that the prefix goes on: many hellos that agree, and a date that a clock
 * may show. A constant, such as zero or text, would have to lie there by chance.
 */
static struct clock_skew skew_at_once(const struct clock *o, const struct clock_demand *demand)
{
    int64_t offset_s = offset_of(&o->samples[0]);
    int64_t most = (int64_t)PLAUSIBLE_DAYS * 86400;
    return (struct clock_skew){.n = o->n_alike,
            .is_known = o->is_unlike == 0 && o->n_alike >= demand->least && offset_s <= most &&
                        offset_s >= -most && (o->n < 2 || goes_on(o, (size_t)o->n)),
            .offset_s = offset_s,
            .is_short = true};
}

static struct clock_skew skew_of(const struct clock *o, const struct clock_demand *demand)
{
    int64_t offsets[SAMPLES];
    size_t n = o->n < SAMPLES ? (size_t)o->n : SAMPLES;
    struct clock_skew skew = {.n = (unsigned)n};
    if (n > 0 && n < demand->least)
        return skew_at_once(o, demand);
    if (n == 0)
        return skew;
    for (size_t i = 0; i < n; i++)
        offsets[i] = offset_of(&o->samples[i]);
    skew.is_known = spread_of(offsets, n) < demand->spread_s && goes_on(o, n);
    if (!skew.is_known)
        return skew; /* the usual case: what stands there is random */
    sort(offsets, n);
    skew.offset_s = offsets[n / 2];
    return skew;
}

/* Whether one more hello can be enough. */
static bool may_be_known(const struct clock *o, const struct clock_demand *demand)
{
    return (o != NULL ? o->n : 0) + 1 >= demand->least ||
           (o != NULL ? o->n_alike : 0) + 1 >= demand->least;
}

struct clock_skew history_clock(struct history *history, int64_t vantage, const struct handshake *h,
        enum side side, const struct clock_demand *demand)
{
    struct sample s;
    uint32_t rest;
    struct memory *m = history_topic(history, TOPIC_clocks);
    if (m == NULL || !sample_of(h, side, &s, &rest))
        return (struct clock_skew){0};
    struct host_key key = host_key_of(vantage, NULL, h, side);
    const union entry *known = memory_get(m, host_key_bytes(&key));
    if (!may_be_known(known != NULL ? &known->clock : NULL, demand))
        return (struct clock_skew){0};
    struct clock with = {.n = 0};
    if (known != NULL)
        with = known->clock;
    take(&with, s, rest);
    return skew_of(&with, demand);
}

static struct host_key panel_key(int64_t vantage)
{
    return (struct host_key){.vantage = vantage, .side = PANEL_SIDE};
}

struct clock_panel history_clock_panel(struct history *history, int64_t vantage, int64_t off_s)
{
    struct clock_panel p = {0};
    struct memory *m = history_topic(history, TOPIC_clocks);
    struct host_key key = panel_key(vantage);
    const union entry *e = m != NULL ? memory_get(m, host_key_bytes(&key)) : NULL;
    int64_t least[2] = {INT32_MAX, INT32_MAX};
    for (size_t i = 0; e != NULL && i < e->panel.n && i < HISTORY_PANEL; i++) {
        int64_t off = e->panel.witnesses[i].offset_s;
        int64_t size = off < 0 ? -off : off;
        if (size <= off_s) {
            p.n_right++;
            continue;
        }
        p.n_ahead += off > 0;
        p.n_behind += off < 0;
        if (size < least[off < 0])
            least[off < 0] = size;
    }
    if (p.n_ahead + p.n_behind > 0)
        p.offset_s = p.n_ahead >= p.n_behind ? least[0] : -least[1];
    return p;
}

/* Who is behind a server, roughly: the last two labels of its name, else its network. */
static uint32_t owner_of(const struct service *s, const struct endpoint *e)
{
    if (s->is_address || s->is_unanswered) {
        size_t from = address_is_v4(&e->address) ? 12 : 0;
        return (uint32_t)hash_fixed(e->address.ip + from, address_is_v4(&e->address) ? 2 : 4);
    }
    const char *domain = s->name;
    unsigned dots = 0;
    for (size_t i = strlen(s->name); i > 0 && dots < 2; i--)
        if (s->name[i - 1] == '.' && ++dots == 2)
            domain = &s->name[i];
    return (uint32_t)hash_fixed(domain, strlen(domain));
}

/* Those that share an address or an owner with another witness are not asked. */
static void testify(struct memory *m, const struct lesson *l, int64_t offset_s)
{
    const struct endpoint *e = &l->handshake->sides[SIDE_SERVER].endpoint;
    struct witness w = {.host = (uint32_t)hash_fixed(e->address.ip, sizeof e->address.ip),
            .owner = owner_of(l->service, e)};
    w.offset_s = offset_s > INT32_MAX   ? INT32_MAX
                 : offset_s < INT32_MIN ? INT32_MIN
                                        : (int32_t)offset_s;
    struct host_key key = panel_key(l->vantage);
    struct panel *p = &((union entry *)memory_make(m, host_key_bytes(&key), l->at_us))->panel;
    for (size_t i = 0; i < p->n && i < HISTORY_PANEL; i++) {
        struct witness *old = &p->witnesses[i];
        if (old->host != w.host && old->owner != w.owner)
            continue;
        if (old->host == w.host && old->owner == w.owner)
            old->offset_s = w.offset_s;
        return;
    }
    if (p->n < HISTORY_PANEL)
        p->witnesses[p->n++] = w;
}

/* The latest that something was signed at, when it was signed for sure; else INT64_MIN. */
static int64_t signed_us(const struct judgement *j)
{
    int64_t us = INT64_MIN;
    for (size_t i = 0; i < j->n_staples; i++)
        if (ocsp_is_authentic(&j->staples[i]) && j->staples[i].produced_us > us)
            us = j->staples[i].produced_us;
    for (size_t i = 0; j->scts != NULL && i < j->scts->n; i++) {
        const struct sct *s = &j->scts->scts[i];
        if (s->verdict == SIGNED_VALID && s->timestamp_us != INT64_MAX && s->timestamp_us > us)
            us = s->timestamp_us;
    }
    return us;
}

static void learn(struct memory *m, const struct lesson *l)
{
    const struct handshake *h = l->handshake;
    for (int side = 0; side < 2; side++) {
        struct sample s;
        uint32_t rest;
        if (!sample_of(h, (enum side)side, &s, &rest))
            continue;
        struct host_key key = host_key_of(l->vantage, NULL, h, (enum side)side);
        struct clock *o = &((union entry *)memory_make(m, host_key_bytes(&key), l->at_us))->clock;
        take(o, s, rest);
        const struct clock_skew skew = skew_of(o, &WITNESS);
        if (side == SIDE_SERVER && skew.is_known)
            testify(m, l, skew.offset_s);
    }
    int64_t stated_us = l->judgement != NULL ? signed_us(l->judgement) : INT64_MIN;
    if (stated_us > h->first_us + HISTORY_PANEL_OFF * SECOND_US)
        testify(m, l, (stated_us - h->first_us) / SECOND_US);
}

const struct topic topic_clocks = {
        .kind = {.name = "clocks",
                .version = 2,
                .value_size = sizeof(union entry),
                .cap = HISTORY_CLOCKS},
        .learn = learn,
};
