/* What the report says about loss. */
#include "report/loss.h"

#include <stdlib.h>
#include <string.h>

#include "store/capture.h"
#include "store/store_internal.h"
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
    if (!report_loss(s, "a b/t.db", out, &err))
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
            "  by minute: tlswire metrics --capture --step 1m --db 'a b/t.db'\n");
    free(text);
}

/* Each column that is no drop stands there when it alone is not 0. */
static void test_each(void **state)
{
    static const struct {
        enum capture_count column;
        const char *one, *more;
    } rows[] = {
            {CAPTURE_evicted_flows, "by caps                  1 connection pushed out\n",
                    "by caps                  7 connections pushed out\n"},
            {CAPTURE_evicted_syns, "by caps                  1 connection without an answer\n",
                    "by caps                  7 connections without an answer\n"},
            {CAPTURE_capped_buffers, "by caps                  1 direction cut\n",
                    "by caps                  7 directions cut\n"},
            {CAPTURE_fragments_dropped, "by caps                  1 fragment dropped\n",
                    "by caps                  7 fragments dropped\n"},
            {CAPTURE_truncated, "by caps                  1 packet cut by the snap length\n",
                    "by caps                  7 packets cut by the snap length\n"},
            {CAPTURE_handshakes_capped, "by caps                  1 handshake cut\n",
                    "by caps                  7 handshakes cut\n"},
            {CAPTURE_handshakes_not_verified, "by caps                  1 handshake not verified\n",
                    "by caps                  7 handshakes not verified\n"},
            {CAPTURE_rows_lost, "not stored               1 handshake\n",
                    "not stored               7 handshakes\n"},
            {CAPTURE_updates_lost, "not stored               1 update\n",
                    "not stored               7 updates\n"},
            {CAPTURE_late_ends_lost, "not stored               1 end of connections\n",
                    "not stored               7 ends of connections\n"},
            {CAPTURE_certificates_not_stored, "not stored               1 certificate\n",
                    "not stored               7 certificates\n"},
            {CAPTURE_certificates_without_names,
                    "not stored               1 name list of certificates\n",
                    "not stored               7 name lists of certificates\n"},
            {CAPTURE_gap_bytes, "gaps in connections      in 1 of 1 minute, 1 byte in 0 gaps\n",
                    "gaps in connections      in 1 of 1 minute, 7 bytes in 0 gaps\n"},
    };
    struct place *p = *state;
    struct store *s = NULL;
    struct err err;
    assert_true(store_open(p->db, STORE_NEW, &s, &err));
    store_close(s);
    for (size_t i = 0; i < 2 * (sizeof rows / sizeof *rows); i++) {
        struct capture_counts c = {0};
        char expected[160];
        c.n[rows[i / 2].column] = i % 2 == 0 ? 1 : 7;
        assert_true(store_open(p->db, STORE_CREATE, &s, &err));
        assert_int_equal(sqlite3_exec(s->db, "DELETE FROM capture_minute", NULL, NULL, NULL), 0);
        put(s, 0, &c);
        assert_true(store_flush(s, &err));
        store_close(s);
        (void)snprintf(expected, sizeof expected, "\nLost while watching\n  %s",
                i % 2 == 0 ? rows[i / 2].one : rows[i / 2].more);
        char *text = report(p->db);
        assert_string_equal(text, expected);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(test_loss, place_make, place_remove),
            cmocka_unit_test_setup_teardown(test_each, place_make, place_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
