#include "engine/unanalysed.h"

#include <string.h>

#include "base/alloc.h"
#include "base/cursor.h"
#include "base/map.h"

enum kind { QUIC_V1, QUIC_V2, QUIC_OTHER, UDP_443, DTLS_10, DTLS_12, DTLS_13, DTLS_OTHER, KINDS };

static const char *const NAMES[KINDS] = {[QUIC_V1] = "quic-v1",
        [QUIC_V2] = "quic-v2",
        [QUIC_OTHER] = "quic-other",
        [UDP_443] = "udp-443",
        [DTLS_10] = "dtls-1.0",
        [DTLS_12] = "dtls-1.2",
        [DTLS_13] = "dtls-1.3",
        [DTLS_OTHER] = "dtls-other"};

enum {
    PORT = 443,
    LONG_HEADER = 0x80, /* RFC 9000 17.2 */
    RECORD_FIRST = 20,  /* RFC 6347 4.1: content types */
    RECORD_LAST = 25,
    RECORD_HANDSHAKE = 22,
    UNIFIED = 1, /* RFC 9147 4: the upper three bits of a protected record's first byte */
    CLIENT_HELLO = 1,
    SERVER_HELLO = 2,
    HELLO_VERIFY = 3,
};

struct traffic {
    uint64_t packets, bytes;
    int64_t first_us, last_us;
};

struct server {
    struct endpoint endpoint;
    enum kind last; /* of the latest packet that told */
    struct traffic kinds[KINDS];
};

struct unanalysed {
    struct map *map;
    struct server **servers;
    size_t n;
    bool has_dtls;
    uint64_t dropped;
};

struct unanalysed *unanalysed_new(void)
{
    struct unanalysed *u = xcalloc(1, sizeof *u);
    u->map = map_new(&(struct map_options){.cap = UNANALYSED_SERVERS + 1});
    return u;
}

void unanalysed_free(struct unanalysed *u)
{
    if (u == NULL)
        return;
    for (size_t i = 0; i < u->n; i++)
        xfree(u->servers[i]);
    xfree(u->servers);
    map_free(u->map);
    xfree(u);
}

struct key {
    uint8_t bytes[18];
};

static struct key key_of(const uint8_t ip[16], uint16_t port)
{
    struct key k;
    memcpy(k.bytes, ip, 16);
    k.bytes[16] = (uint8_t)(port >> 8);
    k.bytes[17] = (uint8_t)port;
    return k;
}

static struct server *find(struct unanalysed *u, const uint8_t ip[16], uint16_t port)
{
    struct key k = key_of(ip, port);
    return map_get(u->map, (struct bytes){k.bytes, sizeof k.bytes});
}

static struct server *find_or_make(struct unanalysed *u, const uint8_t ip[16], uint16_t port)
{
    struct server *s = find(u, ip, port);
    if (s != NULL || u->n >= UNANALYSED_SERVERS)
        return s;
    struct key k = key_of(ip, port);
    s = xcalloc(1, sizeof *s);
    memcpy(s->endpoint.address.ip, ip, 16);
    s->endpoint.port = port;
    s->last = KINDS;
    u->servers = xrealloc(u->servers, u->n + 1, sizeof(struct server *));
    u->servers[u->n++] = s;
    map_put(u->map, (struct bytes){k.bytes, sizeof k.bytes}, s);
    return s;
}

static bool is_active(const struct server *s)
{
    for (int kind = 0; kind < KINDS; kind++)
        if (s->kinds[kind].packets > 0)
            return true;
    return false;
}

struct unanalysed *unanalysed_next(const struct unanalysed *u)
{
    struct unanalysed *next = unanalysed_new();
    next->has_dtls = u->has_dtls;
    for (size_t i = 0; i < u->n; i++) {
        const struct endpoint *e = &u->servers[i]->endpoint;
        if (is_active(u->servers[i]))
            find_or_make(next, e->address.ip, e->port)->last = u->servers[i]->last;
    }
    return next;
}

static void count(struct unanalysed *u, struct server *s, enum kind kind, const struct packet *p)
{
    if (s == NULL) {
        u->dropped++;
        return;
    }
    struct traffic *t = &s->kinds[kind];
    if (t->packets == 0 || p->ts_us < t->first_us)
        t->first_us = p->ts_us;
    if (t->packets == 0 || p->ts_us > t->last_us)
        t->last_us = p->ts_us;
    t->packets++;
    t->bytes += p->payload_wire_len;
    s->last = kind;
}

/* A DTLS record at the start of a datagram. */
struct datagram {
    uint8_t type, message;
    uint16_t version, client_version;
};

static bool is_dtls_version(uint16_t v)
{
    return v == 0xfeff || v == 0xfefd || v == 0xfefc || v == 0x0100;
}

