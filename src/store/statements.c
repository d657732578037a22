/* The SQL of the writer, and how it is run. */
#include "base/pulse.h"
#include "store/pending.h"
#include "store/query_sql.h"
#include "store/watch.h"

#define TEN "?,?,?,?,?,?,?,?,?,?,"
#define HANDSHAKE_ROW "handshake VALUES (" TEN TEN TEN TEN TEN TEN TEN TEN TEN "?,?,?,?)"

/* The row is there: it stays at least as long as is meant now; NULL is for good. */
#define KEEP                                                                                       \
    "ON CONFLICT DO UPDATE SET last_segment = excluded.last_segment "                              \
    "WHERE last_segment < coalesce(excluded.last_segment, 9223372036854775807)"

#define MOVE(table) "UPDATE " table " SET last_segment = ?2 WHERE last_segment = ?1"

static const char *const SQL[ST_COUNT] = {
        [ST_BEGIN] = "BEGIN IMMEDIATE",
        [ST_COMMIT] = "COMMIT",
        [ST_RUN] = "INSERT INTO run (version, arguments, libraries, at_us, filter, started_us, "
                   "profile, policy, policy_sha256) VALUES (?,?,?,?,?,?,?,?,?)",
        [ST_RUN_END] = "UPDATE run SET exit_status = ? WHERE id = ?",
        [ST_RUN_POLICY] = "UPDATE run SET profile = ?2, policy = ?3, policy_sha256 = ?4 "
                          "WHERE id = ?1",
        [ST_RELOAD_START] = "INSERT OR IGNORE INTO reload SELECT id, 0, started_us, profile, "
                            "policy, policy_sha256 FROM run WHERE id = ?1",
        [ST_RELOAD] = "INSERT OR REPLACE INTO reload VALUES (?1,?5,?6,?2,?3,?4)",
        [ST_RELOAD_TRIM] = "DELETE FROM reload WHERE run_id = ?1 AND number BETWEEN 1 AND ?2",
        [ST_DATA_FILE_TRIM] = "DELETE FROM data_file WHERE run_id = ?1 AND reload BETWEEN 1 AND ?2",
        [ST_CRL_PROBLEM_TRIM] =
                "DELETE FROM crl_problem WHERE run_id = ?1 AND reload BETWEEN 1 AND ?2",
        [ST_MAYBE_INPUT] =
                "SELECT 1 FROM input WHERE quick_hash = ? AND size = ? AND is_complete = 1",
        [ST_HAS_INPUT] = "SELECT 1 FROM input WHERE sha256 = ? AND is_complete = 1",
        [ST_INPUT_IS_TAKEN] =
                "SELECT quick_hash, is_complete, sha256, run_id FROM input WHERE id = ?",
        [ST_INPUT] = "INSERT OR REPLACE INTO input (id, run_id, position, path, quick_hash, size, "
                     "is_complete, from_us, to_us) VALUES (?,?,?,?,?,?,?,?,?)",
        [ST_INPUT_END] = "UPDATE input SET sha256=?, size=?, vantage=?, link_type=?, frames=?, "
                         "filtered=?, bytes=?, truncated=?, drops=?, first_us=?, last_us=?, "
                         "damaged_at=?, damage=?, is_complete=?15, vantage_id=?16, "
                         "from_us=?17, to_us=?18 WHERE id=?14",
        [ST_NAME_FIND] = "SELECT id, last_segment FROM name WHERE value = ?",
        [ST_NAME] = "INSERT INTO name (value, last_segment, display) VALUES (?1,?2,?3)",
        [ST_NAME_KEEP] = "UPDATE name SET last_segment = ?2 WHERE id = ?1",
        [ST_LABEL_FIND] = "SELECT id, last_segment FROM label WHERE value = ?",
        [ST_LABEL] = "INSERT INTO label (value, last_segment) VALUES (?1,?2)",
        [ST_LABEL_KEEP] = "UPDATE label SET last_segment = ?2 WHERE id = ?1",
        [ST_ADDRESS_FIND] = "SELECT id, last_segment FROM address WHERE value = ?",
        [ST_ADDRESS] = "INSERT INTO address (value, last_segment, display) VALUES (?1,?2,?3)",
        [ST_ADDRESS_KEEP] = "UPDATE address SET last_segment = ?2 WHERE id = ?1",
        [ST_ADDRESS_PIN] = "UPDATE address SET last_segment = NULL WHERE id IN (?1, ?2)",
        [ST_NAME_MOVE] = MOVE("name"),
        [ST_LABEL_MOVE] = MOVE("label"),
        [ST_ADDRESS_MOVE] = MOVE("address"),
        [ST_OFFER_MOVE] = MOVE("client_offer"),
        [ST_CHOICE_MOVE] = MOVE("server_choice"),
        [ST_SERVICE_FIND] = "SELECT id FROM service WHERE name=? AND transport=? AND port=?",
        [ST_SERVICE] = "INSERT INTO service (name, transport, port, is_address, is_unanswered) "
                       "VALUES (?,?,?,?,?)",
        [ST_CERT_SEEN] = "UPDATE certificate SET first_us = min(first_us, ?2), "
                         "last_us = max(last_us, ?3) WHERE sha256 = ?1 RETURNING id, "
                         "problem LIKE '%its names are not kept%'",
        [ST_CERT] = "INSERT INTO certificate (sha256, sha1, spki_sha256, der, version, serial, "
                    "subject, issuer, common_name, not_before_us, not_after_us, key_type, "
                    "key_bits, curve, signature_algorithm, key_usage, extended_key_usage, is_ca, "
                    "path_length, is_self_signed, has_san, subject_key_id, authority_key_id, "
                    "ocsp_urls, ca_issuers, problem, first_us, last_us) VALUES "
                    "(?,?,?,hex_bytes(?),"
                    "?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        [ST_CERT_NAMES] = "INSERT INTO certificate_name SELECT ?1, key, name_type(value), "
                          "name_value(value), name_display(value) FROM json_each(?2)",
        [ST_CERT_PROBLEM] = "UPDATE certificate SET problem = ?2 WHERE id = ?1",
        [ST_CHAIN_FIND] = "SELECT id FROM chain WHERE key = ?",
        [ST_CHAIN] = "INSERT INTO chain (key, n) VALUES (?,?)",
        [ST_CHAIN_ENTRIES] = "INSERT INTO chain_entry SELECT ?1, key, value FROM json_each(?2)",
        [ST_SERVED] = "INSERT INTO served VALUES (?,?,?,?,?) ON CONFLICT DO UPDATE SET "
                      "first_us = min(first_us, excluded.first_us), "
                      "last_us = max(last_us, excluded.last_us), count = count + excluded.count",
        [ST_HANDSHAKE] = "INSERT INTO " HANDSHAKE_ROW,
        [ST_HANDSHAKE_AGAIN] = "INSERT OR REPLACE INTO " HANDSHAKE_ROW,
        [ST_ALERT] = "INSERT OR REPLACE INTO alert VALUES (?,?,?,?,?,?,?,?)",
        [ST_CONNECTION_END] =
                "UPDATE handshake SET last_us=?2, last_packet=?3, last_input_position=?4, "
                "ending=?5, flags=flags|?6, client_packets=?7, server_packets=?8, "
                "client_bytes=?9, server_bytes=?10, client_gap_bytes=?11, server_gap_bytes=?12, "
                "client_data_after_us=coalesce(client_data_after_us, ?13-first_us), "
                "server_data_after_us=coalesce(server_data_after_us, ?14-first_us), "
                "client_encrypted_alerts=?15, server_encrypted_alerts=?16, renegotiations=?17, "
                "client_records=?18, server_records=?19, client_record_bytes=?20, "
                "server_record_bytes=?21, "
                "client_alert_sized=nullif(coalesce(client_alert_sized, 0)+?22, 0), "
                "server_alert_sized=nullif(coalesce(server_alert_sized, 0)+?23, 0), "
                "client_nonces=?24, "
                "server_nonces=?25 "
                "WHERE id=?1",
        [ST_NOT_TLS] = "INSERT INTO not_tls VALUES (?,?,?,?,?,?,?,?,1) ON CONFLICT DO UPDATE SET "
                       "first_us = min(first_us, excluded.first_us), "
                       "last_us = max(last_us, excluded.last_us), count = count + ?9, "
                       "risks = risks | excluded.risks",
        [ST_UNANALYSED] = "INSERT INTO unanalysed VALUES (?,?,?,?,?,?,?) ON CONFLICT DO UPDATE SET "
                          "packets = packets + excluded.packets, bytes = bytes + excluded.bytes, "
                          "first_us = min(first_us, excluded.first_us), "
                          "last_us = max(last_us, excluded.last_us)",
        [ST_FINDING] =
                "INSERT INTO finding (defect, subject, service_id, severity, confidence, "
                "basis, summary, sni, server_address_id, server_port, client_address_id, "
                "client_port, certificate_sha256, handshake_id, input_id, first_us, "
                "last_us, count, community_id, muted, muted_why, notify) VALUES "
                "(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?21,"
                "?22,?23) "
                "ON CONFLICT DO UPDATE SET severity = max(severity, excluded.severity), "
                "confidence = max(confidence, excluded.confidence), "
                "basis = min(basis, excluded.basis), "
                "first_us = min(first_us, excluded.first_us), "
                "last_us = max(min(last_us, ?24), excluded.last_us), muted = excluded.muted, "
                "muted_why = excluded.muted_why, notify = excluded.notify, "
                "count = count + excluded.count - ?20 RETURNING id",
        [ST_EVIDENCE_COUNT] = "SELECT count(*) FROM evidence WHERE finding_id = ?",
        [ST_EVIDENCE] = "INSERT OR REPLACE INTO evidence VALUES "
                        "(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        [ST_EVIDENCE_FILE] = "INSERT OR REPLACE INTO evidence_file VALUES (?,?,?,?,?,?)",
        [ST_RULE_COUNT] = "INSERT INTO rule_count VALUES (?,?,?,?,?,?) ON CONFLICT DO UPDATE SET "
                          "pass = pass + excluded.pass, hit = hit + excluded.hit, "
                          "undetermined = undetermined + excluded.undetermined",
        [ST_CODE_NAME] = "INSERT OR IGNORE INTO code_name VALUES (?,?,?)",
        [ST_CLIENT_OFFER] = "INSERT INTO client_offer VALUES (" TEN TEN TEN "?,?,?,?,?) " KEEP,
        [ST_SERVER_CHOICE] = "INSERT INTO server_choice VALUES (" TEN TEN TEN "?,?,?) " KEEP,
        [ST_CHAIN_VERDICT] = "INSERT INTO chain_verdict VALUES (?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT "
                             "DO UPDATE SET judged_us = min(judged_us, excluded.judged_us)",
        [ST_CHAIN_NOTE] = "INSERT OR REPLACE INTO chain_note VALUES (?,?,?,?)",
        [ST_KEY_PROBLEM] = "INSERT OR REPLACE INTO key_problem VALUES (?,?,?)",
        [ST_REVOCATION] = "INSERT INTO revocation VALUES (?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT "
                          "DO UPDATE SET judged_us = min(judged_us, excluded.judged_us)",
        [ST_SCT] = "INSERT INTO sct VALUES (?,?,?,?,?,?,?,?) ON CONFLICT DO UPDATE SET "
                   "log = excluded.log, operator = excluded.operator, timestamp_us = "
                   "excluded.timestamp_us, verdict = excluded.verdict, reason = "
                   "excluded.reason WHERE excluded.verdict != 'unverified'",
        /* A run that does not end writes what it uses again and again. */
        [ST_DATA_FILE] = "INSERT INTO data_file SELECT ?1,?2,?3,?4,?5,?6,?7,?8,?9,?10 EXCEPT "
                         "SELECT * FROM data_file WHERE run_id = ?1 AND reload = ?10",
        [ST_CRL_PROBLEM] = "INSERT INTO crl_problem SELECT ?1,?2,?3,?4,?5,?6,?7 EXCEPT "
                           "SELECT * FROM crl_problem WHERE run_id = ?1",
        [ST_SERIAL_FIND] = "SELECT sha256, subject FROM certificate WHERE serial = ?1 AND "
                           "issuer = ?2 AND authority_key_id IS ?3 AND sha256 <> ?4 "
                           "ORDER BY id LIMIT 1",
        /* Of the certificates that have the key there may be as many as there are. */
        [ST_KEY_NAMES] = "SELECT s.name, c.der FROM (SELECT id FROM certificate "
                         "WHERE spki_sha256 = ?1 LIMIT 1000) k "
                         "CROSS JOIN served ON certificate_id = k.id "
                         "CROSS JOIN service s ON s.id = service_id "
                         "CROSS JOIN certificate c ON c.id = k.id "
                         "WHERE c.sha256 <> ?2 AND NOT s.is_address AND NOT s.is_unanswered "
                         "LIMIT 100",
        [ST_RSA_CERTS] = "SELECT sha256, subject, der, spki_sha256, id FROM certificate "
                         "WHERE key_type LIKE 'RSA%' AND id > ? ORDER BY id LIMIT ?",
        [ST_DER_FIND] = "SELECT der FROM certificate WHERE sha256 = ?",
        [ST_SERVICE_BY_ID] = "SELECT name, transport, port, is_address, is_unanswered "
                             "FROM service WHERE id = ?",
        [ST_DEFECTS_OF] = "SELECT coalesce(d.value, ''), coalesce(k.value, ''), "
                          "coalesce(worst_severity, -1) FROM handshake h "
                          "LEFT JOIN label d ON d.id = defects_id "
                          "LEFT JOIN label k ON k.id = finding_keys_id WHERE h.id = ?",
        [ST_DEFECTS_SET] = "UPDATE handshake SET defects_id = ?2, worst_severity = ?3, "
                           "finding_keys_id = ?4 WHERE id = ?1",
        [ST_HISTORY] = "INSERT OR REPLACE INTO history VALUES (?,?,?,?)",
        [ST_HISTORY_ALL] = "SELECT topic, key, changed_us, value FROM history ORDER BY changed_us",
        [ST_HISTORY_PRUNE] =
                "DELETE FROM history WHERE topic = ?1 AND key IN (SELECT key FROM "
                "history WHERE topic = ?1 ORDER BY changed_us DESC LIMIT -1 OFFSET ?2)",
        [ST_VANTAGES] =
                "SELECT path, link_type, last_us, vantage_id FROM input WHERE "
                "is_complete IN (1, 2) AND last_us BETWEEN ?1 AND ?2 AND vantage_id IS NOT NULL "
                "ORDER BY last_us",
        [ST_FINDING_LIFE] =
                "UPDATE finding SET is_open = ?4, opened_us = ?5, closed_us = ?6, about = ?7, "
                "places = ?8, explained_by = coalesce(?9, explained_by), alerted_us = ?10 "
                "WHERE defect = ?1 AND subject = ?2 AND service_id = ?3 RETURNING id",
        [ST_FINDING_EVENT] = "INSERT OR IGNORE INTO finding_event VALUES (?,?,?)",
        [ST_FINDING_PAST] = "SELECT is_open, opened_us, closed_us, about, places, alerted_us "
                            "FROM finding "
                            "WHERE defect = ? AND subject = ? AND service_id = ?",
        [ST_FINDINGS_OPEN] =
                "SELECT is_open, opened_us, closed_us, about, places, alerted_us, "
                "defect, subject, last_us FROM finding WHERE service_id = ? AND is_open = 1",
        [ST_ANY_FINDING] = "SELECT id FROM finding LIMIT 1",
        [ST_OPEN_BY_SEVERITY] = "SELECT severity, count(*) FROM finding WHERE is_open = 1 AND "
                                "muted = 0 GROUP BY severity",
        [ST_OPEN_COUNTED] = "SELECT severity, n FROM open_finding WHERE n > 0",
        [ST_CERTS_COUNT] = "SELECT count(*) FROM certificate",
        [ST_CERT_ID] = "SELECT id FROM certificate WHERE sha256 = ?",
        [ST_NONCE] = "INSERT OR IGNORE INTO signature_nonce VALUES "
                     "(NULL,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        [ST_NONCES_OF] =
                "SELECT r, message, signature, source, side, is_verified, handshake_id, input_id, "
                "first_packet, last_packet, first_us, last_us, stream_offset, length, "
                "bytes FROM signature_nonce WHERE spki_sha256 = ? LIMIT ?",
        [ST_NONCES_TRIM] = "DELETE FROM signature_nonce WHERE id <= "
                           "(SELECT max(id) FROM signature_nonce) - ?",
        [ST_COUNTER] = "INSERT INTO counter VALUES (?,?,?) ON CONFLICT DO UPDATE SET "
                       "value = excluded.value",
        [ST_CAPTURE_SINCE] =
                "SELECT minute_us, sum(received + interface_drops), sum(kernel_drops + "
                "interface_drops + own_drops) FROM capture_minute WHERE minute_us >= ? "
                "GROUP BY minute_us ORDER BY minute_us",
        [ST_SEGMENT] = "INSERT INTO segment (file, from_us, state) VALUES (?,?,0)",
        [ST_SEGMENT_END] = "UPDATE segment SET state = 1, from_us = min(from_us, ?2), to_us = ?2, "
                           "handshakes = ?3, bytes = ?4 "
                           "WHERE id = ?1",
        [ST_SEGMENT_FINISH] = "UPDATE segment SET state = 2, handshakes = ?2, bytes = ?3, "
                              "first_us = ?4, last_us = ?5 WHERE id = ?1",
        [ST_SEGMENT_SO_FAR] = "UPDATE segment SET handshakes = ?2, bytes = ?3 WHERE id = ?1",
        [ST_SEGMENT_TIMES] = "UPDATE segment SET from_us = min(from_us, ?2), to_us = ?2 "
                             "WHERE id = ?1 AND state > 0",
        [ST_SEGMENT_DAMAGED] = "UPDATE segment SET state = 3, file = ?2, "
                               "from_us = min(from_us, ?3), to_us = coalesce(to_us, ?3) "
                               "WHERE id = ?1",
        [ST_SEGMENT_GONE] = "DELETE FROM segment WHERE id = ?",
        [ST_HANDSHAKE_IS] = "SELECT 1 FROM handshake WHERE id = ?",
        [ST_HANDSHAKE_DEFECTS] = "SELECT defects_id, worst_severity, finding_keys_id FROM "
                                 "handshake WHERE id = ?",
        [ST_LABEL_BY_ID] = "SELECT value FROM label WHERE id = ?",
};

