/* The life of one attempt: facts and flow events in, one handshake and one connection end out. */
#include "attempt/attempt_internal.h"
#include "base/alloc.h"

enum { IP_ID_STEP = 16, HELLO_RETRY = 6, MINUTE_US = 60 * 1000000 };

struct attempt *attempt_new(const struct flow_info *info)
{
    struct attempt *a = xcalloc(1, sizeof *a);
    a->hs = handshake_new();
    a->client_dir = -1;
    a->owes = SIDE_CLIENT;
    a->last_progress_us = info->last_us;
    a->last_server_us = TIME_NONE;
    struct timings *t = &a->hs->times;
    *t = (struct timings){info->syn_us, info->syn_ack_us, info->ack_us, TIME_NONE, TIME_NONE,
            TIME_NONE, TIME_NONE, TIME_NONE, TIME_NONE, TIME_NONE, TIME_NONE, TIME_NONE, TIME_NONE};
    a->tail.data_us[0] = a->tail.data_us[1] = TIME_NONE;
    a->hs->sides[0].last_message = a->hs->sides[1].last_message = -1;
    return a;
}

void attempt_free(struct attempt *a)
{
    if (a == NULL)
        return;
    handshake_free(a->hs);
    arena_fini(&a->tail_arena);
    xfree(a->nonces[0]);
    xfree(a->nonces[1]);
    xfree(a->heartbeats);
    xfree(a);
}

struct arena *attempt_arena(struct attempt *a)
{
    return a->hs != NULL ? &a->hs->arena : &a->tail_arena;
}

size_t attempt_held(const struct attempt *a)
{
    return a->tail_arena.room + (a->hs != NULL ? sizeof *a->hs + a->hs->arena.room : 0);
}

enum side side_of_dir(const struct attempt *a, int dir)
{
    int client = a->client_dir >= 0 ? a->client_dir : FLOW_INITIATOR;
    return dir == client ? SIDE_CLIENT : SIDE_SERVER;
}

int dir_of_side(const struct attempt *a, enum side side)
{
    int client = a->client_dir >= 0 ? a->client_dir : FLOW_INITIATOR;
    return side == SIDE_CLIENT ? client : 1 - client;
}

bool attempt_is_over(const struct attempt *a)
{
    return a->is_concluded && !a->is_taken;
}

/* Alerts that end nothing: RFC 8446 6.1, RFC 5246 7.2.2 (no_renegotiation), RFC 6066 3. */
static bool alert_is_harmless(const struct alert *alert)
{
    return alert->description == 0 || alert->description == 90 ||
           (alert->level == 1 && (alert->description == 100 || alert->description == 112));
}

struct moment attempt_moment(const struct fact *f)
{
    return (struct moment){true, f->side, f->at.input, f->at.last_us, f->at.last_packet,
            f->at.offset + f->at.len, f->at.acked};
}

bool moment_is_before(const struct moment *one, const struct moment *other)
{
    return one->input == other->input ? one->packet < other->packet : one->us < other->us;
}

static void keep_alert(
        struct attempt *a, struct alert **alerts, size_t n, const struct alert *alert)
{
    if (*alerts == NULL)
        *alerts = arena_alloc(attempt_arena(a), TLS_ALERT_CAP * sizeof **alerts);
    if (n < TLS_ALERT_CAP)
        (*alerts)[n] = *alert;
}

static void on_alert(struct attempt *a, const struct fact *f)
{
    if (a->hs == NULL) {
        keep_alert(a, &a->tail.alerts[f->side], a->tail.n_alerts[f->side]++, &f->alert);
        return;
    }
    if (f->side == SIDE_CLIENT)
        tls13_client_answers(a);
    struct side_facts *s = &a->hs->sides[f->side];
    keep_alert(a, &s->alerts, s->n_alerts++, &f->alert);
    if (f->alert.description == 0 && !a->is_concluded && !a->close_notify.is_seen)
        a->close_notify = attempt_moment(f);
    if (alert_is_harmless(&f->alert) || a->is_concluded)
        return;
    /* RFC 8446 6: from TLS 1.3 on the level means nothing, every error alert is fatal. */
    if (f->alert.level == 2 || a->is_tls13) {
        if (!a->fatal.is_seen)
            a->fatal = attempt_moment(f);
        else if (f->side != a->fatal.side && !a->other_fatal.is_seen)
            a->other_fatal = attempt_moment(f);
    } else {
        a->closing_alert = attempt_moment(f);
    }
}

