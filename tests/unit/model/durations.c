/* Durations of a handshake from the times of its packets. */
#include "model/handshake.h"
#include "tests/unit/test.h"

/* A full TLS 1.2 handshake, microseconds: 30 to the server, 8 to the client. */
static const struct timings FULL = {.syn_us = 0,
        .syn_ack_us = 30,
        .ack_us = 38,
        .client_hello_first_us = 40,
        .client_hello_last_us = 41,
        .server_hello_us = 90,
        .server_flight_end_us = 92,
        .client_finished_us = 110,
        .server_finished_us = 145,
        .complete_us = 145,
        .client_data_us = 150,
        .server_data_us = 200,
        .end_us = 145};

static void full(void **state)
{
    (void)state;
    struct durations d = durations_of(&FULL, OUTCOME_SUCCESS);
    assert_int_equal(d.rtt_server_us, 30);
    assert_int_equal(d.rtt_client_us, 8);
    assert_int_equal(d.handshake_us, 105);
    assert_int_equal(d.first_byte_us, 160);
    assert_int_equal(d.server_think_us, 90 - 41 - 30);
    assert_int_equal(d.client_think_us, 110 - 92 - 8);
}

static void resumed(void **state)
{
    (void)state;
    struct timings t = FULL;
    t.server_flight_end_us = TIME_NONE; /* the server's Finished comes first */
    t.server_finished_us = 95;
    assert_int_equal(durations_of(&t, OUTCOME_SUCCESS).client_think_us, 110 - 95 - 8);
}

/* Without one end there is no duration; with a clock that was set back there is none either. */
static void missing_and_backwards(void **state)
{
    (void)state;
    struct timings t = FULL;
    t.syn_us = t.server_data_us = TIME_NONE;
    struct durations d = durations_of(&t, OUTCOME_SUCCESS);
    assert_true(d.rtt_server_us == TIME_NONE && d.first_byte_us == TIME_NONE);
    assert_int_equal(d.server_think_us, 90 - 41); /* nothing to subtract */
    t = FULL;
    t.syn_ack_us = 50;
    t.server_hello_us = 20;
    t.client_finished_us = 80;
    t.complete_us = t.server_data_us = 39;
    d = durations_of(&t, OUTCOME_SUCCESS);
    assert_true(d.rtt_client_us == TIME_NONE);
    assert_true(d.server_think_us == TIME_NONE);
    assert_true(d.client_think_us == TIME_NONE);
    assert_true(d.handshake_us == TIME_NONE);
    assert_true(d.first_byte_us == TIME_NONE);
    /* Quicker than the round trip: it thought for no time. */
    t = FULL;
    t.server_hello_us = 60;
    assert_int_equal(durations_of(&t, OUTCOME_SUCCESS).server_think_us, 0);
}

/* A client that broke off has thought until then; one that was broken off has not. */
static void broken_off(void **state)
{
    (void)state;
    struct timings t = FULL;
    t.client_finished_us = t.server_finished_us = t.complete_us = TIME_NONE;
    t.end_us = 112;
    assert_int_equal(durations_of(&t, OUTCOME_FAIL_ALERT_CLIENT).client_think_us, 112 - 92 - 8);
    assert_int_equal(durations_of(&t, OUTCOME_FAIL_CLOSED_CLIENT).client_think_us, 112 - 92 - 8);
    assert_true(durations_of(&t, OUTCOME_FAIL_ALERT_SERVER).client_think_us == TIME_NONE);
    assert_true(durations_of(&t, OUTCOME_FAIL_TIMEOUT_CLIENT).client_think_us == TIME_NONE);
    t.server_flight_end_us = TIME_NONE;
    assert_true(durations_of(&t, OUTCOME_FAIL_ALERT_CLIENT).client_think_us == TIME_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(full), cmocka_unit_test(resumed),
            cmocka_unit_test(missing_and_backwards), cmocka_unit_test(broken_off)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
