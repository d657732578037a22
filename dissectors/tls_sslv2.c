/*
 * Real SSL 2.0, by its specification ("SSL 0.2 Protocol Specification", Netscape 1995): records
 * with a header of two or three bytes, clear up to the hellos and the client's key, protected
 * behind them.
 */
#include "dissectors/tls_messages.h"
#include "dissectors/tls_state.h"

enum { MSG_ERROR, MSG_CLIENT_HELLO, MSG_CLIENT_MASTER_KEY, MSG_SERVER_HELLO = 4 };
enum { TLS_CLIENT_HELLO = 1, TLS_SERVER_HELLO = 2, TLS_CERTIFICATE = 11, TLS_CLIENT_KEY = 16 };
enum { NO_PADDING = 0x80, MAC = 16, MASTER_KEY_LEAST = 10 };

/* Header and body of the record at the start of view; false while it is not whole. */
static bool record_of(struct bytes view, struct bytes *body, size_t *size)
{
    struct cur c = cur_of(view);
    uint16_t head = cur_u16(&c);
    bool is_short = head >> 8 & NO_PADDING;
    size_t padding = is_short ? 0 : cur_u8(&c);
    *body = cur_take(&c, head & (is_short ? 0x7fff : 0x3fff));
    *size = view.n - c.n;
    body->n = padding <= body->n ? body->n - padding : body->n;
    return cur_ok(&c);
}

enum probe sslv2_probe_client(struct bytes b)
{
    struct cur c = cur_of(b);
    uint16_t len = cur_u16(&c);
    uint8_t type = cur_u8(&c);
    uint16_t version = cur_u16(&c);
    uint16_t suites = cur_u16(&c);
    uint16_t id = cur_u16(&c);
    uint16_t challenge = cur_u16(&c);
    if (b.n >= 1 && (b.p[0] & NO_PADDING) == 0)
        return PROBE_NO;
    if (!cur_ok(&c))
        return b.n >= 3 && type != MSG_CLIENT_HELLO ? PROBE_NO : PROBE_MORE;
    bool fits = (len & 0x7fff) == 9U + suites + id + challenge;
    bool sane = (version >> 8 == 3 || version == TLS_SSLV2) && suites > 0 && suites % 3 == 0 &&
                challenge >= 16 && challenge <= 32;
    return type == MSG_CLIENT_HELLO && fits && sane ? PROBE_YES : PROBE_NO;
}

enum probe sslv2_probe_server(struct bytes b)
{
    struct cur c = cur_of(b);
    uint16_t len = cur_u16(&c);
    uint8_t type = cur_u8(&c);
    uint8_t hit = cur_u8(&c);
    cur_skip(&c, 1); /* certificate type */
    uint16_t version = cur_u16(&c);
    uint16_t certificate = cur_u16(&c);
    uint16_t kinds = cur_u16(&c);
    uint16_t id = cur_u16(&c);
    if ((b.n >= 1 && (b.p[0] & NO_PADDING) == 0) || (b.n >= 3 && type != MSG_SERVER_HELLO))
        return PROBE_NO;
    if (!cur_ok(&c))
        return PROBE_MORE;
    bool fits = (len & 0x7fff) == 11U + certificate + kinds + id;
    bool sane = version == TLS_SSLV2 && kinds % 3 == 0 && hit <= 1 && (kinds > 0 || hit == 1);
    return type == MSG_SERVER_HELLO && fits && sane ? PROBE_YES : PROBE_NO;
}

static void malformed(const struct tls_context *x, struct span at, uint8_t type, const char *why)
{
    struct fact f = {.kind = FACT_MALFORMED, .at = at, .message_type = type, .why = why};
    tls_emit(x, &f);
}

static void client_hello(struct tls_context *x, struct bytes body, struct span at)
{
    struct client_hello *h = arena_alloc(x->sink->arena, sizeof *h);
    h->at = at;
    struct fact f = {.kind = FACT_CLIENT_HELLO, .at = at, .message_type = TLS_CLIENT_HELLO};
    f.client_hello = h;
    f.body = arena_dup(x->sink->arena, body);
    x->tls->client_dir = x->dir;
    if (!tls_sslv2_client_hello(x->sink->arena, cur_of(f.body), h)) {
        malformed(x, at, TLS_CLIENT_HELLO, "SSLv2 ClientHello does not parse");
        return;
    }
    x->tls->is_sslv2_only = h->legacy_version == TLS_SSLV2;
    tls_emit(x, &f);
}

static void certificate(struct tls_context *x, struct bytes der, struct span at)
{
    struct cert_message *m = arena_alloc(x->sink->arena, sizeof *m);
    m->at = at;
    m->certs = arena_alloc(x->sink->arena, sizeof *m->certs);
    m->certs[0] = (struct cert_entry){der, at};
    m->n_certs = 1;
    struct fact f = {.kind = FACT_CERTIFICATE, .at = at, .message_type = TLS_CERTIFICATE};
    f.certificate = m;
    tls_emit(x, &f);
}

