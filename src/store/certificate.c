/* Certificates, chains, services and who served what. */
#include "store/watch.h"

static void bind_escaped(sqlite3_stmt *st, int at, struct bytes b)
{
    struct text t = {0};
    text_add_escaped(&t, b);
    (void)sqlite3_bind_text(st, at, text_str(&t), -1, SQLITE_TRANSIENT);
    text_fini(&t);
}

static void bind_urls(sqlite3_stmt *st, int at, const struct bytes *urls, size_t n)
{
    struct text t = {0};
    struct text one = {0};
    if (n == 0)
        return;
    text_add(&t, "[");
    for (size_t i = 0; i < n; i++) {
        text_clear(&one);
        text_add_escaped(&one, urls[i]);
        text_add(&t, i > 0 ? "," : "");
        text_add_json(&t, text_str(&one));
    }
    text_add(&t, "]");
    (void)sqlite3_bind_text(st, at, text_str(&t), -1, SQLITE_TRANSIENT);
    text_fini(&one);
    text_fini(&t);
}

static void bind_parsed(sqlite3_stmt *st, const struct certificate *c)
{
    (void)sqlite3_bind_int(st, 5, c->version);
    bind_hex(st, 6, c->serial);
    bind_text(st, 7, c->subject);
    bind_text(st, 8, c->issuer);
    if (c->common_name.n > 0)
        bind_escaped(st, 9, c->common_name);
    (void)sqlite3_bind_int64(st, 10, c->not_before_us);
    bind_time(st, 11, c->not_after_us == INT64_MAX ? TIME_NONE : c->not_after_us);
    bind_text(st, 12, key_type_name(c->key_type));
    bind_id(st, 13, c->key_bits); /* 0: the kind of key has no size, or it did not parse */
    bind_text(st, 14, c->curve);
    bind_text(st, 15, c->sig_alg);
    if (c->has_key_usage)
        (void)sqlite3_bind_int(st, 16, c->key_usage);
    if (c->has_eku)
        bind_text(st, 17, c->eku_text);
    (void)sqlite3_bind_int(st, 18, c->is_ca);
    if (c->has_basic_constraints && c->path_len >= 0)
        (void)sqlite3_bind_int(st, 19, c->path_len);
    if (c->self_signed != SELF_SIGNED_UNVERIFIED)
        (void)sqlite3_bind_int(st, 20, c->self_signed == SELF_SIGNED_YES);
    (void)sqlite3_bind_int(st, 21, c->has_san);
    bind_hex(st, 22, c->subject_key_id);
    bind_hex(st, 23, c->authority_key_id);
    bind_urls(st, 24, c->ocsp_urls, c->n_ocsp_urls);
    bind_urls(st, 25, c->ca_issuers, c->n_ca_issuers);
}

#define NAMES_LEFT_OUT "its names are not kept: too many new ones at once"

static void bind_problem(sqlite3_stmt *st, int at, const struct certificate *c, bool has_names)
{
    const char *problem = c->problem;
    if (problem == NULL && c->n_sans_dropped > 0)
        problem = "more subject alternative names than are kept";
    if (has_names)
        bind_text(st, at, problem);
    else
        (void)sqlite3_bind_text(st, at,
                sqlite3_mprintf("%s%s" NAMES_LEFT_OUT, problem != NULL ? problem : "",
                        problem != NULL ? "; " : ""),
                -1, sqlite3_free);
}

/* Names are left out before they could fill the memory that waits for the disk. */
static bool may_keep_names(const struct store *s)
{
    return s->watch == NULL || s->watch->change_bytes < WATCH_SOFT_BYTES;
}

bool store_certificate_new(struct store *s, const struct certificate *c, int64_t first_us,
        int64_t last_us, bool *names, int64_t *id, struct err *err)
{
    sqlite3_stmt *st = statement_of(s, ST_CERT, err);
    *names = c->n_sans == 0 || (*names && may_keep_names(s));
    if (st == NULL || !store_mark(s, err))
        return false;
    (void)sqlite3_clear_bindings(st);
    bind_blob(st, 1, (struct bytes){c->sha256, 32});
    bind_blob(st, 2, (struct bytes){c->sha1, 20});
    if (s->watch != NULL && c->der.n > 0)
        bind_hex(st, 4,
                c->der); /* to be kept as text: SQLite takes its time to make that of a blob */
    else
        bind_blob(st, 4, c->der);
    if (c->is_parsed) {
        bind_blob(st, 3, (struct bytes){c->spki_sha256, 32});
        bind_parsed(st, c);
    }
    bind_problem(st, 26, c, *names);
    (void)sqlite3_bind_int64(st, 27, first_us);
    (void)sqlite3_bind_int64(st, 28, last_us);
    bool is_ok = statement_run(s, st, err);
    *id = is_ok ? sqlite3_last_insert_rowid(s->db) : 0;
    is_ok = is_ok && (!*names || certificate_names_insert(s, c, *id, err));
    store_unmark(s, is_ok);
    return is_ok;
}

