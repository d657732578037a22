-- tlswire database, version 1. Conventions: times are INTEGER microseconds since 1970 UTC in columns
-- ending _us; ids are stable 64-bit integers, so that the handshake tables can later live in files of
-- their own; text from the wire is a BLOB with an escaped display text beside it; code points are
-- numbers, their names are in the lookup tables at the end. NULL means "not seen" or "not known".

-- One call of `tlswire read` or `tlswire watch`.
CREATE TABLE run (
    id           INTEGER PRIMARY KEY,
    version      TEXT NOT NULL,     -- of tlswire
    arguments    TEXT,              -- the command line
    libraries    TEXT,              -- versions of what it was linked with
    at_us        INTEGER,           -- --at: judged by this time instead of packet time
    filter       TEXT,              -- -f or -F
    profile      TEXT,              -- what rules are measured by: default, modern, bsi ...; this and what follows are
                                    -- the latest of a run that read its policy again, table reload has those before
    policy       TEXT,              -- --policy: the file; NULL without
    policy_sha256 TEXT,             -- hexadecimal, of its bytes
    started_us   INTEGER,
    exit_status  INTEGER            -- NULL while running, or when it was stopped
) STRICT;

-- SIGHUP: what a run judged by from at_us (by the clock) on. Number 0 is its start; the newest 1,000 are kept. A run
-- that never read its policy and files again has no rows.
CREATE TABLE reload (
    run_id        INTEGER NOT NULL,
    number        INTEGER NOT NULL,
    at_us         INTEGER,
    profile       TEXT,
    policy        TEXT,
    policy_sha256 TEXT,
    PRIMARY KEY (run_id, number)
) STRICT, WITHOUT ROWID;

-- One capture file; or interfaces, for a day at most.
CREATE TABLE input (
    id           INTEGER PRIMARY KEY, -- 21 bits, from its first MiB and size: ids of connections begin with it
    run_id       INTEGER NOT NULL,
    position     INTEGER NOT NULL,    -- in the order in which the run read its inputs
    path         TEXT NOT NULL,
    sha256       TEXT,                -- hexadecimal; NULL with --no-hash
    quick_hash   INTEGER NOT NULL,    -- XXH3 of the first MiB and the size
    size         INTEGER,             -- bytes
    vantage      INTEGER,             -- inputs of one run with the same number follow each other on one link
    vantage_id   INTEGER,             -- likewise over all runs: id of the first input of the vantage
    link_type    INTEGER,             -- LINKTYPE_ of the first interface
    frames       INTEGER,
    filtered     INTEGER,             -- left out by the filter
    bytes        INTEGER,             -- captured bytes of all frames
    truncated    INTEGER,             -- frames cut by the snap length
    drops        INTEGER,             -- lost by the capturing host, NULL when the file does not say
    first_us     INTEGER,
    last_us      INTEGER,
    damaged_at   INTEGER,             -- the number of the last packet before the damage; NULL whole
    damage       TEXT,
    is_complete  INTEGER NOT NULL DEFAULT 0, -- 1 read to its end, 2 in part (-c, -f, -F), 0 the run was stopped, 3 interfaces
    from_us      INTEGER,             -- interfaces: by the clock, watched from then on and until then as far as is known:
    to_us        INTEGER              -- both are kept current while it goes on; NULL a file
) STRICT;
CREATE INDEX input_quick_hash ON input (quick_hash, size);

-- Dictionaries of what repeats in handshakes. last_segment is the newest segment that may refer to the row, which
-- goes when no older one is left; NULL: it stays, as this file refers to it.
CREATE TABLE name (
    id           INTEGER PRIMARY KEY,
    last_segment INTEGER,
    value        BLOB NOT NULL UNIQUE,  -- the bytes as they were sent
    display      TEXT NOT NULL          -- escaped: \xHH for what is not printable UTF-8
) STRICT;
CREATE TABLE label (
    id           INTEGER PRIMARY KEY,
    last_segment INTEGER,
    value        TEXT NOT NULL UNIQUE   -- fingerprints, histories, application names
) STRICT;
CREATE TABLE address (
    id           INTEGER PRIMARY KEY,
    last_segment INTEGER,               -- rows of not_tls and unanalysed keep it as well
    value        BLOB NOT NULL UNIQUE,  -- 16 bytes, IPv4 as IPv4-mapped
    display      TEXT NOT NULL
) STRICT;

-- Who serves: a name (or an address), transport and server port.
CREATE TABLE service (
    id            INTEGER PRIMARY KEY,
    name          TEXT NOT NULL,
    transport     INTEGER NOT NULL,  -- IP protocol number: 6 TCP
    port          INTEGER NOT NULL,
    is_address    INTEGER NOT NULL,  -- named by its address, because clients sent no name
    is_unanswered INTEGER NOT NULL,  -- collects names that the server never answered
    UNIQUE (name, transport, port)
) STRICT;