const char *statement_sql(enum statement which)
{
    return SQL[which];
}

bool store_fail(struct store *s, struct err *err, const char *doing)
{
    if (s->watch != NULL)
        return watch_fail(s, err, doing);
    switch (sqlite3_errcode(s->db) & 0xff) {
    case SQLITE_FULL:
        err_set(err, "%s: disk full while %s: free space, then read again", s->path, doing);
        break;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        err_set(err, "%s: locked by another writer: wait for it, or use another --db", s->path);
        break;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
        err_set(err, "%s: cannot be written: check the permissions of the file and its directory",
                s->path);
        break;
    case SQLITE_NOTADB:
        err_set(err, "%s: not a tlswire database: name another file with --db", s->path);
        break;
    case SQLITE_CORRUPT:
        err_set(err, "%s: damaged database: move it away and read the captures again", s->path);
        break;
    default:
        err_set(err, "%s: %s while %s: check the disk", s->path, sqlite3_errmsg(s->db), doing);
    }
    return false;
}

sqlite3_stmt *statement_of(struct store *s, enum statement which, struct err *err)
{
    sqlite3_stmt **st = &s->statements[which];
    pulse_beat(); /* many rows are long work, one after the other it is not hanging */
    const char *sql = which == ST_METRIC    ? metric_insert()
                      : which == ST_CAPTURE ? capture_insert()
                                            : SQL[which];
    if (*st == NULL &&
            sqlite3_prepare_v3(s->db, sql, -1, SQLITE_PREPARE_PERSISTENT, st, NULL) != SQLITE_OK) {
        (void)store_fail(s, err, "preparing a statement");
        return NULL;
    }
    return *st;
}

