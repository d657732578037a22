/* What a run judges by, when that changes. */
#include "store/store_internal.h"

enum { RELOADS_KEPT = 1000 };

static bool trim(struct store *s, int64_t upto, struct err *err)
{
    static const enum statement WHICH[] = {ST_RELOAD_TRIM, ST_DATA_FILE_TRIM, ST_CRL_PROBLEM_TRIM};
    for (size_t i = 0; upto > 0 && i < sizeof WHICH / sizeof *WHICH; i++) {
        sqlite3_stmt *st = statement_of(s, WHICH[i], err);
        if (st == NULL)
            return false;
        (void)sqlite3_bind_int64(st, 1, s->run_id);
        (void)sqlite3_bind_int64(st, 2, upto);
        if (!statement_run(s, st, err))
            return false;
    }
    return true;
}

static bool put(struct store *s, enum statement which, const struct run_facts *now, int64_t at_us,
        struct err *err)
{
    sqlite3_stmt *st = statement_of(s, which, err);
    if (st == NULL)
        return false;
    (void)sqlite3_bind_int64(st, 1, s->run_id);
    if (which != ST_RELOAD_START) {
        bind_text(st, 2, now->profile);
        bind_text(st, 3, now->policy);
        bind_text(st, 4, now->policy_sha256);
    }
    if (which == ST_RELOAD) {
        (void)sqlite3_bind_int64(st, 5, s->reload + 1);
        (void)sqlite3_bind_int64(st, 6, at_us);
    }
    return statement_run(s, st, err);
}

/* The first row is made of what the run began with, so it comes before the change. */
bool store_reload(struct store *s, const struct run_facts *now, int64_t at_us, struct err *err)
{
    bool is_ok = store_writing(s, err) &&
                 (s->reload > 0 || put(s, ST_RELOAD_START, now, at_us, err)) &&
                 put(s, ST_RELOAD, now, at_us, err) && put(s, ST_RUN_POLICY, now, at_us, err) &&
                 trim(s, s->reload + 1 - RELOADS_KEPT, err);
    s->reload += is_ok;
    return is_ok;
}
