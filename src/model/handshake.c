#include "model/handshake.h"

#include <stddef.h>

#include "base/alloc.h"

static const char *const outcome_names[OUTCOME_COUNT] = {
        [OUTCOME_UNDETERMINED] = "undetermined",
        [OUTCOME_SUCCESS] = "success",
        [OUTCOME_SUCCESS_INFERRED] = "success-inferred",
        [OUTCOME_FAIL_ALERT_CLIENT] = "fail-alert-client",
        [OUTCOME_FAIL_ALERT_SERVER] = "fail-alert-server",
        [OUTCOME_FAIL_INFERRED_CLIENT] = "fail-inferred-client",
        [OUTCOME_FAIL_INFERRED_SERVER] = "fail-inferred-server",
        [OUTCOME_FAIL_RESET_CLIENT] = "fail-reset-client",
        [OUTCOME_FAIL_RESET_SERVER] = "fail-reset-server",
        [OUTCOME_FAIL_RESET_THIRD_PARTY] = "fail-reset-third-party",
        [OUTCOME_FAIL_CLOSED_CLIENT] = "fail-closed-client",
        [OUTCOME_FAIL_CLOSED_SERVER] = "fail-closed-server",
        [OUTCOME_FAIL_TIMEOUT_CLIENT] = "fail-timeout-client",
        [OUTCOME_FAIL_TIMEOUT_SERVER] = "fail-timeout-server",
        [OUTCOME_FAIL_TIMEOUT_PATH] = "fail-timeout-path",
        [OUTCOME_ABANDONED] = "abandoned",
        [OUTCOME_SCAN] = "scan",
};

const char *outcome_name(enum outcome o)
{
    return outcome_names[o];
}

bool outcome_is_failure(enum outcome o)
{
    return o >= OUTCOME_FAIL_ALERT_CLIENT && o <= OUTCOME_FAIL_TIMEOUT_PATH;
}

bool outcome_is_success(enum outcome o)
{
    return o == OUTCOME_SUCCESS || o == OUTCOME_SUCCESS_INFERRED;
}

const char *undetermined_name(enum undetermined u)
{
    static const char *const names[UNDETERMINED_COUNT] = {
            [UNDETERMINED_NOT] = "",
            [UNDETERMINED_GAP] = "capture-gap",
            [UNDETERMINED_ONE_DIRECTION] = "one-direction-only",
            [UNDETERMINED_START_NOT_SEEN] = "start-not-seen",
            [UNDETERMINED_OPEN_AT_END] = "open-at-end-of-capture",
            [UNDETERMINED_TLS13] = "encrypted-ending",
            [UNDETERMINED_MALFORMED] = "malformed",
            [UNDETERMINED_EVICTED] = "evicted",
            [UNDETERMINED_AMBIGUOUS] = "ambiguous-overlap",
            [UNDETERMINED_DISORDER] = "captured-out-of-order",
    };
    return names[u];
}

const char *basis_name(enum basis b)
{
    static const char *const names[] = {
            [BASIS_SEEN] = "seen", [BASIS_INFERRED] = "inferred", [BASIS_NONE] = "none"};
    return names[b];
}

const char *cert_visibility_name(enum cert_visibility v)
{
    static const char *const names[CERT_VISIBILITY_COUNT] = {
            [CERT_SEEN] = "seen",
            [CERT_ENCRYPTED] = "encrypted",
            [CERT_RESUMED] = "resumed",
            [CERT_NOT_CAPTURED] = "not-captured",
            [CERT_NOT_SENT] = "not-sent",
    };
    return names[v];
}

const char *resumption_name(enum resumption r)
{
    static const char *const names[] = {[RESUMPTION_UNKNOWN] = "unknown",
            [RESUMPTION_FULL] = "full",
            [RESUMPTION_RESUMED] = "resumed"};
    return names[r];
}

const char *ending_name(enum ending e)
{
    static const char *const names[] = {
            [ENDING_NONE] = "open",
            [ENDING_FIN_CLIENT] = "fin-client",
            [ENDING_FIN_SERVER] = "fin-server",
            [ENDING_RST_CLIENT] = "rst-client",
            [ENDING_RST_SERVER] = "rst-server",
    };
    return names[e];
}

const char *nonces_name(enum nonces n)
{
    static const char *const names[NONCES_COUNT] = {[NONCES_NONE] = "",
            [NONCES_COUNTED] = "counted",
            [NONCES_OTHER] = "other",
            [NONCES_REPEATED] = "repeated"};
    return names[n];
}

bool handshake_is_complete(const struct handshake *h)
{
    return h->sides[SIDE_CLIENT].is_seen && h->sides[SIDE_SERVER].is_seen &&
           h->sides[SIDE_CLIENT].n_gaps == 0 && h->sides[SIDE_SERVER].n_gaps == 0 &&
           !h->is_capped && !h->is_midstream;
}

enum session_id_kind handshake_session_id(const struct handshake *h)
{
    const struct client_hello *ch = h->client_hello;
    struct bytes id = h->server_hello->session_id;
    if (id.n == 0)
        return SESSION_ID_NONE;
    return ch != NULL && bytes_equal(ch->session_id, id) ? SESSION_ID_ECHOED : SESSION_ID_OWN;
}

/* A clock that was set back between two packets leaves no duration to speak of. */
static int64_t between(int64_t from, int64_t to)
{
    if (from == TIME_NONE || to == TIME_NONE || to < from)
        return TIME_NONE;
    return to - from;
}

/* a - b where both are known and the result is not negative, else a as it was. */
static int64_t less(int64_t a, int64_t b)
{
    if (a == TIME_NONE || b == TIME_NONE)
        return a;
    return a > b ? a - b : 0;
}

/* When the client answered the server's flight: with Finished, or by breaking off. */
static int64_t client_answer(const struct timings *t, enum outcome outcome)
{
    bool is_broken = outcome == OUTCOME_FAIL_ALERT_CLIENT ||
                     outcome == OUTCOME_FAIL_INFERRED_CLIENT ||
                     outcome == OUTCOME_FAIL_RESET_CLIENT || outcome == OUTCOME_FAIL_CLOSED_CLIENT;
    return t->client_finished_us == TIME_NONE && is_broken ? t->end_us : t->client_finished_us;
}

struct durations durations_of(const struct timings *t, enum outcome outcome)
{
    struct durations d = {
            .rtt_server_us = between(t->syn_us, t->syn_ack_us),
            .rtt_client_us = between(t->syn_ack_us, t->ack_us),
            .handshake_us = between(t->client_hello_first_us, t->complete_us),
            .first_byte_us = between(t->client_hello_first_us, t->server_data_us),
    };
    d.server_think_us = less(between(t->client_hello_last_us, t->server_hello_us), d.rtt_server_us);
    /* A full handshake waits for the server's flight, a resumed one for the server's Finished. */
    int64_t flight =
            t->server_flight_end_us != TIME_NONE ? t->server_flight_end_us : t->server_finished_us;
    d.client_think_us = less(between(flight, client_answer(t, outcome)), d.rtt_client_us);
    return d;
}

struct handshake *handshake_new(void)
{
    return xcalloc(1, sizeof(struct handshake));
}

void handshake_free(struct handshake *h)
{
    if (h == NULL)
        return;
    arena_fini(&h->arena);
    xfree(h);
}