bool statement_insert(struct store *s, sqlite3_stmt *st, bool *is_there, struct err *err)
{
    int rc = sqlite3_step(st);
    int reset = sqlite3_reset(st);
    *is_there = rc != SQLITE_DONE && (reset & 0xff) == SQLITE_CONSTRAINT;
    if (rc != SQLITE_DONE && !*is_there)
        return store_fail(s, err, "writing");
    return ++s->n_pending < STORE_BATCH || store_commit(s, err);
}

bool statement_run(struct store *s, sqlite3_stmt *st, struct err *err)
{
    int rc = sqlite3_step(st);
    while (rc == SQLITE_ROW)
        rc = sqlite3_step(st);
    if (rc != SQLITE_DONE) {
        (void)store_fail(s, err, "writing");
        (void)sqlite3_reset(st);
        return false;
    }
    (void)sqlite3_reset(st);
    statement_done(s, st);
    return s->watch != NULL || s->n_pending < STORE_BATCH || store_commit(s, err);
}

void statement_done(struct store *s, sqlite3_stmt *st)
{
    s->n_pending++;
    if (s->watch != NULL)
        watch_keep(s, st);
}

bool statement_find(struct store *s, sqlite3_stmt *st, int64_t *id, struct err *err)
{
    int rc = sqlite3_step(st);
    *id = rc == SQLITE_ROW ? sqlite3_column_int64(st, 0) : 0;
    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        (void)store_fail(s, err, "looking up a row");
    (void)sqlite3_reset(st);
    return rc == SQLITE_ROW || rc == SQLITE_DONE;
}

