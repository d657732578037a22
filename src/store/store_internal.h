#ifndef TLSWIRE_STORE_STORE_INTERNAL_H
#define TLSWIRE_STORE_STORE_INTERNAL_H

#include <sqlite3.h>

#include "base/map.h"
#include "base/text.h"
#include "store/query.h"
#include "store/store.h"

/* One value of a statement that is prepared on first use and kept until the store closes. */
enum statement {
    ST_BEGIN,
    ST_COMMIT,
    ST_RUN,
    ST_RUN_END,
    ST_RUN_POLICY,
    ST_RELOAD_START,
    ST_RELOAD,
    ST_RELOAD_TRIM,
    ST_DATA_FILE_TRIM,
    ST_CRL_PROBLEM_TRIM,
    ST_MAYBE_INPUT,
    ST_HAS_INPUT,
    ST_INPUT_IS_TAKEN,
    ST_INPUT,
    ST_INPUT_END,
    ST_NAME_FIND,
    ST_NAME,
    ST_NAME_KEEP,
    ST_LABEL_FIND,
    ST_LABEL,
    ST_LABEL_KEEP,
    ST_ADDRESS_FIND,
    ST_ADDRESS,
    ST_ADDRESS_KEEP,
    ST_ADDRESS_PIN,
    ST_NAME_MOVE,
    ST_LABEL_MOVE,
    ST_ADDRESS_MOVE,
    ST_OFFER_MOVE,
    ST_CHOICE_MOVE,
    ST_SERVICE_FIND,
    ST_SERVICE,
    ST_CERT_SEEN,
    ST_CERT,
    ST_CERT_NAMES,
    ST_CERT_PROBLEM,
    ST_CHAIN_FIND,
    ST_CHAIN,
    ST_CHAIN_ENTRIES,
    ST_SERVED,
    ST_HANDSHAKE,
    ST_HANDSHAKE_AGAIN,
    ST_ALERT,
    ST_CONNECTION_END,
    ST_NOT_TLS,
    ST_UNANALYSED,
    ST_FINDING,
    ST_EVIDENCE_COUNT,
    ST_EVIDENCE,
    ST_EVIDENCE_FILE,
    ST_RULE_COUNT,
    ST_COUNTER,
    ST_CLIENT_OFFER,
    ST_SERVER_CHOICE,
    ST_CHAIN_VERDICT,
    ST_CHAIN_NOTE,
    ST_KEY_PROBLEM,
    ST_REVOCATION,
    ST_SCT,
    ST_DATA_FILE,
    ST_CRL_PROBLEM,
    ST_CODE_NAME,
    ST_SERIAL_FIND,
    ST_KEY_NAMES,
    ST_RSA_CERTS,
    ST_DER_FIND,
    ST_SERVICE_BY_ID,
    ST_DEFECTS_OF,
    ST_DEFECTS_SET,
    ST_HISTORY,
    ST_HISTORY_ALL,
    ST_HISTORY_PRUNE,
    ST_VANTAGES,
    ST_FINDING_LIFE,
    ST_FINDING_EVENT,
    ST_FINDING_PAST,
    ST_FINDINGS_OPEN,
    ST_ANY_FINDING,
    ST_OPEN_BY_SEVERITY,
    ST_OPEN_COUNTED,
    ST_CERTS_COUNT,
    ST_CERT_ID,
    ST_NONCE,
    ST_NONCES_OF,
    ST_NONCES_TRIM,
    ST_METRIC,
    ST_CAPTURE,
    ST_CAPTURE_SINCE,
    ST_SEGMENT,
    ST_SEGMENT_END,
    ST_SEGMENT_FINISH,
    ST_SEGMENT_SO_FAR,
    ST_SEGMENT_TIMES,
    ST_SEGMENT_DAMAGED,
    ST_SEGMENT_GONE,
    ST_LABEL_BY_ID,
    ST_HANDSHAKE_IS,
    ST_HANDSHAKE_DEFECTS,
    ST_COUNT
};

enum { STORE_BATCH = 5000, STORE_BUSY_MS = 2000, STORE_NOTICES = 16 };

struct store {
    sqlite3 *db;
    char *path;
    sqlite3_stmt *statements[ST_COUNT];
    bool is_open;           /* a transaction is */
    size_t n_pending;       /* rows in it */
    int64_t run_id, reload; /* the run, and how often it was told what it judges by from then on */
    int64_t *input_ids;     /* by index in the run */
    size_t n_inputs;
    struct map *names, *labels, *addresses, *chains; /* value: row id */
    struct map *judged;                              /* verdicts that were written; NULL at first */
    struct map *negotiations; /* ids of offers and choices that were written; NULL at first */
    struct text scratch;
    query_community_fn *community; /* NULL until query_community */
    struct pending *pending;       /* rows of handshakes that go on; see pending.h */
    struct watch *watch; /* handshakes go to segments; NULL: to the one file. See watch.h */
    struct err *notices; /* for store_next_notice; at most STORE_NOTICES */
    size_t n_notices;
    struct segments *segments; /* what a reader knows of them; NULL: there are none */
};

