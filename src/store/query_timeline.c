/* What happened when: for `tlswire timeline`. Parameters as in query_sql.h. */
#include "store/query_sql.h"

/* clang-format off */
#define SINCE_UNTIL(us) "(?1 IS NULL OR " us " >= ?1) AND (?2 IS NULL OR " us " < ?2) "
#define NAMED "(?3 IS NULL OR s.name GLOB ?3 OR s.name || ':' || s.port GLOB ?3) "

/* Attempts that count, with how they ended. */
#define ATTEMPTS \
    "attempt AS MATERIALIZED (SELECT h.id, h.service_id, h.first_us, h.client_address_id, " \
    "h.outcome IN (1, 2) AS ok, h.outcome BETWEEN 3 AND 14 AS bad, h.outcome " \
    "FROM handshake h JOIN service s ON s.id = h.service_id WHERE (h.flags & 32) = 0 " \
    "AND h.outcome BETWEEN 1 AND 14 AND " NAMED "AND " SINCE_UNTIL("h.first_us") "), "
/* An episode: minutes in which at least one attempt in twenty failed, and three or half of them;
 * five minutes without such a one end it. */
#define EPISODES \
    "minute AS (SELECT service_id, first_us / 60000000 AS m, sum(ok) AS ok, sum(bad) AS bad " \
    "FROM attempt GROUP BY 1, 2), " \
    "sick AS (SELECT service_id, m, m - lag(m) OVER w AS gap FROM minute WHERE bad * 20 >= ok + bad " \
    "AND (bad >= 3 OR bad * 2 >= ok + bad) WINDOW w AS (PARTITION BY service_id ORDER BY m)), " \
    "numbered AS (SELECT service_id, m, sum(gap IS NULL OR gap > 5) OVER " \
    "(PARTITION BY service_id ORDER BY m) AS episode FROM sick), " \
    "span AS (SELECT service_id, episode, min(m) * 60000000 AS from_us, " \
    "(max(m) + 1) * 60000000 AS to_us FROM numbered GROUP BY 1, 2), " \
    "episode AS MATERIALIZED (SELECT p.service_id, p.episode, p.to_us, sum(a.bad) AS bad, count(*) AS n, " \
    "count(DISTINCT CASE WHEN a.bad THEN a.client_address_id END) AS clients, " \
    "min(CASE WHEN a.bad THEN a.first_us END) AS first_bad_us, " \
    "max(CASE WHEN a.bad THEN a.first_us END) AS last_bad_us " \
    "FROM span p JOIN attempt a ON a.service_id = p.service_id AND a.first_us >= p.from_us AND " \
    "a.first_us < p.to_us GROUP BY 1, 2), "
/* What stands around an episode: the good attempts next to it, and why most of its attempts failed. It
 * is over when the service was tried after its last minute, or worked a few times since; once is
 * enough where nothing had worked from the first failure to the last. */
#define AROUND \
    "around AS MATERIALIZED (SELECT e.service_id, e.episode, " \
    "max(CASE WHEN a.ok AND a.first_us < e.first_bad_us THEN a.first_us END) AS good_before_us, " \
    "min(CASE WHEN a.ok AND a.first_us > e.last_bad_us THEN a.first_us END) AS good_after_us, " \
    "max(a.first_us >= e.to_us) OR sum(a.ok AND a.first_us > e.last_bad_us) > " \
    "iif(sum(a.ok AND a.first_us BETWEEN e.first_bad_us AND e.last_bad_us) > 0, 3, 0) AS is_over, " \
    "min(CASE WHEN a.bad AND a.first_us = e.first_bad_us THEN a.id END) AS first_bad " \
    "FROM episode e JOIN attempt a ON a.service_id = e.service_id GROUP BY 1, 2), " \
    "reason AS MATERIALIZED (SELECT e.service_id, e.episode, a.outcome, x.description AS alert, " \
    "row_number() OVER (PARTITION BY e.service_id, e.episode ORDER BY count(*) DESC, a.outcome, " \
    "x.description) AS k FROM episode e JOIN attempt a ON a.service_id = e.service_id AND a.bad AND " \
    "a.first_us BETWEEN e.first_bad_us AND e.last_bad_us LEFT JOIN alert x ON x.handshake_id = a.id AND " \
    "x.side = a.outcome - 3 AND x.level = 2 AND x.is_after = 0 GROUP BY 1, 2, 3, 4), "
