/* Clients repeat themselves: a fingerprint is computed once per kind of hello. */
#include <string.h>

#include "base/alloc.h"
#include "base/map.h"
#include "base/text.h"
#include "fingerprint/fingerprint.h"
#include "fingerprint/negotiation.h"

enum { CACHE_CAP = 20000, KEY_MOST = 20000 };

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

static void add_u16(struct key *k, uint16_t v)
{
    uint8_t two[2] = {(uint8_t)(v >> 8), (uint8_t)v};
    if (k->n + sizeof two <= sizeof k->bytes)
        memcpy(k->bytes + k->n, two, sizeof two);
    k->n += sizeof two;
}

/* Everything that is the same for every connection of the same client software. */
static void client_key(struct key *k, const struct client_hello *ch, uint8_t transport)
{
    const struct bytes parts[] = {ch->cipher_suites, ch->extension_types, ch->groups,
            ch->point_formats, ch->signature_algorithms, ch->supported_versions, ch->alpn,
            ch->sslv2_kinds, ch->compression, ch->signature_algorithms_cert, ch->alps,
            ch->psk_modes, ch->key_share_groups, ch->key_share_lengths, ch->compress_certificate,
            ch->delegated_credential, ch->status_request_v2, ch->client_cert_types,
            ch->server_cert_types, ch->srtp_profiles};
    k->bytes[0] = 'c';
    k->bytes[1] = transport;
    k->n = 2;
    add_u16(k, ch->legacy_version);
    add_u16(k, ch->record_version);
    add_u16(k, ch->record_size_limit);
    add_u16(k, (uint16_t)(ch->max_fragment_length << 8 | ch->heartbeat_mode));
    add_u16(k, (uint16_t)(ch->status_request_type << 8 | ch->renegotiation_info_len));
    add_u16(k, ch->has_ech ? ch->ech.kdf : 0);
    add_u16(k, ch->has_ech ? ch->ech.aead : 0);
    add_u16(k, (uint16_t)ch->n_certificate_authorities);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        add_bytes(k, parts[i]);
}

/* What JA3S is made of. */
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
    if ((f == NULL || made) && !ch->is_sslv2_format) {
        fingerprint_ja3(ch, h->prints.ja3);
        fingerprint_ja4(ch, h->transport == TRANSPORT_UDP ? 'q' : 't', h->prints.ja4);
    }
    if (f != NULL && made) {
        memcpy(f->ja3, h->prints.ja3, sizeof f->ja3);
        memcpy(f->ja4, h->prints.ja4, sizeof f->ja4);
        f->offer = negotiation_id((struct bytes){k.bytes, k.n});
    } else if (f != NULL) {
        memcpy(h->prints.ja3, f->ja3, sizeof f->ja3);
        memcpy(h->prints.ja4, f->ja4, sizeof f->ja4);
    }
    h->prints.offer = f != NULL ? f->offer : 0;
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

/* Everything that the server chose, and how it packed its flight. */
static void choice_key(struct key *k, const struct handshake *h)
{
    static const struct server_key_exchange NO_SKE;
    static const struct cert_status NO_STATUS;
    static const struct cert_request NO_REQUEST;
    static const struct session_ticket NO_TICKET;
    const struct server_hello *sh = h->server_hello;
    const struct server_key_exchange *ske =
            h->server_key_exchange != NULL ? h->server_key_exchange : &NO_SKE;
    const struct cert_status *status = h->cert_status != NULL ? h->cert_status : &NO_STATUS;
    const struct cert_request *request = h->cert_request != NULL ? h->cert_request : &NO_REQUEST;
    const struct session_ticket *ticket =
            h->session_ticket != NULL ? h->session_ticket : &NO_TICKET;
    const uint16_t numbers[] = {sh->record_version, sh->legacy_version, sh->version,
            sh->cipher_suite, sh->compression, (uint16_t)handshake_session_id(h), h->group,
            (uint16_t)sh->key_exchange.n, sh->has_psk, sh->psk_index, (uint16_t)sh->downgrade,
            sh->record_size_limit, sh->max_fragment_length, sh->heartbeat_mode,
            sh->misplaced_extension, (uint16_t)sh->n_misplaced, (uint16_t)sh->grease,
            sh->is_sslv2_hit, ske != &NO_SKE, (uint16_t)ske->kind, (uint16_t)ske->curve_type,
            ske->scheme, ske->has_scheme, (uint16_t)ske->dh_p.n, status != &NO_STATUS, status->type,
            (uint16_t)status->n_responses, request != &NO_REQUEST, (uint16_t)request->n_authorities,
            ticket != &NO_TICKET, (uint16_t)ticket->layout, (uint16_t)(ticket->lifetime_s >> 16),
            (uint16_t)ticket->lifetime_s, (uint16_t)h->resumption, h->hello_retry_request != NULL};
    const struct bytes lists[] = {sh->extension_types, sh->sslv2_kinds, sh->point_formats, sh->alpn,
            ske->psk_hint, request->types, request->schemes, bytes_of_text(h->shape)};
    k->bytes[0] = 'x';
    k->n = 1;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        add_u16(k, numbers[i]);
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        add_bytes(k, lists[i]);
}

/* Our own fingerprint and the id of all that was chosen: a server repeats itself. */
static void choice_prints(struct fingerprint_cache *c, struct handshake *h)
{
    struct key k;
    k.is_too_long = false;
    bool made;
    choice_key(&k, h);
    struct fingerprints *f = entry_of(c, &k, &made);
    if (f == NULL || made) {
        fingerprint_server(h, h->prints.server);
        h->prints.choice = k.is_too_long ? 0 : negotiation_id((struct bytes){k.bytes, k.n});
    }
    if (f != NULL && made) {
        memcpy(f->server, h->prints.server, sizeof f->server);
        f->choice = h->prints.choice;
    } else if (f != NULL) {
        memcpy(h->prints.server, f->server, sizeof f->server);
        h->prints.choice = f->choice;
    }
}

void fingerprint_handshake(struct fingerprint_cache *cache, struct handshake *h)
{
    const struct client_hello *ch =
            h->client_hello_first != NULL ? h->client_hello_first : h->client_hello;
    if (ch != NULL)
        client_prints(cache, h, ch);
    if (h->server_hello == NULL)
        return;
    if (h->version != TLS_SSLV2)
        server_prints(cache, h);
    choice_prints(cache, h);
}
