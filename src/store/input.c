/* Inputs of a run, and the counters about it. */
#include <string.h>

#include "base/alloc.h"
#include "store/pending.h"

/* Ids of connections are input id * 2^32 + packet: 21 bits keep them below 2^53, which every JSON
 * reader keeps exactly. */
enum { INPUT_ID_MASK = (1 << 21) - 1 };

/* input.is_complete */
enum { COMPLETE_NOT, COMPLETE_YES, COMPLETE_IN_PART, COMPLETE_LIVE };

/* Whether there is a row. */
static bool has_row(struct store *s, sqlite3_stmt *st, bool *found, struct err *err)
{
    int64_t one;
    bool is_ok = statement_find(s, st, &one, err);
    *found = one != 0;
    return is_ok;
}

bool store_has_input(struct store *s, const char *sha256_hex, bool *known, struct err *err)
{
    sqlite3_stmt *st = statement_of(s, ST_HAS_INPUT, err);
    if (st == NULL)
        return false;
    bind_text(st, 1, sha256_hex);
    return has_row(s, st, known, err);
}

bool store_maybe_input(
        struct store *s, uint64_t quick_hash, uint64_t size, bool *maybe, struct err *err)
{
    sqlite3_stmt *st = statement_of(s, ST_MAYBE_INPUT, err);
    if (st == NULL)
        return false;
    (void)sqlite3_bind_int64(st, 1, (int64_t)quick_hash);
    (void)sqlite3_bind_int64(st, 2, (int64_t)size);
    return has_row(s, st, maybe, err);
}

/* Whether the row of ST_INPUT_IS_TAKEN is of an earlier reading of this very input: another file
 * may begin alike and be as long. */
static bool is_same_input(
        const struct store *s, sqlite3_stmt *st, uint64_t quick_hash, const char *sha256_hex)
{
    const char *sha256 = (const char *)sqlite3_column_text(st, 2);
    bool is_other = sha256 != NULL && sha256_hex[0] != '\0' && strcmp(sha256, sha256_hex) != 0;
    return (uint64_t)sqlite3_column_int64(st, 0) == quick_hash && !is_other &&
           sqlite3_column_int64(st, 3) != s->run_id;
}

/* Id 0 is never given: it means "none" elsewhere. */
bool store_input_id(struct store *s, uint64_t quick_hash, const char *sha256_hex, int64_t *id,
        bool *was_counted, struct err *err)
{
    sqlite3_stmt *st = statement_of(s, ST_INPUT_IS_TAKEN, err);
    if (st == NULL)
        return false;
    *was_counted = false;
    for (*id = (int64_t)(quick_hash & INPUT_ID_MASK);; *id = (*id + 1) & INPUT_ID_MASK) {
        if (*id == 0)
            continue;
        (void)sqlite3_bind_int64(st, 1, *id);
        int rc = sqlite3_step(st);
        bool is_same = rc == SQLITE_ROW && is_same_input(s, st, quick_hash, sha256_hex);
        *was_counted = is_same && sqlite3_column_int(st, 1) != 0;
        if (rc != SQLITE_ROW && rc != SQLITE_DONE)
            (void)store_fail(s, err, "looking up an input");
        (void)sqlite3_reset(st);
        if (rc != SQLITE_ROW)
            return rc == SQLITE_DONE;
        if (is_same)
            return true;
    }
}

static void remember(struct store *s, const struct input_facts *in)
{
    if (in->index >= s->n_inputs) {
        s->input_ids = xrealloc(s->input_ids, in->index + 1, sizeof *s->input_ids);
        while (s->n_inputs <= in->index)
            s->input_ids[s->n_inputs++] = 0;
    }
    s->input_ids[in->index] = in->id;
}

int64_t store_input(const struct store *s, uint32_t index)
{
    return index < s->n_inputs ? s->input_ids[index] : 0;
}

