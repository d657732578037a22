#include "store/life.h"

#include <stdio.h>
#include <string.h>

#include "base/cursor.h"
#include "store/watch.h"

enum { PLACE_BYTES = 12, PLACES_BYTES = 1 + LIFE_PLACES * PLACE_BYTES };

static void put_uint(uint8_t *to, uint64_t value, int n)
{
    for (int i = 0; i < n; i++)
        to[i] = (uint8_t)(value >> (8 * (n - 1 - i)));
}

/* Whether they are crowded, then each place and its count. */
static size_t pack_places(const struct finding_life *l, uint8_t out[PLACES_BYTES])
{
    out[0] = l->is_crowded;
    for (size_t i = 0; i < l->n_places; i++) {
        put_uint(out + 1 + i * PLACE_BYTES, l->places[i].place, 8);
        put_uint(out + 1 + i * PLACE_BYTES + 8, l->places[i].clean, 4);
    }
    return 1 + l->n_places * PLACE_BYTES;
}

static void unpack_places(struct finding_life *l, struct bytes b)
{
    struct cur c = cur_of(b);
    l->is_crowded = cur_u8(&c) != 0;
    while (cur_more(&c) && l->n_places < LIFE_PLACES) {
        struct life_place p = {.place = cur_u64(&c), .clean = cur_u32(&c)};
        if (cur_ok(&c))
            l->places[l->n_places++] = p;
    }
    l->is_crowded &= l->n_places == LIFE_PLACES;
}

static bool put_events(struct store *s, const struct finding *f, struct err *err)
{
    for (size_t i = 0; i < f->life.n_events; i++) {
        sqlite3_stmt *st = statement_of(s, ST_FINDING_EVENT, err);
        if (st == NULL || !store_writing(s, err))
            return false;
        (void)sqlite3_bind_int64(st, 1, f->id);
        (void)sqlite3_bind_int64(st, 2, f->life.events[i].us);
        (void)sqlite3_bind_int(st, 3, (int)f->life.events[i].kind);
        if (!statement_run(s, st, err))
            return false;
    }
    return true;
}

static void bind_key(sqlite3_stmt *st, const struct sighting *s)
{
    bind_text(st, 1, s->defect);
    bind_text(st, 2, s->subject);
    (void)sqlite3_bind_int64(st, 3, s->service.id);
}

bool store_life(struct store *s, struct finding *f, struct err *err)
{
    const struct finding_life *l = &f->life;
    uint8_t places[PLACES_BYTES];
    if (l->state == LIFE_NEW)
        return true; /* only sighted where it had been counted before */
    sqlite3_stmt *st = statement_of(s, ST_FINDING_LIFE, err);
    if (st == NULL || !store_writing(s, err))
        return false;
    bind_key(st, &f->first);
    (void)sqlite3_bind_int(st, 4, l->state == LIFE_OPEN);
    (void)sqlite3_bind_int64(st, 5, l->opened_us);
    bind_time(st, 6, l->state == LIFE_CLOSED ? l->closed_us : TIME_NONE);
    (void)sqlite3_bind_int(st, 7, (int)l->about);
    bind_blob(st, 8, (struct bytes){places, pack_places(l, places)});
    bind_text(st, 9, f->explained_by);
    bind_time(st, 10, l->alerted_us != 0 ? l->alerted_us : TIME_NONE);
    int rc = sqlite3_step(st);
    if (rc == SQLITE_ROW) {
        f->id = sqlite3_column_int64(st, 0);
        rc = sqlite3_step(st);
    }
    if (rc != SQLITE_DONE)
        (void)store_fail(s, err, "writing a finding");
    (void)sqlite3_reset(st);
    if (rc == SQLITE_DONE)
        statement_done(s, st);
    return rc == SQLITE_DONE && put_events(s, f, err);
}

static void read_life(sqlite3_stmt *st, struct finding_life *out)
{
    *out = (struct finding_life){.state = sqlite3_column_int(st, 0) != 0 ? LIFE_OPEN : LIFE_CLOSED,
            .opened_us = sqlite3_column_int64(st, 1),
            .closed_us = sqlite3_column_int64(st, 2),
            .alerted_us = sqlite3_column_int64(st, 5)};
    int about = sqlite3_column_int(st, 3);
    if (about > 0 && about < ABOUT_COUNT)
        out->about = (enum finding_about)about;
    unpack_places(out, column_bytes(st, 4));
}

static bool finish(struct store *s, sqlite3_stmt *st, int rc, struct err *err)
{
    if (rc != SQLITE_DONE && rc != SQLITE_ROW)
        (void)store_fail(s, err, "looking findings up");
    (void)sqlite3_reset(st);
    return rc == SQLITE_DONE || rc == SQLITE_ROW;
}

