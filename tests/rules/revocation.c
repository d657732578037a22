/* Rules about OCSP answers, CRLs and signed timestamps. */
#include "tests/rules/judged.h"

static void no_staple(struct judged *d)
{
    judged_init(d);
    d->w.hs.cert_status = NULL;
    d->j.n_staples = 0;
    d->j.staples = NULL;
}

/* Everything that makes the absence of an answer say something, one after the other. */
static void check_absence(const char *id, void (*prepare)(struct judged *))
{
    struct judged d;
    prepare(&d);
    CHECK(&d.w, id, RULE_HIT);
    d.w.hs.sides[SIDE_SERVER].n_gaps = 1;
    CHECK(&d.w, id, RULE_UNDETERMINED);
    prepare(&d);
    d.w.hs.sides[SIDE_CLIENT].is_seen = false;
    CHECK(&d.w, id, RULE_UNDETERMINED);
    prepare(&d);
    d.w.hs.is_midstream = true;
    CHECK(&d.w, id, RULE_UNDETERMINED);
    prepare(&d);
    d.w.hs.client_hello = NULL;
    CHECK(&d.w, id, RULE_UNDETERMINED);
    prepare(&d); /* it broke off behind the certificate */
    d.w.hs.server_key_exchange = NULL;
    d.w.hs.times.server_flight_end_us = TIME_NONE;
    CHECK(&d.w, id, RULE_UNDETERMINED);
    d.w.hs.times.server_flight_end_us = NOW;
    CHECK(&d.w, id, RULE_HIT);
    prepare(&d);
    d.w.certs[0].problem = "extensions";
    CHECK(&d.w, id, RULE_UNDETERMINED);
    prepare(&d);
    d.w.client_hello.has_status_request = false; /* nobody asked */
    CHECK(&d.w, id, RULE_NA);
    check_without_certificate(id);
}

static void must_staple(struct judged *d)
{
    no_staple(d);
    d->w.certs[0].n_tls_features = 2;
    d->w.certs[0].tls_features[0] = 17;
    d->w.certs[0].tls_features[1] = 5;
}

static void test_staple_missing(void **state)
{
    (void)state;
    struct judged d;
    const char *id = "ocsp-staple-missing";
    judged_init(&d);
    CHECK(&d.w, id, RULE_PASS);
    check_absence(id, no_staple);
    no_staple(&d);
    CHECK(&d.w, id, RULE_HIT);
    assert_int_equal(d.w.answer.severity, SEV_LOW);
    assert_non_null(strstr(d.w.answer.summary, "http://ocsp.example.test/"));
    d.w.client_hello.has_status_request = false;
    d.w.client_hello.status_request_v2 = text_bytes("\2");
    CHECK(&d.w, id, RULE_HIT);
    d.w.certs[0].n_ocsp_urls = 0;
    CHECK(&d.w, id, RULE_NA);
    no_staple(&d); /* a CertificateStatus without anything in it */
    d.status.response.n = 0;
    d.w.hs.cert_status = &d.status;
    CHECK(&d.w, id, RULE_HIT);
    /* Another type of request than OCSP. */
    d.w.client_hello.status_request_type = 2;
    CHECK(&d.w, id, RULE_NA);
}

static void test_must_staple(void **state)
{
    (void)state;
    struct judged d;
    const char *id = "ocsp-must-staple-violated";
    check_absence(id, must_staple);
    must_staple(&d);
    CHECK(&d.w, id, RULE_HIT);
    assert_int_equal(d.w.answer.severity, SEV_CRITICAL);
    d.w.certs[0].n_ocsp_urls = 0; /* the duty does not depend on it */
    CHECK(&d.w, id, RULE_HIT);
    d.w.hs.cert_status = &d.status;
    CHECK(&d.w, id, RULE_PASS);
    d.w.certs[0].n_tls_features = 1; /* only status_request_v2 */
    CHECK(&d.w, id, RULE_NA);
}

static const char *const staple_rules[] = {
        "ocsp-staple-expired", "ocsp-staple-invalid", "ocsp-staple-revoked", "ocsp-staple-error"};

