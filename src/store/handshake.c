/* The rows of the hot table, its alerts, and flows that were not TLS. */
#include <string.h>

#include "store/negotiation.h"
#include "store/pending.h"
#include "store/watch.h"

/* Columns of one row, put in from left to right. */
static void put(struct row *r, int64_t v)
{
    r->values[r->n++] = v;
}

/* 0 means "none" here and is stored as NULL. */
static void put_id(struct row *r, int64_t v)
{
    put(r, v == 0 ? TIME_NONE : v);
}

static void put_after(struct row *r, int64_t us, int64_t from_us)
{
    put(r, us == TIME_NONE ? TIME_NONE : us - from_us);
}

static void put_nonzero(struct row *r, uint64_t v)
{
    put(r, v != 0 ? (int64_t)v : TIME_NONE);
}

/* The dictionary rows a handshake refers to. */
struct ids {
    int64_t client, server, sni, alpn, client_alpn, ja3, ja3s, ja4, server_print, history, app,
            malformed, defects, finding_keys, server_why, client_why, group;
};

static bool label_id(struct store *s, const char *text, int64_t *id, struct err *err)
{
    *id = 0;
    if (text == NULL || text[0] == '\0')
        return true;
    *id = dict_label(s, text, err);
    return *id != 0;
}

static bool name_id(struct store *s, bool has, struct bytes value, int64_t *id, struct err *err)
{
    *id = 0;
    if (!has)
        return true;
    *id = dict_name(s, value, err);
    return *id != 0;
}

/* Why it is not valid, or NULL. */
static const char *proof_why(const struct proof_answer *a)
{
    return a != NULL && a->is_tried && a->proof.result != PROOF_VALID ? a->proof.why : NULL;
}

static bool find_ids(struct store *s, const struct handshake *h, const struct handshake_refs *refs,
        struct ids *ids, struct err *err)
{
    static const struct client_hello NO_CLIENT;
    static const struct server_hello NO_SERVER;
    const struct client_hello *ch = h->client_hello != NULL ? h->client_hello : &NO_CLIENT;
    const struct server_hello *sh = h->server_hello != NULL ? h->server_hello : &NO_SERVER;
    const struct judgement *j = refs->judgement;
    ids->client = dict_address(s, &h->sides[SIDE_CLIENT].endpoint.address, err);
    ids->server = dict_address(s, &h->sides[SIDE_SERVER].endpoint.address, err);
    return ids->client != 0 && ids->server != 0 &&
           name_id(s, ch->has_sni, ch->sni, &ids->sni, err) &&
           name_id(s, sh->has_alpn, sh->alpn, &ids->alpn, err) &&
           name_id(s, ch->has_alpn, ch->alpn, &ids->client_alpn, err) &&
           label_id(s, h->prints.ja3, &ids->ja3, err) &&
           label_id(s, h->prints.ja3s, &ids->ja3s, err) &&
           label_id(s, h->prints.ja4, &ids->ja4, err) &&
           label_id(s, h->prints.server, &ids->server_print, err) &&
           label_id(s, h->history, &ids->history, err) &&
           label_id(s, h->app_label, &ids->app, err) &&
           label_id(s, h->malformed, &ids->malformed, err) &&
           label_id(s, refs->defects, &ids->defects, err) &&
           label_id(s, refs->finding_keys, &ids->finding_keys, err) &&
           label_id(s, proof_why(j != NULL ? &j->server_proof : NULL), &ids->server_why, err) &&
           label_id(s, proof_why(j != NULL ? &j->client_proof : NULL), &ids->client_why, err) &&
           label_id(s, refs->client_group, &ids->group, err);
}

/* The hello that the fingerprints are of. */
static const struct client_hello *first_hello(const struct handshake *h)
{
    return h->client_hello_first != NULL ? h->client_hello_first : h->client_hello;
}

