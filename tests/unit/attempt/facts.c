/* What an attempt notes beside its outcome. */
#include <string.h>

#include "tests/unit/attempt/world.h"

static const struct client_hello hello;
static const struct server_hello hello12 = {.version = TLS_1_2, .cipher_suite = 0xc02f};

static void message(struct world *w, int dir, struct fact f)
{
    world_packet(w, dir, MS);
    world_fact(w, dir, f, 40);
    world_take(w);
}

static void client_hello(struct world *w, const struct client_hello *h)
{
    message(w, 0, (struct fact){.kind = FACT_CLIENT_HELLO, .message_type = 1, .client_hello = h});
}

static void server_hello(struct world *w, const struct server_hello *h)
{
    message(w, 1, (struct fact){.kind = FACT_SERVER_HELLO, .message_type = 2, .server_hello = h});
}

/* A full handshake of TLS 1.2 that succeeds. */
static void open_tls12(struct world *w)
{
    world_open(w);
    client_hello(w, &hello);
    server_hello(w, &hello12);
    message(w, 1, (struct fact){.kind = FACT_SERVER_HELLO_DONE, .message_type = 14});
    for (int dir = 0; dir < 2; dir++) {
        message(w, dir, (struct fact){.kind = FACT_CHANGE_CIPHER_SPEC});
        message(w, dir, (struct fact){.kind = FACT_ENCRYPTED_HANDSHAKE});
    }
    assert_non_null(w->h);
}

/* The alphabet of Zeek's ssl_history (scripts/base/protocols/ssl/main.zeek). */
static void history_letters(void **state)
{
    static const struct {
        uint8_t type;
        char letter;
    } rows[] = {{0, 'h'}, {3, 'v'}, {4, 't'}, {5, 'e'}, {6, 'j'}, {8, 'o'}, {11, 'x'}, {12, 'k'},
            {13, 'r'}, {14, 'n'}, {15, 'y'}, {20, 'f'}, {21, 'w'}, {22, 'u'}, {23, 'a'}, {24, 'p'},
            {25, 'z'}, {254, 'm'}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world w;
        world_open(&w);
        world_packet(&w, 1, MS);
        struct fact f = {.kind = FACT_HANDSHAKE_OTHER, .message_type = rows[i].type};
        world_fact(&w, 1, f, 4);
        const struct handshake *h = world_close(&w);
        assert_int_equal(h->history[0], rows[i].letter);
        world_free(&w);
    }
}

/* Handshake records behind a handshake of TLS 1.2: H, I ChangeCipherSpec, D data, A alert; the
 * server's in lower case. */
static void renegotiations(void **state)
{
    static const struct {
        const char *name, *records;
        uint32_t n, n_client, n_done;
    } rows[] = {{"none", "DdDdAa", 0, 0, 0}, {"at once, full", "HhhhhHHIHhih", 1, 1, 1},
            {"twice, without data between", "HhhhhHHIHhihHhhhhHHIHhih", 2, 2, 2},
            {"twice, resumed", "HhihIHHhihIH", 2, 2, 2},
            {"behind data", "DdHhhhhHHIHhihDd", 1, 1, 1},
            {"the server's data go on meanwhile", "HddhhddhHHIHdhihDd", 1, 1, 1},
            {"refused, again later", "HaDdHaDd", 2, 2, 0},
            {"refused, again at once", "HaHa", 2, 2, 0},
            {"HelloRequest, ignored", "hDdDdhDd", 2, 0, 0},
            {"HelloRequest, followed", "hHhhhhHHIHhih", 1, 0, 1}};
    static const enum fact_kind kinds[] = {['H'] = FACT_ENCRYPTED_HANDSHAKE,
            ['I'] = FACT_CHANGE_CIPHER_SPEC,
            ['D'] = FACT_APPLICATION_DATA,
            ['A'] = FACT_ENCRYPTED_ALERT};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world w;
        struct connection_end end;
        open_tls12(&w);
        for (const char *p = rows[i].records; *p != '\0'; p++) {
            world_packet(&w, *p >= 'a', MS);
            world_fact(&w, *p >= 'a', (struct fact){.kind = kinds[*p & ~0x20]}, 40);
        }
        attempt_close(w.a, &w.info, FLOW_CLOSE_END, w.now);
        assert_true(attempt_end(w.a, &w.info, &end));
        if (end.n_renegotiations != rows[i].n)
            fail_msg("%s: %u", rows[i].name, end.n_renegotiations);
        const struct renegotiations *all = &end.renegotiations;
        uint32_t n_client_done = rows[i].n_client > 0 ? rows[i].n_done : 0;
        if (all->n_client != rows[i].n_client || all->n_done != rows[i].n_done ||
                all->n_client_done != n_client_done || all->most_per_minute != n_client_done)
            fail_msg("%s: %u by the client, %u done", rows[i].name, all->n_client, all->n_done);
        world_free(&w);
    }
}

