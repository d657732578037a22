#include "history/sslv2_keys.h"

struct use {
    int64_t last_us;
};

bool history_sslv2_key(struct history *history, const uint8_t spki_sha256[32])
{
    struct memory *m = history_topic(history, TOPIC_sslv2_keys);
    return m != NULL && memory_get(m, (struct bytes){spki_sha256, 32}) != NULL;
}

bool history_tls_rsa_key(struct history *history, const uint8_t spki_sha256[32])
{
    struct memory *m = history_topic(history, TOPIC_tls_rsa_keys);
    return m != NULL && memory_get(m, (struct bytes){spki_sha256, 32}) != NULL;
}

/* Once is enough: a value that does not change is not written again. */
static void learn_tls(struct memory *m, const struct lesson *l)
{
    if (l->leaf == NULL || !l->leaf->is_parsed || l->leaf->key_type != KEY_RSA ||
            l->handshake->version < TLS_1_0)
        return;
    struct bytes key = {l->leaf->spki_sha256, 32};
    if (memory_get(m, key) == NULL)
        ((struct use *)memory_make(m, key, l->at_us))->last_us = l->at_us;
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

const struct topic topic_tls_rsa_keys = {
        .kind = {.name = "tls-rsa-keys",
                .version = 1,
                .value_size = sizeof(struct use),
                .cap = HISTORY_TLS_RSA_KEYS},
        .learn = learn_tls,
};
