/* The reading side of certificates: the inventory, one certificate, its parts. */
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "store/query_sql.h"
#include "store/store_internal.h"

/* clang-format off */
/*
 * What is counted once for all certificates of a list, because no table has an index by
 * certificate: SQLite makes one over each of these for the time of the query.
 */
#define SHOWN \
    "shown AS MATERIALIZED (SELECT server_chain_id AS chain_id, 0 AS side, server_address_id AS " \
    "server, client_address_id AS client FROM handshake WHERE server_chain_id IS NOT NULL UNION " \
    "SELECT client_chain_id, 1, server_address_id, client_address_id FROM handshake WHERE " \
    "client_chain_id IS NOT NULL)"
#define MET \
    "met AS MATERIALIZED (SELECT e.certificate_id AS id, count(DISTINCT w.server) AS servers, " \
    "count(DISTINCT w.client) AS clients, max(e.position = 0 AND w.side = 0) AS is_leaf, " \
    "max(e.position = 0 AND w.side = 1) AS is_client, max(e.position > 0) AS is_behind " \
    "FROM shown w JOIN chain_entry e ON e.chain_id = w.chain_id GROUP BY e.certificate_id)"
/* Which findings concern a certificate: those that name it, and those that name another one of a
 * chain, for the leaf of every handshake that showed them. position: of the other one. The joins go
 * from handshakes to findings, of which an intermediate has few at one service. only: a condition. */
#define ABOUT(only) \
    "about AS MATERIALIZED (SELECT c.id, f.id AS finding, NULL AS position FROM finding f JOIN " \
    "certificate c ON c.sha256 = f.certificate_sha256 UNION ALL SELECT id, finding, min(position) " \
    "FROM (SELECT l.certificate_id AS id, f.id AS finding, e.position FROM (SELECT service_id, " \
    "finding_keys_id, server_chain_id AS chain_id FROM handshake WHERE finding_keys_id IS NOT NULL " \
    "UNION SELECT service_id, finding_keys_id, client_chain_id FROM handshake WHERE " \
    "finding_keys_id IS NOT NULL) h CROSS JOIN chain_entry l ON l.chain_id = h.chain_id AND " \
    "l.position = 0" only " CROSS JOIN chain_entry e ON e.chain_id = h.chain_id AND e.position > 0 " \
    "AND e.certificate_id <> l.certificate_id CROSS JOIN certificate x ON x.id = e.certificate_id " \
    "CROSS JOIN finding f ON f.certificate_sha256 = x.sha256 AND f.service_id = h.service_id " \
    "CROSS JOIN label fk ON fk.id = h.finding_keys_id WHERE " SHOWED ") GROUP BY id, finding)"
#define BAD \
    "bad AS MATERIALIZED (SELECT a.id, count(*) AS n, max(f.severity) AS worst FROM about a JOIN " \
    "finding f ON f.id = a.finding GROUP BY a.id)"
#define SERVES \
    "serves AS MATERIALIZED (SELECT v.certificate_id AS id, s.name || ':' || s.port AS service, " \
    "s.name, s.port, v.first_us, v.last_us, v.count FROM served v JOIN service s ON " \
    "s.id = v.service_id)"
/* The same names in any order and case; without any, the common name. */
#define NAMED \
    "named AS MATERIALIZED (SELECT v.service_id, v.first_us, c.id, c.not_before_us, c.key_type, " \
    "coalesce((SELECT group_concat(x.d, char(10)) FROM (SELECT DISTINCT n.type || ' ' || " \
    "lower(n.display) AS d FROM certificate_name n WHERE n.certificate_id = c.id ORDER BY d) x), " \
    "'cn ' || lower(c.common_name)) AS names FROM served v JOIN certificate c ON " \
    "c.id = v.certificate_id)"
/* First sight, at a service that served this one, of a leaf with a later notBefore for the same
 * names and with the same kind of key: an RSA and an ECDSA certificate that are served side by side
 * do not renew each other. Nor is it a renewal when the newer one was seen there first. */
#define NEWER \
    "newer AS MATERIALIZED (SELECT id, min(us) AS us FROM (SELECT id, first_us, min(first_us) OVER " \
    "(PARTITION BY service_id, key_type, names ORDER BY not_before_us DESC RANGE BETWEEN " \
    "UNBOUNDED PRECEDING AND 1 PRECEDING) AS us FROM named WHERE names IS NOT NULL) " \
    "WHERE us >= first_us GROUP BY id)"
