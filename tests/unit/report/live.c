/* What the report says of a live input while it goes on, after its end, and after the run was
 * stopped. */
#include <string.h>

#include "report/report.h"
#include "store/segment.h"
#include "tests/unit/store/rows.h"

#define FROM_US INT64_C(1795694400000000) /* 2026-11-26T12:00:00Z */
#define SECOND_US INT64_C(1000000)

static int tear_down(void **state)
{
    struct place *p = *state;
    store_close(p->store);
    p->store = NULL;
    remove_segments(p->db);
    return place_remove(state);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(test_states, place_make, tear_down)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