/* store_fail fills err from SQLite's state with what to do about it; gives false. */
bool store_fail(struct store *s, struct err *err, const char *doing);
/* store_notice keeps a line for store_next_notice; what is beyond the room for them is dropped. */
void store_notice(struct store *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* statement_of gives the prepared statement, reset, with the bindings of its last use; NULL with
 * err. */
sqlite3_stmt *statement_of(struct store *s, enum statement which, struct err *err);
/* statement_run steps a statement that gives no row, resets it, and counts a row of the batch. */
bool statement_run(struct store *s, sqlite3_stmt *st, struct err *err);
/* statement_find steps a look-up; *id is the first column of its row, 0 when there is none. */
bool statement_find(struct store *s, sqlite3_stmt *st, int64_t *id, struct err *err);
/* statement_insert is statement_run for one plain INSERT; *is_there: a row with its key exists. */
bool statement_insert(struct store *s, sqlite3_stmt *st, bool *is_there, struct err *err);
/* statement_done counts a row of the batch that was written without statement_run; its bindings are
 * still there. */
void statement_done(struct store *s, sqlite3_stmt *st);
/* statement_sql is its text. */
const char *statement_sql(enum statement which);
/* store_exec runs plain SQL. */
bool store_exec(struct store *s, const char *sql, const char *doing, struct err *err);
/* store_new gives a store that is not open yet. */
struct store *store_new(const char *path);
/* store_open_writer opens or makes the database of a new store for writing. */
bool store_open_writer(struct store *s, struct err *err);
/* store_commit commits the batch; rows that are pending stay so. */
bool store_commit(struct store *s, struct err *err);
/* store_writing begins a transaction when none is open; false also when a live store may not be
 * changed. store_begin asks no such thing: for the commit of what waits. */
bool store_writing(struct store *s, struct err *err);
bool store_begin(struct store *s, struct err *err);
/* What is changed between store_mark and store_unmark is taken back when the latter is told of a
 * failure, for what a live store does again later. A store that ends with its first failure only
 * begins to write. No ids of dictionary rows may be asked for between them: the caches would keep
 * them. */
bool store_mark(struct store *s, struct err *err);
void store_unmark(struct store *s, bool is_ok);
/* store_input gives the id of the run's input. */
int64_t store_input(const struct store *s, uint32_t index);

/* certificate_names_insert writes the names of the certificate with this id;
 * certificate_names_register makes the functions that it needs. */
bool certificate_names_insert(
        struct store *s, const struct certificate *c, int64_t id, struct err *err);
bool certificate_names_register(sqlite3 *db);

/* Ids of dictionary rows, cached; 0 with err when the database failed. A row that is only for
 * handshakes of segments is kept as long as the segment that is written now, any other for good. */
int64_t dict_name(struct store *s, struct bytes value, struct err *err);
int64_t dict_label(struct store *s, const char *value, struct err *err);
int64_t dict_address(struct store *s, const struct address *a, struct err *err);
/* dict_get and dict_put work on the caches. */
int64_t dict_get(struct map *m, struct bytes key);
void dict_put(struct map *m, struct bytes key, int64_t id);
struct map *dict_new(size_t cap);
/* dict_segment is what last_segment is to be of rows that are used now: 0 for good. */
int64_t dict_segment(const struct store *s);
/* dict_forget empties the caches of rows that do not stay for good: for the next segment they are
 * looked up, and marked, anew. */
void dict_forget(struct store *s);
/* dict_move has rows that stay for one segment stay for a newer one: what is cached and what waits
 * to be written refers to them. Slow, and for what is rare. */
bool dict_move(struct store *s, int64_t from, int64_t to, struct err *err);
/* dict_pin keeps two addresses for good. */
bool dict_pin(struct store *s, const int64_t address_ids[2], struct err *err);

/* Binding with NULL for what is not there. */
void bind_text(sqlite3_stmt *st, int at, const char *text);
void bind_blob(sqlite3_stmt *st, int at, struct bytes b);
/* column_bytes is a BLOB of the current row; it lives until the next step. */
struct bytes column_bytes(sqlite3_stmt *st, int at);
void bind_hex(sqlite3_stmt *st, int at, struct bytes b); /* lower-case digits */
void bind_id(sqlite3_stmt *st, int at, int64_t id);      /* 0: NULL */
void bind_time(sqlite3_stmt *st, int at, int64_t us);    /* TIME_NONE: NULL */

/* lookup_fill writes code_name from src/iana and the model. */
bool lookup_fill(struct store *s, struct err *err);

/* The bits of handshake.flags; documented in docs/schema.md and used by views.sql. */
enum {
    FLAG_CLIENT_INITIATOR = 1,
    FLAG_START_SEEN = 2,
    FLAG_MIDSTREAM = 4,
    FLAG_AMBIGUOUS = 8,
    FLAG_CAPPED = 16,
    FLAG_DUPLICATE = 32,
    FLAG_CLIENT_SEEN = 64,
    FLAG_SERVER_SEEN = 128,
    FLAG_CLIENT_FINISHED = 256,
    FLAG_SERVER_FINISHED = 512,
    FLAG_HRR = 1024,
    FLAG_CLIENT_DATA = 2048,
    FLAG_SERVER_DATA = 4096,
    FLAG_ECH = 8192,
    FLAG_EARLY_DATA = 16384,
    FLAG_CLIENT_FRAMING_LOST = 32768,
    FLAG_SERVER_FRAMING_LOST = 65536,
    FLAG_CERT_REQUESTED = 131072,
    FLAG_STAPLE = 262144,
    FLAG_SSLV2_HELLO = 524288,
};

#endif
