/* What is left out of the database when more new certificates come than it shall take. */
#include "engine/certs.h"

#include <string.h>

#include "model/handshake.h"
#include "store/remember.h"
#include "store/store_internal.h"
#include "tests/unit/store/rows.h"

enum { NAMES = 2000, SIZE = 16384 };

static int tear_down(void **state)
{
    struct place *p = *state;
    store_close(p->store);
    p->store = NULL;
    remove_segments(p->db);
    return place_remove(state);
}

/* A DER element around what stands from `from` on; grows to the front of the buffer. */
static size_t wrap(uint8_t *buffer, size_t from, size_t to, uint8_t tag)
{
    size_t n = to - from;
    buffer[--from] = (uint8_t)n;
    buffer[--from] = (uint8_t)(n >> 8);
    buffer[--from] = 0x82;
    buffer[--from] = tag;
    return from;
}

static size_t put(uint8_t *buffer, size_t from, const char *bytes, size_t n)
{
    memcpy(buffer + from - n, bytes, n);
    return from - n;
}
#define PUT(bytes) (at = put(buffer, at, bytes, sizeof(bytes) - 1))

/* From back to front. All are alike but for number. */
static struct bytes certificate(uint8_t buffer[SIZE], uint32_t number)
{
    size_t at = SIZE;
    PUT("\x03\x02\x00\x00");
    PUT("\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02");
    size_t tbs = at;
    for (int i = 0; i < NAMES; i++)
        PUT("\x82\x05"
            "a.net");
    at = wrap(buffer, at, tbs, 0x30);
    at = wrap(buffer, at, tbs, 0x04);
    PUT("\x06\x03\x55\x1d\x11");
    at = wrap(buffer, at, tbs, 0x30);
    at = wrap(buffer, at, tbs, 0x30);
    at = wrap(buffer, at, tbs, 0xa3);
    PUT("\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00"
        "01234567890123456789012345678901");
    PUT("\x30\x00"); /* subject */
    PUT("\x30\x1e\x17\x0d"
        "260101000000Z"
        "\x17\x0d"
        "270101000000Z");
    PUT("\x30\x00"); /* issuer */
    PUT("\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02");
    const char serial[] = {
            0x02, 0x04, 0x01, (char)(number >> 16), (char)(number >> 8), (char)number};
    at = put(buffer, at, serial, sizeof serial);
    PUT("\xa0\x03\x02\x01\x02");
    at = wrap(buffer, at, tbs, 0x30);
    at = wrap(buffer, at, SIZE, 0x30);
    return (struct bytes){buffer + at, SIZE - at};
}

static int64_t take(struct certs *c, struct bytes der, int64_t ids[TLS_CHAIN_CAP])
{
    struct cert_entry entry = {.der = der};
    const struct cert_message m = {.certs = &entry, .n_certs = 1};
    const struct certificate *out[TLS_CHAIN_CAP];
    int64_t chain_id = 0;
    certs_bury(c);
    MUST(certs_chain(c, &m, ROWS_START, out, ids, &chain_id, err));
    assert_int_equal(chain_id != 0, ids[0] != 0);
    if (der.n < SIZE)
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
    static uint8_t buffer[SIZE];
    int64_t ids[TLS_CHAIN_CAP];
    struct certs *c = begin(p, &LIMITS);
    for (uint32_t i = 0; i < 12; i++)
        assert_true(take(c, certificate(buffer, i % 8), ids) != 0);
    assert_int_equal(certs_nameless(c), 3); /* once each */
    assert_int_equal(certs_not_stored(c), 0);
    end(p, c);
    c = begin(p, NULL); /* another run, with room */
    for (uint32_t i = 0; i < 10; i++)
        assert_true(take(c, certificate(buffer, i), ids) != 0);
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
                    names_past_the_rate_are_left_out, place_make, tear_down),
            cmocka_unit_test_setup_teardown(
                    bytes_past_the_rate_are_not_stored, place_make, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
