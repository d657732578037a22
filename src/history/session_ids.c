#include "history/session_ids.h"

#include "base/cursor.h"
#include "history/host_key.h"

enum { LONGEST = 32, SHORTEST = 8 };

struct ids {
    uint8_t last[LONGEST];
    uint32_t len, n, n_equal;
    uint32_t reserved;
};

static bool id_of(const struct handshake *h, struct bytes *out)
{
    if (h->server_hello == NULL || h->is_ambiguous || h->version == TLS_SSLV2 ||
            tls_is_13(h->version) || h->resumption != RESUMPTION_FULL ||
            handshake_session_id(h) != SESSION_ID_OWN)
        return false;
    *out = h->server_hello->session_id;
    return out->n >= SHORTEST && out->n <= LONGEST;
}

/* Bytes from the first to the last that differ. */
static size_t distance(struct bytes a, struct bytes b)
{
    struct cur x = cur_of(a), y = cur_of(b);
    size_t first = 0, last = 0;
    for (size_t i = 1; cur_more(&x); i++) {
        if (cur_u8(&x) == cur_u8(&y))
            continue;
        last = i;
        if (first == 0)
            first = i;
    }
    return first == 0 ? 0 : last - first + 1;
}

static void take(struct ids *o, struct bytes id)
{
    bool has_length = o->n > 0 && o->len == id.n; /* at most LONGEST */
    size_t d = has_length ? distance((struct bytes){o->last, id.n}, id) : LONGEST;
    if (d > HISTORY_ID_NEAR)
        o->n = o->n_equal = 0;
    o->n += o->n < UINT32_MAX;
    o->n_equal += d == 0 && o->n_equal < UINT32_MAX;
    o->len = (uint32_t)id.n;
    memset(o->last, 0, sizeof o->last);
    memcpy(o->last, id.p, id.n);
}

struct id_run history_id_run(struct history *history, int64_t vantage, const struct handshake *h)
{
    struct bytes id;
    struct memory *m = history_topic(history, TOPIC_session_ids);
    struct ids now = {.n = 0};
    if (!id_of(h, &id))
        return (struct id_run){0};
    struct host_key key = host_key_of(vantage, NULL, h, SIDE_SERVER);
    const struct ids *known = m != NULL ? memory_get(m, host_key_bytes(&key)) : NULL;
    if (known != NULL)
        now = *known;
    take(&now, id);
    return (struct id_run){now.n, now.n_equal};
}

static void learn(struct memory *m, const struct lesson *l)
{
    struct bytes id;
    if (!id_of(l->handshake, &id))
        return;
    struct host_key key = host_key_of(l->vantage, NULL, l->handshake, SIDE_SERVER);
    take(memory_make(m, host_key_bytes(&key), l->at_us), id);
}

const struct topic topic_session_ids = {
        .kind = {.name = "session-ids",
                .version = 1,
                .value_size = sizeof(struct ids),
                .cap = HISTORY_ID_SERVERS},
        .learn = learn,
};
