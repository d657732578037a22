#ifndef TLSWIRE_STORE_STORE_H
#define TLSWIRE_STORE_STORE_H

#include "base/err.h"
#include "model/judgement.h"
#include "model/run.h"

/*
 * The only SQL. One writer per database (the analyst thread): prepared statements, WAL, batches of
 * 5,000 rows or when store_flush is called. All functions are false with err on host trouble (disk
 * full, locked, corrupt).
 */
struct store;

enum store_mode {
    STORE_CREATE, /* open or create, migrate */
    STORE_NEW,    /* create; an existing file is an error */
    STORE_READ,   /* read-only, never creates or migrates */
};

bool store_open(const char *path, enum store_mode mode, struct store **out, struct err *err);
/* store_close commits nothing: call store_end_run first. NULL is fine. */
void store_close(struct store *s);

/* store_begin_run starts the run and gives its id. */
bool store_begin_run(
        struct store *s, const struct run_facts *run, int64_t *run_id, struct err *err);
/* store_reload: from now on the run judges by this profile and policy, and by the data files that
 * are stored after this; what it judged by before stays in the table reload. When it failed, call
 * it again. */
bool store_reload(struct store *s, const struct run_facts *now, int64_t at_us, struct err *err);
/* store_has_input says whether an input with this SHA-256 (hex) was read completely before. */
bool store_has_input(struct store *s, const char *sha256_hex, bool *known, struct err *err);
/* store_maybe_input says whether an input with this quick hash and size is stored: only then its
 * SHA-256 is worth computing before reading. */
bool store_maybe_input(
        struct store *s, uint64_t quick_hash, uint64_t size, bool *maybe, struct err *err);
/* store_input_id picks the 21-bit id of an input: from quick_hash, moved on while another input has
 * it, by SHA-256 where both are known (sha256_hex is empty when it is not). was_counted: it was
 * read before, so its findings are counted already. */
bool store_input_id(struct store *s, uint64_t quick_hash, const char *sha256_hex, int64_t *id,
        bool *was_counted, struct err *err);
/* store_begin_input writes the row of the input; store_end_input completes it. */
bool store_begin_input(struct store *s, const struct input_facts *in, struct err *err);
bool store_end_input(struct store *s, const struct input_facts *in, struct err *err);
/* store_input_so_far keeps the row of a live input current. */
bool store_input_so_far(struct store *s, const struct input_facts *in, struct err *err);

/* store_service finds or makes the row of the service and fills its id (cached). */
bool store_service(struct store *s, struct service *service, struct err *err);
/* store_certificate makes or updates the row of a certificate (first and last seen, by SHA-256) and
 * gives its id (cached). */
bool store_certificate(struct store *s, const struct certificate *c, int64_t first_us,
        int64_t last_us, int64_t *id, struct err *err);
/* The parts of it, for who may leave something out. store_certificate_seen updates the row of a
 * certificate, whose id is 0 when there is none; *names: its names are there, as far as they are
 * kept. store_certificate_new makes the row, with its names if *names is true, and tells by *names
 * whether it did: a live store leaves them out while much waits to be written. The row tells of
 * names that are missing. store_certificate_names adds them later, or tells by *names that it did
 * not. Of a certificate that could not be written with its names, nothing is. */
bool store_certificate_seen(struct store *s, const uint8_t sha256[32], int64_t first_us,
        int64_t last_us, bool *names, int64_t *id, struct err *err);
bool store_certificate_new(struct store *s, const struct certificate *c, int64_t first_us,
        int64_t last_us, bool *names, int64_t *id, struct err *err);
bool store_certificate_names(
        struct store *s, const struct certificate *c, int64_t id, bool *names, struct err *err);
/* store_chain finds or makes the chain of these certificate ids in wire order (cached). */
bool store_chain(struct store *s, const int64_t *cert_ids, size_t n, int64_t *id, struct err *err);

/* What a handshake row refers to; 0 where there is none. */
struct handshake_refs {
    int64_t service_id;
    int64_t server_chain_id;
    int64_t client_chain_id;
    const struct judgement *judgement; /* NULL: nothing was judged */
    const char *defects;      /* ids found in it, separated by commas; "" or NULL when none */
    enum severity worst;      /* of these */
    const char *finding_keys; /* defect and subject of each, one a line; NULL or empty none */
    const char *client_group; /* name that the policy gives the client's address; NULL none */
    bool is_duplicate;        /* the same handshake was stored before */
};
bool store_handshake(struct store *s, const struct handshake *h, const struct handshake_refs *refs,
        struct err *err);
/* store_connection_end completes the row of a handshake with what came after it. */
bool store_connection_end(struct store *s, const struct connection_end *e, struct err *err);
/* store_later_defects adds what the end of a connection showed to the row of its handshake, before
 * store_connection_end: like those of refs. */
bool store_later_defects(struct store *s, int64_t handshake_id, const char *defects,
        enum severity worst, const char *keys, struct err *err);
/* store_served records that the service served the leaf `count` times more between first_us and
 * last_us (the engine adds up, so this is called once per pair and run). */
bool store_served(struct store *s, int64_t service_id, int64_t cert_id, int64_t first_us,
        int64_t last_us, uint64_t count, struct err *err);
/* store_not_tls records one flow on a TLS port that was something else; one row per (server,
 * label), with first and last seen, count and the id of the first flow. is_again: the flow stands
 * in an input that was counted before. */
bool store_not_tls(
        struct store *s, int64_t flow_id, const struct not_tls *n, bool is_again, struct err *err);
/* store_unanalysed adds to what was counted of this server and kind. */
bool store_unanalysed(struct store *s, const struct unanalysed_traffic *t, struct err *err);
/*
 * store_finding inserts or updates (merging with a stored finding of the same defect, subject and
 * service: count adds up, first and last seen widen) and fills f's id. One that was not sighted in
 * this run has a count of 0: only its life is written. When a live store fails, nothing of it is
 * written, and the same can be given again.
 */
bool store_finding(struct store *s, struct finding *f, struct err *err);
/* store_evidence_file notes where packets of a handshake's connection are kept. */
bool store_evidence_file(struct store *s, const struct evidence_file *file, struct err *err);
/* store_rule_count adds to the counter of (rule, service, hour). verdict as in enum verdict. */
bool store_rule_count(struct store *s, const char *rule, int64_t service_id, int64_t hour_us,
        const uint64_t counts[4], struct err *err);
/* store_counters writes the counters of the run. */
bool store_counters(struct store *s, const struct counter *counters, size_t n, struct err *err);
/* store_flush commits what is pending. */
bool store_flush(struct store *s, struct err *err);
/* store_end_run builds the secondary indexes, commits and checkpoints. exit_status is stored with
 * the run. */
bool store_end_run(struct store *s, int exit_status, struct err *err);
/* store_next_notice gives a line that the user should know, about a segment that is damaged or the
 * like, and forgets it. False when there is none. */
bool store_next_notice(struct store *s, struct err *line);
/* store_version is the version text of SQLite. */
const char *store_version(void);

#endif