/* RFC 6961 2.2: a list of answers, of which an empty one stands for none. */
static void test_staple_lists(void **state)
{
    (void)state;
    static const uint8_t LEAF[] = {0, 0, 1, 'x', 0, 0, 0}, ISSUER[] = {0, 0, 0, 0, 0, 1, 'x'};
    struct judged d;
    judged_init(&d);
    d.w.certs[0].n_tls_features = 1;
    d.w.certs[0].tls_features[0] = 5;
    d.status = (struct cert_status){
            .type = 2, .responses = {LEAF, sizeof LEAF}, .response = text_bytes("x")};
    CHECK(&d.w, "ocsp-staple-missing", RULE_PASS);
    CHECK(&d.w, "ocsp-must-staple-violated", RULE_PASS);
    d.status.responses = (struct bytes){ISSUER, sizeof ISSUER};
    d.staple = (struct ocsp_answer){.response_status = -1, .is_absent = true, .reason = "none"};
    CHECK(&d.w, "ocsp-staple-missing", RULE_HIT);
    CHECK(&d.w, "ocsp-must-staple-violated", RULE_HIT);
    for (size_t i = 0; i < sizeof staple_rules / sizeof *staple_rules; i++)
        CHECK(&d.w, staple_rules[i], RULE_NA);
}

static void test_staple_gates(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof staple_rules / sizeof *staple_rules; i++) {
        struct judged d;
        const char *id = staple_rules[i];
        check_without_certificate(id);
        judged_unjudged(id);
        judged_init(&d);
        CHECK(&d.w, id, RULE_PASS);
        d.j.n_staples = 0;
        CHECK(&d.w, id, RULE_UNDETERMINED);
        d.j.n_staples = 1;
        d.staple.is_parsed = false;
        d.staple.response_status = -1;
        CHECK(&d.w, id, RULE_UNDETERMINED);
        d.staple.reason = "longer than is looked at";
        CHECK(&d.w, id, RULE_UNDETERMINED);
        assert_string_equal(d.w.answer.why, "longer than is looked at");
        no_staple(&d);
        CHECK(&d.w, id, RULE_NA);
        d.w.hs.sides[SIDE_SERVER].n_gaps = 1;
        CHECK(&d.w, id, RULE_UNDETERMINED);
    }
}

static void test_staple_expired(void **state)
{
    (void)state;
    static const struct {
        int64_t this_update, next_update;
        enum verdict verdict;
    } rows[] = {{NOW - DAY, NOW, RULE_PASS}, {NOW - DAY, NOW - 1, RULE_HIT},
            {NOW - 300 * DAY, NOW + 1, RULE_PASS}, {NOW - 10 * DAY, TIME_NONE, RULE_PASS},
            {NOW - 10 * DAY - 1, TIME_NONE, RULE_HIT}, {TIME_NONE, TIME_NONE, RULE_UNDETERMINED}};
    struct judged d;
    const char *id = "ocsp-staple-expired";
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        judged_init(&d);
        d.staple.this_update_us = rows[i].this_update;
        d.staple.next_update_us = rows[i].next_update;
        if (world_check(&d.w, id) != rows[i].verdict)
            fail_msg("row %zu", i);
    }
    judged_init(&d);
    d.staple.next_update_us = NOW - DAY;
    d.staple.match = OCSP_MATCH_NO;
    CHECK(&d.w, id, RULE_NA);
}

