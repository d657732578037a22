/* Messages of which only the type is known. */
#include <string.h>

#include "attempt/attempt.h"
#include "tests/unit/test.h"

static const struct client_hello hello;
static const struct server_hello hello12 = {.version = TLS_1_2, .cipher_suite = 0xc02f};
static const struct cert_message certs;
static const struct cert_request request;
static const struct cert_verify verify;

static const struct fact first[] = {
        {.kind = FACT_CLIENT_HELLO, .message_type = 1, .client_hello = &hello},
        {.kind = FACT_SERVER_HELLO,
                .side = SIDE_SERVER,
                .message_type = 2,
                .server_hello = &hello12},
        {.kind = FACT_CERTIFICATE, .side = SIDE_SERVER, .message_type = 11, .certificate = &certs},
        {.kind = FACT_CERTIFICATE_REQUEST,
                .side = SIDE_SERVER,
                .message_type = 13,
                .cert_request = &request},
        {.kind = FACT_SERVER_HELLO_DONE, .side = SIDE_SERVER, .message_type = 14},
};
static const struct fact last[] = {
        {.kind = FACT_CERTIFICATE, .message_type = 11, .certificate = &certs},
        {.kind = FACT_CLIENT_KEY_EXCHANGE, .message_type = 16},
        {.kind = FACT_CERTIFICATE_VERIFY, .message_type = 15, .cert_verify = &verify},
};

static void take(struct attempt *a, const struct fact *facts, size_t n)
{
    for (size_t i = 0; i < n; i++)
        attempt_fact(a, facts[i].side == SIDE_CLIENT ? 0 : 1, &facts[i]);
}

/* The handshake with one more message before those that the client answers with. */
static struct handshake *with(const struct fact *more)
{
    struct flow_info info = {.sides = {{.is_seen = true}, {.is_seen = true}}};
    struct attempt *a = attempt_new(&info);
    take(a, first, sizeof first / sizeof *first);
    if (more != NULL)
        take(a, more, 1);
    take(a, last, sizeof last / sizeof *last);
    attempt_close(a, &info, FLOW_CLOSE_END, 0);
    struct handshake *h = attempt_take(a, &info);
    attempt_free(a);
    assert_non_null(h);
    assert_non_null(h->client_cert_verify);
    return h;
}

/* They have their letter, and spoil what the client's CertificateVerify would be checked with. */
static void bare_messages(void **state)
{
    (void)state;
    struct handshake *h = with(NULL);
    assert_string_equal(h->history, "CsxrnXGY");
    assert_true(h->is_transcript_whole);
    assert_false(h->is_capped);
    handshake_free(h);
    struct fact more = {
            .kind = FACT_HANDSHAKE_OTHER, .side = SIDE_SERVER, .message_type = 11, .is_bare = true};
    h = with(&more);
    assert_string_equal(h->history, "CsxrnxXGY");
    assert_false(h->is_transcript_whole);
    assert_false(h->is_capped);
    handshake_free(h);
    more.is_capped = true;
    h = with(&more);
    assert_true(h->is_capped);
    assert_false(handshake_is_complete(h));
    handshake_free(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(bare_messages)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
