/* Whether silence was silence, when the capture lost packets meanwhile. */
#include "engine/silence.h"

#include "base/alloc.h"
#include "tests/unit/test.h"

#define SECOND INT64_C(1000000)
#define START INT64_C(1790000000000000)

static void test_silence(void **state)
{
    static const struct {
        const char *name;
        enum outcome outcome;
        int64_t last, end, lost; /* seconds; -1 nothing was lost */
        bool is_doubtful;
    } ROWS[] = {
            {"nothing lost", OUTCOME_FAIL_TIMEOUT_SERVER, 10, 40, -1, false},
            {"lost after the last packet", OUTCOME_FAIL_TIMEOUT_SERVER, 10, 40, 11, true},
            {"of the client", OUTCOME_FAIL_TIMEOUT_CLIENT, 10, 40, 30, true},
            {"of the path", OUTCOME_FAIL_TIMEOUT_PATH, 10, 40, 30, true},
            {"lost before it", OUTCOME_FAIL_TIMEOUT_SERVER, 10, 40, 8, false},
            {"lost after the end", OUTCOME_FAIL_TIMEOUT_SERVER, 10, 40, 42, false},
            {"packets go on after the silence", OUTCOME_FAIL_TIMEOUT_SERVER, 50, 40, 45, false},
            {"what was seen was", OUTCOME_FAIL_ALERT_SERVER, 10, 40, 11, false},
            {"likewise", OUTCOME_SUCCESS, 10, 40, 11, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct losses l = {0};
        struct handshake *h = xcalloc(1, sizeof *h);
        h->outcome = ROWS[i].outcome;
        h->confidence = 1;
        h->last_us = START + ROWS[i].last * SECOND;
        h->times.end_us = START + ROWS[i].end * SECOND;
        h->sides[SIDE_CLIENT].is_seen = h->sides[SIDE_SERVER].is_seen = true;
        if (ROWS[i].lost >= 0)
            losses_add(&l, START + ROWS[i].lost * SECOND,
                    START + ROWS[i].lost * SECOND + SECOND / 4, 100, 1);
        if (silence_doubt(h, &l) != ROWS[i].is_doubtful)
            fail_msg("%s", ROWS[i].name);
        assert_true(handshake_is_complete(h) == !ROWS[i].is_doubtful);
        assert_true((h->outcome == OUTCOME_UNDETERMINED) == ROWS[i].is_doubtful);
        if (ROWS[i].is_doubtful)
            assert_int_equal(h->undetermined, UNDETERMINED_GAP);
        xfree(h);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_silence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
