#include "engine/open.h"

#include "base/alloc.h"
#include "base/map.h"

/* Much smaller than a handshake, of which most is about hellos. */
struct kept {
    int64_t service_id;
    uint32_t input, vantage;
    uint64_t first_packet, last_packet;
    int64_t first_us, last_us, complete_us, client_data_us;
    struct endpoint endpoints[2];
    struct record_facts records[2];
    uint64_t gap_bytes[2];
    struct fingerprints prints;
    uint32_t n_renegotiations;
    uint16_t version, cipher_suite, group;
    uint8_t transport, outcome, resumption;
    bool is_seen[2];
    bool has_encrypt_then_mac, is_client_initiator;
};

struct open_handshakes {
    struct map *map;
    struct handshake taken;
    struct server_hello server_hello;
};

struct open_handshakes *open_new(void)
{
    struct open_handshakes *o = xcalloc(1, sizeof *o);
    o->map = map_new(&(struct map_options){.cap = OPEN_HANDSHAKES, .on_evict = map_xfree});
    return o;
}

void open_free(struct open_handshakes *o)
{
    if (o == NULL)
        return;
    map_free(o->map);
    xfree(o);
}

static struct bytes key_of(const int64_t *id)
{
    return (struct bytes){(const uint8_t *)id, sizeof *id};
}

void open_add(struct open_handshakes *o, const struct handshake *h, int64_t service_id)
{
    struct kept *k = xcalloc(1, sizeof *k);
    *k = (struct kept){.service_id = service_id,
            .input = h->input,
            .vantage = h->vantage,
            .first_packet = h->first_packet,
            .last_packet = h->last_packet,
            .first_us = h->first_us,
            .last_us = h->last_us,
            .complete_us = h->times.complete_us,
            .client_data_us = h->times.client_data_us,
            .prints = h->prints,
            .n_renegotiations = h->n_renegotiations,
            .version = h->version,
            .cipher_suite = h->cipher_suite,
            .group = h->group,
            .transport = h->transport,
            .outcome = (uint8_t)h->outcome,
            .resumption = (uint8_t)h->resumption,
            .has_encrypt_then_mac =
                    h->server_hello != NULL && h->server_hello->has_encrypt_then_mac,
            .is_client_initiator = h->is_client_initiator};
    for (int i = 0; i < 2; i++) {
        k->endpoints[i] = h->sides[i].endpoint;
        k->records[i] = h->sides[i].records;
        k->gap_bytes[i] = h->sides[i].gap_bytes;
        k->is_seen[i] = h->sides[i].is_seen;
    }
    map_put(o->map, key_of(&h->id), k);
}

static void restore(struct open_handshakes *o, const struct kept *k)
{
    struct handshake *h = &o->taken;
    o->server_hello = (struct server_hello){.version = k->version,
            .cipher_suite = k->cipher_suite,
            .has_encrypt_then_mac = k->has_encrypt_then_mac};
    *h = (struct handshake){.input = k->input,
            .vantage = k->vantage,
            .first_packet = k->first_packet,
            .last_packet = k->last_packet,
            .first_us = k->first_us,
            .last_us = k->last_us,
            .prints = k->prints,
            .n_renegotiations = k->n_renegotiations,
            .version = k->version,
            .cipher_suite = k->cipher_suite,
            .group = k->group,
            .transport = k->transport,
            .outcome = (enum outcome)k->outcome,
            .resumption = (enum resumption)k->resumption,
            .is_client_initiator = k->is_client_initiator,
            .is_tls = true};
    h->times.complete_us = k->complete_us;
    h->times.client_data_us = k->client_data_us;
    h->server_hello = k->version != 0 ? &o->server_hello : NULL;
    for (int i = 0; i < 2; i++) {
        h->sides[i].endpoint = k->endpoints[i];
        h->sides[i].records = k->records[i];
        h->sides[i].gap_bytes = k->gap_bytes[i];
        h->sides[i].is_seen = k->is_seen[i];
    }
}

const struct handshake *open_take(struct open_handshakes *o, int64_t id, int64_t *service_id)
{
    struct kept *k = map_remove(o->map, key_of(&id));
    if (k == NULL)
        return NULL;
    restore(o, k);
    o->taken.id = id;
    *service_id = k->service_id;
    xfree(k);
    return &o->taken;
}

uint64_t open_evicted(const struct open_handshakes *o)
{
    return map_evicted(o->map);
}