static void test_staple_invalid(void **state)
{
    (void)state;
    static const struct {
        enum ocsp_match match;
        enum signed_verdict signature;
        enum ocsp_responder responder;
        enum at_time period;
        enum verdict verdict;
    } rows[] = {
            {OCSP_MATCH_YES, SIGNED_VALID, OCSP_RESPONDER_ISSUER, AT_TIME_UNKNOWN, RULE_PASS},
            {OCSP_MATCH_NO, SIGNED_VALID, OCSP_RESPONDER_ISSUER, AT_TIME_UNKNOWN, RULE_HIT},
            {OCSP_MATCH_NO, SIGNED_UNVERIFIED, OCSP_RESPONDER_UNTOLD, AT_TIME_UNKNOWN, RULE_HIT},
            {OCSP_MATCH_YES, SIGNED_INVALID, OCSP_RESPONDER_UNTOLD, AT_TIME_UNKNOWN, RULE_HIT},
            {OCSP_MATCH_YES, SIGNED_INVALID, OCSP_RESPONDER_OTHER, AT_TIME_VALID, RULE_HIT},
            {OCSP_MATCH_YES, SIGNED_INVALID, OCSP_RESPONDER_DELEGATED_NO_EKU, AT_TIME_VALID,
                    RULE_HIT},
            {OCSP_MATCH_YES, SIGNED_VALID, OCSP_RESPONDER_DELEGATED, AT_TIME_VALID, RULE_PASS},
            {OCSP_MATCH_YES, SIGNED_VALID, OCSP_RESPONDER_DELEGATED, AT_TIME_LATE, RULE_HIT},
            {OCSP_MATCH_YES, SIGNED_UNVERIFIED, OCSP_RESPONDER_UNTOLD, AT_TIME_UNKNOWN,
                    RULE_UNDETERMINED},
            {OCSP_MATCH_WITHOUT_KEY, SIGNED_UNVERIFIED, OCSP_RESPONDER_UNTOLD, AT_TIME_UNKNOWN,
                    RULE_UNDETERMINED},
            {OCSP_MATCH_UNTOLD, SIGNED_VALID, OCSP_RESPONDER_ISSUER, AT_TIME_UNKNOWN,
                    RULE_UNDETERMINED},
    };
    struct judged d;
    const char *id = "ocsp-staple-invalid";
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        judged_init(&d);
        d.staple.match = rows[i].match;
        d.staple.verdict = rows[i].signature;
        d.staple.responder = rows[i].responder;
        d.staple.responder_period = rows[i].period;
        if (world_check(&d.w, id) != rows[i].verdict)
            fail_msg("row %zu", i);
        d.w.hs.is_ambiguous = true; /* which bytes the peers saw is not known */
        if (rows[i].verdict == RULE_HIT)
            CHECK(&d.w, id, RULE_UNDETERMINED);
    }
    judged_init(&d);
    d.staple.response_status = OCSP_TRY_LATER;
    CHECK(&d.w, id, RULE_NA);
}

static void test_staple_revoked(void **state)
{
    (void)state;
    struct judged d;
    const char *id = "ocsp-staple-revoked";
    judged_init(&d);
    d.staple.cert_status = OCSP_CERT_REVOKED;
    d.staple.revoked_us = NOW;
    d.staple.revoked_reason = REVOKED_KEY_COMPROMISE;
    CHECK(&d.w, id, RULE_HIT);
    assert_int_equal(d.w.answer.severity, SEV_CRITICAL);
    assert_non_null(strstr(d.w.answer.summary, "keyCompromise"));
    d.staple.revoked_us = NOW + 1; /* later than the handshake */
    CHECK(&d.w, id, RULE_PASS);
    d.staple.revoked_us = NOW;
    d.staple.verdict = SIGNED_UNVERIFIED;
    CHECK(&d.w, id, RULE_UNDETERMINED);
    d.staple.verdict = SIGNED_INVALID;
    CHECK(&d.w, id, RULE_NA);
    d.staple.verdict = SIGNED_VALID;
    d.staple.match = OCSP_MATCH_NO;
    CHECK(&d.w, id, RULE_NA);
    d.staple.match = OCSP_MATCH_YES;
    d.staple.responder = OCSP_RESPONDER_DELEGATED;
    d.staple.responder_period = AT_TIME_LATE;
    CHECK(&d.w, id, RULE_UNDETERMINED);
    d.staple.response_status = OCSP_TRY_LATER;
    CHECK(&d.w, id, RULE_NA);
}