bool store_certificate_names(
        struct store *s, const struct certificate *c, int64_t id, bool *names, struct err *err)
{
    sqlite3_stmt *st = statement_of(s, ST_CERT_PROBLEM, err);
    *names = false;
    if (!may_keep_names(s))
        return true;
    if (st == NULL || !store_mark(s, err))
        return false;
    (void)sqlite3_bind_int64(st, 1, id);
    bind_problem(st, 2, c, true);
    *names = statement_run(s, st, err) && certificate_names_insert(s, c, id, err);
    store_unmark(s, *names);
    return *names;
}

bool store_certificate_seen(struct store *s, const uint8_t sha256[32], int64_t first_us,
        int64_t last_us, bool *names, int64_t *id, struct err *err)
{
    sqlite3_stmt *st = statement_of(s, ST_CERT_SEEN, err);
    if (st == NULL || !store_writing(s, err))
        return false;
    bind_blob(st, 1, (struct bytes){sha256, 32});
    (void)sqlite3_bind_int64(st, 2, first_us);
    (void)sqlite3_bind_int64(st, 3, last_us);
    int rc = sqlite3_step(st);
    *id = rc == SQLITE_ROW ? sqlite3_column_int64(st, 0) : 0;
    *names = rc != SQLITE_ROW || sqlite3_column_int(st, 1) == 0;
    if (rc == SQLITE_ROW)
        rc = sqlite3_step(st); /* RETURNING: the change is complete only after the last row */
    if (rc != SQLITE_DONE)
        (void)store_fail(s, err, "writing a certificate");
    (void)sqlite3_reset(st);
    if (rc == SQLITE_DONE && *id != 0)
        statement_done(s, st);
    return rc == SQLITE_DONE;
}

bool store_certificate(struct store *s, const struct certificate *c, int64_t first_us,
        int64_t last_us, int64_t *id, struct err *err)
{
    bool names = true;
    return store_certificate_seen(s, c->sha256, first_us, last_us, &names, id, err) &&
           (*id != 0 || store_certificate_new(s, c, first_us, last_us, &names, id, err));
}

static bool insert_chain(struct store *s, struct bytes key, const int64_t *ids, size_t n,
        int64_t *id, struct err *err)
{
    sqlite3_stmt *st = statement_of(s, ST_CHAIN, err);
    if (st == NULL)
        return false;
    bind_blob(st, 1, key);
    (void)sqlite3_bind_int64(st, 2, (int64_t)n);
    if (!statement_run(s, st, err))
        return false;
    *id = sqlite3_last_insert_rowid(s->db);
    st = statement_of(s, ST_CHAIN_ENTRIES, err);
    if (st == NULL || !store_writing(s, err))
        return false;
    text_clear(&s->scratch);
    for (size_t i = 0; i < n; i++)
        text_addf(&s->scratch, "%c%lld", i > 0 ? ',' : '[', (long long)ids[i]);
    text_add(&s->scratch, n > 0 ? "]" : "[]");
    (void)sqlite3_bind_int64(st, 1, *id);
    (void)sqlite3_bind_text(st, 2, text_str(&s->scratch), -1, SQLITE_TRANSIENT);
    return statement_run(s, st, err);
}

bool store_chain(struct store *s, const int64_t *cert_ids, size_t n, int64_t *id, struct err *err)
{
    struct bytes key = {(const uint8_t *)cert_ids, n * sizeof *cert_ids};
    *id = dict_get(s->chains, key);
    if (*id != 0)
        return true;
    sqlite3_stmt *st = statement_of(s, ST_CHAIN_FIND, err);
    if (st == NULL || !store_writing(s, err))
        return false;
    bind_blob(st, 1, key);
    if (!statement_find(s, st, id, err) ||
            (*id == 0 && !insert_chain(s, key, cert_ids, n, id, err)))
        return false;
    dict_put(s->chains, key, *id);
    return true;
}

static bool insert_service(struct store *s, struct service *service, struct err *err)
{
    sqlite3_stmt *st = statement_of(s, ST_SERVICE, err);
    if (st == NULL)
        return false;
    bind_text(st, 1, service->name);
    (void)sqlite3_bind_int(st, 2, service->transport);
    (void)sqlite3_bind_int(st, 3, service->port);
    (void)sqlite3_bind_int(st, 4, service->is_address);
    (void)sqlite3_bind_int(st, 5, service->is_unanswered);
    if (!statement_run(s, st, err))
        return false;
    service->id = sqlite3_last_insert_rowid(s->db);
    return true;
}

bool store_service(struct store *s, struct service *service, struct err *err)
{
    sqlite3_stmt *st = statement_of(s, ST_SERVICE_FIND, err);
    if (st == NULL || !store_writing(s, err))
        return false;
    bind_text(st, 1, service->name);
    (void)sqlite3_bind_int(st, 2, service->transport);
    (void)sqlite3_bind_int(st, 3, service->port);
    return statement_find(s, st, &service->id, err) &&
           (service->id != 0 || insert_service(s, service, err));
}

bool store_served(struct store *s, int64_t service_id, int64_t cert_id, int64_t first_us,
        int64_t last_us, uint64_t count, struct err *err)
{
    sqlite3_stmt *st = statement_of(s, ST_SERVED, err);
    if (st == NULL || !store_writing(s, err))
        return false;
    const int64_t numbers[] = {service_id, cert_id, first_us, last_us, (int64_t)count};
    for (int i = 0; i < 5; i++)
        (void)sqlite3_bind_int64(st, 1 + i, numbers[i]);
    return statement_run(s, st, err);
}
