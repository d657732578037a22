/* Counts of open findings that are kept are those that can be counted. */
#include <sqlite3.h>

#include "store/watch.h"
#include "tests/unit/store/rows.h"

enum { FINDINGS = 40, CHANGES = 400 };

static void compare(struct store *s)
{
    uint64_t kept[SEV_COUNT];
    uint64_t counted[SEV_COUNT];
    struct watch *w = s->watch;
    MUST(store_open_by_severity(s, kept, err));
    s->watch = NULL; /* reads them all */
    MUST(store_open_by_severity(s, counted, err));
    s->watch = w;
    assert_memory_equal(kept, counted, sizeof kept);
}

static void put(struct store *s, unsigned i)
{
    static const char *const defects[] = {"cert-expired", "name-mismatch"};
    unsigned r = i * 2654435761U >> 8;
    struct finding f = {.severity = (enum severity)(r % SEV_COUNT),
            .confidence = 1,
            .first_seen_us = ROWS_START + i,
            .last_seen_us = ROWS_START + i,
            .count = r % 5 != 0};
    f.first.defect = defects[r / 7 % 2];
    f.first.muted_by = (enum muted_by)(r / 11 % 3 == 0);
    (void)snprintf(f.first.subject, sizeof f.first.subject, "%u", r % FINDINGS);
    (void)snprintf(f.first.summary, sizeof f.first.summary, "it is so");
    f.first.service.id = 1;
    f.life.state = r / 13 % 2 != 0 ? LIFE_OPEN : LIFE_CLOSED;
    f.life.opened_us = ROWS_START;
    f.life.closed_us = ROWS_START + i;
    MUST(store_finding(s, &f, err));
}

static void undo(struct store *s)
{
    assert_int_equal(sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    s->is_open = false; /* as a commit that failed leaves it */
    s->watch->is_undone = true;
}

static void counts_follow_what_is_written(void **state)
{
    struct place *p = *state;
    uint64_t counts[SEV_COUNT];
    uint64_t sum = 0;
    MUST(store_open_watch(p->db, ROWS_START, &p->store, err));
    for (unsigned i = 0; i < CHANGES; i++) {
        put(p->store, i);
        if (i % 50 == 30) {
            undo(p->store);
            compare(p->store);
        }
        if (i % 70 == 69)
            MUST(store_flush(p->store, err));
        if (i % 100 == 99) {
            MUST(store_flush(p->store, err));
            store_close(p->store);
            MUST(store_open_watch(p->db, ROWS_START, &p->store, err));
        }
        if (i % 3 == 0)
            compare(p->store);
    }
    MUST(store_open_by_severity(p->store, counts, err));
    for (int i = 0; i < SEV_COUNT; i++)
        sum += counts[i];
    assert_true(sum > 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(
            counts_follow_what_is_written, place_make, rows_remove)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
