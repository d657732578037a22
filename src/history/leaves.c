#include "history/leaves.h"

#include <string.h>

struct leaf {
    uint8_t sha256[32];
};

struct key {
    int64_t vantage, service;
};

const uint8_t *history_leaf(struct history *history, int64_t vantage, const struct service *s)
{
    struct memory *m = history_topic(history, TOPIC_leaves);
    const struct key key = {vantage, s->id};
    const struct leaf *o =
            m != NULL ? memory_get(m, (struct bytes){(const uint8_t *)&key, sizeof key}) : NULL;
    return o != NULL ? o->sha256 : NULL;
}

static void learn(struct memory *m, const struct lesson *l)
{
    if (l->leaf == NULL)
        return;
    const struct key key = {l->vantage, l->service->id};
    struct leaf *o = memory_make(m, (struct bytes){(const uint8_t *)&key, sizeof key}, l->at_us);
    memcpy(o->sha256, l->leaf->sha256, sizeof o->sha256);
}

const struct topic topic_leaves = {
        .kind = {.name = "leaves",
                .version = 1,
                .value_size = sizeof(struct leaf),
                .cap = HISTORY_LEAVES},
        .learn = learn,
};
