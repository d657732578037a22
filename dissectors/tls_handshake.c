/* Handshake messages inside records: several in one, one over many (RFC 8446 5.1). */
#include "base/alloc.h"
#include "dissectors/tls_messages.h"
#include "dissectors/tls_state.h"
#include "iana/iana.h"

bool tls_message_plausible(uint8_t type, uint32_t len)
{
    return iana_handshake_name(type) != NULL && len <= TLS_MESSAGE_CAP;
}

static void malformed(const struct tls_context *x, struct fact *f, const char *why)
{
    f->kind = FACT_MALFORMED;
    f->why = why;
    tls_emit(x, f);
}

/* What does not parse takes no room. */
#define KEEP(field, type, parse_call)                                                              \
    do {                                                                                           \
        struct type parsed = {.at = f->at};                                                        \
        struct type *kept = &parsed;                                                               \
        ok = (parse_call);                                                                         \
        if (ok)                                                                                    \
            f->field = keep(arena, kept, sizeof *kept);                                            \
    } while (0)

static const void *keep(struct arena *arena, const void *parsed, size_t size)
{
    return arena_dup(arena, (struct bytes){parsed, size}).p;
}

/* RFC 5288 3, RFC 6655 3 and their like; ChaCha20-Poly1305 (RFC 7905) and TLS 1.3 have none. */
static bool has_explicit_nonce(uint16_t suite)
{
    const struct iana_suite *s = iana_suite(suite);
    bool is_chacha = (suite >= 0xcca8 && suite <= 0xccae) || (suite >= 0xcc13 && suite <= 0xcc15);
    return s != NULL && s->is_aead && s->kex != KEX_TLS13 && !is_chacha;
}

/* What protected records begin with. Explicit IVs came with TLS 1.1 (RFC 4346 6.2.3.2). */
static void find_nonce(struct tls *t)
{
    enum { NONCE = 8, BLOCK = 16, SHORT_BLOCK = 8 };
    const struct iana_suite *s = iana_suite(t->suite);
    t->is_nonce_iv = s != NULL && s->is_cbc && (t->version == TLS_1_1 || t->version == TLS_1_2);
    if (t->is_nonce_iv)
        t->nonce_len = s->is_des || s->is_3des || s->is_idea_rc2 ? SHORT_BLOCK : BLOCK;
    else
        t->nonce_len = has_explicit_nonce(t->suite) ? NONCE : 0;
}

/* A hello that breaks off behind its suites is one all the same: what it says stands, and that it
 * does not parse is told beside it. */
static bool is_broken_hello(struct tls_context *x, struct client_hello *h, struct fact *f)
{
    if (u16_count(h->cipher_suites) == 0)
        return false;
    h->is_malformed = true;
    struct fact told = {.message_type = f->message_type, .at = f->at, .body = f->body};
    malformed(x, &told, "handshake message does not parse");
    return true;
}

static bool parse_hello(struct tls_context *x, struct cur body, struct fact *f)
{
    struct arena *arena = x->sink->arena;
    struct tls *t = x->tls;
    bool ok = false;
    if (f->message_type == 1) {
        f->kind = FACT_CLIENT_HELLO;
        KEEP(client_hello, client_hello,
                (kept->record_version = x->record.version,
                        tls_client_hello(arena, body, kept) || is_broken_hello(x, kept, f)));
        if (ok && t->client_dir < 0)
            t->client_dir = x->dir;
        return ok;
    }
    f->kind = FACT_SERVER_HELLO;
    KEEP(server_hello, server_hello,
            (kept->record_version = x->record.version,
                    f->message_type == 6 ? tls_draft_hello_retry(arena, body, kept)
                                         : tls_server_hello(arena, body, kept)));
    if (ok && t->client_dir < 0)
        t->client_dir = 1 - x->dir;
    if (ok && !f->server_hello->is_hrr) {
        t->has_server_hello = true;
        t->version = f->server_hello->version;
        t->suite = f->server_hello->cipher_suite;
        t->is_tls13 = tls_is_13(t->version);
        find_nonce(t);
    }
    return ok;
}

