#include "store/query_sql.h"

/* clang-format off */
#define TIMES \
    "h.syn_after_us, h.syn_ack_after_us, h.ack_after_us, h.client_hello_first_after_us, " \
    "h.client_hello_last_after_us, h.server_hello_after_us, h.server_flight_end_after_us, " \
    "h.client_finished_after_us, h.server_finished_after_us, h.complete_after_us, " \
    "h.client_data_after_us, h.server_data_after_us, h.end_after_us"

#define CHAIN(column) \
    "coalesce((SELECT json_group_array(lower(hex(x.sha256))) FROM (SELECT c.sha256 FROM " \
    "chain_entry e JOIN certificate c ON c.id = e.certificate_id WHERE e.chain_id = h." column \
    " ORDER BY e.position) x), '[]')"

#define ALERTS(side) \
    "coalesce((SELECT json_group_array(x.description) FROM (SELECT a.description FROM alert a WHERE " \
    "a.handshake_id = h.id AND a.side = " side " ORDER BY a.position) x), '[]')"

#define HANDSHAKE_COLUMNS \
    "tail2(i.path) AS pcap, h.id AS id, h.first_us AS \"start:t\", " \
    "ca.display AS src, h.client_port AS sport, sa.display AS dst, h.server_port AS dport, " \
    "CASE h.transport WHEN 6 THEN 'tcp' ELSE 'udp' END AS proto, " \
    "s.name AS service, sni.display AS sni, " \
    "hex4(h.version) AS version, code_name('version', h.version) AS version_name, " \
    "hex4(h.cipher) AS cipher, code_name('cipher', h.cipher) AS cipher_name, " \
    "h.key_group AS key_group, code_name('group', h.key_group) AS key_group_name, " \
    "alpn.display AS alpn, alpn_list(client_alpn.value) AS \"client_alpn:j\", " \
    "ja3.value AS ja3, ja3s.value AS ja3s, ja4.value AS ja4, " \
    CHAIN("server_chain_id") " AS \"server_cert_sha256:j\", " \
    CHAIN("client_chain_id") " AS \"client_cert_sha256:j\", " \
    ALERTS("0") " AS \"client_alerts:j\", " ALERTS("1") " AS \"server_alerts:j\", " \
    "h.outcome IN (1, 2) AS \"established:b\", (h.flags & 1024) != 0 AS \"hrr:b\", " \
    "NULL AS quic_version, code_name('outcome', h.outcome) AS outcome, " \
    "code_name('undetermined', h.undetermined) AS undetermined, " \
    "code_name('basis', h.basis) AS basis, h.confidence AS confidence, " \
    "code_name('cert_visibility', h.cert_visibility) AS cert_visibility, " \
    "code_name('resumption', h.resumption) AS resumption, " \
    "code_name('ending', h.ending) AS ending, hist.value AS history, " \
    "duration(0, h.outcome, " TIMES ") AS rtt_server_us, duration(1, h.outcome, " TIMES ") AS rtt_client_us, " \
    "duration(2, h.outcome, " TIMES ") AS server_think_us, duration(3, h.outcome, " TIMES ") AS client_think_us, " \
    "duration(4, h.outcome, " TIMES ") AS handshake_us, duration(5, h.outcome, " TIMES ") AS first_byte_us, " \
    "json_object('syn_us', h.syn_after_us, 'syn_ack_us', h.syn_ack_after_us, " \
    "'ack_us', h.ack_after_us, 'client_hello_first_us', h.client_hello_first_after_us, " \
    "'client_hello_last_us', h.client_hello_last_after_us, " \
    "'server_hello_us', h.server_hello_after_us, " \
    "'server_flight_end_us', h.server_flight_end_after_us, " \
    "'client_finished_us', h.client_finished_after_us, " \
    "'server_finished_us', h.server_finished_after_us, 'complete_us', h.complete_after_us, " \
    "'client_data_us', h.client_data_after_us, 'server_data_us', h.server_data_after_us, " \
    "'end_us', h.end_after_us) AS \"timings:j\", " \
    "code_name('handshake', h.client_last_message) AS client_last_message, " \
    "code_name('handshake', h.server_last_message) AS server_last_message, " \
    "app.value AS app_label, CASE h.app_source WHEN 1 THEN 'sni' WHEN 2 THEN 'packets' END AS " \
    "app_source, h.app_risks AS app_risks, " \
    "h.client_packets AS client_packets, h.server_packets AS server_packets, " \
    "h.client_bytes AS client_bytes, h.server_bytes AS server_bytes, " \
    "h.client_gap_bytes AS client_gap_bytes, h.server_gap_bytes AS server_gap_bytes, " \
    "h.client_retransmits AS client_retransmits, h.server_retransmits AS server_retransmits, " \
    "h.client_encrypted_alerts AS client_encrypted_alerts, " \
    "h.server_encrypted_alerts AS server_encrypted_alerts, " \
    "coalesce(h.renegotiations, 0) AS renegotiations, " \
    "sfp.value AS server_fingerprint, " \
    "CASE h.owed_by WHEN 0 THEN 'client' WHEN 1 THEN 'server' END AS owed_by, " \
    "h.client_records AS client_records, h.server_records AS server_records, " \
    "h.client_record_bytes AS client_record_bytes, h.server_record_bytes AS server_record_bytes, " \
    "h.client_alert_sized AS client_alert_sized_records, " \
    "h.server_alert_sized AS server_alert_sized_records, " \
    "code_name('proof', h.server_proof) AS server_proof, " \
    "swhy.value AS server_proof_why, " \
    "code_name('proof', h.client_proof) AS client_proof, " \
    "cwhy.value AS client_proof_why, grp.value AS client_group, " \
    "code_name('staple', h.staple) AS staple, h.is_public AS \"public_chain:b\", " \
    "defect_list(def.value) AS \"defects:j\", code_name('severity', h.worst_severity) AS " \
    "worst_severity, " \
    "(h.flags & 4) != 0 AS \"midstream:b\", (h.flags & 8) != 0 AS \"ambiguous:b\", " \
    "(h.flags & 32) != 0 AS \"duplicate:b\", coalesce(h.malformed_count, 0) AS malformed, " \
    "mal.value AS malformed_why, h.vlan AS vlan, " \
    "code_name('tunnel', h.tunnel) AS tunnel, h.tunnel_id AS tunnel_id, i.path AS input, i.vantage AS vantage, " \
    "h.id & 0xffffffff AS first_packet, h.last_packet AS last_packet, h.last_us AS \"end:t\", " \
    "community(ca.value, h.client_port, sa.value, h.server_port, h.transport) AS community_id "