/* The newest verdict of each store on each chain that a leaf was sent with; where chains differ, each
 * verdict once. */
#define TRUSTS \
    "trusts AS MATERIALIZED (SELECT id, group_concat(store || '=' || verdicts, ' ') AS trust FROM " \
    "(SELECT id, store, group_concat(as_sent, '|') AS verdicts FROM (SELECT DISTINCT id, store, " \
    "as_sent FROM (SELECT e.certificate_id AS id, v.store, v.as_sent, row_number() OVER (PARTITION " \
    "BY v.chain_id, v.store ORDER BY " VERDICT_ORDER ") AS k FROM chain_verdict v JOIN chain_entry " \
    "e ON e.chain_id = v.chain_id AND e.position = 0) WHERE k = 1 ORDER BY id, store, as_sent) " \
    "GROUP BY id, store ORDER BY id, store) GROUP BY id)"
/* How bad an answer is: 0 revoked, 1 not authentic, 2 out of date, 3 tells nothing, 4 good. */
#define IS_LATE "(r.verdict = 'valid' AND r.next_update_us < r.judged_us)"
#define BADNESS \
    "CASE WHEN r.verdict = 'valid' AND r.status IN ('revoked', 'on-hold') THEN 0 WHEN r.verdict = " \
    "'invalid' THEN 1 WHEN " IS_LATE " THEN 2 WHEN r.verdict = 'valid' AND r.status IN ('good', " \
    "'not-listed') THEN 4 ELSE 3 END"
/* The worst answer that each channel ever gave, the worst channel first. */
#define STATED \
    "stated AS MATERIALIZED (SELECT id, group_concat(said, ' ') AS revocation FROM (SELECT " \
    "certificate_id AS id, channel || '=' || status || CASE WHEN verdict <> 'valid' THEN '(' || " \
    "verdict || ')' WHEN bad = 2 THEN '(expired)' ELSE '' END AS said FROM (SELECT r.*, " BADNESS \
    " AS bad, row_number() OVER (PARTITION BY r.certificate_id, r.channel ORDER BY " BADNESS ", " \
    REVOCATION_ORDER ") AS k FROM revocation r) WHERE k = 1 ORDER BY certificate_id, bad, channel) " \
    "GROUP BY id)"
#define WITH(only) \
    "WITH " SHOWN ", " MET ", " ABOUT(only) ", " BAD ", " SERVES ", " NAMED ", " NEWER ", " TRUSTS ", " STATED " "
#define FROM \
    " FROM certificate c LEFT JOIN met m ON m.id = c.id LEFT JOIN bad b ON b.id = c.id " \
    "LEFT JOIN newer r ON r.id = c.id LEFT JOIN trusts t ON t.id = c.id LEFT JOIN stated w ON " \
    "w.id = c.id "

#define DAY "86400000000"
#define IS_ROOT "(c.is_self_signed IS 1 OR c.is_self_signed IS NULL AND c.subject = c.issuer)"
#define LIST_OF(what, from_where_order) \
    "coalesce((SELECT json_group_array(" what ") FROM (SELECT " from_where_order ") x), '[]')"
#define SERVICES \
    LIST_OF("x.service", "y.service FROM serves y WHERE y.id = c.id ORDER BY y.name, y.port")
#define OWNER \
    "owner(lower(hex(c.sha256)), lower(hex(c.spki_sha256)), CASE WHEN c.has_san IS 1 THEN " \
    "(SELECT group_concat(n.display, char(10)) FROM certificate_name n WHERE n.certificate_id = " \
    "c.id AND n.type = 'dns') ELSE c.common_name END)"