static void on_client_hello(struct attempt *a, const struct fact *f)
{
    struct handshake *hs = a->hs;
    bool has_all = hs->hello_retry_request != NULL ? hs->client_hello_first != NULL
                                                   : hs->client_hello != NULL;
    if ((hs->server_hello != NULL && has_all) || hs->is_ambiguous)
        return;
    if (hs->client_hello != NULL && hs->client_hello_first == NULL)
        hs->client_hello_first = hs->client_hello;
    hs->client_hello = f->client_hello;
    if (hs->times.client_hello_first_us == TIME_NONE)
        hs->times.client_hello_first_us = f->at.first_us;
    hs->times.client_hello_last_us = f->at.last_us;
    if (hs->server_hello == NULL)
        a->owes = SIDE_SERVER;
    else if (a->is_tls13) /* the directions were captured out of step */
        tls13_client_hello(a);
}

static void choose(struct handshake *hs, const struct server_hello *sh)
{
    hs->version = sh->version;
    hs->cipher_suite = sh->cipher_suite;
    hs->group = sh->group;
}

static void on_server_hello(struct attempt *a, const struct fact *f)
{
    struct handshake *hs = a->hs;
    if (f->server_hello->is_hrr) {
        hs->n_hello_retry_requests++;
        if (hs->hello_retry_request == NULL)
            hs->hello_retry_request = f->server_hello;
        /* ServerHello must choose the same again (RFC 8446 4.1.4), also when it does not come. */
        choose(hs, f->server_hello);
        a->owes = SIDE_CLIENT;
        return;
    }
    if (hs->server_hello != NULL)
        return;
    hs->server_hello = f->server_hello;
    choose(hs, f->server_hello);
    hs->times.server_hello_us = f->at.last_us;
    if (tls_is_13(hs->version))
        tls13_begin(a, f);
    a->owes = SIDE_SERVER;
    if (hs->version == TLS_SSLV2) { /* one message is the whole flight */
        hs->times.server_flight_end_us = f->at.last_us;
        a->owes = SIDE_CLIENT;
    }
}

static void renegotiation_begin(struct attempt *a, const struct fact *f)
{
    struct renegotiations *all = &a->tail.renegotiations;
    bool is_client = f->side == SIDE_CLIENT;
    a->renegotiation = (struct renegotiation){.is_open = true, .is_client = is_client};
    if (a->tail.n_renegotiations++ == 0)
        all->first_us = f->at.last_us;
    all->last_us = f->at.last_us;
    all->n_client += is_client;
}

static void renegotiation_done(struct attempt *a, int64_t us)
{
    struct renegotiations *all = &a->tail.renegotiations;
    all->n_done++;
    if (!a->renegotiation.is_client)
        return;
    if (all->n_client_done++ == 0 || us - a->minute_us >= MINUTE_US) {
        a->minute_us = us;
        a->n_in_minute = 0;
    }
    if (++a->n_in_minute > all->most_per_minute)
        all->most_per_minute = a->n_in_minute;
}

/*
 * A renegotiation goes on until both sides have sent Finished behind a ChangeCipherSpec, or an
 * alert refused it, or both went on with data (RFC 5246 7.4.1.1: a HelloRequest may be ignored).
 */
static void renegotiation_record(struct attempt *a, const struct fact *f)
{
    struct renegotiation *r = &a->renegotiation;
    if (a->is_tls13 || !a->is_established || a->tail.is_framing_lost[f->side])
        return;
    if (!r->is_open)
        renegotiation_begin(a, f);
    r->has_data[SIDE_CLIENT] = r->has_data[SIDE_SERVER] = false;
    r->has_finished[f->side] |= r->has_ccs[f->side];
    if (r->has_finished[SIDE_CLIENT] && r->has_finished[SIDE_SERVER]) {
        r->is_open = false;
        renegotiation_done(a, f->at.last_us);
    }
}