static void test_staple_error(void **state)
{
    (void)state;
    struct judged d;
    const char *id = "ocsp-staple-error";
    static const int errors[] = {OCSP_MALFORMED_REQUEST, OCSP_INTERNAL_ERROR, OCSP_TRY_LATER,
            OCSP_SIG_REQUIRED, OCSP_UNAUTHORIZED};
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        judged_init(&d);
        d.staple.response_status = errors[i];
        d.staple.is_parsed = false; /* an error has no response to parse */
        CHECK(&d.w, id, RULE_HIT);
        assert_non_null(strstr(d.w.answer.summary, ocsp_status_name(errors[i])));
    }
    judged_init(&d);
    d.staple.cert_status = OCSP_CERT_UNKNOWN;
    CHECK(&d.w, id, RULE_HIT);
    assert_int_equal(d.w.answer.severity, SEV_MEDIUM);
    d.staple.match = OCSP_MATCH_NO;
    CHECK(&d.w, id, RULE_NA);
}

static void test_revoked_by_crl(void **state)
{
    (void)state;
    static const struct {
        enum crl_status status;
        int64_t revoked;
        int reason;
        bool is_partial;
        enum at_time period;
        int64_t next_update;
        enum verdict verdict;
    } rows[] = {
            {CRL_NOT_LISTED, TIME_NONE, -1, false, AT_TIME_VALID, NOW + DAY, RULE_PASS},
            {CRL_NOT_LISTED, TIME_NONE, -1, false, AT_TIME_VALID, NOW, RULE_PASS},
            {CRL_NOT_LISTED, TIME_NONE, -1, false, AT_TIME_LATE, NOW - 1, RULE_UNDETERMINED},
            {CRL_NOT_LISTED, TIME_NONE, -1, false, AT_TIME_EARLY, NOW + DAY, RULE_PASS},
            {CRL_NOT_LISTED, TIME_NONE, -1, true, AT_TIME_EARLY, NOW + DAY, RULE_UNDETERMINED},
            {CRL_NOT_LISTED, TIME_NONE, -1, false, AT_TIME_VALID, TIME_NONE, RULE_PASS},
            {CRL_NOT_LISTED, TIME_NONE, -1, true, AT_TIME_VALID, NOW + DAY, RULE_UNDETERMINED},
            {CRL_SILENT, TIME_NONE, -1, false, AT_TIME_UNKNOWN, TIME_NONE, RULE_UNDETERMINED},
            {CRL_REVOKED, NOW, 1, false, AT_TIME_VALID, NOW + DAY, RULE_HIT},
            {CRL_REVOKED, NOW, -1, true, AT_TIME_LATE, NOW - DAY, RULE_HIT},
            {CRL_REVOKED, NOW, 1, false, AT_TIME_EARLY, NOW + DAY, RULE_HIT},
            {CRL_REVOKED, NOW + 1, 1, false, AT_TIME_EARLY, NOW + DAY, RULE_PASS},
            {CRL_REVOKED, NOW + 1, 1, false, AT_TIME_VALID, NOW + DAY, RULE_PASS},
            {CRL_REVOKED, NOW, REVOKED_REMOVE_FROM_CRL, false, AT_TIME_VALID, NOW + DAY, RULE_PASS},
            {CRL_ON_HOLD, NOW, 6, false, AT_TIME_VALID, NOW + DAY, RULE_UNDETERMINED},
    };
    struct judged d;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        judged_init(&d);
        d.j.crl.status = rows[i].status;
        d.j.crl.revoked_us = rows[i].revoked;
        d.j.crl.revoked_reason = rows[i].reason;
        d.j.crl.is_partial = rows[i].is_partial;
        d.j.crl.period = rows[i].period;
        d.j.crl.next_update_us = rows[i].next_update;
        if (rows[i].period == AT_TIME_EARLY)
            d.j.crl.this_update_us = NOW + 1;
        if (world_check(&d.w, "revoked-cert-in-use") != rows[i].verdict)
            fail_msg("row %zu", i);
        if (rows[i].verdict == RULE_HIT)
            assert_non_null(strstr(d.w.answer.summary, "CRL ca.crl"));
    }
}