#define COLUMNS \
    "lower(hex(c.sha256)) AS sha256, c.subject AS subject, c.issuer AS issuer, " \
    "c.not_before_us AS \"not_before:t\", c.not_after_us AS \"not_after:t\", " \
    "(c.not_after_us - c.last_us) / " DAY " AS lead_days, " \
    "r.us AS \"renewed:t\", " \
    "(c.not_after_us - r.us) / " DAY " AS renewed_lead_days, " \
    "CASE WHEN m.is_leaf THEN 'leaf' WHEN m.is_client THEN 'client' WHEN m.is_behind AND " IS_ROOT \
    " THEN 'root' WHEN m.is_behind THEN 'intermediate' END AS role, " \
    LIST_OF("x.role", "'leaf' AS role WHERE m.is_leaf UNION ALL SELECT 'client' WHERE m.is_client " \
    "UNION ALL SELECT CASE WHEN " IS_ROOT " THEN 'root' ELSE 'intermediate' END WHERE m.is_behind") \
    " AS \"roles:j\", " \
    OWNER " AS owner, " \
    "CASE c.key_type WHEN 'EC' THEN 'EC ' || coalesce(c.curve, '') WHEN 'ML-DSA' THEN c.curve " \
    "WHEN 'Ed25519' THEN 'Ed25519' WHEN 'Ed448' THEN 'Ed448' ELSE " \
    "c.key_type || coalesce(' ' || c.key_bits, '') END AS key, " \
    "c.key_type AS key_type, c.key_bits AS key_bits, c.curve AS curve, " \
    "c.signature_algorithm AS signature_algorithm, " \
    LIST_OF("x.display", "n.display FROM certificate_name n WHERE n.certificate_id = c.id " \
    "ORDER BY n.position") " AS \"names:j\", " \
    SERVICES " AS \"services:j\", " \
    LIST_OF("json_object('service', x.service, 'first_seen', rfc3339(x.first_us), 'last_seen', " \
    "rfc3339(x.last_us), 'count', x.count)", "* FROM serves y WHERE y.id = c.id ORDER BY y.name, " \
    "y.port") " AS \"served:j\", " \
    "coalesce(m.servers, 0) AS servers, coalesce(m.clients, 0) AS clients, " \
    "c.serial AS serial, c.is_ca AS \"is_ca:b\", c.is_self_signed AS \"is_self_signed:b\", " \
    "lower(hex(c.spki_sha256)) AS spki_sha256, " \
    "t.trust AS trust, w.revocation AS revocation, " \
    "code_name('severity', b.worst) AS worst_severity, " \
    "c.first_us AS \"first_seen:t\", c.last_us AS \"last_seen:t\", c.problem AS problem"

#define PEM_COLUMNS \
    "lower(hex(c.sha256)) AS sha256, c.subject AS subject, c.issuer AS issuer, " \
    "c.not_after_us AS \"not_after:t\", (SELECT group_concat(x.service, char(10)) FROM (SELECT " \
    "y.service FROM serves y WHERE y.id = c.id ORDER BY y.name, y.port) x) AS services, " \
    "pem(c.der) AS pem"

/* ?9 expires within microseconds, ?10 role, ?11 issuer, ?12 name, ?13 the wildcard that covers it,
 * ?14 without owner. RFC 9525 6.3: a wildcard stands for one label. */
#define ADDRESS_IS(n, address, port) \
    "(" address " = ?" n " COLLATE NOCASE OR endpoint(" address ", " port ") = ?" n \
    " COLLATE NOCASE)"
#define WHERE \
    "WHERE (?1 IS NULL OR c.last_us >= ?1) AND (?2 IS NULL OR c.first_us < ?2) " \
    "AND (?3 IS NULL OR c.id IN (SELECT v.certificate_id FROM served v JOIN service s ON " \
    "s.id = v.service_id WHERE s.name GLOB ?3 OR s.name || ':' || s.port GLOB ?3)) " \
    "AND (?4 IS NULL OR c.id IN (SELECT e.certificate_id FROM handshake h JOIN address sa ON " \
    "sa.id = h.server_address_id JOIN chain_entry e ON e.chain_id = h.server_chain_id WHERE " \
    ADDRESS_IS("4", "sa.display", "h.server_port") ")) " \
    "AND (?5 IS NULL OR c.id IN (SELECT e.certificate_id FROM handshake h JOIN address ca ON " \
    "ca.id = h.client_address_id JOIN chain_entry e ON e.chain_id IN (h.server_chain_id, " \
    "h.client_chain_id) WHERE " ADDRESS_IS("5", "ca.display", "h.client_port") ")) " \
    "AND (?6 IS NULL AND ?7 IS NULL OR c.id IN (SELECT a.id FROM about a JOIN finding f ON " \
    "f.id = a.finding WHERE (?6 IS NULL OR f.severity >= ?6) AND (?7 IS NULL OR f.defect GLOB ?7))) " \
    "AND (?9 IS NULL OR c.not_after_us - c.last_us <= ?9) " \
    "AND (?10 IS NULL OR CASE ?10 WHEN 'leaf' THEN m.is_leaf WHEN 'client' THEN m.is_client " \
    "WHEN 'root' THEN m.is_behind AND " IS_ROOT " ELSE m.is_behind AND NOT " IS_ROOT " END) " \
    "AND (?11 IS NULL OR instr(lower(c.issuer), lower(?11)) > 0) " \
    "AND (?12 IS NULL OR EXISTS (SELECT 1 FROM certificate_name n WHERE n.certificate_id = c.id " \
    "AND (n.type = 'dns' AND rtrim(lower(n.display), '.') IN (?12, ?13) OR n.type = 'ip' AND " \
    "n.display = ?12))) " \
    "AND (?14 IS NULL OR " OWNER " IS NULL) "