static void renegotiation_data(struct attempt *a, const struct fact *f)
{
    struct renegotiation *r = &a->renegotiation;
    r->has_data[f->side] = true;
    if (r->has_data[SIDE_CLIENT] && r->has_data[SIDE_SERVER])
        r->is_open = false;
}

/* What comes after ChangeCipherSpec up to TLS 1.2: Finished, later renegotiation. */
static void on_encrypted_handshake(struct attempt *a, const struct fact *f)
{
    if (a->is_taken) {
        renegotiation_record(a, f);
        return;
    }
    struct handshake *hs = a->hs;
    int64_t *at =
            f->side == SIDE_CLIENT ? &hs->times.client_finished_us : &hs->times.server_finished_us;
    if (a->is_tls13 || hs->has_finished[f->side])
        return;
    hs->has_finished[f->side] = true;
    *at = f->at.last_us;
    bool is_first = !hs->has_finished[1 - f->side];
    if (f->side == SIDE_SERVER && is_first && hs->times.server_flight_end_us == TIME_NONE)
        hs->times.server_flight_end_us = f->at.last_us; /* a session goes on */
    a->owes = f->side == SIDE_CLIENT ? SIDE_SERVER : SIDE_CLIENT;
    if (hs->has_finished[SIDE_CLIENT] && hs->has_finished[SIDE_SERVER] &&
            (hs->server_hello != NULL || hs->client_hello != NULL))
        conclude_success(a, f, BASIS_SEEN, 1.0);
}

static void on_data(struct attempt *a, const struct fact *f)
{
    if (a->is_tls13) {
        records_tls13(a, f);
        return;
    }
    int64_t at = f->at.first_us;
    if (a->is_taken) {
        if (a->tail.data_us[f->side] == TIME_NONE)
            a->tail.data_us[f->side] = at;
        renegotiation_data(a, f);
        return;
    }
    struct handshake *hs = a->hs;
    if (hs->server_hello == NULL && f->side == SIDE_CLIENT)
        early_keep(a, f);
    int64_t *slot = f->side == SIDE_CLIENT ? &hs->times.client_data_us : &hs->times.server_data_us;
    if (*slot == TIME_NONE)
        *slot = at;
    hs->has_data[f->side] = true;
    /* A hole may have hidden a Finished; a server that sends data has accepted the client's. */
    if (hs->has_data[SIDE_CLIENT] && hs->has_data[SIDE_SERVER] && !a->is_concluded &&
            hs->server_hello != NULL)
        conclude_success(a, f, BASIS_INFERRED, 0.9);
}

