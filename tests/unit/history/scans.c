#include "history/scans.h"

#include "tests/unit/test.h"

enum { SECOND = 1000000 };

/* One attempt of the client on server number n at second t. */
static bool attempt(struct scans *s, unsigned n, int64_t t, enum outcome outcome, size_t suites)
{
    static const uint8_t list[512];
    struct client_hello hello = {.cipher_suites = {list, suites * 2}};
    struct handshake h = {.client_hello = &hello, .first_us = t * SECOND, .outcome = outcome};
    h.sides[SIDE_SERVER].endpoint.address.ip[15] = (uint8_t)n;
    h.sides[SIDE_SERVER].endpoint.port = 443;
    return scans_take(s, &h);
}

static void walks(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        unsigned servers, seconds; /* visited once each, so many seconds apart */
        enum outcome outcome, last;
        bool is_scan;
    } rows[] = {
            {"51 servers, left each", 51, 1, OUTCOME_FAIL_RESET_CLIENT, OUTCOME_FAIL_RESET_CLIENT,
                    true},
            {"50 servers", 50, 1, OUTCOME_FAIL_RESET_CLIENT, OUTCOME_FAIL_RESET_CLIENT, false},
            {"51 servers in an hour", 51, 70, OUTCOME_FAIL_RESET_CLIENT, OUTCOME_FAIL_RESET_CLIENT,
                    false},
            {"51 servers that work", 51, 1, OUTCOME_SUCCESS, OUTCOME_FAIL_RESET_CLIENT, false},
            {"51 servers that it does not trust", 51, 1, OUTCOME_FAIL_ALERT_CLIENT,
                    OUTCOME_FAIL_ALERT_CLIENT, false},
            {"a scanner that is answered once", 60, 1, OUTCOME_FAIL_CLOSED_CLIENT, OUTCOME_SUCCESS,
                    false},
            {"a scanner that is refused once", 60, 1, OUTCOME_FAIL_CLOSED_CLIENT,
                    OUTCOME_FAIL_ALERT_SERVER, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scans *s = scans_new();
        bool is_scan = false;
        for (unsigned n = 0; n < rows[i].servers; n++)
            is_scan = attempt(s, n, 1000 + (int64_t)n * rows[i].seconds,
                    n + 1 == rows[i].servers ? rows[i].last : rows[i].outcome, 10);
        if (is_scan != rows[i].is_scan)
            fail_msg("%s", rows[i].name);
        scans_free(s);
    }
}

static void strange_hellos(void **state)
{
    (void)state;
    struct scans *s = scans_new();
    for (unsigned n = 0; n < 6; n++)
        assert_int_equal(attempt(s, n, n, OUTCOME_FAIL_CLOSED_CLIENT, 81), n == 5);
    assert_false(attempt(s, 1, 7, OUTCOME_FAIL_CLOSED_CLIENT, 80));
    assert_false(attempt(s, 1, 8, OUTCOME_FAIL_ALERT_SERVER, 81));
    assert_false(attempt(s, 1, 9, OUTCOME_SUCCESS, 81));
    scans_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(walks), cmocka_unit_test(strange_hellos)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
