#include "history/issuers.h"

#include <stdio.h>

#include "history/leaf_key.h"

struct issuer {
    uint64_t id, key_type;
    int64_t first_us;
};

struct issuers {
    uint64_t n;
    struct issuer kept[ISSUERS_KEPT]; /* a ring */
    char latest[ISSUERS_TEXT];        /* the name of the newest of them */
};

struct key {
    int64_t vantage, service;
};

static const struct issuer *find(const struct issuers *i, uint64_t id, uint64_t key_type)
{
    for (size_t k = 0; k < ISSUERS_KEPT && k < i->n; k++)
        if (i->kept[k].id == id && i->kept[k].key_type == key_type)
            return &i->kept[k];
    return NULL;
}

static void learn(struct memory *m, const struct lesson *l)
{
    const struct certificate *leaf = l->leaf;
    if (leaf == NULL || !leaf->is_parsed || !l->is_name_match || leaf->is_self_issued)
        return;
    const struct key key = {l->vantage, l->service->id};
    struct bytes bytes = {(const uint8_t *)&key, sizeof key};
    const struct issuers *known = memory_get(m, bytes);
    const struct issuer now = {leaf_key_issuer(leaf), (uint64_t)leaf->key_type, l->at_us};
    if (known != NULL && find(known, now.id, now.key_type) != NULL)
        return;
    struct issuers *i = memory_make(m, bytes, l->at_us);
    i->kept[i->n++ % ISSUERS_KEPT] = now;
    memset(i->latest, 0, sizeof i->latest);
    (void)snprintf(i->latest, sizeof i->latest, "%s", leaf->issuer != NULL ? leaf->issuer : "");
}

bool history_issuers(struct history *history, int64_t vantage, const struct service *s,
        const struct certificate *leaf, struct issuer_past *out)
{
    struct memory *m = history_topic(history, TOPIC_issuers);
    const struct key key = {vantage, s->id};
    const struct issuers *i =
            m != NULL ? memory_get(m, (struct bytes){(const uint8_t *)&key, sizeof key}) : NULL;
    if (i == NULL)
        return false;
    uint64_t key_type = (uint64_t)leaf->key_type;
    const struct issuer *own = find(i, leaf_key_issuer(leaf), key_type);
    *out = (struct issuer_past){.is_known = own != NULL,
            .is_latest = true,
            .since_us = i->kept[0].first_us,
            .before = i->latest};
    for (size_t k = 0; k < ISSUERS_KEPT && k < i->n; k++) {
        const struct issuer *o = &i->kept[k];
        out->since_us = o->first_us < out->since_us ? o->first_us : out->since_us;
        if (o == own || o->key_type != key_type)
            continue;
        out->n_others++;
        out->is_latest &= own == NULL || o->first_us <= own->first_us;
    }
    return true;
}

const struct topic topic_issuers = {
        .kind = {.name = "issuers",
                .version = 1,
                .value_size = sizeof(struct issuers),
                .cap = ISSUERS_CAP},
        .learn = learn,
};
