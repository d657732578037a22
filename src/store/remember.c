#include "store/remember.h"

#include <stdio.h>
#include <string.h>

#include "store/store_internal.h"

static void read_certificate(sqlite3_stmt *st, struct stored_certificate *out)
{
    const char *subject = (const char *)sqlite3_column_text(st, 1);
    *out = (struct stored_certificate){0};
    if (sqlite3_column_bytes(st, 0) == (int)sizeof out->sha256)
        memcpy(out->sha256, sqlite3_column_blob(st, 0), sizeof out->sha256);
    (void)snprintf(out->subject, sizeof out->subject, "%s", subject != NULL ? subject : "");
}

static bool finish(struct store *s, sqlite3_stmt *st, int rc, struct err *err)
{
    if (rc != SQLITE_DONE && rc != SQLITE_ROW)
        (void)store_fail(s, err, "looking certificates up");
    (void)sqlite3_reset(st);
    return rc == SQLITE_DONE || rc == SQLITE_ROW;
}

bool store_find_serial(struct store *s, const struct certificate *c, struct stored_certificate *out,
        bool *found, struct err *err)
{
    sqlite3_stmt *st = statement_of(s, ST_SERIAL_FIND, err);
    *found = false;
    if (st == NULL)
        return false;
    bind_hex(st, 1, c->serial);
    bind_text(st, 2, c->issuer);
    bind_hex(st, 3, c->authority_key_id);
    bind_blob(st, 4, (struct bytes){c->sha256, sizeof c->sha256});
    int rc = sqlite3_step(st);
    *found = rc == SQLITE_ROW;
    if (*found)
        read_certificate(st, out);
    return finish(s, st, rc, err);
}

bool store_key_names(struct store *s, const struct certificate *c, store_name_fn *each, void *ctx,
        struct err *err)
{
    sqlite3_stmt *st = statement_of(s, ST_KEY_NAMES, err);
    if (st == NULL)
        return false;
    bind_blob(st, 1, (struct bytes){c->spki_sha256, sizeof c->spki_sha256});
    bind_blob(st, 2, (struct bytes){c->sha256, sizeof c->sha256});
    int rc;
    while ((rc = sqlite3_step(st)) == SQLITE_ROW)
        each(ctx, (const char *)sqlite3_column_text(st, 0), column_bytes(st, 1));
    return finish(s, st, rc, err);
}

bool store_rsa_certificates(struct store *s, int64_t *after, int most, bool *is_all,
        store_der_fn *each, void *ctx, struct err *err)
{
    sqlite3_stmt *st = statement_of(s, ST_RSA_CERTS, err);
    if (st == NULL)
        return false;
    (void)sqlite3_bind_int64(st, 1, *after);
    (void)sqlite3_bind_int(st, 2, most);
    int rc, n = 0;
    for (; (rc = sqlite3_step(st)) == SQLITE_ROW; n++) {
        struct stored_certificate c;
        read_certificate(st, &c);
        struct bytes spki = column_bytes(st, 3);
        if (spki.n == sizeof c.spki_sha256)
            memcpy(c.spki_sha256, spki.p, spki.n);
        *after = sqlite3_column_int64(st, 4);
        each(ctx, &c, column_bytes(st, 2));
    }
    *is_all = n < most;
    return finish(s, st, rc, err);
}

bool store_certificates_count(struct store *s, int64_t *n, struct err *err)
{
    sqlite3_stmt *st = statement_of(s, ST_CERTS_COUNT, err);
    return st != NULL && statement_find(s, st, n, err);
}

bool store_nonce(struct store *s, const struct nonce *nonce, const struct nonce_place *place,
        struct err *err)
{
    sqlite3_stmt *st = statement_of(s, ST_NONCE, err);
    if (st == NULL || !store_writing(s, err))
        return false;
    const struct span *at = &place->at;
    const int64_t values[] = {(int64_t)nonce->message, (int64_t)nonce->signature,
            (int64_t)place->source, (int64_t)place->side, place->is_verified, place->handshake_id,
            store_input(s, at->input), (int64_t)at->first_packet, (int64_t)at->last_packet,
            at->first_us, at->last_us, (int64_t)at->offset, (int64_t)at->len};
    bind_blob(st, 1, (struct bytes){nonce->spki_sha256, sizeof nonce->spki_sha256});
    bind_blob(st, 2, (struct bytes){nonce->r, nonce->n_r});
    for (int i = 0; i < (int)(sizeof values / sizeof *values); i++)
        (void)sqlite3_bind_int64(st, 3 + i, values[i]);
    bind_blob(st, 16, (struct bytes){place->bytes, place->n_bytes});
    return statement_run(s, st, err);
}

