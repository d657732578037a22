/* A finding of which something cannot be written comes again: it is counted once. */
#include "store/watch.h"
#include "tests/unit/store/own_sql.h"
#include "tests/unit/store/rows.h"
#include "tests/unit/test.h"

static int set_up(void **state)
{
    (void)place_make(state);
    struct place *p = *state;
    MUST(store_open_watch(p->db, ROWS_START, &p->store, err));
    return 0;
}

static void make(struct finding *f, unsigned subject)
{
    *f = (struct finding){.severity = SEV_HIGH,
            .first_seen_us = ROWS_START,
            .last_seen_us = ROWS_START,
            .count = 3,
            .n_evidence = 2,
            .evidence = {{.kind = EVIDENCE_CONNECTIONS}, {.kind = EVIDENCE_CONNECTIONS}},
            .life = {.state = LIFE_OPEN, .opened_us = ROWS_START}};
    f->first.defect = "cert-expired";
    f->first.has_endpoints = true;
    f->first.server.address.ip[15] = (uint8_t)(10 + subject);
    f->first.client.address.ip[15] = (uint8_t)(100 + subject);
    f->life.events[f->life.n_events++] = (struct life_event){LIFE_OPENED, ROWS_START};
    (void)snprintf(f->first.subject, sizeof f->first.subject, "%u", subject);
}

/* Each table that it is written to, and whether SQLite undoes the statement or all. */
static void counted_once(void **state)
{
    static const char *const whens[] = {"INSERT ON main.evidence WHEN new.position = 1",
            "INSERT ON main.finding_event", "UPDATE OF opened_us ON main.finding"};
    struct place *p = *state;
    struct finding f;
    struct err why;
    for (unsigned i = 0; i < 6; i++) {
        char sql[200];
        (void)snprintf(sql, sizeof sql,
                "CREATE TEMP TRIGGER fails BEFORE %s BEGIN SELECT RAISE(%s, 'no'); END",
                whens[i / 2], i % 2 == 0 ? "ABORT" : "ROLLBACK");
        run_sql(p, sql);
        make(&f, 2 * i);
        f.n_evidence = 0;
        f.life.state = LIFE_NEW;
        MUST(store_finding(p->store, &f, err)); /* what was done before stays */
        make(&f, 2 * i + 1);
        for (int k = 0; k < 2; k++) {
            assert_false(store_finding(p->store, &f, &why));
            assert_int_equal(f.id, 0);
        }
        run_sql(p, "DROP TRIGGER fails");
        MUST(store_finding(p->store, &f, err));
        MUST(store_flush(p->store, err));
        assert_int_equal(ask(p, "SELECT count(*) FROM finding"), 2 * i + 2);
        assert_int_equal(ask(p, "SELECT max(count) FROM finding"), 3);
        assert_int_equal(ask(p, "SELECT count(*) FROM evidence"), 2 * i + 2);
        assert_int_equal(ask(p, "SELECT n FROM open_finding"), 2 * i + 2);
        assert_int_equal(ask(p, "SELECT count(*) FROM address"), 4 * i + 4);
        assert_int_equal(ask(p, "SELECT count(*) FROM finding f JOIN address a ON a.id = "
                                "server_address_id WHERE a.display = '::' || printf('%x', 10 + "
                                "subject) AND a.last_segment IS NULL"),
                2 * i + 2);
    }
    assert_int_equal(p->store->watch->losses.updates, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(counted_once, set_up, rows_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