/* Where the packets of h are, between the addresses ca and sa; i is the input that it begins in. A
 * connection of rotated files goes on in those that follow on the same link. What interfaces sent is
 * in no file but one that was kept of the connection, which has other numbers of packets. */
#define ENDS_OF(t) "ca.display, " t ".client_port, sa.display, " t ".server_port, "
#define FILTER(t) \
    "wireshark(" ENDS_OF(t) "iif(i.is_complete = 3, NULL, h.id & 0xffffffff), " \
    "CASE WHEN h.last_input_position = i.position AND i.is_complete <> 3 THEN " \
    "h.last_packet END) AS wireshark_filter, "
/* Without a file of its own (which is of connection id), the first one of the others. */
#define COMMANDS(t, id, others) \
    "CASE WHEN i.is_complete = 3 THEN coalesce((SELECT tshark(e.path, wireshark(" ENDS_OF(t) \
    "NULL, NULL)) FROM evidence_file e WHERE e.handshake_id = " id ")" others ") ELSE " \
    "(SELECT group_concat(x.command, char(10)) FROM (SELECT tshark(j.path, wireshark(" ENDS_OF(t) \
    "CASE WHEN j.id = i.id THEN h.id & 0xffffffff END, " \
    "CASE WHEN j.position = h.last_input_position THEN h.last_packet END)) AS command " \
    "FROM input j WHERE j.id = i.id OR (j.run_id = i.run_id AND j.vantage = i.vantage AND " \
    "j.position > i.position AND j.position <= h.last_input_position) ORDER BY j.position) x) " \
    "END AS tshark, "
#define LAST_INPUT \
    "(SELECT j.path FROM input j WHERE j.run_id = i.run_id AND j.position = h.last_input_position " \
    "AND j.id != i.id) AS last_input, "
#define EVIDENCE_FILE \
    "json_object('path', e.path, 'packets', e.packets, 'bytes', e.bytes, 'omitted', e.omitted, " \
    "'is_whole', json(CASE e.is_whole WHEN 1 THEN 'true' ELSE 'false' END))"

#define HANDSHAKE_FROM \
    "FROM handshake h JOIN address ca ON ca.id = h.client_address_id " \
    "JOIN address sa ON sa.id = h.server_address_id JOIN service s ON s.id = h.service_id " \
    "LEFT JOIN input i ON i.id = h.id >> 32 LEFT JOIN name sni ON sni.id = h.sni_id " \
    "LEFT JOIN name alpn ON alpn.id = h.alpn_id " \
    "LEFT JOIN name client_alpn ON client_alpn.id = h.client_alpn_id " \
    "LEFT JOIN label ja3 ON ja3.id = h.ja3_id LEFT JOIN label ja3s ON ja3s.id = h.ja3s_id " \
    "LEFT JOIN label ja4 ON ja4.id = h.ja4_id LEFT JOIN label hist ON hist.id = h.history_id " \
    "LEFT JOIN label sfp ON sfp.id = h.server_fingerprint_id " \
    "LEFT JOIN label app ON app.id = h.app_label_id " \
    "LEFT JOIN label mal ON mal.id = h.malformed_id LEFT JOIN label def ON def.id = h.defects_id " \
    "LEFT JOIN label swhy ON swhy.id = h.server_proof_why_id " \
    "LEFT JOIN label cwhy ON cwhy.id = h.client_proof_why_id " \
    "LEFT JOIN label grp ON grp.id = h.client_group_id "

#define SHARE(part, all) "round(1.0 * sum(" part ") / nullif(sum(" all "), 0), 6)"
#define GAPS "coalesce(h.client_gap_bytes, 0) + coalesce(h.server_gap_bytes, 0)"
#define BYTES "coalesce(h.client_bytes, 0) + coalesce(h.server_bytes, 0)"
#define TIME_FILTER(t) "(?1 IS NULL OR " t ".last_us >= ?1) AND (?2 IS NULL OR " t ".first_us < ?2) "
#define SERVICE_FILTER "AND (?3 IS NULL OR s.name GLOB ?3 OR s.name || ':' || s.port GLOB ?3) "
#define ENDPOINT_FILTER(n, address, port) \
    "AND (?" n " IS NULL OR " address " = ?" n " COLLATE NOCASE OR endpoint(" address ", " port \
    ") = ?" n " COLLATE NOCASE) "
/* A finding is of every connection that showed it, not only of the first. */
#define SHOWN_FILTER(n, side, address, port) \
    "AND (?" n " IS NULL OR " address " = ?" n " COLLATE NOCASE OR endpoint(" address ", " port \
    ") = ?" n " COLLATE NOCASE OR EXISTS (SELECT 1 FROM handshake h JOIN label fk ON " \
    "fk.id = h.finding_keys_id JOIN address x ON x.id = h." side "_address_id WHERE " SHOWED \
    " AND (x.display = ?" n " COLLATE NOCASE OR endpoint(x.display, h." side "_port) = ?" n \
    " COLLATE NOCASE))) "
#define HAS_FINDING(match) \
    "AND (?6 IS NULL AND ?7 IS NULL OR EXISTS (SELECT 1 FROM finding f WHERE " match " AND " \
    "(?6 IS NULL OR f.severity >= ?6) AND (?7 IS NULL OR f.defect GLOB ?7))) "