static void copy_column(sqlite3_stmt *st, int at, uint8_t *to, size_t room, size_t *n)
{
    struct bytes b = column_bytes(st, at);
    *n = b.n < room ? b.n : room;
    if (*n > 0)
        memcpy(to, b.p, *n);
}

static void read_nonce(sqlite3_stmt *st, struct nonce *nonce, struct nonce_place *place)
{
    copy_column(st, 0, nonce->r, sizeof nonce->r, &nonce->n_r);
    nonce->message = (uint64_t)sqlite3_column_int64(st, 1);
    nonce->signature = (uint64_t)sqlite3_column_int64(st, 2);
    place->source = (enum nonce_source)sqlite3_column_int(st, 3);
    place->side = (enum side)sqlite3_column_int(st, 4);
    place->is_verified = sqlite3_column_int(st, 5) != 0;
    place->handshake_id = sqlite3_column_int64(st, 6);
    place->input_id = sqlite3_column_int64(st, 7);
    place->at = (struct span){.first_packet = (uint64_t)sqlite3_column_int64(st, 8),
            .last_packet = (uint64_t)sqlite3_column_int64(st, 9),
            .first_us = sqlite3_column_int64(st, 10),
            .last_us = sqlite3_column_int64(st, 11),
            .offset = (uint64_t)sqlite3_column_int64(st, 12),
            .len = (uint64_t)sqlite3_column_int64(st, 13)};
    copy_column(st, 14, place->bytes, sizeof place->bytes, &place->n_bytes);
}

bool store_nonces(struct store *s, const uint8_t spki_sha256[32], int most, store_nonce_fn *each,
        void *ctx, struct err *err)
{
    sqlite3_stmt *st = statement_of(s, ST_NONCES_OF, err);
    if (st == NULL)
        return false;
    bind_blob(st, 1, (struct bytes){spki_sha256, 32});
    (void)sqlite3_bind_int(st, 2, most);
    int rc;
    while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
        struct nonce nonce = {.n_r = 0};
        struct nonce_place place = {.n_bytes = 0};
        memcpy(nonce.spki_sha256, spki_sha256, sizeof nonce.spki_sha256);
        read_nonce(st, &nonce, &place);
        if (place.source < NONCE_SOURCES)
            each(ctx, &nonce, &place);
    }
    return finish(s, st, rc, err);
}

bool store_nonces_trim(struct store *s, int most, struct err *err)
{
    sqlite3_stmt *st = statement_of(s, ST_NONCES_TRIM, err);
    if (st == NULL || !store_writing(s, err))
        return false;
    (void)sqlite3_bind_int(st, 1, most);
    return statement_run(s, st, err);
}

bool store_find_der(struct store *s, const uint8_t sha256[32], struct arena *arena,
        struct bytes *der, struct err *err)
{
    sqlite3_stmt *st = statement_of(s, ST_DER_FIND, err);
    *der = (struct bytes){NULL, 0};
    if (st == NULL)
        return false;
    bind_blob(st, 1, (struct bytes){sha256, 32});
    int rc = sqlite3_step(st);
    if (rc == SQLITE_ROW)
        *der = arena_dup(arena, column_bytes(st, 0));
    return finish(s, st, rc, err);
}

bool store_find_service(
        struct store *s, int64_t id, struct service *out, bool *found, struct err *err)
{
    sqlite3_stmt *st = statement_of(s, ST_SERVICE_BY_ID, err);
    *out = (struct service){.id = id};
    *found = false;
    if (st == NULL)
        return false;
    (void)sqlite3_bind_int64(st, 1, id);
    int rc = sqlite3_step(st);
    *found = rc == SQLITE_ROW;
    if (*found) {
        (void)snprintf(out->name, sizeof out->name, "%s", (const char *)sqlite3_column_text(st, 0));
        out->transport = (uint8_t)sqlite3_column_int(st, 1);
        out->port = (uint16_t)sqlite3_column_int(st, 2);
        out->is_address = sqlite3_column_int(st, 3) != 0;
        out->is_unanswered = sqlite3_column_int(st, 4) != 0;
    }
    return finish(s, st, rc, err);
}
