/* The numbers of --events and --metrics. */
#include "cli/watch_samples.h"

#include <string.h>

#include "tests/unit/test.h"

static double number_of(const struct sample *samples, size_t n, const char *name, const char *value)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(samples[i].name, name) == 0 &&
                (value == NULL || strcmp(samples[i].value, value) == 0))
            return samples[i].number;
    fail_msg("%s: no such number", name);
    return 0;
}

/* What was received is in exactly one of the others. */
static void adds_up(void **state)
{
    struct sample samples[WATCH_SAMPLES];
    const struct watch_minute m = {.at_us = INT64_C(1790000040000000),
            .counts = {.received = 1000,
                    .analysed = 500,
                    .skipped = 200,
                    .waiting = 250,
                    .kernel_drops = 40,
                    .own_drops = 10,
                    .interface_drops = 7}};
    (void)state;
    size_t n = watch_samples(&m, 0, samples);
    assert_true(n < WATCH_SAMPLES); /* there is room */
    double sum = number_of(samples, n, "packets_analysed_total", NULL) +
                 number_of(samples, n, "packets_skipped_total", NULL) +
                 number_of(samples, n, "packets_waiting", NULL) +
                 number_of(samples, n, "packets_dropped_total", "kernel") +
                 number_of(samples, n, "packets_dropped_total", "own");
    assert_true(sum == number_of(samples, n, "packets_received_total", NULL));
    assert_true(number_of(samples, n, "packets_waiting", NULL) == 250);
    assert_true(number_of(samples, n, "last_minute_seconds", NULL) == 1790000040);
    for (size_t i = 0; i < n; i++) {
        const char *end = strrchr(samples[i].name, '_');
        assert_true(samples[i].is_gauge == (strcmp(end, "_total") != 0));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(adds_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