#define EVIDENCE \
    "coalesce((SELECT json_group_array(json(x.one)) FROM (SELECT CASE v.kind " \
    "WHEN 0 THEN json_object('kind', 'bytes', 'input', vi.path, 'first_packet', v.first_packet, " \
    "'last_packet', v.last_packet, 'side', CASE v.side WHEN 0 THEN 'client' ELSE 'server' END, " \
    "'stream_offset', v.stream_offset, 'length', v.length, 'bytes', lower(hex(v.bytes)), " \
    "'at', rfc3339(v.last_us), 'handshake', v.handshake_id, 'note', v.note) " \
    "WHEN 1 THEN json_object('kind', 'connections', 'input', vi.path, 'handshake', " \
    "v.handshake_id, 'first_packet', v.handshake_id & 0xffffffff, 'note', v.note) " \
    "ELSE json_object('kind', 'series', 'input', vi.path, 'from', rfc3339(v.window_from_us), " \
    "'to', rfc3339(v.window_to_us), 'count', v.count, 'of', v.total, 'note', v.note) END AS one " \
    "FROM evidence v LEFT JOIN input vi ON vi.id = v.input_id WHERE v.finding_id = f.id " \
    "ORDER BY v.position) x), '[]') AS \"evidence:j\" "

#define FINDING_COLUMNS \
    "f.id AS id, code_name('severity', f.severity) AS severity, f.defect AS defect, " \
    "s.name AS service, s.port AS port, f.summary AS summary, f.confidence AS confidence, " \
    "code_name('basis', f.basis) AS basis, f.sni AS sni, " \
    "endpoint(sa.display, f.server_port) AS server, endpoint(ca.display, f.client_port) AS client, " \
    "lower(hex(f.certificate_sha256)) AS certificate, f.first_us AS \"first_seen:t\", " \
    "f.last_us AS \"last_seen:t\", f.count AS count, iif(f.is_open, 'open', 'closed') AS state, " \
    "f.opened_us AS \"opened:t\", f.closed_us AS \"closed:t\", f.explained_by AS explained_by, " \
    "code_name('muted', nullif(f.muted, 0)) AS muted, f.muted_why AS muted_why, " \
    "code_name('notify', nullif(f.notify, 0)) AS notify, f.alerted_us AS \"alerted:t\", " \
    "CASE WHEN NOT EXISTS (SELECT 1 FROM finding_event v WHERE v.finding_id = f.id AND v.event = 1) " \
    "THEN max(coalesce(f.alerted_us, f.opened_us) - f.first_us, 0) END AS detection_us, " \
    "f.subject AS subject, " \
    "f.handshake_id AS handshake, f.community_id AS community_id, i.path AS input, "

#define FINDING_FROM \
    "FROM finding f LEFT JOIN service s ON s.id = f.service_id " \
    "LEFT JOIN address sa ON sa.id = f.server_address_id " \
    "LEFT JOIN address ca ON ca.id = f.client_address_id LEFT JOIN input i ON i.id = f.input_id "

/* What was offered and chosen, with the names of code points; NULL when no hello was seen. */
#define CLIENT_HELLO \
    "CASE WHEN o.id IS NOT NULL THEN json_patch('{}', json_object(" \
    "'record_version', hex4(o.record_version), 'legacy_version', hex4(o.legacy_version), " \
    "'sslv2_format', CASE o.is_sslv2_format WHEN 1 THEN json('true') END, " \
    "'sslv2_kinds', CASE WHEN o.sslv2_kinds IS NOT NULL THEN json(sslv2_kinds(o.sslv2_kinds)) END, " \
    "'session_id_length', h.session_id_length, " \
    "'cipher_suites', json(list16('cipher', o.cipher_suites)), " \
    "'compression_methods', json(list8(o.compression)), " \
    "'extensions', json(list16('extension', o.extension_types)), " \
    "'supported_versions', " MAYBE("list16('version', ", "o.supported_versions") ", " \
    "'supported_groups', " MAYBE("list16('group', ", "o.supported_groups") ", " \
    "'ec_point_formats', " MAYBE("list8(", "o.ec_point_formats") ", " \
    "'signature_algorithms', " MAYBE("list16('scheme', ", "o.signature_algorithms") ", " \
    "'signature_algorithms_cert', " MAYBE("list16('scheme', ", "o.signature_algorithms_cert") ", " \
    "'delegated_credential', " MAYBE("list16('scheme', ", "o.delegated_credential") ", " \
    "'key_shares', CASE WHEN o.key_share_groups IS NOT NULL THEN " \
    "json(key_shares(o.key_share_groups, o.key_share_lengths)) END, " \
    "'alpn', " MAYBE("alpn_list(", "o.alpn") ", " \
    "'application_settings', " MAYBE("alpn_list(", "o.application_settings") ", " \
    "'psk_key_exchange_modes', " MAYBE("list8(", "o.psk_key_exchange_modes") ", " \
    "'psk_identities', h.psk_identities, 'psk_identity_length', h.psk_identity_length, " \
    "'session_ticket_length', h.ticket_length, " \
    "'early_data', CASE WHEN (h.flags & 16384) != 0 THEN json('true') END, " \
    "'compress_certificate', " MAYBE("list16('', ", "o.compress_certificate") ", " \
    "'status_request', o.status_request, " \
    "'status_request_v2', " MAYBE("list8(", "o.status_request_v2") ", " \
    "'record_size_limit', o.record_size_limit, 'max_fragment_length', o.max_fragment_length, " \
    "'heartbeat_mode', o.heartbeat, 'certificate_authorities', o.certificate_authorities, " \
    "'client_certificate_types', " MAYBE("list8(", "o.client_certificate_types") ", " \
    "'server_certificate_types', " MAYBE("list8(", "o.server_certificate_types") ", " \
    "'srtp_profiles', " MAYBE("list16('', ", "o.srtp_profiles") ", " \
    "'encrypted_client_hello', CASE WHEN o.ech_kdf IS NOT NULL THEN json_object('note', " \
    "'outer ClientHello; GREASE looks the same', 'kdf', o.ech_kdf, 'aead', o.ech_aead, " \
    "'config_id', h.ech_config_id, 'enc_length', h.ech_enc_length, " \
    "'payload_length', h.ech_payload_length) END, " \
    "'grease', CASE WHEN o.grease != 0 THEN json(grease(o.grease)) END, " \
    "'misplaced_extension', code_name('extension', o.misplaced_extension), " \
    "'unknown_extensions', nullif(o.unknown_extensions, 0))) END AS \"client_hello:j\" "
