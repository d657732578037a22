/* Which files belong together, and in which order they are read. */
#include "capture/inputs.h"

#include <string.h>

#include "tests/unit/test.h"

#define SECOND INT64_C(1000000)

static void test_follows(void **state)
{
    (void)state;
    static struct {
        char a[48], b[48];
        int64_t gap_s;
        bool follows;
    } rows[] = {
            {"d/cap.pcap", "d/cap.pcap1", 0, true}, /* tcpdump -C */
            {"d/cap.pcap1", "d/cap.pcap2", 5, true},
            {"d/cap.pcap9", "d/cap.pcap10", 5, true},
            {"d/span_00001_20260101120000.pcapng", "d/span_00002_20260101121000.pcapng", 1, true},
            {"d/span_20260101-120000.pcap", "d/span_20260101-121000.pcap", 1, true},
            {"d/2026-01-01T12:00:00Z.pcap", "d/2026-01-01T12:10:00Z.pcap", 1, true},
            {"d/cap.pcap2", "d/cap.pcap1", 5, false},                   /* backwards */
            {"d/cap.pcap1", "d/cap.pcap1", 5, false},                   /* the same */
            {"d/cap.pcap1", "d/cap.pcap2", 3601, false},                /* too late */
            {"d/cap.pcap1", "d/cap.pcap2", -1, false},                  /* overlapping */
            {"d/cap1.pcap", "e/cap2.pcap", 1, false},                   /* elsewhere */
            {"d/tls10-openssl.pcap", "d/tls11-openssl.pcap", 1, false}, /* numbers of names */
            {"d/eth0.pcap", "d/wlan0.pcap", 1, false},
            {"d/expiring-1d.pcap", "d/expiring-7d.pcap", 1, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct input a = {.path = rows[i].a, .first_us = 1000 * SECOND, .link_type = 1};
        int64_t end = 2000 * SECOND;
        struct input b = {
                .path = rows[i].b, .first_us = end + rows[i].gap_s * SECOND, .link_type = 1};
        if (inputs_follows(&a, end, &b) != rows[i].follows)
            fail_msg("%s, %s", rows[i].a, rows[i].b);
        b.link_type = 101;
        assert_false(inputs_follows(&a, end, &b));
    }
}

static void test_add(void **state)
{
    (void)state;
    struct inputs in = {0};
    inputs_add(&in, SOURCE_DIR "/pcaps", false);
    size_t n = in.n;
    assert_true(n > 50);
    assert_true(in.n_not_captures > 0); /* README.md */
    for (size_t i = 0; i < n; i++)
        assert_null(strstr(in.items[i].path, "/make/"));
    /* The same file again, by another way, is not added. */
    inputs_add(&in, SOURCE_DIR "/pcaps/../pcaps/tls12-nss.pcap", false);
    assert_int_equal(in.n, n);
    inputs_add(&in, SOURCE_DIR "/no-such-file", false);
    assert_int_equal(in.n, n + 1);
    assert_true(in.items[n].is_broken);
    inputs_add(&in, "-", false);
    inputs_add(&in, "-", false);
    assert_int_equal(in.n, n + 2);
    inputs_sort(&in);
    for (size_t i = 1; i < n; i++)
        assert_true(in.items[i - 1].first_us <= in.items[i].first_us);
    assert_true(in.items[n].first_us == INT64_MIN); /* those without a time come last */
    inputs_fini(&in);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_follows), cmocka_unit_test(test_add)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
