#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "dissectors/dissector.h"
#include "tests/unit/test.h"

/* clang-format off */
#define R32 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32
#define CH 1, 0, 0, 43, 3, 3, R32, 0, 0, 4, 0xc0, 0x2f, 0, 0x2f, 1, 0   /* no extensions */
#define SH12 2, 0, 0, 38, 3, 3, R32, 0, 0xc0, 0x2f, 0
#define SH13 2, 0, 0, 46, 3, 3, R32, 0, 0x13, 1, 0, 0, 6, 0, 43, 0, 2, 3, 4
#define CERT 11, 0, 0, 9, 0, 0, 6, 0, 0, 3, 1, 2, 3
#define SKE 12, 0, 0, 10, 3, 0, 23, 1, 4, 4, 3, 0, 1, 9
#define SHD 14, 0, 0, 0
#define CKE 16, 0, 0, 2, 1, 7
#define FIN 22, 3, 3, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8
#define CCS 20, 3, 3, 0, 1, 1

static const uint8_t client12[] = {22, 3, 1, 0, 47, CH, 22, 3, 3, 0, 6, CKE, CCS, FIN, 23, 3, 3, 0, 4, 1, 2, 3, 4,
        21, 3, 3, 0, 4, 9, 9, 9, 9};
/* the certificate begins in one record and ends in the next, beside the rest of the flight */
static const uint8_t server12[] = {22, 3, 3, 0, 47, SH12, 11, 0, 0, 9, 0, 22, 3, 3, 0, 26, 0, 6, 0, 0, 3, 1, 2, 3,
        SKE, SHD, CCS, FIN};