static int64_t flags_of(const struct handshake *h, const struct handshake_refs *refs)
{
    const struct client_hello *ch = h->client_hello;
    const struct client_hello *first = first_hello(h); /* early data is not offered again */
    const struct {
        bool is_set;
        int64_t flag;
    } bits[] = {
            {h->is_client_initiator, FLAG_CLIENT_INITIATOR},
            {h->is_start_seen, FLAG_START_SEEN},
            {h->is_midstream, FLAG_MIDSTREAM},
            {h->is_ambiguous, FLAG_AMBIGUOUS},
            {h->is_capped, FLAG_CAPPED},
            {refs->is_duplicate, FLAG_DUPLICATE},
            {h->sides[SIDE_CLIENT].is_seen, FLAG_CLIENT_SEEN},
            {h->sides[SIDE_SERVER].is_seen, FLAG_SERVER_SEEN},
            {h->has_finished[SIDE_CLIENT], FLAG_CLIENT_FINISHED},
            {h->has_finished[SIDE_SERVER], FLAG_SERVER_FINISHED},
            {h->hello_retry_request != NULL, FLAG_HRR},
            {h->has_data[SIDE_CLIENT], FLAG_CLIENT_DATA},
            {h->has_data[SIDE_SERVER], FLAG_SERVER_DATA},
            {ch != NULL && ch->has_ech, FLAG_ECH},
            {first != NULL && first->has_early_data, FLAG_EARLY_DATA},
            {h->cert_request != NULL, FLAG_CERT_REQUESTED},
            {h->cert_status != NULL, FLAG_STAPLE},
            {ch != NULL && ch->is_sslv2_format, FLAG_SSLV2_HELLO},
    };
    int64_t flags = 0;
    for (size_t i = 0; i < sizeof bits / sizeof *bits; i++)
        flags |= bits[i].is_set ? bits[i].flag : 0;
    return flags;
}

static void put_identity(struct row *r, const struct handshake *h,
        const struct handshake_refs *refs, const struct ids *ids)
{
    put(r, h->id);
    put(r, h->first_us);
    put(r, h->last_us);
    put(r, (int64_t)h->last_packet);
    put(r, h->last_input);
    put(r, refs->service_id);
    put(r, ids->client);
    put(r, h->sides[SIDE_CLIENT].endpoint.port);
    put(r, ids->server);
    put(r, h->sides[SIDE_SERVER].endpoint.port);
    put(r, h->transport);
    put_id(r, h->vlan);
    put_id(r, h->tunnel.kind);
    put(r, h->tunnel.has_id ? (int64_t)h->tunnel.id : TIME_NONE);
}

static void put_negotiation(struct row *r, const struct handshake *h,
        const struct handshake_refs *refs, const struct ids *ids)
{
    bool has_hello = h->server_hello != NULL || h->hello_retry_request != NULL;
    put_id(r, h->version);
    if (h->version == TLS_SSLV2)
        put_nonzero(r, h->sslv2_kind);
    else
        put(r, has_hello ? h->cipher_suite : TIME_NONE);
    put_id(r, h->group);
    put_id(r, ids->sni);
    put_id(r, ids->alpn);
    put_id(r, ids->client_alpn);
    put_id(r, ids->ja3);
    put_id(r, ids->ja3s);
    put_id(r, ids->ja4);
    put_id(r, ids->history);
    put_id(r, ids->app);
    put_id(r, ids->app == 0 ? 0 : strcmp(h->app_source, "sni") == 0 ? 1 : 2);
    put_id(r, (int64_t)h->app_risks);
    put_id(r, refs->server_chain_id);
    put_id(r, refs->client_chain_id);
}

static void put_outcome(struct row *r, const struct handshake *h, const struct handshake_refs *refs,
        const struct ids *ids)
{
    put(r, h->outcome);
    put_id(r, h->undetermined);
    put(r, h->basis);
    r->confidence = h->confidence;
    put(r, 0); /* confidence */
    put(r, h->resumption);
    put(r, h->cert_visibility);
    put(r, h->ending);
    put(r, flags_of(h, refs));
    put_id(r, ids->malformed);
    put_id(r, (int64_t)h->n_malformed);
    put_id(r, h->n_renegotiations);
    for (int i = 0; i < 2; i++) {
        int type = h->sides[i].last_message;
        put(r, type >= 0 ? type : TIME_NONE);
    }
}

