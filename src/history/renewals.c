#include "history/renewals.h"

#include <stdlib.h>

#include "history/leaf_key.h"

#define WHOLE 1000000.0 /* parts of a lifetime */

struct renewals {
    uint64_t leaf;
    int64_t not_before_us, not_after_us;
    uint32_t n, spare;
    uint32_t ages[RENEWALS_KEPT]; /* a ring */
};

struct key {
    struct host_key host;
    uint64_t names, key_type;
};

static struct key key_of(int64_t vantage, const struct service *s, const struct handshake *h,
        const struct certificate *leaf)
{
    return (struct key){host_key_of(vantage, s, h, SIDE_SERVER), leaf_key_names(leaf),
            (uint64_t)leaf->key_type};
}

/* A leaf that ran out before the next began was not renewed in time, or one between was missed. */
static void renewed(struct renewals *r, const struct certificate *next)
{
    double life = (double)(r->not_after_us - r->not_before_us);
    double age = (double)(next->not_before_us - r->not_before_us);
    if (life > 0 && age <= life)
        r->ages[r->n++ % RENEWALS_KEPT] = (uint32_t)(age / life * WHOLE + 0.5);
}

static void learn(struct memory *m, const struct lesson *l)
{
    const struct certificate *leaf = l->leaf;
    if (leaf == NULL || !leaf->is_parsed || leaf->not_before_us > l->at_us ||
            leaf->not_after_us <= leaf->not_before_us)
        return;
    const struct key key = key_of(l->vantage, l->service, l->handshake, leaf);
    struct bytes bytes = {(const uint8_t *)&key, sizeof key};
    struct renewals *r = memory_get(m, bytes);
    uint64_t id = leaf_key_id(leaf);
    if (r != NULL && (r->leaf == id || leaf->not_before_us <= r->not_before_us))
        return;
    if (r != NULL)
        renewed(r, leaf);
    r = memory_make(m, bytes, l->at_us);
    r->leaf = id;
    r->not_before_us = leaf->not_before_us;
    r->not_after_us = leaf->not_after_us;
}

static int by_size(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

struct renewal_habit history_renewals(struct history *history, int64_t vantage,
        const struct service *s, const struct handshake *h, const struct certificate *leaf)
{
    struct renewal_habit out = {0};
    struct memory *m = history_topic(history, TOPIC_renewals);
    const struct key key = key_of(vantage, s, h, leaf);
    const struct renewals *r =
            m != NULL ? memory_get(m, (struct bytes){(const uint8_t *)&key, sizeof key}) : NULL;
    if (r == NULL || r->n == 0)
        return out;
    uint32_t sorted[RENEWALS_KEPT];
    size_t n = r->n < RENEWALS_KEPT ? r->n : RENEWALS_KEPT;
    memcpy(sorted, r->ages, sizeof sorted);
    qsort(sorted, n, sizeof *sorted, by_size);
    out.n = r->n;
    size_t middle = n / 2;
    out.median = sorted[middle] / WHOLE;
    return out;
}

const struct topic topic_renewals = {
        .kind = {.name = "renewals",
                .version = 1,
                .value_size = sizeof(struct renewals),
                .cap = RENEWALS_CAP},
        .learn = learn,
};