/* Leaves that took the place of others. */
#define LEAVES \
    "leaf AS MATERIALIZED (SELECT v.service_id, v.first_us, c.subject, c.not_after_us, " \
    "lower(hex(c.sha256)) AS sha256, lag(lower(hex(c.sha256))) OVER w AS before " \
    "FROM served v JOIN certificate c ON c.id = v.certificate_id JOIN service s ON s.id = v.service_id " \
    "WHERE " NAMED "WINDOW w AS (PARTITION BY v.service_id ORDER BY v.first_us, c.id)), "
/* The first time that a service answered an offer in another way than before. */
#define CHOICES \
    "choice AS (SELECT h.service_id, h.client_offer_id AS offer, h.version, h.cipher, h.key_group, " \
    "min(h.first_us) AS at_us FROM handshake h JOIN service s ON s.id = h.service_id " \
    "WHERE h.version IS NOT NULL AND h.client_offer_id IS NOT NULL AND h.resumption = 1 " \
    "AND (h.flags & 32) = 0 AND " NAMED "GROUP BY 1, 2, 3, 4, 5), " \
    "turn AS MATERIALIZED (SELECT *, lag(version) OVER w AS old_version, lag(cipher) OVER w AS old_cipher, " \
    "lag(key_group) OVER w AS old_group FROM choice WINDOW w AS (PARTITION BY service_id, offer " \
    "ORDER BY at_us)), "
/* Handshakes by what was found in them, for how many clients a finding touched. */
#define SHOWN \
    "shown AS MATERIALIZED (SELECT DISTINCT h.service_id, h.finding_keys_id, h.client_address_id " \
    "FROM handshake h WHERE h.finding_keys_id IS NOT NULL) "

#define WHERE_IT_IS(id) \
    "(SELECT printf('packet %d of %s', " id " & 0xffffffff, i.path) FROM input i WHERE i.id = " id " >> 32)"
#define MOMENT(us) "replace(substr(rfc3339(" us "), 1, 19), 'T', ' ') || ' UTC'"
#define SPAN(us) \
    "CASE WHEN " us " < 1000000 THEN 'less than a second' WHEN " us " < 120000000 THEN (" us " / 1000000) || ' s' " \
    "WHEN " us " < 7200000000 THEN (" us " / 60000000) || ' minutes' ELSE (" us " / 3600000000) || ' hours' END"
/* In the words of a person; outcomes as in enum outcome. */
#define HOW \
    "CASE r.outcome WHEN 3 THEN 'the client refuses with an alert' WHEN 4 THEN 'the server refuses with an alert' " \
    "WHEN 5 THEN 'the client breaks off, by the look of its encrypted records' " \
    "WHEN 6 THEN 'the server breaks off, by the look of its encrypted records' " \
    "WHEN 7 THEN 'the client resets the connection' WHEN 8 THEN 'the server resets the connection' " \
    "WHEN 9 THEN 'somebody on the way resets the connection' WHEN 10 THEN 'the client closes the connection' " \
    "WHEN 11 THEN 'the server closes the connection' WHEN 12 THEN 'the client falls silent' " \
    "WHEN 13 THEN 'the server falls silent' ELSE 'packets are lost on the way' END || " \
    "coalesce(' (' || code_name('alert', r.alert) || ')', '')"
#define EXPLAINED \
    "(SELECT '; explained by ' || f.explained_by FROM finding f WHERE f.service_id = e.service_id AND " \
    "f.explained_by IS NOT NULL AND f.first_us <= e.last_bad_us AND f.last_us >= e.first_bad_us " \
    "ORDER BY f.count DESC, f.id LIMIT 1)"
/* What changed at the service within ten minutes before, the latest of each kind. */
#define BEFORE(us) us " BETWEEN e.first_bad_us - 600000000 AND e.first_bad_us ORDER BY " us " DESC LIMIT 1)"
#define CHANGED \
    "coalesce((SELECT '; another certificate is served since ' || " MOMENT("l.first_us") \
    " FROM leaf l WHERE l.service_id = e.service_id AND l.before IS NOT NULL AND " BEFORE("l.first_us") ", '') || " \
    "coalesce((SELECT '; offers are answered in another way since ' || " MOMENT("c.at_us") \
    " FROM turn c WHERE c.service_id = e.service_id AND c.old_version IS NOT NULL AND " BEFORE("c.at_us") ", '')"
