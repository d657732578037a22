#include "history/scans.h"

#include <string.h>

#include "base/alloc.h"
#include "base/map.h"

enum { WINDOW_US = 5 * 60 * 1000000, LEFT_OF_TEN = 9 };

struct visit {
    uint64_t server;
    int64_t at_us;
};

struct client {
    struct visit visits[SCAN_SERVERS + 1]; /* distinct servers, the latest of them */
    size_t n;
    int64_t from_us; /* the counts below began here, halved every five minutes */
    uint64_t n_attempts, n_left;
};

struct scans {
    struct map *clients;
};

struct scans *scans_new(void)
{
    struct scans *s = xcalloc(1, sizeof *s);
    s->clients = map_new(&(struct map_options){.cap = SCAN_CLIENTS, .on_evict = map_xfree});
    return s;
}

void scans_free(struct scans *s)
{
    if (s == NULL)
        return;
    map_free(s->clients);
    xfree(s);
}

/* The client went away and did not say why. */
static bool is_left(const struct handshake *h)
{
    return h->outcome == OUTCOME_FAIL_CLOSED_CLIENT || h->outcome == OUTCOME_FAIL_RESET_CLIENT ||
           h->outcome == OUTCOME_ABANDONED;
}

static struct client *client_of(struct scans *s, const struct handshake *h)
{
    uint8_t key[16 + sizeof h->vantage];
    memcpy(key, h->sides[SIDE_CLIENT].endpoint.address.ip, 16);
    memcpy(key + 16, &h->vantage, sizeof h->vantage);
    struct bytes k = {key, sizeof key};
    struct client *c = map_get(s->clients, k);
    if (c == NULL) {
        c = xcalloc(1, sizeof *c);
        c->from_us = h->first_us;
        map_put(s->clients, k, c);
    }
    return c;
}

static void visit(struct client *c, uint64_t server, int64_t at_us)
{
    size_t oldest = 0;
    for (size_t i = 0; i < c->n; i++) {
        if (c->visits[i].server == server) {
            c->visits[i].at_us = at_us;
            return;
        }
        if (c->visits[i].at_us < c->visits[oldest].at_us)
            oldest = i;
    }
    size_t at = c->n <= SCAN_SERVERS ? c->n++ : oldest;
    c->visits[at] = (struct visit){server, at_us};
}

static bool walks(const struct client *c, int64_t now_us)
{
    if (c->n <= SCAN_SERVERS || c->n_left * 10 < c->n_attempts * LEFT_OF_TEN)
        return false;
    for (size_t i = 0; i < c->n; i++)
        if (c->visits[i].at_us < now_us - WINDOW_US)
            return false;
    return true;
}

bool scans_take(struct scans *s, const struct handshake *h)
{
    struct client *c = client_of(s, h);
    const struct endpoint *server = &h->sides[SIDE_SERVER].endpoint;
    uint8_t key[18];
    memcpy(key, server->address.ip, 16);
    key[16] = (uint8_t)(server->port >> 8);
    key[17] = (uint8_t)server->port;
    if (h->first_us - c->from_us > WINDOW_US) {
        c->n_attempts /= 2;
        c->n_left /= 2;
        c->from_us = h->first_us;
    }
    visit(c, hash_bytes(key, sizeof key), h->first_us);
    c->n_attempts++;
    c->n_left += is_left(h);
    bool is_strange = h->client_hello != NULL && c->n > SCAN_STRANGE_SERVERS &&
                      u16_count(h->client_hello->cipher_suites) > SCAN_SUITES && is_left(h);
    bool has_failed = outcome_is_failure(h->outcome) || h->outcome == OUTCOME_ABANDONED;
    return has_failed && (is_strange || walks(c, h->first_us));
}
