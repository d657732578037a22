#include "engine/seen.h"

#include "tests/unit/test.h"

static struct handshake handshake_of(
        const struct client_hello *ch, const struct server_hello *sh, enum outcome outcome)
{
    return (struct handshake){.client_hello = ch, .server_hello = sh, .outcome = outcome};
}

static void copies(void **state)
{
    (void)state;
    static const uint8_t a[32] = {1};
    static const uint8_t b[32] = {2};
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
        if (seen_add(s, &h) != rows[i].is_duplicate)
            fail_msg("%s", rows[i].name);
    }
    seen_free(s);
}

/* Equal randoms are a copy only at about the same time; those of SSL 2.0 are shorter. */
static void others(void **state)
{
    (void)state;
    static const uint8_t a[3][32] = {{1}, {2}, {3}};
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
        if (seen_add(s, &h) != rows[i].is_duplicate)
            fail_msg("row %zu", i);
    }
    seen_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(copies), cmocka_unit_test(others)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
