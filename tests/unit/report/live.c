/* What the report says of a live input while it goes on, after its end, and after the run was
 * stopped. */
#include <sqlite3.h>
#include <string.h>

#include "report/report.h"
#include "store/capture.h"
#include "store/judgement.h"
#include "store/segment.h"
#include "tests/unit/store/rows.h"

#define FROM_US INT64_C(1795694400000000) /* 2026-11-26T12:00:00Z */
#define SECOND_US INT64_C(1000000)

static int64_t row_count(const char *path, const char *sql)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *st = NULL;
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
    int64_t n = sqlite3_step(st) == SQLITE_ROW ? sqlite3_column_int64(st, 0) : -1;
    (void)sqlite3_finalize(st);
    (void)sqlite3_close(db);
    return n;
}

static char *report(const char *db)
{
    char *text = NULL;
    size_t n = 0;
    struct store *s = NULL;
    FILE *f = open_memstream(&text, &n);
    MUST(store_open(db, STORE_READ, &s, err));
    MUST(report_text(s, db, f, false, err));
    (void)fclose(f);
    store_close(s);
    return text;
}

static void says(const char *db, const char *what, const char *never)
{
    char *text = report(db);
    if (strstr(text, what) == NULL || (never != NULL && strstr(text, never) != NULL))
        fail_msg("not \"%s\", or \"%s\": %s", what, never != NULL ? never : "", text);
    free(text);
}

static struct input_facts begin(struct store *s, int64_t id, uint32_t index, int64_t from_us)
{
    struct input_facts in = {.id = id,
            .index = index,
            .path = "if0",
            .quick_hash = (uint64_t)id,
            .first_us = TIME_NONE,
            .last_us = TIME_NONE,
            .is_live = true,
            .from_us = from_us,
            .to_us = from_us};
    MUST(store_begin_input(s, &in, err));
    return in;
}

static void open_run(struct place *p, int64_t now_us)
{
    struct run_facts run = {.version = "test", .started_us = now_us};
    int64_t id;
    MUST(store_open_watch(p->db, now_us, &p->store, err));
    MUST(store_begin_run(p->store, &run, &id, err));
}

static void test_states(void **state)
{
    struct place *p = *state;
    open_run(p, FROM_US);
    struct input_facts in = begin(p->store, 5, 0, FROM_US);
    MUST(store_flush(p->store, err));
    says(p->db, "  packets        none\n", "packets from");
    says(p->db, "\n      watching since 2026-11-26 12:00:00 UTC\n", "not read");
    in.frames = 70;
    in.drops = 3;
    in.has_drops = true;
    in.first_us = FROM_US + SECOND_US;
    in.last_us = in.to_us = FROM_US + 5 * SECOND_US;
    MUST(store_input_so_far(p->store, &in, err));
    MUST(store_flush(p->store, err));
    says(p->db, "  packets from   2026-11-26 12:00:01 to 2026-11-26 12:00:05 UTC\n", NULL);
    says(p->db, " 70 packets       0 handshakes, 3 dropped while capturing\n", NULL);
    says(p->db, "\n      watching since 2026-11-26 12:00:00 UTC\n", "watched from");
    /* Killed. */
    store_close(p->store);
    p->store = NULL;
    says(p->db,
            "\n      watched from 2026-11-26 12:00:00 to 2026-11-26 12:00:05 UTC, then the run was "
            "stopped before it had ended\n",
            "watching");
    /* Another run; its first input is over. */
    open_run(p, FROM_US + 60 * SECOND_US);
    in = begin(p->store, 6, 0, FROM_US + 60 * SECOND_US);
    in.to_us = FROM_US + 70 * SECOND_US;
    MUST(store_end_input(p->store, &in, err));
    in = begin(p->store, 7, 1, FROM_US + 70 * SECOND_US);
    MUST(store_flush(p->store, err));
    says(p->db, "12:00:05 UTC, then the run was stopped before it had ended\n", NULL);
    says(p->db, "\n      watched from 2026-11-26 12:01:00 to 2026-11-26 12:01:10 UTC\n", NULL);
    says(p->db, "\n      watching since 2026-11-26 12:01:10 UTC\n", NULL);
    in.to_us = FROM_US + 80 * SECOND_US;
    MUST(store_end_input(p->store, &in, err));
    MUST(store_end_run(p->store, 0, err));
    says(p->db, "\n      watched from 2026-11-26 12:01:10 to 2026-11-26 12:01:20 UTC\n",
            "watching");
    says(p->db, "Inputs\n", "-c or a filter");
}

static void put_trust(struct store *s, uint64_t roots)
{
    const struct data_file f = {.kind = "trust",
            .name = "example",
            .path = "/trust.pem",
            .date_us = TIME_NONE,
            .entries = roots};
    MUST(store_data_file(s, &f, err));
    MUST(store_data_file(s, &f, err)); /* each minute */
}

