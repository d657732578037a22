#include "history/tls_ports.h"

#include <string.h>

#define HOUR_US (INT64_C(3600) * 1000000)

struct key {
    int64_t vantage;
    uint8_t ip[16];
    uint64_t port;
};

static struct key key_of(int64_t vantage, const struct endpoint *server)
{
    struct key key = {.vantage = vantage, .port = server->port};
    memcpy(key.ip, server->address.ip, sizeof key.ip);
    return key;
}

int64_t history_spoke_tls(
        struct history *h, int64_t vantage, const struct endpoint *server, int64_t at_us)
{
    struct key key = key_of(vantage, server);
    struct memory *m = history_topic(h, TOPIC_tls_ports);
    const int64_t *us =
            m != NULL ? memory_get(m, (struct bytes){(const uint8_t *)&key, sizeof key}) : NULL;
    return us != NULL && at_us - *us <= HISTORY_TLS_PORT_US ? *us : INT64_MIN;
}

void history_note_tls(struct history *h, int64_t vantage, const struct endpoint *server, int64_t us)
{
    struct memory *m = history_topic(h, TOPIC_tls_ports);
    if (m == NULL)
        return;
    struct key key = key_of(vantage, server);
    struct bytes at = {(const uint8_t *)&key, sizeof key};
    const int64_t *known = memory_get(m, at);
    if (known != NULL && us - *known < HOUR_US)
        return; /* not to be saved each time */
    int64_t *latest = memory_make(m, at, us);
    *latest = us;
}

const struct topic topic_tls_ports = {
        .kind = {.name = "tls-ports",
                .version = 1,
                .value_size = sizeof(int64_t),
                .cap = HISTORY_TLS_PORTS},
};
