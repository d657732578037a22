#include "engine/seen.h"

#include <string.h>

#include "tests/unit/test.h"

static struct handshake handshake_of(
        const struct client_hello *ch, const struct server_hello *sh, enum outcome outcome)
{
    return (struct handshake){.client_hello = ch, .server_hello = sh, .outcome = outcome};
}

/* Bytes as if by chance: 101 is a generator modulo 257. */
static void fill(uint8_t out[32], unsigned seed)
{
    unsigned x = seed;
    for (size_t i = 0; i < 32; i++) {
        x = x * 101 % 257;
        out[i] = (uint8_t)x;
    }
}

static void copies(void **state)
{
    (void)state;
    uint8_t a[32], b[32];
    fill(a, 1);
    fill(b, 2);
    const struct client_hello ch = {.random = {a, 32}};
    const struct server_hello sh = {.random = {b, 32}};
    const struct {
        const char *name;
        bool has_server;
        enum outcome outcome;
        bool is_duplicate;
    } rows[] = {{"cut behind the ServerHello", true, OUTCOME_UNDETERMINED, false},
            {"cut once more", true, OUTCOME_UNDETERMINED, true},
            {"whole", true, OUTCOME_FAIL_ALERT_CLIENT, false},
            {"whole once more", true, OUTCOME_FAIL_ALERT_CLIENT, true},
            {"cut after the whole one", true, OUTCOME_UNDETERMINED, true},
            {"the client alone is another", false, OUTCOME_UNDETERMINED, false},
            {"the client alone once more", false, OUTCOME_UNDETERMINED, true}};
    struct seen *s = seen_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct handshake h = handshake_of(&ch, rows[i].has_server ? &sh : NULL, rows[i].outcome);
        if ((seen_add(s, &h) == SEEN_COPY) != rows[i].is_duplicate)
            fail_msg("%s", rows[i].name);
    }
    seen_free(s);
}

/* Equal randoms are a copy only at about the same time; those of SSL 2.0 are shorter. */
static void others(void **state)
{
    (void)state;
    uint8_t a[3][32];
    for (unsigned i = 0; i < 3; i++)
        fill(a[i], i + 1);
    const struct {
        size_t n, client, server;
        int64_t us;
        bool is_duplicate;
    } rows[] = {{32, 0, 1, 0, false}, {32, 0, 1, SEEN_WINDOW_US - 1, true},
            {32, 0, 1, SEEN_WINDOW_US, true}, {32, 0, 1, 9 * SEEN_WINDOW_US, false},
            {16, 2, 1, 0, false}, {16, 1, 2, 0, false}, {16, 2, 0, 0, false}, {16, 2, 1, 5, true}};
    struct seen *s = seen_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct client_hello ch = {.random = {a[rows[i].client], rows[i].n}};
        const struct server_hello sh = {.random = {a[rows[i].server], rows[i].n}};
        struct handshake h = handshake_of(&ch, &sh, OUTCOME_SUCCESS);
        h.first_us = SEEN_WINDOW_US * 1000 + rows[i].us;
        if ((seen_add(s, &h) == SEEN_COPY) != rows[i].is_duplicate)
            fail_msg("row %zu", i);
    }
    seen_free(s);
}

/* One handshake of a row of them, all with the same hellos but for what the row says. */
struct sighting_row {
    const char *name;
    uint8_t client_host, server_host;
    uint16_t port;
    int64_t us;
    uint8_t share; /* last byte of the server's key_exchange */
    enum seen_as is;
};

static void run_rows(const struct sighting_row *rows, size_t n, const uint8_t client[32],
        const uint8_t server[32])
{
    struct seen *s = seen_new();
    for (size_t i = 0; i < n; i++) {
        uint8_t share[2] = {7, rows[i].share};
        const struct client_hello ch = {.random = {client, 32}};
        const struct server_hello sh = {.random = {server, 32}, .key_exchange = {share, 2}};
        struct handshake h = handshake_of(&ch, &sh, OUTCOME_SUCCESS);
        h.first_us = SEEN_WINDOW_US * 1000 + rows[i].us;
        h.sides[SIDE_CLIENT].endpoint.address.ip[15] = rows[i].client_host;
        h.sides[SIDE_SERVER].endpoint.address.ip[15] = rows[i].server_host;
        h.sides[SIDE_CLIENT].endpoint.port = rows[i].port;
        h.sides[SIDE_SERVER].endpoint.port = 443;
        if (seen_add(s, &h) != rows[i].is)
            fail_msg("row %zu: %s", i, rows[i].name);
    }
    seen_free(s);
}