/* What holds now is told, and what held before is not lost. */
static void test_reload(void **state)
{
    struct place *p = *state;
    struct run_facts now = {.profile = "modern", .policy = "p.yaml", .policy_sha256 = "aa"};
    struct rows r;
    MUST(store_open_watch(p->db, FROM_US, &p->store, err));
    rows_begin(&r, p->store);
    put_trust(p->store, 3);
    MUST(store_flush(p->store, err));
    says(p->db, "  trusted        example: 3 roots (/trust.pem)\n", "reloaded");
    MUST(store_reload(p->store, &now, FROM_US + SECOND_US, err));
    put_trust(p->store, 3);
    now.policy_sha256 = "bb";
    MUST(store_reload(p->store, &now, FROM_US + 2 * SECOND_US, err));
    put_trust(p->store, 2);
    MUST(store_flush(p->store, err));
    says(p->db, "  trusted        example: 2 roots (/trust.pem)\n", "3 roots");
    says(p->db, "  reloaded       2 times, last at 2026-11-26 12:00:02 UTC", NULL);
    assert_int_equal(row_count(p->db, "SELECT count(*) FROM data_file"), 3);
    assert_int_equal(row_count(p->db, "SELECT count(*) FROM run WHERE policy_sha256 = 'bb'"), 1);
    assert_int_equal(
            row_count(p->db, "SELECT count(*) FROM reload WHERE (number, policy_sha256) IN "
                             "(VALUES (1, 'aa'), (2, 'bb')) OR (number = 0 AND policy IS NULL)"),
            3);
    for (int i = 0; i < 1200; i++)
        MUST(store_reload(p->store, &now, FROM_US + i * SECOND_US, err));
    MUST(store_flush(p->store, err));
    assert_int_equal(row_count(p->db, "SELECT count(*) FROM reload"), 1001);
    assert_int_equal(row_count(p->db, "SELECT count(*) FROM reload WHERE number = 0"), 1);
}

static void shows(const char *db, const char *what, const char *never)
{
    struct store *s = NULL;
    struct text t = {0};
    char id[32];
    bool found;
    (void)snprintf(id, sizeof id, "%lld", (long long)row_id(2));
    MUST(store_open(db, STORE_READ, &s, err));
    MUST(query_show(s, SHOW_FINDING, "1", &found, dump_row, &t, err));
    assert_true(found);
    MUST(query_show(s, SHOW_HANDSHAKE, id, &found, dump_row, &t, err));
    assert_true(found);
    store_close(s);
    const char *first = strstr(text_str(&t), what);
    if (first == NULL || strstr(first + 1, what) == NULL || strstr(text_str(&t), never) != NULL)
        fail_msg("not twice \"%s\", or \"%s\": %s", what, never, text_str(&t));
    text_fini(&t);
}

/* Packets of interfaces are in a file only when they were kept. */
static void test_packets(void **state)
{
    struct place *p = *state;
    struct evidence_file file = {.handshake_id = row_id(2), .path = "/keep/1.pcapng", .packets = 9};
    struct rows r;
    MUST(store_open_watch(p->db, FROM_US, &p->store, err));
    rows_begin(&r, p->store);
    (void)begin(p->store, 7, 0, FROM_US);
    MUST(row_put(&r, 2, err));
    rows_finding(&r, 2, "cert-expired", 1);
    MUST(store_flush(p->store, err));
    shows(p->db, " tshark= ", "frame.number");
    MUST(store_evidence_file(p->store, &file, err));
    MUST(store_flush(p->store, err));
    shows(p->db, " tshark=tshark -r /keep/1.pcapng -Y 'ipv6.", "frame.number");
}

/* The rate of a capture that dropped packets has that beside it. */
static void test_rate(void **state)
{
    struct place *p = *state;
    struct capture_counts c = {.n = {[CAPTURE_received] = 800}};
    struct rows r;
    MUST(store_open_watch(p->db, FROM_US, &p->store, err));
    rows_begin(&r, p->store);
    (void)begin(p->store, 7, 0, FROM_US);
    MUST(row_put(&r, 2, err));
    MUST(store_capture_minute(p->store, FROM_US, &c, err));
    MUST(store_flush(p->store, err));
    says(p->db, "  success rate ", "dropped");
    c.n[CAPTURE_own_drops] = 2;
    MUST(store_capture_minute(p->store, FROM_US + 60 * SECOND_US, &c, err));
    MUST(store_flush(p->store, err));
    says(p->db, "  dropped while watching      0.12 %  (2 of 1600 packets)\n", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(test_states, place_make, rows_remove),
            cmocka_unit_test_setup_teardown(test_reload, place_make, rows_remove),
            cmocka_unit_test_setup_teardown(test_packets, place_make, rows_remove),
            cmocka_unit_test_setup_teardown(test_rate, place_make, rows_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
