#include "history/flights.h"

#include "history/leaf_key.h"

enum { SIGNATURE_SLACK = 3 }; /* DER integers of ECDSA (RFC 3279 2.2.3) may be shorter */

struct flights {
    struct flight_run now, before;
};

struct key {
    struct host_key host;
    uint64_t client;
};

static struct key key_of(int64_t vantage, const struct service *s, const struct handshake *h)
{
    return (struct key){host_key_of(vantage, s, h, SIDE_SERVER), leaf_key_client(h)};
}

static bool is_close(uint32_t a, uint32_t b, uint32_t slack)
{
    return a > b ? a - b <= slack : b - a <= slack;
}

/* A Certificate of somebody who asked for it holds an OCSP answer, with a signature of its own. */
static bool is_same(
        const struct flight_run *a, const struct flight_run *b, const struct handshake *h)
{
    bool is_stapled = h->client_hello != NULL && h->client_hello->has_status_request;
    return is_close(a->cert, b->cert, is_stapled ? SIGNATURE_SLACK : 0) &&
           is_close(a->verify, b->verify, SIGNATURE_SLACK);
}

static void take(struct flights *f, const struct handshake *h)
{
    const struct flight_run own = {h->cert_record_len, h->verify_record_len, 1, h->id};
    if (f->now.n > 0 && is_same(&f->now, &own, h)) {
        f->now.n++;
        f->now.handshake = h->id;
        return;
    }
    if (f->now.n > 1)
        f->before = f->now;
    f->now = own;
}

static void learn(struct memory *m, const struct lesson *l)
{
    if (l->handshake->cert_record_len == 0)
        return;
    const struct key key = key_of(l->vantage, l->service, l->handshake);
    take(memory_make(m, (struct bytes){(const uint8_t *)&key, sizeof key}, l->at_us), l->handshake);
}

bool history_flight(struct history *history, int64_t vantage, const struct service *s,
        const struct handshake *h, struct flight_change *out)
{
    struct memory *m = history_topic(history, TOPIC_flights);
    if (m == NULL || h->cert_record_len == 0)
        return false;
    const struct key key = key_of(vantage, s, h);
    const struct flights *known = memory_get(m, (struct bytes){(const uint8_t *)&key, sizeof key});
    struct flights f = {0};
    if (known != NULL)
        f = *known;
    take(&f, h);
    *out = (struct flight_change){.before = f.before,
            .now = f.now,
            .is_return = f.before.n > 0 && is_same(&f.before, &f.now, h)};
    return true;
}

const struct topic topic_flights = {
        .kind = {.name = "flights",
                .version = 1,
                .value_size = sizeof(struct flights),
                .cap = FLIGHTS_CAP},
        .learn = learn,
};