/* Today's CRL and yesterday's capture. */
static void test_revoked_later(void **state)
{
    (void)state;
    const char *id = "revoked-cert-in-use";
    struct judged d;
    judged_init(&d);
    d.j.crl.status = CRL_REVOKED;
    d.j.crl.revoked_us = NOW;
    CHECK(&d.w, id, RULE_HIT);
    assert_true(d.w.answer.confidence == 1.0);
    assert_null(strstr(d.w.answer.summary, "issued after"));
    d.j.crl.period = AT_TIME_EARLY;
    d.j.crl.this_update_us = INT64_C(4102444800000000); /* 2100-01-01 */
    CHECK(&d.w, id, RULE_HIT);
    assert_true(d.w.answer.confidence == 0.9);
    assert_non_null(strstr(d.w.answer.summary, "CRL ca.crl (CRL of 2100-01-01, issued after)"));
    d.j.crl.status = CRL_NOT_LISTED; /* entries are removed after the certificate's end */
    d.w.certs[0].not_after_us = NOW + DAY;
    d.j.crl.this_update_us = NOW + DAY;
    CHECK(&d.w, id, RULE_PASS);
    d.j.crl.this_update_us = NOW + DAY + 1;
    CHECK(&d.w, id, RULE_UNDETERMINED);
    d.j.has_crls = false;
    d.j.ocsp_file = &d.ocsp_file;
    d.ocsp_file.this_update_us = NOW + DAY;
    d.ocsp_file.next_update_us = NOW + 2 * DAY;
    d.ocsp_file.period = AT_TIME_EARLY;
    CHECK(&d.w, id, RULE_PASS);
    d.ocsp_file.this_update_us = NOW + DAY + 1;
    CHECK(&d.w, id, RULE_UNDETERMINED);
}

static void test_revoked_by_ocsp(void **state)
{
    (void)state;
    const char *id = "revoked-cert-in-use";
    struct judged d;
    check_without_certificate(id);
    judged_unjudged(id);
    judged_init(&d);
    d.j.has_crls = false;
    CHECK(&d.w, id, RULE_UNDETERMINED); /* no file at all */
    d.j.ocsp_file = &d.ocsp_file;
    d.j.ocsp_source = "answers.der";
    CHECK(&d.w, id, RULE_PASS);
    d.ocsp_file.next_update_us = NOW - 1; /* older than the handshake */
    CHECK(&d.w, id, RULE_UNDETERMINED);
    d.ocsp_file.cert_status = OCSP_CERT_REVOKED;
    d.ocsp_file.revoked_us = NOW;
    CHECK(&d.w, id, RULE_HIT);
    assert_int_equal(d.w.answer.severity, SEV_CRITICAL);
    assert_non_null(strstr(d.w.answer.summary, "OCSP answer answers.der"));
    d.ocsp_file.period = AT_TIME_EARLY; /* published after the handshake */
    CHECK(&d.w, id, RULE_HIT);
    assert_true(d.w.answer.confidence == 0.9);
    assert_non_null(strstr(d.w.answer.summary, "issued after)"));
    d.ocsp_file.revoked_us = NOW + 1;
    CHECK(&d.w, id, RULE_PASS);
    d.ocsp_file.period = AT_TIME_VALID;
    d.ocsp_file.revoked_us = NOW;
    d.ocsp_file.revoked_reason = REVOKED_CERTIFICATE_HOLD;
    CHECK(&d.w, id, RULE_UNDETERMINED);
    d.ocsp_file.revoked_reason = REVOKED_NO_REASON;
    d.ocsp_file.verdict = SIGNED_UNVERIFIED;
    CHECK(&d.w, id, RULE_UNDETERMINED);
    d.ocsp_file.verdict = SIGNED_VALID;
    d.ocsp_file.cert_status = OCSP_CERT_UNKNOWN;
    CHECK(&d.w, id, RULE_UNDETERMINED);
    d.j.has_crls = true; /* the CRL knows */
    CHECK(&d.w, id, RULE_PASS);
}

