/* What one attempt adds to the counts of its minute. */
#include "model/metric.h"

#include "tests/unit/test.h"

static struct metrics_row row_of(const struct metric_facts *f)
{
    struct metrics_row row = {.counts = {0}};
    metrics_count(&row, f);
    return row;
}

static void outcomes(void **state)
{
    static const struct {
        enum outcome outcome;
        enum undetermined why;
        enum basis basis;
        enum metric metric;
    } ROWS[] = {
            {OUTCOME_SUCCESS, 0, BASIS_SEEN, METRIC_success},
            {OUTCOME_SUCCESS, 0, BASIS_INFERRED, METRIC_success_inferred},
            {OUTCOME_SUCCESS_INFERRED, 0, BASIS_INFERRED, METRIC_success_inferred},
            {OUTCOME_FAIL_ALERT_CLIENT, 0, BASIS_SEEN, METRIC_fail_alert_client},
            {OUTCOME_FAIL_ALERT_SERVER, 0, BASIS_SEEN, METRIC_fail_alert_server},
            {OUTCOME_FAIL_INFERRED_CLIENT, 0, BASIS_INFERRED, METRIC_fail_inferred_client},
            {OUTCOME_FAIL_INFERRED_SERVER, 0, BASIS_INFERRED, METRIC_fail_inferred_server},
            {OUTCOME_FAIL_RESET_CLIENT, 0, BASIS_SEEN, METRIC_fail_reset_client},
            {OUTCOME_FAIL_RESET_SERVER, 0, BASIS_INFERRED, METRIC_fail_reset_server_inferred},
            {OUTCOME_FAIL_RESET_THIRD_PARTY, 0, BASIS_INFERRED,
                    METRIC_fail_reset_third_party_inferred},
            {OUTCOME_FAIL_CLOSED_CLIENT, 0, BASIS_INFERRED, METRIC_fail_closed_client_inferred},
            {OUTCOME_FAIL_CLOSED_SERVER, 0, BASIS_SEEN, METRIC_fail_closed_server},
            {OUTCOME_FAIL_TIMEOUT_CLIENT, 0, BASIS_SEEN, METRIC_fail_timeout_client},
            {OUTCOME_FAIL_TIMEOUT_SERVER, 0, BASIS_INFERRED, METRIC_fail_timeout_server_inferred},
            {OUTCOME_FAIL_TIMEOUT_PATH, 0, BASIS_INFERRED, METRIC_fail_timeout_path_inferred},
            {OUTCOME_ABANDONED, 0, BASIS_SEEN, METRIC_abandoned},
            {OUTCOME_SCAN, 0, BASIS_INFERRED, METRIC_scan},
            {OUTCOME_UNDETERMINED, UNDETERMINED_GAP, BASIS_NONE, METRIC_undetermined_loss},
            {OUTCOME_UNDETERMINED, UNDETERMINED_ONE_DIRECTION, BASIS_NONE,
                    METRIC_undetermined_one_direction},
            {OUTCOME_UNDETERMINED, UNDETERMINED_OPEN_AT_END, BASIS_NONE, METRIC_undetermined_other},
    };
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct handshake h = {
                .outcome = ROWS[i].outcome, .undetermined = ROWS[i].why, .basis = ROWS[i].basis};
        const struct metric_facts f = {.handshake = &h, .defects = ""};
        struct metrics_row row = row_of(&f);
        for (int m = 0; m <= METRIC_undetermined_other; m++)
            if (row.counts[m] != (m == (int)ROWS[i].metric))
                fail_msg("row %zu: count %d is %llu", i, m, (unsigned long long)row.counts[m]);
        assert_int_equal(row.counts[METRIC_one_sided], 1);
        metrics_row_fini(&row);
    }
}