static const uint8_t client13[] = {22, 3, 1, 0, 47, CH, CCS, 21, 3, 3, 0, 2, 2, 48};
static const uint8_t server13[] = {22, 3, 3, 0, 50, SH13, CCS, 23, 3, 3, 0, 5, 1, 2, 3, 4, 5, 21, 3, 3, 0, 19,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
static const uint8_t clear_alert[] = {21, 3, 1, 0, 1, 2, 21, 3, 1, 0, 1, 40}; /* cut in two records */
static const uint8_t huge[] = {22, 3, 3, 0, 8, 11, 0xff, 0xff, 0xff, 1, 2, 3, 4, 21, 3, 3, 0, 2, 2, 50};
/* clang-format on */

struct log {
    struct text text;
    struct arena arena;
};

static void on_fact(void *ctx, const struct fact *f)
{
    struct log *log = ctx;
    text_addf(&log->text, "%c%d:%d", f->side == SIDE_CLIENT ? 'C' : 'S', (int)f->kind,
            f->message_type);
    if (f->kind == FACT_ALERT)
        text_addf(&log->text, "(%d)", f->alert.description);
    text_addf(&log->text, "@%llu+%llu ", (unsigned long long)f->at.offset,
            (unsigned long long)f->at.len);
}

/* Feeds one direction in pieces of at most step bytes, as the flow layer would. */
static void feed_pieces(
        void *state, struct log *log, int dir, struct bytes all, size_t first, size_t step)
{
    struct dissector_sink sink = {log, on_fact, &log->arena};
    size_t done = 0;
    size_t have = 0;
    struct origin_segment segments[256];
    size_t n = 0;
    while (have < all.n) {
        size_t piece = n == 0 ? first : step;
        piece = piece < all.n - have ? piece : all.n - have;
        segments[n] = (struct origin_segment){have, n + 1, (int64_t)n, (uint32_t)piece, 0, 0};
        n++;
        have += piece;
        if (have <= done)
            continue;
        struct origin origin = {segments, n};
        done += dissector_tls.feed(
                state, &sink, dir, (struct bytes){all.p + done, have - done}, done, &origin);
    }
}

static void run(struct log *log, struct bytes c, struct bytes s, size_t first, size_t step)
{
    *log = (struct log){0};
    void *state = dissector_tls.new_state();
    /* hello first, then the server's flight, then the rest: the order on the wire */
    size_t hello = c.n > 52 ? 52 : c.n;
    feed_pieces(state, log, 0, (struct bytes){c.p, hello}, first, step);
    feed_pieces(state, log, 1, s, first, step);
    struct dissector_sink sink = {log, on_fact, &log->arena};
    struct origin none = {NULL, 0};
    if (c.n > hello)
        (void)dissector_tls.feed(
                state, &sink, 0, (struct bytes){c.p + hello, c.n - hello}, hello, &none);
    dissector_tls.free_state(state);
    arena_fini(&log->arena);
}

static void every_split_gives_the_same_facts(void **state)
{
    (void)state;
    const struct bytes pairs[][2] = {{{client12, sizeof client12}, {server12, sizeof server12}},
            {{client13, sizeof client13}, {server13, sizeof server13}}};
    for (size_t i = 0; i < 2; i++) {
        struct log whole;
        run(&whole, pairs[i][0], pairs[i][1], 1000, 1000);
        assert_true(whole.text.n > 50);
        for (size_t cut = 1; cut < pairs[i][1].n; cut++) {
            struct log split;
            run(&split, pairs[i][0], pairs[i][1], cut, cut % 3 == 0 ? 1 : 1000);
            assert_string_equal(text_str(&split.text), text_str(&whole.text));
            text_fini(&split.text);
        }
        text_fini(&whole.text);
    }
}

static void facts_of_tls12(void **state)
{
    (void)state;
    struct log log;
    run(&log, (struct bytes){client12, sizeof client12}, (struct bytes){server12, sizeof server12},
            1000, 1000);
    struct text want = {0};
    text_addf(&want, "C%d:1@5+47 S%d:2@5+42 S%d:11@47+18 ", FACT_CLIENT_HELLO, FACT_SERVER_HELLO,
            FACT_CERTIFICATE);
    text_addf(&want, "S%d:12@65+14 S%d:14@79+4 S%d:0@83+6 S%d:0@89+13 ", FACT_SERVER_KEY_EXCHANGE,
            FACT_SERVER_HELLO_DONE, FACT_CHANGE_CIPHER_SPEC, FACT_ENCRYPTED_HANDSHAKE);
    text_addf(&want, "C%d:16@57+6 C%d:0@63+6 C%d:0@69+13 C%d:0@82+9 C%d:0@91+9 ",
            FACT_CLIENT_KEY_EXCHANGE, FACT_CHANGE_CIPHER_SPEC, FACT_ENCRYPTED_HANDSHAKE,
            FACT_APPLICATION_DATA, FACT_ENCRYPTED_ALERT);
    assert_string_equal(text_str(&log.text), text_str(&want));
    text_fini(&want);
    text_fini(&log.text);
}

/* Without the server's side the client's ChangeCipherSpec still means that what follows may be
 * protected: an alert of more than two bytes is not read as a clear one, whatever its first bytes.
 */
static void facts_of_one_side(void **state)
{
    (void)state;
    struct log log;
    uint8_t client[sizeof client12];
    memcpy(client, client12, sizeof client12);
    client[96] = 2; /* the body of the alert's record, looking like a fatal one */
    client[97] = 40;
    run(&log, (struct bytes){client, sizeof client}, (struct bytes){NULL, 0}, 1000, 1000);
    struct text want = {0};
    text_addf(&want, "C%d:1@5+47 ", FACT_CLIENT_HELLO);
    text_addf(&want, "C%d:16@57+6 C%d:0@63+6 C%d:0@69+13 C%d:0@82+9 C%d:0@91+9 ",
            FACT_CLIENT_KEY_EXCHANGE, FACT_CHANGE_CIPHER_SPEC, FACT_ENCRYPTED_HANDSHAKE,
            FACT_APPLICATION_DATA, FACT_ENCRYPTED_ALERT);
    assert_string_equal(text_str(&log.text), text_str(&want));
    text_fini(&want);
    text_fini(&log.text);
}

/* A clear alert behind a TLS 1.3 ServerHello stays clear; a long one does not. */
static void facts_of_tls13(void **state)
{
    (void)state;
    struct log log;
    run(&log, (struct bytes){client13, sizeof client13}, (struct bytes){server13, sizeof server13},
            1000, 1000);
    char want[32];
    (void)snprintf(want, sizeof want, "C%d:0(48)", FACT_ALERT);
    assert_non_null(strstr(text_str(&log.text), want));
    (void)snprintf(want, sizeof want, "S%d:0@", FACT_ENCRYPTED_ALERT);
    assert_non_null(strstr(text_str(&log.text), want));
    text_fini(&log.text);
}

static void odd_records(void **state)
{
    (void)state;
    struct log log;
    char want[64];
    run(&log, (struct bytes){client13, 52}, (struct bytes){clear_alert, sizeof clear_alert}, 1000,
            1000);
    (void)snprintf(want, sizeof want, "S%d:0(40)@6+6", FACT_ALERT);
    assert_non_null(strstr(text_str(&log.text), want));
    text_fini(&log.text);
    /* a message that claims 2^24-1 bytes is a fact, and what follows is still read */
    run(&log, (struct bytes){client13, 52}, (struct bytes){huge, sizeof huge}, 1000, 1000);
    (void)snprintf(want, sizeof want, "S%d:11@5+8 S%d:0(50)", FACT_MALFORMED, FACT_ALERT);
    assert_non_null(strstr(text_str(&log.text), want));
    text_fini(&log.text);
}

/* What a side may not send is malformed, not a fact about the other side. */
static void wrong_side(void **state)
{
    (void)state;
    static const uint8_t both_hellos[] = {22, 3, 1, 0, 47, CH, 22, 3, 3, 0, 42, SH12};
    struct log log;
    char want[64];
    run(&log, (struct bytes){both_hellos, sizeof both_hellos}, (struct bytes){NULL, 0}, 1000, 1000);
    (void)snprintf(want, sizeof want, "C%d:1@5+47 C%d:2@57+42 ", FACT_CLIENT_HELLO, FACT_MALFORMED);
    assert_string_equal(text_str(&log.text), want);
    text_fini(&log.text);
    /* an echo service */
    run(&log, (struct bytes){both_hellos, 52}, (struct bytes){both_hellos, 52}, 1000, 1000);
    (void)snprintf(want, sizeof want, "C%d:1@5+47 S%d:1@5+47 ", FACT_CLIENT_HELLO, FACT_MALFORMED);
    assert_string_equal(text_str(&log.text), want);
    text_fini(&log.text);
}

static void probes(void **state)
{
    (void)state;
    bool more = false;
    assert_non_null(dissector_find((struct bytes){client12, sizeof client12}, true, &more));
    assert_non_null(dissector_find((struct bytes){client12, 52}, false, &more));
    for (size_t n = 1; n < 11; n++) {
        assert_null(dissector_find((struct bytes){client12, n}, true, &more));
        assert_true(more);
    }
    assert_null(dissector_find(bytes_of_text("GET / HTTP/1.1\r\n"), true, &more));
    assert_false(more);
    assert_null(dissector_find(bytes_of_text("SSH-2.0-OpenSSH_9.2"), true, &more));
    assert_false(more);
    assert_null(dissector_find((struct bytes){clear_alert + 6, 6}, false, &more));
    static const uint8_t v2[] = {0x80, 28, 1, 3, 1, 0, 3, 0, 0, 0, 16, 0, 0, 0x2f, 1, 2, 3};
    assert_non_null(dissector_find((struct bytes){v2, sizeof v2}, true, &more));
    static const uint8_t bad[] = {0x80, 29, 1, 3, 1, 0, 3, 0, 0, 0, 16, 0, 0, 0x2f, 1, 2, 3};
    assert_null(dissector_find((struct bytes){bad, sizeof bad}, true, &more));
}

/* Whose hello has begun is known before it is whole, and only at the beginning of a stream. */
static void client_before_its_hello(void **state)
{
    static const uint8_t behind[] = {20, 3, 3, 0, 1, 1, 22, 3, 1, 0, 47, CH};
    static const struct {
        const uint8_t *bytes;
        size_t n;
        int dir, want;
    } rows[] = {{client12, 10, 0, -1}, {client12, 11, 0, 0}, {client12, 40, 1, 1},
            {client12, 52, 0, 0}, {server12, sizeof server12, 1, -1}, {server12, 20, 1, -1},
            {clear_alert, sizeof clear_alert, 1, -1}, {behind, sizeof behind, 0, -1}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct log log = {.arena = {0}};
        void *tls = dissector_tls.new_state();
        feed_pieces(tls, &log, rows[i].dir, (struct bytes){rows[i].bytes, rows[i].n}, 1000, 1000);
        assert_int_equal(dissector_tls.client(tls), rows[i].want);
        dissector_tls.free_state(tls);
        text_fini(&log.text);
        arena_fini(&log.arena);
    }
}

/* What a stream may begin with all the same: records without content, and a hello whose record has
 * no version. */
static void odd_beginnings(void **state)
{
    (void)state;
    static const uint8_t empty[] = {
            22, 3, 1, 0, 0, 22, 3, 3, 0, 0, 22, 3, 1, 0, 47, CH, 21, 3, 1, 0, 2, 2, 40};
    static const uint8_t no_version[] = {22, 0, 0, 0, 20, 1, 0, 0, 43, 3, 3, 1, 2, 3, 4, 5, 6, 7, 8,
            9, 10, 11, 12, 13, 14, 22, 0, 0, 0, 27, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26,
            27, 28, 29, 30, 31, 32, 0, 0, 4, 0xc0, 0x2f, 0, 0x2f, 1, 0, 21, 3, 1, 0, 2, 2, 40};
    static const struct bytes rows[] = {{empty, sizeof empty}, {no_version, sizeof no_version}};
    static const size_t least[] = {21, 11}; /* bytes that tell */
    static const size_t at[] = {15, 5};
    static const size_t len[] = {47, 52};
    for (size_t i = 0; i < 2; i++) {
        char want[64];
        bool more = false;
        for (size_t n = 1; n < least[i]; n++) {
            assert_null(dissector_find((struct bytes){rows[i].p, n}, true, &more));
            assert_true(more);
        }
        assert_non_null(dissector_find((struct bytes){rows[i].p, least[i]}, true, &more));
        assert_null(dissector_find(rows[i], false, &more)); /* not anywhere */
        (void)snprintf(want, sizeof want, "C%d:1@%zu+%zu C%d:0(40)@%zu+7 ", FACT_CLIENT_HELLO,
                at[i], len[i], FACT_ALERT, rows[i].n - 7);
        for (size_t cut = 1; cut < rows[i].n; cut++) {
            struct log log = {0};
            void *tls = dissector_tls.new_state();
            feed_pieces(tls, &log, 0, rows[i], cut, cut % 3 == 0 ? 1 : 1000);
            assert_string_equal(text_str(&log.text), want);
            dissector_tls.free_state(tls);
            arena_fini(&log.arena);
            text_fini(&log.text);
        }
    }
    bool more = false;
    uint8_t other[sizeof no_version];
    memcpy(other, no_version, sizeof other);
    other[5] = 2; /* a ServerHello */
    assert_null(dissector_find((struct bytes){other, sizeof other}, true, &more));
    memcpy(other, no_version, sizeof other);
    other[2] = 1;
    assert_null(dissector_find((struct bytes){other, sizeof other}, true, &more));
    memcpy(other, no_version, sizeof other);
    other[9] = 9; /* no version of TLS */
    assert_null(dissector_find((struct bytes){other, sizeof other}, true, &more));
    uint8_t many[45 + 52];
    for (size_t i = 0; i < 9; i++)
        memcpy(many + 5 * i, empty, 5);
    memcpy(many + 45, empty + 10, 52);
    assert_null(dissector_find((struct bytes){many, sizeof many}, true, &more)); /* too many */
    assert_non_null(dissector_find((struct bytes){many + 5, sizeof many - 5}, true, &more));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_split_gives_the_same_facts),
            cmocka_unit_test(facts_of_tls12), cmocka_unit_test(facts_of_one_side),
            cmocka_unit_test(facts_of_tls13), cmocka_unit_test(odd_records),
            cmocka_unit_test(wrong_side), cmocka_unit_test(odd_beginnings),
            cmocka_unit_test(probes), cmocka_unit_test(client_before_its_hello)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
