/* SSL 2.0 ("SSL 0.2 Protocol Specification", Netscape 1995). */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "dissectors/dissector.h"
#include "dissectors/tls_messages.h"
#include "tests/unit/test.h"

/* clang-format off */
#define TEN 1,2,3,4,5,6,7,8,9,10
#define R16 TEN, 1,2,3,4,5,6
#define R33 TEN, TEN, TEN, 1,2,3
#define KINDS 7,0,0xc0, 1,0,0x80
#define CLIENT_HELLO 0x80, 31, 1, 0,2, 0,6, 0,0, 0,16, KINDS, R16
#define SERVER_BODY(hit) 4, hit, 1, 0,2, 0,5, 0,3, 0,16, 0x30,3,2,1,0, 7,0,0xc0, R16
#define SERVER_HELLO 0x80, 35, SERVER_BODY(0)
#define RESUMED 0x80, 27, 4, 1, 0, 0,2, 0,0, 0,0, 0,16, R16
#define MASTER_KEY 0x80, 15, 2, 7,0,0xc0, 0,0, 0,4, 0,1, 1,2,3,4, 9
#define SHORT(n) 0x80, n
#define PADDED 0, 40, 7 /* three bytes of header, 40 of body, 7 of them padding */

static const uint8_t client[] = {CLIENT_HELLO, MASTER_KEY, PADDED, R33, 0,0,0,0,0,0,0, SHORT(20), TEN, TEN};
static const uint8_t server[] = {SERVER_HELLO, PADDED, R33, 1,2,3,4,5,6,7, PADDED, R33, 1,2,3,4,5,6,7, SHORT(19), TEN, 1,2,3,4,5,6,7,8,9};
static const uint8_t refused[] = {0x80, 3, 0, 0, 1}; /* NO-CIPHER-ERROR */
static const uint8_t complained[] = {SERVER_HELLO, SHORT(19), TEN, 1,2,3,4,5,6,7,8,9};
static const uint8_t resumed_server[] = {RESUMED, SHORT(33), R33, SHORT(33), R33};
static const uint8_t resumed_client[] = {CLIENT_HELLO, SHORT(33), R33};
/* clang-format on */

enum { HELLO = 33 };

struct log {
    struct text text;
    struct arena arena;
};

static void on_fact(void *ctx, const struct fact *f)
{
    struct log *log = ctx;
    text_addf(&log->text, "%c%d", f->side == SIDE_CLIENT ? 'C' : 'S', (int)f->kind);
    if (f->kind == FACT_ALERT)
        text_addf(&log->text, "(%d)", f->alert.description);
    if (f->kind == FACT_SERVER_HELLO)
        text_addf(&log->text, "(%04x %d)", f->server_hello->version, f->server_hello->is_sslv2_hit);
    if (f->kind == FACT_CERTIFICATE)
        text_addf(&log->text, "(%zu)", f->certificate->certs[0].der.n);
    if (f->kind == FACT_CLIENT_KEY_EXCHANGE)
        text_addf(&log->text, "(%06x)", f->sslv2_kind);
    text_add(&log->text, " ");
}

static size_t feed(void *state, struct log *log, int dir, struct bytes all, size_t from, size_t to)
{
    struct dissector_sink sink = {log, on_fact, &log->arena};
    struct origin none = {NULL, 0};
    return from + dissector_tls.feed(
                          state, &sink, dir, (struct bytes){all.p + from, to - from}, from, &none);
}

/* The client's hello, the server's bytes, the rest of the client's; each cut at `cut`. */
static void run(struct log *log, struct bytes c, struct bytes s, size_t cut)
{
    *log = (struct log){0};
    void *state = dissector_tls.new_state();
    size_t at = feed(state, log, 0, c, 0, cut < HELLO ? cut : HELLO);
    at = feed(state, log, 0, c, at, HELLO);
    size_t server_at = feed(state, log, 1, s, 0, s.n < 37 ? s.n : 37); /* its hello */
    if (c.n > HELLO + 17)
        at = feed(state, log, 0, c, at, HELLO + 17); /* the client's key */
    if (c.n > at)
        (void)feed(state, log, 0, c, at, c.n);
    if (cut > server_at && cut < s.n)
        server_at = feed(state, log, 1, s, server_at, cut);
    if (s.n > server_at)
        (void)feed(state, log, 1, s, server_at, s.n);
    dissector_tls.free_state(state);
    arena_fini(&log->arena);
}

static void check(struct bytes c, struct bytes s, const char *want)
{
    for (size_t cut = 1; cut < s.n; cut++) {
        struct log log;
        run(&log, c, s, cut);
        assert_string_equal(text_str(&log.text), want);
        text_fini(&log.text);
    }
}

