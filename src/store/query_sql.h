#ifndef TLSWIRE_STORE_QUERY_SQL_H
#define TLSWIRE_STORE_QUERY_SQL_H

#include <sqlite3.h>

#include "store/query.h"

/*
 * The SQL of the reading side. A column's name may end in ":b" (a truth value), ":j" (JSON) or ":t"
 * (microseconds, given as RFC 3339). Parameters: 1 since, 2 until, 3 service, 4 server, 5 client,
 * 6 severity, 7 defect, 8 limit; a NULL does not narrow. Certificates have more: see query_cert.c.
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

/* query_cert.c */
extern const char cert_list_select[], cert_pem_select[];
extern const char cert_find[]; /* ids of at most two that begin with the digits of parameter 1 */
extern const char cert_show[]; /* parameter 1 is the row's id */

/* functions_register makes the SQL functions that these texts use. */
bool functions_register(sqlite3 *db);
/* owner_register makes owner(), which knows none until query_owner. */
bool owner_register(sqlite3 *db);
/* query_rows steps through a statement whose parameters are bound, and finalizes it. */
bool query_rows(struct store *s, sqlite3_stmt *st, query_row_fn *row, void *ctx, struct err *err);
/* locate_register makes those that lead back to packets; functions_register calls it. */
bool locate_register(sqlite3 *db);

#endif