#define FINDINGS_OF \
    "code_name('severity', f.severity) AS severity, f.defect AS defect, f.summary AS summary, " \
    "f.id AS id, a.position AS position, x.subject AS concerns_subject, " \
    "lower(hex(x.sha256)) AS concerns FROM about a JOIN finding f ON f.id = a.finding JOIN " \
    "certificate x ON x.sha256 = f.certificate_sha256 WHERE a.id = "

#define SCTS_FROM "t.* FROM sct t "
#define SCT_ORDER " ORDER BY t.timestamp_us, t.channel, t.log_id"

/* The chain that was sent most often behind this leaf. */
#define CHAIN_OF(id) \
    "used AS MATERIALIZED (SELECT h.chain_id, sum((h.flags & 32) = 0) AS n, max(h.last_us) AS us " \
    "FROM (SELECT server_chain_id AS chain_id, flags, last_us FROM handshake UNION ALL SELECT " \
    "client_chain_id, flags, last_us FROM handshake) h WHERE h.chain_id IN (SELECT e.chain_id FROM " \
    "chain_entry e WHERE e.position = 0 AND e.certificate_id = " id ") GROUP BY h.chain_id), " \
    "best AS MATERIALIZED (SELECT chain_id, n, (SELECT sum(n) FROM used) AS total FROM used " \
    "ORDER BY n DESC, us DESC, chain_id LIMIT 1)"
#define CHAIN_FROM \
    "FROM best u JOIN chain_entry e ON e.chain_id = u.chain_id " \
    "JOIN certificate x ON x.id = e.certificate_id ORDER BY e.position"

#define THIS "(SELECT id FROM certificate WHERE sha256 = ?1)"

const char cert_list_select[] = WITH("") "SELECT " COLUMNS ", coalesce(b.n, 0) AS findings" FROM WHERE;
const char cert_pem_select[] = WITH("") "SELECT " PEM_COLUMNS FROM WHERE;

const char cert_find[] =
    "SELECT c.id FROM certificate c WHERE lower(hex(c.sha256)) GLOB ?1 || '*' LIMIT 2";