static void on_message(struct attempt *a, const struct fact *f)
{
    struct handshake *hs = a->hs;
    if (hs == NULL) {
        a->renegotiation.has_ccs[f->side] |= f->kind == FACT_CHANGE_CIPHER_SPEC;
        return;
    }
    switch (f->kind) {
    case FACT_CLIENT_HELLO:
        on_client_hello(a, f);
        break;
    case FACT_SERVER_HELLO:
        on_server_hello(a, f);
        break;
    case FACT_CERTIFICATE:
        if (f->side == SIDE_SERVER && hs->server_certs == NULL)
            hs->server_certs = f->certificate;
        if (f->side == SIDE_CLIENT && hs->client_certs == NULL)
            hs->client_certs = f->certificate;
        break;
    case FACT_SERVER_KEY_EXCHANGE:
        if (hs->server_key_exchange == NULL)
            hs->server_key_exchange = f->server_key_exchange;
        if (hs->group == 0)
            hs->group = hs->server_key_exchange->group;
        break;
    case FACT_CERTIFICATE_REQUEST:
        hs->cert_request = f->cert_request;
        break;
    case FACT_CERTIFICATE_VERIFY:
        hs->client_cert_verify = f->cert_verify;
        break;
    case FACT_CERTIFICATE_STATUS:
        hs->cert_status = f->cert_status;
        break;
    case FACT_NEW_SESSION_TICKET:
        hs->session_ticket = f->session_ticket;
        break;
    case FACT_SERVER_HELLO_DONE:
        a->has_hello_done = true;
        if (hs->times.server_flight_end_us == TIME_NONE)
            hs->times.server_flight_end_us = f->at.last_us;
        a->owes = SIDE_CLIENT;
        break;
    case FACT_CHANGE_CIPHER_SPEC:
        if (!hs->has_ccs[f->side])
            hs->ccs_at[f->side] = f->at;
        hs->has_ccs[f->side] = true;
        break;
    case FACT_CLIENT_KEY_EXCHANGE:
        hs->sslv2_kind = f->sslv2_kind;
        if (hs->client_key_exchange == NULL)
            hs->client_key_exchange = f->client_key_exchange;
        break;
    case FACT_HELLO_REQUEST:
    case FACT_COMPRESSED_CERTIFICATE:
    case FACT_HANDSHAKE_OTHER:
    case FACT_ALERT:
    case FACT_ENCRYPTED_ALERT:
    case FACT_ENCRYPTED_HANDSHAKE:
    case FACT_APPLICATION_DATA:
    case FACT_HEARTBEAT:
    case FACT_MALFORMED:
    case FACT_FRAMING_LOST:
        break;
    }
}

static void on_malformed(struct attempt *a, const struct fact *f)
{
    if (a->hs == NULL)
        return;
    if (a->hs->malformed == NULL) {
        a->hs->malformed = f->why;
        a->hs->malformed_side = f->side;
        a->hs->malformed_at = f->at;
        a->hs->malformed_bytes = f->body;
    }
    a->hs->n_malformed++;
    a->hs->sides[f->side].n_malformed++;
}

static bool is_clear_message(enum fact_kind kind)
{
    return kind <= FACT_HANDSHAKE_OTHER;
}

static void on_framing_lost(struct attempt *a, const struct fact *f)
{
    a->is_framing_lost[f->side] = true;
    heartbeats_lose(a);
    a->is_no_tls[f->side] |= !f->is_hole;
    if (!f->is_hole)
        on_malformed(a, f);
    a->tail.is_framing_lost[f->side] = true;
}

static void on_encrypted_alert(struct attempt *a, const struct fact *f)
{
    a->renegotiation.is_open = false;
    if (a->hs == NULL)
        a->tail.n_encrypted_alerts[f->side]++;
    else
        a->hs->sides[f->side].n_encrypted_alerts++;
    if (!a->is_concluded && !a->encrypted_alert.is_seen)
        a->encrypted_alert = attempt_moment(f);
}

#define SWAP(type, pair)                                                                           \
    do {                                                                                           \
        type swapped = (pair)[0];                                                                  \
        (pair)[0] = (pair)[1];                                                                     \
        (pair)[1] = swapped;                                                                       \
    } while (0)

/* What was noted before it was known who is the client was noted of the wrong side. */
static void turn_sides(struct attempt *a)
{
    struct handshake *hs = a->hs;
    const struct cert_message *certs = hs->server_certs;
    hs->server_certs = hs->client_certs;
    hs->client_certs = certs;
    SWAP(struct side_facts, hs->sides);
    hs->malformed_side = hs->malformed_side == SIDE_CLIENT ? SIDE_SERVER : SIDE_CLIENT;
    SWAP(bool, hs->has_ccs);
    SWAP(struct span, hs->ccs_at);
    SWAP(bool, hs->has_finished);
    SWAP(bool, hs->has_data);
    SWAP(bool, a->is_framing_lost);
    SWAP(bool, a->is_no_tls);
    SWAP(struct nonce_ring *, a->nonces);
    heartbeats_turn(a);
    SWAP(uint64_t, a->last_end);
    SWAP(struct record_facts, a->records);
    SWAP(struct moment, a->fins);
    struct moment *all[] = {&a->fatal, &a->other_fatal, &a->closing_alert, &a->close_notify,
            &a->encrypted_alert, &a->fin, &a->rst, &a->fins[0], &a->fins[1]};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        all[i]->side = all[i]->side == SIDE_CLIENT ? SIDE_SERVER : SIDE_CLIENT;
}

