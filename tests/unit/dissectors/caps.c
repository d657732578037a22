/* Messages sent again and again, and more of them than there is room for. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "dissectors/dissector.h"
#include "tests/unit/test.h"

/* clang-format off */
#define R32 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32
#define RETRY32 0xcf,0x21,0xad,0x74,0xe5,0x9a,0x61,0x11,0xbe,0x1d,0x8c,0x02,0x1e,0x65,0xb8,0x91, \
                0xc2,0xa2,0x11,0x16,0x7a,0xbb,0x8c,0x5e,0x07,0x9e,0x09,0xe2,0xc8,0xa8,0x33,0x9c
static const uint8_t client_hello[] = {1, 0, 0, 43, 3, 3, R32, 0, 0, 4, 0xc0, 0x2f, 0, 0x2f, 1, 0};
static const uint8_t server_hello[] = {2, 0, 0, 38, 3, 3, R32, 0, 0xc0, 0x2f, 0};
static const uint8_t retry[] = {2, 0, 0, 38, 3, 3, RETRY32, 0, 0x13, 1, 0};
static const uint8_t no_certs[] = {11, 0, 0, 3, 0, 0, 0};
static const uint8_t asked[] = {13, 0, 0, 8, 1, 64, 0, 2, 4, 3, 0, 0};
static const uint8_t ticket[] = {4, 0, 0, 7, 0, 0, 0, 9, 0, 1, 5};
static const uint8_t done[] = {14, 0, 0, 0};
static const uint8_t broken[] = {15, 0, 0, 1, 9};
/* clang-format on */

#define M(m)                                                                                       \
    (struct bytes)                                                                                 \
    {                                                                                              \
        m, sizeof m                                                                                \
    }

enum { AGAIN = 1000, PART = 16000 };

static const char *const names[] = {[FACT_CLIENT_HELLO] = "client",
        [FACT_SERVER_HELLO] = "server",
        [FACT_CERTIFICATE] = "certificate",
        [FACT_CERTIFICATE_REQUEST] = "request",
        [FACT_SERVER_HELLO_DONE] = "done",
        [FACT_NEW_SESSION_TICKET] = "ticket",
        [FACT_HANDSHAKE_OTHER] = "other",
        [FACT_CHANGE_CIPHER_SPEC] = "ccs",
        [FACT_ENCRYPTED_HANDSHAKE] = "secret",
        [FACT_ENCRYPTED_ALERT] = "secret-alert",
        [FACT_MALFORMED] = "malformed",
        [FACT_FRAMING_LOST] = "lost"};

struct log {
    struct text text; /* each fact, '*' bare, '!' capped; a run of equal ones once */
    char last[32];
    struct arena arena;
    size_t n;
    const struct cert_message *certs;
};

static void on_fact(void *ctx, const struct fact *f)
{
    struct log *log = ctx;
    char now[32];
    (void)snprintf(now, sizeof now, "%s%d%s%s ", names[f->kind], f->message_type,
            f->is_bare ? "*" : "", f->is_capped ? "!" : "");
    log->n++;
    if (strcmp(now, log->last) != 0)
        text_add(&log->text, now);
    memcpy(log->last, now, sizeof now);
    if (f->kind == FACT_CERTIFICATE)
        log->certs = f->certificate;
}

struct stream {
    void *tls;
    struct log *log;
    uint64_t at[2];
};

static void record(struct stream *s, int dir, uint8_t type, struct bytes body)
{
    static uint8_t r[5 + PART];
    struct dissector_sink sink = {s->log, on_fact, &s->log->arena};
    struct origin none = {NULL, 0};
    memcpy(r, (uint8_t[]){type, 3, 3, (uint8_t)(body.n >> 8), (uint8_t)body.n}, 5);
    memcpy(r + 5, body.p, body.n);
    s->at[dir] += dissector_tls.feed(
            s->tls, &sink, dir, (struct bytes){r, 5 + body.n}, s->at[dir], &none);
}

static void send_all(struct stream *s, int dir, struct bytes message, size_t times)
{
    for (size_t i = 0; i < times; i++)
        record(s, dir, 22, message);
}

/* A message of this type with n bytes that mean nothing. */
static void send_long(struct stream *s, int dir, uint8_t type, size_t n)
{
    static const uint8_t zeros[PART];
    uint8_t head[4] = {type, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n};
    record(s, dir, 22, M(head));
    for (size_t at = 0; at < n; at += PART)
        record(s, dir, 22, (struct bytes){zeros, n - at < PART ? n - at : PART});
}

static void expect(struct log *log, const char *want)
{
    assert_string_equal(text_str(&log->text), want);
    text_clear(&log->text);
    log->last[0] = '\0';
}

static void sent_again(void **state)
{
    (void)state;
    struct log log = {.n = 0};
    struct stream s = {dissector_tls.new_state(), &log, {0, 0}};
    send_all(&s, 0, M(client_hello), AGAIN);
    assert_int_equal(log.n, AGAIN);
    expect(&log, "client1 other1* ");
    send_all(&s, 1, M(retry), AGAIN);
    send_all(&s, 1, M(server_hello), AGAIN); /* not what the HelloRetryRequest was */
    expect(&log, "server2 other6* server2 other2* ");
    send_all(&s, 1, M(no_certs), AGAIN);
    assert_int_equal(log.certs->n_certs, 0);
    send_all(&s, 0, M(no_certs), 1); /* the client's is another */
    expect(&log, "certificate11 other11* certificate11 ");
    send_all(&s, 1, M(asked), AGAIN);
    send_all(&s, 1, M(ticket), AGAIN);
    expect(&log, "request13 other13* ticket4 other4* ");
    send_all(&s, 1, M(done), AGAIN); /* nothing to keep */
    send_all(&s, 0, M(broken), AGAIN);
    expect(&log, "done14 malformed15 ");
    assert_int_equal(log.n, 8 * AGAIN + 1);
    assert_true(log.arena.total < 10000 + AGAIN * 16);
    dissector_tls.free_state(s.tls);
    arena_fini(&log.arena);
    text_fini(&log.text);
}

/* What does not fit is told all the same, and what follows is not misread. */
static void no_room(void **state)
{
    (void)state;
    static const uint8_t alert[] = {2, 40, 1, 1};
    struct log log = {.n = 0};
    struct stream s = {dissector_tls.new_state(), &log, {0, 0}};
    send_all(&s, 0, M(client_hello), 1);
    text_clear(&log.text);
    for (uint8_t type = 30; type < 36; type++)
        send_long(&s, 0, type, 500000);
    expect(&log, "other30 other31 other32 other33 other34*! other35*! ");
    assert_true(log.arena.total <= TLS_ARENA_CAP);
    send_long(&s, 1, 2, 200000);
    record(&s, 1, 20, (struct bytes){(const uint8_t *)"\1", 1});
    record(&s, 1, 22, M(server_hello)); /* any bytes: the ServerHello was not read */
    record(&s, 1, 21, M(alert));
    expect(&log, "other2*! ccs0 secret0 secret-alert0 ");
    dissector_tls.free_state(s.tls);
    arena_fini(&log.arena);
    text_fini(&log.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(sent_again), cmocka_unit_test(no_room)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