static void server_hello(struct tls_context *x, struct bytes body, struct span at)
{
    struct tls *t = x->tls;
    struct server_hello parsed = {.at = at};
    struct bytes der;
    if (!tls_sslv2_server_hello(cur_of(body), &parsed, &der)) {
        malformed(x, at, TLS_SERVER_HELLO, "SSLv2 ServerHello does not parse");
        return;
    }
    struct server_hello *h = arena_alloc(x->sink->arena, sizeof *h);
    struct fact f = {.kind = FACT_SERVER_HELLO, .at = at, .message_type = TLS_SERVER_HELLO};
    f.server_hello = h;
    f.body = arena_dup(x->sink->arena, body);
    h->at = at;
    (void)tls_sslv2_server_hello(cur_of(f.body), h, &der);
    t->is_sslv2 = t->has_server_hello = true;
    t->client_dir = 1 - x->dir;
    t->version = TLS_SSLV2;
    t->streams[x->dir].is_encrypted = true; /* behind it, only an error is clear */
    t->streams[1 - x->dir].is_encrypted = h->is_sslv2_hit;
    tls_emit(x, &f);
    if (der.n > 0)
        certificate(x, der, at);
}

static void client_key(struct tls_context *x, struct bytes body, struct span at)
{
    struct cur c = cur_of(body);
    struct fact f = {.kind = FACT_CLIENT_KEY_EXCHANGE, .at = at, .message_type = TLS_CLIENT_KEY};
    cur_skip(&c, 1);
    f.sslv2_kind = cur_u24(&c);
    if (body.n < MASTER_KEY_LEAST) {
        malformed(x, at, TLS_CLIENT_KEY, "SSLv2 CLIENT-MASTER-KEY does not parse");
        return;
    }
    f.body = arena_dup(x->sink->arena, body);
    x->tls->streams[x->dir].is_encrypted = true;
    x->tls->has_sslv2_key = true;
    tls_emit(x, &f);
}

/* The four errors of SSLv2 as the alerts that took their place (RFC 6101 5.4.2). */
static void error(struct tls_context *x, struct bytes body, struct span at)
{
    struct cur c = cur_of(body);
    cur_skip(&c, 1);
    uint16_t code = cur_u16(&c);
    uint8_t description = code == 1 ? 40 : code == 2 ? 41 : code == 4 ? 42 : code == 6 ? 43 : 0;
    if (!cur_done(&c) || description == 0) {
        malformed(x, at, 0, "SSLv2 error does not parse");
        return;
    }
    x->tls->is_sslv2 |= x->dir != x->tls->client_dir;
    tls_emit(x, &(struct fact){.kind = FACT_ALERT, .at = at, .alert = {at, 2, description}});
}

/*
 * CLIENT-FINISHED is the client's first protected record, SERVER-FINISHED, of the same length,
 * comes behind SERVER-VERIFY. An error is shorter than any of them: MAC, type and code.
 */
static void protected_record(struct tls_context *x, struct bytes body, struct span at)
{
    struct tls *t = x->tls;
    bool is_client = x->dir == t->client_dir;
    unsigned n = t->n_sslv2_protected[x->dir]++;
    struct fact f = {.kind = FACT_APPLICATION_DATA, .at = at};
    bool is_done = t->is_sslv2_finished[x->dir];
    bool is_as_long = t->sslv2_finished_len == 0 || body.n == t->sslv2_finished_len;
    if (!is_done && body.n < MAC + MAC)
        f.kind = FACT_ENCRYPTED_ALERT;
    else if (is_client ? n == 0 : !is_done && n > 0 && is_as_long)
        f.kind = FACT_ENCRYPTED_HANDSHAKE;
    else if (!is_done)
        return; /* SERVER-VERIFY, or what asks for and brings a client's certificate */
    if (f.kind == FACT_ENCRYPTED_HANDSHAKE) {
        t->is_sslv2_finished[x->dir] = true;
        t->sslv2_finished_len = is_client ? body.n : t->sslv2_finished_len;
    }
    tls_emit(x, &f);
}

size_t sslv2_feed(struct tls_context *x, struct bytes view, uint64_t offset)
{
    struct bytes body;
    size_t size;
    if (!record_of(view, &body, &size))
        return 0;
    struct span at = origin_span(x->origin, offset, size);
    struct tls *t = x->tls;
    uint8_t type = body.n > 0 ? body.p[0] : MSG_ERROR;
    bool may_be_clear = !t->streams[x->dir].is_encrypted || !t->has_sslv2_key;
    x->record_at = offset;
    x->record = (struct record){TLS_RECORD_HANDSHAKE, TLS_SSLV2, (uint16_t)body.n};
    if (may_be_clear && type == MSG_ERROR && body.n <= 3)
        error(x, body, at);
    else if (t->streams[x->dir].is_encrypted)
        protected_record(x, body, at);
    else if (type == MSG_CLIENT_HELLO && t->client_dir < 0)
        client_hello(x, body, at);
    else if (type == MSG_SERVER_HELLO)
        server_hello(x, body, at);
    else if (type == MSG_CLIENT_MASTER_KEY && x->dir == t->client_dir)
        client_key(x, body, at);
    else
        malformed(x, at, 0, "SSLv2 message that does not belong here");
    return size;
}