/* RFC 6347 4.1. message is 0 when the record is protected or no handshake. */
static bool read_record(const struct packet *p, struct datagram *out)
{
    struct cur c = cur_of(p->payload);
    out->type = cur_u8(&c);
    out->version = cur_u16(&c);
    uint16_t epoch = cur_u16(&c);
    cur_skip(&c, 6);
    uint16_t len = cur_u16(&c);
    if (!cur_ok(&c) || out->type < RECORD_FIRST || out->type > RECORD_LAST ||
            !is_dtls_version(out->version) || len == 0 || len + UINT32_C(13) > p->payload_wire_len)
        return false;
    out->message = epoch == 0 && out->type == RECORD_HANDSHAKE ? cur_u8(&c) : 0;
    cur_skip(&c, 11);
    out->client_version = cur_u16(&c);
    if (out->message != CLIENT_HELLO || !cur_ok(&c))
        out->client_version = 0;
    return true;
}

static enum kind kind_of_version(uint16_t version)
{
    switch (version) {
    case 0xfeff:
        return DTLS_10;
    case 0xfefd:
        return DTLS_12;
    case 0xfefc:
        return DTLS_13;
    default:
        return DTLS_OTHER;
    }
}

static bool is_dtls(const struct server *s)
{
    return s != NULL && s->last >= DTLS_10 && s->last < KINDS;
}

/* The end that is known to speak DTLS, NULL neither. */
static struct server *known_dtls(struct unanalysed *u, const struct packet *p)
{
    struct server *s = find(u, p->dst, p->dst_port);
    if (is_dtls(s))
        return s;
    s = find(u, p->src, p->src_port);
    return is_dtls(s) ? s : NULL;
}

/* Who serves: the hellos tell, else who is known, else the lower port. */
static struct server *dtls_server(
        struct unanalysed *u, const struct packet *p, const struct datagram *r)
{
    bool is_to = r->message == CLIENT_HELLO;
    bool is_from = r->message == SERVER_HELLO || r->message == HELLO_VERIFY;
    struct server *known = is_to || is_from ? NULL : known_dtls(u, p);
    if (known != NULL)
        return known;
    if (is_to || (!is_from && p->dst_port <= p->src_port))
        return find_or_make(u, p->dst, p->dst_port);
    return find_or_make(u, p->src, p->src_port);
}

static void on_dtls(struct unanalysed *u, const struct packet *p, const struct datagram *r)
{
    struct server *s = dtls_server(u, p, r);
    enum kind kind = kind_of_version(r->client_version != 0 ? r->client_version : r->version);
    /* RFC 6347 4.2.1: HelloVerifyRequest has the version of DTLS 1.0 whatever follows. */
    if (r->message == HELLO_VERIFY && is_dtls(s))
        kind = s->last;
    u->has_dtls = true;
    count(u, s, kind, p);
}

/* RFC 9000 17.2, RFC 9369 3.1; short headers (17.3) have no version. */
static enum kind quic_kind(const struct server *s, struct bytes payload)
{
    struct cur c = cur_of(payload);
    uint8_t first = cur_u8(&c);
    uint32_t version = cur_u32(&c);
    if ((first & LONG_HEADER) == 0 || !cur_ok(&c))
        return s != NULL && s->last < KINDS ? s->last : UDP_443;
    if (version == 1)
        return QUIC_V1;
    if (version == UINT32_C(0x6b3343cf))
        return QUIC_V2;
    return QUIC_OTHER;
}

static void on_443(struct unanalysed *u, const struct packet *p)
{
    bool is_to = p->dst_port == PORT;
    struct server *s = find_or_make(u, is_to ? p->dst : p->src, is_to ? p->dst_port : p->src_port);
    count(u, s, quic_kind(s, p->payload), p);
}

void unanalysed_packet(struct unanalysed *u, const struct packet *p)
{
    struct cur c = cur_of(p->payload);
    uint8_t first = cur_peek_u8(&c, 0);
    bool is_443 = p->dst_port == PORT || p->src_port == PORT;
    bool is_record = first >= RECORD_FIRST && first <= RECORD_LAST;
    bool is_protected = u->has_dtls && first >> 5 == UNIFIED;
    if (!is_443 && !is_record && !is_protected)
        return;
    struct datagram r;
    if (is_record && read_record(p, &r)) {
        on_dtls(u, p, &r);
        return;
    }
    struct server *known = is_protected ? known_dtls(u, p) : NULL;
    if (known != NULL)
        count(u, known, DTLS_13, p);
    else if (is_443 && cur_more(&c))
        on_443(u, p);
}

bool unanalysed_each(struct unanalysed *u,
        bool (*fn)(void *ctx, const struct unanalysed_traffic *t, struct err *err), void *ctx,
        struct err *err)
{
    for (size_t i = 0; i < u->n; i++)
        for (int kind = 0; kind < KINDS; kind++) {
            struct traffic *t = &u->servers[i]->kinds[kind];
            const struct unanalysed_traffic out = {u->servers[i]->endpoint, NAMES[kind], t->packets,
                    t->bytes, t->first_us, t->last_us};
            if (t->packets > 0 && !fn(ctx, &out, err))
                return false;
            *t = (struct traffic){0};
        }
    return true;
}

uint64_t unanalysed_dropped(struct unanalysed *u)
{
    uint64_t dropped = u->dropped;
    u->dropped = 0;
    return dropped;
}