static bool run_plain(struct store *s, enum statement which, struct err *err)
{
    sqlite3_stmt *st = statement_of(s, which, err);
    if (st == NULL)
        return false;
    int rc = sqlite3_step(st);
    if (rc != SQLITE_DONE)
        (void)store_fail(s, err, which == ST_BEGIN ? "starting to write" : "committing");
    (void)sqlite3_reset(st);
    return rc == SQLITE_DONE;
}

bool store_writing(struct store *s, struct err *err)
{
    if (s->is_open && (s->watch == NULL || watch_make_way(s, err)))
        return true;
    return (s->watch == NULL || watch_may_write(s, err)) && store_begin(s, err);
}

bool store_begin(struct store *s, struct err *err)
{
    if (s->is_open)
        return true;
    s->is_open = run_plain(s, ST_BEGIN, err);
    return s->is_open && (s->watch == NULL || watch_again(s, err));
}

bool store_flush(struct store *s, struct err *err)
{
    if (s->watch != NULL)
        return watch_flush(s, err);
    return pending_flush(s, err) && store_commit(s, err);
}

bool store_commit(struct store *s, struct err *err)
{
    s->n_pending = 0;
    if (!s->is_open)
        return true;
    s->is_open = false;
    return run_plain(s, ST_COMMIT, err);
}

