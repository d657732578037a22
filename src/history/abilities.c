#include "history/abilities.h"

#include "history/host_key.h"

struct server {
    int64_t pq_us;
    uint64_t client; /* fingerprint of the first that was denied TLS 1.3 */
    uint32_t n_without_tls13;
    uint16_t pq_group;
    uint8_t has_two_clients, has_tls13;
};

bool history_is_pq_group(uint16_t group)
{
    switch (group) {
    case 0x0200: /* ML-KEM alone */
    case 0x0201:
    case 0x0202:
    case 0x11eb: /* SecP256r1MLKEM768 */
    case 0x11ec: /* X25519MLKEM768 */
    case 0x11ed: /* SecP384r1MLKEM1024 */
    case 0x6399: /* X25519Kyber768Draft00 */
        return true;
    default:
        return false;
    }
}

bool history_lacks_tls13(const struct handshake *h)
{
    const struct client_hello *ch = h->client_hello;
    return ch != NULL && h->server_hello != NULL && u16_has(ch->supported_versions, TLS_1_3) &&
           h->version == TLS_1_2 && h->server_hello->downgrade == DOWNGRADE_NONE &&
           h->resumption == RESUMPTION_FULL && outcome_is_success(h->outcome) && !h->is_ambiguous;
}

static bool shows_tls13(const struct handshake *h)
{
    return h->server_hello != NULL &&
           (tls_is_13(h->version) || h->server_hello->downgrade == DOWNGRADE_TLS12);
}

static bool shows_pq(const struct handshake *h)
{
    return h->server_hello != NULL && h->server_hello->has_key_share &&
           history_is_pq_group(h->group);
}

static void take_tls13(struct server *o, const struct handshake *h)
{
    if (shows_tls13(h))
        o->has_tls13 = 1;
    if (!history_lacks_tls13(h) || h->prints.ja4[0] == '\0')
        return;
    uint64_t client = hash_fixed(h->prints.ja4, strnlen(h->prints.ja4, sizeof h->prints.ja4));
    if (o->client == 0)
        o->client = client;
    o->has_two_clients |= o->client != client;
    o->n_without_tls13 += o->n_without_tls13 < UINT32_MAX;
}

struct ability history_ability(struct history *history, int64_t vantage, const struct service *s,
        const struct handshake *h)
{
    struct memory *m = history_topic(history, TOPIC_abilities);
    struct host_key key = host_key_of(vantage, s, h, SIDE_SERVER);
    const struct server *known = m != NULL ? memory_get(m, host_key_bytes(&key)) : NULL;
    struct server with = {.pq_us = 0};
    if (known != NULL)
        with = *known;
    take_tls13(&with, h);
    int64_t age_us = h->first_us - with.pq_us;
    bool is_recent = with.pq_group != 0 && age_us >= 0 && age_us <= HISTORY_ABILITY_US;
    return (struct ability){.n_without_tls13 = with.n_without_tls13,
            .has_two_clients = with.has_two_clients != 0,
            .has_tls13 = with.has_tls13 != 0,
            .pq_group = is_recent ? with.pq_group : 0,
            .pq_us = with.pq_us};
}

static void learn(struct memory *m, const struct lesson *l)
{
    const struct handshake *h = l->handshake;
    if (!shows_tls13(h) && !history_lacks_tls13(h))
        return;
    struct host_key key = host_key_of(l->vantage, l->service, h, SIDE_SERVER);
    struct server *o = memory_make(m, host_key_bytes(&key), l->at_us);
    take_tls13(o, h);
    if (shows_pq(h)) {
        o->pq_group = h->group;
        o->pq_us = h->first_us;
    }
}

const struct topic topic_abilities = {
        .kind = {.name = "abilities",
                .version = 1,
                .value_size = sizeof(struct server),
                .cap = HISTORY_ABILITIES},
        .learn = learn,
};