static void learn_client(struct attempt *a, int dir)
{
    if (dir != FLOW_INITIATOR && a->hs != NULL)
        turn_sides(a);
    a->client_dir = dir;
}

/* The client's direction, when only one side may send such a message (RFC 5246 7.3); -1 when both
 * may. */
static int client_dir_of(enum fact_kind kind, int dir)
{
    bool is_client = kind == FACT_CLIENT_HELLO || kind == FACT_CLIENT_KEY_EXCHANGE;
    bool is_server = kind == FACT_SERVER_HELLO || kind == FACT_SERVER_KEY_EXCHANGE ||
                     kind == FACT_CERTIFICATE_REQUEST || kind == FACT_SERVER_HELLO_DONE ||
                     kind == FACT_CERTIFICATE_STATUS || kind == FACT_HELLO_REQUEST;
    return is_client ? dir : is_server ? 1 - dir : -1;
}

void attempt_begin(struct attempt *a, int dir)
{
    if (a->has_begun || a->hs == NULL)
        return;
    a->has_begun = a->hs->is_tls = true;
    if (a->client_dir < 0)
        learn_client(a, dir);
}

/* A close_notify is no progress, nor what the other side answers to it or to a FIN. */
static void note_progress(struct attempt *a, enum side side, uint64_t end, int64_t us)
{
    if (a->fin.is_seen || a->rst.is_seen || a->close_notify.is_seen)
        return;
    if (us > a->last_progress_us)
        a->last_progress_us = us;
    if (end > a->last_end[side])
        a->last_end[side] = end;
}

void attempt_bytes(struct attempt *a, int dir, uint64_t end, int64_t us)
{
    note_progress(a, side_of_dir(a, dir), end, us);
}

static void note_message(struct attempt *a, const struct fact *f)
{
    transcript_add(a, f);
    if (a->hs == NULL)
        return;
    a->hs->is_tls = true;
    a->hs->is_capped |= f->is_capped;
    a->hs->n_hello_retry_requests += f->is_bare && !f->is_capped && f->message_type == HELLO_RETRY;
    a->hs->sides[f->side].last_message = f->message_type;
}

static void take_fact(struct attempt *a, const struct fact *f)
{
    history_add(a, f);
    records_count(a, f);
    if (is_clear_message(f->kind))
        note_message(a, f);
    a->quiet_us = f->at.last_us - a->last_progress_us;
    if (f->kind == FACT_ALERT)
        on_alert(a, f);
    note_progress(a, f->side, f->at.offset + f->at.len, f->at.last_us);
    if (f->kind == FACT_ENCRYPTED_ALERT)
        on_encrypted_alert(a, f);
    else if (f->kind == FACT_ENCRYPTED_HANDSHAKE)
        on_encrypted_handshake(a, f);
    else if (f->kind == FACT_APPLICATION_DATA)
        on_data(a, f);
    else if (f->kind == FACT_MALFORMED)
        on_malformed(a, f);
    else if (f->kind == FACT_FRAMING_LOST)
        on_framing_lost(a, f);
    else if (f->kind == FACT_HEARTBEAT)
        heartbeats_add(a, f);
    else if (f->kind != FACT_ALERT)
        on_message(a, f);
}

void attempt_fact(struct attempt *a, int dir, const struct fact *f)
{
    int client_dir = client_dir_of(f->kind, dir);
    if (a->client_dir < 0 && client_dir >= 0)
        learn_client(a, client_dir);
    struct fact own = *f;
    own.side = side_of_dir(a, dir); /* the dissector learns it from hellos alone */
    take_fact(a, &own);
}

