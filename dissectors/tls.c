/* The TLS record layer over a byte stream: RFC 8446 5.1, RFC 5246 6.2, RFC 6101 5.2. */
#include "base/alloc.h"
#include "dissectors/tls_messages.h"
#include "dissectors/tls_state.h"

enum { EMPTY_MOST = 8, FOREIGN_MOST = 64 };

enum side tls_side(const struct tls *t, int dir)
{
    int client = t->client_dir >= 0 ? t->client_dir : 0;
    return dir == client ? SIDE_CLIENT : SIDE_SERVER;
}

void tls_emit(const struct tls_context *x, struct fact *f)
{
    f->side = tls_side(x->tls, x->dir);
    f->record = x->record;
    f->record_at = x->record_at;
    x->sink->fact(x->sink->ctx, f);
}

static bool header_plausible(uint8_t type, uint16_t version, uint16_t len)
{
    unsigned high = version >> 8;
    return type >= TLS_RECORD_CCS && type <= TLS_RECORD_HEARTBEAT && (high == 3 || high == 0x7f) &&
           len <= TLS_RECORD_MOST;
}

/* A Certificate in mid-stream: three nested lengths must agree and the first entry be a SEQUENCE.
 */
static enum probe probe_certificate(struct cur c)
{
    uint32_t message_len = cur_u24(&c);
    uint32_t list_len = cur_u24(&c);
    uint32_t cert_len = cur_u24(&c);
    uint16_t sequence = cur_u16(&c);
    bool fits = message_len == list_len + 3 && cert_len + 3 <= list_len && sequence == 0x3082;
    return cur_ok(&c) && fits && message_len <= TLS_MESSAGE_CAP ? PROBE_YES : PROBE_NO;
}

/* Behind a plausible header: what a stream may begin with. */
static enum probe probe_body(uint8_t type, uint16_t len, struct cur c, bool is_start)
{
    if (type == TLS_RECORD_ALERT && is_start)
        return len == 2 ? PROBE_YES : PROBE_NO;
    if (type != TLS_RECORD_HANDSHAKE || len == 0)
        return PROBE_NO;
    uint8_t message = cur_u8(&c);
    if (!cur_ok(&c))
        return PROBE_MORE;
    if (message == 11 && !is_start)
        return probe_certificate(c);
    if (message != 1 && message != 2 && !(is_start && message == 6))
        return PROBE_NO;
    if (len < 6) /* a hello cut into tiny records */
        return is_start ? PROBE_YES : PROBE_NO;
    uint32_t message_len = cur_u24(&c);
    uint16_t version = cur_u16(&c);
    if (!cur_ok(&c))
        return PROBE_MORE;
    bool sane = message_len >= 34 && message_len <= TLS_MESSAGE_CAP &&
                (version >> 8 == 3 || version >> 8 == 0x7f);
    bool consistent = is_start || message_len + 4 >= len || message == 2;
    return sane && consistent ? PROBE_YES : PROBE_NO;
}

/* Its ServerHello has enough structure to be found anywhere. */
static enum probe probe_sslv2(struct bytes first, bool is_start)
{
    enum probe server = sslv2_probe_server(first);
    enum probe client = is_start ? sslv2_probe_client(first) : PROBE_NO;
    return server == PROBE_YES || client == PROBE_YES                   ? PROBE_YES
           : is_start && (server == PROBE_MORE || client == PROBE_MORE) ? PROBE_MORE
                                                                        : PROBE_NO;
}

/* Behind the header of a first record whose version is 0, which only some scanners send. */
static enum probe probe_versionless(uint8_t type, uint16_t len, struct cur c)
{
    bool may_be = type == TLS_RECORD_HANDSHAKE && len >= 6 && len <= TLS_RECORD_MOST;
    if (!may_be || (cur_more(&c) && cur_peek_u8(&c, 0) != 1))
        return PROBE_NO;
    return probe_body(type, len, c, true);
}

/* Handshake records without content, which RFC 5246 6.2.1 forbids; some send one before a hello. */
static void skip_empty(struct cur *c)
{
    for (int i = 0; i < EMPTY_MOST; i++) {
        struct cur next = *c;
        bool is_empty = cur_u8(&next) == TLS_RECORD_HANDSHAKE && cur_u16(&next) >> 8 == 3 &&
                        cur_u16(&next) == 0 && cur_ok(&next);
        if (!is_empty)
            return;
        *c = next;
    }
}