/* What an earlier reading of the same input left goes: its ids come again. */
static bool forget(struct store *s, int64_t id, struct err *err)
{
    static const char *const SQL[] = {
            "DELETE FROM handshake WHERE id >= ?1 << 32 AND id < (?1 + 1) << 32",
            "DELETE FROM alert WHERE handshake_id >= ?1 << 32 AND handshake_id < (?1 + 1) << 32"};
    for (size_t i = 0; i < sizeof SQL / sizeof *SQL; i++) {
        sqlite3_stmt *st = NULL;
        if (sqlite3_prepare_v2(s->db, SQL[i], -1, &st, NULL) != SQLITE_OK)
            return store_fail(s, err, "forgetting an input");
        (void)sqlite3_bind_int64(st, 1, id);
        int rc = sqlite3_step(st);
        (void)sqlite3_finalize(st);
        if (rc != SQLITE_DONE)
            return store_fail(s, err, "forgetting an input");
    }
    return true;
}

bool store_begin_input(struct store *s, const struct input_facts *in, struct err *err)
{
    sqlite3_stmt *st = statement_of(s, ST_INPUT, err);
    if (st == NULL || !store_writing(s, err) || !forget(s, in->id, err))
        return false;
    remember(s, in);
    (void)sqlite3_bind_int64(st, 1, in->id);
    (void)sqlite3_bind_int64(st, 2, s->run_id);
    (void)sqlite3_bind_int64(st, 3, in->index);
    bind_text(st, 4, in->path);
    (void)sqlite3_bind_int64(st, 5, (int64_t)in->quick_hash);
    (void)sqlite3_bind_int64(st, 6, (int64_t)in->size);
    (void)sqlite3_bind_int(st, 7, in->is_live ? COMPLETE_LIVE : COMPLETE_NOT);
    bind_time(st, 8, in->is_live ? in->from_us : TIME_NONE);
    bind_time(st, 9, in->is_live ? in->from_us : TIME_NONE);
    return statement_run(s, st, err);
}

bool store_input_so_far(struct store *s, const struct input_facts *in, struct err *err)
{
    sqlite3_stmt *st = statement_of(s, ST_INPUT_END, err);
    if (st == NULL || !store_writing(s, err))
        return false;
    bind_text(st, 1, in->sha256);
    const int64_t numbers[] = {(int64_t)in->size, in->vantage, in->link_type, (int64_t)in->frames,
            (int64_t)in->filtered, (int64_t)in->bytes, (int64_t)in->truncated};
    for (int i = 0; i < 7; i++)
        (void)sqlite3_bind_int64(st, 2 + i, numbers[i]);
    bind_time(st, 9, in->has_drops ? (int64_t)in->drops : TIME_NONE);
    bind_time(st, 10, in->first_us);
    bind_time(st, 11, in->last_us);
    bind_time(st, 12, in->damage != NULL ? (int64_t)in->damaged_at : TIME_NONE);
    bind_text(st, 13, in->damage);
    (void)sqlite3_bind_int64(st, 14, in->id);
    (void)sqlite3_bind_int(st, 15,
            in->is_live  ? COMPLETE_LIVE
            : in->is_cut ? COMPLETE_IN_PART
                         : COMPLETE_YES);
    bind_id(st, 16, in->vantage_id);
    bind_time(st, 17, in->is_live ? in->from_us : TIME_NONE);
    bind_time(st, 18, in->is_live ? in->to_us : TIME_NONE);
    return statement_run(s, st, err);
}

/* An input that is marked as complete has all its rows. */
bool store_end_input(struct store *s, const struct input_facts *in, struct err *err)
{
    return pending_flush(s, err) && store_input_so_far(s, in, err);
}

bool store_counters(struct store *s, const struct counter *counters, size_t n, struct err *err)
{
    for (size_t i = 0; i < n; i++) {
        sqlite3_stmt *st = statement_of(s, ST_COUNTER, err);
        if (st == NULL || !store_writing(s, err))
            return false;
        (void)sqlite3_bind_int64(st, 1, s->run_id);
        bind_text(st, 2, counters[i].name);
        (void)sqlite3_bind_int64(st, 3, (int64_t)counters[i].value);
        if (!statement_run(s, st, err))
            return false;
    }
    return true;
}