static void put_times(struct row *r, const struct handshake *h)
{
    const struct timings *t = &h->times;
    const int64_t times[] = {t->syn_us, t->syn_ack_us, t->ack_us, t->client_hello_first_us,
            t->client_hello_last_us, t->server_hello_us, t->server_flight_end_us,
            t->client_finished_us, t->server_finished_us, t->complete_us, t->client_data_us,
            t->server_data_us, t->end_us};
    for (size_t i = 0; i < sizeof times / sizeof *times; i++)
        put_after(r, times[i], h->first_us);
}

static void put_traffic(struct row *r, const struct side_facts sides[2])
{
    for (int i = 0; i < 2; i++)
        put(r, (int64_t)sides[i].packets);
    for (int i = 0; i < 2; i++)
        put(r, (int64_t)sides[i].payload_bytes);
    for (int i = 0; i < 2; i++)
        put(r, (int64_t)sides[i].gap_bytes);
    for (int i = 0; i < 2; i++)
        put(r, (int64_t)sides[i].n_retransmits);
    for (int i = 0; i < 2; i++)
        put(r, (int64_t)sides[i].n_encrypted_alerts);
}

static void put_offer(struct row *r, const struct handshake *h, const struct ids *ids)
{
    static const struct client_hello NO_CLIENT;
    const struct client_hello *ch = first_hello(h) != NULL ? first_hello(h) : &NO_CLIENT;
    put_id(r, h->prints.offer);
    put_id(r, h->prints.choice);
    put_id(r, ids->server_print);
    put(r, h->owed_by >= 0 ? h->owed_by : TIME_NONE);
    put(r, first_hello(h) != NULL ? (int64_t)ch->session_id.n : TIME_NONE);
    put(r, ch->has_session_ticket ? (int64_t)ch->session_ticket.n : TIME_NONE);
    put_nonzero(r, ch->n_psk_identities);
    put(r, ch->n_psk_identities > 0 ? (int64_t)ch->psk_identity.n : TIME_NONE);
    put(r, ch->has_ech ? ch->ech.config_id : TIME_NONE);
    put(r, ch->has_ech ? ch->ech.enc_len : TIME_NONE);
    put(r, ch->has_ech ? ch->ech.payload_len : TIME_NONE);
}

static void put_records(int64_t *v, const struct record_facts *r, int side)
{
    v[COL_CLIENT_RECORDS + side] = (int64_t)r->n_data;
    v[COL_CLIENT_RECORD_BYTES + side] = (int64_t)r->data_bytes;
    v[COL_CLIENT_NONCES + side] =
            r->nonces != NONCES_NONE && !r->is_iv ? (int64_t)r->nonces : TIME_NONE;
}

static void put_alert_sized(int64_t *v, uint64_t n, int side)
{
    int64_t have = v[COL_CLIENT_ALERT_SIZED + side];
    if (n > 0)
        v[COL_CLIENT_ALERT_SIZED + side] = (have == TIME_NONE ? 0 : have) + (int64_t)n;
}

static int64_t proof_code(const struct proof_answer *a)
{
    return a->is_tried ? (int64_t)a->proof.result : TIME_NONE;
}

static void put_judgement(int64_t *v, const struct judgement *j, const struct ids *ids)
{
    v[COL_SERVER_PROOF_WHY_ID] = ids->server_why != 0 ? ids->server_why : TIME_NONE;
    v[COL_CLIENT_PROOF_WHY_ID] = ids->client_why != 0 ? ids->client_why : TIME_NONE;
    v[COL_CLIENT_GROUP_ID] = ids->group != 0 ? ids->group : TIME_NONE;
    v[COL_SERVER_PROOF] = j != NULL ? proof_code(&j->server_proof) : TIME_NONE;
    v[COL_CLIENT_PROOF] = j != NULL ? proof_code(&j->client_proof) : TIME_NONE;
    v[COL_STAPLE_STATUS] =
            j != NULL && j->n_staples > 0 ? (int64_t)j->staples[0].cert_status : TIME_NONE;
    v[COL_IS_PUBLIC] =
            j != NULL && j->is_public != KNOWN_UNKNOWN ? j->is_public == KNOWN_YES : TIME_NONE;
}

struct alerts {
    int64_t handshake_id;
    int side;
    size_t from; /* position of the first of them */
    bool is_after;
    const struct alert *items;
    size_t n;
};