/* A mirrored port, a translator, and a generator that gives the same again. */
static void copy_or_repeat(void **state)
{
    (void)state;
    static const struct sighting_row rows[] = {
            {"first", 1, 2, 40000, 0, 1, SEEN_NEW},
            {"mirrored", 1, 2, 40000, 200, 1, SEEN_COPY},
            {"behind a translator", 9, 2, 1024, 300, 1, SEEN_COPY},
            {"in front of a balancer", 1, 8, 40000, 300, 1, SEEN_COPY},
            {"another connection, equal hellos", 1, 2, 40001, 5000000, 1, SEEN_REPEAT},
            {"that, mirrored", 1, 2, 40001, 5000200, 1, SEEN_COPY},
            {"the next", 1, 2, 40002, 9000000, 1, SEEN_REPEAT},
            {"equal randoms, another key", 1, 2, 40000, 9000000, 2, SEEN_NEW},
    };
    uint8_t client[32], server[32];
    fill(client, 3);
    fill(server, 4);
    run_rows(rows, sizeof rows / sizeof *rows, client, server);
}

/* What has no chance in it proves nothing beyond its connection. */
static void poor_randoms(void **state)
{
    (void)state;
    static const struct sighting_row rows[] = {
            {"first", 1, 2, 40000, 0, 1, SEEN_NEW},
            {"mirrored", 1, 2, 40000, 200, 1, SEEN_COPY},
            {"another connection", 1, 2, 40001, 300, 1, SEEN_NEW},
            {"another client", 3, 2, 40000, 400, 1, SEEN_NEW},
            {"another server", 1, 4, 40000, 500, 1, SEEN_NEW},
            {"the port again, later", 1, 2, 40000, 10 * SEEN_POOR_WINDOW_US, 1, SEEN_NEW},
    };
    uint8_t zero[32] = {0}, same[32], chance[32], timed[32] = {0x65, 0x12, 0x34, 0x56};
    uint8_t sentinel[32] = {0};
    memset(same, 0xaa, sizeof same);
    memcpy(sentinel + 24, "DOWNGRD\x01", 8);
    fill(chance, 5);
    const uint8_t *const poor[] = {zero, same, timed, sentinel};
    for (size_t i = 0; i < sizeof poor / sizeof *poor; i++) {
        assert_true(random_is_poor((struct bytes){poor[i], 32}));
        run_rows(rows, sizeof rows / sizeof *rows, poor[i], chance);
        run_rows(rows, sizeof rows / sizeof *rows, chance, poor[i]);
    }
    assert_false(random_is_poor((struct bytes){chance, 32}));
    assert_false(random_is_poor((struct bytes){chance, 16}));
    assert_true(random_is_poor((struct bytes){zero, 16}));
    assert_false(random_is_poor((struct bytes){NULL, 0}));
}

/* More than the first table holds. */
static void many(void **state)
{
    (void)state;
    struct seen *s = seen_new();
    for (int round = 0; round < 2; round++)
        for (unsigned i = 0; i < 5000; i++) {
            uint8_t client[32], server[32];
            fill(client, 6);
            fill(server, 7);
            client[5] = (uint8_t)i;
            client[6] = (uint8_t)(i >> 8);
            const struct client_hello ch = {.random = {client, 32}};
            const struct server_hello sh = {.random = {server, 32}};
            struct handshake h = handshake_of(&ch, &sh, OUTCOME_SUCCESS);
            assert_int_equal(seen_add(s, &h), round == 0 ? SEEN_NEW : SEEN_COPY);
        }
    seen_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(copies), cmocka_unit_test(others),
            cmocka_unit_test(copy_or_repeat), cmocka_unit_test(poor_randoms),
            cmocka_unit_test(many)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