static void test_no_pointer(void **state)
{
    (void)state;
    enum { SECOND = 1000000 };
    static const int64_t CHANGE = INT64_C(1773532800000000); /* 2026-03-15 */
    static const struct {
        int64_t from, lifetime; /* both ends count: one second more */
        enum verdict verdict;
    } rows[] = {{CHANGE - 1, 10 * DAY - SECOND, RULE_NA}, {CHANGE - 1, 10 * DAY, RULE_HIT},
            {CHANGE, 7 * DAY - SECOND, RULE_NA}, {CHANGE, 7 * DAY, RULE_HIT}};
    struct judged d;
    const char *id = "revocation-no-pointer";
    check_without_certificate(id);
    judged_init(&d);
    CHECK(&d.w, id, RULE_PASS);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        judged_init(&d);
        d.w.certs[0].n_ocsp_urls = 0;
        d.w.certs[0].not_before_us = rows[i].from;
        d.w.certs[0].not_after_us = rows[i].from + rows[i].lifetime;
        if (world_check(&d.w, id) != rows[i].verdict)
            fail_msg("row %zu", i);
    }
    d.w.certs[0].n_crl_urls = 1;
    CHECK(&d.w, id, RULE_PASS);
    d.w.certs[0].n_crl_urls = 0;
    d.j.is_public = KNOWN_NO;
    CHECK(&d.w, id, RULE_NA);
    d.j.is_public = KNOWN_UNKNOWN;
    CHECK(&d.w, id, RULE_UNDETERMINED);
    d.j.is_public = KNOWN_YES;
    d.w.certs[0].problem = "extensions";
    CHECK(&d.w, id, RULE_UNDETERMINED);
}

static void no_scts(struct judged *d)
{
    judged_init(d);
    d->scts.n = 0;
    d->j.sct_policy = (struct sct_policy){SCT_POLICY_SHORT, NULL, 1, 3, 1};
}

static void test_sct_missing(void **state)
{
    (void)state;
    const char *id = "sct-missing";
    struct judged d;
    check_without_certificate(id);
    judged_unjudged(id);
    judged_init(&d);
    CHECK(&d.w, id, RULE_PASS);
    no_scts(&d);
    CHECK(&d.w, id, RULE_HIT);
    assert_int_equal(d.w.answer.severity, SEV_MEDIUM);
    d.j.is_public = KNOWN_NO;
    CHECK(&d.w, id, RULE_NA);
    d.j.is_public = KNOWN_UNKNOWN;
    CHECK(&d.w, id, RULE_UNDETERMINED);
    no_scts(&d);
    d.j.has_ct_logs = false;
    CHECK(&d.w, id, RULE_UNDETERMINED);
    assert_non_null(strstr(d.w.answer.why, "--ct-logs"));
    no_scts(&d);
    d.j.sct_policy.verdict = SCT_POLICY_UNDETERMINED;
    CHECK(&d.w, id, RULE_UNDETERMINED);
    no_scts(&d);
    d.w.hs.sides[SIDE_SERVER].n_gaps = 1;
    CHECK(&d.w, id, RULE_UNDETERMINED);
    no_scts(&d); /* the channels that have to be asked for */
    d.w.client_hello.has_sct = false;
    CHECK(&d.w, id, RULE_UNDETERMINED);
    no_scts(&d);
    d.w.client_hello.has_status_request = false;
    CHECK(&d.w, id, RULE_UNDETERMINED);
    d.w.certs[0].n_ocsp_urls = 0;
    CHECK(&d.w, id, RULE_HIT);
}

/* Days from which browsers asked for timestamps, and counted days of lifetime. */
static void test_sct_dates(void **state)
{
    (void)state;
    static const int64_t DUTY = INT64_C(1525132800000000);  /* 2018-05-01 */
    static const int64_t COUNT = INT64_C(1649980800000000); /* 2022-04-15 */
    static const struct {
        int64_t from, lifetime;
        unsigned n_logs, n_operators;
        enum verdict verdict;
    } rows[] = {{DUTY - 1, 365 * DAY, 0, 0, RULE_NA}, {DUTY, 365 * DAY, 0, 0, RULE_HIT},
            {COUNT - 1, 365 * DAY, 2, 2, RULE_PASS}, {COUNT - 1, 365 * DAY, 1, 1, RULE_HIT},
            {COUNT - 1, 365 * DAY, 2, 1, RULE_HIT}, {COUNT - 1, 456 * DAY, 2, 2, RULE_HIT},
            {COUNT, 365 * DAY, 2, 2, RULE_HIT}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct judged d;
        no_scts(&d);
        d.w.certs[0].not_before_us = rows[i].from;
        d.w.certs[0].not_after_us = rows[i].from + rows[i].lifetime;
        d.j.sct_policy =
                (struct sct_policy){SCT_POLICY_SHORT, NULL, rows[i].n_logs, 3, rows[i].n_operators};
        if (world_check(&d.w, "sct-missing") != rows[i].verdict)
            fail_msg("row %zu", i);
    }
}