const char cert_show[] =
    WITH(" AND l.certificate_id = ?1") ", " CHAIN_OF("?1") " SELECT " COLUMNS ", "
    "lower(hex(c.sha1)) AS sha1, c.version AS version, "
    "c.key_usage AS key_usage, c.extended_key_usage AS extended_key_usage, "
    "c.path_length AS path_length, c.subject_key_id AS subject_key_id, "
    "c.authority_key_id AS authority_key_id, "
    "coalesce(c.ocsp_urls, '[]') AS \"ocsp_urls:j\", "
    "coalesce(c.ca_issuers, '[]') AS \"ca_issuers:j\", "
    "coalesce((SELECT json_group_array(json_object('position', x.position, 'subject', x.subject, "
    "'issuer', x.issuer, 'not_after', rfc3339(x.not_after_us), 'sha256', x.sha256)) FROM (SELECT "
    "e.position, x.subject, x.issuer, x.not_after_us, lower(hex(x.sha256)) AS sha256 " CHAIN_FROM
    ") x), '[]') AS \"chain:j\", "
    "(SELECT n FROM best) AS chain_count, (SELECT total FROM best) AS chain_count_of, "
    VERDICTS_OF("(SELECT chain_id FROM best)") " AS \"chain_verdicts:j\", "
    NOTES_OF("(SELECT chain_id FROM best)") " AS \"chain_notes:j\", "
    REVOCATION_OF("c.id") " AS \"revocation_answers:j\", "
    LIST_OF("json_object('channel', x.channel, 'log', x.log, 'operator', x.operator, 'log_id', "
    "lower(hex(x.log_id)), 'timestamp', rfc3339(x.timestamp_us), 'verdict', x.verdict, 'reason', "
    "x.reason)", SCTS_FROM "WHERE t.certificate_id = c.id" SCT_ORDER) " AS \"scts:j\", "
    LIST_OF("json_object('problem', x.problem, 'detail', x.detail)",
    "* FROM key_problem k WHERE k.certificate_id = c.id ORDER BY k.problem") " AS \"key_problems:j\", "
    LIST_OF("json_object('id', x.id, 'severity', x.severity, 'defect', x.defect, 'summary', "
    "x.summary, 'certificate', x.concerns)", FINDINGS_OF "c.id ORDER BY f.severity DESC, f.defect, f.id")
    " AS \"findings:j\", "
    "pem(c.der) AS pem" FROM "WHERE c.id = ?1";

static const char *const part_sql[] = {
    [CERT_SERVED] =
        "SELECT s.name || ':' || s.port AS service, v.first_us AS \"first_seen:t\", v.last_us AS "
        "\"last_seen:t\", v.count AS count FROM served v JOIN service s ON s.id = v.service_id "
        "WHERE v.certificate_id = " THIS " "
        "ORDER BY s.name, s.port",
    [CERT_CHAIN] =
        "WITH " CHAIN_OF(THIS)
        " SELECT e.position AS position, x.subject AS subject, x.not_after_us AS \"not_after:t\", "
        "lower(hex(x.sha256)) AS sha256, u.n AS count, u.total AS count_of " CHAIN_FROM,
    [CERT_FINDINGS] =
        "WITH " ABOUT(" AND l.certificate_id = " THIS) ", " CHAIN_OF(THIS)
        ", keys AS MATERIALIZED (SELECT DISTINCT h.service_id, h.finding_keys_id FROM best u JOIN "
        "handshake h ON u.chain_id IN (h.server_chain_id, h.client_chain_id) WHERE "
        "h.finding_keys_id IS NOT NULL) SELECT NOT EXISTS (SELECT 1 FROM keys h JOIN label fk ON "
        "fk.id = h.finding_keys_id WHERE " SHOWED ") AS is_elsewhere, " FINDINGS_OF THIS
        " ORDER BY f.severity DESC, f.defect, f.id",
    [CERT_VERDICTS] =
        "WITH " CHAIN_OF(THIS) " SELECT v.store AS store, v.as_sent AS as_sent, v.as_repaired AS "
        "as_repaired, v.reason AS reason, v.anchor AS anchor, v.not_before_us AS \"valid_from:t\", "
        "v.not_after_us AS \"valid_until:t\", (SELECT group_concat(substr(p.value, 1, 16), ' ') FROM "
        "json_each(v.path) p) AS path FROM (SELECT v.*, row_number() OVER (PARTITION BY v.store ORDER "
        "BY " VERDICT_ORDER ") AS k FROM best u JOIN chain_verdict v ON v.chain_id = u.chain_id) v "
        "WHERE v.k = 1 ORDER BY v.store",
    [CERT_NOTES] =
        "WITH " CHAIN_OF(THIS) " SELECT n.note AS note, n.position AS position, n.detail AS detail "
        "FROM best u JOIN chain_note n ON n.chain_id = u.chain_id ORDER BY " NOTE_ORDER,
    [CERT_REVOCATION] =
        "SELECT r.channel AS channel, r.status AS status, r.verdict AS verdict, r.reason AS reason, "
        "r.source AS source, r.this_update_us AS \"this_update:t\", r.next_update_us AS "
        "\"next_update:t\", r.revoked_us AS \"revoked:t\", r.revoked_reason AS revoked_reason FROM "
        "revocation r WHERE r.certificate_id = " THIS " ORDER BY " REVOCATION_ORDER,
    [CERT_SCTS] =
        "SELECT t.channel AS channel, t.log AS log, t.operator AS operator, lower(hex(t.log_id)) AS "
        "log_id, t.timestamp_us AS \"timestamp:t\", t.verdict AS verdict, t.reason AS reason FROM "
        "sct t WHERE t.certificate_id = " THIS SCT_ORDER,
    [CERT_KEY_PROBLEMS] =
        "SELECT k.problem AS problem, k.detail AS detail FROM key_problem k WHERE k.certificate_id = "
        THIS " ORDER BY k.problem",
    [CERT_PEM] = "WITH " SERVES " SELECT " PEM_COLUMNS " FROM certificate c WHERE c.sha256 = ?1",
};
/* clang-format on */

