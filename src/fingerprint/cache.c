/* Clients repeat themselves: a fingerprint is computed once per kind of hello. */
#include <string.h>

#include "base/alloc.h"
#include "base/map.h"
#include "fingerprint/fingerprint.h"

enum { CACHE_CAP = 20000, KEY_MOST = 2048, KEY_PARTS = 7 };

struct fingerprint_cache {
    struct map *prints; /* struct fingerprints; a client's has no ja3s, a server's only that */
};

struct fingerprint_cache *fingerprint_cache_new(void)
{
    struct fingerprint_cache *c = xcalloc(1, sizeof *c);
    c->prints = map_new(&(struct map_options){.cap = CACHE_CAP, .on_evict = map_xfree});
    return c;
}

void fingerprint_cache_free(struct fingerprint_cache *c)
{
    if (c == NULL)
        return;
    map_free(c->prints);
    xfree(c);
}

/* Everything that a fingerprint is made of, with lengths, so that two hellos never share a key. */
struct key {
    uint8_t bytes[KEY_MOST];
    size_t n;
    bool is_too_long;
};

static void add_bytes(struct key *k, struct bytes b)
{
    if (k->n + 2 + b.n > sizeof k->bytes) {
        k->is_too_long = true;
        return;
    }
    k->bytes[k->n++] = (uint8_t)(b.n >> 8);
    k->bytes[k->n++] = (uint8_t)b.n;
    if (b.n > 0)
        memcpy(k->bytes + k->n, b.p, b.n);
    k->n += b.n;
}

static void client_key(struct key *k, const struct client_hello *ch, uint8_t transport)
{
    const struct bytes parts[KEY_PARTS] = {ch->cipher_suites, ch->extension_types, ch->groups,
            ch->point_formats, ch->signature_algorithms, ch->supported_versions, ch->alpn};
    k->bytes[0] = 'c';
    k->bytes[1] = transport;
    k->bytes[2] = (uint8_t)(ch->legacy_version >> 8);
    k->bytes[3] = (uint8_t)ch->legacy_version;
    k->n = 4;
    for (size_t i = 0; i < KEY_PARTS; i++)
        add_bytes(k, parts[i]);
}

static void server_key(struct key *k, const struct server_hello *sh)
{
    k->bytes[0] = 's';
    k->bytes[1] = (uint8_t)(sh->legacy_version >> 8);
    k->bytes[2] = (uint8_t)sh->legacy_version;
    k->bytes[3] = (uint8_t)(sh->cipher_suite >> 8);
    k->bytes[4] = (uint8_t)sh->cipher_suite;
    k->n = 5;
    add_bytes(k, sh->extension_types);
}

/* The entry for the key, new (and then empty) when *made; NULL when nothing is cached. */
static struct fingerprints *entry_of(struct fingerprint_cache *c, const struct key *k, bool *made)
{
    *made = false;
    if (c == NULL || k->is_too_long)
        return NULL;
    struct bytes key = {k->bytes, k->n};
    struct fingerprints *f = map_get(c->prints, key);
    if (f == NULL) {
        *made = true;
        f = xcalloc(1, sizeof *f);
        map_put(c->prints, key, f);
    }
    return f;
}

static void client_prints(
        struct fingerprint_cache *c, struct handshake *h, const struct client_hello *ch)
{
    struct key k;
    k.is_too_long = false;
    bool made;
    client_key(&k, ch, h->transport);
    struct fingerprints *f = entry_of(c, &k, &made);
    if (f == NULL || made) {
        fingerprint_ja3(ch, h->prints.ja3);
        fingerprint_ja4(ch, h->transport == TRANSPORT_UDP ? 'q' : 't', h->prints.ja4);
    }
    if (f != NULL && made) {
        memcpy(f->ja3, h->prints.ja3, sizeof f->ja3);
        memcpy(f->ja4, h->prints.ja4, sizeof f->ja4);
    } else if (f != NULL) {
        memcpy(h->prints.ja3, f->ja3, sizeof f->ja3);
        memcpy(h->prints.ja4, f->ja4, sizeof f->ja4);
    }
}

static void server_prints(struct fingerprint_cache *c, struct handshake *h)
{
    struct key k;
    k.is_too_long = false;
    bool made;
    server_key(&k, h->server_hello);
    struct fingerprints *f = entry_of(c, &k, &made);
    if (f == NULL || made)
        fingerprint_ja3s(h->server_hello, h->prints.ja3s);
    if (f != NULL && made)
        memcpy(f->ja3s, h->prints.ja3s, sizeof f->ja3s);
    else if (f != NULL)
        memcpy(h->prints.ja3s, f->ja3s, sizeof f->ja3s);
}

void fingerprint_handshake(struct fingerprint_cache *cache, struct handshake *h)
{
    const struct client_hello *ch =
            h->client_hello_first != NULL ? h->client_hello_first : h->client_hello;
    if (ch != NULL && !ch->is_sslv2_format)
        client_prints(cache, h, ch);
    if (h->server_hello != NULL)
        server_prints(cache, h);
}
