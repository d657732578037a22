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

static struct bytes column_bytes(sqlite3_stmt *st, int at)
{
    return (struct bytes){sqlite3_column_blob(st, at), (size_t)sqlite3_column_bytes(st, at)};
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

bool store_rsa_certificates(struct store *s, store_der_fn *each, void *ctx, struct err *err)
{
    sqlite3_stmt *st = statement_of(s, ST_RSA_CERTS, err);
    if (st == NULL)
        return false;
    int rc;
    while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
        struct stored_certificate c;
        read_certificate(st, &c);
        each(ctx, &c, column_bytes(st, 2));
    }
    return finish(s, st, rc, err);
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
