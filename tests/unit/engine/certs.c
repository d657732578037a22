/* What is left out of the database when more new certificates come than it shall take. */
#include "engine/certs.h"

#include <string.h>

#include "model/handshake.h"
#include "store/remember.h"
#include "store/store_internal.h"
#include "tests/unit/engine/made.h"
#include "tests/unit/store/rows.h"

enum { NAMES = 2000 };

static int64_t take(struct certs *c, struct bytes der, int64_t ids[TLS_CHAIN_CAP])
{
    struct cert_entry entry = {.der = der};
    const struct cert_message m = {.certs = &entry, .n_certs = 1};
    const struct certificate *out[TLS_CHAIN_CAP];
    int64_t chain_id = 0;
    certs_bury(c);
    MUST(certs_chain(c, &m, ROWS_START, out, ids, &chain_id, err));
    assert_int_equal(chain_id != 0, ids[0] != 0);
    if (der.n < MADE_SIZE)
        assert_int_equal(out[0]->n_sans, NAMES);
    return chain_id;
}

static int names_of(struct place *p, int64_t id)
{
    sqlite3_stmt *st = NULL;
    MUST(store_flush(p->store, err));
    assert_int_equal(sqlite3_prepare_v2(p->store->db,
                             "SELECT count(*) FROM certificate_name n JOIN certificate c ON c.id = "
                             "certificate_id WHERE c.id = ? AND problem IS NULL",
                             -1, &st, NULL),
            SQLITE_OK);
    (void)sqlite3_bind_int64(st, 1, id);
    assert_int_equal(sqlite3_step(st), SQLITE_ROW);
    int n = sqlite3_column_int(st, 0);
    (void)sqlite3_finalize(st);
    return n;
}

static const struct certs_limits LIMITS = {1, 5 * NAMES, 1, 40 * 16384};

static struct certs *begin(struct place *p, const struct certs_limits *limits)
{
    MUST(store_open_watch(p->db, ROWS_START, &p->store, err));
    return certs_new(p->store, limits);
}

static void end(struct place *p, struct certs *c)
{
    MUST(certs_flush(c, err));
    MUST(store_flush(p->store, err));
    certs_free(c);
    store_close(p->store);
    p->store = NULL;
}

static void names_past_the_rate_are_left_out(void **state)
{
    struct place *p = *state;
    static uint8_t buffer[MADE_SIZE];
    int64_t ids[TLS_CHAIN_CAP];
    struct certs *c = begin(p, &LIMITS);
    for (uint32_t i = 0; i < 12; i++)
        assert_true(take(c, made_certificate(buffer, i % 8, made_ed25519(), NAMES), ids) != 0);
    assert_int_equal(certs_nameless(c), 3); /* once each */
    assert_int_equal(certs_not_stored(c), 0);
    end(p, c);
    c = begin(p, NULL); /* another run, with room */
    for (uint32_t i = 0; i < 10; i++)
        assert_true(take(c, made_certificate(buffer, i, made_ed25519(), NAMES), ids) != 0);
    assert_int_equal(certs_nameless(c), 0);
    for (int64_t id = 1; id <= 10; id++)
        assert_int_equal(names_of(p, id), NAMES); /* made good */
    end(p, c);
}

static void bytes_past_the_rate_are_not_stored(void **state)
{
    struct place *p = *state;
    static uint8_t der[16384];
    int64_t ids[TLS_CHAIN_CAP];
    int64_t n = 0;
    struct certs *c = begin(p, &LIMITS);
    for (int i = 0; i < 50; i++) {
        memcpy(der, &i, sizeof i);
        assert_int_equal(take(c, (struct bytes){der, sizeof der}, ids) == 0, i >= 40);
    }
    assert_true(take(c, (struct bytes){der, sizeof der}, ids) == 0); /* the last one again */
    assert_int_equal(certs_not_stored(c), 10);
    MUST(certs_flush(c, err)); /* stores nothing that was left out */
    MUST(store_certificates_count(p->store, &n, err));
    assert_int_equal(n, 40);
    end(p, c);
    c = begin(p, NULL);
    assert_true(take(c, (struct bytes){der, sizeof der}, ids) != 0);
    end(p, c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(
                    names_past_the_rate_are_left_out, place_make, rows_remove),
            cmocka_unit_test_setup_teardown(
                    bytes_past_the_rate_are_not_stored, place_make, rows_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