/* What does not parse is told beside the message, whose place in the handshake stands. */
static void parse_client_key(struct tls_context *x, struct cur body, struct fact *f)
{
    struct arena *arena = x->sink->arena;
    bool ok = false, is_other = true;
    f->kind = FACT_CLIENT_KEY_EXCHANGE;
    KEEP(client_key_exchange, client_key_exchange,
            tls_client_key_exchange(body, x->tls->suite, kept, &is_other));
    if (ok || is_other || !x->tls->has_server_hello)
        return;
    struct fact told = {.message_type = f->message_type, .at = f->at};
    malformed(x, &told, "handshake message does not parse");
}

static bool parse_flight(struct tls_context *x, struct cur body, struct fact *f)
{
    struct arena *arena = x->sink->arena;
    uint16_t version = x->tls->version;
    bool ok = false;
    switch (f->message_type) {
    case 4:
        f->kind = FACT_NEW_SESSION_TICKET;
        KEEP(session_ticket, session_ticket, tls_session_ticket(arena, body, kept));
        return ok;
    case 11:
        f->kind = FACT_CERTIFICATE;
        KEEP(certificate, cert_message, tls_certificate(arena, body, kept));
        for (size_t i = 0; ok && i < f->certificate->n_certs; i++)
            f->certificate->certs[i].at = f->at;
        return ok;
    case 12:
        f->kind = FACT_SERVER_KEY_EXCHANGE;
        KEEP(server_key_exchange, server_key_exchange,
                tls_server_key_exchange(arena, body, x->tls->suite, version, kept));
        return ok;
    case 13:
        f->kind = FACT_CERTIFICATE_REQUEST;
        KEEP(cert_request, cert_request, tls_cert_request(arena, body, version, kept));
        return ok;
    case 15:
        f->kind = FACT_CERTIFICATE_VERIFY;
        KEEP(cert_verify, cert_verify, tls_cert_verify(arena, body, version, kept));
        return ok;
    case 16:
        parse_client_key(x, body, f);
        return true;
    case 22:
        f->kind = FACT_CERTIFICATE_STATUS;
        KEEP(cert_status, cert_status, tls_cert_status(arena, body, kept));
        return ok;
    case 25:
        f->kind = FACT_COMPRESSED_CERTIFICATE;
        KEEP(compressed_cert, compressed_cert, tls_compressed_cert(arena, body, kept));
        return ok;
    default:
        f->kind = f->message_type == 0    ? FACT_HELLO_REQUEST
                  : f->message_type == 14 ? FACT_SERVER_HELLO_DONE
                                          : FACT_HANDSHAKE_OTHER;
        return true;
    }
}

/* An echo of the ClientHello, or bytes that look like a ServerHello where the client speaks, must
 * not become facts about the other side. */
static bool may_send(enum side side, uint8_t type)
{
    switch (type) {
    case 1:
    case 16:
        return side == SIDE_CLIENT;
    case 0:
    case 2:
    case 4:
    case 6:
    case 8:
    case 12:
    case 13:
    case 14:
    case 22:
        return side == SIDE_SERVER;
    default:
        return true;
    }
}

/* The bit of `held` for a message: a second ClientHello and a HelloRetryRequest have their own,
 * types that nobody sends in clear share one. */
static unsigned held_bit(const struct tls_stream *s, uint8_t type, struct bytes body)
{
    enum { SECOND_HELLO = 62, ALL_OTHERS = 63 };
    if (type == 1)
        return s->held & 1U << 1 ? SECOND_HELLO : 1;
    if (type == 2 && tls_is_hello_retry(cur_of(body)))
        return 6;
    return type < SECOND_HELLO ? type : ALL_OTHERS;
}

/* One that was sent before, or that there is no room for. */
static void bare_message(struct tls_context *x, struct fact *f, unsigned bit, bool is_held)
{
    f->kind = FACT_HANDSHAKE_OTHER;
    f->is_bare = true;
    f->is_capped = !is_held;
    f->message_type = bit == 6 ? 6 : f->message_type;
    x->tls->had_loss |= f->is_capped;
    tls_emit(x, f);
}