static bool put_alerts(struct store *s, const struct alerts *a, struct err *err)
{
    for (size_t i = 0; i < a->n && i < TLS_ALERT_CAP; i++) {
        const int64_t values[] = {a->handshake_id, a->side, (int64_t)(a->from + i), a->is_after,
                a->items[i].level, a->items[i].description, (int64_t)a->items[i].at.last_packet,
                a->items[i].at.last_us};
        if (s->watch != NULL) {
            watch_note(s, ST_ALERT, values, 8);
            continue;
        }
        sqlite3_stmt *st = statement_of(s, ST_ALERT, err);
        if (st == NULL || !store_writing(s, err))
            return false;
        for (int k = 0; k < 8; k++)
            (void)sqlite3_bind_int64(st, 1 + k, values[k]);
        if (!statement_run(s, st, err))
            return false;
    }
    return true;
}

bool store_handshake(struct store *s, const struct handshake *h, const struct handshake_refs *refs,
        struct err *err)
{
    struct ids ids;
    struct row *r = NULL;
    if (s->watch != NULL && !watch_make_room(s, err))
        return false;
    if (s->watch != NULL && watch_is_full(s)) {
        watch_lose_row(s);
        return true;
    }
    if (!store_writing(s, err) || !find_ids(s, h, refs, &ids, err) ||
            !pending_add(s, h->id, &r, err))
        return s->watch != NULL && watch_lost_row(s);
    put_identity(r, h, refs, &ids);
    put_negotiation(r, h, refs, &ids);
    put_outcome(r, h, refs, &ids);
    put_times(r, h);
    put_traffic(r, h->sides);
    put_id(r, ids.defects);
    put(r, ids.defects != 0 ? (int64_t)refs->worst : TIME_NONE);
    put_id(r, ids.finding_keys);
    put_offer(r, h, &ids);
    for (int side = 0; side < 2; side++) {
        r->values[COL_CLIENT_ALERT_SIZED + side] = TIME_NONE;
        put_records(r->values, &h->sides[side].records, side);
        put_alert_sized(r->values, h->sides[side].n_alert_sized, side);
    }
    put_judgement(r->values, refs->judgement, &ids);
    if (first_hello(h) != NULL && !store_client_offer(s, first_hello(h), h->prints.offer, err))
        return false;
    if (!store_server_choice(s, h, err))
        return false;
    for (int side = 0; side < 2; side++) {
        struct alerts a = {h->id, side, 0, false, h->sides[side].alerts, h->sides[side].n_alerts};
        if (!put_alerts(s, &a, err))
            return false;
    }
    return true;
}

static int64_t end_flags(const struct connection_end *e)
{
    return (e->is_framing_lost[0] ? FLAG_CLIENT_FRAMING_LOST : 0) |
           (e->is_framing_lost[1] ? FLAG_SERVER_FRAMING_LOST : 0) |
           (e->data_us[0] != TIME_NONE ? FLAG_CLIENT_DATA : 0) |
           (e->data_us[1] != TIME_NONE ? FLAG_SERVER_DATA : 0);
}

/* The row is still with us: the usual case, and cheaper than an UPDATE. */
static void complete_row(struct row *r, const struct connection_end *e)
{
    int64_t *v = r->values;
    v[COL_LAST_US] = e->last_us;
    v[COL_LAST_PACKET] = (int64_t)e->last_packet;
    v[COL_LAST_INPUT_POSITION] = e->last_input;
    v[COL_ENDING] = e->ending;
    v[COL_FLAGS] |= end_flags(e);
    v[COL_RENEGOTIATIONS] = e->n_renegotiations;
    for (int i = 0; i < 2; i++) {
        v[COL_CLIENT_PACKETS + i] = (int64_t)e->packets[i];
        v[COL_CLIENT_BYTES + i] = (int64_t)e->payload_bytes[i];
        v[COL_CLIENT_GAP_BYTES + i] = (int64_t)e->gap_bytes[i];
        v[COL_CLIENT_ENCRYPTED_ALERTS + i] = (int64_t)e->n_encrypted_alerts[i];
        put_records(v, &e->records[i], i);
        put_alert_sized(v, e->n_alert_sized[i], i);
        if (v[COL_CLIENT_DATA_AFTER_US + i] == TIME_NONE && e->data_us[i] != TIME_NONE)
            v[COL_CLIENT_DATA_AFTER_US + i] = e->data_us[i] - v[COL_FIRST_US];
    }
}

