#ifndef TLSWIRE_STORE_QUERY_SQL_H
#define TLSWIRE_STORE_QUERY_SQL_H

#include <sqlite3.h>

#include "store/query.h"

/*
 * The SQL of the reading side. A column's name may end in ":b" (a truth value), ":j" (JSON) or ":t"
 * (microseconds, given as RFC 3339). Parameters: 1 since, 2 until, 3 service, 4 server, 5 client,
 * 6 severity, 7 defect, 8 limit; a NULL does not narrow.
 */
struct sort_key {
    const char *name, *expression;
};

struct list_sql {
    const char *select;
    const char *order; /* the default */
    const struct sort_key *keys;
    const char *const *names; /* of the keys, ended by NULL */
};

extern const struct list_sql list_sql[];
extern const char *const show_sql[];   /* by enum show; parameter 1 is the id */
extern const char *const report_sql[]; /* by enum report_part */

/* functions_register makes the SQL functions that these texts use. */
bool functions_register(sqlite3 *db);
/* locate_register makes those that lead back to packets; functions_register calls it. */
bool locate_register(sqlite3 *db);

#endif