static void times_are_kept_apart(void **state)
{
    static const struct server_hello HRR = {.is_hrr = true};
    static const struct {
        enum outcome outcome;
        enum resumption resumption;
        bool has_hrr;
        uint64_t full, resumed, retried;
    } ROWS[] = {
            {OUTCOME_SUCCESS, RESUMPTION_FULL, false, 1, 0, 0},
            {OUTCOME_SUCCESS, RESUMPTION_RESUMED, false, 0, 1, 0},
            {OUTCOME_SUCCESS, RESUMPTION_FULL, true, 0, 0, 1},
            {OUTCOME_SUCCESS, RESUMPTION_UNKNOWN, false, 0, 0, 0},
            {OUTCOME_FAIL_CLOSED_SERVER, RESUMPTION_FULL, false, 0, 0, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct handshake h = {.outcome = ROWS[i].outcome,
                .resumption = ROWS[i].resumption,
                .hello_retry_request = ROWS[i].has_hrr ? &HRR : NULL,
                .times = {.syn_us = 1,
                        .syn_ack_us = 1001,
                        .ack_us = 3001,
                        .client_hello_first_us = 3001,
                        .client_hello_last_us = 3001,
                        .server_hello_us = 10001,
                        .server_flight_end_us = 10001,
                        .client_finished_us = 20001,
                        .server_finished_us = TIME_NONE,
                        .complete_us = 20001,
                        .server_data_us = TIME_NONE}};
        const struct metric_facts f = {.handshake = &h, .defects = ""};
        struct metrics_row row = row_of(&f);
        assert_int_equal(histogram_count(&row.times[METRIC_TIME_full_us]), ROWS[i].full);
        assert_int_equal(histogram_count(&row.times[METRIC_TIME_resumed_us]), ROWS[i].resumed);
        assert_int_equal(histogram_count(&row.times[METRIC_TIME_retried_us]), ROWS[i].retried);
        double think = histogram_quantile(&row.times[METRIC_TIME_server_think_us], 0.5);
        assert_true(think > 5730 && think < 6270); /* 7 ms less the round trip of 1 ms */
        think = histogram_quantile(&row.times[METRIC_TIME_client_think_us], 0.5);
        assert_true(think > 7640 && think < 8360); /* 10 ms less 2 ms */
        metrics_row_fini(&row);
    }
}

static void negotiation(void **state)
{
    static const uint8_t NAME[] = "www.example.test";
    struct alert alert = {.level = 2, .description = 112};
    struct client_hello ch = {.has_sni = true,
            .sni = {NAME, sizeof NAME - 1},
            .has_status_request = true,
            .status_request_type = 1,
            .has_fallback_scsv = true,
            .session_ticket = {NAME, 4}};
    struct cert_request request = {.types = {NULL, 0}};
    struct certificate leaf = {.n_ocsp_urls = 1};
    struct handshake h = {.outcome = OUTCOME_SUCCESS,
            .resumption = RESUMPTION_FULL,
            .client_hello = &ch,
            .cert_request = &request};
    struct metric_facts f = {.handshake = &h,
            .leaf = &leaf,
            .defects = "cert-placeholder-not,kex-signature-invalid",
            .is_below_best = true,
            .is_retry_lower = true};
    (void)state;
    for (int i = 0; i < 2; i++)
        h.sides[i].is_seen = true;
    struct metrics_row row = row_of(&f);
    static const struct {
        enum metric metric;
        uint64_t n;
    } WANT[] = {{METRIC_full_handshakes, 1}, {METRIC_below_best, 1}, {METRIC_fallback_scsv, 1},
            {METRIC_retried_lower, 1}, {METRIC_resumption_offered, 1}, {METRIC_mtls_asked, 1},
            {METRIC_mtls_answered, 0}, {METRIC_mtls_failed, 0}, {METRIC_staple_asked, 1},
            {METRIC_stapled, 0}, {METRIC_named_certificates, 1}, {METRIC_name_mismatches, 0},
            {METRIC_placeholder, 0}, {METRIC_kex_signature_invalid, 1}, {METRIC_one_sided, 0}};
    for (size_t i = 0; i < sizeof WANT / sizeof *WANT; i++)
        if (row.counts[WANT[i].metric] != WANT[i].n)
            fail_msg("count %zu", i);
    metrics_row_fini(&row);
    /* No certificate, an alert about the name, and the server wanted one from the client. */
    h.outcome = OUTCOME_FAIL_ALERT_SERVER;
    h.sides[SIDE_SERVER].n_alerts = 1;
    h.sides[SIDE_SERVER].alerts = &alert;
    f.leaf = NULL;
    row = row_of(&f);
    assert_int_equal(row.counts[METRIC_named_certificates], 1);
    assert_int_equal(row.counts[METRIC_name_mismatches], 1);
    assert_int_equal(row.counts[METRIC_mtls_answered], 1);
    assert_int_equal(row.counts[METRIC_mtls_failed], 1);
    assert_int_equal(row.counts[METRIC_staple_asked], 0);
    assert_int_equal(row.counts[METRIC_full_handshakes], 0);
    metrics_row_fini(&row);
    /* A gap may have hidden the staple. */
    f.leaf = &leaf;
    h.outcome = OUTCOME_SUCCESS;
    h.sides[SIDE_SERVER].n_gaps = 1;
    row = row_of(&f);
    assert_int_equal(row.counts[METRIC_staple_asked], 0);
    metrics_row_fini(&row);
}

/* TLS 1.3 shows by sizes alone that a client answered a CertificateRequest. */
static void mutual_by_sizes(void **state)
{
    struct handshake h = {.version = TLS_1_3};
    const struct metric_facts f = {.handshake = &h, .defects = ""};
    static const struct {
        bool is_sent, is_empty;
        enum outcome outcome;
        uint64_t asked, answered, failed;
    } ROWS[] = {{true, false, OUTCOME_SUCCESS, 1, 1, 0},
            {true, false, OUTCOME_FAIL_INFERRED_SERVER, 1, 1, 1},
            {false, true, OUTCOME_SUCCESS, 1, 0, 0},
            {false, true, OUTCOME_FAIL_INFERRED_SERVER, 1, 1, 1},
            {false, false, OUTCOME_FAIL_INFERRED_SERVER, 0, 0, 0}};
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        h.is_client_cert_sent = ROWS[i].is_sent;
        h.is_client_cert_empty = ROWS[i].is_empty;
        h.outcome = ROWS[i].outcome;
        struct metrics_row row = row_of(&f);
        assert_int_equal(row.counts[METRIC_mtls_asked], ROWS[i].asked);
        assert_int_equal(row.counts[METRIC_mtls_answered], ROWS[i].answered);
        assert_int_equal(row.counts[METRIC_mtls_failed], ROWS[i].failed);
        metrics_row_fini(&row);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(outcomes),
            cmocka_unit_test(times_are_kept_apart),
            cmocka_unit_test(mutual_by_sizes),
            cmocka_unit_test(negotiation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
