#ifndef TLSWIRE_STORE_QUERY_SQL_H
#define TLSWIRE_STORE_QUERY_SQL_H

#include <sqlite3.h>

#include "store/query.h"

/*
 * The SQL of the reading side. A column's name may end in ":b" (a truth value), ":j" (JSON) or ":t"
 * (microseconds, given as RFC 3339). Parameters: 1 since, 2 until, 3 service, 4 server, 5 client,
 * 6 severity, 7 defect, 8 limit; a NULL does not narrow. Certificates have more: see query_cert.c.
 * Handshakes: 24 VLAN, 25 kind of tunnel, 26 its id.
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

/* Verdicts on a chain and what was said about the revocation of a leaf, as JSON arrays; store by
 * store and channel by channel, the newest first. chain and leaf are expressions. */
/* clang-format off */
#define VERDICTS_OF(chain) \
    "coalesce((SELECT json_group_array(json_object('store', x.store, 'as_sent', x.as_sent, " \
    "'as_repaired', x.as_repaired, 'path_status', x.path_status, 'reason', x.reason, 'anchor', " \
    "x.anchor, 'path', json(x.path), 'valid_from', rfc3339(x.not_before_us), 'valid_until', " \
    "rfc3339(x.not_after_us), 'judged', rfc3339(x.judged_us))) FROM (SELECT * FROM chain_verdict v " \
    "WHERE v.chain_id = " chain " ORDER BY " VERDICT_ORDER ") x), '[]')"
#define VERDICT_ORDER "v.store, v.judged_us DESC, v.as_sent, v.as_repaired"
#define NOTES_OF(chain) \
    "coalesce((SELECT json_group_array(json_object('note', x.note, 'position', " \
    "nullif(x.position, -1), 'detail', x.detail)) FROM (SELECT * FROM chain_note n WHERE " \
    "n.chain_id = " chain " ORDER BY " NOTE_ORDER ") x), '[]')"
#define NOTE_ORDER "n.position, n.note"
#define REVOCATION_OF(leaf) \
    "coalesce((SELECT json_group_array(json_object('channel', x.channel, 'status', x.status, " \
    "'verdict', x.verdict, 'reason', x.reason, 'source', x.source, 'this_update', " \
    "rfc3339(x.this_update_us), 'next_update', rfc3339(x.next_update_us), 'revoked', " \
    "rfc3339(x.revoked_us), 'revoked_reason', x.revoked_reason, 'judged', rfc3339(x.judged_us))) " \
    "FROM (SELECT * FROM revocation r WHERE r.certificate_id = " leaf " ORDER BY " \
    REVOCATION_ORDER ") x), '[]')"
/* Whether handshake h showed finding f; fk is the label of h.finding_keys_id. */
#define SHOWED \
    "f.service_id = h.service_id AND instr(char(10) || fk.value || char(10), " \
    "char(10) || f.defect || ' ' || f.subject || char(10)) > 0"
/* An answer comes before none, one that is authentic before any that is not. */
#define REVOCATION_ORDER \
    "r.channel, r.status = 'no-answer', r.verdict = 'valid' DESC, r.this_update_us DESC, r.judged_us DESC, r.status"
/* Of rows of capture_minute. */
#define CAPTURE_DROPS "kernel_drops + interface_drops + own_drops"
#define CAPTURE_SHARE \
    "round(1.0 * sum(" CAPTURE_DROPS ") / nullif(sum(received + interface_drops), 0), 6)"
/* clang-format on */

/* query_timeline.c */
extern const char timeline_select[];

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
/* query_prepare prepares a text; NULL with err. */
sqlite3_stmt *query_prepare(struct store *s, const char *sql, struct err *err);
/* query_bind_filter binds parameters 1 to 8. */
void query_bind_filter(sqlite3_stmt *st, const struct list_filter *f);
/* query_prepare_steps prepares a text about steps of time and binds these, and parameter 9, how
 * long a step is; NULL with err. */
sqlite3_stmt *query_prepare_steps(struct store *s, const char *sql, int64_t step_us,
        const struct list_filter *f, struct err *err);
/* metric_register makes the functions about histograms; metric_insert is the SQL of ST_METRIC. */
bool metric_register(sqlite3 *db);
const char *metric_insert(void);
/* capture_insert is that of ST_CAPTURE. */
const char *capture_insert(void);
/* locate_register makes those that lead back to packets; functions_register calls it. */
bool locate_register(sqlite3 *db);

#endif