static enum probe probe(struct bytes first, bool is_start)
{
    struct cur c = cur_of(first);
    if (is_start)
        skip_empty(&c);
    if (c.n == 0)
        return PROBE_MORE;
    uint8_t type = cur_u8(&c);
    if (type != TLS_RECORD_HANDSHAKE && type != TLS_RECORD_ALERT)
        return probe_sslv2(first, is_start);
    uint8_t high = cur_u8(&c);
    bool may_be = high == 3 || high == 0x7f || (is_start && high == 0);
    if (cur_ok(&c) && !may_be)
        return PROBE_NO;
    uint8_t low = cur_u8(&c);
    uint16_t len = cur_u16(&c);
    if (!cur_ok(&c))
        return PROBE_MORE;
    if (high == 0)
        return low == 0 ? probe_versionless(type, len, c) : PROBE_NO;
    return len <= TLS_RECORD_MOST ? probe_body(type, len, c, is_start) : PROBE_NO;
}

static void *new_state(void)
{
    struct tls *t = xcalloc(1, sizeof *t);
    t->client_dir = t->begun_dir = -1;
    return t;
}

static void free_state(void *state)
{
    struct tls *t = state;
    if (t == NULL)
        return;
    xfree(t->streams[0].partial);
    xfree(t->streams[1].partial);
    xfree(t);
}

static void lose(struct tls_context *x, struct fact f)
{
    struct tls_stream *s = &x->tls->streams[x->dir];
    s->is_lost = true;
    x->tls->had_loss = true;
    s->n_partial = s->skip = 0;
    s->has_half_alert = false;
    f.kind = FACT_FRAMING_LOST;
    tls_emit(x, &f);
}

/* The explicit nonce or IV of a protected record whose body begins with `body`. */
static void read_nonce(const struct tls_context *x, struct bytes body, struct fact *f)
{
    enum { LOW = 8 };
    struct cur c = cur_of(body);
    uint8_t len = x->tls->nonce_len;
    if (len == 0 || !x->tls->streams[x->dir].is_encrypted)
        return;
    f->is_iv = x->tls->is_nonce_iv;
    f->nonce_high = len > LOW ? cur_uint(&c, len - LOW) : 0;
    f->nonce = cur_u64(&c);
    f->has_nonce = cur_ok(&c);
}

static void protected_record(
        const struct tls_context *x, enum fact_kind kind, struct bytes body, struct span at)
{
    struct fact f = {.kind = kind, .at = at};
    read_nonce(x, body, &f);
    tls_emit(x, &f);
}

static void alert_record(struct tls_context *x, struct bytes body, struct span at)
{
    struct tls_stream *s = &x->tls->streams[x->dir];
    /* A clear alert is two bytes; what is longer after a ServerHello of TLS 1.3, or after a
     * ChangeCipherSpec whose version is not known because the other side was not captured, or after
     * a loss that may have held one, is protected. */
    bool may_be = x->tls->is_tls13 || s->has_ccs || x->tls->had_loss;
    bool is_protected = s->is_encrypted || (may_be && body.n > 2);
    if (is_protected) {
        protected_record(x, FACT_ENCRYPTED_ALERT, body, at);
        return;
    }
    struct cur c = cur_of(body);
    while (cur_more(&c)) {
        if (!s->has_half_alert) {
            s->alert_level = cur_u8(&c);
            s->has_half_alert = true;
            continue;
        }
        s->has_half_alert = false;
        struct alert alert = {at, s->alert_level, cur_u8(&c)};
        bool is_known = alert.level == 1 || alert.level == 2;
        struct fact f = {.kind = is_known ? FACT_ALERT : FACT_MALFORMED, .at = at};
        if (is_known)
            f.alert = alert;
        else
            f.why = "alert of an unknown level";
        tls_emit(x, &f);
    }
}

/* After a ChangeCipherSpec of unknown meaning only a hello can still be clear (TLS 1.3 with
 * HelloRetryRequest): type, length and version must say so. */
static bool is_clear_hello(struct bytes body)
{
    struct cur c = cur_of(body);
    uint8_t type = cur_u8(&c);
    cur_skip(&c, 3);
    uint16_t version = cur_u16(&c);
    return cur_ok(&c) && (type == 1 || type == 2) && version >> 8 == 3 && (version & 255) <= 3;
}

