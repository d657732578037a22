/* Counts of servers whose datagrams are not analysed, when the database fails in their middle. */
#include "engine/record.h"

#include "store/store_internal.h"
#include "tests/unit/store/own_sql.h"
#include "tests/unit/store/rows.h"
#include "tests/unit/test.h"

enum { SERVERS = 5, BROKEN = 3 };

static int set_up(void **state)
{
    (void)place_make(state);
    struct place *p = *state;
    struct run_facts run = {.version = "test"};
    int64_t run_id;
    MUST(store_open_watch(p->db, ROWS_START, &p->store, err));
    MUST(store_begin_run(p->store, &run, &run_id, err));
    return 0;
}

static void count_one(struct unanalysed *u, unsigned server)
{
    static const uint8_t bytes[] = {0xc0, 0, 0, 0, 1, 8}; /* RFC 9000 17.2 */
    struct packet p = {.transport = PACKET_UDP,
            .ts_us = ROWS_START,
            .src_port = 50000,
            .dst_port = 443,
            .payload = {bytes, sizeof bytes},
            .payload_wire_len = sizeof bytes};
    p.src[15] = 1;
    p.dst[14] = (uint8_t)(server >> 8);
    p.dst[15] = (uint8_t)server;
    p.dst[13] = 1;
    unanalysed_packet(u, &p);
}

/* Each is counted once, whatever the failure came after; so are those without room. */
static void test_fails_midway(void **state)
{
    struct place *p = *state;
    struct unanalysed *u = unanalysed_new();
    uint64_t dropped = 0;
    struct err why;
    for (unsigned i = 0; i < UNANALYSED_SERVERS + SERVERS; i++)
        count_one(u, i);
    run_sql(p, "CREATE TEMP TRIGGER fails BEFORE INSERT ON main.unanalysed WHEN (SELECT count(*) "
               "FROM unanalysed) >= 3 BEGIN SELECT RAISE(ABORT, 'no'); END");
    for (int i = 0; i < 2; i++) {
        assert_false(record_unanalysed(u, p->store, &dropped, &why));
        assert_int_equal(ask(p, "SELECT count(*) FROM unanalysed"), BROKEN);
    }
    run_sql(p, "DROP TRIGGER fails; CREATE TEMP TRIGGER fails BEFORE INSERT ON main.counter "
               "BEGIN SELECT RAISE(ABORT, 'no'); END");
    assert_false(record_unanalysed(u, p->store, &dropped, &why));
    run_sql(p, "DROP TRIGGER fails");
    MUST(record_unanalysed(u, p->store, &dropped, err));
    unanalysed_free(u);
    MUST(store_flush(p->store, err));
    assert_int_equal(dropped, SERVERS);
    assert_int_equal(ask(p, "SELECT count(*) FROM unanalysed"), UNANALYSED_SERVERS);
    assert_int_equal(ask(p, "SELECT sum(packets) FROM unanalysed"), UNANALYSED_SERVERS);
    assert_int_equal(
            ask(p, "SELECT value FROM counter WHERE name = 'datagrams-not-counted'"), SERVERS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(test_fails_midway, set_up, rows_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
