-- Views for people; they need nothing but SQLite. Times are ISO 8601 UTC with milliseconds.
CREATE VIEW handshakes AS
SELECT h.id,
       strftime('%Y-%m-%dT%H:%M:%f', h.first_us / 1000000.0, 'unixepoch') || 'Z' AS start,
       ca.display AS client, h.client_port, sa.display AS server, h.server_port,
       s.name AS service, sni.display AS sni,
       CASE WHEN h.version IS NOT NULL THEN coalesce(v.name, printf('0x%04x', h.version)) END AS version,
       CASE WHEN h.cipher IS NOT NULL THEN coalesce(c.name, printf('0x%04x', h.cipher)) END AS cipher,
       CASE WHEN h.key_group IS NOT NULL THEN coalesce(g.name, printf('0x%04x', h.key_group)) END AS key_group,
       alpn.display AS alpn, o.name AS outcome, u.name AS undetermined, b.name AS basis,
       h.confidence, r.name AS resumption, cv.name AS cert_visibility, e.name AS ending,
       ja3.value AS ja3, ja3s.value AS ja3s, ja4.value AS ja4, hist.value AS history,
       app.value AS app_label, def.value AS defects,
       CASE WHEN (h.flags & 1024) != 0 THEN 'hello-retry' WHEN h.resumption = 2 THEN 'resumed'
            WHEN h.resumption = 1 THEN 'full' END AS kind,
       h.complete_after_us - coalesce(h.client_hello_first_after_us, 0) AS handshake_us,
       h.syn_ack_after_us - h.syn_after_us AS rtt_server_us,
       h.ack_after_us - h.syn_ack_after_us AS rtt_client_us,
       h.first_us, h.last_us, h.id & 0xffffffff AS first_packet, h.last_packet,
       h.vlan, tu.name AS tunnel, h.tunnel_id,
       i.path AS input, h.server_chain_id, h.client_chain_id,
       sp.name AS server_proof, swhy.value AS server_proof_why, cp.name AS client_proof,
       cwhy.value AS client_proof_why, st.name AS staple, h.is_public AS is_public_chain,
       (h.flags & 32) != 0 AS is_duplicate, (h.flags & 1024) != 0 AS hrr,
       (h.flags & 4) != 0 AS is_midstream, (h.flags & 8) != 0 AS is_ambiguous
FROM handshake h
JOIN address ca ON ca.id = h.client_address_id
JOIN address sa ON sa.id = h.server_address_id
JOIN service s ON s.id = h.service_id
LEFT JOIN input i ON i.id = h.id >> 32
LEFT JOIN name sni ON sni.id = h.sni_id
LEFT JOIN name alpn ON alpn.id = h.alpn_id
LEFT JOIN label ja3 ON ja3.id = h.ja3_id
LEFT JOIN label ja3s ON ja3s.id = h.ja3s_id
LEFT JOIN label ja4 ON ja4.id = h.ja4_id
LEFT JOIN label hist ON hist.id = h.history_id
LEFT JOIN label app ON app.id = h.app_label_id
LEFT JOIN label def ON def.id = h.defects_id
LEFT JOIN code_name v ON v.kind = 'version' AND v.code = h.version
LEFT JOIN code_name c ON c.kind = 'cipher' AND c.code = h.cipher
LEFT JOIN code_name g ON g.kind = 'group' AND g.code = h.key_group
LEFT JOIN code_name o ON o.kind = 'outcome' AND o.code = h.outcome
LEFT JOIN code_name u ON u.kind = 'undetermined' AND u.code = h.undetermined
LEFT JOIN code_name b ON b.kind = 'basis' AND b.code = h.basis
LEFT JOIN code_name r ON r.kind = 'resumption' AND r.code = h.resumption
LEFT JOIN code_name cv ON cv.kind = 'cert_visibility' AND cv.code = h.cert_visibility
LEFT JOIN code_name e ON e.kind = 'ending' AND e.code = h.ending
LEFT JOIN label swhy ON swhy.id = h.server_proof_why_id
LEFT JOIN label cwhy ON cwhy.id = h.client_proof_why_id
LEFT JOIN code_name sp ON sp.kind = 'proof' AND sp.code = h.server_proof
LEFT JOIN code_name cp ON cp.kind = 'proof' AND cp.code = h.client_proof
LEFT JOIN code_name st ON st.kind = 'staple' AND st.code = h.staple
LEFT JOIN code_name tu ON tu.kind = 'tunnel' AND tu.code = h.tunnel;

CREATE VIEW findings AS
SELECT f.id, sev.name AS severity, f.defect, s.name AS service, s.port AS port, f.summary,
       f.subject, f.sni, sa.display AS server, f.server_port, ca.display AS client, f.client_port,
       lower(hex(f.certificate_sha256)) AS certificate, f.confidence, b.name AS basis,
       strftime('%Y-%m-%dT%H:%M:%f', f.first_us / 1000000.0, 'unixepoch') || 'Z' AS first_seen,
       strftime('%Y-%m-%dT%H:%M:%f', f.last_us / 1000000.0, 'unixepoch') || 'Z' AS last_seen,
       f.count, iif(f.is_open, 'open', 'closed') AS state,
       strftime('%Y-%m-%dT%H:%M:%f', f.opened_us / 1000000.0, 'unixepoch') || 'Z' AS opened,
       strftime('%Y-%m-%dT%H:%M:%f', f.closed_us / 1000000.0, 'unixepoch') || 'Z' AS closed,
       f.explained_by, iif(f.muted, mu.name, NULL) AS muted, f.muted_why,
       iif(f.notify, nf.name, NULL) AS notify,
       strftime('%Y-%m-%dT%H:%M:%f', f.alerted_us / 1000000.0, 'unixepoch') || 'Z' AS alerted,
       f.handshake_id, f.community_id, i.path AS input