/* Whether the certificate was not sent or not captured. Letters: C, S hellos, N ServerHelloDone, O
 * no TLS of the server; 9 the client acknowledges nine bytes that no packet brought. */
static void visibility(void **state)
{
    static const struct {
        const char *name, *script;
        enum cert_visibility want;
    } rows[] = {{"no answer", "C", CERT_NOT_SENT},
            {"the answer was acknowledged, not captured", "C9", CERT_NOT_CAPTURED},
            {"behind the ServerHello something is missing", "CS9", CERT_NOT_CAPTURED},
            {"all of an anonymous flight", "CSN", CERT_NOT_SENT},
            {"behind an anonymous flight something is missing", "CSN9", CERT_NOT_SENT},
            {"another protocol answers", "CO", CERT_NOT_SENT},
            {"no TLS behind the ServerHello", "CSO", CERT_NOT_CAPTURED}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world w;
        world_open(&w);
        for (const char *p = rows[i].script; *p != '\0'; p++) {
            if (*p == 'C')
                client_hello(&w, &hello);
            else if (*p == 'S')
                server_hello(&w, &hello12);
            else if (*p == 'N')
                message(&w, 1, (struct fact){.kind = FACT_SERVER_HELLO_DONE, .message_type = 14});
            else if (*p == 'O')
                message(&w, 1, (struct fact){.kind = FACT_FRAMING_LOST});
            else
                w.info.sides[1].acked = w.offset[1] + 9;
        }
        const struct handshake *h = world_close(&w);
        if (h->cert_visibility != rows[i].want)
            fail_msg("%s: %s", rows[i].name, cert_visibility_name(h->cert_visibility));
        assert_int_equal(h->n_malformed, strchr(rows[i].script, 'O') != NULL);
        world_free(&w);
    }
}

/* RFC 8446 4.2.11: only tickets have an age. */
static void pre_shared_keys(void **state)
{
    static const uint8_t external_first[] = {0, 2, 'p', 'k', 0, 0, 0, 0, 0, 1, 't', 9, 8, 7, 6};
    static const struct client_hello offer = {
            .has_psk = true, .psk_identities = {external_first, sizeof external_first}};
    static const struct {
        struct server_hello answer;
        enum resumption resumption;
        enum cert_visibility visibility;
    } rows[] = {{{.version = TLS_1_3, .cipher_suite = 0x1301}, RESUMPTION_FULL, CERT_ENCRYPTED},
            {{.version = TLS_1_3, .cipher_suite = 0x1301, .has_psk = true}, RESUMPTION_UNKNOWN,
                    CERT_NOT_SENT},
            {{.version = TLS_1_3, .cipher_suite = 0x1301, .has_psk = true, .psk_index = 1},
                    RESUMPTION_RESUMED, CERT_RESUMED},
            {{.version = TLS_1_3, .cipher_suite = 0x1301, .has_psk = true, .psk_index = 2},
                    RESUMPTION_UNKNOWN, CERT_NOT_SENT}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world w;
        world_open(&w);
        client_hello(&w, &offer);
        server_hello(&w, &rows[i].answer);
        const struct handshake *h = world_close(&w);
        assert_int_equal(h->resumption, rows[i].resumption);
        assert_int_equal(h->cert_visibility, rows[i].visibility);
        world_free(&w);
    }
}