static void on_message(struct tls_context *x, uint8_t type, struct bytes body, struct span at)
{
    struct tls_stream *s = &x->tls->streams[x->dir];
    struct arena *arena = x->sink->arena;
    struct fact f = {.message_type = type, .at = at};
    if (x->tls->client_dir >= 0 && !may_send(tls_side(x->tls, x->dir), type)) {
        malformed(x, &f, "handshake message that only the other side may send");
        return;
    }
    unsigned bit = held_bit(s, type, body);
    bool is_held = s->held >> bit & 1;
    if (body.n > 0 && (is_held || arena->total + body.n > TLS_ARENA_CAP)) {
        bare_message(x, &f, bit, is_held);
        return;
    }
    bool is_hello = type == 1 || type == 2 || type == 6;
    f.body = arena_dup(arena, body);
    bool ok = is_hello ? parse_hello(x, cur_of(f.body), &f) : parse_flight(x, cur_of(f.body), &f);
    s->held |= ok ? UINT64_C(1) << bit : 0;
    if (ok)
        tls_emit(x, &f);
    else
        malformed(x, &f, "handshake message does not parse");
}

static void partial_add(struct tls_stream *s, struct bytes b)
{
    if (s->n_partial + b.n > s->cap_partial) {
        s->cap_partial = (s->n_partial + b.n) * 2;
        s->partial = xrealloc(s->partial, s->cap_partial, 1);
    }
    for (size_t i = 0; i < b.n; i++)
        s->partial[s->n_partial + i] = b.p[i];
    s->n_partial += b.n;
}

/* The length of the whole message at the start of b, header included; 0 while its header is cut. */
static size_t message_size(struct bytes b)
{
    struct cur c = cur_of(b);
    cur_skip(&c, 1);
    uint32_t len = cur_u24(&c);
    return cur_ok(&c) ? TLS_MESSAGE_HEADER + (size_t)len : 0;
}

/* Adds to a message begun earlier just what it lacks; emits it when it is whole. */
static void continue_message(struct tls_context *x, struct cur *c)
{
    struct tls_stream *s = &x->tls->streams[x->dir];
    while (s->n_partial > 0 && cur_more(c)) {
        size_t size = message_size((struct bytes){s->partial, s->n_partial});
        size_t lacks = size > 0 ? size - s->n_partial : TLS_MESSAGE_HEADER - s->n_partial;
        uint64_t at = x->offset;
        struct bytes piece = cur_take(c, lacks < c->n ? lacks : c->n);
        x->offset += piece.n;
        partial_add(s, piece);
        size = message_size((struct bytes){s->partial, s->n_partial});
        if (size == 0 || s->n_partial < size) {
            if (size <= TLS_MESSAGE_CAP + TLS_MESSAGE_HEADER)
                continue;
            s->skip = size - s->n_partial;
            s->n_partial = 0;
            struct fact f = {.message_type = s->partial[0], .at = s->partial_at};
            malformed(x, &f, "handshake message over the cap");
            return;
        }
        struct span last = origin_span(x->origin, at, piece.n);
        struct span whole = s->partial_at;
        whole.last_packet = last.last_packet;
        whole.last_us = last.last_us;
        whole.len = at + piece.n - whole.offset;
        s->n_partial = 0;
        on_message(x, s->partial[0],
                (struct bytes){s->partial + TLS_MESSAGE_HEADER, size - TLS_MESSAGE_HEADER}, whole);
    }
}

void tls_handshake_record(struct tls_context *x, struct bytes body)
{
    struct tls_stream *s = &x->tls->streams[x->dir];
    struct cur c = cur_of(body);
    while (cur_more(&c)) {
        if (s->skip > 0) {
            size_t n = s->skip < c.n ? s->skip : c.n;
            cur_skip(&c, n);
            s->skip -= n;
            x->offset += n;
            continue;
        }
        size_t size = message_size(cur_rest(&c));
        if (s->n_partial == 0 && size > 0 && size <= c.n) {
            struct cur m = cur_of(cur_take(&c, size));
            uint8_t type = cur_u8(&m);
            cur_skip(&m, 3);
            struct span at = origin_span(x->origin, x->offset, size);
            x->offset += size;
            on_message(x, type, cur_rest(&m), at);
            continue;
        }
        if (s->n_partial == 0) {
            s->partial_at = origin_span(x->origin, x->offset, c.n);
            partial_add(s, cur_take(&c, 1));
            x->offset += 1;
        }
        continue_message(x, &c);
    }
}