static void facts(void **state)
{
    (void)state;
    char want[200];
    const struct bytes c = {client, sizeof client};
    (void)snprintf(want, sizeof want, "C%d S%d(0002 0) S%d(5) C%d(0700c0) C%d C%d S%d S%d ",
            FACT_CLIENT_HELLO, FACT_SERVER_HELLO, FACT_CERTIFICATE, FACT_CLIENT_KEY_EXCHANGE,
            FACT_ENCRYPTED_HANDSHAKE, FACT_APPLICATION_DATA, FACT_ENCRYPTED_HANDSHAKE,
            FACT_APPLICATION_DATA);
    check(c, (struct bytes){server, sizeof server}, want);
    (void)snprintf(want, sizeof want, "C%d S%d(0002 1) C%d S%d ", FACT_CLIENT_HELLO,
            FACT_SERVER_HELLO, FACT_ENCRYPTED_HANDSHAKE, FACT_ENCRYPTED_HANDSHAKE);
    check((struct bytes){resumed_client, sizeof resumed_client},
            (struct bytes){resumed_server, sizeof resumed_server}, want);
    (void)snprintf(want, sizeof want, "C%d S%d(0002 0) S%d(5) C%d(0700c0) S%d ", FACT_CLIENT_HELLO,
            FACT_SERVER_HELLO, FACT_CERTIFICATE, FACT_CLIENT_KEY_EXCHANGE, FACT_ENCRYPTED_ALERT);
    check((struct bytes){client, HELLO + 17}, (struct bytes){complained, sizeof complained}, want);
}

static void errors(void **state)
{
    (void)state;
    struct log log;
    char want[64];
    run(&log, (struct bytes){client, HELLO}, (struct bytes){refused, sizeof refused}, 1);
    (void)snprintf(want, sizeof want, "C%d S%d(40) ", FACT_CLIENT_HELLO, FACT_ALERT);
    assert_string_equal(text_str(&log.text), want);
    text_fini(&log.text);
}

/* A server that does not know SSL 2.0 (OpenSSL 3.0) refuses with an alert of TLS, which is cut
 * anywhere, captured before or behind the hello, and sent by either end of the connection. */
static void refused_by_tls(void **state)
{
    (void)state;
    static const uint8_t alert[] = {21, 3, 0, 0, 2, 2, 70};
    const struct bytes c = {client, HELLO};
    const struct bytes s = {alert, sizeof alert};
    struct log log;
    char want[64];
    (void)snprintf(want, sizeof want, "C%d S%d(70) ", FACT_CLIENT_HELLO, FACT_ALERT);
    for (size_t cut = 1; cut < sizeof alert; cut++) {
        for (int dir = 0; dir < 2; dir++) {
            log = (struct log){0};
            void *tls = dissector_tls.new_state();
            (void)feed(tls, &log, dir, c, 0, c.n);
            size_t at = feed(tls, &log, 1 - dir, s, 0, cut);
            assert_int_equal(feed(tls, &log, 1 - dir, s, at, s.n), s.n);
            assert_string_equal(text_str(&log.text), want);
            dissector_tls.free_state(tls);
            arena_fini(&log.arena);
            text_fini(&log.text);
        }
    }
    (void)snprintf(want, sizeof want, "S%d(70) C%d ", FACT_ALERT, FACT_CLIENT_HELLO);
    log = (struct log){0};
    void *tls = dissector_tls.new_state();
    (void)feed(tls, &log, 1, s, 0, s.n);
    (void)feed(tls, &log, 0, c, 0, c.n);
    assert_string_equal(text_str(&log.text), want);
    dissector_tls.free_state(tls);
    arena_fini(&log.arena);
    text_fini(&log.text);
}

static void every_cut_fails(void **state)
{
    (void)state;
    static const uint8_t body[] = {SERVER_BODY(0)};
    struct server_hello hello = {0};
    struct bytes der;
    assert_true(tls_sslv2_server_hello(cur_make(body, sizeof body), &hello, &der));
    assert_int_equal(hello.sslv2_kinds.n, 3);
    for (size_t n = 0; n < sizeof body; n++) {
        hello = (struct server_hello){0};
        assert_false(tls_sslv2_server_hello(cur_make(body, n), &hello, &der));
    }
}

/* A server's hello can be found in mid-stream, what only looks a little like it cannot. */
static void probes(void **state)
{
    (void)state;
    bool more = false;
    uint8_t hello[] = {SERVER_HELLO};
    assert_non_null(dissector_find((struct bytes){hello, sizeof hello}, false, &more));
    for (size_t i = 0; i < 13; i++) {
        if (i == 3 || i == 4) /* resumption says 1, the certificate type is free */
            continue;
        hello[i] ^= 0x40;
        assert_null(dissector_find((struct bytes){hello, sizeof hello}, false, &more));
        hello[i] ^= 0x40;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(facts), cmocka_unit_test(errors),
            cmocka_unit_test(refused_by_tls), cmocka_unit_test(every_cut_fails),
            cmocka_unit_test(probes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
