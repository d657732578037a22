#include "history/recent.h"

#include "history/protocols.h"
#include "tests/unit/test.h"

#define SECOND INT64_C(1000000)
#define MINUTE (60 * SECOND)

static struct recent_event event(enum recent_kind kind, uint64_t what, uint64_t who, bool is_bad)
{
    return (struct recent_event){{kind, 1, 7, what}, who, is_bad};
}

/* Both sides of the window, which moves by slots: a minute of ten, six of an hour. */
static void windows(void **state)
{
    (void)state;
    static const struct {
        enum recent_kind kind;
        int64_t after;
        uint64_t n; /* with the one that asks */
    } rows[] = {
            {RECENT_NAME_REFUSED, 0, 4}, {RECENT_NAME_REFUSED, 9 * MINUTE, 4},
            {RECENT_NAME_REFUSED, 10 * MINUTE, 1}, {RECENT_NOT_TLS, 54 * MINUTE, 4},
            {RECENT_NOT_TLS, 60 * MINUTE, 1},
            {RECENT_NAME_REFUSED, -MINUTE, 1}, /* a clock that was set back */
    };
    for (int64_t start = -60 * MINUTE; start <= 60 * MINUTE; start += 60 * MINUTE)
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
            struct history *r = history_new();
            struct recent_event e = event(rows[i].kind, 5, 1, true);
            for (int k = 0; k < 3; k++)
                recent_add(r, &e, start + k * SECOND);
            struct recent_counts n = recent_with(r, &e, start + rows[i].after);
            if (n.n_bad != rows[i].n || n.n_all != rows[i].n)
                fail_msg("row %zu: %llu", i, (unsigned long long)n.n_bad);
            history_free(r);
        }
}

static void apart(void **state)
{
    (void)state;
    struct history *r = history_new();
    struct recent_event e = event(RECENT_CLIENT_CERT, 0, 1, true);
    struct recent_event good = event(RECENT_CLIENT_CERT, 0, 2, false);
    recent_add(r, &e, MINUTE);
    recent_add(r, &good, MINUTE);
    struct recent_counts n = recent_with(r, &e, MINUTE);
    assert_int_equal(n.n_all, 3);
    assert_int_equal(n.n_bad, 2);
    assert_int_equal(n.n_who, 1); /* the good one is nobody's fault */
    n = recent_with(r, &good, MINUTE);
    assert_int_equal(n.n_bad, 1);
    assert_int_equal(n.n_who, 1);
    struct recent_event others[] = {e, e, e, e};
    others[0].key.vantage++;
    others[1].key.service++;
    others[2].key.what++;
    others[3].key.kind = RECENT_NAME_REFUSED;
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(recent_with(r, &others[i], MINUTE).n_all, 1);
    assert_int_equal(recent_with(NULL, &e, MINUTE).n_all, 1);
    history_free(r);
}

/* More clients than are kept: the number stays at what can be known. */
static void many(void **state)
{
    (void)state;
    struct history *r = history_new();
    for (uint64_t who = 1; who <= 20; who++) {
        struct recent_event e = event(RECENT_CLIENT_CERT, 0, who, true);
        unsigned most = who < RECENT_WHO ? (unsigned)who : RECENT_WHO;
        assert_int_equal(recent_with(r, &e, MINUTE).n_who, most);
        recent_add(r, &e, MINUTE);
        recent_add(r, &e, MINUTE);
    }
    history_free(r);
}

static void bounded(void **state)
{
    (void)state;
    struct history *r = history_new();
    struct recent_event e = event(RECENT_NAME_REFUSED, 0, 1, true);
    for (uint64_t i = 0; i <= RECENT_CAP; i++) {
        e.key.what = i;
        recent_add(r, &e, MINUTE);
    }
    assert_int_equal(recent_with(r, &e, MINUTE).n_all, 2);
    e.key.what = 0; /* the oldest went */
    assert_int_equal(recent_with(r, &e, MINUTE).n_all, 1);
    history_free(r);
}

static void http(void **state)
{
    (void)state;
    static const struct {
        const char *text, *why;
        enum side side;
        bool is_http;
    } rows[] = {{"HTTP/1.1 400 Bad Request", TLS_NO_RECORD, SIDE_SERVER, true},
            {"HTTP/1.0 200 OK", TLS_NO_RECORD, SIDE_SERVER, true},
            {"HTTP/2", TLS_NO_RECORD, SIDE_SERVER, false},
            {"HTTP/1", TLS_NO_RECORD, SIDE_SERVER, false},
            {"HTTP/1.1 200", TLS_NO_RECORD, SIDE_CLIENT, false},
            {"HTTP/1.1 200", "handshake message does not parse", SIDE_SERVER, false}};
    struct client_hello hello = {.has_sni = false};
    struct server_hello answer = {.version = TLS_1_2};
    struct service s = {.id = 7};
    struct recent_event e;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct handshake h = {.client_hello = &hello,
                .malformed = rows[i].why,
                .malformed_side = rows[i].side,
                .malformed_bytes = bytes_of_text(rows[i].text)};
        assert_int_equal(recent_http_answer(&h, &s, 0, &e), rows[i].is_http);
        h.server_hello = &answer; /* it does speak TLS */
        assert_false(recent_http_answer(&h, &s, 0, &e));
    }
}

static void protocols(void **state)
{
    (void)state;
    struct history *p = history_new();
    struct server_hello sh = {.has_alpn = true};
    struct service s = {.id = 1};
    struct handshake h = {.server_hello = &sh};
    const struct lesson l = {.handshake = &h, .service = &s, .at_us = 1};
    assert_null(protocols_of(p, 0, &h));
    static const char *const names[] = {
            "h2", "h2", "http/1.1", "a-name-that-is-too-long", "", "a", "b", "c", "d", "e"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        sh.alpn = bytes_of_text(names[i]);
        history_learn(p, &l);
    }
    const struct protocol_list *list = protocols_of(p, 0, &h);
    assert_int_equal(list->n, PROTOCOLS_OF_ONE);
    assert_memory_equal(list->items[1].name, "http/1.1", 8);
    h.sides[SIDE_SERVER].endpoint.port = 8443;
    assert_null(protocols_of(p, 0, &h));
    assert_null(protocols_of(NULL, 0, &h));
    history_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(windows), cmocka_unit_test(apart),
            cmocka_unit_test(many), cmocka_unit_test(bounded), cmocka_unit_test(http),
            cmocka_unit_test(protocols)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
