/* Counts of rules are written some services at a time. */
#include "engine/services.h"

#include <string.h>

#include "model/handshake.h"
#include "store/store_internal.h"
#include "tests/unit/store/rows.h"

enum { SERVICES = 3 * SERVICES_AT_ONCE + 5 };

static struct service_state *service(struct services *s, int i)
{
    struct handshake *h = handshake_new();
    struct service_state *state = NULL;
    h->transport = 6;
    h->sides[SIDE_SERVER].endpoint.port = (uint16_t)(1000 + i);
    struct err err = {""};
    state = services_of(s, h, &err);
    if (state == NULL)
        fail_msg("%s", err.text);
    handshake_free(h);
    return state;
}

static void verdict(struct services *s, int i)
{
    struct service_state *state = service(s, i);
    MUST(services_round(s, state, ROWS_START, err));
    services_verdict(state, 0, RULE_PASS);
}

static int rows(struct place *p)
{
    sqlite3_stmt *st = NULL;
    (void)sqlite3_prepare_v2(
            p->store->db, "SELECT coalesce(sum(pass), 0) FROM rule_count", -1, &st, NULL);
    assert_int_equal(sqlite3_step(st), SQLITE_ROW);
    int n = sqlite3_column_int(st, 0);
    (void)sqlite3_finalize(st);
    return n;
}

static void some_are_written_at_once(void **state)
{
    struct place *p = *state;
    static const char *const ids[] = {"a-rule"};
    MUST(store_open(p->db, STORE_NEW, &p->store, err));
    struct services *s = services_new(p->store, NULL, 1, ids);
    for (int i = 0; i < SERVICES; i++)
        verdict(s, i);
    MUST(services_flush_some(s, err));
    assert_int_equal(rows(p), 0); /* nobody asked for it */
    services_flush_begin(s);
    for (int n = SERVICES_AT_ONCE; n < SERVICES + SERVICES_AT_ONCE; n += SERVICES_AT_ONCE) {
        MUST(services_flush_some(s, err));
        assert_int_equal(rows(p), n < SERVICES ? n : SERVICES);
        services_flush_begin(s); /* goes on with the one that goes on */
    }
    verdict(s, 7);
    for (int i = 0; i < 2; i++) {
        services_flush_begin(s);
        MUST(services_flush_some(s, err)); /* those without news cost nothing */
    }
    assert_int_equal(rows(p), SERVICES + 1);
    verdict(s, 8);
    MUST(services_flush(s, err));
    assert_int_equal(rows(p), SERVICES + 2);
    services_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(some_are_written_at_once, place_make, place_remove)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