static void handshake_record(struct tls_context *x, struct bytes body, struct span at)
{
    struct tls *t = x->tls;
    struct tls_stream *s = &t->streams[x->dir];
    bool is_unknown = t->client_dir < 0 && s->n_partial == 0 && body.n > 0 &&
                      !tls_message_plausible(body.p[0], 0);
    bool is_doubtful = s->has_ccs && !t->has_server_hello && s->n_partial == 0;
    /* TLS 1.3 protects everything but hellos, and hides it under another type; the client's may be
     * captured behind the ServerHello. */
    is_doubtful |= t->is_tls13 && s->n_partial == 0;
    if (s->is_encrypted || is_unknown || (is_doubtful && !is_clear_hello(body))) {
        protected_record(x, FACT_ENCRYPTED_HANDSHAKE, body, at);
        return;
    }
    tls_handshake_record(x, body);
}

/* RFC 6520 4. Whether a record is in clear is not known where a ServerHello may have been missed.
 */
static void heartbeat_record(struct tls_context *x, struct bytes body, struct span at)
{
    const struct tls_stream *s = &x->tls->streams[x->dir];
    bool may_be_protected =
            s->is_encrypted || x->tls->had_loss || (s->has_ccs && !x->tls->is_tls13);
    struct fact f = {.kind = FACT_HEARTBEAT, .at = at};
    struct cur c = cur_of(body);
    f.heartbeat.type = cur_u8(&c);
    f.heartbeat.payload_len = cur_u16(&c);
    bool is_known = f.heartbeat.type == HEARTBEAT_REQUEST || f.heartbeat.type == HEARTBEAT_RESPONSE;
    f.heartbeat.is_clear = !may_be_protected && is_known && cur_ok(&c);
    tls_emit(x, &f);
}

static void on_record(struct tls_context *x, struct bytes body, struct span at)
{
    struct tls_stream *s = &x->tls->streams[x->dir];
    switch (x->record.type) {
    case TLS_RECORD_CCS:
        /* TLS 1.3 sends it for middleboxes only (RFC 8446 D.4). */
        s->has_ccs = true;
        s->is_encrypted = !x->tls->is_tls13 && (x->tls->has_server_hello || x->tls->had_loss);
        tls_emit(x, &(struct fact){.kind = FACT_CHANGE_CIPHER_SPEC, .at = at});
        break;
    case TLS_RECORD_ALERT:
        alert_record(x, body, at);
        break;
    case TLS_RECORD_HANDSHAKE:
        handshake_record(x, body, at);
        break;
    default:
        heartbeat_record(x, body, at);
        break;
    }
}

/* What a client that speaks only SSL 2.0 is answered: a server that does not know it refuses with
 * an alert of TLS. */
static enum probe answers_sslv2(struct bytes view)
{
    struct cur c = cur_of(view);
    uint8_t type = cur_u8(&c);
    uint16_t version = cur_u16(&c);
    uint16_t len = cur_u16(&c);
    if (!cur_ok(&c))
        return type >= TLS_RECORD_CCS && type <= TLS_RECORD_HEARTBEAT ? PROBE_MORE : PROBE_YES;
    return header_plausible(type, version, len) ? PROBE_NO : PROBE_YES;
}

/* A hello in the format of SSLv2, which any version may follow, or its ServerHello. */
static enum probe begins_sslv2(const struct tls_context *x, struct bytes view, uint64_t offset)
{
    const struct tls *t = x->tls;
    if (t->is_sslv2)
        return PROBE_YES;
    if (t->is_sslv2_only && !t->has_server_hello)
        return x->dir == t->client_dir ? PROBE_YES : answers_sslv2(view);
    bool is_start = offset == 0;
    enum probe client = is_start && t->client_dir < 0 ? sslv2_probe_client(view) : PROBE_NO;
    bool may_answer = !t->has_server_hello && t->client_dir != x->dir;
    enum probe server = may_answer ? sslv2_probe_server(view) : PROBE_NO;
    if (client == PROBE_YES || server == PROBE_YES)
        return PROBE_YES;
    return is_start && (client == PROBE_MORE || server == PROBE_MORE) ? PROBE_MORE : PROBE_NO;
}

/* Whether what is in x->record, with body behind it, is the header of a record. */
static enum probe is_record(const struct tls_context *x, uint64_t offset, struct cur body)
{
    const struct tls_stream *s = &x->tls->streams[x->dir];
    const struct record *r = &x->record;
    if (header_plausible(r->type, r->version, r->len))
        return PROBE_YES;
    if (r->version != 0 || (offset != 0 && s->n_partial == 0))
        return PROBE_NO;
    if (offset == 0)
        return probe_versionless(r->type, r->len, body);
    bool goes_on = r->type == TLS_RECORD_HANDSHAKE && r->len <= TLS_RECORD_MOST;
    return goes_on && s->partial[0] == 1 ? PROBE_YES : PROBE_NO; /* a ClientHello */
}