FROM finding f
LEFT JOIN service s ON s.id = f.service_id
LEFT JOIN address sa ON sa.id = f.server_address_id
LEFT JOIN address ca ON ca.id = f.client_address_id
LEFT JOIN input i ON i.id = f.input_id
LEFT JOIN code_name sev ON sev.kind = 'severity' AND sev.code = f.severity
LEFT JOIN code_name mu ON mu.kind = 'muted' AND mu.code = f.muted
LEFT JOIN code_name nf ON nf.kind = 'notify' AND nf.code = f.notify
LEFT JOIN code_name b ON b.kind = 'basis' AND b.code = f.basis;

CREATE VIEW certificates AS
SELECT c.id, lower(hex(c.sha256)) AS sha256, c.subject, c.issuer, c.serial,
       strftime('%Y-%m-%dT%H:%M:%S', c.not_before_us / 1000000, 'unixepoch') || 'Z' AS not_before,
       strftime('%Y-%m-%dT%H:%M:%S', c.not_after_us / 1000000, 'unixepoch') || 'Z' AS not_after,
       c.key_type, c.key_bits, c.curve, c.signature_algorithm, c.is_ca, c.is_self_signed,
       (SELECT group_concat(n.display, ', ') FROM
            (SELECT display FROM certificate_name WHERE certificate_id = c.id ORDER BY position) n)
           AS names,
       strftime('%Y-%m-%dT%H:%M:%f', c.first_us / 1000000.0, 'unixepoch') || 'Z' AS first_seen,
       strftime('%Y-%m-%dT%H:%M:%f', c.last_us / 1000000.0, 'unixepoch') || 'Z' AS last_seen
FROM certificate c;

CREATE VIEW services AS
SELECT s.id, s.name, s.port, count(h.id) AS handshakes,
       sum(h.outcome IN (1, 2)) AS succeeded, sum(h.outcome BETWEEN 3 AND 14) AS failed,
       sum(h.outcome = 0) AS undetermined,
       strftime('%Y-%m-%dT%H:%M:%f', min(h.first_us) / 1000000.0, 'unixepoch') || 'Z' AS first_seen,
       strftime('%Y-%m-%dT%H:%M:%f', max(h.last_us) / 1000000.0, 'unixepoch') || 'Z' AS last_seen
FROM service s LEFT JOIN handshake h ON h.service_id = s.id AND (h.flags & 32) = 0
GROUP BY s.id;

CREATE VIEW alerts AS
SELECT a.handshake_id, CASE a.side WHEN 0 THEN 'client' ELSE 'server' END AS side,
       CASE a.level WHEN 1 THEN 'warning' WHEN 2 THEN 'fatal' ELSE a.level END AS level,
       a.description, n.name AS description_name, a.packet, a.is_after,
       strftime('%Y-%m-%dT%H:%M:%f', a.at_us / 1000000.0, 'unixepoch') || 'Z' AS at
FROM alert a LEFT JOIN code_name n ON n.kind = 'alert' AND n.code = a.description;

-- M3: how long the leaves that were served, and what was sent behind them, are still valid.
CREATE VIEW expiry AS
SELECT s.name AS service, s.port AS port, lower(hex(c.sha256)) AS sha256, c.subject,
       strftime('%Y-%m-%dT%H:%M:%S', c.not_after_us / 1000000, 'unixepoch') || 'Z' AS not_after,
       (c.not_after_us - v.last_us) / 86400000000 AS lead_days,
       ((SELECT min(x.not_after_us) FROM chain_entry l JOIN chain_entry e ON e.chain_id = l.chain_id
         JOIN certificate x ON x.id = e.certificate_id
         WHERE l.position = 0 AND l.certificate_id = c.id) - v.last_us) / 86400000000 AS path_lead_days,
       strftime('%Y-%m-%dT%H:%M:%f', v.last_us / 1000000.0, 'unixepoch') || 'Z' AS last_seen
FROM served v JOIN service s ON s.id = v.service_id JOIN certificate c ON c.id = v.certificate_id;

-- M1, M4, M5, M6, M8 and M9 by minute; the times are histograms, which `tlswire metrics` reads.
CREATE VIEW metrics AS
SELECT strftime('%Y-%m-%dT%H:%M:%S', m.minute_us / 1000000, 'unixepoch') || 'Z' AS minute,
       s.name AS service, s.port AS port, m.*
FROM metric_minute m JOIN service s ON s.id = m.service_id;

CREATE VIEW capture AS
SELECT strftime('%Y-%m-%dT%H:%M:%S', minute_us / 1000000, 'unixepoch') || 'Z' AS minute,
       round(1.0 * (kernel_drops + interface_drops + own_drops) / nullif(received + interface_drops, 0), 6) AS drop_rate, *
FROM capture_minute;
