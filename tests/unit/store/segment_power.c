/* Whenever a segment is written, what it may refer to in the inventory is on the disk: nothing of
 * the inventory or its log waits for a sync. */
#include "store/segment.h"
#include "tests/unit/store/disk.h"
#include "tests/unit/store/rows.h"
#include "tests/unit/test.h"

static struct {
    bool is_pending;      /* bytes of the inventory that were written and not synced */
    unsigned n_syncs;     /* of the inventory */
    unsigned n_segment;   /* writes to segments */
    unsigned n_too_early; /* of these, while something was pending */
} seen;

static int on_write(bool is_segment)
{
    if (is_segment) {
        seen.n_segment++;
        seen.n_too_early += seen.is_pending;
    } else {
        seen.is_pending = true;
    }
    return SQLITE_OK;
}

/* The inventory's two files are synced at a checkpoint one after the other, and the log before
 * anything of it is copied: one flag is enough. */
static void on_sync(bool is_segment)
{
    if (!is_segment) {
        seen.is_pending = false;
        seen.n_syncs++;
    }
}

static int make_disk(void **state)
{
    (void)state;
    disk.on_write = on_write;
    disk.on_sync = on_sync;
    return disk_make("synced");
}

static void put_new(struct rows *r, int i)
{
    struct handshake *h = row_made(i);
    struct handshake_refs refs = {.service_id = r->services[0].id};
    h->sides[0].endpoint.address.ip[14] = (uint8_t)i;
    MUST(store_handshake(r->s, h, &refs, err));
    handshake_free(h);
}

static void test_order(void **state)
{
    struct place *p = *state;
    struct rows r;
    MUST(store_open_watch(p->db, ROWS_START, &p->store, err));
    rows_begin(&r, p->store);
    unsigned n_before = seen.n_syncs;
    for (int i = 0; i < 200; i++) {
        put_new(&r, i);
        if (i % 10 == 9)
            MUST(store_flush(p->store, err));
        if (i % 50 == 49)
            MUST(store_rotate(p->store, ROWS_START + i * ROWS_STEP, err));
    }
    MUST(store_end_run(p->store, 0, err));
    assert_true(seen.n_segment > 100);
    assert_int_equal(seen.n_too_early, 0);
    /* One for each commit, and few more. */
    assert_in_range(seen.n_syncs - n_before, 20, 60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(test_order, place_make, rows_remove),
    };
    return cmocka_run_group_tests(tests, make_disk, NULL);
}