#define MAYBE(call, column) "CASE WHEN " column " IS NOT NULL THEN json(" call column ")) END"

#define SERVER_HELLO \
    "CASE WHEN sc.id IS NOT NULL THEN json_patch('{}', json_object(" \
    "'record_version', hex4(sc.record_version), 'legacy_version', hex4(sc.legacy_version), " \
    "'version', coalesce(code_name('version', sc.version), hex4(sc.version)), " \
    "'cipher_suite', coalesce(code_name('cipher', sc.cipher), hex4(sc.cipher)), " \
    "'compression_method', sc.compression, " \
    "'session_id', CASE sc.session_id WHEN 0 THEN 'none' WHEN 1 THEN 'echoed' ELSE 'own' END, " \
    "'extensions', json(list16('extension', sc.extension_types)), " \
    "'group', code_name('group', sc.key_group), 'key_share_length', sc.key_share_length, " \
    "'psk_index', sc.psk_index, " \
    "'downgrade_sentinel', CASE sc.downgrade WHEN 1 THEN 'could do TLS 1.3' WHEN 2 THEN " \
    "'could do TLS 1.2' END, " \
    "'ec_point_formats', " MAYBE("list8(", "sc.ec_point_formats") ", " \
    "'record_size_limit', sc.record_size_limit, 'max_fragment_length', sc.max_fragment_length, " \
    "'heartbeat_mode', sc.heartbeat, " \
    "'misplaced_extension', code_name('extension', sc.misplaced_extension), " \
    "'key_exchange', CASE sc.key_exchange WHEN 1 THEN 'DHE' WHEN 2 THEN 'ECDHE' WHEN 3 THEN " \
    "'export RSA' WHEN 4 THEN 'PSK hint' WHEN 5 THEN 'SRP' END, " \
    "'curve_type', CASE sc.curve_type WHEN 1 THEN 'explicit_prime' WHEN 2 THEN 'explicit_char2' " \
    "WHEN 3 THEN 'named_curve' END, " \
    "'signature_scheme', coalesce(code_name('scheme', sc.signature_scheme), " \
    "hex4(sc.signature_scheme)), 'dh_bits', sc.dh_bits, 'psk_hint', CASE WHEN sc.psk_hint IS NOT NULL THEN lower(hex(sc.psk_hint)) END, " \
    "'certificate_status', CASE sc.certificate_status WHEN 1 THEN 'ocsp' WHEN 2 THEN 'ocsp_multi' " \
    "ELSE sc.certificate_status END, 'ocsp_responses', sc.ocsp_responses, " \
    "'certificate_request', CASE WHEN sc.request_authorities IS NOT NULL THEN json_patch('{}', " \
    "json_object('types', " MAYBE("list8(", "sc.certificate_types") ", 'signature_algorithms', " \
    MAYBE("list16('scheme', ", "sc.request_schemes") ", 'authorities', sc.request_authorities)) END, " \
    "'ticket_lifetime_s', sc.ticket_lifetime_s, 'ticket_layout', CASE sc.ticket_layout WHEN 1 THEN " \
    "'rfc5077' WHEN 2 THEN 'openssl' END, 'sslv2_kinds', CASE WHEN sc.sslv2_kinds IS NOT NULL THEN json(sslv2_kinds(sc.sslv2_kinds)) END, " \
    "'flight', nullif(sc.shape, ''))) END AS \"server_hello:j\" "

static const struct sort_key FINDING_KEYS[] = {
        {"severity", "f.severity"}, {"defect", "f.defect"}, {"service", "s.name"},
        {"count", "f.count"}, {"first-seen", "f.first_us"}, {"last-seen", "f.last_us"},
        {"id", "f.id"}, {NULL, NULL}};
static const char *const FINDING_NAMES[] = {
        "severity", "defect", "service", "count", "first-seen", "last-seen", "id", NULL};
static const struct sort_key HANDSHAKE_KEYS[] = {
        {"start", "h.first_us"}, {"service", "s.name"}, {"server", "sa.display"},
        {"client", "ca.display"}, {"outcome", "h.outcome"}, {"version", "h.version"},
        {"duration", "h.complete_after_us - h.client_hello_first_after_us"}, {"id", "h.id"},
        {NULL, NULL}};
static const char *const HANDSHAKE_NAMES[] = {
        "start", "service", "server", "client", "outcome", "version", "duration", "id", NULL};
static const struct sort_key CERT_KEYS[] = {{"not-after", "c.not_after_us"},
        {"subject", "c.subject"}, {"issuer", "c.issuer"}, {"first-seen", "c.first_us"},
        {"last-seen", "c.last_us"},
        {"services", "(SELECT count(*) FROM serves y WHERE y.id = c.id)"},
        {"severity", "coalesce(b.worst, -1)"}, {NULL, NULL}};
static const char *const CERT_NAMES[] = {"not-after", "subject", "issuer", "first-seen",
        "last-seen", "services", "severity", NULL};
static const struct sort_key SERVICE_KEYS[] = {{"name", "name"}, {"handshakes", "handshakes"},
        {"failed", "failed"}, {"first-seen", "\"first_seen:t\""}, {"last-seen", "\"last_seen:t\""},
        {NULL, NULL}};