void attempt_gap(struct attempt *a, const struct flow_info *info, int dir)
{
    (void)info;
    if (!a->is_concluded)
        a->is_gap_before_end = true;
    else
        a->tail.is_framing_lost[side_of_dir(a, dir)] = true;
}

/* How many routers a packet has passed, when its sender began with one of the usual values. */
static int hops(uint8_t ttl)
{
    int start = ttl <= 32 ? 32 : ttl <= 64 ? 64 : ttl <= 128 ? 128 : 255;
    return start - ttl;
}

/*
 * A host's packets come from one distance, those of a box on the way from another; some hosts
 * begin resets with another TTL, which leaves the distance as it is. A host whose packets differ
 * among themselves tells nothing, and one whose IP-ID goes on counting sent the reset itself.
 */
static bool is_foreign(const struct flow_side *host, const struct flow_event *e)
{
    uint16_t step = (uint16_t)(e->ip_id - host->ip_id_last);
    bool counts_on = host->ip_id_last != 0 && step >= 1 && step <= IP_ID_STEP;
    return host->ttl_last != 0 && host->ttl == host->ttl_last && e->ttl != host->ttl &&
           hops(e->ttl) != hops(host->ttl) && !counts_on;
}

static void note_ending(struct connection_end *e, enum ending ending)
{
    e->ending = ending;
    e->is_left = e->n_alerts[SIDE_CLIENT] + e->n_encrypted_alerts[SIDE_CLIENT] +
                         e->n_alert_sized[SIDE_CLIENT] >
                 0;
}

void attempt_event(struct attempt *a, const struct flow_info *info, const struct flow_event *e)
{
    enum side side = side_of_dir(a, e->dir);
    const struct flow_side *from = &info->sides[e->dir];
    struct moment m = {true, side, e->input, e->ts_us, e->packet,
            e->kind == FLOW_EVENT_FIN ? from->fin_offset + 1 : from->rst_offset,
            e->acked > 0 ? e->acked : info->sides[1 - e->dir].acked};
    enum ending ending = ENDING_NONE;
    if (e->kind == FLOW_EVENT_FIN)
        ending = side == SIDE_CLIENT ? ENDING_FIN_CLIENT : ENDING_FIN_SERVER;
    else if (e->kind == FLOW_EVENT_RST)
        ending = side == SIDE_CLIENT ? ENDING_RST_CLIENT : ENDING_RST_SERVER;
    if (side == SIDE_CLIENT)
        tls13_client_answers(a);
    if (a->tail.ending == ENDING_NONE)
        note_ending(&a->tail, ending);
    if (e->kind == FLOW_EVENT_FIN && !a->fin.is_seen)
        a->fin = m;
    if (e->kind == FLOW_EVENT_FIN)
        a->fins[side] = m;
    if (e->kind == FLOW_EVENT_FIN && side == SIDE_CLIENT)
        tls13_client_acts(a, &m, true);
    if (e->kind == FLOW_EVENT_RST && !a->rst.is_seen) {
        a->rst = m;
        a->is_foreign_rst = is_foreign(from, e);
    }
}

int64_t attempt_deadline(const struct attempt *a)
{
    /* Before the first message there is no attempt that could time out. */
    if (a->is_concluded || !a->hs->is_tls)
        return INT64_MAX;
    /* What the other side sent before it heard of the alert may still come. */
    return a->fatal.is_seen ? a->fatal.us + ATTEMPT_SETTLE_US
                            : a->last_progress_us + ATTEMPT_GIVE_UP_US;
}

void attempt_expire(struct attempt *a, const struct flow_info *info, int64_t at_us)
{
    if (at_us >= attempt_deadline(a))
        conclude(a, info, at_us);
}

void attempt_close(
        struct attempt *a, const struct flow_info *info, enum flow_close why, int64_t at_us)
{
    a->is_closing = true;
    if (a->is_concluded)
        return;
    if (why == FLOW_CLOSE_EVICTED || info->is_capped)
        a->hs->is_capped = true;
    conclude(a, info, at_us);
}
