/* Findings with their evidence, and what the rules answered. */
#include "store/life.h"
#include "store/store_internal.h"

static bool put_one(struct store *s, int64_t finding_id, int64_t position, const struct evidence *e,
        struct err *err)
{
    sqlite3_stmt *st = statement_of(s, ST_EVIDENCE, err);
    if (st == NULL || !store_writing(s, err))
        return false;
    (void)sqlite3_clear_bindings(st);
    (void)sqlite3_bind_int64(st, 1, finding_id);
    (void)sqlite3_bind_int64(st, 2, position);
    (void)sqlite3_bind_int(st, 3, (int)e->kind);
    bind_id(st, 4, e->handshake_id);
    bind_id(st, 5, e->input_id != 0 ? e->input_id : store_input(s, e->input));
    bind_text(st, 14, e->note[0] != '\0' ? e->note : NULL);
    if (e->kind == EVIDENCE_BYTES) {
        const int64_t values[] = {e->side, (int64_t)e->at.first_packet, (int64_t)e->at.last_packet,
                e->at.first_us, e->at.last_us, (int64_t)e->at.offset, (int64_t)e->at.len};
        for (int i = 0; i < 7; i++)
            (void)sqlite3_bind_int64(st, 6 + i, values[i]);
        bind_blob(st, 13, (struct bytes){e->bytes, e->n_bytes});
    } else if (e->kind == EVIDENCE_SERIES) {
        bind_time(st, 15, e->window_from_us);
        bind_time(st, 16, e->window_to_us);
        (void)sqlite3_bind_int64(st, 17, (int64_t)e->count);
        (void)sqlite3_bind_int64(st, 18, (int64_t)e->total);
    }
    return statement_run(s, st, err);
}

/* Evidence of earlier runs stays; this run adds to it up to the cap. */
static bool put_evidence(struct store *s, const struct finding *f, struct err *err)
{
    sqlite3_stmt *st = statement_of(s, ST_EVIDENCE_COUNT, err);
    if (st == NULL)
        return false;
    (void)sqlite3_bind_int64(st, 1, f->id);
    int64_t have = sqlite3_step(st) == SQLITE_ROW ? sqlite3_column_int64(st, 0) : -1;
    (void)sqlite3_reset(st);
    if (have < 0)
        return store_fail(s, err, "reading evidence");
    if (have > 0 && f->again_count == f->count)
        return true; /* it stands there from the first reading */
    for (size_t i = 0; i < f->n_evidence && have + (int64_t)i < EVIDENCE_PER_FINDING; i++)
        if (!put_one(s, f->id, have + (int64_t)i, &f->evidence[i], err))
            return false;
    return true;
}

bool store_evidence_file(struct store *s, const struct evidence_file *file, struct err *err)
{
    sqlite3_stmt *st = statement_of(s, ST_EVIDENCE_FILE, err);
    if (st == NULL || !store_writing(s, err))
        return false;
    const int64_t numbers[] = {
            (int64_t)file->packets, (int64_t)file->bytes, (int64_t)file->omitted, file->is_whole};
    (void)sqlite3_bind_int64(st, 1, file->handshake_id);
    bind_text(st, 2, file->path);
    for (int i = 0; i < 4; i++)
        (void)sqlite3_bind_int64(st, 3 + i, numbers[i]);
    return statement_run(s, st, err);
}

/* ids are those of the server's and the client's address. */
static bool find_endpoints(
        struct store *s, const struct sighting *first, int64_t ids[2], struct err *err)
{
    if (!first->has_endpoints)
        return true;
    ids[0] = dict_address(s, &first->server.address, err);
    ids[1] = ids[0] != 0 ? dict_address(s, &first->client.address, err) : 0;
    return ids[1] != 0;
}

static void bind_endpoints(sqlite3_stmt *st, const struct sighting *first, const int64_t ids[2])
{
    if (!first->has_endpoints)
        return;
    bind_id(st, 9, ids[0]);
    (void)sqlite3_bind_int(st, 10, first->server.port);
    bind_id(st, 11, ids[1]);
    (void)sqlite3_bind_int(st, 12, first->client.port);
}