static const char *const SERVICE_NAMES[] = {
        "name", "handshakes", "failed", "first-seen", "last-seen", NULL};

static const struct sort_key TIMELINE_KEYS[] = {
        {"time", "at_us"}, {"service", "service"}, {"event", "event"}, {NULL, NULL}};
static const char *const TIMELINE_NAMES[] = {"time", "service", "event", NULL};

#define SERVICE_TIMES \
    "histogram_quantile(q.full_us, 0.5) AS full_p50_us, " \
    "histogram_quantile(q.full_us, 0.95) AS full_p95_us, " \
    "histogram_quantile(q.full_us, 0.99) AS full_p99_us, "
#define SERVICE_FINDINGS \
    "(SELECT code_name('severity', max(f.severity)) FROM finding f WHERE f.service_id = s.id " \
    "AND f.muted = 0) AS worst_finding, " \
    "(SELECT count(*) FROM finding f WHERE f.service_id = s.id AND f.muted = 0) AS findings, "
#define SERVICE_CERTIFICATE \
    "(SELECT lower(hex(c.sha256)) FROM served v JOIN certificate c ON c.id = v.certificate_id " \
    "WHERE v.service_id = s.id ORDER BY v.last_us DESC LIMIT 1) AS certificate, " \
    "(SELECT c.not_after_us FROM served v JOIN certificate c ON c.id = v.certificate_id " \
    "WHERE v.service_id = s.id ORDER BY v.last_us DESC LIMIT 1) AS \"not_after:t\", "
#define SERVICE_MINUTES \
    "FROM metric_minute WHERE (?1 IS NULL OR minute_us + 60000000 > ?1) AND " \
    "(?2 IS NULL OR minute_us < ?2) GROUP BY 1"
/* Of all services together, in the minutes that are asked for. */
#define SERVICE_DROPS \
    "(SELECT " CAPTURE_SHARE " FROM capture_minute WHERE (?1 IS NULL OR minute_us + 60000000 > ?1) " \
    "AND (?2 IS NULL OR minute_us < ?2)) AS capture_drop_rate, "
/* Services whose handshakes all went with segments that were removed. */
#define SERVICES_OF_BEFORE \
    "UNION ALL SELECT s.name, s.port, 0, 0, 0, 0, NULL, NULL, " SERVICE_TIMES "NULL, NULL, " \
    SERVICE_DROPS SERVICE_FINDINGS "'[]', " SERVICE_CERTIFICATE "'[]', NULL, NULL, q.first_us, q.last_us " \
    "FROM service s JOIN (SELECT service_id, histogram_sum(full_us) AS full_us, " \
    "min(minute_us) AS first_us, max(minute_us) AS last_us " SERVICE_MINUTES ") q " \
    "ON q.service_id = s.id WHERE coalesce(?4, ?5) IS NULL " SERVICE_FILTER \
    HAS_FINDING("f.service_id = s.id") \
    "AND NOT EXISTS (SELECT 1 FROM handshake g WHERE g.service_id = s.id) "