static void test_sct_invalid(void **state)
{
    (void)state;
    const char *id = "sct-invalid";
    static const enum sct_channel channels[] = {SCT_IN_CERTIFICATE, SCT_IN_TLS, SCT_IN_OCSP};
    struct judged d;
    check_without_certificate(id);
    judged_unjudged(id);
    judged_init(&d);
    CHECK(&d.w, id, RULE_PASS);
    for (size_t i = 0; i < 3; i++) {
        judged_init(&d);
        d.scts.scts[1].channel = channels[i];
        d.scts.scts[1].verdict = SIGNED_INVALID;
        CHECK(&d.w, id, RULE_HIT);
        assert_int_equal(d.w.answer.severity, SEV_HIGH);
        assert_non_null(strstr(d.w.answer.summary, "Test log"));
    }
    d.w.hs.is_ambiguous = true;
    CHECK(&d.w, id, RULE_UNDETERMINED);
    judged_init(&d);
    d.scts.scts[1].verdict = SIGNED_UNVERIFIED; /* of a log that the list does not have */
    d.scts.scts[1].log = NULL;
    CHECK(&d.w, id, RULE_UNDETERMINED);
    d.j.has_ct_logs = false;
    CHECK(&d.w, id, RULE_UNDETERMINED);
    judged_init(&d);
    d.j.scts = NULL;
    CHECK(&d.w, id, RULE_UNDETERMINED); /* there, but not read */
    d.w.certs[0].sct_list.n = 0;
    CHECK(&d.w, id, RULE_NA);
}

static void test_sct_future(void **state)
{
    (void)state;
    const char *id = "sct-timestamp-future";
    static const int64_t TOLERANCE = INT64_C(300000000);
    struct judged d;
    check_without_certificate(id);
    judged_unjudged(id);
    judged_init(&d);
    CHECK(&d.w, id, RULE_PASS);
    d.scts.scts[2].timestamp_us = NOW + TOLERANCE;
    CHECK(&d.w, id, RULE_PASS);
    d.scts.scts[2].timestamp_us++;
    CHECK(&d.w, id, RULE_HIT);
    assert_int_equal(d.w.answer.severity, SEV_LOW);
    d.scts.scts[2].timestamp_us = INT64_MAX;
    CHECK(&d.w, id, RULE_HIT);
    d.scts.scts[2].is_parsed = false;
    d.scts.problem = "version";
    CHECK(&d.w, id, RULE_UNDETERMINED);
    judged_init(&d);
    d.scts.n = 0;
    CHECK(&d.w, id, RULE_NA);
    d.scts.problem = "length"; /* nothing of the list could be read */
    CHECK(&d.w, id, RULE_UNDETERMINED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_staple_missing),
            cmocka_unit_test(test_must_staple), cmocka_unit_test(test_staple_gates),
            cmocka_unit_test(test_staple_lists), cmocka_unit_test(test_staple_expired),
            cmocka_unit_test(test_staple_invalid), cmocka_unit_test(test_staple_revoked),
            cmocka_unit_test(test_staple_error), cmocka_unit_test(test_revoked_by_crl),
            cmocka_unit_test(test_revoked_later), cmocka_unit_test(test_revoked_by_ocsp),
            cmocka_unit_test(test_no_pointer), cmocka_unit_test(test_sct_missing),
            cmocka_unit_test(test_sct_dates), cmocka_unit_test(test_sct_invalid),
            cmocka_unit_test(test_sct_future)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
