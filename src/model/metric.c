#include "model/metric.h"

#include <string.h>

enum { ALERT_UNRECOGNIZED_NAME = 112, STATUS_TYPE_OCSP = 1 };

void metrics_row_fini(struct metrics_row *row)
{
    for (int i = 0; i < METRIC_TIME_COUNT; i++)
        histogram_fini(&row->times[i]);
}

/* The seen kind of a failure; the inferred one follows it, where there are both. */
static enum metric metric_of(enum outcome o, bool is_inferred)
{
    static const enum metric KINDS[OUTCOME_COUNT] = {
            [OUTCOME_SUCCESS] = METRIC_success,
            [OUTCOME_SUCCESS_INFERRED] = METRIC_success_inferred,
            [OUTCOME_FAIL_ALERT_CLIENT] = METRIC_fail_alert_client,
            [OUTCOME_FAIL_ALERT_SERVER] = METRIC_fail_alert_server,
            [OUTCOME_FAIL_INFERRED_CLIENT] = METRIC_fail_inferred_client,
            [OUTCOME_FAIL_INFERRED_SERVER] = METRIC_fail_inferred_server,
            [OUTCOME_FAIL_RESET_CLIENT] = METRIC_fail_reset_client,
            [OUTCOME_FAIL_RESET_SERVER] = METRIC_fail_reset_server,
            [OUTCOME_FAIL_RESET_THIRD_PARTY] = METRIC_fail_reset_third_party,
            [OUTCOME_FAIL_CLOSED_CLIENT] = METRIC_fail_closed_client,
            [OUTCOME_FAIL_CLOSED_SERVER] = METRIC_fail_closed_server,
            [OUTCOME_FAIL_TIMEOUT_CLIENT] = METRIC_fail_timeout_client,
            [OUTCOME_FAIL_TIMEOUT_SERVER] = METRIC_fail_timeout_server,
            [OUTCOME_FAIL_TIMEOUT_PATH] = METRIC_fail_timeout_path,
            [OUTCOME_ABANDONED] = METRIC_abandoned,
            [OUTCOME_SCAN] = METRIC_scan,
    };
    enum metric m = KINDS[o];
    if (o == OUTCOME_SUCCESS && is_inferred)
        return METRIC_success_inferred;
    return m + (is_inferred && o >= OUTCOME_FAIL_RESET_CLIENT && o <= OUTCOME_FAIL_TIMEOUT_PATH);
}

static enum metric metric_of_undetermined(enum undetermined u)
{
    switch (u) {
    case UNDETERMINED_GAP:
        return METRIC_undetermined_loss;
    case UNDETERMINED_ONE_DIRECTION:
        return METRIC_undetermined_one_direction;
    default:
        return METRIC_undetermined_other;
    }
}

static void count_outcome(struct metrics_row *row, const struct handshake *h)
{
    if (h->outcome == OUTCOME_UNDETERMINED)
        row->counts[metric_of_undetermined(h->undetermined)]++;
    else
        row->counts[metric_of(h->outcome, h->basis == BASIS_INFERRED)]++;
    row->counts[METRIC_one_sided] +=
            !h->sides[SIDE_CLIENT].is_seen || !h->sides[SIDE_SERVER].is_seen;
    for (int i = 0; i < 2; i++) {
        row->counts[METRIC_bytes] += h->sides[i].payload_bytes;
        row->counts[METRIC_gap_bytes] += h->sides[i].gap_bytes;
    }
}

static void count_time(struct metrics_row *row, enum metric_time t, int64_t us)
{
    if (us != TIME_NONE)
        histogram_add(&row->times[t], us);
}

static void count_times(struct metrics_row *row, const struct handshake *h)
{
    struct durations d = durations_of(&h->times, h->outcome);
    bool is_timed = outcome_is_success(h->outcome);
    count_time(row, METRIC_TIME_client_rtt_us, d.rtt_client_us);
    count_time(row, METRIC_TIME_server_rtt_us, d.rtt_server_us);
    count_time(row, METRIC_TIME_server_think_us, d.server_think_us);
    count_time(row, METRIC_TIME_client_think_us, d.client_think_us);
    if (!is_timed)
        return;
    if (h->hello_retry_request != NULL)
        count_time(row, METRIC_TIME_retried_us, handshake_latency(h));
    else if (h->resumption == RESUMPTION_FULL)
        count_time(row, METRIC_TIME_full_us, handshake_latency(h));
    else if (h->resumption == RESUMPTION_RESUMED)
        count_time(row, METRIC_TIME_resumed_us, handshake_latency(h));
}