const struct list_sql list_sql[] = {
    [LIST_FINDINGS] = {
        "SELECT " FINDING_COLUMNS EVIDENCE FINDING_FROM "WHERE " TIME_FILTER("f") SERVICE_FILTER
        SHOWN_FILTER("4", "server", "sa.display", "f.server_port")
        SHOWN_FILTER("5", "client", "ca.display", "f.client_port")
        "AND (?6 IS NULL OR f.severity >= ?6) AND (?7 IS NULL OR f.defect GLOB ?7) "
        "AND (?20 IS NULL OR f.is_open = ?20) AND (?21 IS NULL OR (f.muted != 0) = ?21)",
        "f.severity DESC, f.defect, s.name, f.id", FINDING_KEYS, FINDING_NAMES},
    [LIST_HANDSHAKES] = {
        "SELECT " HANDSHAKE_COLUMNS HANDSHAKE_FROM "WHERE " TIME_FILTER("h") SERVICE_FILTER
        ENDPOINT_FILTER("4", "sa.display", "h.server_port")
        ENDPOINT_FILTER("5", "ca.display", "h.client_port")
        "AND (?6 IS NULL OR h.worst_severity >= ?6) "
        "AND (?7 IS NULL OR ',' || def.value || ',' GLOB '*,' || ?7 || ',*') "
        "AND (?24 IS NULL OR h.vlan = ?24) AND (?25 IS NULL OR h.tunnel = ?25) "
        "AND (?26 IS NULL OR h.tunnel_id = ?26)",
        "h.first_us, h.id", HANDSHAKE_KEYS, HANDSHAKE_NAMES},
    [LIST_CERTS] = {cert_list_select, "c.not_after_us, c.id", CERT_KEYS, CERT_NAMES},
    [LIST_CERTS_PEM] = {cert_pem_select, "c.not_after_us, c.id", CERT_KEYS, CERT_NAMES},
    [LIST_SERVICES] = {
        "SELECT s.name AS name, s.port AS port, count(h.id) AS handshakes, "
        "coalesce(sum(h.outcome IN (1, 2)), 0) AS succeeded, "
        "coalesce(sum(h.outcome BETWEEN 3 AND 14), 0) AS failed, "
        "coalesce(sum(h.outcome = 0), 0) AS undetermined, "
        SHARE("h.outcome IN (1, 2)", "h.outcome BETWEEN 1 AND 14") " AS success_rate, "
        SHARE("h.outcome = 1 AND h.basis = 0", "h.outcome BETWEEN 1 AND 14 AND h.basis = 0")
        " AS success_rate_seen, "
        SERVICE_TIMES
        SHARE("h.outcome = 0", "h.outcome BETWEEN 0 AND 14") " AS undetermined_rate, "
        "round(1.0 * sum(" GAPS ") / nullif(sum(" GAPS " + " BYTES "), 0), 6) AS loss_rate, "
        SERVICE_DROPS SERVICE_FINDINGS
        "coalesce((SELECT json_group_array(x.v) FROM (SELECT DISTINCT code_name('version', g.version) AS v "
        "FROM handshake g WHERE g.service_id = s.id AND g.version IS NOT NULL ORDER BY g.version) x), "
        "'[]') AS \"versions:j\", "
        SERVICE_CERTIFICATE
        "coalesce((SELECT json_group_array(json_object('kind', x.kind, 'packets', x.n)) FROM (SELECT "
        "u.kind AS kind, sum(u.packets) AS n FROM unanalysed u WHERE u.server_port = s.port AND EXISTS "
        "(SELECT 1 FROM handshake g WHERE g.service_id = s.id AND g.server_address_id = "
        "u.server_address_id) GROUP BY u.kind ORDER BY u.kind) x), '[]') AS \"not_analysed:j\", "
        "count(DISTINCT h.server_address_id) AS servers, "
        "count(DISTINCT h.client_address_id) AS clients, "
        "min(h.first_us) AS \"first_seen:t\", max(h.last_us) AS \"last_seen:t\" "
        "FROM service s JOIN handshake h ON h.service_id = s.id AND (h.flags & 32) = 0 "
        "JOIN address sa ON sa.id = h.server_address_id "
        "JOIN address ca ON ca.id = h.client_address_id "
        "LEFT JOIN (SELECT service_id, histogram_sum(full_us) AS full_us " SERVICE_MINUTES ") q "
        "ON q.service_id = s.id WHERE " TIME_FILTER("h") SERVICE_FILTER
        ENDPOINT_FILTER("4", "sa.display", "h.server_port")
        ENDPOINT_FILTER("5", "ca.display", "h.client_port")
        HAS_FINDING("f.service_id = s.id") "GROUP BY s.id "
        SERVICES_OF_BEFORE
        "UNION ALL SELECT a.display, u.server_port, 0, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, "
        "NULL, NULL, 0, '[]', NULL, NULL, (SELECT json_group_array(json_object('kind', k.kind, 'packets', "
        "k.packets)) FROM (SELECT * FROM unanalysed ORDER BY kind) k WHERE k.server_address_id = "
        "u.server_address_id AND k.server_port = u.server_port), 1, NULL, min(u.first_us), max(u.last_us) "
        "FROM unanalysed u JOIN address a ON a.id = u.server_address_id WHERE ?23 AND " TIME_FILTER("u")
        "AND (?3 IS NULL OR a.display GLOB ?3 OR endpoint(a.display, u.server_port) GLOB ?3) "
        ENDPOINT_FILTER("4", "a.display", "u.server_port")
        "AND coalesce(?5, ?6, ?7) IS NULL AND (u.server_address_id, u.server_port) NOT IN "
        "(SELECT g.server_address_id, g.server_port FROM handshake g) "
        "GROUP BY u.server_address_id, u.server_port",
        "name, port", SERVICE_KEYS, SERVICE_NAMES},
    [LIST_TIMELINE] = {timeline_select, "at_us, rank, service, port, finding, event", TIMELINE_KEYS,
        TIMELINE_NAMES},
};

const char *const show_sql[] = {
    [SHOW_FINDING] =
        "SELECT " FINDING_COLUMNS
        "h.id & 0xffffffff AS first_packet, h.last_packet AS last_packet, " LAST_INPUT
        FILTER("f") COMMANDS("f", "f.handshake_id", ", (SELECT tshark(e.path, 'tcp') FROM evidence v "
        "JOIN evidence_file e ON e.handshake_id = v.handshake_id WHERE v.finding_id = f.id "
        "ORDER BY v.position LIMIT 1)")
        "coalesce((SELECT json_group_array(json(x.one)) FROM (SELECT " EVIDENCE_FILE " AS one "
        "FROM evidence_file e WHERE e.handshake_id = f.handshake_id OR e.handshake_id IN "
        "(SELECT v.handshake_id FROM evidence v WHERE v.finding_id = f.id) ORDER BY e.handshake_id) "
        "x), '[]') AS \"evidence_files:j\", "
        "(SELECT json_group_array(json_object('at', rfc3339(x.at_us), 'event', "
        "code_name('life_event', x.event))) FROM (SELECT * FROM finding_event WHERE finding_id = "
        "f.id ORDER BY at_us, event) x) AS \"events:j\", "
        EVIDENCE FINDING_FROM "LEFT JOIN handshake h ON h.id = f.handshake_id WHERE f.id = ?1",
    [SHOW_HANDSHAKE] =
        "SELECT " HANDSHAKE_COLUMNS ", " CLIENT_HELLO ", " SERVER_HELLO
        ", code_name('nonces', h.client_nonces) AS client_nonces, "
        "code_name('nonces', h.server_nonces) AS server_nonces, " LAST_INPUT FILTER("h")
        COMMANDS("h", "h.id", ", NULL")
        "(SELECT " EVIDENCE_FILE " FROM evidence_file e WHERE e.handshake_id = h.id) AS "
        "\"evidence_file:j\", "
        "coalesce((SELECT json_group_array(json_object('position', e.position, 'subject', c.subject, "
        "'issuer', c.issuer, 'not_after', rfc3339(c.not_after_us), 'sha256', lower(hex(c.sha256)))) "
        "FROM chain_entry e JOIN certificate c ON c.id = e.certificate_id "
        "WHERE e.chain_id = h.server_chain_id), '[]') AS \"server_chain:j\", "
        VERDICTS_OF("h.server_chain_id") " AS \"server_chain_verdicts:j\", "
        NOTES_OF("h.server_chain_id") " AS \"server_chain_notes:j\", "
        VERDICTS_OF("h.client_chain_id") " AS \"client_chain_verdicts:j\", "
        REVOCATION_OF("(SELECT e.certificate_id FROM chain_entry e WHERE e.chain_id = "
        "h.server_chain_id AND e.position = 0)") " AS \"revocation_answers:j\", "
        "coalesce((SELECT json_group_array(json_object('side', CASE a.side WHEN 0 THEN 'client' ELSE "
        "'server' END, 'level', a.level, 'description', a.description, 'name', "
        "code_name('alert', a.description), 'packet', a.packet, 'at', rfc3339(a.at_us), "
        "'after_handshake', json(CASE a.is_after WHEN 1 THEN 'true' ELSE 'false' END))) "
        "FROM alert a WHERE a.handshake_id = h.id), '[]') AS \"alerts:j\", "
        "coalesce((SELECT json_group_array(json_object('id', f.id, 'severity', "
        "code_name('severity', f.severity), 'defect', f.defect, 'summary', f.summary)) FROM finding f "
        "JOIN label fk ON fk.id = h.finding_keys_id WHERE " SHOWED "), "
        "'[]') AS "
        "\"findings:j\" " HANDSHAKE_FROM
        "LEFT JOIN client_offer o ON o.id = h.client_offer_id "
        "LEFT JOIN server_choice sc ON sc.id = h.server_choice_id WHERE h.id = ?1",
    [SHOW_CERT] = cert_show,
};

