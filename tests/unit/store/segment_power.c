/* Whenever a segment is written, what it may refer to in the inventory is on the disk: nothing of
 * the inventory or its log waits for a sync. */
#include <sqlite3.h>
#include <string.h>

#include "store/segment.h"
#include "tests/unit/store/rows.h"
#include "tests/unit/test.h"

static struct {
    sqlite3_vfs vfs, *real;
    bool is_pending;      /* bytes of the inventory that were written and not synced */
    unsigned n_syncs;     /* of the inventory */
    unsigned n_segment;   /* writes to segments */
    unsigned n_too_early; /* of these, while something was pending */
} disk;

struct file {
    sqlite3_file base;
    sqlite3_file *real; /* behind this struct */
    bool is_segment;
};

static sqlite3_file *real(sqlite3_file *f)
{
    return ((struct file *)f)->real;
}

static int f_close(sqlite3_file *f)
{
    return real(f)->pMethods->xClose(real(f));
}

static int f_read(sqlite3_file *f, void *to, int n, sqlite3_int64 at)
{
    return real(f)->pMethods->xRead(real(f), to, n, at);
}

static int f_write(sqlite3_file *f, const void *from, int n, sqlite3_int64 at)
{
    if (((struct file *)f)->is_segment) {
        disk.n_segment++;
        disk.n_too_early += disk.is_pending;
    } else {
        disk.is_pending = true;
    }
    return real(f)->pMethods->xWrite(real(f), from, n, at);
}

static int f_truncate(sqlite3_file *f, sqlite3_int64 n)
{
    return real(f)->pMethods->xTruncate(real(f), n);
}

/* The inventory's two files are synced at a checkpoint one after the other, and the log before
 * anything of it is copied: one flag is enough. */
static int f_sync(sqlite3_file *f, int flags)
{
    if (!((struct file *)f)->is_segment) {
        disk.is_pending = false;
        disk.n_syncs++;
    }
    return real(f)->pMethods->xSync(real(f), flags);
}

static int f_size(sqlite3_file *f, sqlite3_int64 *n)
{
    return real(f)->pMethods->xFileSize(real(f), n);
}

static int f_lock(sqlite3_file *f, int lock)
{
    return real(f)->pMethods->xLock(real(f), lock);
}

static int f_unlock(sqlite3_file *f, int lock)
{
    return real(f)->pMethods->xUnlock(real(f), lock);
}

static int f_check(sqlite3_file *f, int *out)
{
    return real(f)->pMethods->xCheckReservedLock(real(f), out);
}

static int f_control(sqlite3_file *f, int op, void *arg)
{
    return real(f)->pMethods->xFileControl(real(f), op, arg);
}

static int f_sector(sqlite3_file *f)
{
    return real(f)->pMethods->xSectorSize(real(f));
}

static int f_traits(sqlite3_file *f)
{
    return real(f)->pMethods->xDeviceCharacteristics(real(f));
}

static int f_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **out)
{
    return real(f)->pMethods->xShmMap(real(f), page, size, extend, out);
}

static int f_shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
    return real(f)->pMethods->xShmLock(real(f), offset, n, flags);
}

static void f_shm_barrier(sqlite3_file *f)
{
    real(f)->pMethods->xShmBarrier(real(f));
}

static int f_shm_unmap(sqlite3_file *f, int remove)
{
    return real(f)->pMethods->xShmUnmap(real(f), remove);
}

static const sqlite3_io_methods METHODS = {2, f_close, f_read, f_write, f_truncate, f_sync, f_size,
        f_lock, f_unlock, f_check, f_control, f_sector, f_traits, f_shm_map, f_shm_lock,
        f_shm_barrier, f_shm_unmap, NULL, NULL};

static int v_open(sqlite3_vfs *v, const char *name, sqlite3_file *f, int flags, int *out)
{
    struct file *file = (struct file *)f;
    (void)v;
    file->real = (sqlite3_file *)&file[1];
    file->is_segment = name == NULL || strstr(name, ".db.d/") != NULL;
    int rc = disk.real->xOpen(disk.real, name, file->real, flags, out);
    f->pMethods = file->real->pMethods != NULL ? &METHODS : NULL;
    return rc;
}

static int make_disk(void **state)
{
    (void)state;
    disk.real = sqlite3_vfs_find(NULL);
    disk.vfs = *disk.real;
    disk.vfs.zName = "synced";
    disk.vfs.pNext = NULL;
    disk.vfs.szOsFile = (int)sizeof(struct file) + disk.real->szOsFile;
    disk.vfs.xOpen = v_open;
    return sqlite3_vfs_register(&disk.vfs, 1) == SQLITE_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    struct place *p = *state;
    store_close(p->store);
    p->store = NULL;
    remove_segments(p->db);
    return place_remove(state);
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
    unsigned n_before = disk.n_syncs;
    for (int i = 0; i < 200; i++) {
        put_new(&r, i);
        if (i % 10 == 9)
            MUST(store_flush(p->store, err));
        if (i % 50 == 49)
            MUST(store_rotate(p->store, ROWS_START + i * ROWS_STEP, err));
    }
    MUST(store_end_run(p->store, 0, err));
    assert_true(disk.n_segment > 100);
    assert_int_equal(disk.n_too_early, 0);
    /* One for each commit, and few more. */
    assert_in_range(disk.n_syncs - n_before, 20, 60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(test_order, place_make, tear_down),
    };
    return cmocka_run_group_tests(tests, make_disk, NULL);
}