/* M4: who was asked and neither answered nor failed did not have to. In TLS 1.3 sizes tell what the
 * client answered, and so that it was asked. */
static void count_mtls(struct metrics_row *row, const struct handshake *h)
{
    if (h->cert_request == NULL && !h->is_client_cert_empty && !h->is_client_cert_sent)
        return;
    bool has_failed = outcome_is_failure(h->outcome);
    bool has_answered =
            h->is_client_cert_sent || (h->client_certs != NULL && h->client_certs->n_certs > 0);
    row->counts[METRIC_mtls_asked]++;
    row->counts[METRIC_mtls_answered] += has_answered || has_failed;
    row->counts[METRIC_mtls_failed] += has_failed;
}

/* M5, of leaves that say where to ask. */
static void count_staple(struct metrics_row *row, const struct metric_facts *f)
{
    const struct handshake *h = f->handshake;
    const struct client_hello *ch = h->client_hello;
    bool is_asked = ch != NULL &&
                    ((ch->has_status_request && ch->status_request_type == STATUS_TYPE_OCSP) ||
                            ch->status_request_v2.n > 0);
    bool is_stapled = h->cert_status != NULL && h->cert_status->response.n > 0;
    if (!is_asked || f->leaf == NULL || f->leaf->n_ocsp_urls == 0 ||
            (!is_stapled && !handshake_is_complete(h)))
        return;
    row->counts[METRIC_staple_asked]++;
    row->counts[METRIC_stapled] += is_stapled;
}

static bool refuses_name(const struct handshake *h)
{
    const struct side_facts *server = &h->sides[SIDE_SERVER];
    for (size_t i = 0; i < server->n_alerts && i < TLS_ALERT_CAP; i++)
        if (server->alerts[i].description == ALERT_UNRECOGNIZED_NAME)
            return true;
    return false;
}

/* M9: an alert about the name stands for a certificate that does not match. */
static void count_names(struct metrics_row *row, const struct metric_facts *f)
{
    const struct client_hello *ch = f->handshake->client_hello;
    if (ch == NULL || !ch->has_sni)
        return;
    bool is_wrong = f->is_name_mismatch || refuses_name(f->handshake);
    row->counts[METRIC_named_certificates] += f->leaf != NULL || is_wrong;
    row->counts[METRIC_name_mismatches] += is_wrong;
}

/* What was negotiated, of handshakes that were completed. */
static void count_success(struct metrics_row *row, const struct metric_facts *f)
{
    const struct handshake *h = f->handshake;
    bool is_full = h->resumption == RESUMPTION_FULL;
    row->counts[METRIC_full_handshakes] += is_full;
    row->counts[METRIC_below_best] += is_full && f->is_below_best;
    row->counts[METRIC_resumed] += h->resumption == RESUMPTION_RESUMED;
    row->counts[METRIC_hello_retries] += h->hello_retry_request != NULL;
    if (h->client_hello != NULL)
        row->counts[METRIC_resumption_offered] += handshake_offers_resumption(h);
}

/* The list is a handful of ids. */
static bool has_defect(const char *list, const char *id)
{
    size_t n = strlen(id);
    for (const char *at = list; (at = strstr(at, id)) != NULL; at += n)
        if ((at == list || at[-1] == ',') && (at[n] == '\0' || at[n] == ','))
            return true;
    return false;
}

void metrics_count(struct metrics_row *row, const struct metric_facts *f)
{
    static const struct {
        enum metric metric;
        const char *defect;
    } DEFECTS[] = {{METRIC_placeholder, "cert-placeholder"},
            {METRIC_starttls_refused, "starttls-refused"},
            {METRIC_kex_signature_invalid, "kex-signature-invalid"},
            {METRIC_static_rsa_failures, "kex-static-rsa-keypair-failure"}};
    const struct handshake *h = f->handshake;
    count_outcome(row, h);
    count_times(row, h);
    count_mtls(row, h);
    count_staple(row, f);
    count_names(row, f);
    if (outcome_is_success(h->outcome))
        count_success(row, f);
    row->counts[METRIC_fallback_scsv] +=
            h->client_hello != NULL && h->client_hello->has_fallback_scsv;
    row->counts[METRIC_retried_lower] += f->is_retry_lower;
    for (size_t i = 0; f->defects[0] != '\0' && i < sizeof DEFECTS / sizeof *DEFECTS; i++)
        row->counts[DEFECTS[i].metric] += has_defect(f->defects, DEFECTS[i].defect);
}
