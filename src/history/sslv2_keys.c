#include "history/sslv2_keys.h"

struct use {
    int64_t last_us;
};

bool history_sslv2_key(struct history *history, const uint8_t spki_sha256[32])
{
    struct memory *m = history_topic(history, TOPIC_sslv2_keys);
    return m != NULL && memory_get(m, (struct bytes){spki_sha256, 32}) != NULL;
}

static void learn(struct memory *m, const struct lesson *l)
{
    if (l->leaf == NULL || !l->leaf->is_parsed || l->handshake->version != TLS_SSLV2)
        return;
    struct use *u = memory_make(m, (struct bytes){l->leaf->spki_sha256, 32}, l->at_us);
    u->last_us = l->at_us;
}

const struct topic topic_sslv2_keys = {
        .kind = {.name = "sslv2_keys",
                .version = 1,
                .value_size = sizeof(struct use),
                .cap = HISTORY_SSLV2_KEYS},
        .learn = learn,
};