-- Every certificate once.
CREATE TABLE certificate (
    id                  INTEGER PRIMARY KEY,
    sha256              BLOB NOT NULL UNIQUE,
    sha1                BLOB NOT NULL,
    spki_sha256         BLOB,
    der                 BLOB NOT NULL,
    version             INTEGER,
    serial              TEXT,      -- hexadecimal content octets
    subject             TEXT,
    issuer              TEXT,
    common_name         TEXT,
    not_before_us       INTEGER,
    not_after_us        INTEGER,   -- NULL for "no well-defined expiration" (RFC 5280 4.1.2.5)
    key_type            TEXT,
    key_bits            INTEGER,
    curve               TEXT,
    signature_algorithm TEXT,
    key_usage           INTEGER,   -- bits in the order of RFC 5280 4.2.1.3, bit 0 digitalSignature
    extended_key_usage  TEXT,
    is_ca               INTEGER,
    path_length         INTEGER,
    is_self_signed      INTEGER,   -- 1 its own key verifies it, 0 not, NULL could not be verified
    has_san             INTEGER,
    subject_key_id      TEXT,
    authority_key_id    TEXT,
    ocsp_urls           TEXT,      -- JSON array
    ca_issuers          TEXT,      -- JSON array
    problem             TEXT,      -- the first thing that did not parse
    first_us            INTEGER NOT NULL,  -- first and last seen
    last_us             INTEGER NOT NULL
) STRICT;
-- Who else has the key, the serial number.
CREATE INDEX certificate_spki ON certificate (spki_sha256);
CREATE INDEX certificate_serial ON certificate (serial);
CREATE TABLE certificate_name (
    certificate_id INTEGER NOT NULL,
    position       INTEGER NOT NULL,
    type           TEXT NOT NULL,   -- dns, ip, email, uri, other
    value          BLOB NOT NULL,
    display        TEXT NOT NULL,
    PRIMARY KEY (certificate_id, position)
) STRICT, WITHOUT ROWID;

-- Chains as they were sent.
CREATE TABLE chain (
    id    INTEGER PRIMARY KEY,
    key   BLOB NOT NULL UNIQUE,     -- the certificate ids, eight bytes each
    n     INTEGER NOT NULL
) STRICT;
CREATE TABLE chain_entry (
    chain_id       INTEGER NOT NULL,
    position       INTEGER NOT NULL,  -- 0 is the leaf
    certificate_id INTEGER NOT NULL,
    PRIMARY KEY (chain_id, position)
) STRICT, WITHOUT ROWID;
-- What each trust store makes of a chain; a row per (chain, store, verdict): verdicts change with time.
CREATE TABLE chain_verdict (
    chain_id      INTEGER NOT NULL,
    store         TEXT NOT NULL,     -- its name, see data_file
    as_sent       TEXT NOT NULL,     -- with nothing but what the server sent
    as_repaired   TEXT NOT NULL,     -- also with intermediates seen elsewhere or given
    path_status   TEXT NOT NULL,     -- of the repaired path, times left aside
    reason        TEXT,
    anchor        TEXT,              -- subject of the anchor that was reached
    path          TEXT,              -- JSON array of SHA-256, leaf first, as far as it goes
    not_before_us INTEGER,           -- when every certificate of the path is valid
    not_after_us  INTEGER,
    judged_us     INTEGER NOT NULL,  -- packet time of the first such verdict
    PRIMARY KEY (chain_id, store, as_sent, as_repaired)
) STRICT, WITHOUT ROWID;
-- What is odd about a chain as it was sent: out-of-order, duplicate, unrelated, malformed, root-sent,
-- unknown-root-sent, expired-cross-sign, signature-invalid, missing-issuer, missing-issuer-url.
CREATE TABLE chain_note (
    chain_id INTEGER NOT NULL,
    note     TEXT NOT NULL,
    position INTEGER NOT NULL,       -- in the chain as it was sent; -1 none
    detail   TEXT,                   -- name or URL
    PRIMARY KEY (chain_id, note, position)
) STRICT, WITHOUT ROWID;
-- What is wrong with the key of a certificate, by mathematics or by a list.
CREATE TABLE key_problem (
    certificate_id INTEGER NOT NULL,
    problem        TEXT NOT NULL,    -- roca, shared-prime, exponent-small, blocklisted, ...
    detail         TEXT,             -- whose prime it shares, what the list calls it
    PRIMARY KEY (certificate_id, problem)
) STRICT, WITHOUT ROWID;
-- The nonces of signatures by ECDSA and DSA, by which later runs find one that is used again.
CREATE TABLE signature_nonce (
    id            INTEGER PRIMARY KEY,
    spki_sha256   BLOB NOT NULL,     -- the key that the signature is under
    r             BLOB NOT NULL,
    message       INTEGER NOT NULL,  -- a hash of what was signed
    signature     INTEGER NOT NULL,  -- and of the signature
    source        INTEGER NOT NULL,  -- 0 ServerKeyExchange, 1 CertificateVerify, 2 certificate, 3 staple
    side          INTEGER NOT NULL,
    is_verified   INTEGER NOT NULL,
    handshake_id  INTEGER NOT NULL,
    input_id      INTEGER NOT NULL,
    first_packet  INTEGER NOT NULL,
    last_packet   INTEGER NOT NULL,
    first_us      INTEGER NOT NULL,
    last_us       INTEGER NOT NULL,
    stream_offset INTEGER NOT NULL,
    length        INTEGER NOT NULL,
    bytes         BLOB NOT NULL,     -- of the signature, at most 64
    UNIQUE (spki_sha256, r)
) STRICT;
-- What was said about the revocation of a leaf.
CREATE TABLE revocation (
    certificate_id INTEGER NOT NULL,
    channel        TEXT NOT NULL,    -- staple, ocsp-file, crl
    status         TEXT NOT NULL,    -- good, revoked, unknown; or why there is no answer. Of a crl: revoked,
                                     -- on-hold, not-listed (-stale, -later, -partly: proves little), no-answer.
                                     -- Of a staple also: no-answer, not-read (too long), malformed, tryLater, ...
    verdict        TEXT NOT NULL,    -- of its signature: valid, invalid, unverified
    reason         TEXT,
    source         TEXT,             -- file
    this_update_us INTEGER,
    next_update_us INTEGER,
    revoked_us     INTEGER,
    revoked_reason TEXT,
    judged_us      INTEGER NOT NULL  -- packet time when it was first met
) STRICT;
CREATE UNIQUE INDEX revocation_certificate ON revocation (certificate_id, channel, status, verdict,
    coalesce(this_update_us, 0), coalesce(next_update_us, 0));