static void letter(struct world *w, char c, const struct server_hello *hello13)
{
    int dir = c >= 'a';
    switch (c) {
    case 'C':
        client_hello(w, &hello);
        break;
    case 'S':
    case 'T':
        server_hello(w, c == 'S' ? &hello12 : hello13);
        break;
    case 'N':
        message(w, 1, (struct fact){.kind = FACT_SERVER_HELLO_DONE, .message_type = 14});
        break;
    case 'A':
        message(w, 0, (struct fact){.kind = FACT_ALERT, .alert = {.level = 2, .description = 48}});
        break;
    case 'I':
    case 'i':
        message(w, dir, (struct fact){.kind = FACT_CHANGE_CIPHER_SPEC});
        break;
    case 'F':
    case 'f':
        message(w, dir, (struct fact){.kind = FACT_ENCRYPTED_HANDSHAKE});
        break;
    case 'X':
    case 'x':
    case 'R':
        world_packet(w, dir, MS);
        world_event(w, dir, c == 'R' ? FLOW_EVENT_RST : FLOW_EVENT_FIN);
        break;
    default:
        world_packet(w, dir, MS);
        world_fact(w, dir, (struct fact){.kind = FACT_APPLICATION_DATA},
                c == 'Z'   ? 53
                : c == 'q' ? 19
                           : 300);
        world_take(w);
    }
}

/* When the server's flight ended. Letters as in outcome.c. */
static void flight_ends(void **state)
{
    static const struct server_hello hello13 = {.version = TLS_1_3, .cipher_suite = 0x1301};
    static const struct {
        const char *name, *script;
        int ms; /* -1: not seen */
    } rows[] = {{"ServerHelloDone", "CSN", 3}, {"a session goes on", "CSifIF", 4},
            {"full", "CSNIFif", 3}, {"TLS 1.3, Finished", "CTddZ", 4},
            {"TLS 1.3, alert of the client in clear", "CTddAdX", 4},
            {"TLS 1.3, FIN of the client", "CTddXd", 4}, {"TLS 1.3, reset", "CTdR", 3},
            {"TLS 1.3, no flight", "CTX", -1}, {"TLS 1.3, the server broke off", "CTdx", -1},
            {"TLS 1.3, an alert of the server is none of it", "CTdqX", 3}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world w;
        world_open(&w);
        int64_t start = w.now;
        for (const char *p = rows[i].script; *p != '\0'; p++)
            letter(&w, *p, &hello13);
        const struct handshake *h = world_close(&w);
        int64_t us = h->times.server_flight_end_us;
        if (us != (rows[i].ms < 0 ? TIME_NONE : start + rows[i].ms * MS))
            fail_msg("%s: %lld", rows[i].name, (long long)(us - start));
        world_free(&w);
    }
}

/* Who is the client shows late: the server's certificate was captured before its hello. */
static void late_sides(void **state)
{
    static const struct cert_message chain = {.n_certs = 1};
    static const struct {
        const char *name, *script; /* letters of direction 0 in upper case */
        bool is_server_chain;
    } rows[] = {{"ClientHello of the other direction", "Xc", true},
            {"ServerHello of the same direction", "XS", true},
            {"ServerKeyExchange of the same direction", "XK", true},
            {"ClientHello of the same direction", "XC", false}, {"nothing", "X", false}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world w;
        world_open(&w);
        for (const char *p = rows[i].script; *p != '\0'; p++) {
            struct fact f = {.kind = FACT_CERTIFICATE, .message_type = 11, .certificate = &chain};
            static const struct server_key_exchange key;
            if (*p == 'c' || *p == 'C')
                f = (struct fact){.kind = FACT_CLIENT_HELLO, .client_hello = &hello};
            else if (*p == 'S')
                f = (struct fact){.kind = FACT_SERVER_HELLO, .server_hello = &hello12};
            else if (*p == 'K')
                f = (struct fact){.kind = FACT_SERVER_KEY_EXCHANGE, .server_key_exchange = &key};
            message(&w, *p == 'c', f);
        }
        const struct handshake *h = world_close(&w);
        if ((h->server_certs != NULL) != rows[i].is_server_chain ||
                (h->client_certs != NULL) == rows[i].is_server_chain)
            fail_msg("%s", rows[i].name);
        world_free(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(history_letters),
            cmocka_unit_test(renegotiations), cmocka_unit_test(visibility),
            cmocka_unit_test(pre_shared_keys), cmocka_unit_test(flight_ends),
            cmocka_unit_test(late_sides)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
