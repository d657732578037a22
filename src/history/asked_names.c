#include "history/asked_names.h"

#include "history/leaf_key.h"

struct asked {
    int64_t us;
    uint64_t names; /* of the leaf, 0 not seen */
};

static struct bytes key_of(const struct lesson *l, struct host_key *room)
{
    *room = host_key_of(l->vantage, NULL, l->handshake, SIDE_SERVER);
    return host_key_bytes(room);
}

static bool has_leaf(const struct lesson *l)
{
    return l->leaf != NULL && l->leaf->is_parsed;
}

static void learn(struct memory *m, const struct lesson *l)
{
    struct host_key key;
    const struct client_hello *ch = l->handshake->client_hello;
    if (ch == NULL || !ch->has_sni || l->service->is_address ||
            !outcome_is_success(l->handshake->outcome))
        return;
    struct asked *a = memory_make(m, key_of(l, &key), l->at_us);
    a->us = l->at_us;
    if (has_leaf(l))
        a->names = leaf_key_names(l->leaf);
}

bool history_asked_names(struct history *history, const struct lesson *l, struct asked_names *out)
{
    struct host_key key;
    struct memory *m = history_topic(history, TOPIC_asked_names);
    const struct asked *a = m != NULL ? memory_get(m, key_of(l, &key)) : NULL;
    if (a == NULL || l->at_us - a->us > ASKED_NAMES_US)
        return false;
    out->is_other_leaf = has_leaf(l) && a->names != 0 && a->names != leaf_key_names(l->leaf);
    return true;
}

const struct topic topic_asked_names = {
        .kind = {.name = "asked-names",
                .version = 1,
                .value_size = sizeof(struct asked),
                .cap = ASKED_NAMES_CAP},
        .learn = learn,
};