-- Signed certificate timestamps of a leaf.
CREATE TABLE sct (
    certificate_id INTEGER NOT NULL,
    channel        TEXT NOT NULL,    -- certificate, tls, ocsp
    log_id         BLOB NOT NULL,
    log            TEXT,             -- its description in the log list
    operator       TEXT,
    timestamp_us   INTEGER,
    verdict        TEXT NOT NULL,    -- valid, invalid, unverified
    reason         TEXT,
    PRIMARY KEY (certificate_id, channel, log_id)
) STRICT, WITHOUT ROWID;
-- Trust stores and data files that a run judged with.
CREATE TABLE data_file (
    run_id    INTEGER NOT NULL,
    kind      TEXT NOT NULL,         -- trust, intermediates, crl, ocsp, ct-logs, blocklist
    name      TEXT,                  -- of a trust store
    path      TEXT NOT NULL,
    date_us   INTEGER,               -- a trust store: notBefore of its newest anchor
    entries   INTEGER NOT NULL,
    left_out  INTEGER NOT NULL,      -- what could not be used
    is_public INTEGER NOT NULL,
    is_named  INTEGER NOT NULL,
    reload    INTEGER NOT NULL       -- number of the reload that read it, 0 the start of the run
) STRICT;
CREATE INDEX data_file_run ON data_file (run_id, reload);
-- CRLs that were given and could not be used where a certificate of their issuer was met.
CREATE TABLE crl_problem (
    run_id         INTEGER NOT NULL,
    path           TEXT NOT NULL,
    issuer         TEXT,
    this_update_us INTEGER,
    verdict        TEXT NOT NULL,    -- of its signature: invalid, unverified
    problem        TEXT NOT NULL,
    reload         INTEGER NOT NULL  -- as in data_file
) STRICT;
CREATE TABLE served (
    service_id     INTEGER NOT NULL,
    certificate_id INTEGER NOT NULL,  -- the leaf
    first_us       INTEGER NOT NULL,
    last_us        INTEGER NOT NULL,
    count          INTEGER NOT NULL,
    PRIMARY KEY (service_id, certificate_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX served_certificate ON served (certificate_id);

-- One attempt on one connection. Columns ending _after_us are microseconds after first_us; the view
-- `handshakes` gives them as times. flags: see docs/schema.md.
CREATE TABLE handshake (
    id                       INTEGER PRIMARY KEY, -- input id * 2^32 + number of its first packet
    first_us                 INTEGER NOT NULL,
    last_us                  INTEGER NOT NULL,
    last_packet              INTEGER NOT NULL,
    last_input_position      INTEGER NOT NULL,
    service_id               INTEGER NOT NULL,
    client_address_id        INTEGER NOT NULL,
    client_port              INTEGER NOT NULL,
    server_address_id        INTEGER NOT NULL,
    server_port              INTEGER NOT NULL,
    transport                INTEGER NOT NULL,
    vlan                     INTEGER,  -- outermost id
    tunnel                   INTEGER,  -- the innermost one that has an id; code_name 'tunnel'
    tunnel_id                INTEGER,  -- VNI, key, TEID, session, label
    version                  INTEGER,  -- negotiated
    cipher                   INTEGER,
    key_group                INTEGER,
    sni_id                   INTEGER,  -- name
    alpn_id                  INTEGER,  -- name: the chosen protocol
    client_alpn_id           INTEGER,  -- name: the offered list in wire form
    ja3_id                   INTEGER,  -- label
    ja3s_id                  INTEGER,
    ja4_id                   INTEGER,
    history_id               INTEGER,
    app_label_id             INTEGER,
    app_source               INTEGER,  -- 1 host name, 2 packets
    app_risks                INTEGER,
    server_chain_id          INTEGER,
    client_chain_id          INTEGER,
    outcome                  INTEGER NOT NULL,
    undetermined             INTEGER,
    basis                    INTEGER,
    confidence               REAL,
    resumption               INTEGER NOT NULL,
    cert_visibility          INTEGER NOT NULL,
    ending                   INTEGER NOT NULL,
    flags                    INTEGER NOT NULL,
    malformed_id             INTEGER,  -- label: the first thing that was malformed
    malformed_count          INTEGER,
    renegotiations           INTEGER,
    client_last_message      INTEGER,  -- type of its last handshake message in clear
    server_last_message      INTEGER,
    syn_after_us             INTEGER,
    syn_ack_after_us         INTEGER,
    ack_after_us             INTEGER,
    client_hello_first_after_us INTEGER,
    client_hello_last_after_us INTEGER,
    server_hello_after_us    INTEGER,
    server_flight_end_after_us INTEGER,
    client_finished_after_us INTEGER,
    server_finished_after_us INTEGER,
    complete_after_us        INTEGER,
    client_data_after_us     INTEGER,
    server_data_after_us     INTEGER,
    end_after_us             INTEGER,
    client_packets           INTEGER,
    server_packets           INTEGER,
    client_bytes             INTEGER,  -- TCP payload on the wire
    server_bytes             INTEGER,
    client_gap_bytes         INTEGER,  -- missing in the capture
    server_gap_bytes         INTEGER,
    client_retransmits       INTEGER,
    server_retransmits       INTEGER,
    client_encrypted_alerts  INTEGER,
    server_encrypted_alerts  INTEGER,
    defects_id               INTEGER,  -- label: the defects found in it, separated by commas
    worst_severity           INTEGER,  -- of these
    finding_keys_id          INTEGER,  -- label: defect and subject of each, one a line
    client_offer_id          INTEGER,  -- client_offer: of the ClientHello that was answered first
    server_choice_id         INTEGER,  -- server_choice
    server_fingerprint_id    INTEGER,  -- label: our own, see docs/fingerprints.md
    owed_by                  INTEGER,  -- 0 client, 1 server: who owed the next message; NULL success
    session_id_length        INTEGER,  -- bytes that the client sent
    ticket_length            INTEGER,
    psk_identities           INTEGER,
    psk_identity_length      INTEGER,  -- of the first
    ech_config_id            INTEGER,  -- of the outer ClientHello; random when it is GREASE
    ech_enc_length           INTEGER,
    ech_payload_length       INTEGER,
    client_records           INTEGER,  -- application data records
    server_records           INTEGER,
    client_record_bytes      INTEGER,  -- their lengths
    server_record_bytes      INTEGER,
    client_alert_sized       INTEGER,  -- TLS 1.3: protected records as long as an alert
    server_alert_sized       INTEGER,
    client_nonces            INTEGER,  -- explicit nonces: 1 counted on, 2 other, 3 one repeated
    server_nonces            INTEGER,
    server_proof             INTEGER,  -- ServerKeyExchange: 0 unverified, 1 valid, 2 invalid, 3 mismatched
    client_proof             INTEGER,  -- CertificateVerify, the same
    staple                   INTEGER,  -- OCSP status stapled: 0 none, 1 good, 2 revoked, 3 unknown
    is_public                INTEGER,  -- the chain ends at a public root; NULL not known
    server_proof_why_id      INTEGER,  -- label: why the proof is not valid
    client_proof_why_id      INTEGER,
    client_group_id          INTEGER   -- label: the group of the policy that the client is in
) STRICT;

-- Files that hold more rows of handshake and alert, written by `tlswire watch`: each is a database with
-- these two tables, whose other columns refer to this one. docs/schema.md says how to ask them.
CREATE TABLE segment (
    id         INTEGER PRIMARY KEY,
    file       TEXT NOT NULL,     -- in the directory named like the database with '.d' behind it
    from_us    INTEGER NOT NULL,  -- when it was begun and ended, by the clock; to_us NULL while it is written
    to_us      INTEGER,
    state      INTEGER NOT NULL,  -- 0 is written, 1 connections in it may still end, 2 finished, 3 damaged
    handshakes INTEGER,           -- rows; NULL while it is written, like what follows
    bytes      INTEGER,
    first_us   INTEGER,           -- smallest first_us and largest last_us in it; NULL until it is finished
    last_us    INTEGER
) STRICT;

-- What a ClientHello offers, once for all connections of the same software. The id is made from the
-- content, so it is the same in every database. Lists of code points are BLOBs in wire form: two
-- bytes each (one where said); the program prints their names.
CREATE TABLE client_offer (
    id                          INTEGER PRIMARY KEY,
    last_segment                INTEGER,  -- as in the dictionaries above
    record_version              INTEGER NOT NULL,
    legacy_version              INTEGER NOT NULL,
    is_sslv2_format             INTEGER NOT NULL,
    cipher_suites               BLOB,
    sslv2_kinds                 BLOB,     -- three bytes each
    compression                 BLOB,     -- one byte each
    extension_types             BLOB,     -- as sent, GREASE included
    supported_versions          BLOB,
    supported_groups            BLOB,
    ec_point_formats            BLOB,     -- one byte each
    signature_algorithms        BLOB,
    signature_algorithms_cert   BLOB,
    delegated_credential        BLOB,
    key_share_groups            BLOB,
    key_share_lengths           BLOB,     -- bytes of each share, two bytes each
    alpn                        BLOB,     -- names behind their length
    application_settings        BLOB,     -- the same
    psk_key_exchange_modes      BLOB,     -- one byte each
    compress_certificate        BLOB,
    status_request              INTEGER,  -- type, NULL absent
    status_request_v2           BLOB,     -- one byte each
    record_size_limit           INTEGER,
    max_fragment_length         INTEGER,  -- code
    heartbeat                   INTEGER,  -- mode
    certificate_authorities     INTEGER,  -- how many names
    client_certificate_types    BLOB,     -- one byte each
    server_certificate_types    BLOB,
    srtp_profiles               BLOB,
    ech_kdf                     INTEGER,  -- NULL without ECH; GREASE looks the same
    ech_aead                    INTEGER,
    grease                      INTEGER NOT NULL, -- 1 suites, 2 extensions, 4 groups, 8 versions, 16 schemes,
                                                  -- 32 key shares, 64 ALPN, 128 PSK modes
    misplaced_extension         INTEGER,  -- the first that may not stand in a ClientHello
    unknown_extensions          INTEGER NOT NULL
) STRICT;

-- What a server chose and how it said so, in the same way.
CREATE TABLE server_choice (
    id                          INTEGER PRIMARY KEY,
    last_segment                INTEGER,
    record_version              INTEGER NOT NULL,
    legacy_version              INTEGER NOT NULL,
    version                     INTEGER NOT NULL,
    cipher                      INTEGER NOT NULL,
    compression                 INTEGER NOT NULL,
    session_id                  INTEGER NOT NULL, -- 0 none, 1 the client's, 2 its own
    extension_types             BLOB,
    alpn                        BLOB,
    key_group                   INTEGER,
    key_share_length            INTEGER,
    psk_index                   INTEGER,
    downgrade                   INTEGER,  -- sentinel: 1 could do TLS 1.3, 2 could do TLS 1.2
    ec_point_formats            BLOB,
    record_size_limit           INTEGER,
    max_fragment_length         INTEGER,
    heartbeat                   INTEGER,
    misplaced_extension         INTEGER,
    key_exchange                INTEGER,  -- ServerKeyExchange: 1 DHE, 2 ECDHE, 3 export RSA, 4 PSK hint, 5 SRP
    curve_type                  INTEGER,  -- 1 explicit prime, 2 explicit characteristic 2, 3 named
    signature_scheme            INTEGER,
    dh_bits                     INTEGER,  -- of the prime as sent
    psk_hint                    BLOB,
    certificate_status          INTEGER,  -- type: 1 ocsp, 2 ocsp_multi
    ocsp_responses              INTEGER,
    certificate_types           BLOB,     -- CertificateRequest, one byte each
    request_schemes             BLOB,
    request_authorities         INTEGER,
    ticket_lifetime_s           INTEGER,
    ticket_layout               INTEGER,  -- by its length: 1 RFC 5077, 2 OpenSSL's, 0 neither
    sslv2_kinds                 BLOB,     -- three bytes each
    shape                       TEXT NOT NULL -- messages and records of its first flight
) STRICT;

-- Alerts in the clear.
CREATE TABLE alert (
    handshake_id INTEGER NOT NULL,
    side         INTEGER NOT NULL,  -- 0 client, 1 server
    position     INTEGER NOT NULL,  -- per side
    is_after     INTEGER NOT NULL,  -- 1 when it came after the handshake had been concluded
    level        INTEGER NOT NULL,  -- 1 warning, 2 fatal
    description  INTEGER NOT NULL,
    packet       INTEGER NOT NULL,
    at_us        INTEGER NOT NULL,
    PRIMARY KEY (handshake_id, side, position)
) STRICT, WITHOUT ROWID;

-- Flows on ports where TLS is expected that were something else.
CREATE TABLE not_tls (
    server_address_id INTEGER NOT NULL,
    server_port       INTEGER NOT NULL,
    label             TEXT NOT NULL,    -- nDPI's application, '' unknown
    risks             INTEGER NOT NULL, -- nDPI's risk mask of all of them
    source            TEXT NOT NULL,
    first_flow_id     INTEGER NOT NULL, -- input id * 2^32 + first packet
    first_us          INTEGER NOT NULL,
    last_us           INTEGER NOT NULL,
    count             INTEGER NOT NULL,
    PRIMARY KEY (server_address_id, server_port, label)
) STRICT, WITHOUT ROWID;

-- Datagrams that speak TLS over UDP, which is not analysed, per server.
CREATE TABLE unanalysed (
    server_address_id INTEGER NOT NULL,
    server_port       INTEGER NOT NULL,
    kind              TEXT NOT NULL,    -- 'quic-v1', 'quic-v2', 'quic-other' (another version),
                                        -- 'udp-443' (no QUIC header seen), 'dtls-1.0', 'dtls-1.2',
                                        -- 'dtls-1.3' (protected records), 'dtls-other'
    packets           INTEGER NOT NULL,
    bytes             INTEGER NOT NULL, -- of payload, on the wire
    first_us          INTEGER NOT NULL,
    last_us           INTEGER NOT NULL,
    PRIMARY KEY (server_address_id, server_port, kind)
) STRICT, WITHOUT ROWID;

-- One open finding per defect, subject and service.
CREATE TABLE finding (
    id                 INTEGER PRIMARY KEY,
    defect             TEXT NOT NULL,
    subject            TEXT NOT NULL,
    service_id         INTEGER NOT NULL,  -- 0: about the capture itself
    severity           INTEGER NOT NULL,  -- 0 info ... 4 critical
    confidence         REAL NOT NULL,
    basis              INTEGER NOT NULL,
    summary            TEXT NOT NULL,
    sni                TEXT,
    server_address_id  INTEGER,           -- of the first sighting
    server_port        INTEGER,
    client_address_id  INTEGER,
    client_port        INTEGER,
    certificate_sha256 BLOB,
    community_id       TEXT,              -- of the first sighting, as other tools name the flow
    handshake_id       INTEGER,
    input_id           INTEGER,
    first_us           INTEGER NOT NULL,
    last_us            INTEGER NOT NULL,
    count              INTEGER NOT NULL,
    is_open            INTEGER NOT NULL DEFAULT 1,
    opened_us          INTEGER,           -- packet time of what decided it, the last time it opened
    closed_us          INTEGER,           -- NULL while it is open
    muted              INTEGER NOT NULL DEFAULT 0,  -- why nobody is disturbed: 0 none, 1 exception, 2 window, 3 clock
    muted_why          TEXT,
    notify             INTEGER NOT NULL DEFAULT 0,  -- whom the policy wants to know: 0 nobody, 1 ticket, 2 paging
    alerted_us         INTEGER,           -- packet time since when somebody had to know; NULL never
    about              INTEGER,           -- whose clean judgements close it: 0 servers, 1 clients, 2 service
    places             BLOB,              -- of these, and how many they had; not for other readers
    explained_by       TEXT,              -- the defect that it is a symptom of
    UNIQUE (defect, subject, service_id)
) STRICT;
CREATE INDEX finding_open ON finding (service_id) WHERE is_open = 1;
-- When findings opened and closed.
CREATE TABLE finding_event (
    finding_id INTEGER NOT NULL,
    at_us      INTEGER NOT NULL,  -- packet time
    event      INTEGER NOT NULL,  -- 0 opened, 1 reopened, 2 closed, 3 superseded
    PRIMARY KEY (finding_id, at_us, event)
) STRICT, WITHOUT ROWID;
CREATE TABLE evidence (
    finding_id     INTEGER NOT NULL,
    position       INTEGER NOT NULL,
    kind           INTEGER NOT NULL,  -- 0 bytes, 1 connections, 2 series
    handshake_id   INTEGER,
    input_id       INTEGER,
    side           INTEGER,
    first_packet   INTEGER,
    last_packet    INTEGER,
    first_us       INTEGER,
    last_us        INTEGER,
    stream_offset  INTEGER,
    length         INTEGER,
    bytes          BLOB,              -- at most 64
    note           TEXT,
    window_from_us INTEGER,
    window_to_us   INTEGER,
    count          INTEGER,
    total          INTEGER,
    PRIMARY KEY (finding_id, position)
) STRICT, WITHOUT ROWID;

-- Packets of a connection whose handshake led to a finding, kept by `read --evidence`.
CREATE TABLE evidence_file (
    handshake_id INTEGER PRIMARY KEY,
    path         TEXT NOT NULL,     -- a pcapng file
    packets      INTEGER NOT NULL,
    bytes        INTEGER NOT NULL,  -- captured bytes of these packets
    omitted      INTEGER NOT NULL,  -- packets of the connection that a cap left out, the last ones
    is_whole     INTEGER NOT NULL   -- 1 when no packet of the handshake is among them
) STRICT;

-- What the rules answered; not applicable is not counted.
CREATE TABLE rule_count (
    rule         TEXT NOT NULL,
    service_id   INTEGER NOT NULL,
    hour_us      INTEGER NOT NULL,
    pass         INTEGER NOT NULL,
    hit          INTEGER NOT NULL,
    undetermined INTEGER NOT NULL,
    PRIMARY KEY (rule, service_id, hour_us)
) STRICT, WITHOUT ROWID;

-- What is counted per service and minute (docs/metrics.md), by the first packet of the attempts; runs add up.
-- The last columns are histograms: docs/schema.md.
CREATE TABLE metric_minute (
    service_id INTEGER NOT NULL,
    region TEXT NOT NULL DEFAULT '',
    minute_us INTEGER NOT NULL,
    success INTEGER NOT NULL,                                      -- seen
    success_inferred INTEGER NOT NULL,
    fail_alert_client INTEGER NOT NULL,                            -- failures by kind, as seen
    fail_alert_server INTEGER NOT NULL,
    fail_inferred_client INTEGER NOT NULL,
    fail_inferred_server INTEGER NOT NULL,
    fail_reset_client INTEGER NOT NULL,
    fail_reset_client_inferred INTEGER NOT NULL,                   -- likewise, inferred
    fail_reset_server INTEGER NOT NULL,
    fail_reset_server_inferred INTEGER NOT NULL,
    fail_reset_third_party INTEGER NOT NULL,
    fail_reset_third_party_inferred INTEGER NOT NULL,
    fail_closed_client INTEGER NOT NULL,
    fail_closed_client_inferred INTEGER NOT NULL,
    fail_closed_server INTEGER NOT NULL,
    fail_closed_server_inferred INTEGER NOT NULL,
    fail_timeout_client INTEGER NOT NULL,
    fail_timeout_client_inferred INTEGER NOT NULL,
    fail_timeout_server INTEGER NOT NULL,
    fail_timeout_server_inferred INTEGER NOT NULL,
    fail_timeout_path INTEGER NOT NULL,
    fail_timeout_path_inferred INTEGER NOT NULL,
    abandoned INTEGER NOT NULL,                                    -- with scans not counted as attempts
    scan INTEGER NOT NULL,
    undetermined_loss INTEGER NOT NULL,                            -- bytes are missing in the capture
    undetermined_one_direction INTEGER NOT NULL,
    undetermined_other INTEGER NOT NULL,                           -- open at the end, start not seen, encrypted ending, ...
    mtls_asked INTEGER NOT NULL,                                   -- the server asked for a certificate
    mtls_answered INTEGER NOT NULL,                                -- of these, the client sent one, or the attempt failed
    mtls_failed INTEGER NOT NULL,                                  -- of these, failed
    staple_asked INTEGER NOT NULL,                                 -- the client asked and the leaf has an OCSP URL
    stapled INTEGER NOT NULL,                                      -- of these, answered
    full_handshakes INTEGER NOT NULL,                              -- completed, not resumed
    below_best INTEGER NOT NULL,                                   -- of these, below the best (version, AEAD, forward secrecy) seen before
    fallback_scsv INTEGER NOT NULL,                                -- TLS_FALLBACK_SCSV was offered
    retried_lower INTEGER NOT NULL,                                -- offered a lower version than an attempt that failed just before
    placeholder INTEGER NOT NULL,                                  -- handshakes that showed this defect, as are the next three
    starttls_refused INTEGER NOT NULL,
    kex_signature_invalid INTEGER NOT NULL,
    static_rsa_failures INTEGER NOT NULL,
    named_certificates INTEGER NOT NULL,                           -- with SNI and a visible certificate, or alert 112
    name_mismatches INTEGER NOT NULL,                              -- of these, a certificate of another name, or alert 112
    resumed INTEGER NOT NULL,
    resumption_offered INTEGER NOT NULL,                           -- of full and resumed ones
    hello_retries INTEGER NOT NULL,                                -- completed with HelloRetryRequest
    bytes INTEGER NOT NULL,                                        -- TCP payload of connections that began in the minute
    gap_bytes INTEGER NOT NULL,                                    -- missing in the capture
    one_sided INTEGER NOT NULL,                                    -- only one direction was seen
    full_us BLOB,                                                   -- ClientHello to the client's Finished, without HelloRetryRequest
    resumed_us BLOB,
    retried_us BLOB,                                                -- with HelloRetryRequest
    server_think_us BLOB,                                           -- of all attempts
    client_think_us BLOB,
    client_rtt_us BLOB,
    server_rtt_us BLOB,
    PRIMARY KEY (service_id, region, minute_us)
) STRICT, WITHOUT ROWID;

-- What `tlswire watch` took in and lost in a minute: differences of its counters. received = analysed + skipped +
-- kernel_drops + own_drops + what more is waiting than the minute before. A minute without a row was not watched.
CREATE TABLE capture_minute (
    run_id INTEGER NOT NULL,
    minute_us INTEGER NOT NULL,
    received INTEGER NOT NULL,                      -- packets that passed the filter, as libpcap counts them: with those dropped later
    analysed INTEGER NOT NULL,                      -- of these: TCP and UDP
    skipped INTEGER NOT NULL,                       -- all else
    kernel_drops INTEGER NOT NULL,                  -- found no room in the ring
    interface_drops INTEGER NOT NULL,               -- lost before, in none of the others
    own_drops INTEGER NOT NULL,                     -- in no other counter
    waiting INTEGER NOT NULL,                       -- at the end of the minute: received, not looked at yet
    gaps INTEGER NOT NULL,                          -- holes in TCP connections of interest
    gap_bytes INTEGER NOT NULL,                     -- passed over or acknowledged, not captured
    evicted_flows INTEGER NOT NULL,                 -- connections that a cap pushed out
    evicted_syns INTEGER NOT NULL,                  -- likewise, without an answer
    capped_buffers INTEGER NOT NULL,                -- directions of which a cap cut what waited
    fragments_dropped INTEGER NOT NULL,             -- never became a packet
    truncated INTEGER NOT NULL,                     -- packets cut by the snap length
    handshakes INTEGER NOT NULL,
    handshakes_capped INTEGER NOT NULL,             -- a cap cut them
    handshakes_not_verified INTEGER NOT NULL,       -- there was no time
    certificates_not_stored INTEGER NOT NULL,       -- too many bytes of new ones came
    certificates_without_names INTEGER NOT NULL,    -- too many new names came
    rows_lost INTEGER NOT NULL,                     -- of handshakes, while nothing could be written
    updates_lost INTEGER NOT NULL,                  -- of the inventory, likewise
    late_ends_lost INTEGER NOT NULL,                -- ends of connections after their segment
    PRIMARY KEY (run_id, minute_us)
) STRICT, WITHOUT ROWID;

-- What the program remembers from run to run, by topic (src/history): plain data in the byte order
-- of the machine, behind four bytes that say how it is built. Not for other readers.
CREATE TABLE history (
    topic      TEXT NOT NULL,
    key        BLOB NOT NULL,
    changed_us INTEGER NOT NULL,     -- packet time
    value      BLOB NOT NULL,
    PRIMARY KEY (topic, key)
) STRICT, WITHOUT ROWID;

-- Packets by kind, loss, and every cap that was hit.
CREATE TABLE counter (
    run_id INTEGER NOT NULL,
    name   TEXT NOT NULL,
    value  INTEGER NOT NULL,
    PRIMARY KEY (run_id, name)
) STRICT, WITHOUT ROWID;

-- Names of code points, so that the views work in any SQLite shell.
CREATE TABLE code_name (
    kind TEXT NOT NULL,     -- version, cipher, group, alert, handshake, outcome, undetermined, ...
    code INTEGER NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (kind, code)
) STRICT, WITHOUT ROWID;