bool store_past_life(
        struct store *s, const struct sighting *sighting, struct finding_life *out, struct err *err)
{
    sqlite3_stmt *st = statement_of(s, ST_FINDING_PAST, err);
    if (st == NULL)
        return false;
    bind_key(st, sighting);
    int rc = sqlite3_step(st);
    if (rc == SQLITE_ROW)
        read_life(st, out);
    return finish(s, st, rc, err);
}

bool store_open_findings(
        struct store *s, int64_t service_id, store_open_fn *fn, void *ctx, struct err *err)
{
    sqlite3_stmt *st = statement_of(s, ST_FINDINGS_OPEN, err);
    int rc;
    if (st == NULL)
        return false;
    (void)sqlite3_bind_int64(st, 1, service_id);
    while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
        struct finding_life life;
        struct sighting f = {.defect = (const char *)sqlite3_column_text(st, 6),
                .service.id = service_id,
                .at_us = sqlite3_column_int64(st, 8)};
        (void)snprintf(f.subject, sizeof f.subject, "%s", (const char *)sqlite3_column_text(st, 7));
        read_life(st, &life);
        fn(ctx, &f, &life);
    }
    return finish(s, st, rc, err);
}

bool store_any_finding(struct store *s, bool *any, struct err *err)
{
    int64_t id = 0;
    sqlite3_stmt *st = statement_of(s, ST_ANY_FINDING, err);
    bool is_ok = st != NULL && statement_find(s, st, &id, err);
    *any = id != 0;
    return is_ok;
}

/* Triggers, since they are undone together with what they count when a commit fails. */
bool store_count_open(struct store *s, struct err *err)
{
    static const char SQL[] =
            "CREATE TEMP TABLE open_finding (severity INTEGER PRIMARY KEY, n INTEGER NOT NULL);"
            "INSERT INTO open_finding SELECT severity, count(*) FROM finding WHERE is_open = 1 AND "
            "muted = 0 GROUP BY severity;"
            "CREATE TEMP TRIGGER finding_made AFTER INSERT ON main.finding "
            "WHEN new.is_open = 1 AND new.muted = 0 BEGIN "
            "INSERT INTO open_finding VALUES (new.severity, 1) ON CONFLICT DO UPDATE SET n = n + 1;"
            "END;"
            "CREATE TEMP TRIGGER finding_was AFTER UPDATE OF is_open, muted, severity ON "
            "main.finding WHEN old.is_open = 1 AND old.muted = 0 BEGIN "
            "UPDATE open_finding SET n = n - 1 WHERE severity = old.severity; END;"
            "CREATE TEMP TRIGGER finding_is AFTER UPDATE OF is_open, muted, severity ON "
            "main.finding WHEN new.is_open = 1 AND new.muted = 0 BEGIN "
            "INSERT INTO open_finding VALUES (new.severity, 1) ON CONFLICT DO UPDATE SET n = n + 1;"
            "END;"
            "CREATE TEMP TRIGGER finding_gone AFTER DELETE ON main.finding "
            "WHEN old.is_open = 1 AND old.muted = 0 BEGIN "
            "UPDATE open_finding SET n = n - 1 WHERE severity = old.severity; END;";
    return store_exec(s, SQL, "counting findings", err);
}

/* Other programs' findings pass by the triggers. */
bool store_count_open_anew(struct store *s, struct err *err)
{
    static const char SQL[] = "DELETE FROM temp.open_finding; INSERT INTO temp.open_finding SELECT "
                              "severity, count(*) "
                              "FROM finding WHERE is_open = 1 AND muted = 0 GROUP BY severity";
    int64_t version = 0;
    sqlite3_stmt *st = NULL;
    bool is_ok = sqlite3_prepare_v2(s->db, "PRAGMA data_version", -1, &st, NULL) == SQLITE_OK &&
                 sqlite3_step(st) == SQLITE_ROW;
    if (is_ok)
        version = sqlite3_column_int64(st, 0);
    (void)sqlite3_finalize(st);
    if (!is_ok)
        return store_fail(s, err, "counting findings");
    bool is_same = version == s->watch->data_version;
    s->watch->data_version = version;
    return is_same || store_exec(s, SQL, "counting findings", err);
}

bool store_open_by_severity(struct store *s, uint64_t counts[SEV_COUNT], struct err *err)
{
    enum statement which = s->watch != NULL ? ST_OPEN_COUNTED : ST_OPEN_BY_SEVERITY;
    sqlite3_stmt *st = statement_of(s, which, err);
    int rc = SQLITE_ERROR;
    memset(counts, 0, SEV_COUNT * sizeof *counts);
    if (st == NULL)
        return false;
    while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
        int severity = sqlite3_column_int(st, 0);
        if (severity >= 0 && severity < SEV_COUNT)
            counts[severity] = (uint64_t)sqlite3_column_int64(st, 1);
    }
    if (rc != SQLITE_DONE)
        (void)store_fail(s, err, "counting findings");
    (void)sqlite3_reset(st);
    return rc == SQLITE_DONE;
}