/* A finding that is stored already keeps the addresses that it has: only those of a new one are
 * kept for good. */
static bool keep_endpoints(
        struct store *s, const struct finding *f, const int64_t ids[2], struct err *err)
{
    bool is_new = sqlite3_last_insert_rowid(s->db) == f->id;
    return s->watch == NULL || !is_new || ids[0] == 0 || dict_pin(s, ids, err);
}

/* What was sighted in this run. */
static bool put_sightings(
        struct store *s, struct finding *f, const int64_t addresses[2], struct err *err)
{
    sqlite3_stmt *st = statement_of(s, ST_FINDING, err);
    if (st == NULL || !store_writing(s, err))
        return false;
    (void)sqlite3_clear_bindings(st);
    bind_text(st, 1, f->first.defect);
    bind_text(st, 2, f->first.subject);
    (void)sqlite3_bind_int64(st, 3, f->first.service.id);
    (void)sqlite3_bind_int(st, 4, (int)f->severity);
    (void)sqlite3_bind_double(st, 5, f->confidence);
    (void)sqlite3_bind_int(st, 6, (int)f->basis);
    bind_text(st, 7, f->first.summary);
    bind_text(st, 8, f->first.sni[0] != '\0' ? f->first.sni : NULL);
    bind_endpoints(st, &f->first, addresses);
    if (f->first.has_certificate)
        bind_blob(st, 13, (struct bytes){f->first.certificate, sizeof f->first.certificate});
    bind_id(st, 14, f->first.handshake_id);
    bind_id(st, 15, store_input(s, f->first.input));
    (void)sqlite3_bind_int64(st, 16, f->first_seen_us);
    (void)sqlite3_bind_int64(st, 17, f->last_seen_us);
    (void)sqlite3_bind_int64(st, 18, (int64_t)f->count);
    bind_text(st, 19, f->first.community_id[0] != '\0' ? f->first.community_id : NULL);
    (void)sqlite3_bind_int64(st, 20, (int64_t)f->again_count);
    (void)sqlite3_bind_int(st, 21, (int)f->first.muted_by);
    bind_text(st, 22, f->first.muted_why);
    (void)sqlite3_bind_int(st, 23, (int)f->notify);
    (void)sqlite3_bind_int64(st, 24, f->now_us != 0 ? f->now_us : INT64_MAX);
    sqlite3_set_last_insert_rowid(s->db, 0);
    int rc = sqlite3_step(st);
    f->id = rc == SQLITE_ROW ? sqlite3_column_int64(st, 0) : 0;
    if (rc == SQLITE_ROW)
        rc = sqlite3_step(st);
    if (rc != SQLITE_DONE)
        (void)store_fail(s, err, "writing a finding");
    (void)sqlite3_reset(st);
    if (rc == SQLITE_DONE)
        statement_done(s, st);
    return rc == SQLITE_DONE && keep_endpoints(s, f, addresses, err) && put_evidence(s, f, err);
}

bool store_finding(struct store *s, struct finding *f, struct err *err)
{
    int64_t addresses[2] = {0, 0}, id = f->id;
    if (f->count == 0)
        return store_life(s, f, err);
    if (!find_endpoints(s, &f->first, addresses, err) || !store_mark(s, err))
        return false;
    bool is_ok = put_sightings(s, f, addresses, err) && store_life(s, f, err);
    store_unmark(s, is_ok);
    if (!is_ok)
        f->id = id;
    return is_ok;
}

bool store_rule_count(struct store *s, const char *rule, int64_t service_id, int64_t hour_us,
        const uint64_t counts[4], struct err *err)
{
    sqlite3_stmt *st = statement_of(s, ST_RULE_COUNT, err);
    if (st == NULL || !store_writing(s, err))
        return false;
    bind_text(st, 1, rule);
    (void)sqlite3_bind_int64(st, 2, service_id);
    (void)sqlite3_bind_int64(st, 3, hour_us);
    for (int i = 0; i < 3; i++) /* verdict 0 is "not applicable" */
        (void)sqlite3_bind_int64(st, 4 + i, (int64_t)counts[1 + i]);
    return statement_run(s, st, err);
}
