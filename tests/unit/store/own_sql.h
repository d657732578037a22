#ifndef TLSWIRE_TESTS_UNIT_STORE_OWN_SQL_H
#define TLSWIRE_TESTS_UNIT_STORE_OWN_SQL_H

#include "store/store_internal.h"
#include "tests/unit/store/place.h"

/* ask gives the first number of what a query on the store's own connection finds, in the
 * transaction that is open there; -1 none. run_sql executes. */
static inline int64_t ask(struct place *p, const char *sql)
{
    sqlite3_stmt *st = NULL;
    assert_int_equal(sqlite3_prepare_v2(p->store->db, sql, -1, &st, NULL), SQLITE_OK);
    int64_t n = sqlite3_step(st) == SQLITE_ROW ? sqlite3_column_int64(st, 0) : -1;
    (void)sqlite3_finalize(st);
    return n;
}

static inline void run_sql(struct place *p, const char *sql)
{
    assert_int_equal(sqlite3_exec(p->store->db, sql, NULL, NULL, NULL), SQLITE_OK);
}

#endif