#define EPISODE \
    "FROM episode e JOIN service s ON s.id = e.service_id JOIN around o ON o.service_id = e.service_id AND " \
    "o.episode = e.episode "
#define CLIENTS_OF_FINDING \
    "(SELECT count(DISTINCT x.client_address_id) FROM shown x JOIN label fk ON fk.id = x.finding_keys_id " \
    "WHERE x.service_id = f.service_id AND instr(char(10) || fk.value || char(10), " \
    "char(10) || f.defect || ' ' || f.subject || char(10)) > 0)"

const char timeline_select[] =
    "WITH " ATTEMPTS EPISODES AROUND LEAVES CHOICES SHOWN
    "SELECT at_us AS \"at:t\", service, port, event, severity, defect, what, finding, count, of, clients "
    "FROM ("
    "SELECT e.first_bad_us AS at_us, 1 AS rank, s.name AS service, s.port AS port, 'failing' AS event, "
    "NULL AS severity, NULL AS defect, 'attempts begin to fail: ' || " HOW " || coalesce(" EXPLAINED
    ", '') || " CHANGED " || '; ' || coalesce('the last good one ' || " SPAN("(e.first_bad_us - o.good_before_us)")
    " || ' before', coalesce('no good one since ' || " MOMENT("?1") ", 'no good one before')) || coalesce('; the first is ' || " WHERE_IT_IS("o.first_bad")
    ", '') AS what, NULL AS finding, e.bad AS count, e.n AS of, e.clients AS clients " EPISODE
    "JOIN reason r ON r.service_id = e.service_id AND r.episode = e.episode AND r.k = 1 "
    "UNION ALL SELECT e.last_bad_us, 4, s.name, s.port, iif(o.is_over, 'recovered', 'still-failing'), NULL, NULL, "
    "'the last failed attempt' || iif(o.is_over, ' of this time', ' before ' || coalesce(" MOMENT("?2") ", 'the capture ends')) || ', ' || "
    SPAN("(e.last_bad_us - e.first_bad_us)") " || ' after the first' || coalesce('; a good one ' || "
    SPAN("(o.good_after_us - e.last_bad_us)") " || ' later', '; no good one later'), NULL, e.bad, e.n, e.clients "
    EPISODE
    "UNION ALL SELECT v.at_us, CASE v.event WHEN 0 THEN 2 WHEN 1 THEN 2 ELSE 5 END, s.name, s.port, "
    "code_name('life_event', v.event), code_name('severity', f.severity), f.defect, f.summary, f.id, "
    "CASE WHEN v.event < 2 THEN f.count END, NULL, CASE WHEN v.event < 2 THEN nullif("
    CLIENTS_OF_FINDING ", 0) END FROM finding_event v JOIN finding f ON f.id = v.finding_id "
    "LEFT JOIN service s ON s.id = f.service_id WHERE f.muted = 0 AND (?3 IS NULL OR " NAMED ") AND "
    SINCE_UNTIL("v.at_us") "AND (?6 IS NULL OR f.severity >= ?6) AND (?7 IS NULL OR f.defect GLOB ?7) "
    "UNION ALL SELECT l.first_us, 0, s.name, s.port, 'certificate', NULL, NULL, "
    "printf('another certificate is served: %s%s, sha256 %.16s; before: %.16s', "
    "coalesce(l.subject, 'one that does not parse'), coalesce(', until ' || "
    "substr(rfc3339(l.not_after_us), 1, 10), ''), l.sha256, l.before), NULL, NULL, NULL, NULL "
    "FROM leaf l JOIN service s ON s.id = l.service_id WHERE l.before IS NOT NULL AND "
    SINCE_UNTIL("l.first_us")
    "UNION ALL SELECT c.at_us, 0, s.name, s.port, 'choice', NULL, NULL, "
    "printf('the same offer is answered with %s %s%s; before: %s %s%s', code_name('version', c.version), "
    "code_name('cipher', c.cipher), coalesce(' ' || code_name('group', c.key_group), ''), "
    "code_name('version', c.old_version), code_name('cipher', c.old_cipher), "
    "coalesce(' ' || code_name('group', c.old_group), '')), NULL, NULL, NULL, NULL "
    "FROM turn c JOIN service s ON s.id = c.service_id WHERE c.old_version IS NOT NULL AND "
    SINCE_UNTIL("c.at_us")
    ")";
/* clang-format on */
