/* Shares, times and findings of services within a span of time: for `tlswire diff`. Parameters as
 * in query_sql.h; 9 is 1 for all services together. */
#include "store/query_diff.h"

#include "store/query_sql.h"
#include "store/segments.h"

/* clang-format off */
#define NAMED "(?3 IS NULL OR s.name GLOB ?3 OR s.name || ':' || s.port GLOB ?3) "
#define WITHIN "(?1 IS NULL OR h.first_us >= ?1) AND (?2 IS NULL OR h.first_us < ?2) "
#define WHOSE \
    "CASE ?9 WHEN 0 THEN s.name END AS service, CASE ?9 WHEN 0 THEN s.port END AS port, "
/* Attempts with how they ended, undetermined ones too; scans and abandoned ones are none. */
#define HELD \
    "h AS MATERIALIZED (SELECT " WHOSE "h.service_id, h.outcome, h.basis, h.version, h.cipher, h.key_group, " \
    "h.alpn_id, h.resumption, h.server_chain_id, h.server_fingerprint_id, h.ja4_id, h.finding_keys_id, " \
    "h.flags, h.complete_after_us - h.client_hello_first_after_us AS us FROM handshake h " \
    "JOIN service s ON s.id = h.service_id WHERE (h.flags & 32) = 0 AND h.outcome <= 14 AND " WITHIN "AND " NAMED ") "
#define BY "FROM h GROUP BY service, port"
/* Each item of a topic, of all that have one. */
#define SHARE(topic, item, text, from) \
    "UNION ALL SELECT service, port, '" topic "', " item ", " text ", count(*), " \
    "sum(count(*)) OVER (PARTITION BY service, port) FROM h " from " GROUP BY service, port, " item " "
#define CODE(kind, column) "coalesce(code_name('" kind "', " column "), hex4(" column "))"
#define LABEL(topic, column) \
    SHARE(topic, "l.value", "NULL", "JOIN label l ON l.id = h." column " WHERE l.value != ''")

static const char *const SELECT[] = {
    [DIFF_SHARES] =
        "WITH " HELD "SELECT service, port, topic, item, text, hits, of FROM ("
        "SELECT service, port, 'attempts' AS topic, NULL AS item, NULL AS text, "
        "count(*) AS hits, NULL AS of " BY
        " UNION ALL SELECT service, port, 'success', NULL, NULL, sum(outcome IN (1, 2)), sum(outcome != 0) " BY
        " UNION ALL SELECT service, port, 'success-seen', NULL, NULL, sum(outcome = 1 AND basis = 0), "
        "sum(outcome != 0 AND basis = 0) " BY
        " UNION ALL SELECT service, port, 'undetermined', NULL, NULL, sum(outcome = 0), count(*) " BY
        " UNION ALL SELECT service, port, 'resumed', NULL, NULL, sum(resumption = 2), "
        "sum(resumption IN (1, 2)) FROM h WHERE outcome IN (1, 2) GROUP BY service, port "
        "UNION ALL SELECT service, port, 'failure', code_name('outcome', outcome), NULL, "
        "sum(outcome BETWEEN 3 AND 14), sum(count(*)) OVER (PARTITION BY service, port) FROM h "
        "WHERE outcome != 0 GROUP BY service, port, outcome "
        SHARE("version", CODE("version", "version"), "NULL", "WHERE version IS NOT NULL")
        SHARE("cipher", CODE("cipher", "cipher"), "NULL", "WHERE cipher IS NOT NULL")
        SHARE("group", CODE("group", "key_group"), "NULL", "WHERE key_group IS NOT NULL")
        SHARE("alpn", "n.display", "NULL", "JOIN name n ON n.id = h.alpn_id")
        SHARE("certificate", "lower(hex(c.sha256))", "coalesce(c.subject, 'a certificate that does not parse') || "
            "coalesce(', until ' || substr(rfc3339(c.not_after_us), 1, 10), '')",
            "JOIN chain_entry e ON e.chain_id = h.server_chain_id AND e.position = 0 "
            "JOIN certificate c ON c.id = e.certificate_id")
        LABEL("server", "server_fingerprint_id")
        LABEL("client", "ja4_id")
        ") WHERE topic != 'failure' OR hits > 0 ORDER BY service, port, topic, item",
    [DIFF_TIMES] =
        "WITH " HELD "SELECT service, port, iif(resumption = 2, 'resumed-time', 'full-time') AS topic, us, "
        "count(*) AS hits FROM h WHERE outcome IN (1, 2) AND resumption IN (1, 2) AND us >= 0 "
        "AND (flags & 1024) = 0 GROUP BY service, port, topic, us ORDER BY service, port, topic",
    /* What handshakes show is counted; the rest has a life: it is there when that touches the span. */
    [DIFF_FINDINGS] =
        "WITH " HELD ", k AS (SELECT service_id, finding_keys_id, count(*) AS n FROM h "
        "WHERE finding_keys_id IS NOT NULL GROUP BY 1, 2), "
        "shown AS MATERIALIZED (SELECT k.service_id, char(10) || l.value || char(10) AS keys, k.n FROM k "
        "JOIN label l ON l.id = k.finding_keys_id), "
        "total AS MATERIALIZED (SELECT service_id, count(*) AS n FROM h GROUP BY 1), "
        "sighted AS MATERIALIZED (SELECT f.id, sum(x.n) AS hits FROM finding f JOIN shown x ON "
        "x.service_id = f.service_id AND instr(x.keys, char(10) || f.defect || ' ' || f.subject || char(10)) > 0 "
        "GROUP BY f.id), "
        "kept AS (SELECT f.*, y.hits, " WHOSE "t.n AS of FROM finding f "
        "LEFT JOIN service s ON s.id = f.service_id LEFT JOIN sighted y ON y.id = f.id "
        "LEFT JOIN total t ON t.service_id = f.service_id WHERE (?3 IS NULL OR " NAMED ") AND (y.hits > 0 OR ("
        "(?2 IS NULL OR f.first_us < ?2) AND (?1 IS NULL OR f.last_us >= ?1) AND NOT EXISTS "
        "(SELECT 1 FROM handshake g JOIN label l ON l.id = g.finding_keys_id WHERE g.id = f.handshake_id "
        "AND instr(char(10) || l.value || char(10), char(10) || f.defect || ' ' || f.subject || char(10)) > 0)))) "
        "SELECT service, port, 'finding' AS topic, defect || ' ' || subject AS item, min(summary) AS text, "
        "code_name('severity', max(severity)) AS severity, sum(hits) AS hits, sum(of) AS of FROM kept "
        "GROUP BY service, port, item ORDER BY service, port, item",
    [DIFF_SPAN] =
        "SELECT min(h.first_us) AS \"first:t\", max(h.last_us) AS \"last:t\", "
        "count(DISTINCT h.service_id) AS services, count(*) AS attempts FROM handshake h "
        "JOIN service s ON s.id = h.service_id WHERE (h.flags & 32) = 0 AND h.outcome <= 14 AND " WITHIN "AND " NAMED,
};
/* clang-format on */

bool query_diff(struct store *s, enum diff_part part, bool in_all, const struct list_filter *filter,
        query_row_fn *row, void *ctx, struct err *err)
{
    sqlite3_stmt *st = query_prepare(s, SELECT[part], err);
    if (st == NULL)
        return false;
    query_bind_filter(st, filter);
    (void)sqlite3_bind_int(st, 9, in_all);
    segments_limit(s->segments, filter->since_us, filter->until_us);
    return query_rows(s, st, row, ctx, err);
}
