/* What was offered and chosen: dictionary rows whose ids are made from their content. */
#include "store/negotiation.h"

enum { NEGOTIATION_CAP = 100000 };

/* Values of one row, bound from left to right; an empty list and a 0 that means "absent" are NULL.
 */
struct binder {
    sqlite3_stmt *st;
    int at;
};

static void put(struct binder *b, int64_t v)
{
    (void)sqlite3_bind_int64(b->st, ++b->at, v);
}

static void put_present(struct binder *b, bool is_present, int64_t v)
{
    bind_time(b->st, ++b->at, is_present ? v : TIME_NONE);
}

static void put_list(struct binder *b, struct bytes list)
{
    if (list.n > 0)
        bind_blob(b->st, ++b->at, list);
    else
        (void)sqlite3_bind_null(b->st, ++b->at);
}

/* Whether the row was written before, by this process and for this segment. */
static bool is_known(struct store *s, int64_t id)
{
    struct bytes key = {(const uint8_t *)&id, sizeof id};
    if (s->negotiations == NULL)
        s->negotiations = dict_new(NEGOTIATION_CAP);
    return dict_get(s->negotiations, key) != 0;
}

static bool write_row(struct store *s, sqlite3_stmt *st, int64_t id, struct err *err)
{
    struct bytes key = {(const uint8_t *)&id, sizeof id};
    bind_id(st, 2, dict_segment(s));
    if (!statement_run(s, st, err))
        return false;
    dict_put(s->negotiations, key, 1);
    return true;
}

static void bind_lists(struct binder *b, const struct client_hello *ch)
{
    const struct bytes lists[] = {ch->cipher_suites, ch->sslv2_kinds, ch->compression,
            ch->extension_types, ch->supported_versions, ch->groups, ch->point_formats,
            ch->signature_algorithms, ch->signature_algorithms_cert, ch->delegated_credential,
            ch->key_share_groups, ch->key_share_lengths, ch->alpn, ch->alps, ch->psk_modes,
            ch->compress_certificate};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        put_list(b, lists[i]);
}

bool store_client_offer(struct store *s, const struct client_hello *ch, int64_t id, struct err *err)
{
    if (id == 0 || is_known(s, id))
        return true;
    struct binder b = {statement_of(s, ST_CLIENT_OFFER, err), 0};
    if (b.st == NULL || !store_writing(s, err))
        return false;
    put(&b, id);
    b.at++; /* last_segment */
    put(&b, ch->record_version);
    put(&b, ch->legacy_version);
    put(&b, ch->is_sslv2_format);
    bind_lists(&b, ch);
    put_present(&b, ch->has_status_request, ch->status_request_type);
    put_list(&b, ch->status_request_v2);
    put_present(&b, ch->record_size_limit != 0, ch->record_size_limit);
    put_present(&b, ch->max_fragment_length != 0, ch->max_fragment_length);
    put_present(&b, ch->heartbeat_mode != 0, ch->heartbeat_mode);
    put_present(&b, ch->n_certificate_authorities > 0, (int64_t)ch->n_certificate_authorities);
    put_list(&b, ch->client_cert_types);
    put_list(&b, ch->server_cert_types);
    put_list(&b, ch->srtp_profiles);
    put_present(&b, ch->has_ech, ch->ech.kdf);
    put_present(&b, ch->has_ech, ch->ech.aead);
    put(&b, ch->grease);
    put_present(&b, ch->n_misplaced > 0, ch->misplaced_extension);
    put(&b, (int64_t)ch->n_unknown_extensions);
    return write_row(s, b.st, id, err);
}

static void bind_server_hello(struct binder *b, const struct handshake *h)
{
    const struct server_hello *sh = h->server_hello;
    put(b, sh->record_version);
    put(b, sh->legacy_version);
    put(b, sh->version);
    put(b, sh->cipher_suite);
    put(b, sh->compression);
    put(b, (int64_t)handshake_session_id(h));
    put_list(b, sh->extension_types);
    put_list(b, sh->alpn);
    put_present(b, h->group != 0, h->group);
    put_present(b, sh->has_key_share, (int64_t)sh->key_exchange.n);
    put_present(b, sh->has_psk, sh->psk_index);
    put_present(b, sh->downgrade != DOWNGRADE_NONE, (int64_t)sh->downgrade);
    put_list(b, sh->point_formats);
    put_present(b, sh->record_size_limit != 0, sh->record_size_limit);
    put_present(b, sh->max_fragment_length != 0, sh->max_fragment_length);
    put_present(b, sh->heartbeat_mode != 0, sh->heartbeat_mode);
    put_present(b, sh->n_misplaced > 0, sh->misplaced_extension);
}

static void bind_flight(struct binder *b, const struct handshake *h)
{
    static const struct server_key_exchange NO_SKE;
    static const struct cert_status NO_STATUS;
    static const struct cert_request NO_REQUEST;
    static const struct session_ticket NO_TICKET;
    bool has_ske = h->server_key_exchange != NULL;
    const struct server_key_exchange *ske = has_ske ? h->server_key_exchange : &NO_SKE;
    const struct cert_status *status = h->cert_status != NULL ? h->cert_status : &NO_STATUS;
    const struct cert_request *request = h->cert_request != NULL ? h->cert_request : &NO_REQUEST;
    const struct session_ticket *t = h->session_ticket != NULL ? h->session_ticket : &NO_TICKET;
    put_present(b, has_ske && ske->kind != SKE_UNKNOWN, (int64_t)ske->kind);
    put_present(b, ske->curve_type != CURVE_NONE, (int64_t)ske->curve_type);
    put_present(b, ske->has_scheme, ske->scheme);
    put_present(b, ske->dh_p.n > 0, (int64_t)ske->dh_p.n * 8);
    put_list(b, ske->psk_hint);
    put_present(b, h->cert_status != NULL, status->type);
    put_present(b, h->cert_status != NULL, (int64_t)status->n_responses);
    put_list(b, request->types);
    put_list(b, request->schemes);
    put_present(b, h->cert_request != NULL, (int64_t)request->n_authorities);
    put_present(b, h->session_ticket != NULL, t->lifetime_s);
    put_present(b, h->session_ticket != NULL, (int64_t)t->layout);
    put_list(b, h->server_hello->sslv2_kinds);
    bind_text(b->st, ++b->at, h->shape);
}

bool store_server_choice(struct store *s, const struct handshake *h, struct err *err)
{
    int64_t id = h->prints.choice;
    if (id == 0 || h->server_hello == NULL || is_known(s, id))
        return true;
    struct binder b = {statement_of(s, ST_SERVER_CHOICE, err), 0};
    if (b.st == NULL || !store_writing(s, err))
        return false;
    put(&b, id);
    b.at++; /* last_segment */
    bind_server_hello(&b, h);
    bind_flight(&b, h);
    return write_row(s, b.st, id, err);
}