void bind_text(sqlite3_stmt *st, int at, const char *text)
{
    if (text == NULL)
        (void)sqlite3_bind_null(st, at);
    else
        (void)sqlite3_bind_text(st, at, text, -1, SQLITE_STATIC);
}

void bind_blob(sqlite3_stmt *st, int at, struct bytes b)
{
    if (b.n == 0)
        (void)sqlite3_bind_zeroblob(st, at, 0);
    else
        (void)sqlite3_bind_blob64(st, at, b.p, b.n, SQLITE_STATIC);
}

struct bytes column_bytes(sqlite3_stmt *st, int at)
{
    return (struct bytes){sqlite3_column_blob(st, at), (size_t)sqlite3_column_bytes(st, at)};
}

static char *hex_text(struct bytes b)
{
    struct text t = {0};
    text_add_hex(&t, b);
    char *copy = b.n > 0 ? sqlite3_mprintf("%s", text_str(&t)) : NULL;
    text_fini(&t);
    return copy;
}

void bind_hex(sqlite3_stmt *st, int at, struct bytes b)
{
    (void)sqlite3_bind_text(st, at, hex_text(b), -1, sqlite3_free);
}

void bind_id(sqlite3_stmt *st, int at, int64_t id)
{
    if (id == 0)
        (void)sqlite3_bind_null(st, at);
    else
        (void)sqlite3_bind_int64(st, at, id);
}

void bind_time(sqlite3_stmt *st, int at, int64_t us)
{
    if (us == INT64_MIN)
        (void)sqlite3_bind_null(st, at);
    else
        (void)sqlite3_bind_int64(st, at, us);
}