static int64_t nonces_of(const struct connection_end *e, int side)
{
    enum nonces n = e->records[side].nonces;
    return n != NONCES_NONE && !e->records[side].is_iv ? (int64_t)n : TIME_NONE;
}

static bool update_row(struct store *s, const struct connection_end *e, struct err *err)
{
    const int64_t values[] = {e->handshake_id, e->last_us, (int64_t)e->last_packet, e->last_input,
            e->ending, end_flags(e), (int64_t)e->packets[0], (int64_t)e->packets[1],
            (int64_t)e->payload_bytes[0], (int64_t)e->payload_bytes[1], (int64_t)e->gap_bytes[0],
            (int64_t)e->gap_bytes[1], e->data_us[0], e->data_us[1],
            (int64_t)e->n_encrypted_alerts[0], (int64_t)e->n_encrypted_alerts[1],
            e->n_renegotiations, (int64_t)e->records[0].n_data, (int64_t)e->records[1].n_data,
            (int64_t)e->records[0].data_bytes, (int64_t)e->records[1].data_bytes,
            (int64_t)e->n_alert_sized[0], (int64_t)e->n_alert_sized[1], nonces_of(e, 0),
            nonces_of(e, 1)};
    if (s->watch != NULL) {
        watch_note(s, ST_CONNECTION_END, values, sizeof values / sizeof *values);
        return true;
    }
    sqlite3_stmt *st = statement_of(s, ST_CONNECTION_END, err);
    if (st == NULL || !store_writing(s, err))
        return false;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        bind_time(st, 1 + (int)i, values[i]);
    return statement_run(s, st, err);
}

/* Alerts after the handshake follow those before it. */
bool store_connection_end(struct store *s, const struct connection_end *e, struct err *err)
{
    struct row *r = pending_find(s, e->handshake_id);
    if (r != NULL) {
        complete_row(r, e);
        if (!pending_write(s, r, err))
            return false;
    } else if (!update_row(s, e, err)) {
        return false;
    }
    for (int side = 0; side < 2; side++) {
        struct alerts a = {
                e->handshake_id, side, TLS_ALERT_CAP, true, e->alerts[side], e->n_alerts[side]};
        if (!put_alerts(s, &a, err))
            return false;
    }
    return true;
}

bool store_not_tls(
        struct store *s, int64_t flow_id, const struct not_tls *n, bool is_again, struct err *err)
{
    int64_t server = dict_address(s, &n->server.address, err);
    sqlite3_stmt *st = statement_of(s, ST_NOT_TLS, err);
    if (server == 0 || st == NULL || !store_writing(s, err))
        return false;
    (void)sqlite3_bind_int64(st, 1, server);
    (void)sqlite3_bind_int(st, 2, n->server.port);
    bind_text(st, 3, n->label);
    (void)sqlite3_bind_int64(st, 4, (int64_t)n->risks);
    bind_text(st, 5, n->source);
    (void)sqlite3_bind_int64(st, 6, flow_id);
    (void)sqlite3_bind_int64(st, 7, n->first_us);
    (void)sqlite3_bind_int64(st, 8, n->last_us);
    (void)sqlite3_bind_int(st, 9, is_again ? 0 : 1);
    return statement_run(s, st, err);
}

bool store_unanalysed(struct store *s, const struct unanalysed_traffic *t, struct err *err)
{
    int64_t server = dict_address(s, &t->server.address, err);
    sqlite3_stmt *st = statement_of(s, ST_UNANALYSED, err);
    if (server == 0 || st == NULL || !store_writing(s, err))
        return false;
    (void)sqlite3_bind_int64(st, 1, server);
    (void)sqlite3_bind_int(st, 2, t->server.port);
    bind_text(st, 3, t->kind);
    (void)sqlite3_bind_int64(st, 4, (int64_t)t->packets);
    (void)sqlite3_bind_int64(st, 5, (int64_t)t->bytes);
    (void)sqlite3_bind_int64(st, 6, t->first_us);
    (void)sqlite3_bind_int64(st, 7, t->last_us);
    return statement_run(s, st, err);
}
