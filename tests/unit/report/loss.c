/* What the report says about loss. */
#include "report/loss.h"

#include <stdlib.h>
#include <string.h>

#include "store/capture.h"
#include "tests/unit/store/place.h"
#include "tests/unit/test.h"

#define MINUTE INT64_C(60000000)
#define START INT64_C(1790000040000000) /* 2026-09-21 14:14 */

static void put(struct store *s, int64_t minute, const struct capture_counts *c)
{
    struct err err;
    if (!store_capture_minute(s, START + minute * MINUTE, c, &err))
        fail_msg("%s", err.text);
}

static char *report(const char *db)
{
    struct store *s = NULL;
    struct err err;
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    assert_true(store_open(db, STORE_READ, &s, &err));
    if (!report_loss(s, out, &err))
        fail_msg("%s", err.text);
    store_close(s);
    (void)fclose(out);
    return text;
}

static void test_loss(void **state)
{
    struct place *p = *state;
    struct store *s = NULL;
    struct err err;
    struct capture_counts c = {.n = {[CAPTURE_received] = 1000}};
    assert_true(store_open(p->db, STORE_NEW, &s, &err));
    put(s, 0, &c);
    assert_true(store_flush(s, &err));
    char *text = report(p->db);
    assert_string_equal(text, "");
    free(text);
    c.n[CAPTURE_kernel_drops] = 10;
    put(s, 1, &c);
    c.n[CAPTURE_kernel_drops] = 100;
    c.n[CAPTURE_interface_drops] = 250;
    c.n[CAPTURE_gap_bytes] = 3000;
    c.n[CAPTURE_gaps] = 2;
    c.n[CAPTURE_rows_lost] = 5;
    put(s, 2, &c);
    assert_true(store_flush(s, &err));
    store_close(s);
    text = report(p->db);
    assert_string_equal(text,
            "\nLost while watching\n"
            "  packets dropped          in 2 of 3 minutes, 11.08 % of 3250 packets: 110 by the "
            "kernel, 250 by the interface\n"
            "  gaps in connections      in 1 of 3 minutes, 3000 bytes in 2 gaps\n"
            "  not stored               5 handshakes\n"
            "  worst minute             2026-09-21 14:16 UTC, 28.00 % of 1250 packets: 100 by the "
            "kernel, 250 by the interface\n"
            "  by minute: tlswire metrics --capture --step 1m\n");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(test_loss, place_make, place_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