/* 64 hexadecimal digits as the 32 bytes of the column. */
static bool bind_sha256(sqlite3_stmt *st, int at, const char *hex)
{
    static const char DIGITS[] = "0123456789abcdef";
    uint8_t out[32] = {0};
    if (strlen(hex) != 64)
        return false;
    for (size_t i = 0; i < 64; i++) {
        const char *digit = strchr(DIGITS, hex[i]);
        if (digit == NULL)
            return false;
        out[i / 2] = (uint8_t)(out[i / 2] << 4 | (digit - DIGITS));
    }
    return sqlite3_bind_blob(st, at, out, sizeof out, SQLITE_TRANSIENT) == SQLITE_OK;
}

static sqlite3_stmt *prepare(struct store *s, const char *sql, const char *sha256, struct err *err)
{
    sqlite3_stmt *st = NULL;
    if (sqlite3_prepare_v2(s->db, sql, -1, &st, NULL) != SQLITE_OK) {
        (void)store_fail(s, err, "preparing a query");
        return NULL;
    }
    if (bind_sha256(st, 1, sha256))
        return st;
    err_set(err, "%s: not a SHA-256", sha256);
    (void)sqlite3_finalize(st);
    return NULL;
}

bool query_cert_part(struct store *s, enum cert_part part, const char *sha256, query_row_fn *row,
        void *ctx, struct err *err)
{
    sqlite3_stmt *st = prepare(s, part_sql[part], sha256, err);
    return st != NULL && query_rows(s, st, row, ctx, err);
}

bool query_cert_der(
        struct store *s, const char *sha256, struct arena *a, struct bytes *der, struct err *err)
{
    sqlite3_stmt *st = prepare(s, "SELECT der FROM certificate WHERE sha256 = ?1", sha256, err);
    *der = (struct bytes){NULL, 0};
    if (st == NULL)
        return false;
    int rc = sqlite3_step(st);
    if (rc == SQLITE_ROW) {
        *der = arena_dup(a, column_bytes(st, 0));
        rc = SQLITE_DONE;
    }
    if (rc != SQLITE_DONE)
        (void)store_fail(s, err, "reading a certificate");
    (void)sqlite3_finalize(st);
    return rc == SQLITE_DONE;
}

/* What the SQL function owner(sha256, key's sha256, names) calls. */
struct owner {
    query_owner_fn *fn;
    void *ctx;
};

static void owner_of(sqlite3_context *c, int n, sqlite3_value **v)
{
    const struct owner *o = sqlite3_user_data(c);
    struct query_owned owned = {(const char *)sqlite3_value_text(v[0]),
            (const char *)sqlite3_value_text(v[1]), (const char *)sqlite3_value_text(v[2])};
    (void)n;
    if (o == NULL)
        return;
    const char *owner = o->fn(o->ctx, &owned);
    if (owner != NULL)
        sqlite3_result_text(c, owner, -1, SQLITE_TRANSIENT);
}

bool owner_register(sqlite3 *db)
{
    return sqlite3_create_function_v2(
                   db, "owner", 3, SQLITE_UTF8, NULL, owner_of, NULL, NULL, NULL) == SQLITE_OK;
}

void query_owner(struct store *s, query_owner_fn *fn, void *ctx)
{
    struct owner *o = xcalloc(1, sizeof *o);
    *o = (struct owner){fn, ctx};
    (void)sqlite3_create_function_v2(
            s->db, "owner", 3, SQLITE_UTF8, o, owner_of, NULL, NULL, xfree);
}