/* The first bytes of what is no record, for who wants to know what else it is; once, since they are
 * kept. */
static struct bytes begin_of(const struct tls_context *x, struct bytes view)
{
    struct cur c = cur_of(view);
    if (x->tls->had_loss)
        return (struct bytes){NULL, 0};
    return arena_dup(x->sink->arena, cur_take(&c, view.n < FOREIGN_MOST ? view.n : FOREIGN_MOST));
}

/* One record at the start of view; 0 when more bytes are needed. */
static size_t feed_record(struct tls_context *x, struct bytes view, uint64_t offset)
{
    struct tls_stream *s = &x->tls->streams[x->dir];
    enum probe sslv2 = begins_sslv2(x, view, offset);
    if (sslv2 != PROBE_NO)
        return sslv2 == PROBE_YES ? sslv2_feed(x, view, offset) : 0;
    struct cur c = cur_of(view);
    x->record_at = offset;
    x->record.type = cur_u8(&c);
    x->record.version = cur_u16(&c);
    x->record.len = cur_u16(&c);
    if (!cur_ok(&c))
        return s->is_lost ? view.n : 0;
    enum probe probed = is_record(x, offset, c);
    if (probed == PROBE_MORE)
        return 0;
    if (probed == PROBE_NO) {
        struct span at = origin_span(x->origin, offset, TLS_RECORD_HEADER);
        if (!s->is_lost)
            lose(x, (struct fact){.at = at, .why = TLS_NO_RECORD, .body = begin_of(x, view)});
        return view.n; /* the next segment may begin with a record */
    }
    s->is_lost = false;
    size_t size = TLS_RECORD_HEADER + (size_t)x->record.len;
    if (x->record.type == TLS_RECORD_APPLICATION) {
        struct span at = origin_span(x->origin, offset, size < view.n ? size : view.n);
        at.len = size;
        if (c.n < x->tls->nonce_len && size > view.n)
            return 0; /* only the nonce is waited for */
        protected_record(x, FACT_APPLICATION_DATA, cur_rest(&c), at);
        return size;
    }
    if (view.n < size)
        return 0;
    x->offset = offset + TLS_RECORD_HEADER;
    on_record(x, cur_take(&c, x->record.len), origin_span(x->origin, offset, size));
    return size;
}

/* Whether a stream begins with a record that holds the beginning of a ClientHello. */
static bool begins_hello(struct bytes view)
{
    struct cur c = cur_of(view);
    uint8_t type = cur_u8(&c);
    cur_skip(&c, 2);
    uint16_t len = cur_u16(&c);
    uint8_t message = cur_u8(&c);
    return cur_ok(&c) && type == TLS_RECORD_HANDSHAKE && message == 1 && len >= 6 &&
           probe(view, true) == PROBE_YES;
}

static int client(const void *state)
{
    const struct tls *t = state;
    return t->client_dir < 0 || t->client_dir == t->begun_dir ? t->begun_dir : -1;
}

static size_t feed(void *state, const struct dissector_sink *sink, int dir, struct bytes view,
        uint64_t offset, const struct origin *origin)
{
    struct tls_context x = {.tls = state, .sink = sink, .origin = origin, .dir = dir};
    struct tls_stream *s = &x.tls->streams[dir];
    if (!s->has_record && x.tls->begun_dir < 0 && begins_hello(view))
        x.tls->begun_dir = dir;
    size_t used = 0;
    while (used < view.n) {
        struct bytes rest = {view.p + used, view.n - used};
        size_t step = feed_record(&x, rest, offset + used);
        if (step == 0)
            break;
        used += step;
        s->has_record = true;
    }
    return used;
}

static void gap(
        void *state, const struct dissector_sink *sink, int dir, uint64_t offset, uint64_t len)
{
    struct tls_context x = {.tls = state, .sink = sink, .dir = dir};
    struct span at = {.offset = offset, .len = len};
    x.tls->streams[dir].has_record = true;
    lose(&x, (struct fact){.at = at, .why = "bytes are missing", .is_hole = true});
}

const struct dissector dissector_tls = {
        .name = "tls",
        .probe = probe,
        .new_state = new_state,
        .free_state = free_state,
        .feed = feed,
        .client = client,
        .gap = gap,
};