#define RUNS "(SELECT run_id FROM input)"
/* After a reload other files are judged with. */
#define IS_CURRENT(t) \
    t ".reload = coalesce((SELECT max(number) FROM reload l WHERE l.run_id = " t ".run_id), 0) "
#define LACKS(kinds) \
    "(SELECT count(*) FROM r WHERE NOT EXISTS (SELECT 1 FROM data_file d WHERE d.run_id = r.id AND " \
    "d.kind IN (" kinds ") AND " IS_CURRENT("d") "))"
#define COUNTED "WHERE (h.flags & 32) = 0 "

const char *const report_sql[] = {
    [REPORT_RUNS] =
        "SELECT at_us AS \"at:t\", filter, count(*) AS n, (SELECT count(DISTINCT run_id) FROM input) AS runs "
        "FROM run WHERE id IN " RUNS " GROUP BY at_us, filter ORDER BY min(id)",
    [REPORT_RELOADS] =
        "SELECT sum(n) AS n, max(last_us) AS \"last:t\" FROM (SELECT max(number) AS n, "
        "max(iif(number > 0, at_us, NULL)) AS last_us FROM reload WHERE run_id IN " RUNS " "
        "GROUP BY run_id) HAVING sum(n) > 0",
    [REPORT_INPUTS] =
        "SELECT path, frames, bytes, truncated, drops, damaged_at, damage, vantage, "
        "first_us AS \"first:t\", last_us AS \"last:t\", is_complete AS complete, "
        "from_us AS \"from:t\", to_us AS \"to:t\", CASE WHEN is_complete <> 3 THEN 0 "
        "WHEN EXISTS (SELECT 1 FROM run r WHERE r.id = run_id AND r.exit_status IS NOT NULL) THEN 1 "
        "WHEN position < (SELECT max(j.position) FROM input j WHERE j.run_id = input.run_id) THEN 1 "
        "WHEN run_id < (SELECT max(j.run_id) FROM input j WHERE j.is_complete = 3) THEN 2 "
        "ELSE 3 END AS live, "
        "(SELECT count(*) FROM handshake h WHERE h.id >= input.id << 32 AND "
        "h.id < (input.id + 1) << 32) AS handshakes FROM input ORDER BY run_id, position",
    [REPORT_OUTCOMES] =
        "SELECT code_name('outcome', h.outcome) AS outcome, h.outcome AS code, "
        "coalesce(code_name('basis', h.basis), '') AS basis, count(*) AS count FROM handshake h "
        COUNTED "GROUP BY h.outcome, h.basis ORDER BY count(*) DESC, h.outcome",
    [REPORT_UNDETERMINED] =
        "SELECT code_name('undetermined', h.undetermined) AS reason, count(*) AS count "
        "FROM handshake h " COUNTED "AND h.outcome = 0 GROUP BY h.undetermined ORDER BY 2 DESC",
    [REPORT_LOSS] =
        "SELECT * FROM (SELECT count(DISTINCT minute_us) AS minutes, "
        "count(DISTINCT iif(" CAPTURE_DROPS " > 0, minute_us, NULL)) AS minutes_with_drops, "
        "sum(received + interface_drops) AS packets, sum(" CAPTURE_DROPS ") AS drops, "
        "sum(kernel_drops) AS kernel, sum(interface_drops) AS interface, sum(own_drops) AS own, "
        "count(DISTINCT iif(gap_bytes > 0, minute_us, NULL)) AS minutes_with_gaps, "
        "sum(gap_bytes) AS gap_bytes, sum(gaps) AS gaps, "
        "sum(evicted_flows) AS flows, sum(evicted_syns) AS syns, sum(capped_buffers) AS buffers, "
        "sum(fragments_dropped) AS fragments, sum(truncated) AS truncated, "
        "sum(handshakes_capped) AS capped, sum(handshakes_not_verified) AS unverified, "
        "sum(rows_lost) AS rows, sum(updates_lost) AS updates, sum(late_ends_lost) AS ends, "
        "sum(certificates_not_stored) AS certificates, sum(certificates_without_names) AS nameless "
        "FROM capture_minute) WHERE drops + gap_bytes + flows + syns + buffers + fragments + truncated + "
        "capped + unverified + rows + updates + ends + certificates + nameless > 0",
    [REPORT_LOSS_WORST] =
        "SELECT minute_us AS \"minute:t\", sum(received + interface_drops) AS packets, "
        "sum(" CAPTURE_DROPS ") AS drops, sum(kernel_drops) AS kernel, "
        "sum(interface_drops) AS interface, sum(own_drops) AS own FROM capture_minute "
        "GROUP BY minute_us HAVING sum(" CAPTURE_DROPS ") > 0 "
        "ORDER BY 1.0 * sum(" CAPTURE_DROPS ") / sum(received + interface_drops) DESC, "
        "sum(" CAPTURE_DROPS ") DESC, minute_us LIMIT 1",
    [REPORT_VERSIONS] =
        "SELECT coalesce(code_name('version', h.version), hex4(h.version)) AS name, count(*) AS count "
        "FROM handshake h " COUNTED "AND h.version IS NOT NULL GROUP BY h.version ORDER BY 2 DESC",
    [REPORT_CIPHERS] =
        "SELECT coalesce(code_name('cipher', h.cipher), hex4(h.cipher)) AS name, count(*) AS count "
        "FROM handshake h " COUNTED "AND h.cipher IS NOT NULL GROUP BY h.cipher ORDER BY 2 DESC",
    [REPORT_TIMES] =
        "WITH t AS (SELECT CASE WHEN (h.flags & 1024) != 0 THEN 'HelloRetryRequest' "
        "WHEN h.resumption = 2 THEN 'resumed' WHEN h.resumption = 1 THEN 'full' ELSE 'unknown' END AS kind, "
        "h.complete_after_us - h.client_hello_first_after_us AS us FROM handshake h " COUNTED "), "
        "r AS (SELECT kind, us, row_number() OVER (PARTITION BY kind ORDER BY us) AS k, "
        "count(*) OVER (PARTITION BY kind) AS n FROM t WHERE us >= 0) "
        "SELECT kind AS name, n AS count, max(CASE WHEN k = (n + 1) / 2 THEN us END) AS median_us, "
        "max(CASE WHEN k = (n * 95 + 99) / 100 THEN us END) AS p95_us, "
        "max(CASE WHEN k = (n * 99 + 99) / 100 THEN us END) AS p99_us FROM r GROUP BY kind "
        "ORDER BY n DESC, kind",
    [REPORT_FINDINGS] =
        "SELECT f.id AS id, code_name('severity', f.severity) AS severity, f.defect AS defect, "
        "s.name AS service, s.port AS port, f.summary AS summary, f.count AS count, "
        "f.confidence AS confidence, code_name('basis', f.basis) AS basis, "
        "f.first_us AS \"first_seen:t\", f.last_us AS \"last_seen:t\", "
        "f.closed_us AS \"closed:t\", f.explained_by AS explained_by, "
        "code_name('muted', nullif(f.muted, 0)) AS muted " FINDING_FROM
        "ORDER BY f.severity DESC, f.count DESC, f.id",
    [REPORT_COUNTERS] =
        "SELECT name, sum(value) AS value FROM counter GROUP BY name HAVING sum(value) > 0 "
        "ORDER BY name",
    [REPORT_STORES] =
        "SELECT d.name AS name, d.path AS path, max(d.date_us) AS \"date:t\", d.entries AS entries, "
        "d.left_out AS left_out FROM data_file d WHERE d.kind = 'trust' AND d.run_id IN " RUNS " AND "
        IS_CURRENT("d")
        "GROUP BY d.name, d.path, d.date_us, d.entries ORDER BY min(d.rowid)",
    [REPORT_CRLS] =
        "SELECT p.path AS path, p.issuer AS issuer, p.problem AS problem FROM crl_problem p WHERE "
        "p.run_id IN " RUNS " AND " IS_CURRENT("p") "GROUP BY p.path, p.issuer, p.problem ORDER BY min(p.rowid)",
    [REPORT_JUDGED] =
        "WITH r AS (SELECT DISTINCT run_id AS id FROM input) SELECT (SELECT count(*) FROM r) AS runs, "
        LACKS("'ct-logs'") " AS no_logs, " LACKS("'crl', 'ocsp'") " AS no_revocation, "
        LACKS("'blocklist'") " AS no_blocklist, "
        "(SELECT coalesce(sum(value), 0) FROM counter WHERE name IN ('signatures-valid', "
        "'signatures-invalid', 'signatures-unverified')) AS verified, "
        "(SELECT coalesce(sum(value), 0) FROM counter WHERE name = 'signatures-left-out') AS left_out",
    [REPORT_UNANALYSED] =
        "SELECT kind AS name, count(*) AS servers, sum(packets) AS packets FROM unanalysed "
        "GROUP BY kind ORDER BY sum(packets) DESC, kind",
    [REPORT_UNANALYSED_SERVERS] =
        "SELECT CASE WHEN instr(a.display, ':') THEN '[' || a.display || ']' ELSE a.display END AS address, "
        "u.server_port AS port, (SELECT group_concat(x.kind, ', ') FROM "
        "(SELECT kind FROM unanalysed k WHERE k.server_address_id = u.server_address_id AND "
        "k.server_port = u.server_port ORDER BY kind) x) AS kinds, sum(u.packets) AS packets FROM unanalysed u JOIN address a ON a.id = u.server_address_id "
        "GROUP BY u.server_address_id, u.server_port ORDER BY sum(u.packets) DESC, a.display, u.server_port",
    [REPORT_TOTALS] =
        "SELECT (SELECT count(*) FROM handshake h " COUNTED ") AS handshakes, "
        "(SELECT coalesce(sum(" GAPS "), 0) FROM handshake h " COUNTED ") AS gap_bytes, "
        "(SELECT coalesce(sum(" BYTES "), 0) FROM handshake h " COUNTED ") AS bytes, "
        "(SELECT count(*) FROM handshake h WHERE (h.flags & 32) != 0) AS duplicates, "
        "(SELECT count(*) FROM certificate) AS certificates, "
        "(SELECT count(*) FROM service) AS services, "
        "(SELECT count(DISTINCT client_address_id) FROM handshake) AS clients, "
        "(SELECT count(*) FROM finding) AS findings, "
        "(SELECT count(*) FROM not_tls) AS not_tls, "
        "(SELECT min(first_us) FROM input) AS \"first:t\", "
        "(SELECT max(last_us) FROM input) AS \"last:t\"",
};
/* clang-format on */
